"""Installed as `build` says, the plugin gets every call, also the page's first ones, whatever is slow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Route

import flowplug
from flowplug.policies import NONCE, policies
from tests.browser.shop import Shop
from tests.browser.watched import NAME, Arrival, Event, User
from tests.browser.watched import PLUGIN as FOUND
from tests.support.projects import EVERYTHING

CALLS = """<script>
  analytics.page("Home");
  analytics.track("First");
  analytics.identify("u1", {plan: "pro"});
</script>"""
FIRST: list[Arrival] = [Event("First"), User("u1", {"plan": "pro"})]

SNIPPET = '<script src="/static/demo/snippet.js"></script>'
ANALYTICS_NEXT = '<script src="/analytics-next/bundles/index.js"></script>'
NPM = ANALYTICS_NEXT + '<script src="/static/demo/npm.js"></script>'

BUNDLE = flowplug.build(flowplug.load(EVERYTHING))
INLINE = BUNDLE["1flow.html"].content.decode()

PLUGIN = "plugin"
"""Stands for what `build` gives, among the parts of a page."""

# What is in the page around it, by its place.
PLACES = {
    "before the snippet": (PLUGIN, SNIPPET, CALLS),
    "after the snippet": (SNIPPET, PLUGIN, CALLS),
    "after the first calls": (SNIPPET, CALLS, PLUGIN),
    "before AnalyticsBrowser.load": (PLUGIN, NPM, CALLS),
    "after AnalyticsBrowser.load": (NPM, PLUGIN, CALLS),
    "after AnalyticsBrowser.load and the first calls": (NPM, CALLS, PLUGIN),
}


def open_page(shop: Shop, *parts: str, plugin: str = INLINE, policy: str | None = None) -> None:
    """Open a page of these parts, whose network the tests answer."""
    head = "".join(plugin if part == PLUGIN else part for part in parts)
    body = f"<!doctype html><html data-write-key='demo'><head>{head}</head>"
    headers = {"Content-Security-Policy": policy} if policy else {}
    shop.page.route(
        f"{shop.origin}/installed",
        lambda route: route.fulfill(content_type="text/html", body=body, headers=headers),
    )
    shop.page.goto(f"{shop.origin}/installed", wait_until="domcontentloaded")


def hold(shop: Shop, address: str) -> list[Route]:
    """Keep the requests for an address unanswered."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    shop.page.route(address, keep)
    return held


def held_of(shop: Shop, held: list[Route]) -> Route:
    """The request that is kept unanswered, as soon as it is."""
    while not held:
        shop.page.evaluate("0")  # lets the handlers of requests run
    return held.pop()


def serve_plugin(route: Route) -> None:
    route.fulfill(content_type="text/javascript", body=BUNDLE["1flow.min.js"].content)


@pytest.mark.parametrize("place", PLACES)
def test_inside_the_page_it_loses_no_call_wherever_it_stands(shop: Shop, place: str) -> None:
    open_page(shop, *PLACES[place])
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize(
    "before",
    [
        "window.analytics = window.analytics || [];",
        "window.analytics = []; window.analytics.push(['ready', () => {}]);",
        "window.analytics = {page: 'a global of another kind'};",
        "var analytics;",
        "var analytics = [];",
    ],
)
def test_it_registers_when_an_instance_takes_the_place_of_what_was_there(shop: Shop, before: str) -> None:
    open_page(shop, f"<script>{before}</script>", INLINE, NPM, CALLS)
    shop.expect_all(FIRST)
    assert shop.warnings == []
    assert shop.page.evaluate("Object.getOwnPropertyDescriptor(window, 'analytics').writable")
    ours = f'analytics.instance.queue.plugins.filter(({{ name, identify }}) => name === "{NAME}" && identify)'
    assert shop.page.evaluate(f"{ours}.length") == 1


