"""Paths that a mapping reads in vain, as warnings: no event that can trigger it has them.

The fields of each type of event are those of ``CoreSegmentEvent`` and ``CoreEventFactory`` in
@segment/analytics-core 1.8 and of ``SegmentEvent`` in @segment/actions-core 3.170. Fields that Segment's servers
and other hosts add are known too, and a field that any host gives to all types, such as groupId, counts for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..errors import Finding, joined, quote, suggest
from ..fql import TYPES_WITH, EventType
from ..mapping import Parts, Reading, field_readings
from ..project import ACTIONS, Subscription

_TYPES_WITH: Mapping[str, tuple[EventType, ...]] = {**TYPES_WITH, "category": ("page",), "previousId": ("alias",)}
"""The fields of an event that only some types have."""

_FIELDS = (
    *("type", *_TYPES_WITH, "userId", "anonymousId", "groupId", "context", "integrations", "options", "timestamp"),
    *("messageId", "originalTimestamp", "sentAt", "receivedAt", "version", "channel", "projectId", "writeKey"),
    *("_metadata", "_source", "rudderId"),
)

_INSTEAD: Mapping[str, tuple[Parts, ...]] = {
    "event": (("name",),),
    "properties": (("traits",),),
    "category": (("properties", "category"),),
    "name": (("event",), ("traits", "name")),
    "traits": (("context", "traits"),),
}
"""Where other types of event have what is in such a field."""


def vain_paths(subscription: Subscription, types: Collection[EventType]) -> Iterator[Finding]:
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
        if field not in _FIELDS:
            message = f"no Segment event has {quote(field)}{effect}{_spelling(reading, types)}"
            yield Finding(place, "unknown-event-field", message)
        elif types and not reading.has_fallback and not _has(types, field):
            message = f"{joined(types, 'and')} events have no {quote(field)}{effect}{_elsewhere(reading, types)}"
            yield Finding(place, "absent-event-field", message)


def _has(types: Collection[EventType], field: str) -> bool:
    return field not in _TYPES_WITH or not set(types).isdisjoint(_TYPES_WITH[field])


def _spelling(reading: Reading, types: Collection[EventType]) -> str:
    """What was probably meant by a path that starts with an unknown field."""
    field, *rest = reading.parts
    if field == "$":
        return _meant(reading, rest) if rest else '; the whole event is "$."'
    container = next((name for name in ("properties", "traits") if _has(types, name)), "context")
    return suggest(field, _FIELDS) or _meant(reading, (container, *reading.parts))


def _elsewhere(reading: Reading, types: Collection[EventType]) -> str:
    """Where these types have what was looked for."""
    field, *rest = reading.parts
    for instead in _INSTEAD.get(field, ()):
        if _has(types, instead[0]):
            return _meant(reading, (*instead, *rest))
    return ""


def _meant(reading: Reading, parts: Sequence[str]) -> str:
    path = ".".join(parts)
    written = f"{{{{{path}}}}}" if reading.place[-1] == "@template" else f"$.{path}"
    return f" (did you mean {quote(written)}?)"
