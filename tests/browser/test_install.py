"""Installed as `build` says, the plugin gets every call, also the page's first ones, whatever is slow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import Arrival, Event, User
from tests.support.projects import PRESETS

CALLS = """<script>
  analytics.page("Home");
  analytics.track("First");
  analytics.identify("u1", {plan: "pro"});
</script>"""
FIRST: list[Arrival] = [Event("First"), User("u1", {"plan": "pro"})]

SNIPPET = '<script src="/static/demo/snippet.js"></script>'
NPM = '<script src="/analytics-next/bundles/index.js"></script><script src="/static/demo/npm.js"></script>'

BUNDLE = flowplug.build(flowplug.load(PRESETS))
INLINE = BUNDLE["1flow.html"].content.decode()

# What stands in the page around what `build` gives, by its place.
PLACES = {
    "before the snippet": (INLINE, SNIPPET, CALLS),
    "after the snippet": (SNIPPET, INLINE, CALLS),
    "after the first calls": (SNIPPET, CALLS, INLINE),
    "before AnalyticsBrowser.load": (INLINE, NPM, CALLS),
    "after AnalyticsBrowser.load": (NPM, INLINE, CALLS),
    "after AnalyticsBrowser.load and the first calls": (NPM, CALLS, INLINE),
}


def open_page(shop: Shop, *parts: str) -> None:
    """Open a page of these parts, whose network the tests answer."""
    body = f"<!doctype html><html data-write-key='demo'><head>{''.join(parts)}</head>"
    shop.page.route(f"{shop.origin}/installed", lambda route: route.fulfill(content_type="text/html", body=body))
    shop.page.goto(f"{shop.origin}/installed", wait_until="domcontentloaded")


def hold(shop: Shop, address: str) -> list[Route]:
    """Keep the requests for an address unanswered."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    shop.page.route(address, keep)
    return held


def serve_plugin(route: Route) -> None:
    route.fulfill(content_type="text/javascript", body=BUNDLE["1flow.min.js"].content)


@pytest.mark.parametrize("place", PLACES)
def test_inside_the_page_it_loses_no_call_wherever_it_stands(shop: Shop, place: str) -> None:
    open_page(shop, *PLACES[place])
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize("place", ["after the snippet", "after AnalyticsBrowser.load"])
def test_inside_the_page_it_loses_no_call_when_analytics_js_comes_late(shop: Shop, place: str) -> None:
    settings = hold(shop, "**/settings")
    with shop.page.expect_request("**/settings"):
        open_page(shop, *PLACES[place])
    shop.page.wait_for_load_state()
    shop.run("")  # what the page has asked for before this answer is held by now
    settings.pop().continue_()
    shop.expect_all(FIRST)


def test_a_file_that_the_page_waits_for_before_the_snippet_loses_no_call(shop: Shop) -> None:
    shop.page.route(f"{shop.origin}/1flow.min.js", serve_plugin)
    open_page(shop, BUNDLE.script_element(), SNIPPET, CALLS)
    shop.expect_all(FIRST)


@pytest.mark.parametrize("host", [SNIPPET, NPM], ids=["snippet", "npm"])
def test_a_file_that_comes_after_the_first_events_says_so_once_and_gets_the_later_ones(
    shop: Shop, host: str
) -> None:
    plugin = hold(shop, f"{shop.origin}/1flow.min.js")
    open_page(shop, host, CALLS, '<script async src="/1flow.min.js"></script>')
    shop.page.wait_for_function("(analytics.instance || analytics).initialized")
    serve_plugin(plugin.pop())
    shop.until_loaded()
    shop.expect(do='analytics.track("Later")', arrives=[Event("Later")])
    assert Event("First") not in shop.arrivals()
    assert shop.warnings == ["1Flow Web (Actions) registered late"]