@pytest.mark.parametrize("declared", ["var analytics;", "var analytics = [];"])
def test_it_registers_when_a_script_inside_the_page_assigns_what_was_declared_with_var(
    shop: Shop, declared: str
) -> None:
    load = """<script>
      analytics = AnalyticsNext.AnalyticsBrowser.load(
        { writeKey: "demo", cdnURL: location.origin }, { integrations: { "Segment.io": false } }
      );
    </script>"""
    open_page(shop, f"<script>{declared}</script>", INLINE, ANALYTICS_NEXT, load, CALLS)
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize("early", [True, False])
def test_an_element_with_the_name_of_a_placeholder_is_none(shop: Shop, early: bool) -> None:
    plugin = flowplug.build(flowplug.load({**EVERYTHING, "plugin": {"early": early}}))[
        "1flow.html"
    ].content.decode()
    parts = (plugin, SNIPPET) if early else (SNIPPET, plugin)
    open_page(shop, '<meta id="_flowplug" name="_flowplug"><form name="_flowplug"></form>', *parts, CALLS)
    shop.expect_all(FIRST)


def test_it_registers_once_when_the_snippet_goes_on_with_the_array_that_was_there(shop: Shop) -> None:
    open_page(shop, "<script>window.analytics = window.analytics || [];</script>", INLINE, SNIPPET, CALLS)
    shop.expect_all(FIRST)
    shop.page.wait_for_function("analytics.initialized")
    assert shop.warnings == []
    assert shop.page.evaluate("Object.getOwnPropertyDescriptor(window, 'analytics').writable")


@pytest.mark.parametrize("fragment", ["1flow.html", "1flow.async.html"])
def test_inside_the_page_it_waits_for_a_tag_manager_that_brings_analytics_js(shop: Shop, fragment: str) -> None:
    shop.page.route(f"{shop.origin}/1flow.min.js", serve_plugin)
    open_page(shop, PLUGIN, plugin=BUNDLE[fragment].content.decode())
    shop.page.wait_for_load_state()
    shop.page.evaluate(
        """async calls => {
          const tag = Object.assign(document.createElement("script"), { src: "/static/demo/snippet.js" });
          await new Promise(resolve => { tag.onload = resolve; document.body.append(tag); });
          document.body.append(Object.assign(document.createElement("script"), { text: calls }));
        }""",
        CALLS.removeprefix("<script>").removesuffix("</script>"),
    )
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize("place", ["after the snippet", "after AnalyticsBrowser.load"])
def test_inside_the_page_it_loses_no_call_when_analytics_js_comes_late(shop: Shop, place: str) -> None:
    settings = hold(shop, "**/settings")
    with shop.page.expect_request("**/settings"):
        open_page(shop, *PLACES[place])
    shop.page.wait_for_load_state()
    shop.run("")  # what the page has asked for before this answer is held by now
    held_of(shop, settings).continue_()
    shop.expect_all(FIRST)


def test_a_file_that_the_page_waits_for_before_the_snippet_loses_no_call(shop: Shop) -> None:
    shop.page.route(f"{shop.origin}/1flow.min.js", serve_plugin)
    open_page(shop, '<script src="/1flow.min.js"></script>', SNIPPET, CALLS)
    shop.expect_all(FIRST)


@pytest.mark.parametrize("host", [SNIPPET, NPM], ids=["snippet", "npm"])
def test_a_file_that_comes_after_the_first_events_says_so_once_and_gets_the_later_ones(
    shop: Shop, host: str
) -> None:
    plugin = hold(shop, f"{shop.origin}/1flow.min.js")
    open_page(shop, host, CALLS, '<script async src="/1flow.min.js"></script>')
    shop.page.wait_for_function("(analytics.instance || analytics).initialized")
    serve_plugin(held_of(shop, plugin))
    shop.until_loaded()
    shop.expect(do='analytics.track("Later")', arrives=[Event("Later")])
    assert Event("First") not in shop.arrivals()
    assert shop.warnings == ["1Flow Web (Actions) registered late"]
    shop.run("await new Promise(resolve => analytics.ready(resolve))")
    assert shop.page.evaluate(f"{FOUND}.stats().late") is True


