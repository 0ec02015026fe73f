"""Writing files: all of them or none, whatever stops it, and never two writers at once."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug import bundle as bundles
from flowplug.files import write_all
from tests.support.documents import ROOT
from tests.support.interrupted import INTERRUPTED, NEW, OLD, REFUSED, contents
from tests.support.projects import PRESETS

PAIR = {"a.js": b"new a", "b.js": b"new b"}


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, call: int = 1) -> Iterator[None]:
    """A function that, at that call, fails for want of room."""
    original = getattr(module, name)
    turns = iter(range(call, 0, -1))

    def refuse(*arguments: Any, **options: Any) -> Any:
        if next(turns, None) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, refuse)
        yield


def test_files_are_written_whole_into_a_folder_that_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "public" / "js"
    written = write_all(folder, {"b.js": b"b", "a.js": b"a"})
    assert written.paths == (folder / "b.js", folder / "a.js")
    assert written.removed == ()
    assert contents(folder) == {"a.js": "a", "b.js": "b"}


def test_a_file_that_is_read_meanwhile_stays_whole_for_its_reader(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.js": b"old"})
    with (tmp_path / "a.js").open("rb") as reader:
        write_all(tmp_path, {"a.js": b"new"})
        assert reader.read() == b"old"


def test_a_replaced_file_keeps_its_permissions_and_a_new_one_has_those_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("old a")
    (tmp_path / "a.js").chmod(0o604)
    before = os.umask(0o027)
    try:
        write_all(tmp_path, PAIR)
    finally:
        os.umask(before)
    assert (tmp_path / "a.js").stat().st_mode & 0o777 == 0o604
    assert (tmp_path / "b.js").stat().st_mode & 0o777 == 0o640


def test_no_one_else_can_look_into_what_is_being_made_ready(tmp_path: Path) -> None:
    modes: list[int] = []

    def look(_: Path) -> bool:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.is_dir())
        return False

    (tmp_path / "other.js").touch()
    write_all(tmp_path, PAIR, obsolete=look)
    assert modes == [0o700]


# What the disk refuses


def a_file_for_the_folder(folder: Path) -> str:
    folder.rmdir()
    folder.touch()
    return f"{folder}: cannot be written: Not a directory"


def a_pipe_for_the_folder(folder: Path) -> str:
    folder.rmdir()
    os.mkfifo(folder)
    return f"{folder}: cannot be written: Not a directory"


def a_file_for_the_folder_above(folder: Path) -> str:
    folder.rmdir()
    folder.parent.rmdir()
    folder.parent.touch()
    return f"{folder}: cannot be written: Not a directory"


def a_link_to_no_folder(folder: Path) -> str:
    folder.rmdir()
    folder.symlink_to("none")
    return f"{folder}: cannot be written: No such file or directory"


def a_link_into_no_folder(folder: Path) -> str:
    (folder / "b.js").symlink_to("none/b.js")
    return f"{folder / 'b.js'}: cannot be written: No such file or directory"


def a_link_to_itself(folder: Path) -> str:
    (folder / "b.js").symlink_to("b.js")
    return f"{folder / 'b.js'}: cannot be written: Too many levels of symbolic links"


def a_link_to_a_folder(folder: Path) -> str:
    (folder / "b.js").symlink_to("..")
    return f"{folder / 'b.js'}: cannot be written: not a regular file"


def a_folder(folder: Path) -> str:
    (folder / "b.js").mkdir()
    return f"{folder / 'b.js'}: cannot be written: not a regular file"


def a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "b.js")
    return f"{folder / 'b.js'}: cannot be written: not a regular file"


FOREIGN = "cannot be written: flowplug needs this name and did not make what has it; rename that"


def a_file_of_the_staging_s_name(folder: Path) -> str:
    (folder / ".flowplug-writing").touch()
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_link_of_the_staging_s_name(folder: Path) -> str:
    (folder / ".flowplug-writing").symlink_to("none")
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_link_of_the_staging_s_name_to_a_folder(folder: Path) -> str:
    (folder / "empty").mkdir()
    (folder / ".flowplug-writing").symlink_to("empty")
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_user_s_folder_of_the_staging_s_name(folder: Path) -> str:
    (folder / ".flowplug-writing").mkdir()
    (folder / ".flowplug-writing" / "0.new").touch()
    (folder / ".flowplug-writing" / "mine").touch()
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_folder_in_a_folder_of_the_staging_s_name(folder: Path) -> str:
    (folder / ".flowplug-writing" / "0.new").mkdir(parents=True)
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_link_in_a_folder_of_the_staging_s_name(folder: Path) -> str:
    (folder / "mine").touch()
    (folder / ".flowplug-writing").mkdir()
    (folder / ".flowplug-writing" / "0.new").symlink_to("../mine")
    return f"{folder / '.flowplug-writing'}: {FOREIGN}"


def a_link_to_another_output(folder: Path) -> str:
    (folder / "a.js").symlink_to("b.js")
    return f"{folder / 'b.js'}: cannot be written: {folder / 'a.js'} leads to the same file; remove a link"


def two_links_to_one_file(folder: Path) -> str:
    (folder / "a.js").symlink_to("../same")
    (folder / "b.js").symlink_to("../same")
    return f"{folder / 'b.js'}: cannot be written: {folder / 'a.js'} leads to the same file; remove a link"


@pytest.mark.parametrize(
    "prepare",
    [
        a_file_for_the_folder,
        a_pipe_for_the_folder,
        a_file_for_the_folder_above,
        a_link_to_no_folder,
        a_link_into_no_folder,
        a_link_to_itself,
        a_link_to_a_folder,
        a_folder,
        a_pipe,
        a_file_of_the_staging_s_name,
        a_link_of_the_staging_s_name,
        a_link_of_the_staging_s_name_to_a_folder,
        a_user_s_folder_of_the_staging_s_name,
        a_folder_in_a_folder_of_the_staging_s_name,
        a_link_in_a_folder_of_the_staging_s_name,
        a_link_to_another_output,
        two_links_to_one_file,
    ],
)
def test_what_cannot_be_written_is_one_line_and_changes_nothing(
    tmp_path: Path, prepare: Callable[[Path], str]
) -> None:
    folder = tmp_path / "public" / "js"
    folder.mkdir(parents=True)
    line = prepare(folder)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(flowplug.OutsideError) as caught:
        write_all(folder, PAIR)
    assert str(caught.value) == line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a\0b", r"a\\x00b: cannot be written: (\w+: )?embedded null (byte|character in path)"),
        ("x" * 300, "x" * 300 + ": cannot be written: File name too long"),
        ("a\nb" + "x" * 300, r"a\\nb" + "x" * 300 + ": cannot be written: File name too long"),
    ],
)
def test_a_name_that_no_file_can_have_is_one_line(tmp_path: Path, name: str, line: str) -> None:
    for folder, files in ((tmp_path / name, PAIR), (tmp_path, {name: b""})):
        with pytest.raises(flowplug.OutsideError) as caught:
            write_all(folder, files)
        assert re.fullmatch(f"{re.escape(str(tmp_path))}/{line}", str(caught.value))
    assert contents(tmp_path) == {}


def test_a_file_larger_than_the_disk_allows_is_one_line_and_changes_nothing(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.js": b"old a", "b.js": b"old b"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(flowplug.OutsideError, match=r"b\.js: cannot be written: File too large$"):
            write_all(tmp_path, {"a.js": b"new a", "b.js": b"b" * 1000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == {"a.js": "old a", "b.js": "old b"}


def test_a_write_that_fails_half_way_puts_back_the_very_files_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, {"a.js": b"old a", "b.js": b"old b"})
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    with (
        refusing(monkeypatch, os, "replace", call=2),
        pytest.raises(flowplug.OutsideError, match=r"b\.js: "),
    ):
        write_all(tmp_path, PAIR)
    assert contents(tmp_path) == {"a.js": "old a", "b.js": "old b"}
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before


def test_where_the_disk_has_no_hard_links_a_copy_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path, {"a.js": b"old a", "b.js": b"old b"})
    (tmp_path / "a.js").chmod(0o604)
    os.utime(tmp_path / "a.js", (1000, 2000))
    with (
        refusing(monkeypatch, os, "link"),
        refusing(monkeypatch, os, "replace", call=2),
        pytest.raises(flowplug.OutsideError, match=r"b\.js: "),
    ):
        write_all(tmp_path, PAIR)
    status = (tmp_path / "a.js").stat()
    assert contents(tmp_path) == {"a.js": "old a", "b.js": "old b"}
    assert (status.st_mode & 0o777, status.st_mtime) == (0o604, 2000)


def test_a_first_write_that_fails_half_way_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing(monkeypatch, os, "replace", call=2), pytest.raises(flowplug.OutsideError):
        write_all(tmp_path, PAIR)
    assert contents(tmp_path) == {}


def test_a_file_that_cannot_be_put_back_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = dict.fromkeys(("a.js", "b.js", "c.js"), b"old")
    write_all(tmp_path, old)
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if target.name == "c.js" or (target.name == "b.js" and source.suffix == ".old"):
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(flowplug.OutsideError, match=r"c\.js: cannot be written: Input/output error"):
        write_all(tmp_path, dict.fromkeys(old, b"new"))
    assert contents(tmp_path) == {"a.js": "old", "b.js": "new", "c.js": "old"}


def stopped_at_each_step(by: str, folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.support.interrupted", by, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    outcomes = [json.loads(line) for line in run.stdout.splitlines()]
    assert [item["after"] for item in outcomes] == [[NEW, {"b.js": "new b"}]] * len(outcomes)
    return outcomes


ALL_OLD = [OLD, {"b.js": "old b"}]
ALL_NEW = [NEW, {"b.js": "new b"}]


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", -signal.SIGTERM), ("SIGINT", INTERRUPTED)])
def test_a_signal_at_any_line_ends_the_process_with_all_files_old_or_all_new_and_nothing_left(
    name: str, status: int, tmp_path: Path
) -> None:
    outcomes = stopped_at_each_step(name, tmp_path)
    assert {item["status"] for item in outcomes} == {status}
    found = [item["found"] for item in outcomes]
    turn = found.index(ALL_NEW)
    assert found == [ALL_OLD] * turn + [ALL_NEW] * (len(found) - turn)
    assert turn > 0


def test_a_process_killed_before_any_operation_leaves_whole_files_and_the_next_write_removes_the_rest(
    tmp_path: Path,
) -> None:
    outcomes = stopped_at_each_step("SIGKILL", tmp_path)
    assert {item["status"] for item in outcomes} == {-signal.SIGKILL}
    left = {name for item in outcomes for folder in item["found"] for name in folder}
    assert left == {*OLD, *NEW, ".flowplug-writing"}
    for item in outcomes:
        for name, text in item["found"][0].items():
            assert text in (OLD.get(name), NEW.get(name), "" if name == ".flowplug-writing" else None)


def test_an_operation_that_the_disk_refuses_anywhere_leaves_all_files_old_and_nothing_else(
    tmp_path: Path,
) -> None:
    outcomes = stopped_at_each_step("ENOSPC", tmp_path)
    assert {item["status"] for item in outcomes} == {0, REFUSED}
    for item in outcomes:
        if item["status"] == REFUSED:
            assert item["found"] == ALL_OLD
        else:  # It could do without: a copy in the place of a link, or a staging folder left for the next write.
            assert [{**folder, ".flowplug-writing": ""} for folder in item["found"]] == [
                {**folder, ".flowplug-writing": ""} for folder in ALL_NEW
            ]


# Signals and those who listen to them


def test_a_signal_s_own_handler_gets_it_once_when_the_files_are_written(tmp_path: Path) -> None:
    seen: list[tuple[int, dict[str, str]]] = []

    def handler(number: int, _: object) -> None:
        seen.append((number, contents(tmp_path)))

    def send(_: Path) -> bool:
        for number in numbers:
            signal.raise_signal(number)
            signal.raise_signal(number)
        return False

    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.signal(number, handler) for number in numbers}
    (tmp_path / "other.js").touch()
    try:
        write_all(tmp_path, PAIR, obsolete=send)
        assert [signal.getsignal(number) for number in numbers] == [handler] * 3
    finally:
        for number, original in before.items():
            signal.signal(number, original)
    assert sorted(number for number, _ in seen) == sorted(numbers)
    assert [files for _, files in seen] == [{"a.js": "new a", "b.js": "new b", "other.js": ""}] * 3


def test_an_interrupt_takes_no_other_signal_s_turn(tmp_path: Path) -> None:
    seen: list[int] = []

    def send(_: Path) -> bool:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        return False

    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    (tmp_path / "other.js").touch()
    try:
        with pytest.raises(KeyboardInterrupt):
            write_all(tmp_path, PAIR, obsolete=send)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_an_event_loop_hears_a_signal_once(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def send(_: Path) -> bool:
        signal.raise_signal(signal.SIGTERM)
        return False

    def hear(heard: asyncio.Event) -> None:
        seen.append(contents(tmp_path))
        heard.set()

    async def listen() -> None:
        heard = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, hear, heard)
        write_all(tmp_path, PAIR, obsolete=send)
        await heard.wait()
        loop.remove_signal_handler(signal.SIGTERM)

    (tmp_path / "other.js").touch()
    asyncio.run(listen())
    assert seen == [{"a.js": "new a", "b.js": "new b", "other.js": ""}]


def test_a_signal_that_was_ignored_is_ignored(tmp_path: Path) -> None:
    def send(_: Path) -> bool:
        signal.raise_signal(signal.SIGTERM)
        return False

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (tmp_path / "other.js").touch()
    try:
        write_all(tmp_path, PAIR, obsolete=send)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_handler_that_python_cannot_put_back_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[int] = []
    real = signal.signal

    def note(number: int, handler: Any) -> Any:
        touched.append(number)
        return real(number, handler)

    known = signal.getsignal
    monkeypatch.setattr(signal, "signal", note)
    monkeypatch.setattr(signal, "getsignal", lambda number: None if number == signal.SIGTERM else known(number))
    write_all(tmp_path, PAIR)
    assert signal.SIGTERM not in touched
    assert signal.SIGINT in touched


def test_a_write_outside_the_main_thread_touches_no_handler(tmp_path: Path) -> None:
    thread = threading.Thread(target=write_all, args=(tmp_path, PAIR))
    thread.start()
    thread.join()
    assert contents(tmp_path) == {"a.js": "new a", "b.js": "new b"}


def test_who_waits_for_another_s_write_can_be_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        write_all(tmp_path, PAIR)
    assert contents(tmp_path) == {}


# Two at once


def test_a_second_writer_waits_until_the_first_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes when the first has replaced one of two files."""
    replace, flock = os.replace, fcntl.flock
    waits = threading.Event()
    second = threading.Thread(target=write_all, args=(tmp_path, {"a.js": b"second", "b.js": b"second"}))

    def lock(descriptor: int, operation: int) -> None:
        if threading.current_thread() is second:
            waits.set()
        flock(descriptor, operation)

    def replace_and_let_in(source: Path, target: Path) -> None:
        replace(source, target)
        if not waits.is_set() and threading.current_thread() is not second:
            second.start()
            assert waits.wait(30)

    monkeypatch.setattr(fcntl, "flock", lock)
    monkeypatch.setattr(os, "replace", replace_and_let_in)
    write_all(tmp_path, {"a.js": b"first", "b.js": b"first"})
    second.join()
    assert contents(tmp_path) == {"a.js": "second", "b.js": "second"}


