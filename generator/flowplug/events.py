"""Segment's events: their types, and the fields that each type has.

The fields are those of ``CoreSegmentEvent`` and ``CoreEventFactory`` in @segment/analytics-core 1.8 and of
``SegmentEvent`` in @segment/actions-core 3.170. Fields that Segment's servers and other hosts add are known too,
and a field that any host gives to all types, such as groupId, counts for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

EventType: TypeAlias = Literal["track", "identify", "page", "group", "alias"]
"""The types of event that Segment's web destinations hear (@segment/browser-destination-runtime 1.6, plugin)."""

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

TYPES_WITH: Mapping[str, tuple[EventType, ...]] = {
    "event": ("track",),
    "name": ("page",),
    "properties": ("track", "page"),
    "traits": ("identify", "group"),
    "category": ("page",),
    "previousId": ("alias",),
}
"""The fields of an event that only some types have."""

FIELDS = (
    *("type", *TYPES_WITH, "userId", "anonymousId", "groupId", "context", "integrations", "options", "timestamp"),
    *("messageId", "originalTimestamp", "sentAt", "receivedAt", "version", "channel", "projectId", "writeKey"),
    *("_metadata", "_source", "rudderId"),
)
"""All fields that an event may have."""

COUNTERPARTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "event": (("name",),),
    "properties": (("traits",),),
    "category": (("properties", "category"),),
    "name": (("event",), ("traits", "name")),
    "traits": (("context", "traits"),),
}
"""Where other types of event have what is in such a field, as the keys on the way there."""


def has_field(event_type: EventType, field: str) -> bool:
    """Whether events of a type may have a field."""
    return event_type in TYPES_WITH.get(field, EVENT_TYPES)
