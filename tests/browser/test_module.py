"""A site that has Analytics.js from npm and the plugin as a module, in one script that a bundler made."""

from __future__ import annotations

import pytest

from tests.browser.shop import Shop
from tests.browser.test_install import held_of, hold
from tests.browser.watched import Arrival, Event, User
from tests.support.modules import bundled, write_site
from tests.support.projects import PRESETS

SITE = """\
import { AnalyticsBrowser } from "@segment/analytics-next";
import oneFlow from "./1flow.mjs";

window.analytics = AnalyticsBrowser.load(
  { writeKey: "demo", cdnURL: location.origin, plugins: [oneFlow(window.oneFlowOptions)] },
  { integrations: { "Segment.io": false } }
);
"""
CALLS = """<script>
  analytics.page("Home");
  analytics.track("A");
  analytics.identify("u1", {plan: "pro"});
  analytics.track("B");
</script>"""
# Analytics.js itself hands on by method what it has kept.
FIRST: list[Arrival] = [Event("Page Home"), Event("A"), Event("B"), User("u1", {"plan": "pro"})]

PAGES = {
    "subscriptions": [
        {"name": "All", "partnerAction": "trackEvent", "subscribe": 'type = "track"'},
        {"name": "Users", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'},
        {
            "name": "Pages",
            "partnerAction": "trackEvent",
            "subscribe": 'type = "page"',
            "mapping": {"event_name": {"@template": "Page {{name}}"}},
        },
    ]
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The site's script, by bundler."""
    folder = tmp_path_factory.mktemp("site")
    write_site(folder, {**PRESETS, **PAGES}, {"site.js": SITE})
    return {bundler: made["site.js"] for bundler, made in bundled(folder, "site.js").items()}


@pytest.fixture(params=["esbuild", "vite"])
def bundle(request: pytest.FixtureRequest, scripts: dict[str, str]) -> str:
    return scripts[request.param]


def open_site(shop: Shop, bundle: str, *, options: str = "", calls: str = "") -> None:
    """Open a page of the site: its options for the plugin are JavaScript, its calls are HTML."""
    set_options = f"<script>window.oneFlowOptions = {options}</script>" if options else ""
    body = f"<!doctype html><head>{set_options}<script src='/site.js'></script>{calls}</head>"
    shop.page.route(f"{shop.origin}/site", lambda route: route.fulfill(content_type="text/html", body=body))
    shop.page.route(
        f"{shop.origin}/site.js", lambda route: route.fulfill(content_type="text/javascript", body=bundle)
    )
    shop.page.goto(f"{shop.origin}/site", wait_until="domcontentloaded")


def test_the_first_calls_arrive_also_where_settings_come_late(shop: Shop, bundle: str) -> None:
    settings = hold(shop, "**/settings")
    with shop.page.expect_request("**/settings"):
        open_site(shop, bundle, calls=CALLS)
    shop.page.wait_for_load_state()
    shop.run("")  # what the page has asked for before this answer is held by now
    assert shop.arrivals() == []
    held_of(shop, settings).continue_()
    shop.expect_all(FIRST)
    assert shop.warnings == []


def test_a_key_and_an_address_may_be_chosen_on_the_page(shop: Shop, scripts: dict[str, str]) -> None:
    key = "oneflow_sandbox_b3RoZXI="
    shop.page.route(f"{shop.origin}/vendor/1flow.js", shop.fulfill_sdk)
    open_site(shop, scripts["vite"], options=f"{{projectApiKey: '{key}', sdkAddress: 'vendor/./1flow.js'}}")
    shop.until_loaded()
    script = shop.page.locator("head > :first-child")
    assert script.get_attribute("data-api-key") == key
    assert script.evaluate("script => script.src") == f"{shop.origin}/vendor/1flow.js"
    assert shop.sdk_requests == []


def test_an_address_that_is_none_breaks_nothing_and_is_named(shop: Shop, scripts: dict[str, str]) -> None:
    shop.page.add_init_script("Math.random = () => 0;")
    with shop.page.expect_console_message(lambda message: message.type == "warning") as warning:
        open_site(shop, scripts["vite"], options="{sdkAddress: 'https://'}")
    assert "no SDK after error of https://;" in warning.value.text
    shop.page.wait_for_function("analytics.instance.initialized")
