"""IDs that are hashed by the page's own crypto, with the real Analytics.js; and a page that has none."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlsplit

from playwright.sync_api import Route

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import NAME, Event, User
from tests.support.projects import PRESETS

PLAIN = "http://shop.example"
"""An origin that no browser trusts, since it is neither https nor this machine."""

# What Analytics.js keeps until it has started, it hands on by method; these calls come after that.
SITE = """
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: "demo", cdnURL: location.origin },
    { integrations: { "Segment.io": false } }
  );
  analytics.then(() => {
    analytics.identify("u1", { plan: "pro", Email: "jane@example.com" });
    analytics.track("A", { to: ["jane@example.com"] });
    analytics.identify("u\\u00fc2");
    analytics.track("B");
  });
"""


def open_site(shop: Shop, origin: str) -> None:
    """Open a page at an origin, with the plugin inline, that makes its calls as soon as it can."""
    private = {"hash": ["userId"], "deny": ["email"], "scrub": ["email"]}
    project = flowplug.load({**PRESETS, "privacy": private, "plugin": {"stats": True}})
    plugin = flowplug.build(project)["1flow.html"].content.decode()
    head = f'{plugin}<script src="/analytics-next/bundles/index.js"></script><script>{SITE}</script>'
    body = f"<!doctype html><head>{head}</head>"
    shop.page.route(f"{origin}/private", lambda route: route.fulfill(content_type="text/html", body=body))
    shop.page.route("**/settings", lambda route: route.fulfill(json={"integrations": {}}))
    shop.page.goto(f"{origin}/private", wait_until="domcontentloaded")


def test_ids_are_hashed_and_calls_keep_their_order(shop: Shop) -> None:
    open_site(shop, shop.origin)
    one, two = (sha256(text.encode()).hexdigest() for text in ("u1", "u\u00fc2"))
    shop.expect_all([User(one, {"plan": "pro"}), Event("A", {"to": ["[email]"]}), User(two, {}), Event("B", {})])


def test_a_page_without_crypto_sends_no_call_with_an_id(shop: Shop) -> None:
    def ask_the_site(route: Route) -> None:
        path = urlsplit(route.request.url).path
        route.fulfill(response=route.fetch(url=f"http://127.0.0.1:{urlsplit(shop.origin).port}{path}"))

    shop.page.route(f"{PLAIN}/**", ask_the_site)
    open_site(shop, PLAIN)
    assert not shop.page.evaluate("isSecureContext")
    shop.page.wait_for_function("findPlugin()?.stats().failed === 4")
    assert shop.arrivals() == []
    assert len([text for text in shop.problems if f"{NAME} call not sent" in text]) == 4
    shop.forgive("call not sent, since privacy.hash needs crypto.subtle")
