"""``flowplug show``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from ..errors import ProjectError
from ..reading import read
from ..writing import refuse_what_toml_lacks, toml_text
from .command import Command
from .options import env_option, example, json_option, output_of, project_argument
from .results import Result


class _Shown(Result, frozen=True, kw_only=True):
    """``files`` are those of the project, each before the one that it extends."""

    files: tuple[str, ...]
    env: str | None
    project: dict[str, Any]

    def text(self) -> list[str]:
        return toml_text(self.project).split("\n")[:-1]


@click.command("show", cls=Command, epilog=example("flowplug show --env prod"))
@project_argument
@env_option
@json_option()
@click.pass_context
def command(ctx: click.Context, project: str, env: str | None) -> _Shown:
    """Print a project as one file: merged with the files that it extends and the overlay of an environment.

    A value that comes from an environment variable is printed as { env = "NAME" }; the variable need not be set.
    """
    written = read(project)
    try:
        written.project(env, os.environ)
    except ProjectError as error:
        if errors := [problem for problem in error.problems if problem.code != "missing-variable"]:
            raise ProjectError(errors) from None
    data, origin = written.merged(env)
    shown = _without_nulls(data)
    if output_of(ctx) == "text":
        refuse_what_toml_lacks(shown, origin, "print JSON instead: --json")
    return _Shown(files=tuple(file.source.file for file in reversed(written.files)), env=env, project=shown)


def _without_nulls(project: Any) -> dict[str, Any]:
    """The project without ``$schema`` and without null where that is the same as nothing."""
    shown = {key: value for key, value in project.items() if value is not None and key != "$schema"}
    for key, value in shown.items():
        if isinstance(value, Mapping):
            shown[key] = _without_nulls(value)
        elif key == "subscriptions":
            shown[key] = [{part: item[part] for part in item if item[part] is not None} for item in value]
    return shown
