"""``flowplug import``."""

from __future__ import annotations

from pathlib import Path

import click

from .. import importer, writing
from ..errors import printable
from ..project import KEY_VARIABLE
from .command import Command
from .options import DEFAULT_PROJECT, LocalPath, example, file_argument, force_option, json_option
from .project_files import SCHEMA_FILE, write_project
from .results import Result


class _Imported(Result, frozen=True, kw_only=True):
    """``unused`` are keys that were left out everywhere; ``key_variable`` as of init."""

    path: str
    schema: str
    subscriptions: tuple[str, ...]
    unused: tuple[str, ...]
    key_variable: str | None

    def text(self) -> list[str]:
        number = len(self.subscriptions)
        plural = "" if number == 1 else "s"
        lines = [
            f"Wrote {self.path} and {self.schema}.",
            f"Imported {number} subscription{plural}: {', '.join(self.subscriptions)}",
        ]
        if self.unused:
            lines.append(f"Left out, because only Segment uses it: {', '.join(self.unused)}")
        if self.key_variable:
            lines.append(f"Set {self.key_variable} when you build, or put the key into {self.path}.")
        return [printable(line) for line in lines]


@click.command("import", cls=Command, epilog=example("flowplug import settings.json --out flowplug.toml"))
@file_argument
@click.option(
    "--out",
    "-o",
    "path",
    type=LocalPath(),
    default=Path(DEFAULT_PROJECT),
    show_default=True,
    help="The project file to write: .toml, .json or .yaml.",
)
@force_option
@json_option()
def command(file: str, path: Path, force: bool) -> _Imported:
    """Write a project file with your subscriptions from Segment.

    FILE is JSON, or - for standard input. It can be your source's settings, downloaded from
    https://cdn.segment.com/v1/projects/<write key>/settings; the list of the destination's subscriptions from
    Segment's Public API; or a list of subscriptions.

    Everything that cannot be imported is reported with its place and the reason; the rest is written. Exit
    status 1 means that something for 1Flow was left out.
    """
    found = importer.read(file)
    text = writing.format_project(found.project, path, SCHEMA_FILE)
    schema_path = write_project(path, text, force=force)
    has_key = isinstance(found.project["settings"]["projectApiKey"], str)
    return _Imported(
        problems=found.problems,
        path=str(path),
        schema=str(schema_path),
        subscriptions=tuple(item["name"] for item in found.project["subscriptions"]),
        unused=found.unused,
        key_variable=None if has_key else KEY_VARIABLE,
    )
