"""The plugin's life on the page, beside the faults: its queue, its data, its middleware, what it costs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from playwright.sync_api import Route

import flowplug
from flowplug.standin import sdk_source
from tests.browser.bare import Bare, JsonObject, SdkAnswer, replaced_by
from tests.browser.shop import Shop, serve_remote_plugin
from tests.browser.watched import NAME, PLUGIN, Arrival, Event, User
from tests.support.projects import EVERYTHING, KEY

works = SdkAnswer(Bare.fulfill_sdk)
blocked = SdkAnswer(lambda _, route: route.abort("blockedbyclient"))

OFF: JsonObject = {
    "sdk": {"start": "now", "timeout": 0, "retries": 0, "queue": 0, "reuse": False},
    "plugin": {
        "slices": False,
        "security": False,
        "middleware": False,
        "duplicates": False,
        "optOut": False,
        "stats": False,
    },
}

# Each look at the time takes 5 ms, so that a slice is one call or two.
SLOW = """
  const now = performance.now;
  let more = 0;
  performance.now = () => now.call(performance) + (more += 5);
"""


def bundle(**tables: Any) -> flowplug.Bundle:
    options = {**EVERYTHING, **tables, "plugin": {**EVERYTHING["plugin"], **tables.get("plugin", {})}}
    return flowplug.build(flowplug.load(options))


def plugin(**tables: Any) -> bytes:
    return bundle(**tables)["1flow.min.js"].content


def track(name: str, **properties: Any) -> JsonObject:
    return {"type": "track", "event": name, "properties": properties}


def identify(user_id: str) -> JsonObject:
    return {"type": "identify", "userId": user_id}


# The queue


@pytest.mark.parametrize(
    ("calls", "kept"),
    [
        ([track("a"), track("b"), track("c"), track("d")], ["a", "b", "c"]),
        ([track("a"), track("b"), track("c"), identify("u1")], ["a", "b", "u1"]),
        ([track("a"), identify("u1"), track("b"), identify("u2")], ["a", "u1", "u2"]),
        ([identify("u1"), track("a"), track("b"), identify("u2"), identify("u3")], ["u1", "u2", "u3"]),
        ([identify("u1"), identify("u2"), identify("u3"), identify("u4")], ["u1", "u2", "u4"]),
        ([identify("u1"), identify("u2"), identify("u3"), track("a")], ["u1", "u2", "u3"]),
    ],
)
def test_a_full_queue_keeps_what_came_first_and_identify_rather_than_track(
    bare: Bare, calls: list[JsonObject], kept: list[str]
) -> None:
    bare.open_bare(plugin(sdk={"queue": 3}), answers=[works.after(5)], early=calls)
    bare.live()
    assert bare.reached_sdk() == [User(name, {}) if name.startswith("u") else Event(name, {}) for name in kept]
    (stats,) = bare.stats()
    assert (stats["received"], stats["sent"], stats["dropped"]) == (len(calls), 3, len(calls) - 3)


def test_a_call_is_sent_as_it_was_made_whatever_the_page_does_to_its_data_later(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works.after(5)])
    bare.run(
        """const items = [{sku: "a"}], traits = {address: {city: "Kyoto"}};
           const order = {type: "track", event: "Order", properties: {items}};
           send({type: "identify", userId: "u1", traits}, order);
           order.event = "changed"; items[0].sku = "changed"; items.push({}); traits.address.city = "changed";
           order.properties.more = true;"""
    )
    bare.live()
    assert bare.reached_sdk() == [
        User("u1", {"address": {"city": "Kyoto"}}),
        Event("Order", {"items": [{"sku": "a"}]}),
    ]


def test_what_is_no_plain_data_is_sent_as_json_has_it_when_the_call_is_made(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works.after(5)])
    bare.run(
        """const day = new Date(0), map = new Map([["a", 1]]), bytes = new Uint8Array([1]);
           class Money { constructor() { this.cents = 5; } toJSON() { return "0.05"; } }
           const properties = {day, map, bytes, text: new String("a"), address: new URL("https://shop.example/a"),
             price: new Money()};
           send({type: "track", event: "Odd", properties});
           day.setFullYear(2000); bytes[0] = 2;"""
    )
    bare.live()
    odd = {"map": {}, "bytes": {"0": 1}, "text": "a", "address": "https://shop.example/a", "price": "0.05"}
    assert bare.reached_sdk() == [Event("Odd", {"day": "1970-01-01T00:00:00.000Z", **odd})]


@pytest.mark.parametrize("when", ["before the SDK is there", "after"])
def test_data_that_cannot_be_sent_fails_its_own_call_only(bare: Bare, when: str) -> None:
    bare.open_bare(plugin(), answers=[works.after(5)])
    if when == "after":
        bare.live()
    bare.run(
        """const track = (event, properties) => send({type: "track", event, properties});
           track("before", {});
           track("bigint", {n: 12345678901234567890n, list: [1n]});
           const cycle = {}; cycle.self = [cycle];
           track("cycle", cycle);
           track("getter", {get no() { throw new Error("not for you"); }});
           const button = document.createElement("button"); button.owner = {button};
           button.toJSON = () => button.owner;
           track("element", {button});
           track("after", {});"""
    )
    bare.live()
    assert bare.reached_sdk() == [
        Event("before", {}),
        Event("bigint", {"n": "12345678901234567890", "list": ["1"]}),
        Event("after", {}),
    ]
    (stats,) = bare.stats()
    assert (stats["received"], stats["sent"], stats["failed"], stats["dropped"]) == (6, 3, 3, 0)
    cycle, getter, element = bare.page.evaluate("thrown")
    assert "RangeError" in cycle
    assert getter == "Error: not for you"
    assert "TypeError" in element


def test_a_page_that_goes_away_sends_what_is_left_at_once(bare: Bare) -> None:
    calls = [track(f"call {index}") for index in range(10)]
    bare.open_bare(plugin(), answers=[works], early=calls, before=SLOW)
    bare.live()
    assert 0 < len(bare.reached_sdk()) < 10
    bare.run("dispatchEvent(new Event('pagehide'))")
    arrives = [Event(f"call {index}", {}) for index in range(10)]
    assert bare.reached_sdk() == arrives
    bare.rest()
    assert bare.reached_sdk() == arrives


def test_a_page_that_comes_back_from_the_cache_goes_on(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works.after(5)], early=[track("early")])
    bare.run("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    bare.run("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    bare.send(track("back"))
    bare.live()
    bare.run("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    bare.send(track("again"))
    assert bare.reached_sdk() == [Event("early", {}), Event("back", {}), Event("again", {})]


def per_call(bare: Bare, calls: int, *, full: bool) -> float:
    """Milliseconds that a call costs when so many wait: to be sent, or to get into a queue that is full."""
    options = {"queue": calls if full else 0, "timeout": 300}
    never = SdkAnswer(lambda _, route: None)
    bare.open_bare(plugin(sdk=options), answers=[never], still=False)
    taken: float = bare.page.evaluate(
        """([calls, full]) => {
          for (let n = 0; n < calls; n += 1) plugins[0].track({event: {type: "track", event: "A"}});
          const start = performance.now();
          if (full) {
            const identify = {type: "identify", userId: "u1"};
            for (let n = 0; n < calls; n += 1) plugins[0].identify({event: identify});
          } else {
            window.got = 0;
            window._1flow = {logUser: () => {}, logEvent: () => { got += 1; }};
            // Which makes the plugin look for the SDK, and begin to send; the page goes away in the middle of it.
            document.dispatchEvent(new Event("load"));
            dispatchEvent(new Event("pagehide"));
            if (got !== calls) throw new Error(`${got} of ${calls} were sent`);
          }
          return (performance.now() - start) / calls;
        }""",
        [calls, full],
    )
    bare.forget_requests()
    return taken


@pytest.mark.parametrize("full", [False, True], ids=["sending", "identify into a full queue"])
def test_a_call_costs_the_same_however_many_wait(bare: Bare, full: bool) -> None:
    few, many = (per_call(bare, calls, full=full) for calls in (6_000, 96_000))
    assert many < 6 * few  # 16 times where each call moves all others


def test_the_calls_that_were_kept_are_sent_in_slices_in_order(bare: Bare) -> None:
    calls = [track(f"call {index}") for index in range(10)]
    bare.open_bare(plugin(), answers=[works], early=calls, before=SLOW)
    bare.live()
    bare.send(track("late"))
    assert Event("late") not in bare.reached_sdk()
    bare.rest()
    assert bare.reached_sdk() == [*(Event(f"call {index}", {}) for index in range(10)), Event("late", {})]


# The SDK


SWAP = "window._1flow = (...call) => later.push(call[1]);"
NEW_VERSION = SdkAnswer(lambda _, route: route.fulfill(content_type="text/javascript", body=SWAP))
ANOTHER_SCRIPT = """await new Promise(onload => document.head.append(
    Object.assign(document.createElement("script"), {src: "https://1flow.app/js/1flow.js", onload})));"""


@pytest.mark.parametrize("generation", ["commands"], indirect=True)  # the other is declared with const
@pytest.mark.parametrize("reuse", [True, False])
def test_what_takes_the_place_of_a_ready_sdk_gets_no_call_and_is_counted(bare: Bare, reuse: bool) -> None:
    bare.open_bare(plugin(sdk={"reuse": reuse}), answers=[works])
    bare.live()
    bare.run("window.later = [];" + SWAP)
    bare.send(track("one"), track("two"))
    assert bare.page.evaluate("later") == []
    assert bare.reached_sdk() == [Event("one", {}), Event("two", {})]
    assert [stats["replaced"] for stats in bare.stats()] == [1]


@pytest.mark.parametrize("generation", ["commands"], indirect=True)
def test_an_sdk_that_another_script_of_its_own_redefines_gets_the_later_calls(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works, NEW_VERSION])
    bare.live()
    bare.run("window.later = [];" + ANOTHER_SCRIPT)
    bare.send(track("one"))
    assert bare.page.evaluate("later") == ["one"]
    assert bare.reached_sdk() == []
    assert [stats["replaced"] for stats in bare.stats()] == [1]


@pytest.mark.parametrize("generation", ["methods"], indirect=True)
def test_an_sdk_whose_script_runs_is_preferred_to_an_object_that_was_there(bare: Bare) -> None:
    there = "window.earlier = []; window._1flow = {logUser() {}, logEvent(name) { earlier.push(name); }};"
    bare.open_bare(plugin(), answers=[works], early=[track("early")], before=there)
    bare.live()
    bare.run(ANOTHER_SCRIPT)
    bare.send(track("one"))
    assert bare.page.evaluate("earlier") == ["early"]
    bare.forgive("Failed to load resource")
    assert bare.reached_sdk() == [Event("one", {})]


@pytest.mark.parametrize("generation", ["commands"], indirect=True)
@pytest.mark.parametrize(
    "posing",
    [
        "window._1flow = {logUser: true};",
        "window._1flow = {logUser: true, logEvent: true};",
        "window._1flow = {logUser() {}};",
        """if (top === self)
          document.addEventListener("DOMContentLoaded", () => { const frame = document.createElement("iframe");
            frame.name = "_1flow"; document.body.append(frame);
            Object.assign(frame.contentWindow, {logUser() {}, logEvent() {}}); });""",
    ],
    ids=["no function", "no functions", "one function", "a frame"],
)
def test_what_poses_as_the_sdk_is_not_taken_for_it(bare: Bare, posing: str) -> None:
    bare.open_bare(plugin(), answers=[works], early=[track("early")], before=posing)
    bare.live()
    bare.rest()
    assert bare.reached_sdk() == [Event("early", {})]


LISTENERS = """
  window.listeners = [];
  const {addEventListener: add, removeEventListener: remove} = EventTarget.prototype;
  const key = (target, type, hear, capture) =>
    [target === document ? "document" : "window", type, !!capture].join();
  EventTarget.prototype.addEventListener = function (type, hear, capture) {
    const target = this || window;
    if (/1flow.min/.test(new Error().stack)) listeners.push([key(target, type, hear, capture), hear]);
    return add.call(target, type, hear, capture);
  };
  EventTarget.prototype.removeEventListener = function (type, hear, capture) {
    const target = this || window;
    const gone = key(target, type, hear, capture);
    window.listeners = listeners.filter(([name, other]) => name !== gone || other !== hear);
    return remove.call(target, type, hear, capture);
  };
