"""Triggers: the part of Segment's subscription language (FQL) that flowplug compiles so far."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

EventType: TypeAlias = Literal["track", "identify", "page", "screen", "group", "alias"]
"""The kinds of event that Analytics.js hands to a plugin (@segment/analytics-next 1.84, the Plugin interface)."""

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

_TYPE_TRIGGER = re.compile(r'\s*type\s*=\s*"([^"\\]*)"\s*')


class FqlError(ValueError):
    """The trigger is not one that flowplug can compile."""


def parse(source: str) -> EventType:
    """The event type that a trigger ``type = "<event type>"`` names.

    Raises FqlError for any other trigger.
    """
    match = _TYPE_TRIGGER.fullmatch(source)
    if not match:
        raise FqlError('only triggers of the form type = "track" are compiled so far; this one is not')
    for event_type in EVENT_TYPES:
        if event_type == match.group(1):
            return event_type
    raise FqlError(f'no event is of type "{match.group(1)}"; one of {", ".join(EVENT_TYPES)}')
