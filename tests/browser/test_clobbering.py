"""Elements of the page with the names of what the plugin reads: each name in each way, and every call arrives.

A frame has the elements, one plugin, and its host; all the frames of a name are on one page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest
from playwright.sync_api import Page, Route

import flowplug
from flowplug.formats import FORMATS
from flowplug.standin import Generation
from tests.browser.watched import SDK_ADDRESS, WatchedPage
from tests.support.modules import as_script
from tests.support.projects import EVERYTHING, EVERYWHERE

DOCUMENT = (
    "baseURI",
    "createElement",
    "currentScript",
    "dispatchEvent",
    "documentElement",
    "head",
    "prerendering",
    "readyState",
    "scripts",
)
"""What the plugin reads of the document, where an element's name hides even what browsers have."""

WINDOW = (
    "_1flow",
    "_flowplug",
    "analytics",
    "flowplug",
    "oneFlowDestination",
    "requestIdleCallback",
    "rudderanalytics",
    "trustedTypes",
)
"""What it reads of the window that not every browser or page has: there an element stands in its place."""

PARTS = "".join(
    f"<input name={name}>"
    for name in ("register", "push", "addCustomIntegration", "nonce", "onError", "logUser", "logEvent", "src")
)
WAYS = {
    "img": "<img name={name}>",
    "form": "<form name={name}></form>",
    "form with inputs": f"<form id={{name}} name={{name}}>{PARTS}</form>",
    "object": "<object id={name} name={name}></object>",
    "link": "<a id={name} href=/1flow.min.js></a>",
    "frame": "<iframe name={name}></iframe>",
    "another's frame": "<iframe name={name} sandbox srcdoc=''></iframe>",
}

CALLS = """const called = plugin => {
  plugin.identify({ event: { type: "identify", userId: "u" } });
  plugin.track({ event: { type: "track", event: "E" } });
};"""
HOSTS = {
    "script": """window.analytics = { register: plugin => {
        plugin.load({}, { queue: { plugins: [plugin] } });
        called(plugin);
    } };""",
    "remote": """const plugins = oneFlowDestination({});
        plugins.forEach(plugin => plugin.load({}, { queue: { plugins: [] } }));
        called(Object.assign({}, ...plugins));""",
    "rudderstack": """window.rudderanalytics = { addCustomIntegration: (_, plugin) => {
        plugin.init();
        plugin.identify({}, {}, { message: { type: "identify", userId: "u", context: {} } });
        plugin.track({}, {}, { message: { type: "track", event: "E" } });
    } };""",
}
MODULE_HOSTS = {
    "module": HOSTS["script"],
    "getanalytics": """window.analytics = { register: plugin => {
        plugin.initialize();
        plugin.identify({ payload: { type: "identify", userId: "u" } });
        plugin.track({ payload: { type: "track", event: "E" } });
    } };""",
}
SDKS = {
    "methods": """const _1flow = {
        logUser: user => top.reached(location.search, user),
        logEvent: name => top.reached(location.search, name),
    };""",
    "commands": "window._1flow = (command, subject) => top.reached(location.search, subject);",
}
TOP = """window.frames_reached = {};
window.reached = (frame, subject) => (frames_reached[frame] = (frames_reached[frame] || "") + subject);"""


@cache
def built(form: str, start: str = "now", address: str = SDK_ADDRESS) -> dict[str, str]:
    """The scripts of a format, with every part that it can have."""
    project: dict[str, Any] = {
        **EVERYWHERE,
        **EVERYTHING,
        "sdk": {"start": start, "regions": {"us": address}},
        "build": {"formats": [form]},
    }
    assets = flowplug.build(flowplug.load(project), debug=True).assets
    return {asset.name: asset.content.decode() for asset in assets if asset.name.endswith(("js", "html"))}


def frames(name: str) -> Iterator[str]:
    """Each frame of the page for a name: every way with the script, and the worst one with each other format."""
    for markup in WAYS.values():
        yield frame(markup.format(name=name), built("script")["1flow.min.js"], HOSTS["script"])
    everything = WAYS["form with inputs"].format(name=name)
    for form, host in HOSTS.items():
        yield frame(everything, built(form, "idle", "/js/1flow.js")[FORMATS[form].minified], host)
    for form, host in MODULE_HOSTS.items():
        source = built(form)[FORMATS[form].minified].encode()
        yield frame(everything, "", host + as_script(source).decode())
    yield frame(everything, built("script")["1flow.debug.js"], HOSTS["script"])


def frame(markup: str, plugin: str, host: str) -> str:
    return f"<!doctype html><body>{markup}<script>{plugin}</script><script>{CALLS}{host}</script>"


@pytest.mark.parametrize(
    ("name", "generation"),
    [*((name, "methods") for name in (*DOCUMENT, *WINDOW)), ("_1flow", "commands"), ("scripts", "commands")],
    indirect=["generation"],
)
def test_a_name_of_an_element_keeps_no_call_from_the_sdk(
    tab: Page, origin: str, name: str, generation: Generation
) -> None:
    page = WatchedPage(tab, origin, generation)
    pages = {f"?{number}": text for number, text in enumerate(frames(name))}

    def serve(route: Route) -> None:
        route.fulfill(content_type="text/html", body=pages["?" + route.request.url.rpartition("?")[2]])

    tab.route(re.compile(f"^{re.escape(origin)}/frame"), serve)
    for address in (SDK_ADDRESS, f"{origin}/js/1flow.js"):
        tab.route(address, lambda route: route.fulfill(content_type="text/javascript", body=SDKS[generation]))
    frames_of_page = "".join(f"<iframe src=/frame{html.escape(query)}></iframe>" for query in pages)
    # What this browser has, not every browser has.
    tab.add_init_script("delete window.requestIdleCallback; delete window.trustedTypes;" + TOP)
    tab.route(
        f"{origin}/all",
        lambda route: route.fulfill(content_type="text/html", body="<!doctype html>" + frames_of_page),
    )
    tab.goto(f"{origin}/all", wait_until="commit")
    try:
        tab.wait_for_function(
            f"Object.values(window.frames_reached || {{}}).join('').length === {2 * len(pages)}", timeout=5000
        )
    finally:
        assert (tab.evaluate("frames_reached"), page.problems) == (dict.fromkeys(pages, "uE"), [])


def test_every_name_that_the_plugin_reads_is_in_the_table(tab: Page, origin: str) -> None:
    sources = [
        source
        for form in FORMATS
        for start, address in (("now", SDK_ADDRESS), ("idle", "/sdk.js"))
        for name, source in built(form, start, address).items()
        if "min" not in name
    ]
    code = "\n".join(re.sub(r"//.*|/\*.*?\*/", "", source) for source in sources)
    assert set(re.findall(r'\bofDocument\("(\w+)"\)', code)) == set(DOCUMENT)
    # Whatever else is read there is not hidden by an element: nothing is.
    assert set(re.findall(r"(?<![\w.])document\.(\w+)", code)) == set()
    read = set(filter(None, chain(*re.findall(r'\bwindow(?:\.(\w+)|\["(\w+)"\])', code))))
    named = set(re.findall(r"(?<![\w$.\"])([A-Za-z_$][\w$]*)(?=[.(]| ===)", re.sub(r'"[^"\n]*"', '""', code)))
    tab.goto(f"{origin}/checkout", wait_until="commit")
    lacking = "names => names.filter(name => !Object.prototype.hasOwnProperty.call(window, name))"
    assert read | (named & set(WINDOW)) == set(WINDOW)
    assert set(tab.evaluate(lacking, sorted(read))) <= set(WINDOW)