"""


@pytest.mark.parametrize("generation", ["commands"], indirect=True)
@pytest.mark.parametrize("waits", ["an instance", "a var"])
@pytest.mark.parametrize(("answer", "left"), [(works, ["window,pagehide,false"]), (blocked, [])])
def test_the_plugin_stops_listening_once_it_is_ready_or_has_given_up(
    bare: Bare, answer: SdkAnswer, left: list[str], waits: str
) -> None:
    declared = "window.instance = window.analytics; delete window.analytics;" if waits == "a var" else ""
    head = (
        "<script>var analytics;</script>"
        "<script>addEventListener('DOMContentLoaded', () => { analytics = instance; })</script>"
        if declared
        else ""
    )
    bare.open_bare(plugin(), answers=[answer], before=declared + LISTENERS, head=head)
    bare.live()
    assert bare.page.evaluate("listeners.map(([name]) => name)") == left
    bare.forgive("Failed to load resource")


def test_an_sdk_that_is_removed_keeps_getting_calls(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works])
    bare.live()
    bare.run("delete window._1flow")
    bare.send(track("one"))
    assert bare.reached_sdk() == [Event("one", {})]


def asked_on(bare: Bare) -> int:
    """How many scripts of the SDK's are in the page."""
    return bare.page.locator(f"script[src='{bare.sdk_address}']").count()


