"""The demo shop in a browser whose network the test answers: *do this, then exactly these calls arrive*."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
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
            self.fulfill_sdk(route)

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

    def forgive(self, *patterns: str) -> None:
        """Forget the problems that match a pattern."""
        self.problems[:] = [text for text in self.problems if not any(re.search(part, text) for part in patterns)]

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
            (self.answer_sdk or self.fulfill_sdk)(route)
        elif host == API_HOST:
            request = route.request
            body = request.post_data_buffer or b""
            reply = self.collector.handle(request.method, request.url, request.headers, body)
            route.fulfill(status=reply.status, headers=dict(reply.headers), body=reply.body)
        else:
            self.problems.append(f"request to another host: {route.request.url}")
            route.abort()

    def fulfill_sdk(self, route: Route) -> None:
        """Answer a request for the SDK with the SDK."""
        route.fulfill(content_type="text/javascript", body=sdk_source(self.generation))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")


# A page without Analytics.js: whoever registers is loaded, and gets the early calls before the SDK can be there.
# The pauses between attempts are the shortest possible ones, and every timer is known by when it is due.
_BARE = """
  Math.random = () => 0;
  performance.getEntriesByName = entriesByName;  // there are none with Playwright's clock
  window.timers = {live: new Map(), fired: 0};
  const {setTimeout: set, clearTimeout: clear} = window;
  window.setTimeout = (run, delay = 0, ...given) => {
    const id = set(() => { timers.live.delete(id); timers.fired += 1; run(...given); }, delay);
    timers.live.set(id, Date.now() - EPOCH + delay);
    return id;
  };
  window.clearTimeout = id => { timers.live.delete(id); clear(id); };

  window.openedAt = performance.now();
  window.ended = 0;
  for (const end of ["load", "error"]) {
    document.addEventListener(end, ({target}) => { if (target.src === ADDRESS) window.ended += 1; }, true);
  }

  window.plugins = [];
  window.thrown = [];
  window.rejections = [];
  const hand = (plugin, event) => {
    try { plugin[event.type]({event}); } catch (error) { thrown.push(String(error)); }
  };
  window.send = (...events) => events.forEach(event => plugins.forEach(plugin => hand(plugin, event)));
  window.analytics = {
    queue: {plugins},
    register: plugin => {
      plugins.push(plugin);
      plugin.load({}, analytics).catch(error => rejections.push(error.message));
      EARLY.forEach(event => hand(plugin, event));
    },
  };

  window.look = () => ({
    waiting: !plugins.length || plugins.some(plugin => plugin.stats().state === "loading"),
    unanswered: Array.from(document.scripts).filter(({src}) => src === ADDRESS).length - ended,
    due: Array.from(timers.live.values()),
    fired: timers.fired,
  });
