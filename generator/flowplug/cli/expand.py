"""``flowplug expand``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .. import reading, writing
from .command import Command
from .options import example, json_option, project_argument
from .project_files import SCHEMA_FILE
from .results import Result


class _Expanded(Result, frozen=True, kw_only=True):
    """``file`` is the text of the project file, ``project`` the same as data."""

    file: str
    project: dict[str, Any]

    def text(self) -> list[str]:
        return self.file.removesuffix("\n").split("\n")


@click.command("expand", cls=Command, epilog=example("flowplug expand > expanded.toml"))
@project_argument
@json_option()
def command(project: str) -> _Expanded:
    """Print a project in Segment's words, without short forms and defaults.

    The plugin of what is printed has the same bytes, and its subscriptions can go back to Segment. It is in the
    format of the project, without its comments. Values from the environment stay there.
    """
    data = reading.expand(project)
    data.pop("$schema", None)
    path = Path("project.json" if project == "-" else project)
    return _Expanded(file=writing.format_project(data, path, SCHEMA_FILE), project=data)