# The placeholder, and the script that comes later


class Async:
    """A page with `1flow.async.html`, whose script is held until it is released."""

    def __init__(self, shop: Shop, **tables: Any) -> None:
        self.shop = shop
        self.bundle = flowplug.build(flowplug.load({**EVERYTHING, **tables}))
        self.fragment = self.bundle["1flow.async.html"].content.decode()
        self.held = hold(shop, f"{shop.origin}/1flow.min.js")

    def open(self, *parts: str, fragment: str = "", policy: str | None = None) -> None:
        with self.shop.page.expect_request("**/1flow.min.js"):
            open_page(self.shop, *parts, plugin=fragment or self.fragment, policy=policy)

    def release(self) -> None:
        """Answer with the script, as a server with files for other origins does."""
        held_of(self.shop, self.held).fulfill(
            content_type="text/javascript",
            body=self.bundle["1flow.min.js"].content,
            headers={"Access-Control-Allow-Origin": "*"},
        )

    def until_sent(self) -> None:
        """Wait until Analytics.js has handed on every call made so far."""
        self.shop.page.wait_for_function("window.analytics && (analytics.instance || analytics).initialized")
        self.shop.run('await analytics.track("Until sent")')


UNTIL_SENT = Event("Until sent")
GIVEN_UP = "1Flow Web (Actions) Error: 1flow.min.js failed"


@pytest.mark.parametrize("place", PLACES)
def test_a_placeholder_loses_no_call_when_its_script_comes_at_once(shop: Shop, place: str) -> None:
    page = Async(shop)
    page.open(*PLACES[place])
    page.release()
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize("place", PLACES)
def test_a_placeholder_loses_no_call_when_its_script_comes_after_the_first_events(shop: Shop, place: str) -> None:
    page = Async(shop)
    page.open(*PLACES[place])
    page.until_sent()
    assert shop.sdk_requests == []
    page.release()
    shop.until_loaded()
    shop.run('await analytics.track("Later")')
    shop.expect_all([*FIRST, UNTIL_SENT, Event("Later")])
    assert shop.warnings == []


@pytest.mark.parametrize("place", ["before the snippet", "after AnalyticsBrowser.load"])
def test_a_placeholder_loses_no_call_when_its_script_comes_before_analytics_js(shop: Shop, place: str) -> None:
    settings = hold(shop, "**/settings")
    page = Async(shop)
    with shop.page.expect_request("**/settings"):
        page.open(*PLACES[place])
    page.release()
    shop.page.wait_for_function("!window._flowplug")
    held_of(shop, settings).continue_()
    shop.expect_all(FIRST)
    assert shop.warnings == []


@pytest.mark.parametrize("early", [True, False])
def test_a_placeholder_finds_analytics_js_under_another_name(shop: Shop, early: bool) -> None:
    page = Async(shop, plugin={"analyticsGlobal": "ajs", "early": early})
    page.open(SNIPPET, "<script>window.ajs = window.analytics;</script>", PLUGIN, CALLS)
    page.until_sent()
    page.release()
    shop.expect_all([*FIRST, UNTIL_SENT])
    assert shop.warnings == []


@pytest.mark.parametrize("name", ["", " trackEvent", " identifyUser"])
def test_a_placeholder_keeps_no_call_that_opts_out(shop: Shop, name: str) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN)
    page.until_sent()
    off = f'{{integrations: {{"1Flow Web (Actions){name}": false}}}}'
    shop.run(
        f'analytics.track("Out", {{}}, {off}); analytics.track("In"); await analytics.track("Out", {{}}, {off})'
    )
    page.release()
    shop.expect_all([UNTIL_SENT, Event("In")])


