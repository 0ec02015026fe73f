"""``flowplug preview``."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, cast

import click
import msgspec

from ..errors import OutsideError, UsageError
from ..formats import FORMATS
from ..preview import Generation, Preview, previewed_project
from ..preview.events import Line, batches, event_of
from ..preview.printing import answer_lines, explanation_lines, heading
from ..preview.result import Answer
from ..project import Project
from . import streams
from .command import Command
from .options import DEFAULT_PROJECT, env_option, example, json_option
from .results import Stream

_PROJECTS = (".toml", ".yaml", ".yml")


class _Previewed(Stream, frozen=True, kw_only=True):
    """Answers to events, made as they are printed."""

    project: Project
    preview: Preview
    batches: Iterable[list[Line]]
    explain: bool
    errors: list[int]

    @property
    def exit_status(self) -> int:
        """1 where a line was no event."""
        return int(bool(self.errors))

    def text(self) -> Iterator[str]:
        yield heading()
        for answer in self._answers():
            yield from answer_lines(answer)
            if self.explain and not answer.error:
                for line in explanation_lines(answer.read, self.project.subscriptions):
                    yield f"        {line}"

    def json_lines(self) -> Iterator[str]:
        for answer in self._answers():
            yield answer.json

    def _answers(self) -> Iterator[Answer]:
        for batch in self.batches:
            answers = self.preview.answers(batch)
            self.errors.extend(answer.line for answer in answers if answer.error)
            yield from answers
            # Who reads the pipe may be waiting for just these.
            streams.flush()


def _json(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """The value of an option that is a JSON object. Raises click.BadParameter."""
    try:
        found = None if value is None else msgspec.json.decode(value)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"not JSON: {error}", ctx, parameter) from None
    if found is not None and not isinstance(found, dict):
        raise click.BadParameter('needs a JSON object, such as {"total": 9.5}', ctx, parameter)
    return found


@click.command(
    "preview",
    cls=Command,
    epilog=example(
        "flowplug preview --track 'Order Completed' --explain",
        "flowplug preview flowplug.toml events.jsonl --json",
    ),
)
@click.argument("files", nargs=-1, metavar="[PROJECT] [EVENTS]")
@env_option
@click.option("--track", metavar="NAME", help="Preview a track call.")
@click.option("--identify", metavar="ID", help="Preview an identify call.")
@click.option("--page", metavar="NAME", help="Preview a page call.")
@click.option("--group", metavar="ID", help="Preview a group call.")
@click.option("--properties", metavar="JSON", callback=_json, help="The properties of --track or --page.")
@click.option("--traits", metavar="JSON", callback=_json, help="The traits of --identify or --group.")
@click.option("--user", metavar="ID", help="The user ID of --track, --page or --group.")
@click.option("--context", metavar="JSON", callback=_json, help="The event's context, such as its consent.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    metavar="NAME",
    help=f"The format to run: {', '.join(FORMATS)}.  [default: the project's first]",
)
@click.option(
    "--sdk",
    "generation",
    type=click.Choice(["commands", "methods"]),
    default="commands",
    show_default=True,
    help="How the SDK is called.",
)
@click.option("--explain", is_flag=True, help="Say what became of each event in each subscription.")
@json_option("Print JSON Lines: one object an event.")
def command(
    *,
    files: tuple[str, ...],
    env: str | None,
    format_name: str | None,
    generation: Generation,
    explain: bool,
    **options: Any,
) -> _Previewed:
    """Show the calls that 1Flow gets for events.

    EVENTS is a file with an event in each line (JSON Lines), or with a JSON list of events; - is standard input.
    Or give one event with --track, --identify, --page or --group. The minified plugin itself runs, in an embedded
    engine. A single file is the project if an event is given, else it has the events.

    Exit status: 1 if a line is no event.
    """
    event = _event(**options)
    project_file, events_file = _files(files, has_event=event is not None)
    project = previewed_project(project_file, env)
    preview = Preview(project, format_name=format_name, generation=generation)
    found = [[event]] if event else _reported(_opened(events_file))
    return _Previewed(project=project, preview=preview, batches=found, explain=explain, errors=[])


def _event(*, user: str | None, properties: Any, traits: Any, context: Any, **calls: str | None) -> Line | None:
    """The event that the options describe. Raises UsageError where they fit no call."""
    given = [(event_type, subject) for event_type, subject in calls.items() if subject is not None]
    fields = {"properties": properties, "traits": traits, "userId": user, "context": context}
    if len(given) > 1:
        raise UsageError(f"--{given[0][0]} and --{given[1][0]} exclude each other; use one of them")
    if not given:
        for name, value in {**fields, "user": user}.items():
            if value is not None and name != "userId":
                raise UsageError(f"--{name} needs a call: --track, --identify, --page or --group")
        return None
    [(event_type, subject)] = given
    unfit = {"traits": traits} if event_type in ("track", "page") else {"properties": properties}
    unfit |= {"user": user} if event_type == "identify" else {}
    for name, value in unfit.items():
        if value is not None:
            raise UsageError(f"--{name} is not for --{event_type}; remove it")
    return event_of(event_type, subject, **fields)


def _files(files: tuple[str, ...], *, has_event: bool) -> tuple[str, str]:
    """The project's file and that of the events. Raises UsageError."""
    most = 1 if has_event else 2
    if len(files) > most:
        raise UsageError(f"expected at most {most} files, got {len(files)}")
    if has_event:
        return (files or (DEFAULT_PROJECT,))[0], ""
    if not files or (len(files) == 1 and files[0].endswith(_PROJECTS)):
        raise UsageError("name a file of events, or give one event, such as --track 'Order Completed'")
    project, events = files if len(files) == 2 else (DEFAULT_PROJECT, files[0])
    if project == events == "-":
        raise UsageError(
            "the project and the events cannot both be on standard input; put one of them into a file"
        )
    return project, events


def _opened(name: str) -> BinaryIO:
    """The file of events. Raises UsageError where there is none, OutsideError where it cannot be read."""
    if name == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        return sys.stdin.buffer
    try:
        return open(name, "rb")
    except (FileNotFoundError, ValueError):
        raise UsageError(f"{name}: no such file") from None
    except OSError as error:
        raise OutsideError(f"{name}: cannot be read: {error.strerror}") from None


def _reported(file: BinaryIO) -> Iterator[list[Line]]:
    """The events of a file; meanwhile a bar on the terminal, unless the answers are printed there."""
    size = os.fstat(file.fileno()) if _has_descriptor(file) else None
    if size is None or not stat.S_ISREG(size.st_mode) or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from _read(file)
        return
    with click.progressbar(length=size.st_size, file=sys.stderr, label="Events") as bar:
        done = 0
        for batch in _read(file):
            yield batch
            position = file.tell()
            bar.update(position - done)
            done = position


def _has_descriptor(file: BinaryIO) -> bool:
    try:
        file.fileno()
    except (OSError, ValueError):
        return False
    return True


def _read(file: BinaryIO) -> Iterator[list[Line]]:
    try:
        with file:
            yield from batches(file)
    except OSError as error:
        name = cast(str, getattr(file, "name", "the file of events"))
        raise OutsideError(f"{name}: cannot be read: {error.strerror}") from None
