"""``flowplug init``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from ..errors import UsageError, printable
from ..project import KEY_VARIABLE, Settings
from ..render import render_text
from .command import Command
from .options import DEFAULT_PROJECT, LocalPath, example, force_option, json_option
from .project_files import SCHEMA_FILE, write_project
from .results import Result


class _Initialized(Result, frozen=True, kw_only=True):
    """``key_variable`` is the environment variable that the build takes the key from, unless the file has it."""

    path: str
    schema: str
    key_variable: str | None

    def text(self) -> list[str]:
        project = "" if self.path == DEFAULT_PROJECT else f" {shlex.quote(self.path)}"
        key = (
            f"Set {self.key_variable} to your 1Flow project API key, then run" if self.key_variable else "Now run"
        )
        return [
            printable(f"Wrote {self.path} and {self.schema}."),
            printable(f'{key} "flowplug build{project}".'),
        ]


@click.command("init", cls=Command, epilog=example("flowplug init --key oneflow_prod_eW91ciBrZXk="))
@click.argument("path", type=LocalPath(), default=Path(DEFAULT_PROJECT), metavar="[PATH]")
@click.option("--key", help=f"The 1Flow project API key.  [default: taken from {KEY_VARIABLE} when you build]")
@force_option
@json_option()
def command(path: Path, key: str | None, force: bool) -> _Initialized:
    """Write a project file to start from.

    PATH is a .toml file, flowplug.toml by default. It has every option as a comment. The JSON Schema is written
    beside it, so that editors can complete and check it.
    """
    if path.suffix != ".toml":
        better = path / DEFAULT_PROJECT if path.is_dir() else path.with_suffix(".toml")
        raise UsageError(f"{path}: init writes TOML; try {better}")
    if key is not None and (found := list(Settings.problems({"project_api_key": key}))):
        raise UsageError("; ".join(f"--key {finding.message}" for finding in found))
    text = render_text("flowplug.toml.jinja", key=key, schema=SCHEMA_FILE)
    schema_path = write_project(path, text, force=force)
    return _Initialized(
        path=str(path), schema=str(schema_path), key_variable=None if key is not None else KEY_VARIABLE
    )
