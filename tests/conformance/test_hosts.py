"""Generated subscriptions and calls: each host's plugin makes the calls that Analytics.js's makes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from flowplug.events import has_field
from flowplug.formats import FORMATS
from tests.conformance.generators import Author
from tests.conformance.reference import Json
from tests.support.hosts import FILES, JsonObject, event_of, open_on
from tests.support.projects import PRESETS

CASES = 30
EVENTS = 36


def call_of(event: Json) -> JsonObject:
    """A call that a page may make on any host, from an event that may hold anything."""
    plain: JsonObject = _plain(event)
    call = {name: value for name, value in plain.items() if has_field(plain["type"], name)}
    for name in ("properties", "traits", "context"):
        if has_field(plain["type"], name):
            call[name] = call[name] if isinstance(call.get(name), dict) else {}
    for name in ("userId", "event", "name"):
        if not isinstance(call.get(name), str) or not call[name]:
            call.pop(name, None)
    if call["type"] == "page":
        # Where a page has a name, its properties have it too, on each host.
        call["properties"] = {
            key: item for key, item in call["properties"].items() if key not in ("name", "category")
        }
        call["properties"] |= {"name": call["name"]} if "name" in call else {}
    # The rest is the host's to add.
    return {name: item for name, item in call.items() if name not in ("anonymousId", "messageId", "timestamp")}


def _plain(value: Json) -> Json:
    """The value as JSON has it: what JSON has no form of becomes null."""
    if isinstance(value, dict):
        return None if "$" in value else {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def same_at_segment(name: str, call: JsonObject, event: JsonObject) -> JsonObject:
    """The event of Analytics.js's that says what a host's event says, with what only that host adds."""
    host = FORMATS[name].host
    added = {
        field: event[field]
        for field in ("context", "integrations", "options", "originalTimestamp", "channel")
        if host.has(call["type"], field)
    }
    segment = event_of("script", call)
    return {field: item for field, item in segment.items() if host.has(call["type"], field)} | added


def calls_of(name: str, project: JsonObject, events: list[JsonObject]) -> list[Any]:
    """The calls that reach the SDK, by event."""
    page = open_on(name, project)
    found = []
    for event in events:
        before = len(page.calls)
        page.send(event)
        found.append(page.calls[before:])
    return found


@pytest.mark.parametrize("name", [name for name in FILES if name != "script"])
def test_generated_subscriptions_make_the_same_calls_as_with_analytics_js(name: str) -> None:
    chance = random.Random(f"hosts {name}")
    called = 0
    for _ in range(CASES):
        author = Author(chance)
        subscriptions = [author.subscription(f"{n}", near_trigger=False, near_mapping=False) for n in range(3)]
        project = {**PRESETS, "subscriptions": subscriptions}
        calls = [call_of(author.event()) for _ in range(EVENTS)]
        calls = [call for call in calls if call["type"] in FORMATS[name].host.event_types]
        events = [event_of(name, call) for call in calls]
        at_segment = [same_at_segment(name, call, event) for call, event in zip(calls, events, strict=True)]
        expected = calls_of("script", project, at_segment)
        assert calls_of(name, project, events) == expected, subscriptions
        called += sum(map(bool, expected))
    assert called > CASES * EVENTS / 6


def test_a_host_whose_events_are_read_at_the_wrong_place_is_found() -> None:
    """As where an empty user ID would be one."""
    subscription = {
        "name": "A",
        "partnerAction": "trackEvent",
        "subscribe": "userId != null",
        "mapping": {"event_name": "E"},
    }
    project = {**PRESETS, "subscriptions": [subscription]}
    call = call_of({"type": "track"})
    event = event_of("rudderstack", call)
    assert calls_of("rudderstack", project, [event]) == [[]]
    assert calls_of("script", project, [event]) != [[]]
