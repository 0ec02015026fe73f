"""Every HTML and JavaScript block of the README and of docs/ does what it says, on a page."""

from __future__ import annotations

import re

import pytest

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import Arrival, Event, User
from tests.support.documents import Block, blocks_in
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


@pytest.mark.parametrize("block", blocks_in("js"), ids=str)
def test_calls_arrive_as_the_text_says(shop: Shop, block: Block) -> None:
    ((then, arrives),) = [value for start, value in ARRIVES.items() if block.text.startswith(start)]
    shop.open()
    shop.expect(do=f"{block.text}\n{then}", arrives=arrives)


@pytest.mark.parametrize("block", blocks_in("html"), ids=str)
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
