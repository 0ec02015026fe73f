"""With Segment's own consent tools on the page: exactly these calls reach 1Flow, and nothing before consent."""

from __future__ import annotations

from typing import Any

import pytest

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import NAME, PLUGIN, SDK_ADDRESS, Arrival, Event, User
from tests.support.bundling import bundled
from tests.support.documents import Block, blocks_in
from tests.support.javascript import script
from tests.support.projects import KEY, PRESETS

YES, NO = {"C0002": True, "C0004": True}, {"C0002": True, "C0004": False}
UPDATED = Event("Segment Consent Preference Updated", {})

CALLS = 'analytics.page("Home"); analytics.track("First"); analytics.identify("u1", {plan: "pro"});'
FIRST, USER = Event("First", {}), User("u1", {"plan": "pro"})

SETTINGS = {"integrations": {}, "metrics": {"sampleRate": 0}}
# The same once the destination has a category at Segment.
SETTINGS_WITH_CONSENT = {
    **SETTINGS,
    "integrations": {NAME: {"consentSettings": {"categories": ["C0004"]}}},
    "consentSettings": {"allCategories": ["C0002", "C0004"], "hasUnmappedDestinations": False},
}

models = pytest.mark.parametrize("model", ["opt-in", "opt-out"])
setups = pytest.mark.parametrize("setup", ["npm", "snippet"])
middleware = pytest.mark.parametrize("middleware", [True, False], ids=["middleware", "no middleware"])


def inline(category: str = "C0004", **plugin: Any) -> str:
    project = {**PRESETS, "consent": {"categories": [category]}, "plugin": {"stats": True, **plugin}}
    return flowplug.build(flowplug.load(project))["1flow.html"].content.decode()


def open_site(
    shop: Shop,
    model: str,
    choice: dict[str, bool] | None,
    *,
    setup: str = "npm",
    waits: bool = False,
    middleware: bool = True,
    head: str = "",
) -> None:
    """Open a page that makes its first calls at once; see scripts/consent_site.js."""
    site = script("consent_site", SETUP=setup, MODEL=model, WAITS=waits, CHOICE=choice)
    tools = f'import {{ createWrapper }} from "@segment/analytics-consent-tools";\n{site}'
    analytics_js = '<script src="/analytics-next/bundles/index.js"></script>' if setup == "npm" else ""
    open_page(shop, f"{head}{inline(middleware=middleware)}{analytics_js}", bundled(tools), SETTINGS_WITH_CONSENT)


def open_page(shop: Shop, head: str, source: str, settings: dict[str, Any]) -> None:
    """Open a page that runs this script after what is in its head, and then makes its first calls."""
    serve(shop, "/site.js", "text/javascript", f"{source}\n{CALLS}")
    head += '<script src="/site.js"></script>'
    serve(shop, "/consent", "text/html", f"<!doctype html><html data-write-key='demo'><head>{head}</head>")
    shop.page.route("**/settings", lambda route: route.fulfill(json=settings))
    shop.page.goto(f"{shop.origin}/consent", wait_until="domcontentloaded")


def serve(shop: Shop, path: str, content_type: str, body: str) -> None:
    shop.page.route(shop.origin + path, lambda route: route.fulfill(content_type=content_type, body=body))


def choose(shop: Shop, choice: dict[str, bool]) -> None:
    shop.page.evaluate("choice => choose(choice)", choice)


def until_kept_back(shop: Shop, count: int) -> None:
    """Wait until the plugin has kept back so many events, and see that it has asked 1Flow for nothing."""
    shop.page.wait_for_function(f"{PLUGIN}?.stats().noConsent === {count}")
    assert_nothing_asked(shop)


def assert_nothing_asked(shop: Shop) -> None:
    shop.run("await fetch('/')")  # what the page has asked for before this is known by now
    assert [request.url for request in shop.sdk_requests] == []
    assert shop.collector.records == ()


@models
@setups
@middleware
def test_consent_from_the_start_lets_every_call_through(
    shop: Shop, model: str, setup: str, middleware: bool
) -> None:
    open_site(shop, model, YES, setup=setup, middleware=middleware)
    shop.expect_all([FIRST, USER])
    assert len(shop.sdk_requests) == 1
    assert shop.page.evaluate(f"{PLUGIN}.stats().noConsent") == 0
    assert shop.warnings == []


@models
@setups
@middleware
def test_without_consent_1flow_is_asked_for_nothing_and_no_one_waits_for_it(
    shop: Shop, model: str, setup: str, middleware: bool
) -> None:
    open_site(shop, model, NO, setup=setup, middleware=middleware)
    until_kept_back(shop, 2)
    shop.run("await analytics.ready(); await analytics.track('Later')")
    until_kept_back(shop, 3)
    assert shop.warnings == []


@setups
@pytest.mark.parametrize(
    ("choice", "arrives"), [(YES, [FIRST, UPDATED, USER]), (NO, [])], ids=["accepted", "declined"]
)
def test_a_site_that_waits_for_the_choice_sends_its_first_calls_by_that(
    shop: Shop, setup: str, choice: dict[str, bool], arrives: list[Arrival]
) -> None:
    """Analytics.js holds the calls until it is loaded, and the tools stamp them then, grouped by method."""
    open_site(shop, "opt-in", None, setup=setup, waits=True)
    shop.page.wait_for_load_state()
    assert_nothing_asked(shop)
    choose(shop, choice)
    if arrives:
        shop.expect_all(arrives)
    else:
        until_kept_back(shop, 3)


