"""The inspector of the demo site: a tester sees each call travel, whatever is in it, or why it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from demo_site import create_app
from tests.browser.watched import SDK_ADDRESS
from tests.support.serving import serving

VARIANTS = {
    "inline": "1flow.html with 1flow.debug.js",
    "async": "1flow.async.html with 1flow.debug.js",
    "module": "1flow.debug.mjs",
    "rudderstack": "1flow.rudderstack.debug.js",
    "snippet": "1flow.debug.js",
    "npm": "1flow.debug.js",
    "first": "1flow.debug.js",
    "first-npm": "1flow.debug.js",
}


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The origin of the demo site as `make demo` starts it, with the stand-in and the debug build."""
    with serving(create_app()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    """The origin of the demo site with the SDK at its real address."""
    with serving(create_app(sdk_url=SDK_ADDRESS)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def clean(page: Page) -> Iterator[Page]:
    """A page; an error on it fails the test."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []


@pytest.fixture
def opened(clean: Page, demo: str) -> Page:
    """The demo site's first page."""
    clean.goto(demo)
    expect(row(clean, "Home")).to_contain_text("→ sent")
    return clean


def row(page: Page, title: str) -> Locator:
    return page.locator("#inspector-rows li.row", has=page.get_by_text(title, exact=True))


def subscriptions(page: Page, title: str) -> Locator:
    return row(page, title).get_by_label("Subscriptions").get_by_role("listitem")


def block_sdk(page: Page) -> None:
    page.add_init_script("Math.random = () => 0;")
    page.route("**/1flow/js/**", lambda route: route.abort())


def test_a_call_is_seen_at_each_stage_of_its_way(opened: Page) -> None:
    opened.evaluate("analytics.identify('u1', {plan: 'pro'}).then(() => 0)")
    for text in ('identify("u1")', "received → sent", "_1flow.logUser", "log-user", "200"):
        expect(row(opened, "u1")).to_contain_text(text)


@pytest.mark.parametrize("setup", VARIANTS)
def test_each_variant_shows_which_plugin_runs_and_the_first_call(clean: Page, demo: str, setup: str) -> None:
    clean.goto(f"{demo}/?setup={setup}")
    for text in ('page("Home")', "→ sent", "_1flow.logEvent", "events/bulk"):
        expect(row(clean, "Home")).to_contain_text(text)
    expect(clean.locator("#inspector .facts")).to_contain_text(f"Plugin{VARIANTS[setup]}")


@pytest.mark.parametrize("setup", ["inline", "async", "module", "rudderstack"])
def test_the_files_that_ship_run_as_well_but_log_nothing(clean: Page, demo: str, setup: str) -> None:
    clean.goto(f"{demo}/?setup={setup}&build=shipped")
    for text in ("seen in debug builds only", "_1flow.logEvent", "events/bulk"):
        expect(row(clean, "Home")).to_contain_text(text)
    expect(clean.locator("#sdk-state")).to_have_text("ready")


def test_a_call_whose_data_has_no_json_is_seen_too(opened: Page) -> None:
    opened.evaluate("analytics.track('Big', {n: 10n}).then(() => 0)")
    expect(row(opened, "Big")).to_contain_text("received → sent")
    expect(row(opened, "Big")).to_contain_text('"n": "10n"')
    opened.evaluate("analytics.track('Round', {get self() { return window; }}).then(() => 0)")
    expect(row(opened, "Round")).to_contain_text("cannot be shown")


def test_each_subscription_is_shown_with_its_reason(opened: Page) -> None:
    expect(subscriptions(opened, "Home")).to_have_text(
        [
            'Track Event no match: type = "track", and it is "page"',
            'Identify User no match: type = "identify", and it is "page"',
            "Page View sent",
        ]
    )


def test_an_event_that_no_subscription_is_for_says_so(opened: Page) -> None:
    opened.evaluate("analytics.group('g1').then(() => 0)")
    expect(row(opened, "g1")).to_contain_text("received → no subscription")
    expect(subscriptions(opened, "g1").first).to_have_text(
        'Track Event no match: type = "track", and it is "group"'
    )


def test_an_identify_without_a_user_is_not_sent(opened: Page) -> None:
    opened.evaluate("analytics.identify({plan: 'pro'}).then(() => 0)")
    expect(subscriptions(opened, "no user ID").nth(1)).to_have_text("Identify User not sent: no user ID")


def test_two_events_of_one_name_keep_their_own_steps(opened: Page) -> None:
    opened.evaluate("""Promise.all([
        analytics.track('Same', {n: 1}, {integrations: {'1Flow Web (Actions)': false}}),
        analytics.track('Same', {n: 2}),
    ]).then(() => 0)""")
    expect(row(opened, "Same")).to_have_count(2)
    for text, number in (("opted out", 1), ("received → sent", 2)):
        expect(row(opened, "Same").filter(has_text=text)).to_contain_text(f'"n": {number}')


@pytest.mark.parametrize("setup", ["inline", "rudderstack"])
def test_an_event_that_the_page_opts_out_of_says_so(clean: Page, demo: str, setup: str) -> None:
    clean.goto(f"{demo}/?integrations=off&setup={setup}")
    expect(row(clean, "Home")).to_contain_text("opted out")


@pytest.mark.parametrize("integrations", ["{'Custom Device Mode': false}", "{All: false}"])
def test_a_call_that_opts_out_on_rudderstack_says_so(clean: Page, demo: str, integrations: str) -> None:
    clean.goto(f"{demo}/?setup=rudderstack")
    clean.evaluate(f"analytics.track('Private', {{}}, {{integrations: {integrations}}})")
    clean.evaluate("analytics.track('Public', {}, {integrations: {All: false, 'Custom Device Mode': true}})")
    expect(row(clean, "Private")).to_contain_text("opted out")
    expect(row(clean, "Public")).to_contain_text("→ sent")


def test_an_action_that_the_page_opts_out_of_says_so(opened: Page) -> None:
    options = "{integrations: {'1Flow Web (Actions) identifyUser': false}}"
    opened.evaluate(f"analytics.identify('u1', {{}}, {options}).then(() => 0)")
    opened.evaluate(f"analytics.track('Order', {{}}, {options}).then(() => 0)")
    expect(row(opened, "u1")).to_contain_text("opted out")
    expect(row(opened, "Order")).to_contain_text("received → sent")


def test_middleware_that_keeps_an_event_back_is_seen(opened: Page) -> None:
    opened.evaluate("""analytics.addDestinationMiddleware('1Flow Web (Actions)', ({payload, next}) => {
        if (payload.obj.event !== 'Kept') next(payload);
    }).then(() => 0)""")
    opened.evaluate("analytics.track('Kept').then(() => 0)")
    expect(row(opened, "Kept")).to_contain_text("received → kept back")


def test_a_call_that_was_made_before_the_plugin_came_is_late(clean: Page, demo: str) -> None:
    clean.goto(f"{demo}/?setup=loaded")
    expect(row(clean, "late: missed earlier calls")).to_be_visible()
    expect(row(clean, "Home")).to_contain_text("late: was not registered yet")


def test_a_call_is_seen_to_wait_for_the_plugins_script_and_to_be_lost_with_it(clean: Page, demo: str) -> None:
    held: list[Route] = []
    clean.route("**/plugin/**", lambda route: held.append(route))  # noqa: PLW0108 - Playwright cannot mark a built-in method as its own
    clean.goto(f"{demo}/?setup=async", wait_until="commit")
    expect(row(clean, "Home")).to_contain_text("waits in the placeholder")
    held.pop().abort()
    expect(row(clean, "Home")).to_contain_text("lost: its script did not load")


def test_a_call_after_the_plugins_script_has_failed_is_seen_to_be_lost(clean: Page, demo: str) -> None:
    clean.route("**/plugin/**", lambda route: route.abort())
    clean.goto(f"{demo}/?setup=async")
    clean.evaluate("analytics.track('Later')")
    for title in ("Home", "Later"):
        expect(row(clean, title)).to_contain_text("lost: its script did not load")


def test_a_call_that_the_sdk_keeps_to_itself_says_why(clean: Page, demo: str) -> None:
    clean.goto(f"{demo}/?capture=off")
    for text in ("_1flow.logEvent", "session capture is off"):
        expect(row(clean, "Home")).to_contain_text(text)


def test_an_sdk_that_does_not_come_is_seen_to_be_given_up(page: Page, demo: str) -> None:
    block_sdk(page)
    page.goto(demo)
    expect(page.locator("#inspector-rows")).to_contain_text("given up: script did not load")
    expect(page.locator("#sdk-state")).to_have_text("given up: script did not load")
    expect(row(page, "Home")).to_contain_text("queued → dropped")
    expect(subscriptions(page, "Home").last).to_have_text("Page View dropped: given up")
    page.evaluate("analytics.track('Later').then(() => 0)")
    expect(row(page, "Later")).to_contain_text("dropped: given up")


def test_what_is_not_sent_to_the_real_sdk_is_not_looked_for_in_the_network(page: Page, real: str) -> None:
    page.add_init_script("Math.random = () => 0;")
    page.route(SDK_ADDRESS, lambda route: route.abort())
    page.goto(real)
    expect(row(page, "Home")).to_contain_text("queued → dropped")
    expect(row(page, "Home")).not_to_contain_text("see the network tab")


def test_a_shipped_plugin_that_gives_up_is_seen_too(page: Page, demo: str) -> None:
    block_sdk(page)
    page.goto(f"{demo}/?build=shipped")
    expect(page.locator("#sdk-state")).to_have_text("did not load: see the console")


def test_the_real_sdk_is_seen_as_far_as_the_plugin_knows_it(clean: Page, real: str) -> None:
    sdk = "window._1flow = { logUser() {}, logEvent() {} };"
    clean.route(SDK_ADDRESS, lambda route: route.fulfill(content_type="text/javascript", body=sdk))
    clean.goto(real)
    for text in ('page("Home")', "received → queued → sent", "_1flow.logEvent", "see the network tab"):
        expect(row(clean, "Home")).to_contain_text(text)
    expect(clean.locator("#sdk-state")).to_have_text("ready")
    expect(clean.locator("#sdk-api")).to_have_text("methods")


def test_the_account_says_whom_an_anonymous_identify_is_about(clean: Page, demo: str) -> None:
    clean.goto(f"{demo}/account")
    remembered, identify = clean.locator("#remembered"), clean.locator("#identify-anonymously button")
    expect(remembered).to_contain_text("1Flow is told nothing")
    identify.click()
    expect(row(clean, "no user ID")).to_contain_text("received → not sent")
    clean.locator("#sign-in button").click()
    expect(remembered).to_contain_text("Analytics.js remembers user-1024")
    identify.click()
    expect(row(clean, "user-1024").first).to_contain_text('"favourite": "Green"')
    expect(row(clean, "user-1024").first).to_contain_text("received → sent")
    clean.locator("#sign-out").click()
    expect(remembered).to_contain_text("1Flow is told nothing")
