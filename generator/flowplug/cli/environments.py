"""A project checked in each of its environments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from ..errors import Problem, ProjectError, joined, quote
from ..project import Project
from ..reading import read


def check_environments(
    source: str, env: str | None, check: Callable[[Project], tuple[Problem, ...]]
) -> tuple[dict[str | None, Project], tuple[Problem, ...]]:
    """The project in an environment, and what ``check`` says of it; or in all, if ``env`` is None.

    Then the project without an environment is the first, unless something is missing from it: it may be no more
    than what the environments have in common. Raises ProjectError with every error found in any.
    """
    written = read(source)
    if env is not None or not written.environments:
        project = written.project(env, os.environ)
        return {env: project}, check(project)
    projects: dict[str | None, Project] = {}
    found: dict[str | None, tuple[Problem, ...]] = {}
    for name in (None, *written.environments):
        try:
            projects[name] = written.project(name, os.environ)
            found[name] = check(projects[name])
        except ProjectError as error:
            found[name] = error.problems
    if any(problem.code == "missing-field" for problem in found[None]):
        del found[None]
    problems = written.merged(None)[1].ordered(_together(found))
    if errors := [problem for problem in problems if problem.level == "error"]:
        raise ProjectError(errors)
    return projects, problems


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
