"""The proof: in each situation, each way of installing the plugin sends exactly these calls, in this order.

Each runs with its real host. Delays are conditions, not times: a script that is late comes once the host has done
all that it can do without it.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, Literal, TypeAlias

import pytest
from playwright.sync_api import Route

import flowplug
from tests.browser.shop import Shop
from tests.browser.test_install import NPM, SNIPPET
from tests.browser.watched import NAME, SDK_ADDRESS, Arrival, Event, User
from tests.support.bundling import bundled
from tests.support.impossible import IMPOSSIBLE
from tests.support.projects import with_subscriptions

# The plugin's life is the same with both generations of the SDK, as test_faults.py shows.
one_generation = pytest.mark.parametrize("generation", ["commands"], indirect=True)


# What a page calls, and what arrives of it


@dataclass(frozen=True)
class Call:
    """A call of the page's; the host's own way keeps it from 1Flow (``off``), or from one action (``without``)."""

    method: Literal["track", "identify", "page"]
    subject: str | None
    data: dict[str, Any] = field(default_factory=dict)
    off: bool = False
    without: str = ""

    @property
    def arrives(self) -> list[Arrival]:
        action = "identifyUser" if self.method == "identify" else "trackEvent"
        if self.off or self.without == action or not self.subject:
            return []
        if self.method == "identify":
            return [User(self.subject, self.data)]
        return [Event(f"Page {self.subject}" if self.method == "page" else self.subject, self.data)]


def track(name: str, *, off: bool = False, **properties: Any) -> Call:
    return Call("track", name, properties, off)


def identify(user: str | None, *, off: bool = False, **traits: Any) -> Call:
    return Call("identify", user, traits, off)


def arrivals_of(calls: Sequence[Call]) -> list[Arrival]:
    return list(chain.from_iterable(call.arrives for call in calls))


SUBSCRIPTIONS: list[dict[str, Any]] = [
    {"name": "Events"},
    {
        "name": "Pages",
        "subscribe": 'type = "page"',
        "mapping": {"event_name": {"@template": "Page {{name}}"}, "properties": {}},
    },
    {"name": "Users", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'},
]
END = track("End")


# Ways of installing


Script: TypeAlias = Literal["works", "late", "never", "fails"]


class Way(ABC):
    """One way of installing the plugin, on a page of its own; ``address`` is that of its script, if it has one."""

    name: str
    address: str = ""

    def __init__(self, shop: Shop, **tables: Any) -> None:
        self.shop = shop
        self.project = with_subscriptions(*SUBSCRIPTIONS, **tables)
        self.script: Script = "works"
        self.held: list[Route] = []
        if self.address:
            shop.page.route(re.compile(re.escape(self.address)), self._answer)

    @abstractmethod
    def open(self, calls: Sequence[Call], policy: str) -> None:
        """Open a page that makes these calls before the host has loaded."""

    @abstractmethod
    def until_begun(self) -> None:
        """Wait until the host sends, or has done all that it can do without the plugin's script."""

    @abstractmethod
    def run(self, calls: Sequence[Call]) -> None:
        """Make these calls, and wait until the host has sent the last one."""

    @abstractmethod
    def others(self) -> list[str | None]:
        """The subjects that another destination of the host has got."""

    @abstractmethod
    def kept(self, calls: Sequence[Call]) -> Sequence[Call]:
        """Calls in the order in which the host hands them on if it has kept them."""

    @property
    @abstractmethod
    def source(self) -> bytes:
        """The plugin's script."""

    def release(self) -> None:
        """Answer the request for the plugin's script that was held."""
        self.script = "works"
        self._answer(self.held.pop())

    def _answer(self, route: Route) -> None:
        if self.script in ("late", "never"):
            self.held.append(route)
        elif self.script == "fails":
            route.fulfill(status=404)
        else:
            headers = {"Access-Control-Allow-Origin": "*", "content-type": "text/javascript"}
            route.fulfill(headers=headers, body=self.source)


# Another destination: a plugin that the page registers by itself.
OTHER = """<script>
  window.others = [];
  const keep = ctx => { others.push(ctx.event.event || ctx.event.name || ctx.event.userId); return ctx; };
  analytics.register({
    name: "Other", type: "destination", version: "1", isLoaded: () => true, load: () => Promise.resolve(),
    track: keep, identify: keep, page: keep,
  });
</script>"""