RIVAL = """
import sys
from pathlib import Path
from tests.support.interrupted import light
light()
from flowplug.files import write_all
folder, text = Path(sys.argv[1]), sys.argv[2].encode()
for turn in range(200):
    seen = set()
    write_all(folder, {"a.js": text, "b.js": text})
    write_all(folder, {}, obsolete=lambda path: seen.add(path.read_bytes()))  # It looks while no one writes.
    assert len(seen) == 1, seen
"""


def test_two_processes_that_write_one_folder_all_the_time_never_mix(tmp_path: Path) -> None:
    rivals = [
        subprocess.Popen([sys.executable, "-c", RIVAL, str(tmp_path), text], cwd=ROOT) for text in ("one", "two")
    ]
    assert [rival.wait() for rival in rivals] == [0, 0]
    assert sorted(contents(tmp_path)) == ["a.js", "b.js"]


def test_writers_who_link_into_each_other_s_folders_lock_them_in_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders: list[list[int]] = []
    flock = fcntl.flock

    def lock(descriptor: int, operation: int) -> None:
        orders[-1].append(os.fstat(descriptor).st_ino)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lock)
    for mine, other in (("one", "two"), ("two", "one")):
        orders.append([])
        for name in (mine, other):
            (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / mine / f"{mine}.js").symlink_to(tmp_path / other / "target.js")
        write_all(tmp_path / mine, {f"{mine}.js": b"new"})
    assert len(orders[0]) == 2
    assert orders[0] == orders[1]


