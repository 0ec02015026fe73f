"""Measuring in Chromium: the time to evaluate a script, and what its timers cost the page."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from tests.support.chromium import launch_options

from .projects import Case

SLOWDOWN = 4
"""How many times slower than this machine a page evaluates scripts."""

ORIGIN = "https://shop.example.com"
# Only an isolated page is told the time to 5 µs; others to 100 µs.
HEADERS = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
PAGE = """<!doctype html><html><head><title>Shop</title><script>
window.analytics = [];
analytics.register = plugin => analytics.push(["register", plugin]);
</script></head></html>"""

EVALUATE = """source => {
  if (!crossOriginIsolated) throw new Error("the clock of the page is too coarse");
  const script = document.createElement("script");
  script.textContent = source;
  const start = performance.now();
  document.head.append(script);
  return performance.now() - start;
}"""

CALL = """([event, calls]) => {
  for (let call = 0; call < calls; call += 1) {
    for (const plugin of plugins) plugin.track({ event });
  }
}"""


@dataclass(frozen=True)
class Side:
    """A script, and what makes ``window.plugins`` of it and loads them, with Segment's subscriptions."""

    source: str
    start: str


def ours(source: str) -> Side:
    """The compiled plugin."""
    start = "window.plugins = [analytics[0][1]]; plugins[0].load().catch(() => {});"
    return Side(source, f"() => {{ {start} }}")


def theirs(source: str) -> Side:
    """One of bundle.mjs's bundles that have the destination."""
    start = 'window.plugins = segment.default({ projectApiKey: "key", subscriptions });'
    return Side(source, f"subscriptions => {{ {start} for (const plugin of plugins) plugin.load(); }}")


class Chromium:
    """A page that is alone on the web: every request beside the page itself is refused."""

    def __init__(self, page: Page, cdp: CDPSession, version: str) -> None:
        self.page = page
        self.cdp = cdp
        self.version = version
        self.errors: list[object] = []
        page.route("**/*", _answer)
        page.on("pageerror", self._keep)

    def evaluation(self, scripts: Mapping[str, str], rounds: int) -> Mapping[str, float]:
        """Milliseconds to evaluate each of the scripts on a slow page, at the median; they take turns."""
        times: dict[str, list[float]] = {title: [] for title in scripts}
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        for number in range(rounds):
            for title, source in scripts.items():
                # V8 keeps what it has compiled: another text in each round is compiled anew.
                times[title].append(self._evaluate(f"{source}\n// {number}"))
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        return {title: statistics.median(found) for title, found in times.items()}

    def busy(self, side: Side, case: Case, calls: int, seconds: float) -> float:
        """The share of the main thread's time that it works, after so many calls without an SDK."""
        self._evaluate(side.source)
        self.page.evaluate(side.start, case.subscriptions)
        self.page.evaluate(CALL, [case.events[0], calls])
        self.cdp.send("Performance.enable")
        before = self._metrics()
        self.page.wait_for_timeout(seconds * 1000)
        after = self._metrics()
        self.cdp.send("Performance.disable")
        return (after["TaskDuration"] - before["TaskDuration"]) / (after["Timestamp"] - before["Timestamp"])

    def _evaluate(self, source: str) -> float:
        self.page.goto(f"{ORIGIN}/")
        milliseconds = float(self.page.evaluate(EVALUATE, source))
        assert not self.errors, self.errors
        return milliseconds

    def _keep(self, error: object) -> None:
        self.errors.append(error)

    def _metrics(self) -> Mapping[str, float]:
        return {one["name"]: one["value"] for one in self.cdp.send("Performance.getMetrics")["metrics"]}


@contextmanager
def start() -> Iterator[Chromium]:
    """Chromium, until the block ends. Raises playwright.sync_api.Error where there is none."""
    with sync_playwright() as playwright:
        options = cast("dict[str, Any]", launch_options(playwright.chromium.executable_path))
        with playwright.chromium.launch(**options) as browser:
            page = browser.new_page()
            yield Chromium(page, page.context.new_cdp_session(page), browser.version)


def _answer(route: Route) -> None:
    if route.request.url.startswith(ORIGIN):
        route.fulfill(content_type="text/html", headers=HEADERS, body=PAGE)
    else:
        route.abort()
