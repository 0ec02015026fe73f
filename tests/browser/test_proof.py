"""The proof: in each situation, each way of installing the plugin sends exactly these calls, in this order.

Each runs with its real host (see ways.py). Delays are conditions, not times: a script that is late comes once
the host has done all that it can do without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from tests.browser.shop import Shop
from tests.browser.watched import NAME, SDK_ADDRESS, Arrival, Event, User
from tests.browser.ways import (
    WAYS,
    Call,
    GetAnalytics,
    Inline,
    Module,
    Remote,
    RudderStack,
    Script,
    Way,
    arrivals_of,
    identify,
    track,
)
from tests.support.impossible import IMPOSSIBLE

# The plugin's life is the same with both generations of the SDK, as test_faults.py shows.
one_generation = pytest.mark.parametrize("generation", ["commands"], indirect=True)


# Situations


END = track("End")
FIRST = (
    Call("page", "Home page"),
    track("A", n=1, items=[{"sku": "a"}]),
    identify("u1", plan="pro"),
    track("B"),
)
BROKEN_SDK = """window._1flow = (call, ...args) => {
  document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
  const error = new Error("broken SDK");
  %s;
};"""
FAILS = {"throws": "throw error", "rejects": "return Promise.reject(error)"}
NONCES = "script-src 'nonce-abc'"
NETWORK, POLICY = "Failed to load resource", "Content Security Policy|TrustedScriptURL|PluginFactory"


@dataclass(frozen=True)
class Situation:
    """A row: what is called before the host has loaded, what later, and what is as it should not be."""

    name: str
    later: tuple[Call, ...] = ()
    first: tuple[Call, ...] = ()
    script: Script = "works"  # the plugin's
    sdk: Literal["works", "held", "blocked", "throws", "rejects"] = "works"
    policy: str = ""
    warns: str = ""  # the one warning; then nothing arrives


SITUATIONS = (
    Situation("identify with traits", (identify("u1", plan="pro", tags=["a"]),)),
    Situation("identify without a user", (identify(None, plan="pro"),)),
    Situation("track", (track("A", total=9.5, items=[{"sku": "a"}]),)),
    Situation("page to event", (Call("page", "Cart"),)),
    Situation(
        "order after load",
        (
            track("A"),
            identify("u1"),
            track("B", n=2),
            Call("page", "Cart"),
            identify("u2", plan="pro"),
            track("C"),
        ),
    ),
    Situation("calls before anything has loaded", first=FIRST),
    Situation("the plugin's script is late", (track("C"), identify("u2")), FIRST, script="late"),
    Situation("the plugin's script never comes", (track("C"),), FIRST, script="never"),
    Situation(
        "the plugin's script fails",
        (track("C"),),
        FIRST,
        script="fails",
        warns="remote|1flow.min.js failed|No valid custom integration",
    ),
    Situation(
        "switched off for a call",
        (track("A", off=True), identify("u1", off=True), track("B"), identify("u2"), track("C", off=True)),
    ),
    Situation(
        "one action switched off for a call",
        (
            Call("track", "A", without="trackEvent"),
            Call("track", "B", without="identifyUser"),
            Call("identify", "u1", without="identifyUser"),
            Call("identify", "u2", without="trackEvent"),
        ),
    ),
    Situation("the SDK is slow", (track("C"),), FIRST, sdk="held"),
    Situation(
        "the SDK is blocked", (track("C"),), FIRST, sdk="blocked", warns=f"no SDK after error of {SDK_ADDRESS}"
    ),
    Situation("the SDK throws", (track("C"),), FIRST, sdk="throws"),
    Situation("the SDK returns a rejected promise", (track("C"),), FIRST, sdk="rejects"),
    Situation("a policy of nonces alone", (track("C"),), FIRST, policy=NONCES),
    Situation(
        "a policy of nonces and 'strict-dynamic'", (track("C"),), FIRST, policy=f"{NONCES} 'strict-dynamic'"
    ),
    Situation(
        "Trusted Types without a default policy",
        (track("C"),),
        FIRST,
        policy="require-trusted-types-for 'script'; trusted-types flowplug",
    ),
)


def opened(shop: Shop, way: type[Way], situation: Situation) -> Way:
    """A page in this situation, whose first calls were made."""
    here = way(shop, sdk={"retries": 0} if situation.sdk == "blocked" else {})
    here.script = situation.script
    if situation.sdk == "held":
        shop.hold_sdk()
    elif situation.sdk == "blocked":
        shop.answer_sdk = lambda route: route.abort("blockedbyclient")
    elif situation.sdk in FAILS:
        broken = BROKEN_SDK % FAILS[situation.sdk]
        shop.answer_sdk = lambda route: route.fulfill(content_type="text/javascript", body=broken)
    here.open(situation.first, situation.policy)
    return here


def subjects(way: Way, situation: Situation) -> list[str | None]:
    """What another destination gets of all calls of a situation."""
    calls = [*way.kept(situation.first), *situation.later, END]
    return [call.subject for call in calls]


def cell(situation: Situation, way: type[Way]) -> Any:
    return pytest.param(situation, way, id=f"{situation.name} {way.name.strip('`')}")


CELLS = [(situation, way) for situation in SITUATIONS for way in WAYS]


@one_generation
@pytest.mark.parametrize(
    ("situation", "way"),
    [cell(situation, way) for situation, way in CELLS if (situation.name, way.name) not in IMPOSSIBLE],
)
def test_exactly_these_calls_arrive(shop: Shop, situation: Situation, way: type[Way]) -> None:
    here = opened(shop, way, situation)
    here.until_begun()
    if situation.script == "late":
        assert (shop.arrivals(), shop.sdk_requests) == ([], [])
        here.release()
        here.until_begun()
    here.run([*situation.later, END])
    if situation.sdk == "held":
        assert shop.arrivals() == []
        shop.release_sdk()

    expected = [*arrivals_of(here.kept(situation.first)), *arrivals_of([*situation.later, END])]
    if situation.sdk in FAILS:
        shop.run(f"while (sdkCalls.length < {len(expected)}) await new Promise(done => setTimeout(done, 5));")
        assert reached(shop) == expected
        # Of errors of a kind, five are logged.
        assert len(shop.problems) == min(len(expected), 5)
        shop.forgive(f"console: {re.escape(NAME)} Error: broken SDK")
        expected = []
    elif situation.warns or situation.script == "never":
        expected = []
    if situation.warns:
        if not shop.warnings:
            shop.page.wait_for_event("console", lambda message: message.type == "warning")
        assert re.search(situation.warns, shop.warnings[0])
        shop.forgive(NETWORK, "Failed to create PluginFactory")
    shop.expect_all(expected)
    assert len(shop.warnings) == bool(situation.warns)
    assert here.others() == subjects(here, situation)


def reached(shop: Shop) -> list[Arrival]:
    """The calls that reached the SDK on the page."""
    return [
        User(subject, data) if name == "identify" else Event(subject, data["properties"])
        for name, subject, data in shop.sdk_calls()
    ]


# What is impossible


def no_script(here: Way, situation: Situation) -> None:
    """The page asks for no script of the plugin's, and every call arrives."""
    here.until_begun()
    here.run([*situation.later, END])
    here.shop.expect_all([*arrivals_of(here.kept(situation.first)), *arrivals_of([*situation.later, END])])
    assert here.address == ""