@pytest.mark.parametrize("released", ["before", "after"])
def test_an_event_that_a_placeholder_keeps_and_analytics_js_delivers_again_is_sent_once(
    shop: Shop, released: str
) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN)
    page.until_sent()
    shop.run(
        """window.delivered = 0;
           await analytics.register({
             name: "another", type: "destination", version: "1", isLoaded: () => true, load: async () => {},
             track: ctx => {
               if (delivered++) return ctx;
               try {
                 ctx.cancel();
               } catch ({ constructor: Cancelation }) {
                 throw new Cancelation({retry: true, reason: "not now", type: "middleware_cancellation"});
               }
             },
           });
           window.tasted = analytics.track("Tasted");"""
    )
    shop.page.wait_for_function("delivered")
    if released == "before":
        page.release()
    shop.page.wait_for_function("delivered === 2")
    if released == "after":
        page.release()
    shop.until_loaded()
    shop.run('await tasted; await analytics.track("Later")')
    shop.expect_all([UNTIL_SENT, Event("Tasted"), Event("Later")])


def test_no_call_that_opts_out_is_sent_while_a_placeholder_gives_way(shop: Shop) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN)
    page.until_sent()
    off = '{integrations: {"1Flow Web (Actions) identifyUser": false}}'
    shop.page.evaluate(
        f"""() => {{
          window.done = false;
          const wait = () => {{
            if (window._flowplug) return setTimeout(wait);
            analytics.identify("u1", {{}}, {off}).then(() => analytics.track("In")).then(() => {{ done = true; }});
          }};
          wait();
        }}"""
    )
    page.release()
    shop.page.wait_for_function("done")
    shop.expect_all([UNTIL_SENT, Event("In")])


def test_middleware_that_was_added_before_the_script_came_applies_once_from_then_on(shop: Shop) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN, CALLS)
    page.until_sent()
    shop.run(
        """
        await analytics.addDestinationMiddleware("*", ({ payload, next }) => {
          payload.obj.event += "!";
          next(payload);
        });
        await analytics.track("Early");
        """
    )
    page.release()
    shop.until_loaded()
    shop.run('await analytics.track("Later")')
    shop.expect_all([*FIRST, UNTIL_SENT, Event("Early!"), Event("Later!")])


def test_what_a_page_changes_in_its_data_does_not_change_what_a_placeholder_keeps(shop: Shop) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN)
    page.until_sent()
    shop.run('const cart = {items: ["a"]}; await analytics.track("Cart", cart); cart.items.push("b")')
    page.release()
    shop.expect_all([UNTIL_SENT, Event("Cart", {"items": ["a"]})])


def test_the_placeholder_becomes_the_plugin_and_leaves_nothing(shop: Shop) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN, CALLS)
    page.until_sent()
    ready = "window.done = 0; analytics.ready(() => { window.done = findPlugin().stats().state; })"
    shop.run(ready)
    page.release()
    shop.page.wait_for_function("window.done")
    assert shop.page.evaluate(
        "[done, analytics.queue.plugins.filter(({ name }) => name === findPlugin().name).length,"
        " findPlugin().stats().received, findPlugin().stats().late, window._flowplug]"
    ) == ["ready", 2, 3, False, None]


def test_ready_does_not_wait_for_a_plugin_that_waits_for_consent(shop: Shop) -> None:
    page = Async(shop, consent={"categories": ["Analytics"]})
    page.open(SNIPPET, PLUGIN, CALLS)
    ready = "await new Promise(resolve => analytics.ready(resolve))"
    shop.run(ready)
    page.until_sent()
    page.release()
    shop.page.wait_for_function("!window._flowplug")
    shop.run(ready)
    assert shop.page.evaluate(f"{FOUND}.stats().noConsent") == len(FIRST) + 1
    assert (shop.arrivals(), shop.sdk_requests) == ([], [])


