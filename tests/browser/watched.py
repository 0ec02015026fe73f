"""A page whose network the test answers, and everything that left it: what the shop and the bare page share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Route

from flowplug.pytest_plugin.network import Network
from flowplug.standin import Collector, Generation, sdk_source
from tests.support.javascript import script

SDK_ADDRESS = "https://1flow.app/js/1flow.js"
SDK_HOST, API_HOST = "1flow.app", "api.1flow.app"

NAME = "1Flow Web (Actions)"
"""The plugin's name, which is the integration's."""

PLUGIN = "findPlugin()"
"""JavaScript: the plugin, once Analytics.js has it."""

# What arrives without a test's doing: from the SDK by itself, and from the shop's home page.
_OWN_EVENTS = {"first_visit", "page_view", "session_start", "button_click", "Home"}


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
class WatchedPage:
    """One page, the requests and problems that it made so far, and the warnings on its console."""

    page: Page
    origin: str
    generation: Generation
    network: Network = field(default_factory=Network)
    sdk_requests: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    answer_sdk: Answer | None = None

    @property
    def collector(self) -> Collector:
        """What has reached 1Flow's API."""
        return self.network.collector

    def __post_init__(self) -> None:
        self.page.add_init_script(script("watch", NAME=NAME))
        # Python sees no request that the demo site answers.
        self.page.route(re.compile(f"^(?!{re.escape(self.origin)}/)"), self._answer)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("console", self._hear)

    def run(self, source: str) -> None:
        """Run JavaScript on the page; promises that it awaits are awaited."""
        self.page.evaluate(f"async () => {{ {source} }}")

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition over what has arrived holds."""
        if not condition():
            with self.page.expect_event("requestfinished", lambda _: condition()):
                pass

    def expect_all(self, arrives: Sequence[Arrival]) -> None:
        """Exactly these calls have arrived since the page was opened, once as many have."""
        self.until(lambda: len(self.arrivals()) >= len(arrives))
        assert self.arrivals() == list(arrives)

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

    def forgive(self, *patterns: str) -> None:
        """Forget the problems that match a pattern."""
        self.problems[:] = [text for text in self.problems if not any(re.search(part, text) for part in patterns)]

    def fulfill_sdk(self, route: Route) -> None:
        """Answer a request for the SDK with the SDK."""
        route.fulfill(content_type="text/javascript", body=sdk_source(self.generation))

    def _answer(self, route: Route) -> None:
        host = urlsplit(route.request.url).netloc
        if f"http://{host}" == self.origin:
            route.continue_()
        elif host == SDK_HOST:
            self.sdk_requests.append(route.request)
            (self.answer_sdk or self.fulfill_sdk)(route)
        elif host == API_HOST:
            self._fulfill(route)
        else:
            self.problems.append(f"request to another host: {route.request.url}")
            route.abort()

    def _fulfill(self, route: Route) -> None:
        """Answer as the fixture for users' own tests does."""
        request = route.request
        body = request.post_data_buffer or b""
        answer = self.network.answer(request.method, request.url, request.headers, body)
        route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)

    def _hear(self, message: ConsoleMessage) -> None:
        # A browser asks for an icon when it likes, and a bare page has none.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.problems.append(f"console: {message.text}")
        elif message.type == "warning":
            self.warnings.append(message.text)
