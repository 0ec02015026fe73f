"""``flowplug show``."""

from __future__ import annotations

from typing import Any

import click

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
    """Print a project as one file, merged for an environment.

    It is what remains of the files that the project extends and of the overlay that --env names. A value
    that comes from an environment variable is printed as { env = "NAME" }, whether or not that is set.
    """
    written = read(project)
    data, origin = written.printable(env)
    shown = without_nulls(data)
    if output_of(ctx) == "text":
        refuse_what_toml_lacks(shown, origin, "print JSON instead: --json")
    return _Shown(files=tuple(file.source.file for file in reversed(written.files)), env=env, project=shown)


def without_nulls(table: Any) -> dict[str, Any]:
    """A project or a subscription, without the keys that may as well be left out as be null."""
    shown = {key: value for key, value in table.items() if value is not None and key != "$schema"}
    if "subscriptions" in shown:
        shown["subscriptions"] = [without_nulls(item) for item in shown["subscriptions"]]
    return shown
