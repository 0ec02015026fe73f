"""A call on the page becomes a request to 1Flow, or does not: each test with both generations of the SDK."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.shop import Shop, serve_remote_plugin
from tests.browser.watched import NAME, PLUGIN, SDK_ADDRESS, Arrival, Event, User

KEY = "oneflow_sandbox_ZGVtby10ZWEtc2hvcA=="
SETUPS = ("snippet", "loaded", "npm", "first", "first-npm")


@pytest.mark.parametrize("setup", SETUPS)
def test_the_plugin_works_however_it_meets_analytics_js(shop: Shop, setup: str) -> None:
    shop.open(setup=setup)
    shop.expect(
        do='analytics.identify("u1", {plan: "pro"}); analytics.track("Tea Tasted", {score: 5})',
        arrives=[User("u1", {"plan": "pro"}), Event("Tea Tasted", {"score": 5})],
    )
    assert len(shop.sdk_requests) == 1


@pytest.mark.parametrize("setup", SETUPS)
def test_the_sdk_is_requested_once_async_and_first_in_head_with_the_key(shop: Shop, setup: str) -> None:
    shop.open(setup=setup)
    first = shop.page.locator("head > :first-child")
    assert first.evaluate("element => element.tagName") == "SCRIPT"
    assert first.get_attribute("src") == SDK_ADDRESS
    assert first.get_attribute("data-api-key") == KEY
    assert first.evaluate("script => script.async")
    shop.expect(do="", arrives=[])
    assert [request.url for request in shop.sdk_requests] == [SDK_ADDRESS]


def test_a_page_does_not_wait_for_the_sdk(shop: Shop) -> None:
    shop.hold_sdk()
    shop.open(wait=False)  # which returns at DOMContentLoaded
    shop.page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length === 1")
    shop.page.get_by_role("button", name="Add to cart").first.click()
    expect(shop.page.locator("#cart-count")).to_have_text("1")
    assert len(shop.sdk_requests) == 1
    shop.release_sdk()
    shop.expect_all([Event("Product Added")])


def test_identify_arrives_as_the_user_with_its_traits(shop: Shop) -> None:
    shop.open()
    shop.expect(do='analytics.identify("u1", {plan: "pro"})', arrives=[User("u1", {"plan": "pro"})])


def test_identify_without_traits_arrives_with_none(shop: Shop) -> None:
    shop.open()
    shop.expect(do='analytics.identify("u2")', arrives=[User("u2", {})])


@pytest.mark.parametrize(
    "call",
    ['identify({plan: "pro"})', 'identify("", {plan: "pro"})', "identify(null, {plan: 'pro'})", "identify()"],
)
def test_identify_without_a_user_id_sends_nothing(shop: Shop, call: str) -> None:
    shop.open()
    shop.expect(do=f"analytics.{call}", arrives=[])
    assert not any(call in ("identify", "logUser") for call, *_ in shop.sdk_calls())


def test_track_arrives_as_the_event_with_its_parameters(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do='analytics.track("Order Completed", {total: 9.5, items: [{sku: "a", n: 2}, {sku: "ü", n: null}]})',
        arrives=[
            Event("Order Completed", {"total": 9.5, "items": [{"sku": "a", "n": 2}, {"sku": "ü", "n": None}]})
        ],
    )


def test_track_without_properties_arrives_with_none(shop: Shop) -> None:
    shop.open()
    shop.expect(do='analytics.track("Bare")', arrives=[Event("Bare", {})])


def test_the_sdk_gets_each_call_in_the_words_of_its_generation(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do='analytics.identify("u1", {plan: "pro"}); analytics.track("Tasted", {score: 5})',
        arrives=[User("u1", {"plan": "pro"}), Event("Tasted", {"score": 5})],
    )
    identify, track = [call for call in shop.sdk_calls() if "u1" in call or "Tasted" in call]
    if shop.generation == "methods":
        assert identify == ["logUser", "u1", {"plan": "pro"}]
        assert track == ["logEvent", "Tasted", {"score": 5}]
    else:
        assert identify == ["identify", "u1", {"plan": "pro"}]
        assert track[:2] == ["track", "Tasted"]
        assert track[2]["userId"] == "u1"
        assert track[2]["anonymousId"]
        assert track[2]["properties"] == {"score": 5}


@pytest.mark.parametrize("setup", SETUPS)
def test_ten_calls_made_before_the_sdk_is_there_arrive_in_order(shop: Shop, setup: str) -> None:
    shop.hold_sdk()
    shop.open(setup=setup, wait=False)
    shop.page.wait_for_function(PLUGIN)
    calls = [f'analytics.track("call {index}", {{index: {index}}})' for index in range(1, 9)]
    calls = ['analytics.identify("early")', *calls, 'analytics.identify("late", {last: true})']
    shop.run(f"await Promise.all([{', '.join(calls)}])")  # which Analytics.js keeps when the plugin has them
    assert shop.arrivals() == []
    shop.release_sdk()
    shop.expect_all(
        [
            User("early", {}),
            *(Event(f"call {index}", {"index": index}) for index in range(1, 9)),
            User("late", {"last": True}),
        ]
    )


def test_a_call_with_the_integration_off_sends_nothing(shop: Shop) -> None:
    shop.open()
    off = f'{{integrations: {{"{NAME}": false}}}}'
    shop.expect(
        do=f'analytics.track("Secret", {{}}, {off}); analytics.identify("u1", {{}}, {off})',
        arrives=[],
    )


# What switches off or on which action: in Segment each of them is a destination.
TRACK, IDENTIFY = f"{NAME} trackEvent", f"{NAME} identifyUser"
SWITCHES: dict[str, tuple[dict[str, bool], list[str]]] = {
    "identify off": ({IDENTIFY: False}, ["track"]),
    "track off": ({TRACK: False}, ["identify"]),
    "only track": ({"All": False, TRACK: True}, ["track"]),
    "only identify": ({"All": False, IDENTIFY: True}, ["identify"]),
    "only both": ({"All": False, NAME: True}, ["track", "identify"]),
    "track off, and 1Flow on": ({NAME: True, TRACK: False}, ["track", "identify"]),
    "track on, and 1Flow off": ({NAME: False, TRACK: True}, []),
    "each off": ({IDENTIFY: False, TRACK: False}, []),
    "all off": ({"All": False}, []),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_action_is_switched_off_and_on_by_its_own_name(shop: Shop, switch: str) -> None:
    switches, arrives = SWITCHES[switch]
    shop.open()
    arrivals: dict[str, Arrival] = {"track": Event("Tasted", {}), "identify": User("u1", {})}
    options = f"{{integrations: {json.dumps(switches)}}}"
    shop.expect(
        do=f'await analytics.track("Tasted", {{}}, {options}); await analytics.identify("u1", {{}}, {options})',
        arrives=[arrivals[call] for call in arrives],
    )
    assert len(shop.sdk_requests) == 1


@pytest.mark.parametrize("generation", ["methods"], indirect=True)
@pytest.mark.parametrize("switch", SWITCHES)
def test_segments_own_actions_are_switched_off_and_on_by_the_same_names(shop: Shop, switch: str) -> None:
    """As Segment's remote loader registers them."""
    source = """window.ran = [];
      window.theirs = () => ["trackEvent", "identifyUser"].map(action => ({
        name: `NAME ${action}`, type: "destination", version: "1", isLoaded: () => true, load: async () => {},
        [action === "trackEvent" ? "track" : "identify"]: async ctx => { ran.push(ctx.event.type); },
      }));"""
    serve_remote_plugin(shop, source.replace("NAME", NAME))
    switches, expected = SWITCHES[switch]
    shop.open()
    options = f"{{integrations: {json.dumps(switches)}}}"
    shop.run(f'await analytics.track("Tasted", {{}}, {options}); await analytics.identify("u1", {{}}, {options})')
    assert shop.page.evaluate("ran") == expected