@models
@middleware
def test_a_choice_made_later_counts_from_then_on(shop: Shop, model: str, middleware: bool) -> None:
    open_site(shop, model, None, middleware=middleware)
    until_kept_back(shop, 2)
    choose(shop, YES)
    shop.run("await analytics.track('Later')")
    shop.expect_all([UPDATED, Event("Later", {})])
    assert len(shop.sdk_requests) == 1


@models
@middleware
def test_revoked_consent_stops_calls_until_it_is_given_again(shop: Shop, model: str, middleware: bool) -> None:
    open_site(shop, model, YES, middleware=middleware)
    shop.expect_all([FIRST, USER])
    choose(shop, NO)
    shop.run("await analytics.track('Secret'); await analytics.identify('u2')")
    shop.page.wait_for_function(f"{PLUGIN}.stats().noConsent === 3")
    choose(shop, YES)
    shop.run("await analytics.track('Later')")
    shop.expect_all([FIRST, USER, UPDATED, Event("Later", {})])
    assert len(shop.sdk_requests) == 1


@models
@middleware
def test_consent_revoked_while_the_sdk_loads_keeps_it_from_running_and_drops_what_waits(
    shop: Shop, model: str, middleware: bool
) -> None:
    shop.hold_sdk()
    with shop.page.expect_request(SDK_ADDRESS):
        open_site(shop, model, YES, middleware=middleware)
    shop.page.wait_for_function(f"{PLUGIN}?.stats().queued === 2")
    choose(shop, NO)
    shop.page.wait_for_function(f"{PLUGIN}.stats().noConsent === 1")
    with shop.page.expect_event("requestfinished", lambda request: request.url == SDK_ADDRESS):
        shop.release_sdk()
    shop.run("await analytics.track('Secret')")
    assert shop.sdk_calls() == []
    assert shop.collector.records == ()
    assert shop.page.evaluate("typeof _1flow") == "undefined"
    assert shop.page.evaluate(f"{PLUGIN}.stats()")["dropped"] == 2
    choose(shop, YES)
    shop.expect_all([UPDATED])
    assert len(shop.sdk_requests) == 2


def test_an_sdk_that_the_page_loads_itself_gets_calls_with_consent_only(shop: Shop) -> None:
    own = f'<script src="{SDK_ADDRESS}" data-api-key="{KEY}"></script>'
    open_site(shop, "opt-out", NO, head=own)
    shop.page.wait_for_function(f"{PLUGIN}?.stats().noConsent === 2")
    choose(shop, YES)
    shop.expect_all([UPDATED])
    assert len(shop.sdk_requests) == 1


# docs/consent.md


def one_trust(groups: str) -> str:
    return f"window.OnetrustActiveGroups = {groups!r}; dispatchEvent(new Event('OneTrustGroupsUpdated'));"


def cookiebot(marketing: str, event: str) -> str:
    return f"window.Cookiebot = {{consent: {{marketing: {marketing}}}}}; dispatchEvent(new Event({event!r}));"


def own_banner(choice: str, surveys: str) -> str:
    detail = f"{{Necessary: true, Surveys: {surveys}}}"
    return (
        f"localStorage.setItem('surveys', {choice!r});"
        f"document.dispatchEvent(new CustomEvent('banner-closed', {{detail: {detail}}}));"
    )


CHANGED = Event("Consent Updated", {})

# Of each block: a word in it, the category, how a visitor accepts and declines, and what tells of that.
BLOCKS = {
    "createWrapper": ("Surveys", own_banner("yes", "true"), own_banner("no", "false"), UPDATED),
    "OnetrustActiveGroups": ("C0004", one_trust(",C0001,C0004,"), one_trust(",C0001,"), CHANGED),
    "Cookiebot": (
        "marketing",
        cookiebot("true", "CookiebotOnAccept"),
        cookiebot("false", "CookiebotOnDecline"),
        CHANGED,
    ),
    "chooseSurveys": ("Surveys", "chooseSurveys(true)", "chooseSurveys(false)", CHANGED),
}


@pytest.mark.parametrize("block", [block for block in blocks_in("js") if block.file == "consent.md"], ids=str)
def test_an_example_stamps_what_the_visitor_chooses(shop: Shop, block: Block) -> None:
    ((category, accept, decline, changed),) = [BLOCKS[word] for word in BLOCKS if word in block.text]
    snippet = "" if "import" in block.text else '<script src="/static/demo/snippet.js"></script>'
    shop.page.route("https://api.segment.io/**", lambda route: route.fulfill(json={}))
    open_page(shop, f"{inline(category)}{snippet}", bundled(block.text), SETTINGS)
    until_kept_back(shop, 2)
    shop.run(accept)
    shop.expect_all([changed])
    shop.run(f"{decline} ; await analytics.track('Secret')")
    shop.page.wait_for_function(f"{PLUGIN}.stats().noConsent === 4")
    shop.run(f"{accept} ; await analytics.track('Later')")
    shop.expect_all([changed, changed, Event("Later", {})])