def test_a_file_system_without_locks_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(flowplug.OutsideError) as caught:
        write_all(tmp_path, PAIR)
    assert str(caught.value) == (
        f"{tmp_path}: cannot be written: the file system cannot lock it (No locks available)"
    )
    assert contents(tmp_path) == {}


# Links


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "target.js").write_text("old")
    (elsewhere / "target.js").chmod(0o604)
    (folder / "b.js").symlink_to("link.js")
    (folder / "link.js").symlink_to("../elsewhere/target.js")
    written = write_all(folder, PAIR)
    assert written.paths == (folder / "a.js", folder / "b.js")
    assert os.readlink(folder / "b.js") == "link.js"
    assert os.readlink(folder / "link.js") == "../elsewhere/target.js"
    assert contents(elsewhere) == {"target.js": "new b"}
    assert (elsewhere / "target.js").stat().st_mode & 0o777 == 0o604


def test_a_link_to_a_file_that_is_not_there_yet_makes_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.js").symlink_to("target.js")
    with refusing(monkeypatch, os, "replace", call=2), pytest.raises(flowplug.OutsideError):
        write_all(tmp_path, PAIR)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.js"]
    write_all(tmp_path, PAIR)
    assert (tmp_path / "a.js").is_symlink()
    assert (tmp_path / "target.js").read_bytes() == b"new a"