def test_after_a_timeout_another_script_is_put_into_the_page(bare: Bare) -> None:
    """Which some browsers ask for anew, while the first one may still come."""
    bare.open_bare(plugin(), answers=[works.after(None)])
    assert asked_on(bare) == 1
    bare.pass_time(10)
    bare.pass_time(0.6)
    assert asked_on(bare) == 2


def test_a_foreign_script_that_ends_does_not_end_an_attempt(bare: Bare) -> None:
    bare.open_bare(plugin(sdk={"retries": 0}), answers=[works.after(None)])
    bare.run(
        """const other = document.createElement("script");
           other.type = "text/plain"; other.src = document.scripts[0].src; document.body.append(other);
           other.dispatchEvent(new Event("load")); other.dispatchEvent(new Event("error"));"""
    )
    bare.pass_time(9)
    (stats,) = bare.stats()
    assert stats["state"] == "loading"


def test_the_network_s_return_begins_an_attempt_only_in_a_pause(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[blocked.after(3)])
    online = "dispatchEvent(new Event('online')); dispatchEvent(new Event('online'));"
    bare.run(online)
    assert asked_on(bare) == 1
    bare.live()
    bare.run(online)
    assert (asked_on(bare), bare.stats()[0]["attempts"]) == (0, 3)
    bare.forgive("Failed to load resource")


