"""The fault matrix: whatever the network, the SDK and the page do, these calls reach the SDK, and nothing breaks.

Each row is run on a page without Analytics.js, whose clock is moved by the test: with both generations of the SDK,
and with one of them for the module, whose code is the same. The page makes the calls ``EARLY`` when the plugin
registers and ``LATE`` when it has its SDK or has given up.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route

import flowplug
from flowplug.standin import Reply, sdk_source
from tests.browser.bare import Bare, JsonObject, Meanwhile, SdkAnswer, replaced_by
from tests.browser.watched import NAME, SDK_ADDRESS, Arrival, Event, User
from tests.support.modules import as_script
from tests.support.projects import EVERYTHING, KEY

PluginFor: TypeAlias = Callable[[str, str, JsonObject], bytes]

EARLY: tuple[JsonObject, ...] = (
    {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}},
    {"type": "track", "event": "first", "properties": {"items": [{"n": 1}]}},
    {"type": "track", "event": "second"},
)
LATE: JsonObject = {"type": "track", "event": "late", "properties": {"n": None}}

EARLY_ARRIVE: tuple[Arrival, ...] = (
    User("u1", {"plan": "pro"}),
    Event("first", {"items": [{"n": 1}]}),
    Event("second", {}),
)
LATE_ARRIVES = Event("late", {"n": None})
ALL = (*EARLY_ARRIVE, LATE_ARRIVES)
NONE: tuple[Arrival, ...] = ()


# What is answered to a request for the SDK


def _sdk(bare: Bare, route: Route, more: str = "") -> None:
    count = b"window.sdkRuns = (window.sdkRuns || 0) + 1;\n"
    route.fulfill(content_type="text/javascript", body=count + sdk_source(bare.generation) + more.encode())


def status(code: int, body: str = "", **headers: str) -> SdkAnswer:
    headers = {"content-type": "text/html", **headers}
    return SdkAnswer(lambda _, route: route.fulfill(status=code, headers=headers, body=body))


def aborted(reason: str) -> SdkAnswer:
    return SdkAnswer(lambda _, route: route.abort(reason))


works = SdkAnswer(_sdk)
with_a_frame = SdkAnswer(
    lambda bare, route: _sdk(bare, route, "document.head.append(document.createElement('iframe'));")
)
never = works.after(None)
half_a_script = SdkAnswer(lambda bare, route: route.continue_(url=bare.real_server))
an_html_page = status(200, "<!doctype html><title>Sign in</title>")
throws_on_every_call = replaced_by(
    """const called = call => (...args) => {
         document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
         throw new Error("broken SDK");
       };
       const _1flow = {logUser: called("logUser"), logEvent: called("logEvent")};""",
    """window._1flow = (call, ...args) => {
         document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
         throw new Error("broken SDK");
       };""",
)
rejects_every_call = replaced_by(
    """const called = call => async (...args) => {
         document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
         await null;
         throw new Error("broken SDK");
       };
       const _1flow = {logUser: called("logUser"), logEvent: called("logEvent")};""",
    """window._1flow = async (call, ...args) => {
         document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));
         await null;
         throw new Error("broken SDK");
       };""",
)
throws_at_start = replaced_by("throw new Error('broken SDK');")
throws_while_it_defines_itself = replaced_by(
    "const _1flow = (() => { throw new Error('broken SDK'); })();",
    "window._1flow = (() => { throw new Error('broken SDK'); })();",
)


def defines_itself_later(seconds: float) -> SdkAnswer:
    called = """const called = call => (...args) =>
      document.dispatchEvent(new CustomEvent("1flow-sdk", {detail: {call, args}}));"""
    methods = 'window._1flow = {logUser: called("logUser"), logEvent: called("logEvent")};'
    commands = "window._1flow = (call, ...args) => called(call)(...args);"
    return replaced_by(
        *(f"setTimeout(() => {{ {called} {api} }}, {seconds * 1000});" for api in (methods, commands))
    )


# What is done to the page


def csp(policy: str) -> dict[str, str]:
    return {"content-security-policy": policy}


def offline_then_online(bare: Bare) -> None:
    bare.page.context.set_offline(True)
    bare.page.context.set_offline(False)


def reload(bare: Bare) -> None:
    bare.forget_requests()
    bare.page.reload()


def break_collector(bare: Bare) -> None:
    def handle(*_: object) -> Reply:
        return Reply(500, b"{}")

    # The collector has no switch for this: only here does it fail.
    bare.collector.handle = handle  # type: ignore[method-assign, assignment]


A_STUB = "window._1flow = () => { throw new Error('the stub was called'); };"
# A stub put there by something that the page loads, as an image is loaded after it here.
A_STUB_LATER = f"""setTimeout(() => {{ {A_STUB}
  document.head.append(Object.assign(new Image(), {{src: "data:image/gif;base64,R0lGODlhAQABAAAAACw="}}));
}}, 500);"""
A_STUB_UNSEEN = f"setTimeout(() => {{ {A_STUB} }}, 300);"
ANOTHER_VENDOR = '<script data-api-key="another vendor\'s">/* theirs */</script>'
BY_HAND = f'<script src="{SDK_ADDRESS}" data-api-key="{KEY}"></script>'
BY_HAND_DEFERRED = BY_HAND.replace("<script", "<script defer")
BY_HAND_ASYNC = BY_HAND.replace("<script", "<script async")
BY_HAND_RELATIVE = BY_HAND.replace(SDK_ADDRESS, "/sdk.js")
ENUMERABLE_EXTRAS = "Object.prototype.extra = {shared: true}; Array.prototype.more = () => {};"

AT_ONCE: JsonObject = {"sdk": {"start": "now"}}

# What browsers log by themselves
NETWORK = r"Failed to load resource"
POLICY = r"(Content Security Policy|Content-Security-Policy|TrustedScriptURL|Trusted ?Type)"


@dataclass(frozen=True)
class Fault:
    """One row: what goes wrong, and what is seen then."""

    name: str
    sdk: tuple[SdkAnswer, ...] = (works,)  # to the first request, the second…; the last one to all others
    before: str = ""  # JavaScript that runs on the page before everything else
    head: str = ""  # HTML before the plugin
    headers: dict[str, str] = field(default_factory=dict)  # of the page
    early: tuple[JsonObject, ...] = EARLY
    copies: int = 1  # of the plugin
    module: bool = False  # whether its script is one
    address: str = SDK_ADDRESS
    options: JsonObject = field(default_factory=dict)  # of the project
    loads: bool = (
        True  # whether the page does, so that the plugin begins: with the default start, it waits for that
    )
    first: Meanwhile | None = None  # done before the page is opened
    meanwhile: Meanwhile | None = None  # done when nothing happens any more without time

    arrives: tuple[Arrival, ...] = ALL  # at the SDK
    at_1flow: bool = True  # and from there at 1Flow
    failed: int = 0  # calls that the SDK threw on
    attempts: int = 1
    requests: int | None = None  # left out: as many as attempts
    seconds: float = 0  # until the SDK is there or is given up
    rejects: str = ""  # what load() says; left out: the SDK is there
    noise: tuple[str, ...] = ()  # what browser and SDK themselves log


def gives_up(name: str, *sdk: SdkAnswer, rejects: str, **rest: Any) -> Fault:
    """A row whose SDK never comes: three attempts, with pauses of half a second and a second.

    A script that has run is given three seconds to define the SDK.
    """
    seconds = 1.5 + (9 if rejects == EMPTY else 0)
    row = {"arrives": NONE, "attempts": 3, "seconds": seconds, "noise": (NETWORK,), **rest}
    return Fault(name, sdk or (works,), rejects=rejects, **row)


# What load() says of the last attempt
UNLOADED, EMPTY, LATE_ANSWER = "after error of", "after load of", "after timeout of"
REFUSED = "after securitypolicyviolation of"

FAULTS = (
    Fault("nothing"),
    # Time
    gives_up("the SDK never answers", never, rejects=LATE_ANSWER, seconds=31.5, requests=1),
    Fault("it answers after 1 s", (works.after(1),), seconds=1),
    Fault("it answers after 5 s", (works.after(5),), seconds=5),
    Fault("it answers after 15 s", (works.after(15),), attempts=2, requests=1, seconds=15),
    Fault("it answers after 25 s", (works.after(25),), attempts=3, requests=1, seconds=25),
    Fault(
        "404 in the pause after a timeout, then the SDK",
        (status(404).after(10.2), works),
        attempts=2,
        seconds=10.5,
        noise=(NETWORK,),
    ),
    Fault(
        "404 after 15 s, then the SDK",
        (status(404).after(15), works),
        attempts=3,
        requests=2,
        seconds=16,
        noise=(NETWORK,),
    ),
    gives_up("it answers after 40 s", works.after(40), rejects=LATE_ANSWER, seconds=31.5, requests=1),
    # Network
    gives_up("its name is not known", aborted("namenotresolved"), rejects=UNLOADED),
    gives_up("the connection is reset", aborted("connectionreset"), rejects=UNLOADED),
    gives_up(
        "the connection ends in the middle of the script",
        half_a_script,
        address="{origin}/sdk.js",
        rejects=UNLOADED,
    ),
    gives_up("a content blocker", aborted("blockedbyclient"), rejects=UNLOADED),
    gives_up("404", status(404), rejects=UNLOADED),
    gives_up(
        "404, with other chances", status(404), before="Math.random = () => 0.5;", rejects=UNLOADED, seconds=2.25
    ),
    gives_up(
        "404, with more retries",
        status(404),
        options={"sdk": {"retries": 4}},
        rejects=UNLOADED,
        attempts=5,
        seconds=7.5,
    ),
    gives_up("404 with a page", status(404, "<!doctype html>Not found"), rejects=UNLOADED),
    Fault("500, then 200", (status(500), works), attempts=2, seconds=0.5, noise=(NETWORK,)),
    Fault("500 twice, then 200", (status(500), status(500), works), attempts=3, seconds=1.5, noise=(NETWORK,)),
    Fault(
        "offline, then online",
        (aborted("internetdisconnected"), works),
        meanwhile=offline_then_online,
        attempts=2,
        noise=(NETWORK,),
    ),
    Fault("the page is reloaded meanwhile", (never, works), meanwhile=reload, requests=2),
    Fault("1Flow answers 500", first=break_collector, at_1flow=False, noise=(NETWORK,)),
    # The SDK's script
    gives_up("200 with HTML", an_html_page, rejects=EMPTY, noise=("Unexpected token",)),
    gives_up(
        "200 with HTML, not to be sniffed",
        status(200, "<!doctype html>", **{"x-content-type-options": "nosniff"}),
        rejects=UNLOADED,
        noise=("MIME type",),
    ),
    gives_up("200 and empty", replaced_by(""), rejects=EMPTY),
    Fault("200 and empty, then the SDK", (replaced_by(""), works), attempts=2, seconds=3.5),
    gives_up("it throws at start", throws_at_start, rejects=EMPTY, noise=("broken SDK",)),
    gives_up(
        "it throws while it defines itself",
        throws_while_it_defines_itself,
        rejects=EMPTY,
        noise=("broken SDK", "already been declared"),
    ),
    Fault(
        "it throws on every call",
        (throws_on_every_call,),
        at_1flow=False,
        failed=4,
        noise=(f"{re.escape(NAME)} Error: broken SDK",),
    ),
    Fault("it defines itself 0.3 s after it has loaded", (defines_itself_later(0.3),), at_1flow=False, seconds=3),
    Fault(
        "it defines itself 2 s after it has loaded",
        (defines_itself_later(2),),
        at_1flow=False,
        seconds=3,
    ),
    # The page
    Fault("a stub at window._1flow", before=A_STUB),
    gives_up("a stub at window._1flow for ever", replaced_by(""), before=A_STUB, rejects=EMPTY),
    gives_up(
        "a stub that comes while an empty script is loading",
        replaced_by("").after(1),
        before=A_STUB_LATER,
        rejects=EMPTY,
        seconds=13.5,
    ),
    Fault(
        "a stub that comes while the SDK is loading",
        (works.after(1),),
        before=A_STUB_LATER,
        seconds=1,
    ),
    Fault(
        "404, then a stub, then the SDK",
        (status(404), works),
        before=A_STUB_UNSEEN,
        attempts=2,
        seconds=0.5,
        noise=(NETWORK,),
    ),
    gives_up("a script that defines something else", replaced_by("window._1flow = 5;"), rejects=EMPTY),
    Fault("the SDK makes a frame while it starts", (with_a_frame,)),
    Fault("another vendor's script[data-api-key] before", head=ANOTHER_VENDOR),
    Fault("the SDK is on the page already", head=BY_HAND, attempts=0, requests=1),
    Fault("the SDK is on the page already, after a stub", before=A_STUB, head=BY_HAND, attempts=0, requests=1),
    Fault("the SDK is on the page, deferred", head=BY_HAND_DEFERRED, requests=1, options=AT_ONCE),
    Fault(
        "the SDK is on the page, deferred, after a stub",
        before=A_STUB,
        head=BY_HAND_DEFERRED,
        requests=1,
        options=AT_ONCE,
    ),
    Fault("the SDK is on the page, deferred, and the plugin waits", head=BY_HAND_DEFERRED, attempts=0, requests=1),
    Fault("the SDK is loading already", (works.after(3),), head=BY_HAND_ASYNC, seconds=3, options=AT_ONCE),
    Fault(
        "the SDK is loading already, after a stub",
        (works.after(3),),
        before=A_STUB,
        head=BY_HAND_ASYNC,
        seconds=3,
        options=AT_ONCE,
    ),
    Fault(
        "the SDK is loading already, and the plugin waits",
        (works.after(3),),
        head=BY_HAND_ASYNC,
        attempts=0,
        requests=1,
        seconds=3,
        loads=False,
    ),
    Fault(
        "the SDK is loading already, and the plugin waits until the deadline",
        (works.after(7),),
        head=BY_HAND_ASYNC,
        seconds=7,
        loads=False,
    ),
    Fault(
        "the SDK is on the page already, by a relative address",
        head=BY_HAND_RELATIVE,
        address="{origin}/sdk.js",
        attempts=0,
        requests=1,
        at_1flow=False,  # but at the origin of its own script
    ),
    Fault(
        "the SDK is loading already, after a stub, and fails",
        (status(404).after(1), works),
        before=A_STUB,
        head=BY_HAND_ASYNC,
        attempts=2,
        seconds=1.5,
        noise=(NETWORK,),
        options=AT_ONCE,
    ),
    Fault(
        "the SDK is loading already and takes longer than an attempt",
        (works.after(12),),
        options=AT_ONCE,
        head=BY_HAND_ASYNC,
        attempts=2,
        requests=1,
        seconds=12,
    ),
    Fault(
        "the SDK was on the page and had failed",
        (status(500), works),
        head=BY_HAND,
        requests=2,
        noise=(NETWORK,),
    ),
    Fault(
        "two plugins",
        copies=2,
        requests=1,
        arrives=(*EARLY_ARRIVE, *EARLY_ARRIVE, LATE_ARRIVES, LATE_ARRIVES),
    ),
    Fault(
        "two plugins, 500, then 200",
        (status(500), works),
        copies=2,
        arrives=(*EARLY_ARRIVE, *EARLY_ARRIVE, LATE_ARRIVES, LATE_ARRIVES),
        attempts=2,
        seconds=0.5,
        noise=(NETWORK,),
    ),
    Fault("enumerable extras on the prototypes", before=ENUMERABLE_EXTRAS),
    Fault(
        "an element that hides the document's addEventListener",
        (defines_itself_later(0),),  # the stand-in SDK calls what is hidden
        head='<img name="addEventListener">',
        at_1flow=False,
        seconds=3,
    ),
    Fault("no head", before="Object.defineProperty(Document.prototype, 'head', {get: () => null});"),
    Fault(
        "an SDK whose functions return promises that reject",
        (rejects_every_call,),
        at_1flow=False,
        failed=4,
        noise=(f"{re.escape(NAME)} Error: broken SDK",),
    ),
    Fault("no list of resources", before="delete Performance.prototype.getEntriesByName;"),
    Fault(
        "100,000 track calls before the SDK",
        (works.after(5),),
        before="setTimeout(() => { for (let n = 0; n < 100000; n += 1) "
        "send({type: 'track', event: `call ${n}`}); }, 1000);",
        arrives=(*EARLY_ARRIVE, *(Event(f"call {n}", {}) for n in range(997)), LATE_ARRIVES),
        at_1flow=False,
        seconds=5,
    ),
    # Security policies
    gives_up(
        "a policy without the SDK's address",
        headers=csp("script-src 'self'"),
        attempts=1,
        requests=0,
        seconds=0,
        rejects=REFUSED,
        noise=(POLICY,),
    ),
    gives_up(
        "a policy without the SDK's address, where it is asked again",
        headers=csp("script-src 'self'"),
        options={"plugin": {"stats": True}},
        requests=0,
        rejects=UNLOADED,
        noise=(POLICY,),
    ),
    gives_up(
        "404, and a policy without the SDK's address that only reports",
        status(404),
        headers={"content-security-policy-report-only": "script-src 'self'"},
        rejects=UNLOADED,
        noise=(NETWORK, POLICY),
    ),
    gives_up(
        "a policy without the SDK's address, and no retries",
        headers=csp("script-src 'self'"),
        options={"sdk": {"retries": 0}},
        attempts=1,
        requests=0,
        seconds=0,
        rejects=UNLOADED,
        noise=(POLICY,),
    ),
    gives_up(
        "404, and a policy that blocks something else of 1Flow's",
        status(404),
        before="""document.addEventListener("DOMContentLoaded", () =>
          document.body.append(Object.assign(new Image(), {src: "https://1flow.app/logo.png"})));""",
        headers=csp("img-src 'none'"),
        rejects=UNLOADED,
        noise=(NETWORK, POLICY, "img-src"),
    ),
    Fault("a policy with the SDK's address", headers=csp("script-src 'self' https://1flow.app")),
    Fault("a policy with a nonce", headers=csp("script-src 'nonce-abc'")),
    Fault(
        "a policy with a nonce, and the plugin a module",
        before="window.flowplug = {nonce: 'abc'};",
        headers=csp("script-src 'nonce-abc'"),
        module=True,
    ),
    gives_up(
        "a policy with a nonce, and the plugin a module that was told none",
        headers=csp("script-src 'nonce-abc'"),
        module=True,
        attempts=1,
        requests=0,
        seconds=0,
        rejects=REFUSED,
        noise=(POLICY,),
    ),
    Fault(
        "a strict policy",
        headers=csp("script-src 'nonce-abc' 'strict-dynamic'; object-src 'none'; base-uri 'none'"),
    ),
    Fault(
        "Trusted Types enforced",
        headers=csp("script-src 'nonce-abc' 'strict-dynamic'; require-trusted-types-for 'script'"),
    ),
    Fault(
        "Trusted Types enforced, only the plugin's allowed",
        headers=csp("require-trusted-types-for 'script'; trusted-types flowplug"),
    ),
    Fault(
        "Trusted Types, only another's allowed, but not enforced",
        headers=csp("trusted-types theirs"),
        noise=(POLICY,),
    ),
    Fault(
        "Trusted Types enforced, only the plugin's allowed, and 500, then 200",
        (status(500), works),
        headers=csp("require-trusted-types-for 'script'; trusted-types flowplug"),
        attempts=2,
        seconds=0.5,
        noise=(NETWORK,),
    ),
    gives_up(
        "Trusted Types enforced, only another's allowed",
        headers=csp("require-trusted-types-for 'script'; trusted-types theirs"),
        attempts=1,
        requests=0,
        seconds=0,
        rejects="after TypeError",
        noise=(POLICY,),
    ),
)


@pytest.fixture(scope="module")
def broken_server() -> Iterator[str]:
    """The address of a server that answers with the page it is asked for, or with half a script.

    A browser lets a page ask this machine only where the page itself is from this machine.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = parse_qs(urlsplit(self.path).query).get("page")
            body = page[0].encode() if page else sdk_source("methods")
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if page else "text/javascript")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if page else body[: len(body) // 2])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(bare: Bare, fault: Fault, broken_server: str, plugin_for: PluginFor) -> None:
    see_fault(bare, fault, broken_server, partial(plugin_for, "script"))


@pytest.mark.parametrize("generation", ["commands"], indirect=True)
@pytest.mark.parametrize("fault", [row for row in FAULTS if not row.module], ids=lambda fault: fault.name)
def test_fault_where_the_plugin_is_in_the_script_of_a_site(
    bare: Bare, fault: Fault, broken_server: str, plugin_for: PluginFor
) -> None:
    see_fault(bare, fault, broken_server, partial(plugin_for, "module"))


def see_fault(
    bare: Bare, fault: Fault, broken_server: str, plugin_for: Callable[[str, JsonObject], bytes]
) -> None:
    """Open the page with a plugin that is built for the address and the options of the fault."""
    if "{origin}" in fault.address:
        bare.origin = re.sub(r"shop-\d+\.", "", bare.origin)  # a project takes http only for localhost itself
    bare.sdk_address = fault.address.format(origin=bare.origin)
    bare.real_server = broken_server if half_a_script in fault.sdk else ""
    if fault.first:
        fault.first(bare)
    bare.open_bare(
        plugin_for(bare.sdk_address, fault.options),
        answers=fault.sdk,
        early=fault.early,
        before=fault.before,
        head=fault.head,
        headers=fault.headers,
        copies=fault.copies,
        module=fault.module,
    )
    if fault.loads and fault.options != AT_ONCE:
        bare.page.wait_for_load_state("load")
    seconds = bare.live(fault.meanwhile)
    bare.send(LATE)
    rest = bare.rest()

    assert bare.reached_sdk() == list(fault.arrives)
    if fault.at_1flow:
        bare.expect_all(fault.arrives)
        assert {record.key for record in bare.collector.records} <= {KEY}
    assert bare.page.evaluate("window.sdkRuns || 0") <= 1
    assert rest == {"live": 0, "fired": 0}
    assert seconds == fault.seconds
    assert len(bare.sdk_requests) == (fault.attempts if fault.requests is None else fault.requests)
    assert_rejected(bare, fault)
    assert_counted(bare, fault)
    bare.forgive(*fault.noise)


def assert_rejected(bare: Bare, fault: Fault) -> None:
    """Load() rejects once, with one message that says what to check, or not at all."""
    ready = bare.page.evaluate("async () => (await Promise.all(plugins.map(plugin => plugin.ready()))).join()")
    assert ready == ",".join(["false" if fault.rejects else "true"] * fault.copies)
    messages = bare.page.evaluate("rejections")
    assert len(messages) == (1 if fault.rejects else 0)
    for message in messages:
        assert re.search(fault.rejects, message)
        for part in (bare.sdk_address, "key", "region", "content blockers", "CSP", "docs/lifecycle.md"):
            assert part in message


def assert_counted(bare: Bare, fault: Fault) -> None:
    """stats() agrees with what has happened."""
    stats = bare.stats()
    sent, failed, dropped, received, matched = (
        sum(plugin[name] for plugin in stats) for name in ("sent", "failed", "dropped", "received", "matched")
    )
    assert (sent + failed, failed) == (len(fault.arrives), fault.failed)
    assert received == matched == sent + failed + dropped
    opened = bare.page.evaluate("openedAt")
    for plugin in stats:
        assert plugin["queued"] == 0
        assert plugin["attempts"] == fault.attempts
        assert plugin["state"] == ("failed" if fault.rejects else "ready")
        assert plugin["generation"] == (None if fault.rejects else bare.generation)
        assert plugin["readyAt"] == (None if fault.rejects else opened + fault.seconds * 1000)


@pytest.fixture(scope="module")
def plugin_for() -> PluginFor:
    """Gives the plugin in a format that loads the SDK from an address, of a project with these options."""
    known: dict[str, bytes] = {}

    def build(form: str, address: str, options: JsonObject) -> bytes:
        sdk = {"regions": {"us": address}, **options.get("sdk", {})}
        source = {**EVERYTHING, **options, "sdk": sdk}
        key = json.dumps([form, source])
        if key not in known:
            bundle = flowplug.build(flowplug.load(source), formats=[form])
            known[key] = (
                as_script(bundle["1flow.min.mjs"].content, '{ nonce: "abc" }')
                if form == "module"
                else bundle["1flow.min.js"].content
            )
        return known[key]

    return build