def test_a_folder_behind_a_link_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    assert write_all(tmp_path / "out", PAIR).paths == (tmp_path / "out" / "a.js", tmp_path / "out" / "b.js")
    assert (tmp_path / "out").is_symlink()
    assert contents(tmp_path / "real") == {"a.js": "new a", "b.js": "new b"}


# What is obsolete


def test_what_is_obsolete_is_removed_and_named(tmp_path: Path) -> None:
    for name in ("z.js", "old.js", "kept.js"):
        (tmp_path / name).write_text(name)
    (tmp_path / "folder.js").mkdir()
    written = write_all(tmp_path, PAIR, obsolete=lambda path: path.name != "kept.js")
    assert written.removed == (tmp_path / "old.js", tmp_path / "z.js")
    assert sorted(contents(tmp_path)) == ["a.js", "b.js", "folder.js", "kept.js"]


def test_what_is_obsolete_stays_where_the_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("x.js", "y.js"):
        (tmp_path / name).write_text(name)
    with (
        refusing(monkeypatch, Path, "unlink", call=2),
        pytest.raises(flowplug.OutsideError, match=r"y\.js: cannot be written: No space"),
    ):
        write_all(tmp_path, PAIR, obsolete=lambda path: path.name in ("x.js", "y.js"))
    assert contents(tmp_path) == {"x.js": "x.js", "y.js": "y.js"}


