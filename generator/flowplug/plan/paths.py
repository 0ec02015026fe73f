"""Paths of a mapping that lead to nothing: no event that can trigger it has such a field. They are warnings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..errors import Finding, joined, quote, suggest
from ..events import COUNTERPARTS, FIELDS, EventType, has_field
from ..mapping import Reading, field_readings
from ..project import ACTIONS, Subscription


def dead_paths(subscription: Subscription, types: Collection[EventType]) -> Iterator[Finding]:
    """Warnings for what a subscription reads that its events, of these ``types``, never have.

    Places are seen from the subscription. Of a default mapping only the required field counts: an optional one
    that stays empty is what nobody asked for.
    """
    required = ACTIONS[subscription.partner_action].required
    for reading in field_readings(subscription.fields):
        if not reading.parts or (subscription.mapping is None and reading.place[0] != required):
            continue
        field = reading.parts[0]
        effect = f", so {subscription.partner_action} sends nothing" * (reading.place == (required, "@path"))
        place = ("mapping", *reading.place)
        if field not in FIELDS:
            message = f"no Segment event has {quote(field)}{effect}{_spelling(reading, types)}"
            yield Finding(place, "unknown-event-field", message)
        elif types and not reading.has_fallback and not _any_has(types, field):
            message = f"{joined(types, 'and')} events have no {quote(field)}{effect}{_elsewhere(reading, types)}"
            yield Finding(place, "absent-event-field", message)


def _any_has(types: Collection[EventType], field: str) -> bool:
    return any(has_field(event_type, field) for event_type in types)


def _spelling(reading: Reading, types: Collection[EventType]) -> str:
    """What was probably meant by a path that starts with an unknown field."""
    field, *rest = reading.parts
    if field == "$":
        return _meant(reading, rest) if rest else '; the whole event is "$."'
    container = next((name for name in ("properties", "traits") if _any_has(types, name)), "context")
    return suggest(field, FIELDS) or _meant(reading, (container, *reading.parts))


def _elsewhere(reading: Reading, types: Collection[EventType]) -> str:
    """Where these types have what was looked for."""
    field, *rest = reading.parts
    for instead in COUNTERPARTS.get(field, ()):
        if _any_has(types, instead[0]):
            return _meant(reading, (*instead, *rest))
    return ""


def _meant(reading: Reading, parts: Sequence[str]) -> str:
    path = ".".join(parts)
    written = f"{{{{{path}}}}}" if reading.place[-1] == "@template" else f"$.{path}"
    return f" (did you mean {quote(written)}?)"
