"""Writing files together: all of them or none, by one writer at a time, and never half a file."""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .errors import OutsideError, printable

if sys.platform == "win32":
    from filelock import FileLock
else:
    import fcntl

_STAGING = ".flowplug-writing"
_STAGED = re.compile(r"[0-9]+\.(new|old)")
_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class Written(NamedTuple):
    """What a write did: the files that it wrote, in the order given, and those that it removed."""

    paths: tuple[Path, ...]
    removed: tuple[Path, ...]


def write_all(
    folder: Path, contents: Mapping[str, bytes], *, obsolete: Callable[[Path], bool] = lambda _: False
) -> Written:
    """Write files, by name, into a folder, which is made if need be, and remove those that are obsolete.

    All of this happens or none of it: if the disk refuses anything, the files are as they were before. Other
    writers to this folder on this machine wait meanwhile. So does a signal that would end the process, though only
    the main thread can hold it back. SIGKILL may leave some files new and others old, but none half-written; the
    next write clears up.

    A replaced file keeps its permissions. A symbolic link stays, and the file that it points to is written. A file
    that is ``obsolete`` is removed, unless it is a link or was just written. Two names of one file are refused.

    Raises OutsideError, naming the path that the disk refused.
    """
    with _naming(folder), suppress(FileExistsError):
        folder.mkdir(parents=True)
    places = _places((folder / name, content) for name, content in contents.items())
    paths = tuple(path for path, _ in places.values())
    with _reserved([(folder, folder), *((path, place.parent) for place, (path, _) in places.items())]):
        removed = _obsolete_files(folder, paths, obsolete)
        written = ((path, place, content) for place, (path, content) in places.items())
        files = [*written, *((path, path, None) for path in removed)]
        _make_all([_prepared(number, *file) for number, file in enumerate(files)])
    return Written(paths, removed)


def _places(files: Iterable[tuple[Path, bytes]]) -> dict[Path, tuple[Path, bytes]]:
    """The files by where they are, each in a place of its own."""
    places: dict[Path, tuple[Path, bytes]] = {}
    for path, content in files:
        place = _place(path)
        if place in places:
            with _naming(path):
                raise OSError(errno.EEXIST, f"{places[place][0]} leads to the same file; remove a link")
        places[place] = path, content
    return places


def _place(path: Path) -> Path:
    """Where the file is that a path names: links are followed, even to a file that does not exist yet."""
    with _naming(path):
        place = Path(os.path.realpath(path))
        if place.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return place


def _obsolete_files(folder: Path, paths: Iterable[Path], obsolete: Callable[[Path], bool]) -> tuple[Path, ...]:
    """The obsolete files of a folder, by name: no links, and none that these paths lead to."""
    with _naming(folder), os.scandir(folder) as entries:
        files = sorted(folder / entry.name for entry in entries if entry.is_file(follow_symlinks=False))
        kept = [path for path in paths if path.exists()]
        return tuple(file for file in files if obsolete(file) and not any(map(file.samefile, kept)))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn the disk's refusal into an error that names this path, as the user wrote it."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: no file can have this name.
        reason = getattr(error, "strerror", None) or error
        raise OutsideError(printable(f"{path}: cannot be written: {reason}")) from None


@contextmanager
def _reserved(folders: Iterable[tuple[Path, Path]]) -> Iterator[None]:
    """Lock folders, each given with the path to name if it refuses, and have a staging folder in each."""
    distinct: dict[tuple[int, int], tuple[Path, Path]] = {}
    for path, folder in folders:
        with _naming(path):
            status = folder.stat()
        distinct.setdefault((status.st_dev, status.st_ino), (path, folder))
    # In one order for everybody, so that no two wait for each other.
    ordered = [distinct[key] for key in sorted(distinct)]
    with ExitStack() as held:
        for path, folder in ordered:
            with _naming(path):
                held.enter_context(_locked(folder))
        # Not earlier: whoever waits for a lock can be interrupted.
        held.enter_context(_signals_held())
        for path, folder in ordered:
            with _naming(folder / _STAGING):
                _refuse_foreign(folder / _STAGING)
            with _naming(path):
                held.enter_context(_staging(folder))
        yield


