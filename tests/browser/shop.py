"""The demo shop in a browser whose network the test answers: *do this, then exactly these calls arrive*."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Route

from demo_site.collector import Collector, Generation, sdk_source

SDK_ADDRESS = "https://1flow.app/js/1flow.js"
SDK_HOST, API_HOST = "1flow.app", "api.1flow.app"

# What arrives without a test's doing: from the SDK by itself, and from the shop's home page.
_OWN_EVENTS = {"first_visit", "page_view", "session_start", "button_click", "Home"}
_BEFORE, _AFTER = "all before the test's calls has arrived", "all the test's calls have arrived"

PLUGIN = """
  (window.analytics && ((analytics.instance || analytics).queue || {plugins: []}).plugins || [])
    .find(({name}) => name === "1Flow Web (Actions)")
"""
"""JavaScript: the plugin, once Analytics.js has it."""

# What the tests look at on the page: the calls that reached the SDK.
_WATCH_SDK = """
  window.sdkCalls = [];
  document.addEventListener("1flow-sdk", ({detail}) => window.sdkCalls.push([detail.call, ...detail.args]));
  window.addEventListener("unhandledrejection", ({reason}) => console.error("unhandled rejection", reason));
"""


@dataclass(frozen=True)
class User:
    """A user whom 1Flow was told of."""

    user_id: str
    traits: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """An event that 1Flow was told of; ``parameters`` left out match any."""

    name: str
    parameters: dict[str, Any] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        anything = self.parameters is None or other.parameters is None
        return self.name == other.name and (anything or self.parameters == other.parameters)

    def __hash__(self) -> int:
        return hash(self.name)


Arrival: TypeAlias = "User | Event"
Answer: TypeAlias = Callable[[Route], None]


@dataclass
class Shop:
    """One page of the demo shop, and everything that left it."""

    page: Page
    origin: str
    generation: Generation
    collector: Collector = field(default_factory=Collector)
    sdk_requests: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    answer_sdk: Answer | None = None
    _held: list[Route] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(_WATCH_SDK)
        self.page.route("**/*", self._answer)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("console", self._hear)

    def open(self, path: str = "/", *, setup: str = "snippet", wait: bool = True) -> None:
        """Open a page and, unless told not to ``wait``, see the plugin loaded there."""
        query = urlencode({"setup": setup, "capture": "on" if self.collector.session_capture else "off"})
        self.page.goto(f"{self.origin}{path}?{query}", wait_until="domcontentloaded")
        if wait:
            self.page.wait_for_function(f"(plugin => plugin && plugin.isLoaded())({PLUGIN})")

    def expect(self, *, do: str, arrives: Sequence[Arrival]) -> None:
        """Run JavaScript on the page; then exactly these calls arrive at 1Flow, in this order, and no others."""
        self._run_and_see_arrive("", _BEFORE)
        self._run_and_see_arrive(do, _AFTER)
        arrivals = self.arrivals()
        start, end = arrivals.index(Event(_BEFORE)), arrivals.index(Event(_AFTER))
        assert arrivals[start + 1 : end] == list(arrives)
        assert arrivals[end + 1 :] == []

    def expect_all(self, arrives: Sequence[Arrival]) -> None:
        """Exactly these calls have arrived since the page was opened, once as many have."""
        self.until(lambda: len(self.arrivals()) >= len(arrives))
        assert self.arrivals() == list(arrives)

    def _run_and_see_arrive(self, script: str, last: str) -> None:
        self.run(f"{script}\nanalytics.track({last!r})")
        self.until(lambda: Event(last) in self.arrivals())

    def run(self, script: str) -> None:
        """Run JavaScript on the page; promises that it awaits are awaited."""
        self.page.evaluate(f"async () => {{ {script} }}")

    def hold_sdk(self) -> None:
        """Leave the request for the SDK unanswered until :meth:`release_sdk`."""
        self.answer_sdk = self._held.append

    def release_sdk(self) -> None:
        """Answer the requests for the SDK that were held."""
        self.answer_sdk = None
        for route in self._held:
            self._fulfill_sdk(route)

    def arrivals(self) -> list[Arrival]:
        """The users and events that have arrived, in order, without those that the SDK sends by itself."""
        found: list[Arrival] = []
        for record in self.collector.records:
            if record.step == "log_user":
                found.append(User(record.body["system_id"], record.body["parameters"]))
            elif record.step == "events":
                found.extend(
                    Event(event["name"], event["parameters"])
                    for event in record.body["events"]
                    if event["name"] not in _OWN_EVENTS
                )
        return found

    def sdk_calls(self) -> list[list[Any]]:
        """The calls that have reached the SDK on the page."""
        calls: list[list[Any]] = self.page.evaluate("window.sdkCalls")
        return calls

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition over what has arrived holds."""
        if not condition():
            with self.page.expect_event("requestfinished", lambda _: condition()):
                pass

    def _answer(self, route: Route) -> None:
        host = urlsplit(route.request.url).netloc
        if f"http://{host}" == self.origin:
            route.continue_()
        elif host == SDK_HOST:
            self.sdk_requests.append(route.request)
            (self.answer_sdk or self._fulfill_sdk)(route)
        elif host == API_HOST:
            request = route.request
            body = request.post_data_buffer or b""
            reply = self.collector.handle(request.method, request.url, request.headers, body)
            route.fulfill(status=reply.status, headers=dict(reply.headers), body=reply.body)
        else:
            self.problems.append(f"request to another host: {route.request.url}")
            route.abort()

    def _fulfill_sdk(self, route: Route) -> None:
        route.fulfill(content_type="text/javascript", body=sdk_source(self.generation))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")