class OnAnalyticsJs(Way):
    """On a page with Analytics.js; ``head`` is its HTML, from the plugin to what loads Analytics.js."""

    @abstractmethod
    def head(self, host: str) -> str:
        """The HTML of the plugin and of the host, which is this unless the plugin is bundled with it."""

    settings: dict[str, Any] = {"integrations": {}, "metrics": {"sampleRate": 0}}  # noqa: RUF012 - changed nowhere

    def open(self, calls: Sequence[Call], policy: str) -> None:
        held: list[Route] = []
        answered = False

        def answer_settings(route: Route) -> None:
            if answered:
                route.fulfill(json=self.settings)
            else:
                held.append(route)

        # What loads Analytics.js on the snippet's page knows neither nonces nor Trusted Types.
        head = f"{self.head(NPM if policy else SNIPPET)}{OTHER}<script>{_javascript(calls)}</script>"
        if policy:
            head = head.replace("<script", '<script nonce="abc"')
        body = f"<!doctype html><html data-write-key='demo'><head>{head}</head>"
        headers = {"content-type": "text/html", **({"Content-Security-Policy": policy} if policy else {})}
        page, origin = self.shop.page, self.shop.origin
        page.route("**/settings", answer_settings)
        page.route(f"{origin}/proof", lambda route: route.fulfill(headers=headers, body=body))
        waits = self.address and self.script in ("late", "never")
        with page.expect_request(f"**{self.address}") if waits else nullcontext():
            page.goto(f"{origin}/proof", wait_until="domcontentloaded")
            answered = True
            for route in held:
                route.fulfill(json=self.settings)

    def until_begun(self) -> None:
        # Playwright's own waiting needs eval, which Trusted Types forbid.
        self.shop.run(
            """await new Promise(done => {
              const look = () => (analytics.instance || analytics).initialized ? done() : setTimeout(look, 5);
              look();
            });"""
        )

    def run(self, calls: Sequence[Call]) -> None:
        self.shop.run(f"{_javascript(calls[:-1])} await {_javascript(calls[-1:])}")

    def others(self) -> list[str | None]:
        found: list[str | None] = self.shop.page.evaluate("others")
        return found

    def kept(self, calls: Sequence[Call]) -> Sequence[Call]:
        methods = list(dict.fromkeys(call.method for call in calls))
        return sorted(calls, key=lambda call: methods.index(call.method))


def _javascript(calls: Sequence[Call]) -> str:
    """The calls as the API of Analytics.js takes them."""
    lines = []
    for call in calls:
        arguments = [call.data] if call.subject is None else [call.subject, call.data]
        if call.off or call.without:
            arguments.append({"integrations": {f"{NAME} {call.without}".strip(): False}})
        lines.append(f"analytics.{call.method}({', '.join(map(json.dumps, arguments))});")
    return "\n".join(lines)


class Inline(OnAnalyticsJs):
    name = "`1flow.html`"

    def head(self, host: str) -> str:
        return self.source.decode() + host

    @property
    def source(self) -> bytes:
        return flowplug.build(flowplug.load(self.project))["1flow.html"].content


class Async(OnAnalyticsJs):
    name = "`1flow.async.html`"
    address = "/1flow.min.js"

    def head(self, host: str) -> str:
        return flowplug.build(flowplug.load(self.project))["1flow.async.html"].content.decode() + host

    @property
    def source(self) -> bytes:
        return flowplug.build(flowplug.load(self.project))["1flow.min.js"].content

    def until_begun(self) -> None:
        super().until_begun()
        if self.script == "works":
            # A placeholder knows no action alone: the names count once its script has come and split the hooks.
            self.shop.run(
                """const whole = ({ track, identify } = {}) => track && identify;
                while (window._flowplug || whole(findPlugin())) await new Promise(done => setTimeout(done, 5));"""
            )


class Module(OnAnalyticsJs):
    name = "`module`"

    def head(self, host: str) -> str:
        site = self.source
        self.shop.page.route(
            f"{self.shop.origin}/site.js", lambda route: route.fulfill(content_type="text/javascript", body=site)
        )
        return '<script src="/site.js"></script>'

    @property
    def source(self) -> bytes:
        return bundled_with(flowplug.build(flowplug.load(self.project), formats=["module"])["1flow.mjs"].content)


