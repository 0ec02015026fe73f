"""``flowplug schema``."""

from __future__ import annotations

import click

from .command import Command
from .options import example
from .project_files import schema_text
from .results import Result


class _Schema(Result, frozen=True, kw_only=True):
    schema: str

    def text(self) -> list[str]:
        return self.schema.splitlines()


@click.command("schema", cls=Command, epilog=example("flowplug schema > flowplug.schema.json"))
def command() -> _Schema:
    """Print the JSON Schema of the project file.

    Editors use it to complete and check the file. init and import write it beside the project file already.
    """
    return _Schema(schema=schema_text())
