"""The HTML and JavaScript blocks of the README and of docs/ do what they say, on a page.

Those of docs/consent.md are in test_consent.py, those of docs/control.md in tests/unit/test_control.py, and those
for other hosts than Analytics.js in test_hosts.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import Arrival, Event, User
from tests.support.documents import Block, blocks_in
from tests.support.modules import bundled, type_errors, write_site
from tests.support.projects import PRESETS

# What a block begins with, what is done after it, and what arrives.
ARRIVES: dict[str, tuple[str, list[Arrival]]] = {
    'analytics.identify("u1"': (
        "",
        [User("u1", {"plan": "pro"}), Event("Order Completed", {"total": 9.5, "items": [{"sku": "a"}]})],
    ),
    'analytics.track("Internal"': ("", []),
    "analytics.queue.plugins.find": ("", []),
    "analytics.addDestinationMiddleware": (
        'analytics.track("Signed Up", {email: "a@shop.example", plan: "pro"})',
        [Event("Signed Up", {"plan": "pro"})],
    ),
    'document.addEventListener("flowplug"': ('analytics.track("Told")', [Event("Told")]),
}


@pytest.mark.parametrize(
    "block",
    [block for block in blocks_in("js") if block.file not in {"consent.md", "control.md"} and not block.host],
    ids=str,
)
def test_calls_arrive_as_the_text_says(shop: Shop, block: Block) -> None:
    ((then, arrives),) = [value for start, value in ARRIVES.items() if block.text.startswith(start)]
    shop.open()
    shop.expect(do=f"{block.text}\n{then}", arrives=arrives)


@pytest.mark.parametrize("block", [block for block in blocks_in("html") if not block.host], ids=str)
def test_an_element_to_paste_brings_the_plugin(shop: Shop, block: Block) -> None:
    built = flowplug.build(flowplug.load(PRESETS))
    page = f"<!doctype html><head>{block.text}<script src='/static/demo/snippet.js'></script></head>"
    page = page.replace("<!doctype html>", "<!doctype html><html data-write-key='demo'>")
    nonce = re.search(r'nonce="(\w+)"', block.text)
    # Playwright itself waits by means of eval.
    policy = f"script-src 'self' 'unsafe-eval' 'nonce-{nonce.group(1)}'" if nonce else ""
    headers = {"content-type": "text/html", "content-security-policy": policy}
    shop.page.route(f"{shop.origin}/pasted", lambda route: route.fulfill(headers=headers, body=page))
    shop.page.route(
        f"{shop.origin}/1flow.min.js",
        lambda route: route.fulfill(content_type="text/javascript", body=built["1flow.min.js"].content),
    )
    shop.page.goto(f"{shop.origin}/pasted")
    shop.until_loaded()


# A block for npm sites exports what Analytics.js is loaded with, or the plugin alone.
ENTRY = """
import { AnalyticsBrowser } from "@segment/analytics-next";
import * as site from "./block";
window.analytics = site.analytics || AnalyticsBrowser.load({ writeKey: "demo", plugins: [site.plugin] });
"""


@pytest.mark.parametrize("block", [block for block in blocks_in("ts") if not block.host], ids=str)
def test_code_for_a_site_with_a_bundler_type_checks_and_brings_the_plugin(
    shop: Shop, block: Block, tmp_path: Path
) -> None:
    remote = flowplug.build(flowplug.load(PRESETS), formats=["remote"])
    entry = remote["1flow.remote.json"].content.decode()
    files = {"block.ts": block.text, "entry.js": ENTRY, "1flow.remote.json": entry}
    write_site(tmp_path, PRESETS, files)
    assert type_errors(tmp_path, "block.ts") == ""
    script = bundled(tmp_path, "entry.js")["vite"]["entry.js"]

    def answer_segment(route: Route) -> None:
        settings = {"integrations": {}, "metrics": {"sampleRate": 0}}
        route.fulfill(content_type="application/json", body=json.dumps(settings))

    shop.page.route(re.compile(r"^https://(cdn|api)\.segment\.(com|io)/"), answer_segment)
    shop.page.route(
        f"{shop.origin}/site.js", lambda route: route.fulfill(content_type="text/javascript", body=script)
    )
    shop.page.route(
        f"{shop.origin}/1flow.remote.min.js",
        lambda route: route.fulfill(content_type="text/javascript", body=remote["1flow.remote.min.js"].content),
    )
    body = "<!doctype html><head><script src='/site.js'></script></head>"
    shop.page.route(f"{shop.origin}/site", lambda route: route.fulfill(content_type="text/html", body=body))
    shop.page.goto(f"{shop.origin}/site")
    shop.until_loaded()
    shop.expect(do='analytics.identify("u1", {plan: "pro"})', arrives=[User("u1", {"plan": "pro"})])
