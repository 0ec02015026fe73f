"""What only the other hosts do, with their real libraries; test_proof.py has the situations of all hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.hosts import GETANALYTICS, PROJECT, RUDDERSTACK, SITES, Site, answer
from tests.browser.shop import Shop
from tests.browser.watched import Answer, Arrival, Event, User
from tests.support.documents import Block, blocks_in
from tests.support.modules import bundled, type_errors, write_site

ALL = (
    'analytics.track("A", {n: 1}); analytics.identify("u1", {plan: "pro"}); analytics.track("B"); PAGE;'
    'analytics.identify("u2");'
)
ALL_ARRIVES: list[Arrival] = [
    Event("A", {"n": 1}),
    User("u1", {"plan": "pro"}),
    Event("B", {}),
    Event("Page Cart"),
    User("u2", {}),
]


@pytest.fixture(params=SITES)
def host(request: pytest.FixtureRequest) -> Site:
    return SITES[request.param]


@pytest.fixture
def rudderstack() -> Site:
    return RUDDERSTACK


def of(host: Site, calls: str) -> str:
    """Calls, as a site's host takes them."""
    return calls.replace("PAGE", host.page)


def kept_in(held: list[Route]) -> Answer:
    """No answer yet: the request is kept."""

    def keep(route: Route) -> None:
        held.append(route)

    return keep


def until_there(shop: Shop) -> None:
    """Wait until the page has its host and the SDK."""
    shop.page.wait_for_function("window.analytics && !Array.isArray(analytics)")
    shop.page.wait_for_function("typeof _1flow !== 'undefined'")


def test_a_user_whom_the_host_remembers_needs_no_id(shop: Shop, host: Site) -> None:
    host.open(shop)
    until_there(shop)
    shop.expect(
        do='await analytics.identify("u1", {plan: "pro"}); analytics.identify({plan: "free"})',
        arrives=[User("u1", {"plan": "pro"}), User("u1", {"plan": "free"})],
    )


def test_no_call_is_lost_where_rudderstack_is_late(shop: Shop, rudderstack: Site) -> None:
    library = "/rudderstack.js"
    held: list[Route] = []
    with shop.page.expect_request(f"**{library}"):
        rudderstack.open(shop, calls=of(rudderstack, ALL), answers={library: kept_in(held)})
    assert_nothing_asked(shop)
    answer(rudderstack.served(PROJECT)[library])(held.pop())
    shop.expect_all(ALL_ARRIVES)


def test_rudderstack_refuses_a_plugin_that_comes_after_it_has_loaded(shop: Shop, rudderstack: Site) -> None:
    """So an async script is not enough there; docs/install.md says so."""
    head = rudderstack.head({}).replace(f"<script nonce='abc' src='{rudderstack.file}'></script>", "")
    late = f"<script async src='{rudderstack.file}'></script>"
    held: list[Route] = []
    with shop.page.expect_request(f"**{rudderstack.file}"):
        rudderstack.open(
            shop,
            calls=of(rudderstack, ALL),
            answers={rudderstack.file: kept_in(held)},
            head=late + head,
        )
    shop.page.wait_for_function("window.analytics && !Array.isArray(analytics)")
    shop.run("await new Promise(resolve => analytics.ready(resolve))")
    with shop.page.expect_console_message(lambda message: "Cannot add custom integration" in message.text):
        answer(rudderstack.served(PROJECT)[rudderstack.file])(held.pop())
    shop.run("analytics.track('Later'); await fetch('/')")
    assert shop.sdk_requests == []
    assert shop.arrivals() == []
    shop.forgive("Cannot add custom integration")


# RudderStack from npm


TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types flowplug"
LOAD = "rudderanalytics.load('write key', 'https://data.rudderstack.example', {logLevel: 'WARN'})"


@pytest.mark.parametrize("place", ["before the library", "after the library", "after the first calls"])
@pytest.mark.parametrize("policy", ["", TRUSTED_TYPES], ids=["", "Trusted Types"])
def test_no_call_is_lost_with_rudderstack_from_npm(shop: Shop, rudderstack: Site, place: str, policy: str) -> None:
    """Which has no snippet: a bundle makes the instance, and loads it."""
    plugin = f"<script src='{rudderstack.file}'></script>"
    library = "<script src='/rudderstack.js'></script>"
    calls = f"<script>window.analytics = rudderanalytics; {LOAD}; {of(rudderstack, ALL)}</script>"
    head = {
        "before the library": plugin + library + calls,
        "after the library": library + plugin + calls,
        "after the first calls": library + calls + plugin,
    }[place]
    rudderstack.open(shop, head=head, policy=policy)
    shop.expect_all(ALL_ARRIVES)


# Consent


CUSTOM = {"enabled": True, "provider": "custom"}
PRE_CONSENT = {
    "consentManagement": CUSTOM,
    "preConsent": {"enabled": True, "storage": {"strategy": "none"}, "events": {"delivery": "immediate"}},
}
YES = '{consentManagement: {allowedConsentIds: ["C0004"], deniedConsentIds: ["C0001"]}}'
NO = '{consentManagement: {allowedConsentIds: [], deniedConsentIds: ["C0004"]}}'
WITH_CONSENT = {**PROJECT, "consent": {"categories": ["C0004"]}}


