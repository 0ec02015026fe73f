"""Standard output and standard error that are not as a command would like them, and Ctrl-C."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import PRIVATE_TOML, run_command, write_project
from tests.support.projects import PRESETS

ARROW = {"name": "Cart → Order", "partnerAction": "trackEvent", "subscribe": 'type = "track"'}
FULL = Path("/dev/full")


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, **changed}


# Encodings


@pytest.mark.parametrize(
    ("encoding", "arguments", "text"),
    [
        ("latin-1", ["--help"], "Usage:"),
        ("cp1252", ["check", "arrow.json"], r"Cart \u2192 Order"),
        ("cp437:surrogateescape", ["check", "arrow.json"], r"Cart \u2192 Order"),
        ("ascii", ["build", "--out", "größe"], r"Paste the contents of gr\xf6\xdfe"),
        ("ascii", ["größe"], r'no such command "gr\xf6\xdfe"'),
    ],
)
def test_what_an_encoding_does_not_have_is_escaped(encoding: str, arguments: list[str], text: str) -> None:
    write_project()
    Path("arrow.json").write_text(json.dumps({**PRESETS, "subscriptions": [ARROW]}), encoding="utf-8")
    done = run_command(*arguments, env=environment(PYTHONIOENCODING=encoding), encoding=encoding.partition(":")[0])
    assert "Traceback" not in done.stderr
    assert text in done.stdout + done.stderr


def test_an_error_handler_that_the_user_chose_stays() -> None:
    Path("arrow.json").write_text(json.dumps({**PRESETS, "subscriptions": [ARROW]}), encoding="utf-8")
    done = run_command("check", "arrow.json", env=environment(PYTHONIOENCODING="ascii:replace"))
    assert "Cart ? Order" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes only there")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "utf-8:surrogateescape"])
def test_a_file_name_that_is_no_text_is_escaped(encoding: str) -> None:
    name = os.fsdecode(b"bad-\xff.toml")
    for arguments in (
        ["init", name],
        ["check", name],
        ["build", name, "--out", name + "-out"],
        ["check", "no" + name],
    ):
        done = run_command(
            *arguments, env=environment(PYTHONIOENCODING=encoding, ONEFLOW_PROJECT_API_KEY="oneflow_prod_A")
        )
        assert "Traceback" not in done.stderr
        assert r"bad-\udcff.toml" in done.stdout + done.stderr


# Streams that are closed, full, or not read


@pytest.mark.skipif(not FULL.exists(), reason="there is no full disk to write to")
@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "--json"], ["build"], ["schema"], ["--help"], ["--version"]]
)
def test_a_full_disk_behind_standard_output_is_one_line_and_status_3(arguments: list[str]) -> None:
    write_project(PRIVATE_TOML)
    with FULL.open("w", encoding="utf-8") as full:
        result = run_command(*arguments, stdout=full)
    assert result.returncode == 3
    assert result.stderr == "standard output: cannot be written: No space left on device\n"


@pytest.mark.skipif(not FULL.exists(), reason="there is no full disk to write to")
@pytest.mark.parametrize(("arguments", "status"), [(["check", "none.toml"], 2), (["nonsense"], 2)])
def test_a_full_disk_behind_standard_error_leaves_the_status(arguments: list[str], status: int) -> None:
    with FULL.open("w", encoding="utf-8") as full:
        assert run_command(*arguments, stderr=full).returncode == status


def test_a_closed_standard_output_is_one_line_and_status_3() -> None:
    write_project(PRIVATE_TOML)
    result = run_command("check", preexec_fn=lambda: os.close(1))
    assert result.returncode == 3
    assert result.stderr == f"standard output: cannot be written: {os.strerror(errno.EBADF)}\n"


def test_a_closed_standard_error_leaves_the_status() -> None:
    assert run_command("check", preexec_fn=lambda: os.close(2)).returncode == 2


def test_a_closed_standard_input_is_a_wrong_use() -> None:
    result = run_command("check", "-", stdin=subprocess.DEVNULL, preexec_fn=lambda: os.close(0))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE")
@pytest.mark.parametrize("arguments", [["schema"], ["check", "--json"], ["--help"]])
def test_a_reader_that_has_gone_is_silence_and_the_status_of_a_broken_pipe(arguments: list[str]) -> None:
    write_project()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = run_command(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (128 + signal.SIGPIPE, "")


# Ctrl-C


INTERRUPTING = """
import os, signal
os.kill(os.getpid(), signal.SIGINT)
"""
INTERRUPTING_A_CLASS = """
import os, signal
class Name:
    def __set_name__(self, owner, name):  # Python before 3.12 wraps what it raises
        os.kill(os.getpid(), signal.SIGINT)
class Owner:
    attribute = Name()
"""


@pytest.mark.parametrize("fake", [INTERRUPTING, INTERRUPTING_A_CLASS])
@pytest.mark.parametrize("module", ["click", "msgspec", "jinja2"])
@pytest.mark.parametrize("entry", [["-m", "flowplug"], ["-c", "from flowplug.cli import main; main()"]])
def test_ctrl_c_while_a_library_is_imported_prints_no_traceback(
    module: str, entry: list[str], fake: str, folder: Path
) -> None:
    write_project()
    fakes = folder / "fakes"
    fakes.mkdir()
    (fakes / f"{module}.py").write_text(fake, encoding="utf-8")
    path = os.pathsep.join([str(fakes), *sys.path])
    done = subprocess.run(
        [sys.executable, *entry, "build"],
        env=environment(PYTHONPATH=path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert done.stderr.strip() in {"", "interrupted"}
    assert not Path("dist").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a console event, not a signal, there")
def test_ctrl_c_while_it_waits_for_standard_input_prints_no_traceback() -> None:
    command: Any = [sys.executable, "-m", "flowplug", "check", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write("{" + " " * 100_000)  # more than the pipe holds: it returns when the command reads
        process.stdin.flush()
        while process.poll() is None:  # once more where the first came between two reads, which Python misses
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
        assert process.returncode == 130
        assert process.stderr.read().strip() == "interrupted"
