"""``flowplug inventory``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from ..errors import joined, printable
from ..inventory import SDK_SOURCE, SENT_BY_SDK, Field, Origin, Sending, SentBySdk, sendings
from ..plan import compile_project
from ..reading import load
from .command import Command
from .options import env_option, example, json_option, project_argument
from .results import Result


class _Inventory(Result, frozen=True, kw_only=True):
    """``sent_by_sdk`` is what the SDK sends by itself in any project, and ``sdk_source`` who says so."""

    env: str | None
    sent: tuple[Sending, ...]
    consent: tuple[str, ...]
    denied: tuple[str, ...]
    sent_by_sdk: tuple[SentBySdk, ...]
    sdk_source: str

    def text(self) -> Iterator[str]:
        if not self.sent:
            yield "No subscription sends anything."
        for sending in self.sent:
            yield from map(printable, _sending(sending))
            yield ""
        if self.denied:
            yield printable(f"Keys that never leave, at any depth: {', '.join(self.denied)}.")
            yield ""
        if self.consent:
            yield printable(
                f"Only with consent: {', '.join(self.consent)}. It also decides whether the SDK is loaded."
            )
            yield ""
        yield "By itself, once it is loaded, the SDK sends or keeps:"
        yield from (f"  {line}" for line in _columns((item.what, item.where) for item in self.sent_by_sdk))
        yield f"  (from {self.sdk_source})"


@click.command("inventory", cls=Command, epilog=example("flowplug inventory --env prod"))
@project_argument
@env_option
@json_option()
def command(project: str, env: str | None) -> _Inventory:
    """List all that can leave the page for 1Flow.

    The list is for a privacy register. Each field has the paths of the event that it can come from, the
    subscription that sends it, and the call of 1Flow's SDK that gets it. What the SDK sends by itself comes last.
    """
    plan = compile_project(load(project, env=env))
    return _Inventory(
        problems=plan.warnings,
        env=env,
        sent=sendings(plan),
        consent=plan.consent.categories if plan.consent else (),
        denied=plan.privacy.deny or (),
        sent_by_sdk=SENT_BY_SDK,
        sdk_source=SDK_SOURCE,
    )


def _sending(sending: Sending) -> Iterator[str]:
    yield f"{sending.subscription} ({sending.action}), on {joined(sending.types, 'and')} events"
    yield f"  trigger: {' '.join(sending.trigger.split())}"
    if sending.decides:
        yield f"  decides whether it is sent: {', '.join(sending.decides)}"
    rows = [
        ("field", "comes from", "goes to", "privacy"),
        *(row for field in sending.fields for row in _rows(field)),
    ]
    if not any(field.privacy for field in sending.fields):
        rows = [row[:3] for row in rows]
    yield from (f"  {line}" for line in _columns(rows))


def _rows(field: Field) -> Iterator[tuple[str, ...]]:
    where = f"{field.methods}; {field.commands}" if field.methods else f"{field.commands} only"
    is_only = len(field.origins) == 1
    for index, origin in enumerate(field.origins):
        text = _origin(origin, is_only=is_only)
        yield (field.field, text, where, "; ".join(field.privacy)) if index == 0 else ("", text, "", "")


def _origin(origin: Origin, *, is_only: bool) -> str:
    if origin.kind == "constant":
        return f"{'always' if is_only else 'constant'} {origin.value}"
    means = f" ({origin.means})" if origin.means else ""
    return f"{origin.path}{means}{', decides' if origin.kind == 'decides' else ''}"


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    table = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
