"""A command: a function that returns its result, which is printed here."""

from __future__ import annotations

from typing import Any

import click

from ..errors import FlowplugError, UsageError
from .options import output_meant, output_of
from .results import Result, show


class Command(click.Command):
    """A click command whose function returns a :class:`Result`.

    The result is printed as text, or as data with ``--json``, and so is an error; the exit status follows.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = tuple(args)  # click takes from the list what it has read
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            output = output_meant(ctx, given)
            if output == "text":  # click's own, with the usage
                raise
            show(Result(problems=UsageError(error.format_message()).problems), output)
            ctx.exit(error.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result: Result = super().invoke(ctx)
            show(result, output_of(ctx))
            status = result.exit_status
        except FlowplugError as error:
            show(Result(problems=error.problems), output_of(ctx))
            status = error.exit_status
        ctx.exit(status)
