"""What the fixture does, once for both APIs of Playwright: all that waits is a coroutine over a :class:`Browser`.

With the synchronous API, no coroutine is ever suspended: :func:`run` runs it to its end.
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from ..bundle import build
from ..errors import UsageError, quote
from ..formats import FORMATS
from ..project import Project
from ..reading import load
from ..standin import GENERATIONS, Generation
from .calls import Call, calls_of, fits, shown
from .network import Answer, Network
from .segment import Segment
from .timeline import Timeline

T = TypeVar("T")

TIMEOUT = 5.0
"""Seconds that a test waits for a call, unless it says otherwise."""

POLL = 0.02
"""Seconds between two looks."""

LISTENER = """
for (const kind of ["1flow-sdk", "flowplug"]) {
  document.addEventListener(kind, ({ detail }) => {
    let text = "{}";
    try {
      text = JSON.stringify(detail);
    } catch (error) {
      text = JSON.stringify({ step: detail.step, call: detail.call, args: ["data that is no JSON"] });
    }
    window.__flowplugTold(kind, text);
  });
}
"""
"""Put into each page: it passes on what the stand-in SDK and a debug build tell as DOM events."""

TELLER = "__flowplugTold"

_NO_PLUGIN = (
    "Nothing was asked of 1Flow. Are the plugin and Analytics.js on the page? Is there consent? Does the plugin "
    "load the SDK from an address of your own (oneflow_sdk in pytest's configuration)?"
)
_NO_CAPTURE = "Session capture is off, as the test asked for: calls reach the SDK, which sends nothing."

Handler = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Answers a request by its method, address, headers and body."""