@cache
def bundled_with(module: bytes) -> bytes:
    """The script of a site that has Analytics.js from npm, and the module."""
    plugin = module.decode().replace("export default", "const oneFlow =", 1)
    return bundled(f"""
        import {{ AnalyticsBrowser }} from "@segment/analytics-next";
        {plugin};
        window.analytics = AnalyticsBrowser.load(
          {{ writeKey: "demo", cdnURL: location.origin, plugins: [oneFlow({{ nonce: "abc" }})] }},
          {{ integrations: {{ "Segment.io": false }} }}
        );
    """).encode()


class Remote(OnAnalyticsJs):
    name = "`remote`"
    address = "/1flow.remote.min.js"

    def __init__(self, shop: Shop, **tables: Any) -> None:
        super().__init__(shop, **tables)
        self.bundle = flowplug.build(flowplug.load(self.project), formats=["remote"])
        entry = json.loads(self.bundle["1flow.remote.json"].content)
        self.settings = {**OnAnalyticsJs.settings, "remotePlugins": [entry]}

    def head(self, host: str) -> str:
        return host

    def until_begun(self) -> None:
        if self.script in ("late", "never"):
            self.shop.run("await fetch('/')")  # what the page has asked for before is known by now
            assert self.others() == []
        else:
            super().until_begun()

    @property
    def source(self) -> bytes:
        return self.bundle["1flow.remote.min.js"].content


WAYS: tuple[type[Way], ...] = (Inline, Async, Module, Remote)


# Situations


FIRST = (
    Call("page", "Home page"),
    track("A", n=1, items=[{"sku": "a"}]),
    identify("u1", plan="pro"),
    track("B"),
)
BROKEN_SDK = """window._1flow = (call, ...args) => {
  document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
  throw new Error("broken SDK");
};"""
NONCES = "script-src 'nonce-abc'"
NETWORK, POLICY = "Failed to load resource", "Content Security Policy|TrustedScriptURL|PluginFactory"


@dataclass(frozen=True)
class Situation:
    """A row: what is called before the host has loaded, what later, and what is as it should not be."""

    name: str
    later: tuple[Call, ...] = ()
    first: tuple[Call, ...] = ()
    script: Script = "works"  # the plugin's
    sdk: Literal["works", "held", "blocked", "throws"] = "works"
    policy: str = ""
    warns: str = ""  # the one warning; then nothing arrives


SITUATIONS = (
    Situation("identify with traits", (identify("u1", plan="pro", tags=["a"]),)),
    Situation("identify without a user", (identify(None, plan="pro"),)),
    Situation("track", (track("A", total=9.5, items=[{"sku": "a"}]),)),
    Situation("page to event", (Call("page", "Cart"),)),
    Situation(
        "order after load",
        (
            track("A"),
            identify("u1"),
            track("B", n=2),
            Call("page", "Cart"),
            identify("u2", plan="pro"),
            track("C"),
        ),
    ),
    Situation("calls before anything has loaded", first=FIRST),
    Situation("the plugin's script is late", (track("C"), identify("u2")), FIRST, script="late"),
    Situation("the plugin's script never comes", (track("C"),), FIRST, script="never"),
    Situation(
        "the plugin's script fails", (track("C"),), FIRST, script="fails", warns="remote|1flow.min.js failed"
    ),
    Situation(
        "switched off for a call",
        (track("A", off=True), identify("u1", off=True), track("B"), identify("u2"), track("C", off=True)),
    ),
    Situation(
        "one action switched off for a call",
        (
            Call("track", "A", without="trackEvent"),
            Call("track", "B", without="identifyUser"),
            Call("identify", "u1", without="identifyUser"),
            Call("identify", "u2", without="trackEvent"),
        ),
    ),
    Situation("the SDK is slow", (track("C"),), FIRST, sdk="held"),
    Situation(
        "the SDK is blocked", (track("C"),), FIRST, sdk="blocked", warns=f"no SDK after error of {SDK_ADDRESS}"
    ),
    Situation("the SDK throws", (track("C"),), FIRST, sdk="throws"),
    Situation("a policy of nonces alone", (track("C"),), FIRST, policy=NONCES),
    Situation(
        "a policy of nonces and 'strict-dynamic'", (track("C"),), FIRST, policy=f"{NONCES} 'strict-dynamic'"
    ),
    Situation(
        "Trusted Types without a default policy",
        (track("C"),),
        FIRST,
        policy="require-trusted-types-for 'script'; trusted-types flowplug",
    ),
)