if sys.platform == "win32":

    def _locked(folder: Path) -> FileLock:
        """The lock of a folder: a file in it, which Windows lets us remove on release."""
        return FileLock(folder / ".flowplug-lock")

else:

    @contextmanager
    def _locked(folder: Path) -> Iterator[None]:
        """The lock of a folder, on the folder itself: no file is made, and it goes with the process."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as error:
                raise OSError(error.errno, f"the file system cannot lock it ({error.strerror})") from None
            yield
        finally:
            os.close(descriptor)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold back the signals that would end the process, until the handlers are as they were."""
    came: set[int] = set()
    with ExitStack() as releases:
        if threading.current_thread() is threading.main_thread():
            for number in _ENDING:
                handler = signal.getsignal(number)
                if handler is not None:  # None: it was not set from Python, which could not put it back.
                    # SIGINT first, so released last: its exception must not meet another's release.
                    releases.callback(_release, number, handler, came)
                    signal.signal(number, lambda number, _: came.add(number))
        yield


def _release(number: int, handler: Any, came: set[int]) -> None:
    """Put a signal's handler back; if the signal came, let it have it."""
    signal.signal(number, handler)
    if number in came:
        if callable(handler):
            # Not sent again: whoever listens by signal.set_wakeup_fd, such as asyncio, has heard it.
            handler(number, None)
        else:
            signal.raise_signal(number)


def _refuse_foreign(staging: Path) -> None:
    """Raise OSError where what has the name of the staging folder is not one that a write of ours left."""
    if not os.path.lexists(staging):
        return
    if not staging.is_symlink() and staging.is_dir():
        with os.scandir(staging) as entries:
            if all(_STAGED.fullmatch(entry.name) and entry.is_file(follow_symlinks=False) for entry in entries):
                return
    raise OSError(errno.EEXIST, "flowplug needs this name and did not make what has it; rename that")


@contextmanager
def _staging(folder: Path) -> Iterator[None]:
    """A folder to make files ready in, on the same disk as those that they replace."""
    staging = folder / _STAGING
    if os.path.lexists(staging):
        shutil.rmtree(staging)  # A write that was killed left it: we have the lock.
    staging.mkdir(mode=0o700)
    try:
        yield
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Change(msgspec.Struct, frozen=True):
    """What happens to one file: ``new`` replaces it, or it goes; ``old`` is what was there, if anything."""

    path: Path
    place: Path
    new: Path | None
    old: Path | None

    def make(self) -> None:
        if self.new:
            os.replace(self.new, self.place)
        else:
            self.place.unlink(missing_ok=True)

    def undo(self) -> None:
        if self.old:
            os.replace(self.old, self.place)
        else:
            self.place.unlink()


def _prepared(number: int, path: Path, place: Path, content: bytes | None) -> _Change:
    """A change with its files staged; without content, the file goes."""
    new, old = (place.parent / _STAGING / f"{number}.{kind}" for kind in ("new", "old"))
    with _naming(path):
        there = place.exists()
        if there and not place.is_file():
            raise OSError(errno.EISDIR, "not a regular file")
        if content is not None:
            new.write_bytes(content)
        if there:
            _keep(place, old)
        if there and content is not None:
            shutil.copymode(place, new)
    return _Change(path, place, new if content is not None else None, old if there else None)


def _keep(place: Path, old: Path) -> None:
    """Have a file under a second name: the file itself, or a copy where the disk has no hard links."""
    try:
        os.link(place, old)
    except OSError:
        shutil.copy2(place, old)


def _make_all(changes: Iterable[_Change]) -> None:
    """Make all changes; if one cannot be made, undo those before it."""
    begun: list[_Change] = []
    try:
        for change in changes:
            begun.append(change)
            with _naming(change.path):
                change.make()
    except BaseException:
        for change in reversed(begun):
            with suppress(OSError):
                change.undo()
        raise