class Browser(Protocol):
    """What the fixture asks of Playwright."""

    async def pause(self, seconds: float) -> None:
        """Let the pages run on."""

    async def route(self, pattern: Any, handler: Handler) -> None:
        """Answer all addresses that match a pattern."""

    async def set_offline(self, offline: bool) -> None:
        """Take the pages' network away, or give it back."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that is never suspended."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise AssertionError("a coroutine of the synchronous API was suspended")


class Core:
    """The stand-in's state, and what a test asks of it."""

    def __init__(self, browser: Browser, sdk_addresses: Sequence[str], folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.network = Network(sdk_addresses)
        self.timeline = Timeline()
        self.requests: list[str] = []
        self.steps: set[str] = set()
        self._last_request = time.monotonic()

    async def start(self) -> None:
        """Answer 1Flow's addresses from now on."""
        await self._browser.route(self.network.pattern, self._answer)

    def tell(self, kind: str, text: str) -> None:
        """What a page passed on of its DOM events."""
        detail = json.loads(text)
        self.steps.add(str(detail.get("step", kind)))
        self.timeline.add_told(kind, detail)

    # What arrived

    @property
    def calls(self) -> list[Call]:
        """All calls since the last :meth:`clear`, in order."""
        return list(calls_of(self.network.collector.records))

    def clear(self) -> None:
        """Forget the calls and requests so far."""
        self.network.collector.clear()
        self.requests.clear()

    async def expect(self, expected: Call, *, exact: bool, timeout: float) -> None:
        """Wait for a call. Raises AssertionError if none comes in time."""
        if await self._until(lambda: any(fits(call, expected, exact=exact) for call in self.calls), timeout):
            return
        data = f" with {'exactly' if exact else 'at least'} {shown(expected[1])}" if exact or expected[1] else ""
        wanted = f"{type(expected).__name__.lower()} {shown(expected[0])}{data}"
        self._fail(
            f"1Flow did not get the {wanted} within {timeout:g} s.{self._closest(expected)}", self._advice()
        )

    async def expect_calls(self, expected: Sequence[Call], *, timeout: float) -> None:
        """Wait for exactly these calls, in this order. Raises AssertionError for anything else."""

        def complete() -> bool:
            return len(self.calls) >= len(expected)

        arrived = await self._until(complete, timeout)
        if arrived:
            await self._settled(timeout)
        calls = self.calls
        if len(calls) != len(expected) or not all(
            fits(call, wanted, exact=True) for call, wanted in zip(calls, expected, strict=True)
        ):
            difference = difflib.ndiff(list(map(str, expected)), list(map(str, calls)))
            self._fail("1Flow got other calls (- expected, + arrived):\n" + "\n".join(difference))

    async def expect_nothing(self, *, quiet: float) -> None:
        """See no call until nothing has been asked of 1Flow for so long. Raises AssertionError if one comes."""
        await self._quiet(quiet)
        if calls := self.calls:
            self._fail("1Flow should have got nothing, but it got:\n" + "\n".join(f"  {call}" for call in calls))

    async def expect_no_requests(self, *, quiet: float) -> None:
        """See no request to 1Flow at all for so long. Raises AssertionError if there is one."""
        await self._quiet(quiet)
        if self.requests:
            requests = "\n".join(f"  {request}" for request in self.requests)
            self._fail(f"No request should have gone to 1Flow, but there was:\n{requests}")

    # Faults

    def block_sdk(self) -> None:
        """The SDK's script fails as if a content blocker had stopped it."""
        self.network.sdk_status = 0

    def status(self, status: int) -> None:
        """The SDK's script is answered with this HTTP status."""
        self.network.sdk_status = status

    def slow(self, seconds: float) -> None:
        """The SDK's script comes so many seconds late."""
        self.network.sdk_delay = seconds

    def session_capture(self, on: bool) -> None:
        """Whether 1Flow takes data from the project; where it does not, calls reach the SDK and go nowhere."""
        self.network.collector.session_capture = on

    def generation(self, generation: Generation) -> None:
        """Serve this generation of the SDK's API."""
        if generation not in GENERATIONS:
            known = " or ".join(map(quote, GENERATIONS))
            raise UsageError(f"{quote(generation)} is not a generation of the SDK; write {known}")
        self.network.generation = generation

    async def offline(self, offline: bool) -> None:
        """Take the network away, or give it back."""
        self.network.is_offline = offline
        await self._browser.set_offline(offline)

    # What is served

    async def serve(self, source: Project | Path | str | Mapping[str, Any], *, debug: bool) -> None:
        """Answer the addresses of the plugin's files, in any folder, with those of a fresh build."""
        project = source if isinstance(source, Project) else load(self._path(source))
        bundle = build(project, debug=debug)
        forms = [FORMATS[name] for name in bundle.formats]
        files = {name: form.debug if debug else name for form in forms for name in (form.readable, form.minified)}
        if address := project.sdk.regions.get(project.settings.region):
            self.network.add_sdk_address(address)

        def answer(_method: str, url: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
            name = urlsplit(url).path.rpartition("/")[2]
            self.timeline.add(f"the page loaded {name}")
            return Answer(200, bundle[files[name]].content, {"Content-Type": "text/javascript"})

        names = "|".join(map(re.escape, files))
        await self._browser.route(re.compile(rf"/(?:{names})(?:\?|$)"), answer)
        # 1Flow's own script has the name of a file of the plugin's; what is routed last comes first.
        await self.start()

    def _path(self, source: Path | str | Mapping[str, Any]) -> Path | Mapping[str, Any]:
        return self._folder / source if isinstance(source, (str, Path)) else source

    async def segment(self, write_key: str, settings: Mapping[str, Any], folder: Path | str | None) -> None:
        """Answer Segment's CDN and API."""
        segment = Segment(write_key, settings, self._folder / (folder or ""), self.timeline.add)
        await self._browser.route(segment.pattern, segment.answer)

    def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = self.network.answer(method, url, headers, body)
        self._last_request = time.monotonic()
        if method != "OPTIONS":
            self.requests.append(f"{method} {url}")
            if self.network.is_sdk(url):
                late = f", {answer.after:g} s later" if answer.after else ""
                self.timeline.add(f"the SDK's script was asked for: {answer.status or 'no answer'}{late}")
            elif answer.status != 200:
                self.timeline.add(f"{method} {url}: {answer.status or 'no answer'}")
            else:
                for call in calls_of(self.network.collector.records[-1:]):
                    self.timeline.add(f"1Flow got the {call}")
        return answer

    # Waiting

    async def _until(self, condition: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                return False
            await self._browser.pause(POLL)
        return True

    async def _quiet(self, seconds: float) -> None:
        """Wait until nothing has been asked of 1Flow for so long, as of now."""
        self._last_request = time.monotonic()
        await self._until(lambda: time.monotonic() - self._last_request >= seconds, timeout=float("inf"))

    async def _settled(self, timeout: float) -> None:
        await self._quiet(min(0.2, timeout))

    # Messages

    def _fail(self, what: str, advice: str = "") -> None:
        raise AssertionError(f"{what}\n\nWhat happened:\n{self.timeline}{advice}")

    def _closest(self, expected: Call) -> str:
        of_name = [call for call in self.calls if isinstance(call, type(expected)) and call[0] == expected[0]]
        if of_name:
            return f"\nIt got the {of_name[-1]}."
        names = {str(call[0]): call for call in self.calls if isinstance(call, type(expected))}
        alike = difflib.get_close_matches(str(expected[0]), names, n=1)
        return f"\nIt got the {names[alike[0]]}." if alike else ""

    def _advice(self) -> str:
        """The most likely reason why nothing arrived, from what can be seen."""
        if self.calls:
            return ""
        network, steps = self.network, self.steps
        refused = any(record.status == 404 for record in network.collector.records)
        reasons = (
            (network.is_offline, "The page is offline, as the test asked for."),
            (not self.requests and not steps, _NO_PLUGIN),
            (network.sdk_status == 0, "The SDK's script is blocked, as the test asked for."),
            (
                network.sdk_status != 200,
                f"The SDK's script is answered {network.sdk_status}, as the test asked for.",
            ),
            (network.sdk_delay, f"The SDK's script comes {network.sdk_delay:g} s late, as the test asked for."),
            (refused, "1Flow refused the project API key."),
            (not network.collector.session_capture, _NO_CAPTURE),
            ("opted out" in steps, "The page's integrations keep the event from 1Flow."),
            ("no consent" in steps, "The event has no consent."),
            ("no subscription" in steps, "No subscription matched; the reasons are above."),
            (steps and "received" not in steps, "No event reached the plugin: does the page use Analytics.js?"),
            ("1flow-sdk" not in steps, "The SDK was not called; serve(…, debug=True) shows why."),
        )
        return next((f"\n\n{reason}" for holds, reason in reasons if holds), "")
