"""Calls: what 1Flow was told of, and whether it is what a test expects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..standin import Record

JsonObject: TypeAlias = Mapping[str, Any]


class User(NamedTuple):
    """A user of whom 1Flow was told: what ``logUser`` was called with."""

    id: str
    traits: JsonObject

    def __str__(self) -> str:
        return f"user {shown(self.id)} with {shown(self.traits)}"


class Event(NamedTuple):
    """An event of which 1Flow was told: what ``logEvent`` was called with."""

    name: str
    properties: JsonObject

    def __str__(self) -> str:
        return f"event {shown(self.name)} with {shown(self.properties)}"


Call: TypeAlias = "User | Event"


def calls_of(records: Iterable[Record]) -> Iterator[Call]:
    """The calls that arrived, in order, without what the SDK sends by itself.

    By itself it sends, in one request, the events of a session's start, and for each button its click.
    """
    for record in records:
        if record.status != 200:
            continue
        if record.step == "log_user":
            yield User(record.body["system_id"], record.body["parameters"])
        elif record.step == "events":
            events = [Event(event["name"], event["parameters"]) for event in record.body["events"]]
            if not _is_of_the_sdk(events):
                yield from events


def _is_of_the_sdk(events: Sequence[Event]) -> bool:
    if len(events) > 1:
        return any(event.name == "session_start" for event in events)
    return [(event.name, list(event.properties)) for event in events] == [("button_click", ["text"])]


def fits(call: Call, expected: Call, *, exact: bool) -> bool:
    """Whether a call is the expected one: with the expected data, or with at least that."""
    if type(call) is not type(expected) or call[0] != expected[0]:
        return False
    return _same(call[1], expected[1]) if exact else includes(call[1], expected[1])


def includes(found: object, wanted: object) -> bool:
    """Whether JSON data has all that is wanted, at any depth; lists have as many items as wanted, in order."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            key in found and includes(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return False
        return all(map(includes, found, wanted))
    return _same(found, wanted)


def _same(found: object, wanted: object) -> bool:
    """Whether two values are the same JSON: true is no 1, but 1 is 1.0."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(wanted, Mapping):
        return (
            isinstance(found, Mapping)
            and found.keys() == wanted.keys()
            and all(_same(found[key], value) for key, value in wanted.items())
        )
    if isinstance(wanted, list | tuple):
        return isinstance(found, list | tuple) and len(found) == len(wanted) and all(map(_same, found, wanted))
    return found == wanted


def shown(value: object) -> str:
    """A value as JSON, shortened where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"
