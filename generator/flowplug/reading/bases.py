"""Bases: a project file and the files that it extends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PureWindowsPath

import msgspec

from ..errors import Code, Finding, OutsideError, Place, ProjectError, UsageError, quote
from .formats import STDIN, read_project
from .origin import Source, origin_in
from .plain import FEW_VALUES, MAX_VALUES, plain_findings

MAX_FILES = 20
MAX_OVERLAYS = 100
"""How many a file may have: the project is checked with each."""

HEADING = ("extends", "env")
"""The keys of a project file that say what it is merged with, and so are no part of the merged project."""


class File(msgspec.Struct, frozen=True):
    """A project file as it is written."""

    source: Source
    data: object

    @property
    def extends(self) -> str:
        """The base as the file names it, or ``""``."""
        base = self.data.get("extends") if isinstance(self.data, Mapping) else None
        return base if isinstance(base, str) else ""

    @property
    def overlays(self) -> Mapping[str, object]:
        """The overlays, by the names of their environments."""
        overlays = self.data.get("env") if isinstance(self.data, Mapping) else None
        return overlays if isinstance(overlays, Mapping) else {}

    @property
    def has_heading(self) -> bool:
        """Whether the file is more than the whole of a project."""
        return isinstance(self.data, Mapping) and any(key in self.data for key in HEADING)


def read_files(source: str | os.PathLike[str]) -> tuple[File, ...]:
    """The files of a project, each after the one that it extends, so that the project's own is the last.

    Raises UsageError and OutsideError where that cannot be read, and ProjectError where one of them is not plain
    data, or extends what it cannot.
    """
    files = [plain_file(*read_project(source, '; "flowplug init" writes one to start from'))]
    identities = [_identity(files[0].source.file)]
    while files[-1].extends:
        path = _path_of_base(files[-1])
        identity = _identity(path)
        if identity in identities:
            names = [*(file.source.file for file in files[identities.index(identity) :]), path]
            message = f"goes round in a circle: {' extends '.join(names)}; extend another file, or none"
            raise _refusal(files[-1], message, "extends-cycle")
        if len(files) == MAX_FILES:
            raise _refusal(files[-1], f"more than {MAX_FILES} files; put some of them together", "too-deep")
        try:
            files.append(plain_file(*read_project(path)))
        except (UsageError, OutsideError) as error:
            raise _refusal(files[-1], str(error)) from None
        identities.append(identity)
    return tuple(reversed(files))


def plain_file(data: object, source: Source) -> File:
    """A project file with its data, which is known to be plain. Raises ProjectError where it is not."""
    # A value takes a character at least: only through YAML's aliases can a file have more, and each is work.
    most = max(FEW_VALUES, len(source.text)) if source.text else MAX_VALUES
    if findings := list(plain_findings(data, most)):
        raise ProjectError(origin_in(source, data).problems(findings, data))
    file = File(source, data)
    if len(file.overlays) > MAX_OVERLAYS:
        raise _refusal(file, f"more than {MAX_OVERLAYS} environments; use several projects", "too-large", ("env",))
    return file


def no_base(file: File) -> File:
    """A project that is in no folder, and so extends no file. Raises ProjectError where it does."""
    if file.extends:
        raise _refusal(file, "only a project that is read from a file can extend another")
    return file


def _path_of_base(file: File) -> str:
    """The path of the base, as messages name it. Raises ProjectError where it is not a path beside the file."""
    if file.source.file == STDIN:
        no_base(file)
    base = file.extends
    if "://" in base:
        raise _refusal(file, f"flowplug reads files, not web addresses, got {quote(base)}")
    if "\\" in base:
        raise _refusal(file, f'write "/" between folders, and no backslash, got {quote(base)}')
    if PureWindowsPath(base).anchor:
        message = f"must be a path as seen from the folder of this file, got {quote(base)}"
        raise _refusal(file, f'{message}; write one such as "base.toml" or "../base.toml"')
    path = os.path.join(os.path.dirname(file.source.file), base)
    short = os.path.normpath(path)
    if short == "-":  # elsewhere, that stands for standard input
        raise _refusal(file, f"must be the path of a project file, got {quote(base)}")
    return short if _identity(short) == _identity(path) else path


def _identity(path: str) -> str:
    """The same for all paths of a file. A path that no file can have is refused when it is read."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except ValueError:
        return path


def _refusal(
    file: File, message: str, code: Code = "invalid-extends", place: Place = ("extends",)
) -> ProjectError:
    finding = Finding(place, code, message)
    return ProjectError(origin_in(file.source, file.data).problems([finding], file.data))