def test_the_policy_for_trusted_types_knows_one_address(bare: Bare) -> None:
    bare.open_bare(
        plugin(),
        answers=[works],
        before="""const {createPolicy} = TrustedTypePolicyFactory.prototype;
          TrustedTypePolicyFactory.prototype.createPolicy = function (name, rules) {
            window.policies = [...(window.policies || []), [name, rules.createScriptURL("https://evil.example/x.js")]];
            return createPolicy.call(this, name, rules);
          };""",
    )
    bare.live()
    assert bare.page.evaluate("policies") == [["flowplug", bare.sdk_address]]


@pytest.mark.parametrize("right", [True, False])
def test_the_sdk_is_held_to_its_integrity(bare: Bare, right: bool) -> None:
    source = sdk_source(bare.generation)
    digest = base64.b64encode(hashlib.sha384(source if right else b"").digest()).decode()
    headers = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
    answer = SdkAnswer(lambda _, route: route.fulfill(headers=headers, body=source))
    options = {"crossorigin": "anonymous", "integrity": f"sha384-{digest}", "retries": 0}
    bare.open_bare(plugin(sdk=options), answers=[answer], early=[track("early")])
    bare.live()
    assert bare.stats()[0]["state"] == ("ready" if right else "failed")
    assert bare.sdk_requests[0].headers["origin"] == bare.origin
    bare.forgive("integrity")


def test_the_sdk_is_asked_for_when_the_page_is_idle(bare: Bare) -> None:
    recorder = "window.requestIdleCallback = run => { window.whenIdle = run; };"
    bare.open_bare(plugin(sdk={"start": "idle"}), answers=[works], before=recorder, still=False)
    bare.page.wait_for_function("!!window.whenIdle")
    assert asked_on(bare) == 0
    bare.run("whenIdle()")
    bare.page.wait_for_function("plugins[0].isLoaded()")