def test_middleware_and_counts_are_those_of_both_actions(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do=f"""analytics.addDestinationMiddleware("{NAME}", ({{payload, next}}) => {{
                 (payload.obj.properties || payload.obj.traits).seen = (payload.obj.context.seen || 0) + 1;
                 next(payload);
               }});
               await analytics.track("Tasted"); await analytics.identify("u1");""",
        arrives=[Event("Tasted", {"seen": 1}), User("u1", {"seen": 1})],
    )
    counts = shop.page.evaluate(
        f"""(analytics.instance || analytics).queue.plugins.filter(({{name}}) => name === "{NAME}")
          .map(plugin => plugin.stats())"""
    )
    assert len(counts) == 2
    assert counts[0] == counts[1]
    assert counts[0]["matched"] == counts[0]["sent"]


def test_with_session_capture_off_nothing_is_sent_and_nothing_breaks(shop: Shop) -> None:
    shop.collector.session_capture = False
    shop.open(wait=False)
    shop.run('analytics.identify("u1", {plan: "pro"}); analytics.track("Order Completed", {total: 9.5})')
    shop.page.wait_for_function("window.sdkCalls.length === 3")
    shop.page.wait_for_function("window.glob")
    shop.page.get_by_role("button", name="Add to cart").first.click()
    shop.page.wait_for_function("window.sdkCalls.length === 4")
    assert [record.step for record in shop.collector.records] == ["configuration"]


