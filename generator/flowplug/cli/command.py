"""A command: a function that returns its result, which is printed here."""

from __future__ import annotations

from typing import Any

import click

from ..errors import FlowplugError
from .options import output_of
from .results import Result, show


class Command(click.Command):
    """A click command whose function returns a :class:`Result`.

    The result is printed as text, or as data with ``--json``, and so is an error; the exit status follows.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result: Result = super().invoke(ctx)
            status = result.exit_status
        except FlowplugError as error:
            result, status = Result(problems=error.problems), error.exit_status
        show(result, output_of(ctx))
        ctx.exit(status)
