"""Reading: a file, plain data or a project made in Python becomes a project that is known to be right.

The bytes of each file (:mod:`.bases`) become plain data (:mod:`.formats`), which is JSON of a sensible size
(:mod:`.plain`). The files and the overlays of an environment (:mod:`.written`) are merged (:mod:`.merging`),
and the model is made of the result (:mod:`.model`). Where a value was written (:mod:`.origin`), and on which line
(:mod:`.lines`), is looked up only when there is something to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

from ..errors import ProjectError, UsageError
from ..formats import format_findings
from ..project import Build, Project
from .bases import no_base, plain_file, read_files
from .formats import parse, read_bytes
from .model import plain_data
from .origin import Origin, Source, origin_in
from .plain import own_copy, plain_findings
from .written import Written, content_of, read_whole

__all__ = [
    "Origin",
    "Source",
    "Written",
    "load",
    "origin_in",
    "origin_of",
    "own_copy",
    "parse",
    "plain_data",
    "plain_findings",
    "read",
    "read_bytes",
    "verified",
    "with_formats",
]


def load(
    source: str | os.PathLike[str] | Mapping[str, object],
    *,
    env: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Project:
    """Read a project and check it.

    ``source`` is the path of a ``.toml``, ``.json``, ``.yaml`` or ``.yml`` file, ``"-"`` for JSON on standard
    input, or the project as plain data. A file is merged over the one that it extends, and the overlay of the
    environment ``env`` over the result. Values given as ``{env = "NAME"}`` are taken from ``environ``.

    Raises ProjectError with every error found, also where the project has no environment ``env``, or extends a
    file that cannot be read; UsageError where there is no file ``source`` or its format is not known, OutsideError
    where it cannot be read.
    """
    return read(source).project(env, environ)


def read(source: str | os.PathLike[str] | Mapping[str, object]) -> Written:
    """A project as it is written, before anything is merged; it raises what :func:`load` does for ``source``."""
    if isinstance(source, Mapping):
        return Written((no_base(plain_file(source, Source())),))
    return Written(read_files(source))


def verified(project: Project) -> Project:
    """The project itself as :func:`load` gave it; else the project read as if it were plain data.

    Raises ProjectError with every error found.
    """
    known = vars(project).get("content") if isinstance(project, Project) else None
    return project if known and known == content_of(project) else _read_again(project, Origin())


def with_formats(project: Project, formats: Iterable[str]) -> Project:
    """The project with other formats than its own, checked for them; its places are still those of its file.

    Raises UsageError where the formats themselves are wrong, ProjectError where the project is.
    """
    names = tuple(formats)
    for _, _, message in format_findings(names):
        raise UsageError(f"format: {message}")
    return _read_again(msgspec.structs.replace(project, build=Build(names)), origin_of(project))


def origin_of(project: Project) -> Origin:
    """Where a project was read from; of one that was changed since then, or made in Python, nothing is known."""
    return cast(Origin, vars(project).get("origin", Origin()))


def _read_again(project: Project, origin: Origin) -> Project:
    data = plain_data(project)
    if findings := list(plain_findings(data)):
        raise ProjectError(origin.problems(findings, data))
    found, problems = read_whole(data, origin, os.environ)
    if problems:
        raise ProjectError(problems)
    assert found, "a project that cannot be made has problems"
    return found
