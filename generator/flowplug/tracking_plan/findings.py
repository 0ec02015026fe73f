"""Findings: what the subscriptions of a project ask for that the tracking plan does not have, as warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from .. import fql, reading
from ..errors import Code, Finding, Place, Problem, joined, place_text, printable, quote, suggest
from ..events import EventType, has_field
from ..mapping import ROOT_DIRECTIVE, Parts, Reading, field_readings
from ..project import Project, Subscription
from .schemas import Answer, Known, Unknown, at_path, types_of
from .shapes import PlannedEvent

_NAMES: Mapping[EventType, str] = {"track": "event", "page": "name"}
"""The fields that hold an event's name."""

_PLANNED = ("properties", "traits")
"""The fields of an event that a plan describes in full; of the context it names only what it needs."""

_NUMBERS = ("<", "<=", ">", ">=", "number_equals", "number_not_equals")
_TEXTS = ("=", "!=", "contains", "starts_with", "ends_with", "not_contains", "not_starts_with", "not_ends_with")
_NEEDED: Mapping[str, str] = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_TEXTS, "string"),
    "is_true": "boolean",
    "is_false": "boolean",
}
"""The type that a field must have for a condition to look at its value."""

_SHOWN = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}

_OTHERWISE = "; correct it here, or add it to the plan"


def check_plan(project: Project, events: Sequence[PlannedEvent]) -> tuple[Problem, ...]:
    """Warnings for all that enabled subscriptions ask for and the plan does not have, in the order of the file."""
    findings = [
        Finding(("subscriptions", index, *place), code, message)
        for index, subscription in enumerate(project.subscriptions)
        if subscription.enabled
        for place, code, message in _subscription_findings(subscription, events)
    ]
    data = reading.plain_data(project) if findings else None
    return reading.origin_of(project).problems(findings, data, "warning")


def _subscription_findings(subscription: Subscription, events: Sequence[PlannedEvent]) -> Iterator[Finding]:
    trigger = fql.parse(subscription.subscribe)
    folded = {event_type: _without_absent(left, event_type) for event_type, left in trigger.folded.items()}
    matched = _Matched({name: left for name, left in folded.items() if left is not False}, events)
    for condition in fql.conditions(trigger.tree):
        for code, message in (*_event_findings(condition, matched), *_condition_findings(condition, matched)):
            yield Finding(("subscribe",), code, message)
    fields = subscription.fields
    items = () if ROOT_DIRECTIVE in fields else _item_readings(fields, ())
    for read in (*field_readings(fields), *items):
        if len(read.parts) > 1 and (message := matched.unplanned(read.parts)):
            yield Finding(("mapping", *read.place), "unknown-property", message)


class _Matched:
    """The planned events that a trigger matches, of each type that it matches at all."""

    def __init__(self, live: Mapping[EventType, fql.Folded], events: Sequence[PlannedEvent]) -> None:
        self.names = tuple(dict.fromkeys(event.name for event in events if event.type == "track"))
        self.is_track = "track" in live
        self.events = {
            event_type: [event for event in events if event.type == event_type and _can_match(left, event)]
            for event_type, left in live.items()
        }

    def answers(self, parts: Parts) -> list[tuple[PlannedEvent, Answer, int]]:
        """What each event says of a path in its properties or traits; nothing where the plan leaves some open."""
        types = [event_type for event_type in self.events if has_field(event_type, parts[0])]
        if parts[0] not in _PLANNED or not all(self.events[event_type] for event_type in types):
            return []
        answers = [
            (event, *at_path(event.schemas, parts)) for event_type in types for event in self.events[event_type]
        ]
        # A schema that does not have the properties at all is not about them.
        return [] if any(answer is None or used == 1 for _, answer, used in answers) else answers

    def unplanned(self, parts: Parts) -> str:
        """The message that no event has a path in its properties or traits; ``""`` where one does, or may."""
        answers = self.answers(parts)
        unknown = [(answer, used) for _, answer, used in answers if isinstance(answer, Unknown)]
        if not answers or len(unknown) < len(answers):
            return ""
        used = max(length for _, length in unknown)
        names = dict.fromkeys(name for answer, length in unknown if length == used for name in answer.names)
        path = printable(place_text(tuple(int(key) if key.isdecimal() else key for key in parts[:used])))
        hint = suggest(parts[used - 1], tuple(names)) or _OTHERWISE
        return f"the tracking plan has no {path}{_of([event for event, _, _ in answers])}{hint}"


