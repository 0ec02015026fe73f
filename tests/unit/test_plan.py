"""Subscriptions side by side in one plugin: none stands in another's way, and the order is the project's."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import flowplug
from tests.support.page import Page
from tests.support.projects import with_subscriptions


def page_of(*subscriptions: dict[str, Any]) -> Page:
    return Page(flowplug.build(flowplug.load(with_subscriptions(*subscriptions)))["1flow.min.js"].content)


def named(name: str, subscribe: str = 'type = "track"') -> dict[str, Any]:
    return {"subscribe": subscribe, "mapping": {"event_name": name}}


def test_a_getter_that_throws_stops_no_subscription_but_those_that_read_it() -> None:
    page = page_of(
        {**named("a"), "subscribe": 'type = "track" and properties.order.kind = "x"'},
        {"mapping": {"event_name": {"@path": "$.properties.order.name"}}},
        named("last"),
    )
    page.context.eval(
        "try { plugins[0].track({ event: { type: 'track', event: 'E', properties: {"
        " get order() { throw new Error('boom') } } } }) } catch (error) { globalThis.thrown = error.message }"
    )
    assert [name for _, name, _ in page.calls] == ["last"]
    assert page.context.eval("thrown") == "boom"


@pytest.mark.parametrize("event", ["A", "B", "C", "D"])
def test_calls_keep_the_order_of_the_project_whatever_is_looked_up(event: str) -> None:
    page = page_of(
        named("first A", 'event = "A"'),
        named("A or B", 'type = "track" and (event = "A" or event = "B")'),
        named("every"),
        named("second A", 'event = "A"'),
        named("C", 'event = "C" and properties.on = true'),
    )
    page.send({"type": "track", "event": event, "properties": {"on": True}})
    expected = {"A": ["first A", "A or B", "every", "second A"], "B": ["A or B", "every"], "C": ["every", "C"]}
    assert [name for _, name, _ in page.calls] == expected.get(event, ["every"])


def test_an_event_s_name_may_be_any_text() -> None:
    names = ["__proto__", "constructor", "toString", "", "\u2028", "a'b"]
    page = page_of(*(named(f"got {index}", f'event = "{name}"') for index, name in enumerate(names)))
    for name in [*names, "hasOwnProperty"]:
        page.send({"type": "track", "event": name})
    assert [name for _, name, _ in page.calls] == [f"got {index}" for index in range(len(names))]


def test_every_helper_that_is_emitted_is_called() -> None:
    project = with_subscriptions(
        {"partnerAction": "identifyUser", "mapping": {"userId": {"@template": "{{userId}}"}}}
    )
    project = {**project, "plugin": {"middleware": False}}  # which copies events itself
    source = flowplug.build(flowplug.load(project))["1flow.js"].content.decode()
    assert "const clean" not in source
    assert "logEvent" not in source


def calls_to_build(subscriptions: list[dict[str, Any]]) -> int:
    """How many functions are called to load a project and build it: the work, whatever the machine."""
    project = with_subscriptions(*subscriptions)
    counted = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        flowplug.build(flowplug.load(project))
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(
    "subscription",
    [
        lambda index: named(f"call {index}"),
        lambda index: named(f"call {index % 2}"),
        lambda index: named(f"call {index}", 'type = "track" and event = "A"'),
        lambda index: named(f"call {index}", f'type = "track" and event = "A{index}"'),
        lambda index: named(f"call {index}", f"properties.a = {index} and userId != null"),
        lambda index: {"mapping": {"event_name": {"@path": f"$.properties.a{index}.b"}}},
    ],
    ids=["one trigger", "repeated calls", "one event name", "event names", "conditions", "paths"],
)
def test_twice_the_subscriptions_are_twice_the_work(subscription: Any) -> None:
    calls_to_build([subscription(0)])  # what is done once
    small = calls_to_build([subscription(index) for index in range(150)])
    large = calls_to_build([subscription(index) for index in range(150, 450)])
    assert large < 2.3 * small