def opened(shop: Shop, way: type[Way], situation: Situation) -> Way:
    """A page in this situation, whose first calls were made."""
    here = way(shop, sdk={"retries": 0} if situation.sdk == "blocked" else {})
    here.script = situation.script
    if situation.sdk == "held":
        shop.hold_sdk()
    elif situation.sdk == "blocked":
        shop.answer_sdk = lambda route: route.abort("blockedbyclient")
    elif situation.sdk == "throws":
        shop.answer_sdk = lambda route: route.fulfill(content_type="text/javascript", body=BROKEN_SDK)
    here.open(situation.first, situation.policy)
    return here


def subjects(way: Way, situation: Situation) -> list[str | None]:
    """What another destination gets of all calls of a situation."""
    calls = [*way.kept(situation.first), *situation.later, END]
    return [call.subject for call in calls]


def cell(situation: Situation, way: type[Way]) -> Any:
    return pytest.param(situation, way, id=f"{situation.name} {way.name.strip('`')}")


CELLS = [(situation, way) for situation in SITUATIONS for way in WAYS]


@one_generation
@pytest.mark.parametrize(
    ("situation", "way"),
    [cell(situation, way) for situation, way in CELLS if (situation.name, way.name) not in IMPOSSIBLE],
)
def test_exactly_these_calls_arrive(shop: Shop, situation: Situation, way: type[Way]) -> None:
    here = opened(shop, way, situation)
    here.until_begun()
    if situation.script == "late":
        assert (shop.arrivals(), shop.sdk_requests) == ([], [])
        here.release()
        here.until_begun()
    here.run([*situation.later, END])
    if situation.sdk == "held":
        assert shop.arrivals() == []
        shop.release_sdk()

    expected = [*arrivals_of(here.kept(situation.first)), *arrivals_of([*situation.later, END])]
    if situation.sdk == "throws":
        assert reached(shop) == expected
        assert len(shop.problems) == len(expected)
        shop.forgive(f"console: {re.escape(NAME)} Error: broken SDK")
        expected = []
    elif situation.warns or situation.script == "never":
        expected = []
    if situation.warns:
        if not shop.warnings:
            shop.page.wait_for_event("console", lambda message: message.type == "warning")
        assert re.search(situation.warns, shop.warnings[0])
        shop.forgive(NETWORK, "Failed to create PluginFactory")
    shop.expect_all(expected)
    assert len(shop.warnings) == bool(situation.warns)
    assert here.others() == subjects(here, situation)


def reached(shop: Shop) -> list[Arrival]:
    """The calls that reached the SDK on the page."""
    return [
        User(subject, data) if name == "identify" else Event(subject, data["properties"])
        for name, subject, data in shop.sdk_calls()
    ]


# What is impossible


def no_script(here: Way, situation: Situation) -> None:
    """The page asks for no script of the plugin's, and every call arrives."""
    here.until_begun()
    here.run([*situation.later, END])
    here.shop.expect_all([*arrivals_of(here.kept(situation.first)), *arrivals_of([*situation.later, END])])
    assert here.address == ""


def no_event(here: Way, situation: Situation) -> None:
    """No destination gets an event."""
    here.until_begun()
    assert (here.others(), here.shop.arrivals(), here.shop.sdk_requests) == ([], [], [])


def no_call(here: Way, situation: Situation) -> None:
    """1Flow gets nothing, and the browser says why."""
    here.until_begun()
    here.run([*situation.later, END])
    assert here.others() == subjects(here, situation)
    assert (here.shop.arrivals(), here.shop.sdk_requests) == ([], [])
    assert re.search(POLICY, here.shop.problems[0])
    here.shop.forgive(POLICY)


CASES: dict[tuple[str, str], Callable[[Way, Situation], None]] = {
    **{key: no_script for key in IMPOSSIBLE if key[1] in (Inline.name, Module.name)},
    ("the plugin's script never comes", Remote.name): no_event,
    ("a policy of nonces alone", Remote.name): no_call,
    ("Trusted Types without a default policy", Remote.name): no_call,
}


@one_generation
@pytest.mark.parametrize(
    ("situation", "way"),
    [cell(situation, way) for situation, way in CELLS if (situation.name, way.name) in IMPOSSIBLE],
)
def test_what_is_impossible_is_so(shop: Shop, situation: Situation, way: type[Way]) -> None:
    CASES[situation.name, way.name](opened(shop, way, situation), situation)


def test_each_impossible_cell_is_in_the_table() -> None:
    assert {(situation.name, way.name) for situation, way in CELLS} >= IMPOSSIBLE.keys() == CASES.keys()
