"""No means no: under each opt-out that a host has when it is loaded, no request to 1Flow leaves the page.

Each runs with the real host, in each way of installing the plugin, on a page that makes calls at once and later.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.shop import Shop
from tests.browser.watched import NAME, Event
from tests.browser.ways import (
    WAYS,
    Async,
    Call,
    GetAnalytics,
    Inline,
    Module,
    Remote,
    RudderStack,
    Way,
    arrivals_of,
    identify,
    track,
)

one_generation = pytest.mark.parametrize("generation", ["commands"], indirect=True)
pytestmark = one_generation

FIRST = (Call("page", "Home page"), track("A"), identify("u1", plan="pro"))
LATER = (track("B"), identify("u2"), track("End"))

ON_ANALYTICS_JS: tuple[type[Way], ...] = (Inline, Async, Module, Remote)
ALL, DESTINATION, ACTIONS = (
    {"All": False},
    {NAME: False},
    {f"{NAME} trackEvent": False, f"{NAME} identifyUser": False},
)
ROWS: list[tuple[type[Way], dict[str, Any], str]] = [
    *(
        (way, integrations, f"analytics.track('Again', {{}}, {{integrations: {{'{NAME}': true}}}})")
        for way in ON_ANALYTICS_JS
        for integrations in (ALL, DESTINATION, ACTIONS)
    ),
    *(
        (RudderStack, {"integrations": integrations}, "")
        for integrations in ({"All": False}, {"Custom Device Mode": False})
    ),
    (
        GetAnalytics,
        {"plugin": {"enabled": False}},
        "await analytics.plugins.enable('1flow'); analytics.track('Again')",
    ),
]


def visited(shop: Shop, way: type[Way], options: dict[str, Any], **tables: Any) -> Way:
    """A page that has loaded, and whose host has handed on all calls."""
    here = way(shop, **tables)
    here.options = options
    here.open(FIRST, "")
    here.until_begun()
    shop.page.wait_for_load_state("load")
    here.run(LATER)
    shop.run("await fetch('/')")  # what the page has asked for before is known by now
    return here


def assert_no_request(shop: Shop) -> None:
    assert (shop.sdk_requests, shop.collector.records) == ([], ())


@pytest.mark.parametrize(
    ("way", "options", "opts_in"), [pytest.param(*row, id=f"{row[0].__name__} {row[1]}") for row in ROWS]
)
def test_under_an_opt_out_at_load_no_request_leaves_until_an_event_opts_in(
    shop: Shop, way: type[Way], options: dict[str, Any], opts_in: str
) -> None:
    visited(shop, way, options)
    assert_no_request(shop)
    if way in ON_ANALYTICS_JS:
        shop.run("await new Promise(done => analytics.ready(done))")
    shop.run(opts_in)
    if way is RudderStack or (way is Remote and options is not ACTIONS):
        # These hosts know no plugin then, and for Remote's no script was asked for either.
        shop.run("await fetch('/')")
        assert_no_request(shop)
    else:
        shop.expect_all([Event("Again", {})])


@pytest.mark.parametrize("way", ON_ANALYTICS_JS)
def test_with_all_switched_off_but_1flow_every_call_arrives(shop: Shop, way: type[Way]) -> None:
    here = visited(shop, way, {"All": False, NAME: True})
    shop.expect_all(arrivals_of([*here.kept(FIRST), *LATER]))


@pytest.mark.parametrize("way", ON_ANALYTICS_JS)
def test_with_one_action_switched_off_the_sdk_is_loaded_for_the_other(shop: Shop, way: type[Way]) -> None:
    visited(shop, way, {f"{NAME} trackEvent": False})
    shop.until(lambda: bool(shop.arrivals()))
    assert len(shop.sdk_requests) == 1


@pytest.mark.parametrize("way", WAYS)
def test_under_global_privacy_control_no_request_leaves(shop: Shop, way: type[Way]) -> None:
    shop.page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });")
    visited(shop, way, {}, privacy={"gpc": True})
    assert_no_request(shop)


@pytest.mark.parametrize("way", WAYS)
def test_on_an_excluded_page_no_request_leaves(shop: Shop, way: type[Way]) -> None:
    visited(shop, way, {}, sdk={"exclude": ["/proof", "/si*"]})
    assert_no_request(shop)
