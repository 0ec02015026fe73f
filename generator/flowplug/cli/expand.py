"""``flowplug expand``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .. import writing
from ..reading import own_copy, read
from ..short_forms import SHORT_TABLES, long_form
from .command import Command
from .options import env_option, example, json_option, output_of, project_argument
from .project_files import SCHEMA_FILE
from .results import Result
from .show import without_nulls


class _Expanded(Result, frozen=True, kw_only=True):
    """``format`` is that of the project file: toml, json, yaml or yml."""

    env: str | None
    format: str
    project: dict[str, Any]

    def text(self) -> list[str]:
        file = writing.format_project(self.project, Path(f"project.{self.format}"), SCHEMA_FILE)
        return file.split("\n")[:-1]


@click.command("expand", cls=Command, epilog=example("flowplug expand > expanded.toml"))
@project_argument
@env_option
@json_option()
@click.pass_context
def command(ctx: click.Context, project: str, env: str | None) -> _Expanded:
    """Print a project in Segment's words, without short forms.

    The fields of [defaults] are in each subscription. The plugin of what is printed has the same bytes, and its
    subscriptions can go back to Segment. It is one file, merged for an environment as "flowplug show" prints it,
    in the format of the project and without comments.
    """
    data, origin = read(project).printable(env)
    # Copied, since the subscriptions share parts, which YAML would write as aliases.
    expanded = without_nulls(own_copy(long_form(own_copy(data)).data))
    for table in SHORT_TABLES:
        expanded.pop(table, None)
    ending = "json" if project == "-" else Path(project).suffix.lower()[1:]
    if ending == "toml" and output_of(ctx) == "text":
        writing.refuse_what_toml_lacks(expanded, origin, "print JSON instead: --json")
    return _Expanded(env=env, format=ending, project=expanded)