"""

_EPOCH = 1_000_000_000

JsonObject: TypeAlias = "dict[str, Any]"
Meanwhile: TypeAlias = "Callable[[Bare], None]"


@dataclass(frozen=True)
class SdkAnswer:
    """What becomes of one request for the SDK, and how many seconds later; None is never."""

    reply: Callable[[Bare, Route], None]
    seconds: float | None = 0

    def after(self, seconds: float | None) -> SdkAnswer:
        """The same, that much later."""
        return replace(self, seconds=seconds)


@dataclass
class Bare(Shop):
    """A page with nothing on it but the plugin, whose clock moves only from one thing that happens to the next."""

    sdk_address: str = SDK_ADDRESS
    real_server: str = ""
    now: float = 0
    _answers: list[SdkAnswer] = field(default_factory=list)
    _due: list[tuple[float, Route, SdkAnswer]] = field(default_factory=list)

    def open_bare(
        self,
        plugin: bytes,
        *,
        answers: Sequence[SdkAnswer],
        early: Sequence[JsonObject] = (),
        before: str = "",
        head: str = "",
        headers: dict[str, str] | None = None,
        copies: int = 1,
        module: bool = False,
        still: bool = True,
    ) -> None:
        """Open the page: ``before`` runs there first, ``head`` is HTML before the plugin's script."""
        self._answers = list(answers)
        self.page.route(self.sdk_address, self._answer_next)
        self.page.context.add_init_script("window.entriesByName = performance.getEntriesByName.bind(performance);")
        if still:
            self.page.clock.install(time=_EPOCH - 1)
            self.page.clock.pause_at(_EPOCH)
        known = {"ADDRESS": self.sdk_address, "EARLY": list(early), "EPOCH": _EPOCH * 1000}
        constants = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
        self.page.add_init_script(f"{constants}{_BARE}{before}")
        kind = 'type="module" ' if module else ""
        body = f"<!doctype html><head>{head}" + f'<script {kind}nonce="abc" src="/1flow.min.js"></script>' * copies
        if self.real_server:
            page = f"{self.real_server}?{urlencode({'page': body})}"
            self.page.route(f"{self.origin}/bare", lambda route: route.continue_(url=page))
        else:
            self._serve("/bare", "text/html", body, headers or {})
        self._serve("/1flow.min.js", "text/javascript", plugin, {})
        self.page.goto(f"{self.origin}/bare", wait_until="domcontentloaded")

    def live(self, meanwhile: Meanwhile | None = None) -> float:
        """Let time pass until every plugin has its SDK or has given up; the seconds that this took.

        ``meanwhile`` is done as soon as nothing happens without time.
        """
        while (look := self._look())["waiting"]:
            if meanwhile:
                meanwhile(self)
                meanwhile = None
                continue
            following = min(look["due"] + [due for due, *_ in self._due], default=inf)
            self.pass_time((following - self.now) / 1000)
            self._reply_to_due()
        return self.now / 1000

    def rest(self, seconds: float = 120) -> JsonObject:
        """Answer what is still unanswered, let time pass, and see what is left then."""
        fired = self._read("look()")["fired"]
        answered = [held for held in self._due if held[0] < inf]
        unanswered = len(self._due) - len(answered)
        self._due.clear()
        for _, route, answer in answered:
            answer.reply(self, route)
        if answered and not unanswered:
            self._look()
        self.pass_time(seconds)
        look = self._read("look()")
        return {"live": len(look["due"]), "fired": look["fired"] - fired}

    def pass_time(self, seconds: float) -> None:
        """Move the page's clock."""
        assert seconds < inf, f"nothing will ever happen on this page: {self.problems}"
        # What is asked for meanwhile, is asked for at the end: a step ends with the first timer that is due.
        self.now += round(seconds * 1000)
        self.page.clock.run_for(round(seconds * 1000))

    def see_quiet(self) -> None:
        """Wait until nothing happens any more without time."""
        self._look()

    def answer_due(self) -> None:
        """Answer the requests whose time has come."""
        self._reply_to_due()

    def forget_requests(self) -> None:
        """Leave the requests that were held without an answer: their page is gone."""
        self._due.clear()

    def send(self, *events: JsonObject) -> None:
        """Hand events to the plugins, as Analytics.js does."""
        self.page.evaluate(f"send(...{json.dumps(events)})")

    def stats(self) -> list[JsonObject]:
        """What each plugin counted."""
        return list(self._read("plugins.map(plugin => plugin.stats())"))

    def reached_sdk(self) -> list[Arrival]:
        """The calls that reached the SDK on the page, in order."""
        return [_arrival(call, *rest) for call, *rest in self._read("sdkCalls")]

    def _read(self, expression: str) -> Any:
        return json.loads(self.page.evaluate(f"() => JSON.stringify({expression})"))

    def _serve(self, path: str, content_type: str, body: str | bytes, headers: dict[str, str]) -> None:
        headers = {**headers, "content-type": content_type}
        self.page.route(self.origin + path, lambda route: route.fulfill(headers=headers, body=body))

    def _look(self) -> JsonObject:
        """The page, once all that happens without time has happened."""
        for tries in range(5000):
            look: JsonObject = self._read("look()")
            # A browser does not ask again for a script that it is still waiting for.
            if look["unanswered"] <= len(self._due) or (self._due and tries > 50):
                return look
        raise AssertionError("a request for the SDK does not end")

    def _answer_next(self, route: Route) -> None:
        self.sdk_requests.append(route.request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.seconds == 0:
            answer.reply(self, route)
        else:
            self._due.append((inf if answer.seconds is None else self.now + answer.seconds * 1000, route, answer))

    def _reply_to_due(self) -> None:
        ready = [held for held in self._due if held[0] <= self.now]
        self._due = [held for held in self._due if held[0] > self.now]
        for _, route, answer in ready:
            answer.reply(self, route)


def _arrival(call: str, subject: str, data: JsonObject) -> Arrival:
    if call in ("identify", "logUser"):
        return User(subject, data)
    return Event(subject, data["properties"] if call == "track" else data)