def test_a_stub_before_the_plugin_is_none_later_whenever_it_begins(bare: Bare) -> None:
    """The page's own script has run by then, and left no SDK."""
    bare.open_bare(
        plugin(sdk={"start": "load"}),
        answers=[replaced_by(""), works],
        early=[track("early")],
        before=f"""window._1flow = () => {{ throw new Error("the stub was called"); }};
          const script = Object.assign(document.createElement("script"), {{src: "{bare.sdk_address}"}});
          document.addEventListener("DOMContentLoaded", () => document.head.append(script));""",
    )
    bare.page.wait_for_load_state("load")
    bare.live()
    assert bare.reached_sdk() == [Event("early", {})]


def test_an_sdk_that_throws_is_said_once_for_each_call(bare: Bare) -> None:
    broken = "window._1flow = (command, name) => { throw new Error(`broken at ${name}`); };"
    bare.open_bare(
        plugin(),
        answers=[replaced_by(broken)],
        early=[track("a"), track("b")],
    )
    bare.live()
    bare.send(track("c"))
    assert [text[:60].split("at ")[1][0] for text in bare.problems] == ["a", "b", "c"]
    assert bare.page.evaluate("thrown") == []
    bare.forgive("broken at")


def test_what_two_subscriptions_send_is_counted_call_by_call(bare: Bare) -> None:
    two = [{"name": name, "partnerAction": "trackEvent", "subscribe": 'type = "track"'} for name in ("one", "two")]
    broken = "window._1flow = () => { throw new Error('broken'); };"
    bare.open_bare(
        plugin(subscriptions=[*two[:1], {**two[1], "mapping": {"event_name": "again"}}]),
        answers=[replaced_by(broken)],
    )
    bare.live()
    bare.send(track("a"))
    (stats,) = bare.stats()
    assert [stats[name] for name in ("received", "matched", "sent", "failed")] == [1, 2, 0, 2]
    bare.forgive("broken")


def test_a_page_that_is_offline_for_long_waits_for_the_network_without_a_timer(bare: Bare) -> None:
    offline = SdkAnswer(lambda _, route: route.abort("internetdisconnected"))
    bare.page.context.set_offline(True)
    bare.open_bare(plugin(), answers=[offline, works], early=[track("early")], still=False)
    bare.page.wait_for_function("look().ended === 1")
    (stats,) = bare.stats()
    assert (stats["state"], stats["attempts"], stats["queued"]) == ("loading", 1, 1)
    assert bare.page.evaluate("look().due") == []
    bare.page.context.set_offline(False)
    bare.page.wait_for_function("sdkCalls.length === 1")
    (stats,) = bare.stats()
    assert (stats["state"], stats["attempts"], stats["sent"]) == ("ready", 2, 1)
    bare.forgive("Failed to load resource")


def test_a_prerendered_page_loads_nothing_until_it_is_seen(bare: Bare) -> None:
    prerendering = "Object.defineProperty(Document.prototype, 'prerendering', {configurable: true, value: true});"
    bare.open_bare(plugin(), answers=[works], early=[track("early")], before=prerendering)
    bare.page.wait_for_load_state("load")
    (stats,) = bare.stats()
    assert (stats["state"], stats["queued"], bare.sdk_requests) == ("loading", 1, [])
    bare.run("delete Document.prototype.prerendering; document.dispatchEvent(new Event('prerenderingchange'))")
    bare.live()
    assert bare.reached_sdk() == [Event("early", {})]


