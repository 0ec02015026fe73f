"""Reading: a file, plain data or a project made in Python becomes a project that is known to be right.

First bytes become plain data (:mod:`.formats`), which is JSON of a sensible size (:mod:`.plain`), then the model
(:mod:`.model`). Lines are looked up (:mod:`.lines`) only when there is something to say (:mod:`.origin`).
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from ..errors import Finding, ProjectError, UsageError
from ..formats import format_findings
from ..project import Build, Defaults, Mappings, Project, repeated_names
from ..short_forms import long_form, without_short_tables
from .formats import parse, read_bytes, read_project
from .model import Reader, plain_data
from .origin import Origin
from .plain import FEW_VALUES, MAX_VALUES, own_copy, plain_findings

__all__ = [
    "Origin",
    "expand",
    "load",
    "origin_of",
    "parse",
    "plain_data",
    "plain_findings",
    "read_bytes",
    "verified",
    "with_formats",
]


def load(
    source: str | os.PathLike[str] | Mapping[str, object], *, environ: Mapping[str, str] = os.environ
) -> Project:
    """Read a project and check it.

    ``source`` is the path of a ``.toml``, ``.json``, ``.yaml`` or ``.yml`` file, ``"-"`` for JSON on standard
    input, or the project as plain data. Values given as ``{env = "NAME"}`` are taken from ``environ``.

    Raises ProjectError with every error found, UsageError where there is no such file or its format is not
    known, OutsideError where the file cannot be read.
    """
    if isinstance(source, Mapping):
        return _read(source, Origin(), environ)
    data, origin = read_project(source)
    return _read(data, origin, environ)


def expand(source: str | os.PathLike[str]) -> dict[str, object]:
    """A project file as plain data in its long form: in Segment's words, with nothing for subscriptions to share.

    Values from the environment are left there. Raises what :func:`load` raises, but for missing variables.
    """
    data, origin = read_project(source)
    try:
        _read(data, origin, os.environ)
    except ProjectError as error:
        if problems := [problem for problem in error.problems if problem.code != "missing-variable"]:
            raise ProjectError(problems) from None
    # Copied, since the subscriptions share parts, which YAML would write as aliases.
    return without_short_tables(own_copy(long_form(own_copy(data)).data))


def verified(project: Project) -> Project:
    """The project itself as :func:`load` gave it; else the project read as if it were plain data.

    Raises ProjectError with every error found.
    """
    known = vars(project).get("content") if isinstance(project, Project) else None
    return project if known and known == _content(project) else _read(plain_data(project), Origin(), os.environ)


def with_formats(project: Project, formats: Iterable[str]) -> Project:
    """The project with other formats than its own, checked for them; its places are still those of its file.

    Raises UsageError where the formats themselves are wrong, ProjectError where the project is.
    """
    names = tuple(formats)
    for _, _, message in format_findings(names):
        raise UsageError(f"format: {message}")
    other = msgspec.structs.replace(project, build=Build(names))
    return _read(plain_data(other), origin_of(project), os.environ)


def origin_of(project: Project) -> Origin:
    """Where a project was read from; of one that was changed since then, or made in Python, nothing is known."""
    return cast(Origin, vars(project).get("origin", Origin()))


def _read(data: object, origin: Origin, environ: Mapping[str, str]) -> Project:
    if findings := list(plain_findings(data, _most_values(origin))):
        raise ProjectError(origin.problems(findings, data))
    long = long_form(own_copy(data))
    origin = msgspec.structs.replace(origin, moves=(*long.moves, *origin.moves))
    if long.moves and (findings := list(plain_findings(long.data))):
        findings = [
            Finding(place, code, f"the long form of the project is {text}") for place, code, text in findings
        ]
        raise ProjectError(origin.problems(findings, data))
    reader = Reader(environ)
    project = reader.read(Project, long.data, ())
    findings = [*long.findings, *reader.findings, *repeated_names(data)]
    if findings:
        raise ProjectError(origin.problems(findings, long.data))
    assert project, "a project that cannot be made has findings"
    project = msgspec.structs.replace(project, mappings=Mappings(), defaults=Defaults())
    # Beside the fields, not among them: what msgspec.structs.replace makes has no origin, and is read again.
    # Mappings and regions can still be changed in place, which shows when the content is compared.
    vars(project).update(origin=origin, content=_content(project))
    return project


def _most_values(origin: Origin) -> int:
    """A value takes a character at least: only through YAML's aliases can a file have more, and each is work."""
    return max(FEW_VALUES, len(origin.text)) if origin.text else MAX_VALUES


def _content(project: Project) -> bytes | None:
    """All values of a project, to compare with those of another time; None where one is not plain data."""
    try:
        # Of all encoders in the standard library the fastest, and the one that takes half a surrogate pair. From
        # version 3 on it would note which values are one object.
        content: Any = plain_data(project)
        return marshal.dumps(content, 2)
    except ValueError:
        return None
