"""Measuring in Chromium how long a page takes to show its largest picture, by when the SDK is loaded."""

from __future__ import annotations

import random
import statistics
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

import flowplug
from tests.support.chromium import launch_options

from .chromium import SLOWDOWN
from .projects import SETTINGS

NO_PLUGIN = "no plugin"
STARTS = ("load", "idle", "call", "now")
"""The values of ``sdk.start``, the default first."""

PICTURE_SIDE = 258
"""Pixels: so many squared, of three bytes each, are 199 kB."""

SDK_BYTES = 100_000

# Slow 4G, as Chromium's own tools emulate it: milliseconds a request, bytes a second.
NETWORK = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}

PAGE = """<!doctype html><html><head><title>Shop</title><script>
window.analytics = { register: plugin => { plugin.load().catch(() => {}); return true; } };
</script>%s</head><body><img src="/hero.png" style="width: 100%%"></body></html>"""

LARGEST = """() => new Promise(done => {
  const observer = new PerformanceObserver(list => {
    const found = list.getEntries().find(({ url }) => url.endsWith("/hero.png"));
    if (found) done(found.startTime);
  });
  observer.observe({ type: "largest-contentful-paint", buffered: true });
})"""


def painting(rounds: int) -> Mapping[str, float]:
    """Milliseconds to the largest paint, at the median, without the plugin and for each start; they take turns.

    Raises playwright.sync_api.Error where there is no Chromium.
    """
    times: dict[str, list[float]] = {title: [] for title in (NO_PLUGIN, *STARTS)}
    with _site() as origin, sync_playwright() as playwright:
        options = cast("dict[str, Any]", launch_options(playwright.chromium.executable_path))
        with playwright.chromium.launch(**options) as browser:
            for _ in range(rounds):
                for title, found in times.items():
                    page = browser.new_page()
                    cdp = page.context.new_cdp_session(page)
                    cdp.send("Network.enable")
                    cdp.send("Network.emulateNetworkConditions", NETWORK)
                    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
                    page.goto(f"{origin}/{title.replace(' ', '-')}", wait_until="commit")
                    found.append(float(page.evaluate(LARGEST)))
                    page.close()
    return {title: statistics.median(found) for title, found in times.items()}


@contextmanager
def _site() -> Iterator[str]:
    """The origin of a site with a page for each title, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/hero.png":
            self._answer("image/png", _picture())
        elif path == "/1flow.js":
            self._answer("text/javascript", _sdk())
        else:
            origin = f"http://{self.headers['host']}"
            self._answer("text/html", (PAGE % _fragment(path[1:], origin)).encode())

    def _answer(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        # A page that has shown its picture is closed.
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@cache
def _fragment(start: str, origin: str) -> str:
    """What the page contains: the plugin inline, or nothing."""
    if start not in STARTS:
        return ""
    sdk = {"start": start, "regions": {"us": f"{origin}/1flow.js"}}
    return flowplug.build(flowplug.load({"settings": SETTINGS, "sdk": sdk}))["1flow.html"].content.decode()


@cache
def _picture() -> bytes:
    """A PNG of noise, which is not compressed."""
    noise = random.Random(1)
    rows = b"".join(b"\0" + noise.randbytes(3 * PICTURE_SIDE) for _ in range(PICTURE_SIDE))
    header = struct.pack(">IIBBBBB", PICTURE_SIDE, PICTURE_SIDE, 8, 2, 0, 0, 0)
    chunks: Sequence[tuple[bytes, bytes]] = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@cache
def _sdk() -> bytes:
    """As large as a real SDK, and as slow to compile: functions, and the commands generation's API."""
    functions = "".join(f"function f{number}(a){{return a?a*{number}:f{number}(1)}}" for number in range(5000))
    return f"window._1flow=()=>{{}};{functions}"[:SDK_BYTES].rpartition("function ")[0].encode()
