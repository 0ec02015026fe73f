"""The command line as a whole: what commands there are, and what happens to whatever stops one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

import click

from .. import __version__
from . import streams
from .options import example

INTERRUPTED = 128 + 2
PIPE_CLOSED = 128 + 13
"""What a shell reports of a process that SIGINT or SIGPIPE ended."""

_HELP = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""How click from 8.2 on shows the help where no command is given."""


class _Listed(NamedTuple):
    """A command as the list of commands has it: its module is not imported for that."""

    module: str
    summary: str


COMMANDS = {
    "init": _Listed("init", "Write a project file to start from."),
    "import": _Listed("importing", "Write a project file with your subscriptions from Segment."),
    "check": _Listed("check", "Report all errors and warnings in a project; write nothing."),
    "expand": _Listed("expand", "Print a project in Segment's words, without short forms."),
    "build": _Listed("build", "Compile a project and write the plugin."),
    "preview": _Listed("preview", "Show the calls that 1Flow gets for events."),
    "csp": _Listed("csp", "Print the Content-Security-Policy that the project needs."),
    "inventory": _Listed("inventory", "List all that can leave the page for 1Flow."),
    "show": _Listed("show", "Print a project as one file, merged for an environment."),
    "schema": _Listed("schema", "Print the JSON Schema of the project file."),
}
"""The commands in the order in which people need them. Each module has its ``command``."""


@contextmanager
def _ending_at_a_closed_pipe() -> Iterator[None]:
    """End quietly where the reader of standard output, ``head`` for one, has enough; click would say 1."""
    try:
        yield
    except BrokenPipeError:
        streams.abandon(sys.stdout)
        raise click.exceptions.Exit(PIPE_CLOSED) from None


class _Root(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{COMMANDS[cmd_name].module}", __package__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from ..errors import quote, suggest  # noqa: PLC0415 - imported late: only a mistake needs it

            ctx.fail(f"no such command {quote(args[0])}{suggest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _ending_at_a_closed_pipe():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _ending_at_a_closed_pipe():
            return super().invoke(ctx)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and exit with its status; whatever stops it is a line, never a traceback."""
        streams.escape_unencodable()
        try:
            status = self._status(*args, **extra)
        except KeyboardInterrupt:  # once more, while we say that we were interrupted
            status = INTERRUPTED
        sys.exit(status)

    def _status(self, *args: Any, **extra: Any) -> int:
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except click.Abort:  # how click passes on Ctrl-C
            streams.complain("interrupted")
            return INTERRUPTED
        except RuntimeError as error:  # how Python before 3.12 passes it on from a class that is being made
            if not isinstance(error.__cause__, KeyboardInterrupt):
                raise
            streams.complain("interrupted")
            return INTERRUPTED
        except click.ClickException as error:
            from ..errors import printable  # noqa: PLC0415 - imported late, as above

            if not isinstance(error, _HELP):
                vars(error)["message"] = printable(error.message)
            streams.complain_with(error.show)
            return error.exit_code
        except OSError as error:
            streams.abandon(sys.stdout)
            from ..errors import OutsideError, printable  # noqa: PLC0415 - imported when it is needed

            name = printable(str(error.filename or "standard output"))
            streams.complain(f"{name}: cannot be written: {error.strerror}")
            return OutsideError.exit_status
        return status or 0


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("flowplug init --key oneflow_prod_eW91ciBrZXk=", "flowplug build"),
)
@click.version_option(__version__, prog_name="flowplug")
def root() -> None:
    """Compile one project file into the 1Flow plugin for Analytics.js.

    The project is flowplug.toml in the current folder, unless you name another .toml, .json or .yaml file, or -
    for JSON on standard input.

    Exit status: 0 done; 1 the project has errors; 2 the command was used wrongly; 3 the disk failed.
    """