def test_a_placeholder_keeps_as_many_events_of_each_type_as_the_queue_does(shop: Shop) -> None:
    page = Async(shop, sdk={"queue": 2})
    page.open(SNIPPET, PLUGIN)
    shop.page.wait_for_function("analytics.initialized")
    shop.run(
        'for (const name of ["A", "B", "C"]) await analytics.track(name);'
        'for (const user of ["u1", "u2"]) await analytics.identify(user);'
    )
    page.release()
    shop.until_loaded()
    shop.page.wait_for_function("findPlugin().stats().received === 4")


@pytest.mark.parametrize("status", [200, 404])
def test_a_script_that_fails_is_said_once_and_breaks_nothing(shop: Shop, status: int) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN, CALLS)
    page.until_sent()
    with shop.page.expect_console_message(lambda message: message.type == "warning"):
        held_of(shop, page.held).fulfill(status=status, content_type="text/javascript", body="not what it was")
    shop.run('window.done = 0; analytics.ready(() => { window.done = 1; }); await analytics.track("Later")')
    shop.page.wait_for_function("window.done")
    assert [text.splitlines()[0] for text in shop.warnings] == [GIVEN_UP]
    assert shop.page.evaluate(f"{FOUND} || window._flowplug") is None
    assert (shop.arrivals(), shop.sdk_requests) == ([], [])
    shop.forgive("Failed to load resource", "Failed to find a valid digest")


def test_a_script_that_fails_before_analytics_js_is_there_is_said_too(shop: Shop) -> None:
    settings = hold(shop, "**/settings")
    page = Async(shop)
    with shop.page.expect_request("**/settings"):
        page.open(PLUGIN, SNIPPET, CALLS)
    held_of(shop, page.held).fulfill(status=404)
    shop.page.wait_for_function("!window._flowplug")
    with shop.page.expect_console_message(lambda message: message.type == "warning"):
        held_of(shop, settings).continue_()
    assert [text.splitlines()[0] for text in shop.warnings] == [GIVEN_UP]
    shop.forgive("Failed to load resource")


def test_a_script_that_comes_by_another_way_after_it_failed_registers_by_itself(shop: Shop) -> None:
    page = Async(shop)
    page.open(SNIPPET, PLUGIN)
    held_of(shop, page.held).fulfill(status=404)
    shop.page.wait_for_function("!window._flowplug")
    shop.page.wait_for_function("analytics.initialized")
    shop.page.add_script_tag(content=page.bundle["1flow.min.js"].content.decode())
    shop.until_loaded()
    shop.expect(do='analytics.track("Later")', arrives=[Event("Later")])
    shop.forgive("Failed to load resource")


def test_ready_waits_no_longer_for_the_script_than_for_the_sdk_and_the_script_is_still_welcome(shop: Shop) -> None:
    page = Async(shop, sdk={"timeout": 0.05})
    page.open(SNIPPET, PLUGIN, CALLS)
    shop.run("await new Promise(resolve => analytics.ready(resolve))")
    assert shop.page.evaluate("!!window._flowplug")
    page.until_sent()
    page.release()
    shop.expect_all([*FIRST, UNTIL_SENT])


def test_a_placeholder_that_comes_after_the_first_events_says_so_once(shop: Shop) -> None:
    page = Async(shop)
    open_page(shop, SNIPPET, CALLS)
    page.until_sent()
    placeholder = page.fragment.split("<script>")[1].split("</script>")[0]
    shop.page.add_script_tag(content=placeholder)
    shop.run('await analytics.track("Kept")')
    assert shop.warnings == []
    shop.page.add_script_tag(content=page.bundle["1flow.min.js"].content.decode())
    shop.expect_all([Event("Kept")])
    assert shop.warnings == ["1Flow Web (Actions) registered late"]
    shop.run("await new Promise(resolve => analytics.ready(resolve))")
    assert shop.page.evaluate(f"{FOUND}.stats().late") is True


