"""Writes that something stops at a given step, each in a process of its own, until one has no step of that number.

``python -m tests.support.interrupted FAULT FOLDER`` prints each outcome as a line of JSON. The faults SIGTERM and
SIGINT come before a line of flowplug's files.py runs, SIGKILL and ENOSPC before an operation on the disk.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

OLD = {"a.js": "old a", "b.js": "old b", "obsolete.js": "old"}
NEW = {"a.js": "new a", "b.js": "new b", "c.js": "new c"}
INTERRUPTED, REFUSED, NOT_REACHED = 130, 3, 100


def outcomes(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """For each step: how the process ended, what was in the folder then, and what is after one more write.

    ``b.js`` is a link to a file in another folder. The ``status`` is as os.waitstatus_to_exitcode gives it.
    """
    step = 0
    while True:
        out, elsewhere = folder / str(step) / "out", folder / str(step) / "elsewhere"
        out.mkdir(parents=True)
        elsewhere.mkdir()
        (out / "b.js").symlink_to(elsewhere / "b.js")
        for file, text in OLD.items():
            (out / file).write_text(text)
        child = os.fork()
        if child == 0:
            os._exit(write_with_fault(out, name, step))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == NOT_REACHED:
            return
        found = [contents(out), contents(elsewhere)]
        write(out)
        yield {"status": status, "found": found, "after": [contents(out), contents(elsewhere)]}
        shutil.rmtree(folder / str(step))
        step += 1


def write(folder: Path) -> None:
    """Write NEW in the place of OLD."""
    from flowplug.files import write_all  # noqa: PLC0415 - after light()

    write_all(
        folder, {name: text.encode() for name, text in NEW.items()}, obsolete=lambda path: "obsolete" in path.name
    )


def write_with_fault(folder: Path, name: str, step: int) -> int:
    """Write with a fault at one step; return the exit status."""
    from flowplug.errors import OutsideError  # noqa: PLC0415

    steps = iter(range(step, -1, -1))

    def pass_step() -> None:
        if next(steps, None) == 0:
            if name == "ENOSPC":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.kill(os.getpid(), getattr(signal, name))

    if name in ("SIGKILL", "ENOSPC"):
        sys.addaudithook(lambda event, _: pass_step() if event == "open" or event.startswith("os.") else None)
    else:
        sys.settrace(on_lines(pass_step))
    try:
        write(folder)
    except KeyboardInterrupt:
        return INTERRUPTED if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL else 1
    except OutsideError as error:
        return REFUSED if str(error).endswith(": cannot be written: No space left on device") else 1
    finally:
        sys.settrace(None)
    return 0 if next(steps, None) is None else NOT_REACHED


def on_lines(pass_step: Callable[[], None]) -> Callable[[types.FrameType, str, Any], Any]:
    """A trace function that calls ``pass_step`` before each line of files.py."""

    def trace(frame: types.FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith("files.py"):
            return None
        if event == "line":
            pass_step()
        return trace

    return trace


def contents(folder: Path) -> dict[str, str]:
    """Each name in a folder, with the text of the file."""
    return {path.name: path.read_text() if path.is_file() else "" for path in sorted(folder.iterdir())}


def light() -> None:
    """Make flowplug importable without its __init__, which loads the minifier: its threads survive no fork."""
    package = types.ModuleType("flowplug")
    package.__path__ = [str(Path(__file__).parents[2] / "generator" / "flowplug")]
    sys.modules["flowplug"] = package


if __name__ == "__main__":
    light()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for outcome in outcomes(sys.argv[1], Path(sys.argv[2])):
        print(json.dumps(outcome))