@pytest.mark.parametrize("start", ["load", "idle"])
def test_the_sdk_is_asked_for_after_the_page_has_loaded(bare: Bare, start: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:  # Playwright takes no method of a list
        held.append(route)

    bare.page.route(f"{bare.origin}/slow.png", hold)
    bare.open_bare(
        plugin(sdk={"start": start}),
        answers=[works],
        early=[track("early")],
        head="<link rel='icon' href='data:,'><img src='/slow.png'>",
        still=False,
    )
    assert bare.sdk_requests == []
    with bare.page.expect_request(bare.sdk_address):
        held[0].fulfill(body="")
    bare.page.wait_for_function("window.sdkCalls.length === 1")
    assert bare.reached_sdk() == [Event("early", {})]


@pytest.mark.parametrize("start", ["load", "idle"])
def test_an_image_that_hangs_holds_back_the_sdk_no_longer_than_five_seconds(bare: Bare, start: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:  # Playwright takes no method of a list
        held.append(route)

    bare.page.route(f"{bare.origin}/slow.png", hold)
    bare.open_bare(
        plugin(sdk={"start": start}),
        answers=[works],
        early=[track("early")],
        head="<link rel='icon' href='data:,'><img src='/slow.png'>",
    )
    assert (bare.sdk_requests, bare.stats()[0]["waitsFor"]) == ([], "load")
    assert bare.live() == 5
    assert bare.page.evaluate("document.readyState") == "interactive"
    assert bare.reached_sdk() == [Event("early", {})]
    held[0].fulfill(body="")
    bare.page.wait_for_load_state("load")
    assert (len(bare.sdk_requests), bare.stats()[0]["attempts"]) == (1, 1)


# A page that has preloaded the SDK

STUB = "window._1flow = () => { throw new Error('the stub was called'); };"
PRELOAD = "<link rel='preload' as='script' href='{}'>"


def preload_and_start(bare: Bare, answers: list[SdkAnswer], *, head: str, before: str = "") -> None:
    """Start the plugin, with a call, on a page where the SDK has been preloaded."""
    preload = "<link rel='icon' href='data:,'>" + PRELOAD.format(bare.sdk_address)
    bare.open_bare(b"", answers=answers, before=before, head=preload + head, early=[track("early")], still=False)
    bare.page.wait_for_function(f"performance.getEntriesByName('{bare.sdk_address}').length === 1")
    bare.page.add_script_tag(content=plugin().decode())


def test_a_preloaded_sdk_whose_script_waits_for_consent_is_not_loaded(bare: Bare) -> None:
    script = f"<script type='text/plain' src='{bare.sdk_address}'></script>"
    preload_and_start(bare, [works], head=script)
    assert asked_on(bare) == 1
    (stats,) = bare.stats()
    assert (stats["state"], stats["queued"]) == ("loading", 1)


def test_a_preloaded_sdk_whose_script_is_on_its_way_is_waited_for(bare: Bare) -> None:
    """Here the browser asks for it again, since the link says nothing of CORS."""
    held: list[Route] = []
    script = f"<script async crossorigin data-api-key='{KEY}' src='{bare.sdk_address}'></script>"
    in_flight = SdkAnswer(lambda _, route: held.append(route))
    preload_and_start(bare, [works, in_flight], head=script, before=STUB)
    bare.send(track("late"))
    assert (asked_on(bare), bare.stats()[0]["queued"]) == (1, 2)
    headers = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
    held[0].fulfill(headers=headers, body=sdk_source(bare.generation))
    bare.page.wait_for_function("sdkCalls.length === 2")
    assert bare.reached_sdk() == [Event("early", {}), Event("late", {})]
    assert asked_on(bare) == 1


# What it costs


def test_a_blocked_sdk_costs_four_timers_at_most_and_none_later(bare: Bare) -> None:
    calls = [track(f"call {index}") for index in range(1000)]
    bare.open_bare(plugin(), answers=[blocked], early=calls)
    bare.live()
    bare.forgive("Failed to load resource")
    assert bare.page.evaluate("timers.fired") <= 4
    assert bare.rest(60) == {"live": 0, "fired": 0}
    (stats,) = bare.stats()
    assert (stats["state"], stats["dropped"], stats["queued"]) == ("failed", 1000, 0)


@pytest.mark.only_browser("chromium")  # the others tell neither their heap nor their long tasks
def test_100000_calls_hold_as_much_memory_as_the_queue_and_make_no_long_task(bare: Bare) -> None:
    held: list[Route] = []
    bare.open_bare(
        plugin(sdk={"timeout": 300}),
        answers=[SdkAnswer(lambda _, route: held.append(route))],
        still=False,
        before="""window.long = [];
          new PerformanceObserver(list => long.push(...list.getEntries().map(entry => entry.duration)))
            .observe({type: "longtask"});""",
    )
    # A machine that is busy makes long tasks too, but not time after time.
    for _ in range(3):
        long_tasks = make_100000_calls(bare, held)
        if not long_tasks:
            break
        held.clear()
        bare.page.reload(wait_until="domcontentloaded")
    assert long_tasks == []


def make_100000_calls(bare: Bare, held: list[Route]) -> list[float]:
    """See that a thousand are held, and sent in order when the SDK comes; the tasks that took over 50 ms."""
    session = bare.page.context.new_cdp_session(bare.page)

    def used() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    before = used()
    bare.run(
        """const task = () => new Promise(begin => {
             const {port1, port2} = new MessageChannel();
             port1.onmessage = begin;
             port2.postMessage(0);
           });
           const text = "x".repeat(100);
           for (let n = 0; n < 100000; n += 1) {
             if (n % 500 === 0) await task();
             plugins[0].track({event: {type: "track", event: `call ${n}`, properties: {n, text: text + n}}});
           }"""
    )
    held_by_the_queue = used() - before
    assert held_by_the_queue < 2_000_000  # a thousand calls of less than 2 kB
    (stats,) = bare.stats()
    assert (stats["queued"], stats["dropped"]) == (1000, 99_000)

    slow_sdk = """window._1flow = (command, name) => {
        sdkCalls.push(name);
        for (const end = performance.now() + 0.2; performance.now() < end; ) {}
      };"""
    held[0].fulfill(content_type="text/javascript", body=slow_sdk)
    bare.page.wait_for_function("window.sdkCalls.length === 1000")
    assert bare.page.evaluate("sdkCalls") == [f"call {n}" for n in range(1000)]
    return list(bare.page.evaluate("long.filter(duration => duration > 50)"))


# What is switched off


@pytest.mark.parametrize("start", ["now", "load", "idle"])
def test_the_plugin_with_everything_off_still_sends_each_call_once(bare: Bare, start: str) -> None:
    project = {**OFF, "sdk": {**OFF["sdk"], "start": start}}
    bare.open_bare(plugin(**project), answers=[works], early=[identify("u1"), track("early")], still=False)
    bare.page.wait_for_function("window.sdkCalls.length === 2")
    bare.send(track("late"))
    arrives: list[Arrival] = [User("u1", {}), Event("early", {}), Event("late", {})]
    assert bare.reached_sdk() == arrives
    bare.expect_all(arrives)


def test_the_plugin_with_everything_off_rejects_once_where_the_sdk_fails(bare: Bare) -> None:
    bare.open_bare(plugin(**OFF), answers=[blocked], early=[track("early")], still=False)
    bare.page.wait_for_function("rejections.length === 1")
    bare.send(track("late"))
    assert bare.page.evaluate("plugins[0].ready()") is False
    assert bare.page.evaluate("thrown") == []
    bare.forgive("Failed to load resource")


# With Analytics.js


def test_middleware_changes_what_is_sent(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do=f"""analytics.addDestinationMiddleware("{NAME}", ({{payload, next, integration}}) => {{
                 payload.obj.properties.seen = integration;
                 next(payload);
               }});
               const properties = {{score: 5}};
               const context = await analytics.track("Tasted", properties);
               if ("seen" in {{...properties, ...context.event.properties}}) throw new Error("not a copy");""",
        arrives=[Event("Tasted", {"score": 5, "seen": NAME})],
    )


@pytest.mark.parametrize(
    "drop", ["", "next(null);", "await null; next(null);"], ids=["no next", "null", "late null"]
)
def test_middleware_drops_calls(shop: Shop, drop: str) -> None:
    shop.open()
    shop.expect(
        do=f"""analytics.addDestinationMiddleware("{NAME}", async ({{payload, next}}) => {{
                 if (payload.obj.event !== "Secret") return next(payload);
                 {drop}
               }});
               analytics.track("Secret"); analytics.track("Open"); analytics.identify("u1");""",
        arrives=[Event("Open", {}), User("u1", {})],
    )


def test_middleware_runs_in_the_order_in_which_it_was_added(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do=f"""const add = letter => ({{payload, next}}) => {{ payload.obj.event += letter; next(payload); }};
               const only = fn => input =>
                 input.payload.obj.event.startsWith("T") ? fn(input) : input.next(input.payload);
               analytics.addDestinationMiddleware("{NAME}", only(add("a")), only(add("b")));
               analytics.addDestinationMiddleware("{NAME}", only(add("c")));
               await analytics.track("Tasted ");""",
        arrives=[Event("Tasted abc", {})],
    )


def test_what_one_middleware_drops_no_other_sees(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do=f"""window.saw = [];
               analytics.addDestinationMiddleware("{NAME}",
                 ({{payload, next}}) => next(payload.obj.event === "Secret" ? null : payload),
                 ({{payload, next}}) => {{ saw.push(payload.obj.event); next(payload); }});
               await analytics.track("Secret"); await analytics.track("Open");""",
        arrives=[Event("Open", {})],
    )
    assert "Secret" not in shop.page.evaluate("saw")
    assert shop.page.evaluate(f"({PLUGIN}).stats().failed") == 0


def test_middleware_that_throws_costs_its_own_call_only(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do=f"""analytics.addDestinationMiddleware("{NAME}", ({{payload, next}}) => {{
                 if (payload.obj.event === "Odd") throw new Error("odd");
                 next(payload);
               }});
               await analytics.track("Odd"); await analytics.track("Even");""",
        arrives=[Event("Even", {})],
    )
    assert shop.page.evaluate(f"({PLUGIN}).stats().failed") == 1


def test_an_event_goes_to_middleware_as_it_was_when_it_was_handed_over(bare: Bare) -> None:
    bare.open_bare(plugin(), answers=[works])
    bare.live()
    bare.run(
        """const [plugin] = plugins;
           plugin.addMiddleware(({payload, next}) => next(payload));
           const event = {type: "track", event: "A", timestamp: new Date(0), properties: {n: 1}};
           const sent = plugin.track({event});
           event.properties.n = 2;
           await sent;"""
    )
    assert bare.reached_sdk() == [Event("A", {"n": 1})]


def test_an_event_that_another_plugin_holds_up_and_analytics_js_delivers_again_is_sent_once(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do="""let delivered = 0;
              await analytics.register({
                name: "another", type: "before", version: "1", isLoaded: () => true, load: async () => {},
                track: ctx => {
                  if (ctx.event.event === "Tasted" && !delivered++) throw new Error("not now");
                  return ctx;
                },
              });
              await analytics.track("Tasted");""",
        arrives=[Event("Tasted", {})],
    )


def test_an_event_that_another_destination_asks_for_again_is_sent_once(shop: Shop) -> None:
    """Though Analytics.js hands it to every destination again."""
    shop.open()
    shop.expect(
        do="""window.delivered = 0;
              await analytics.register({
                name: "another", type: "destination", version: "1", isLoaded: () => true, load: async () => {},
                track: ctx => {
                  if (ctx.event.event !== "Tasted" || delivered++) return ctx;
                  try {
                    ctx.cancel();
                  } catch ({ constructor: Cancelation }) {
                    throw new Cancelation({retry: true, reason: "not now", type: "middleware_cancellation"});
                  }
                },
              });
              await analytics.track("Tasted");""",
        arrives=[Event("Tasted", {})],
    )
    assert shop.page.evaluate("delivered") == 2


def test_a_page_change_in_a_single_page_site_loads_and_sends_nothing(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do='history.pushState({}, "", "/elsewhere"); await analytics.page(); await analytics.track("After")',
        arrives=[Event("After", {})],
    )
    assert len(shop.sdk_requests) == 1


def test_reset_sends_nothing_and_breaks_nothing(shop: Shop) -> None:
    shop.open()
    shop.expect(
        do='await analytics.identify("u1"); await analytics.reset(); await analytics.track("After"); '
        'await analytics.identify("u2")',
        arrives=[User("u1", {}), Event("After", {}), User("u2", {})],
    )


def test_a_second_plugin_of_the_name_is_warned_of_once_and_sends_no_call_again(shop: Shop) -> None:
    shop.open()
    assert shop.warnings == []
    shop.page.add_script_tag(content=plugin().decode())
    shop.page.wait_for_function(
        f'(analytics.instance || analytics).queue.plugins.filter(({{name}}) => name === "{NAME}").length === 4'
    )
    shop.expect(do='await analytics.track("Tasted")', arrives=[Event("Tasted", {})])
    assert shop.warnings == [f"{NAME} registered twice", f"{NAME} registered late"]
    assert len(shop.sdk_requests) == 1


def test_segments_own_destination_beside_the_plugin_is_warned_of_once(shop: Shop) -> None:
    """As Analytics.js makes it of a remote plugin: one wrapper for each of its actions, all of the same name."""
    source = """window.theirs = () => ["trackEvent", "identifyUser"].map(action => (
      {name: `NAME ${action}`, type: "destination", version: "1", isLoaded: () => true, load: async () => {}}));
    """
    serve_remote_plugin(shop, source.replace("NAME", NAME))
    shop.open()
    shop.run('await analytics.track("Tasted")')
    names = shop.page.evaluate("(analytics.instance || analytics).queue.plugins.map(({name}) => name)")
    assert names.count(NAME) == 4
    assert shop.warnings == [f"{NAME} registered twice"]
