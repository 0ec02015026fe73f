"""Short forms: Segment has no directive of their names, and makes of their long forms what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

import flowplug
from flowplug.mapping import SHORT_FORMS
from tests.conformance.reference import Case, Json, Reference
from tests.support.page import Page
from tests.support.projects import with_subscriptions

PROPERTIES = {"total": 0, "email": "ann@site.test", "none": None, "text": "", "nested": {"a": 1}}
EVENT = {"type": "track", "event": "Order", "userId": "u1", "properties": PROPERTIES}


def outcome(reference: Reference, mapping: Json) -> Any:
    """What Segment's packages do with the event."""
    subscription = {**with_subscriptions({"mapping": mapping})["subscriptions"][0], "enabled": True}
    [report] = reference.compare([(Case([subscription], [EVENT]), {})], show=True)
    return report.outcomes[0]["segment"]


@pytest.mark.parametrize("name", SHORT_FORMS)
def test_segment_has_no_directive_of_this_name(reference: Reference, name: str) -> None:
    done = outcome(reference, {"event_name": "Order", "properties": {name: ["total", "email"]}})
    assert done["calls"] == []
    assert f"invalid directive: {name}" in json.dumps(done["error"])


MEANT: list[tuple[Json, Json]] = [
    ({"@pick": ["total", "none", "absent"]}, {"total": 0, "none": None}),
    ({"@omit": ["email", "nested", "absent"]}, {"total": 0, "none": None, "text": ""}),
    ({"from": {"@pick": {"from": "$.properties.nested", "keys": ["a", "b"]}}}, {"from": {"a": 1}}),
    ({"from": {"@omit": {"from": "$.properties.nested", "keys": ["a"]}}}, {"from": {}}),
    ({"x": {"@first": ["$.properties.none", "$.properties.total", 1]}}, {"x": 0}),
    ({"x": {"@first": ["$.properties.none", "$.properties.absent", False]}}, {"x": False}),
    ({"x": {"@first": ["$.properties.absent", "$.properties.none"]}}, {"x": None}),
]


@pytest.mark.parametrize(("short", "meant"), MEANT)
def test_segment_makes_of_the_long_form_what_the_short_form_says(
    reference: Reference, short: Json, meant: Json
) -> None:
    project = flowplug.load(with_subscriptions({"mapping": {"event_name": "Order", "properties": short}}))
    page = Page(flowplug.build(project)["1flow.js"].content)
    page.send(EVENT)
    assert page.calls == [["track", "Order", {"properties": meant}]]
    [[*_, context]] = outcome(reference, dict(project.subscriptions[0].fields))["calls"]
    assert context["properties"] == meant
