"""``flowplug schema``."""

from __future__ import annotations

from typing import Any

import click

from ..schema import schema
from .command import Command
from .options import example, json_option
from .project_files import schema_text
from .results import Result


class _Schema(Result, frozen=True, kw_only=True):
    schema: dict[str, Any]

    def text(self) -> list[str]:
        return schema_text().splitlines()


@click.command("schema", cls=Command, epilog=example("flowplug schema > flowplug.schema.json"))
@json_option("Print the schema inside a report, as the other commands do.")
def command() -> _Schema:
    """Print the JSON Schema of the project file.

    Editors use it to complete and check the file. init and import already write it beside the
    project file.
    """
    return _Schema(schema=schema())