def _without_absent(left: fql.Folded, event_type: EventType) -> fql.Folded:
    """What is left of a trigger where its conditions on fields that events of the type lack are decided."""

    def decide(condition: fql.Condition) -> bool | None:
        return None if has_field(event_type, condition.field[0]) else condition.operator in ("!=", "not_exists")

    return left if isinstance(left, bool) else fql.fold_with(left, decide)


def _can_match(left: fql.Folded, event: PlannedEvent) -> bool:
    """Whether events of a planned name can match what is left of a trigger for their type."""
    field = _NAMES.get(event.type)
    if isinstance(left, bool) or not event.name or not field:
        return left is not False
    names, _ = fql.split_event_names(left) if field == "event" else ((), left)
    if names:
        return event.name in names
    return fql.fold_with(left, lambda condition: fql.decide_text(condition, (field,), event.name)) is not False


def _of(events: Sequence[PlannedEvent]) -> str:
    """The events as messages name them, if they are few."""
    names = dict.fromkeys(event.name for event in events)
    return f" in {joined(map(quote, names), 'or')}" if all(names) and len(names) <= 3 else ""


# Triggers


def _event_findings(condition: fql.Condition, matched: _Matched) -> Iterator[tuple[Code, str]]:
    """A condition on the event's name that no planned name meets."""
    if condition.field != ("event",) or not matched.is_track or not all(matched.names) or not matched.names:
        return
    value = condition.value
    is_quoted = condition.text.endswith(('"', ")"))  # what else stands there has a warning of its own
    if not isinstance(value, str) or condition.operator not in _TEXTS or not is_quoted:
        return
    positive = msgspec.structs.replace(
        condition, operator="=" if condition.operator == "!=" else condition.operator.removeprefix("not_")
    )
    if any(fql.decide_text(positive, ("event",), name) for name in matched.names):
        return
    how = {"=": "named", "contains": "whose name contains", "starts_with": "whose name starts with"}
    words = how.get(positive.operator, "whose name ends with")
    hint = suggest(value, matched.names) if positive.operator == "=" else ""
    yield "unknown-event", f"the tracking plan has no event {words} {quote(value)}{hint or _OTHERWISE}"


def _condition_findings(condition: fql.Condition, matched: _Matched) -> Iterator[tuple[Code, str]]:
    """A condition on what the plan does not have, or on a type that it cannot be."""
    if len(condition.field) < 2:
        return
    if message := matched.unplanned(condition.field):
        yield "unknown-property", message
        return
    answers = [answer for _, answer, _ in matched.answers(condition.field)]
    needed = _NEEDED.get(condition.operator)
    types = types_of(schema for answer in answers if isinstance(answer, Known) for schema in answer.schemas)
    if not needed or not types or needed in types:
        return
    outcome = "always" if condition.operator == "!=" else "never"
    is_what = joined([_SHOWN.get(one, one) for one in sorted(types)], "or")
    field = printable(place_text(condition.field))
    yield (
        "impossible-type",
        f"{printable(condition.text)}: {outcome} holds, since {field} is {is_what} in the tracking plan; "
        "correct the value here, or the type there",
    )


# Mappings


def _item_readings(value: Any, place: Place) -> Iterator[Reading]:
    """What the shapes of ``@arrayPath`` read from items of lists in the event, as paths through the first item."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _item_readings(item, (*place, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "@arrayPath":
                yield from _shape_readings(item, (*place, key))
            elif key != "@transform":
                yield from _item_readings(item, (*place, key))


def _shape_readings(value: Any, place: Place) -> Iterator[Reading]:
    path, *shapes = value
    if not isinstance(path, str):
        return
    (lead,) = field_readings({"@path": path})
    for shape in shapes:
        for read in (*field_readings(shape), *_item_readings(shape, ())):
            yield Reading((*place, 1, *read.place), (*lead.parts, "0", *read.parts))
