"""A project as it is written: in one file or several, for one environment or several."""

from __future__ import annotations

import marshal
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from ..errors import Finding, Problem, ProjectError, joined, quote, suggest
from ..project import Defaults, Mappings, Project, ProjectFile, repeated_names
from ..short_forms import expanded, long_form
from .bases import File
from .merging import merged
from .model import Reader, plain_data
from .origin import Origin, origin_in
from .plain import own_copy, plain_findings


class Written(msgspec.Struct, frozen=True, dict=True):
    """The files of a project, each after the one that it extends."""

    files: tuple[File, ...]

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in the order of the files."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.overlays))

    def merged(self, env: str | None) -> tuple[object, Origin]:
        """The project in an environment, or without any, as plain data; and where that was written.

        Raises ProjectError where there is no such environment.
        """
        data, origin = merged(self.files, env)
        if env is not None and env not in (known := self.environments):
            has = f"the project has {joined(map(quote, known), 'and')}" if known else "the project has none"
            finding = Finding(("env",), "unknown-env", f"no environment {quote(env)}{suggest(env, known)}; {has}")
            raise ProjectError(origin.problems([finding], data))
        return data, origin

    def printable(self, env: str | None) -> tuple[object, Origin]:
        """The same, once it is known to have no errors; variables may be missing, since they stay as they are."""
        try:
            self.project(env, os.environ)
        except ProjectError as error:
            if problems := [problem for problem in error.problems if problem.code != "missing-variable"]:
                raise ProjectError(problems) from None
        return self.merged(env)

    def project(self, env: str | None, environ: Mapping[str, str]) -> Project:
        """The project in an environment, or without any. Raises ProjectError with every error found."""
        data, origin = self.merged(env)
        project, problems = read_whole(data, origin, environ)
        if problems := origin.ordered([*self._problems_of_parts, *problems]):
            raise ProjectError(problems if env else map(self._advised, problems))
        assert project, "a project that cannot be made has problems"
        return project

    @cached_property
    def _problems_of_parts(self) -> tuple[Problem, ...]:
        """What is wrong with what each file says by itself, also for environments that are not asked for."""
        if len(self.files) == 1 and not self.files[0].has_heading:
            return ()  # It is the whole project, which is read anyway.
        found: list[Problem] = []
        for file in self.files:
            long = expanded(own_copy(file.data))
            reader = Reader(None)
            reader.read(ProjectFile, long.data, ())
            origin = msgspec.structs.replace(origin_in(file.source, file.data), moves=long.moves)
            found += origin.problems([*long.findings, *reader.findings], long.data)
        return tuple(found)

    def _advised(self, problem: Problem) -> Problem:
        """A problem of the project without an environment, which may not be meant to be complete."""
        if problem.code != "missing-field" or problem.place not in ((), ("settings",)) or not self.environments:
            return problem
        advice = f"; add it, or choose an environment: {joined(map(quote, self.environments), 'or')}"
        return msgspec.structs.replace(problem, message=problem.message + advice)


def read_whole(
    data: object, origin: Origin, environ: Mapping[str, str]
) -> tuple[Project | None, tuple[Problem, ...]]:
    """The project that plain data is, or None where it cannot be made; and all that is wrong with it."""
    long = long_form(own_copy(data))
    origin = msgspec.structs.replace(origin, moves=(*long.moves, *origin.moves))
    if long.moves and (
        past := [f"the long form of the project is {found.message}" for found in plain_findings(long.data)]
    ):
        return None, origin.problems([Finding((), "too-deep", message) for message in past], data)
    reader = Reader(environ)
    project = reader.read(Project, long.data, ())
    if project:
        project = msgspec.structs.replace(project, mappings=Mappings(), defaults=Defaults())
        # Beside the fields, not among them: what msgspec.structs.replace makes has no origin, and is read again.
        # Mappings and regions can still be changed in place, which shows when the content is compared.
        vars(project).update(origin=origin, content=content_of(project))
    return project, origin.problems([*long.findings, *reader.findings, *repeated_names(data)], long.data)


def content_of(project: Project) -> bytes | None:
    """All values of a project, to compare with those of another time; None where one is not plain data."""
    try:
        # Of all encoders in the standard library the fastest, and the one that takes half a surrogate pair. From
        # version 3 on it would note which values are one object.
        content: Any = plain_data(project)
        return marshal.dumps(content, 2)
    except ValueError:
        return None
