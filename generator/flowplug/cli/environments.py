"""A project checked in each of its environments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from ..errors import Problem, ProjectError, joined, quote
from ..plan import check
from ..project import Project
from ..reading import Written, read


def check_environments(source: str, env: str | None) -> tuple[tuple[str, ...], Project, tuple[Problem, ...]]:
    """The environments that were checked, the project in the first of them, and the warnings of all.

    They are ``env``; or all, where that is None. Then the project without an environment comes first, if that is
    complete. Raises ProjectError with every error found in any.
    """
    written = read(source)
    if env is not None or not written.environments:
        project = written.project(env, os.environ)
        return (env,) if env is not None else (), project, check(project)
    projects: list[Project] = []
    found = {name: _problems(written, name, projects) for name in (None, *written.environments)}
    if any(problem.code == "missing-field" for problem in found[None]):
        del found[None]  # It is what the environments have in common, and is checked in each of them.
    problems = tuple(_together(found))
    if errors := [problem for problem in problems if problem.level == "error"]:
        raise ProjectError(errors)
    return written.environments, projects[0], problems


def _problems(written: Written, env: str | None, projects: list[Project]) -> tuple[Problem, ...]:
    """What is wrong with a project in an environment; the project is added to ``projects``, if it can be made."""
    try:
        projects.append(written.project(env, os.environ))
    except ProjectError as error:
        return error.problems
    return check(projects[-1])


def _together(found: Mapping[str | None, tuple[Problem, ...]]) -> Iterator[Problem]:
    """The problems of all environments, each once, with the names of those that have it if others do not."""
    having: dict[Problem, list[str]] = {}
    for env, problems in found.items():
        for problem in problems:
            having.setdefault(problem, []).append("" if env is None else env)
    for problem, names in having.items():
        if "" in names or len(names) == len(found) or problem.place[:1] == ("env",):
            yield problem
        else:
            yield replace(problem, message=f"{problem.message} (in {joined(map(quote, names), 'and')})")