@pytest.mark.parametrize(
    ("file", "policy"),
    [
        ("1flow.html", "'self' {hash} https://1flow.app"),
        ("1flow.html", "'nonce-abc' {hash} 'strict-dynamic'"),
        ("1flow.async.html", "'self' {hash} https://1flow.app"),
    ],
)
def test_a_fragment_works_under_a_strict_policy(shop: Shop, file: str, policy: str) -> None:
    page = Async(shop)
    asset = page.bundle[file]
    fragment = asset.content.decode()
    if "{hash}" not in policy:
        fragment = fragment.replace("<script", '<script nonce="abc"')
    policy = "script-src " + policy.format(hash=asset.policy)
    host = SNIPPET.replace("<script", '<script nonce="abc"')
    if file == "1flow.async.html":
        page.open(host, PLUGIN, fragment=fragment, policy=policy)
        page.release()
    else:
        open_page(shop, host, PLUGIN, plugin=fragment, policy=policy)
    shop.run('await analytics.track("Under a policy")')
    shop.expect_all([Event("Under a policy")])


# The policy that `flowplug csp` prints


def open_under(page: Async, file: str, *, nonce: bool, without: str = "") -> None:
    """Open a page with a fragment, under what `flowplug csp` prints for it and what Analytics.js needs, no more.

    ``without`` is a source that is taken out, or a part of it.
    """
    shop, project = page.shop, flowplug.load(EVERYTHING)
    (policy,) = [item for item in policies(project, page.bundle, "/", nonce=nonce) if item.file == file]
    directives = {name: [*sources] for name, sources in policy.directives.items()}
    for sources in directives.values():
        sources[:] = [source for source in sources if not without or without not in source]
    places = ("/static/", "/analytics.js/", "/analytics-next/")
    directives["script-src"] += ["'nonce-host'", *(shop.origin + place for place in places)]
    directives["connect-src"].append(shop.origin)
    lines = [f"{name} {' '.join(sources)}" for name, sources in directives.items()]
    text = "; ".join(["default-src 'none'", *lines]).replace(NONCE, "'nonce-abc'")
    fragment = page.bundle[file].content.decode().replace("<script", '<script nonce="abc"' if nonce else "<script")
    open_page(shop, SNIPPET.replace("<script", '<script nonce="host"'), PLUGIN, plugin=fragment, policy=text)


@pytest.mark.parametrize("file", ["1flow.html", "1flow.async.html"])
@pytest.mark.parametrize("nonce", [False, True], ids=["hash", "nonce"])
def test_a_page_works_under_the_policy_that_csp_prints(shop: Shop, file: str, nonce: bool) -> None:
    page = Async(shop)
    open_under(page, file, nonce=nonce)
    if file == "1flow.async.html":
        page.release()
    shop.run('await analytics.track("Under a policy")')
    shop.expect_all([Event("Under a policy")])


@pytest.mark.parametrize(
    ("file", "source", "blocked"),
    [
        ("1flow.html", "sha256", "inline script"),
        ("1flow.html", "//1flow.app", "https://1flow.app/js/1flow.js"),
        ("1flow.html", "//api.1flow.app", "https://api.1flow.app"),
        ("1flow.async.html", "sha256", "inline script"),
        ("1flow.async.html", "'self'", "/1flow.min.js"),
    ],
)
def test_no_source_that_csp_prints_is_too_much(shop: Shop, file: str, source: str, blocked: str) -> None:
    page = Async(shop)
    pattern = re.compile(
        f"{re.escape(blocked)}.*Content Security Policy|Content Security Policy.*{re.escape(blocked)}"
    )
    with shop.page.expect_console_message(lambda message: bool(pattern.search(message.text))):
        open_under(page, file, nonce=False, without=source)
        if page.held:
            page.release()
    assert shop.arrivals() == []
    shop.forgive("")
