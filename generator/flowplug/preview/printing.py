"""A preview as text for people: each event with its calls, and the explanation where it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import printable, quote
from ..project import Subscription
from .result import Answer, Entry, Explanation

_SUBJECTS = ("event", "name", "userId", "groupId")
_WIDTH = 28


def heading() -> str:
    """The first line of the table."""
    return f"{'line':>6}  {'event':{_WIDTH}}  calls"


def answer_lines(answer: Answer) -> Iterator[str]:
    """The rows of one event: one a call."""
    if answer.error:
        yield printable(f"{answer.line:>6}  error: {answer.error}")
        return
    first = f"{answer.line:>6}  {_shown_event(answer.event):{_WIDTH}}"
    explained = answer.read
    for call in map(call_text, explained.calls) if explained.calls else [_nothing(explained)]:
        yield printable(f"{first}  {call}")
        first = " " * (_WIDTH + 8)


def explanation_lines(explained: Explanation, subscriptions: Iterable[Subscription] = ()) -> Iterator[str]:
    """Each subscription: why the event does not match, or what its call became, and the sources of its fields."""
    fields = {subscription.name: subscription.fields for subscription in subscriptions}
    for entry in explained.subscriptions:
        yield printable(f"{entry.name}: {_outcome(entry)}")
        if entry.matched:
            for field, source in fields.get(entry.name, {}).items():
                yield printable(f"  {field}: {_source(source)}")


def call_text(call: Iterable[Any]) -> str:
    """A call of the SDK's: ``track "order" {"total":9.5}``."""
    name, *given = call
    return " ".join([str(name), *(json_text(value) for value in given)])


def json_text(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _nothing(explained: Explanation) -> str:
    return f"none: {explained.because}" if explained.because else "none"


def _outcome(entry: Entry) -> str:
    because = f": {entry.because}" if entry.because else ""
    return f"matched, {entry.outcome or 'no call'}{because}" if entry.matched else f"not matched{because}"


def _source(source: Any) -> str:
    """A path as it is written, anything else as JSON."""
    if isinstance(source, Mapping) and source.keys() == {"@path"} and isinstance(source["@path"], str):
        return source["@path"]
    return json_text(source)


def _shown_event(text: str) -> str:
    event = json.loads(text)
    subject = next((event[key] for key in _SUBJECTS if isinstance(event.get(key), str)), None)
    return event["type"] if subject is None else f"{event['type']} {quote(subject)}"
