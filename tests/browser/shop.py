"""The demo shop in a browser: *do this, then exactly these calls arrive*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Route

from tests.browser.watched import NAME, PLUGIN, Arrival, Event, WatchedPage

_BEFORE, _AFTER = "all before the test's calls has arrived", "all the test's calls have arrived"


def serve_remote_plugin(shop: Shop, source: str) -> None:
    """Have Analytics.js load a script that defines ``window.theirs``, as it loads Segment's own destinations."""
    remote = {"name": NAME, "creationName": NAME, "libraryName": "theirs", "url": f"{shop.origin}/theirs.js"}
    settings = {"integrations": {}, "metrics": {"sampleRate": 0}, "remotePlugins": [{**remote, "settings": {}}]}
    shop.page.route("**/settings", lambda route: route.fulfill(json=settings))
    shop.page.route(remote["url"], lambda route: route.fulfill(content_type="text/javascript", body=source))


@dataclass
class Shop(WatchedPage):
    """One page of the demo shop, with the real Analytics.js."""

    _held: list[Route] = field(default_factory=list)

    def open(self, path: str = "/", *, setup: str = "snippet", wait: bool = True) -> None:
        """Open a page and, unless told not to ``wait``, see the plugin loaded there."""
        query = urlencode({"setup": setup, "capture": "on" if self.collector.session_capture else "off"})
        self.page.goto(f"{self.origin}{path}?{query}", wait_until="domcontentloaded")
        if wait:
            self.until_loaded()

    def until_loaded(self) -> None:
        """Wait until the plugin has its SDK."""
        self.page.wait_for_function(f"{PLUGIN}?.isLoaded()")

    def expect(self, *, do: str, arrives: Sequence[Arrival]) -> None:
        """Run JavaScript on the page; then exactly these calls arrive at 1Flow, in this order, and no others."""
        self._run_and_see_arrive("", _BEFORE)
        self._run_and_see_arrive(do, _AFTER)
        arrivals = self.arrivals()
        start, end = arrivals.index(Event(_BEFORE)), arrivals.index(Event(_AFTER))
        assert arrivals[start + 1 : end] == list(arrives)
        assert arrivals[end + 1 :] == []

    def hold_sdk(self) -> None:
        """Leave the request for the SDK unanswered until :meth:`release_sdk`."""
        self.answer_sdk = self._held.append

    def release_sdk(self) -> None:
        """Answer the requests for the SDK that were held."""
        self.answer_sdk = None
        for route in self._held:
            self.fulfill_sdk(route)

    def sdk_calls(self) -> list[list[Any]]:
        """The calls that have reached the SDK on the page."""
        calls: list[list[Any]] = self.page.evaluate("window.sdkCalls")
        return calls

    def _run_and_see_arrive(self, script: str, last: str) -> None:
        self.run(f"{script}\nanalytics.track({last!r})")
        self.until(lambda: Event(last) in self.arrivals())
