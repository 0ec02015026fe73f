"""Options and arguments that several commands share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, cast, get_args

import click

Output: TypeAlias = Literal["text", "json", "github"]
"""How a result is printed."""

DEFAULT_PROJECT = "flowplug.toml"

_OUTPUT = "flowplug.output"

_F = TypeVar("_F", bound=Callable[..., Any])


def example(*lines: str) -> str:
    """The last paragraph of a help text."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def output_of(ctx: click.Context) -> Output:
    """How the command that was called prints its result."""
    output: Output = ctx.meta.get(_OUTPUT, "text")
    return output


def output_meant(ctx: click.Context, arguments: Sequence[str]) -> Output:
    """How to print what is wrong with the arguments themselves, even if click did not get to the option."""
    if _OUTPUT not in ctx.meta:
        for output in get_args(Output):
            pairs = pairwise(arguments)
            if f"--{output}" in arguments or f"--output={output}" in arguments or ("--output", output) in pairs:
                return cast(Output, output)
    return output_of(ctx)


class LocalPath(click.Path):
    """A path, as pathlib has it; an empty one, which pathlib takes for the current folder, is refused."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


def json_option(text: str = "Print JSON instead of text.") -> Callable[[_F], _F]:
    """``--json``."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            _remember_output(ctx, "json")

    return click.option("--json", is_flag=True, expose_value=False, is_eager=True, callback=remember, help=text)


def _remember_output(ctx: click.Context, output: Output) -> None:
    if ctx.meta.setdefault(_OUTPUT, output) != output:
        raise click.UsageError("--json and --output exclude each other; use one of them", ctx)


def output_option(command: _F) -> _F:
    """``--output``, for a command whose problems a continuous integration service can show."""

    def remember(ctx: click.Context, _: click.Parameter, value: Output | None) -> None:
        if value:
            _remember_output(ctx, value)

    return click.option(
        "--output",
        type=click.Choice(["text", "json", "github"]),
        expose_value=False,
        is_eager=True,
        callback=remember,
        help="How to print the result; github is text with workflow annotations for problems.  [default: text]",
    )(command)


def strict_option(command: _F) -> _F:
    """``--strict``."""
    return click.option("--strict", is_flag=True, help="Treat warnings as errors.")(command)


def project_argument(command: _F) -> _F:
    """The project file."""
    return click.argument("project", default=DEFAULT_PROJECT, metavar="[PROJECT]", callback=_local)(command)


def env_option(command: _F) -> _F:
    """``--env``, for a command that reads a project."""
    text = "The environment whose overlay, such as [env.prod], is merged over the project.  [default: none]"
    return click.option("--env", metavar="NAME", help=text)(command)


def file_argument(command: _F) -> _F:
    """A file to read."""
    return click.argument("file", metavar="FILE", callback=_local)(command)


def force_option(command: _F) -> _F:
    """``--force``, for a command that writes a project file."""
    return click.option("--force", is_flag=True, help="Overwrite files that already exist.")(command)


def _local(ctx: click.Context, _: click.Parameter, name: str) -> str:
    if name.lower().startswith(("https://", "http://")):
        words = shlex.join(["curl", "--output", "FILE", name])
        raise click.UsageError(
            f"flowplug reads files, not web addresses; download it first ({words}), then name that file", ctx
        )
    if not name:
        raise click.UsageError("the name of the file is empty", ctx)
    return name
