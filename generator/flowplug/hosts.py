"""Hosts: the libraries that hand events to the plugin, and where their events have what Segment's have.

Triggers and mappings are written in Segment's terms. What they read is translated here, when the plugin is built:
only what a project uses becomes code, and no event is copied into another shape. The facts were read in, and
measured with, @segment/analytics-next 1.84, @rudderstack/analytics-js 3.34 and analytics 0.8.19.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from .events import EVENT_TYPES, EventType, has_field
from .javascript import Array, Binary, Call, Expression, Member, Name, Object, Undefined, Value, chain

EVENT = Name("event")
"""An event as the host hands it over, in the emitted plugin."""


class Host(msgspec.Struct, frozen=True, eq=False):
    """A library that calls the plugin's hooks.

    ``fields`` are the fields of Segment's events for each type of event that the host has, and how each is read
    from ``EVENT``; None says that its events are Segment's. ``lacks`` are the switches of ``[plugin]`` that mean
    nothing there.
    """

    name: str
    """For messages."""
    consent: ConsentStamp | None
    fields: Mapping[EventType, Mapping[str, Expression]] | None = None
    lacks: tuple[str, ...] = ()
    splits_actions: bool = False
    """Each action has a plugin of its own there."""

    @property
    def is_analytics_js(self) -> bool:
        """Whether it is Analytics.js: its hooks pass events and errors on, and it waits for load()."""
        return self.fields is None

    @property
    def event_types(self) -> Collection[EventType]:
        """The types of event that it has."""
        return EVENT_TYPES if self.fields is None else self.fields

    def has(self, event_type: EventType, field: str) -> bool:
        """Whether its events of a type may have a field of Segment's."""
        if self.fields is None:
            return has_field(event_type, field)
        return field in self.fields.get(event_type, ())

    def read(self, event_type: EventType, field: str) -> Expression:
        """The expression that reads a field of Segment's; ``undefined`` where the host has nothing like it."""
        if self.fields is None:
            return Member(EVENT, field)
        return self.fields[event_type].get(field, Undefined())

    def read_all(self, event_type: EventType) -> Expression:
        """The expression for an event as Segment has it, with all that the host has of it."""
        return EVENT if self.fields is None else Object(tuple(self.fields[event_type].items()))


class ConsentStamp(msgspec.Struct, frozen=True):
    """How an event says what its visitor has consented to.

    ``given`` is the expression that reads it from ``EVENT``, never null; ``test`` makes the expression that is
    true where a category is among it.
    """

    given: Expression
    test: Callable[[Expression, str], Expression]


def _at(*keys: str) -> Expression:
    found: Expression = EVENT
    for key in keys:
        found = Member(found, key)
    return found


def _at_each(*keys: str) -> Expression:
    """The value at the end of a way on which anything may be missing; an empty text in its place."""
    found: Expression = EVENT
    for key in keys:
        found = chain("||", [Member(found, key), Value("")])
    return found


def _fields(
    types: Iterable[EventType],
    same: Collection[str],
    elsewhere: Mapping[str, Expression | Mapping[EventType, Expression]],
) -> Mapping[EventType, Mapping[str, Expression]]:
    """The fields of each type: those at the same place, then those that are elsewhere, for all types or by type.

    A host may have something at the name of a field that events of this type do not have at Segment, such as null.
    """
    found: dict[EventType, dict[str, Expression]] = {}
    for event_type in types:
        fields = {field: _at(field) for field in same if has_field(event_type, field)}
        for field, where in elsewhere.items():
            expression = where.get(event_type) if isinstance(where, Mapping) else where
            if expression is not None and has_field(event_type, field):
                fields[field] = expression
        found[event_type] = fields
    return found


# What Segment leaves out, the others fill with an empty text or with null.
_USER_ID = chain("||", [_at("userId"), Undefined()])

ANALYTICS_JS = Host(
    "Analytics.js",
    # Only ``true`` is consent: Segment's tools refuse any preference that is not a boolean.
    ConsentStamp(
        _at_each("context", "consent", "categoryPreferences"),
        lambda given, category: Binary("===", Member(given, category), Value(True)),
    ),
)

# The wrappers of its loader run destination middleware, and Analytics.js waits for it before it sends.
SEGMENT_LOADER = msgspec.structs.replace(ANALYTICS_JS, lacks=("middleware", "late"), splits_actions=True)

RUDDERSTACK = Host(
    "RudderStack",
    ConsentStamp(
        # A list, whatever the page has put there.
        Call(
            Member(Array(()), "concat"),
            (Member(_at_each("context", "consentManagement"), "allowedConsentIds"),),
        ),
        lambda given, category: Call(Member(given, "includes"), (Value(category),)),
    ),
    _fields(
        EVENT_TYPES,
        same=(
            *("type", "event", "name", "category", "properties", "previousId", "groupId", "anonymousId"),
            *("context", "integrations", "messageId", "originalTimestamp", "channel"),
        ),
        elsewhere={
            "userId": _USER_ID,
            "timestamp": _at("originalTimestamp"),
            "traits": {"identify": _at("context", "traits"), "group": _at("traits")},
        },
    ),
    # Destination middleware is of Analytics.js, and nothing on the page can reach an integration's stats().
    lacks=("middleware", "duplicates", "opt_out", "late", "stats"),
)

ANALYTICS = Host(
    "the analytics package",
    None,
    _fields(
        ("track", "identify", "page"),
        same=("type", "event", "properties", "traits", "anonymousId", "options"),
        elsewhere={
            "userId": _USER_ID,
            "name": _at("properties", "name"),
            "category": _at("properties", "category"),
            "messageId": _at("meta", "rid"),
            "timestamp": Call(Name("isoTime"), (_at("meta", "ts"),)),
        },
    ),
    lacks=("middleware", "duplicates", "opt_out", "late"),
)