def assert_nothing_asked(shop: Shop) -> None:
    shop.run("await fetch('/')")  # what the page has asked for before this is known by now
    assert shop.sdk_requests == []
    assert shop.collector.records == ()


def test_rudderstack_keeps_the_plugin_from_loading_until_it_has_consent(shop: Shop, rudderstack: Site) -> None:
    rudderstack.open(shop, calls=of(rudderstack, ALL), options=PRE_CONSENT)
    shop.page.wait_for_function("window.analytics && !Array.isArray(analytics)")
    assert_nothing_asked(shop)
    shop.run(f"analytics.consent({YES})")
    shop.expect_all(ALL_ARRIVES)


def test_with_consent_of_the_project_s_only_what_was_consented_to_arrives(shop: Shop, rudderstack: Site) -> None:
    rudderstack.open(shop, calls='analytics.track("Before")', options=PRE_CONSENT, project=WITH_CONSENT)
    shop.page.wait_for_function("window.analytics && !Array.isArray(analytics)")
    assert_nothing_asked(shop)
    shop.run(f"analytics.consent({YES}); analytics.track('First')")
    shop.expect_all([Event("First", {})])
    shop.run(
        f"analytics.consent({NO}); analytics.track('Secret'); analytics.consent({YES}); analytics.track('Last')"
    )
    shop.expect_all([Event("First", {}), Event("Last", {})])
    assert len(shop.sdk_requests) == 1


def test_without_consent_of_the_project_s_nothing_is_asked_for(shop: Shop, rudderstack: Site) -> None:
    options = {"consentManagement": {**CUSTOM, "allowedConsentIds": [], "deniedConsentIds": ["C0004"]}}
    rudderstack.open(shop, calls=of(rudderstack, ALL), options=options, project=WITH_CONSENT)
    shop.page.wait_for_function("window.analytics && !Array.isArray(analytics)")
    shop.run("await new Promise(resolve => analytics.ready(resolve))")
    assert_nothing_asked(shop)
    shop.run(f"analytics.consent({YES}); analytics.track('Later')")
    shop.expect_all([Event("Later", {})])


def test_with_analytics_a_plugin_that_is_off_at_first_loads_nothing_until_it_is_enabled(shop: Shop) -> None:
    GETANALYTICS.open(shop, calls=of(GETANALYTICS, ALL), options={"plugin": {"enabled": False}})
    shop.page.wait_for_function("window.analytics")
    assert_nothing_asked(shop)
    shop.run("await analytics.plugins.enable('1flow'); await analytics.track('Yes')")
    shop.expect_all([Event("Yes", {})])
    shop.run("await analytics.plugins.disable('1flow'); await analytics.track('Secret')")
    shop.run("await analytics.plugins.enable('1flow'); await analytics.track('Again')")
    shop.expect_all([Event("Yes", {}), Event("Again", {})])
    assert len(shop.sdk_requests) == 1


# The blocks of docs/install.md


def blocks_of_hosts(language: str) -> list[Block]:
    return [block for block in blocks_in(language) if block.host]


@pytest.mark.parametrize("block", blocks_of_hosts("js"), ids=str)
def test_a_call_that_is_not_for_1flow_does_not_arrive(shop: Shop, block: Block) -> None:
    SITES[block.host].open(shop)
    until_there(shop)
    shop.expect(do=f"{block.text}; analytics.track('Other')", arrives=[Event("Other")])


@pytest.mark.parametrize("block", blocks_of_hosts("html"), ids=str)
def test_an_element_before_the_snippet_brings_the_plugin(shop: Shop, block: Block) -> None:
    host = SITES[block.host]
    usual = f"<script nonce='abc' src='{host.file}'></script>"
    head = host.head({})
    assert usual in head
    host.open(shop, calls=of(host, ALL), head=head.replace(usual, block.text))
    shop.expect_all(ALL_ARRIVES)


ENTRY = """
import * as block from "./block";
Object.assign(window, block);
"""


@pytest.mark.parametrize("block", blocks_of_hosts("ts"), ids=str)
def test_code_for_a_bundler_type_checks_and_brings_the_plugin(shop: Shop, block: Block, tmp_path: Path) -> None:
    write_site(tmp_path, PROJECT, {"block.ts": block.text, "entry.js": ENTRY}, form=block.host)
    assert type_errors(tmp_path, "block.ts") == ""
    source = bundled(tmp_path, "entry.js")["esbuild"]["entry.js"]
    GETANALYTICS.open(shop, head=f"<script>{source}</script>")
    shop.page.wait_for_function("window.analytics")
    if "chooseSurveys" in block.text:
        shop.run("await analytics.track('Before')")
        assert_nothing_asked(shop)
        shop.run("await chooseSurveys(true)")
    until_there(shop)
    shop.expect(do='analytics.identify("u1", {plan: "pro"})', arrives=[User("u1", {"plan": "pro"})])