def test_neither_a_link_nor_what_a_link_had_written_is_obsolete(tmp_path: Path) -> None:
    (tmp_path / "target.js").write_text("old")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.js").symlink_to("written.js")
    (tmp_path / "out" / "written.js").write_text("old")
    (tmp_path / "out" / "link.js").symlink_to("../target.js")
    assert write_all(tmp_path / "out", PAIR, obsolete=lambda _: True).removed == ()
    assert contents(tmp_path / "out") == {
        "a.js": "new a",
        "b.js": "new b",
        "link.js": "old",
        "written.js": "new a",
    }


def test_what_is_obsolete_may_vanish_by_itself(tmp_path: Path) -> None:
    (tmp_path / "old.js").touch()

    def remove(path: Path) -> bool:
        path.unlink()
        return True

    assert write_all(tmp_path, PAIR, obsolete=remove).removed == (tmp_path / "old.js",)
    assert contents(tmp_path) == {"a.js": "new a", "b.js": "new b"}


# Bundles


@pytest.mark.parametrize("version", ["0.0.1", "1.12.0", "1.0.0rc1", "2.0.dev3+g1a2b3c"])
def test_a_build_removes_the_files_of_any_release(version: str, tmp_path: Path) -> None:
    (tmp_path / "1flow.debug.js").write_text(f"/*! flowplug {version} */\n(() => {{")
    written = bundles.write(flowplug.build(flowplug.load(PRESETS)), tmp_path)
    assert written.removed == (tmp_path / "1flow.debug.js",)