def no_event(here: Way, situation: Situation) -> None:
    """No destination gets an event."""
    here.until_begun()
    assert (here.others(), here.shop.arrivals(), here.shop.sdk_requests) == ([], [], [])


def no_host(here: Way, situation: Situation) -> None:
    """The host does not load, and the browser says why."""
    here.shop.run("await fetch('/')")  # what the page has asked for before is known by now
    assert (here.others(), here.shop.arrivals(), here.shop.sdk_requests) == ([], [], [])
    assert re.search(POLICY, here.shop.problems[0])
    here.shop.forgive(POLICY)


def no_call(here: Way, situation: Situation) -> None:
    """1Flow gets nothing, and the browser says why."""
    here.until_begun()
    here.run([*situation.later, END])
    assert here.others() == subjects(here, situation)
    assert (here.shop.arrivals(), here.shop.sdk_requests) == ([], [])
    assert re.search(POLICY, here.shop.problems[0])
    here.shop.forgive(POLICY)


def whole(here: Way, situation: Situation) -> None:
    """No name switches off one action: each call arrives."""
    here.until_begun()
    here.run([*situation.later, END])
    here.shop.expect_all(arrivals_of([*(replace(call, without="") for call in situation.later), END]))


CASES: dict[tuple[str, str], Callable[[Way, Situation], None]] = {
    **{key: no_script for key in IMPOSSIBLE if key[1] in (Inline.name, Module.name, GetAnalytics.name)},
    ("the plugin's script never comes", Remote.name): no_event,
    ("the plugin's script never comes", RudderStack.name): no_event,
    ("one action switched off for a call", RudderStack.name): whole,
    ("one action switched off for a call", GetAnalytics.name): whole,
    ("a policy of nonces alone", Remote.name): no_call,
    ("Trusted Types without a default policy", Remote.name): no_call,
    ("Trusted Types without a default policy", RudderStack.name): no_host,
}


@one_generation
@pytest.mark.parametrize(
    ("situation", "way"),
    [cell(situation, way) for situation, way in CELLS if (situation.name, way.name) in IMPOSSIBLE],
)
def test_what_is_impossible_is_so(shop: Shop, situation: Situation, way: type[Way]) -> None:
    CASES[situation.name, way.name](opened(shop, way, situation), situation)


def test_each_impossible_cell_is_in_the_table() -> None:
    assert {(situation.name, way.name) for situation, way in CELLS} >= IMPOSSIBLE.keys() == CASES.keys()
