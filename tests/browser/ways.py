"""Ways of installing the plugin, each on a page with its real host, on which calls are made."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any, Literal, TypeAlias

from playwright.sync_api import Request, Route

import flowplug
from tests.browser.hosts import DATA_PLANE, DESTINATION, GETANALYTICS, RUDDERSTACK, Site
from tests.browser.shop import Shop
from tests.browser.test_install import NPM, SNIPPET
from tests.browser.watched import NAME, Arrival, Event, User
from tests.support.bundling import bundled
from tests.support.projects import with_subscriptions

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


def javascript(calls: Sequence[Call], options: Callable[[Call], dict[str, Any]]) -> str:
    """The calls as hosts take them; ``options`` are those of a call that is not, or not all, for 1Flow."""
    lines = []
    for call in calls:
        given = [call.data] if call.subject is None else [call.subject, call.data]
        if call.off or call.without:
            given.append(options(call))
        lines.append(f"analytics.{call.method}({', '.join(map(json.dumps, given))});")
    return "\n".join(lines)


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


# Ways of installing


Script: TypeAlias = Literal["works", "late", "never", "fails"]


class Way(ABC):
    """One way of installing the plugin, on a page of its own; ``address`` is that of its script, if it has one.

    ``options`` are what the page loads the host with, besides its own: `integrations` on Analytics.js.
    """

    name: str
    address: str = ""

    def __init__(self, shop: Shop, **tables: Any) -> None:
        self.shop = shop
        self.project = with_subscriptions(*SUBSCRIPTIONS, **tables)
        self.script: Script = "works"
        self.options: dict[str, Any] = {}
        self.held: list[Route] = []

    @property
    def waits(self) -> bool:
        """Whether the page waits for the plugin's script."""
        return bool(self.address) and self.script in ("late", "never")

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
        while not self.held:
            self.shop.page.evaluate("0")  # lets the handlers of requests run
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

    def __init__(self, shop: Shop, **tables: Any) -> None:
        super().__init__(shop, **tables)
        if self.address:
            shop.page.route(re.compile(re.escape(self.address)), self._answer)

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
        chosen = f"<script>window.chosen = {json.dumps(self.options)};</script>"
        host = (
            NPM
            if policy
            else SNIPPET + "<script>Object.assign(analytics._loadOptions.integrations, chosen);</script>"
        )
        head = f"{chosen}{self.head(host)}{OTHER}<script>{_javascript(calls)}</script>"
        if policy:
            head = head.replace("<script", '<script nonce="abc"')
        body = f"<!doctype html><html data-write-key='demo'><head>{head}</head>"
        headers = {"content-type": "text/html", **({"Content-Security-Policy": policy} if policy else {})}
        page, origin = self.shop.page, self.shop.origin
        page.route("**/settings", answer_settings)
        page.route(f"{origin}/proof", lambda route: route.fulfill(headers=headers, body=body))
        with page.expect_request(f"**{self.address}") if self.waits else nullcontext():
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
    return javascript(calls, lambda call: {"integrations": {f"{NAME} {call.without}".strip(): False}})


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
          {{ integrations: {{ "Segment.io": false, ...window.chosen }} }}
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
        if self.waits:
            self.shop.run("await fetch('/')")  # what the page has asked for before is known by now
            assert self.others() == []
        else:
            super().until_begun()

    @property
    def source(self) -> bytes:
        return self.bundle["1flow.remote.min.js"].content


class OnSite(Way):
    """On a site with another host, which hands calls on in the order in which they were made."""

    site: Site

    @abstractmethod
    def javascript(self, calls: Sequence[Call]) -> str:
        """The calls as the host takes them."""

    def open(self, calls: Sequence[Call], policy: str) -> None:
        with self.shop.page.expect_request(f"**{self.address}") if self.waits else nullcontext():
            self.site.open(
                self.shop,
                calls=self.javascript(calls),
                project=self.project,
                policy=policy,
                options=self.options,
                answers={self.address: self._answer} if self.address else {},
            )

    def kept(self, calls: Sequence[Call]) -> Sequence[Call]:
        return calls

    @property
    def source(self) -> bytes:
        return self.site.served(self.project)[self.site.file].encode()


class RudderStack(OnSite):
    name = "`rudderstack`"
    address = RUDDERSTACK.file
    site = RUDDERSTACK

    def __init__(self, shop: Shop, **tables: Any) -> None:
        super().__init__(shop, rudderstack={"destinationId": DESTINATION}, **tables)
        self.messages: list[dict[str, Any]] = []
        shop.page.on("request", self._see)

    def _see(self, request: Request) -> None:
        if request.url.startswith(DATA_PLANE) and request.method == "POST":
            self.messages.append(json.loads(request.post_data or ""))

    def javascript(self, calls: Sequence[Call]) -> str:
        def options(call: Call) -> dict[str, Any]:
            return {"integrations": {f"{NAME} {call.without}" if call.without else "Custom Device Mode": False}}

        return javascript(calls, options)

    def until_begun(self) -> None:
        if self.waits:
            self.shop.run("await fetch('/')")  # what the page has asked for before is known by now
            return
        self.shop.run(
            """const there = () => window.analytics && !Array.isArray(analytics);
            while (!there()) await new Promise(done => setTimeout(done, 5));
            await new Promise(done => analytics.ready(done));"""
        )

    def run(self, calls: Sequence[Call]) -> None:
        self.shop.run(self.javascript(calls))
        self.shop.until(lambda: self.others()[-1:] == [calls[-1].subject])

    def others(self) -> list[str | None]:
        """What RudderStack itself has got."""
        return [
            message.get("event") or message.get("name") or message["userId"] or None for message in self.messages
        ]


class GetAnalytics(OnSite):
    name = "`getanalytics`"
    site = GETANALYTICS

    def javascript(self, calls: Sequence[Call]) -> str:
        # A page has no name there but that among its properties.
        taken = [
            replace(call, subject=None, data={"name": call.subject, **call.data})
            if call.method == "page"
            else call
            for call in calls
        ]
        return javascript(taken, lambda call: {"plugins": {f"1flow {call.without}".strip(): False}})

    def until_begun(self) -> None:
        self.shop.run("while (!window.analytics) await new Promise(done => setTimeout(done, 5));")

    def run(self, calls: Sequence[Call]) -> None:
        # A call that is not for all plugins overtakes those of the same moment.
        waits = "await " if any(call.off for call in calls) else ""
        early = " ".join(f"{waits}{self.javascript([call])}" for call in calls[:-1])
        self.shop.run(f"{early} await {self.javascript(calls[-1:])}")

    def others(self) -> list[str | None]:
        found: list[str | None] = self.shop.page.evaluate("others")
        return found


WAYS: tuple[type[Way], ...] = (Inline, Async, Module, Remote, RudderStack, GetAnalytics)