def test_a_build_removes_the_files_of_an_earlier_one_that_it_does_not_make(tmp_path: Path) -> None:
    project = flowplug.load(PRESETS)
    first = bundles.write(flowplug.build(project, debug=True), tmp_path)
    bundle = flowplug.build(project)
    second = bundles.write(bundle, tmp_path)
    assert first.removed == ()
    assert second == (tuple(tmp_path / asset.name for asset in bundle.assets), (tmp_path / "1flow.debug.js",))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        asset.name: asset.content for asset in bundle.assets
    }


def test_every_file_of_a_build_is_known_again(tmp_path: Path) -> None:
    bundle = flowplug.build(flowplug.load(PRESETS), debug=True)
    written = bundles.write(bundle, tmp_path)
    removed = bundles.write(bundles.Bundle((), ()), tmp_path).removed
    assert removed == tuple(sorted(written.paths))
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1flow.debug.js", "console.log(1)"),
        ("1flow.debug.js", "/* see /*! flowplug 0.1.0 */" + " " * 100),
        ("1flow.debug.js", ""),
        ("1flow.debug.js", "/*! flowplug plugin loader, by Bob */ load()"),
        ("1flow.debug.js", "/*! flowplug 0.1.0, changed by Bob */"),
        ("1flow.debug.js", "/*! flowplug */"),
        ("1flow.old.js", "/*! flowplug 0.1.0 */"),
        ("index.html", "<script>/*! flowplug 0.1.0 */"),
    ],
)
def test_a_build_removes_no_file_of_the_user_s_own(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert bundles.write(flowplug.build(flowplug.load(PRESETS)), tmp_path).removed == ()
    assert (tmp_path / name).read_text() == text