def test_the_plugin_says_truly_when_it_is_loaded_and_ready(shop: Shop) -> None:
    shop.hold_sdk()
    shop.open(wait=False)
    shop.page.wait_for_function("analytics.initialized")
    shop.run(
        f"({PLUGIN}).ready().then(ready => window.said = ready); analytics.ready(() => window.allReady = true)"
    )
    assert shop.page.evaluate(f"[({PLUGIN}).isLoaded(), window.said, window.allReady]") == [False, None, None]
    shop.release_sdk()
    shop.page.wait_for_function("window.said === true && window.allReady === true")
    assert shop.page.evaluate(f"({PLUGIN}).isLoaded()")
    assert len(shop.sdk_requests) == 1


def test_a_page_whose_sdk_fails_works_on_and_says_why(shop: Shop) -> None:
    shop.page.add_init_script("Math.random = () => 0; window._1flow = () => { throw new Error('the stub') }")
    shop.answer_sdk = lambda route: route.abort()
    with shop.page.expect_console_message(lambda message: message.type == "warning") as warning:
        shop.open(wait=False)
    for text in (NAME, f"no SDK after error of {SDK_ADDRESS}", "docs/lifecycle.md"):
        assert text in warning.value.text
    shop.page.wait_for_function(f"analytics.initialized && ({PLUGIN}).stats().state === 'failed'")
    shop.run('await analytics.track("Lost")')
    shop.page.get_by_role("button", name="Add to cart").first.click()
    expect(shop.page.locator("#cart-count")).to_have_text("1")
    shop.forgive("Failed to load resource")


@pytest.mark.parametrize(
    "before",
    [
        "var analytics;",
        "window.analytics = undefined;",
        "window.analytics = {page: 'a global of another kind'};",
    ],
)
def test_a_global_that_is_not_yet_analytics_js_is_left_alone_until_it_is(shop: Shop, before: str) -> None:
    shop.page.route(
        f"{shop.origin}/global",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<script>{before}</script><script src='/plugin/1flow.min.js'></script>"
            "<script>window.seen = window.analytics; window.analytics = Array.isArray(window.analytics) ?"
            " window.analytics : []; window.listed = window.analytics.map(call => call[0])</script>",
        ),
    )
    shop.page.goto(f"{shop.origin}/global")
    assert shop.page.evaluate("window.listed") == ["register"]


def test_a_tester_s_way_through_the_shop_arrives_call_by_call(shop: Shop) -> None:
    shop.open("/account")
    shop.page.get_by_role("button", name="Sign in").click()
    shop.until(lambda: len(shop.arrivals()) == 2)
    shop.page.get_by_role("link", name="Teas").click()
    shop.page.locator("main a[href^='/products/']").first.click()
    # Before it has loaded, Analytics.js hands on track calls ahead of page calls.
    shop.until(lambda: Event("Product") in shop.arrivals())
    shop.page.get_by_role("button", name="Add to cart").click()
    shop.until(lambda: Event("Product Added") in shop.arrivals())
    shop.page.get_by_role("link", name="Cart").click()
    shop.until(lambda: Event("Cart") in shop.arrivals())
    shop.page.get_by_role("button", name="Place the order").click()
    expect(shop.page.locator("#one_flow_survey_preview")).to_be_visible()
    traits = {"name": "Mira Tanaka", "email": "mira@example.com", "plan": "monthly tin"}
    arrivals = shop.arrivals()
    assert User("user-1024", traits) in arrivals
    assert [arrival.name for arrival in arrivals if isinstance(arrival, Event)] == [
        "Account",
        "Product",
        "Product Added",
        "Cart",
        "Order Completed",
    ]
    order = arrivals[-1]
    assert isinstance(order, Event)
    assert order.parameters
    assert order.parameters["total"] > 0
    assert [item["quantity"] for item in order.parameters["items"]] == [1]
