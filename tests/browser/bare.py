"""A page with nothing on it but the plugin, and a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, TypeAlias
from urllib.parse import urlencode

from playwright.sync_api import Route

from tests.browser.watched import SDK_ADDRESS, Arrival, Event, User, WatchedPage
from tests.support.javascript import script

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


def replaced_by(methods: str, commands: str | None = None) -> SdkAnswer:
    """A script in place of the SDK, the same for both generations where only one is given."""

    def reply(bare: Bare, route: Route) -> None:
        source = methods if bare.generation == "methods" or commands is None else commands
        route.fulfill(content_type="text/javascript", body=source)

    return SdkAnswer(reply)


@dataclass
class Bare(WatchedPage):
    """A page with nothing on it but the plugin, whose clock moves only from one thing that happens to the next."""

    sdk_address: str = SDK_ADDRESS
    real_server: str = ""
    now: float = 0
    _answers: list[SdkAnswer] = field(default_factory=list)
    _due: list[tuple[float, Route, SdkAnswer]] = field(default_factory=list)
    _answered: int = 0

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
        clock = script("clock") if still else ""
        bare = script("bare", ADDRESS=self.sdk_address, EARLY=list(early))
        self.page.add_init_script(f"{clock}{bare}{before}")
        kind = 'type="module" ' if module else ""
        body = f"<!doctype html><head>{head}" + f'<script {kind}nonce="abc" src="/1flow.min.js"></script>' * copies
        if self.real_server:
            page = f"{self.real_server}?{urlencode({'page': body})}"
            self.page.route(f"{self.origin}/bare", lambda route: route.continue_(url=page))
        else:
            self._serve("/bare", "text/html", body, headers or {})
        self._serve("/1flow.min.js", "text/javascript", plugin, {})
        self._serve("/asked", "text/plain", "", {})
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
            self._reply(answer, route)
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
        self.page.evaluate(f"advance({round(seconds * 1000)})")

    def forget_requests(self) -> None:
        """Leave the requests that were held without an answer: their page is gone."""
        self._due.clear()
        self._answered = 0

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
        asked = False
        for _ in range(5000):
            look: JsonObject = self._read("look()")
            if look["unanswered"] <= len(self._due):
                return look
            if self._due and look["ended"] >= self._answered:
                # A browser does not ask again for a script that it is still waiting for.
                if asked:
                    return look
                self._see_asked()
                asked = True
        raise AssertionError("a request for the SDK does not end")

    def _see_asked(self) -> None:
        """Wait until all that the page has asked for so far has been asked for here: requests keep their order."""
        self.page.evaluate("fetch('/asked').then(() => 0)")

    def _answer_next(self, route: Route) -> None:
        self.sdk_requests.append(route.request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.seconds == 0:
            self._reply(answer, route)
        else:
            self._due.append((inf if answer.seconds is None else self.now + answer.seconds * 1000, route, answer))

    def _reply_to_due(self) -> None:
        ready = [held for held in self._due if held[0] <= self.now]
        self._due = [held for held in self._due if held[0] > self.now]
        for _, route, answer in ready:
            self._reply(answer, route)

    def _reply(self, answer: SdkAnswer, route: Route) -> None:
        self._answered += 1
        answer.reply(self, route)


def _arrival(call: str, subject: str, data: JsonObject) -> Arrival:
    if call in ("identify", "logUser"):
        return User(subject, data)
    return Event(subject, data["properties"] if call == "track" else data)
