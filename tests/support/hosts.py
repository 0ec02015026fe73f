"""The other hosts, for the page of tests/support/page.py: what each hands to the plugin for a call on its page.

Events are as the libraries make them, as far as a mapping can see (measured with the versions in package.json);
tests/browser/test_hosts.py has the libraries themselves.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import flowplug
from tests.support.page import Page

JsonObject: TypeAlias = "dict[str, Any]"

FILES = {
    "script": "1flow.js",
    "rudderstack": "1flow.rudderstack.js",
    "getanalytics": "1flow.getanalytics.mjs",
}

# How the page of the tests calls the plugin: as it does Analytics.js's.
_BEFORE = {
    "script": "",
    "rudderstack": """
      globalThis.rudderanalytics = {
        addCustomIntegration(id, integration) {
          const calls = {};
          for (const type of ["track", "identify", "page", "group", "alias"]) {
            if (integration[type]) calls[type] = ({ event }) => integration[type]({}, {}, { message: event });
          }
          plugins.push(calls);
          globalThis.destination = id;
          const analytics = { getAnonymousId: () => globalThis.anonymousId };
          if (integration.init) integration.init({}, analytics, {});
        },
      };
    """,
    "getanalytics": """
      globalThis.install = plugin => {
        const calls = {};
        for (const type of ["track", "identify", "page"]) {
          if (plugin[type]) calls[type] = ({ event }) => { globalThis.given = plugin[type]({ payload: event }); };
        }
        plugins.push(calls);
        const instance = { user: key => (key === "anonymousId" ? globalThis.anonymousId : null) };
        // What a server gets lacks it, and so does a page that has switched the plugin off.
        if (plugin.initialize) plugin.initialize({ config: {}, instance });
      };
    """,
}


def open_on(name: str, project: JsonObject, *, file: str = "", before: str = "", **page: Any) -> Page:
    """A page with a host, whose name is the format's, and the plugin of a project."""
    tables = {"rudderstack": {"destinationId": "2abcDEF"}}
    bundle = flowplug.build(flowplug.load({**tables, **project}), formats=[name], debug=True)
    source = bundle[file or FILES[name]].content
    if name == "getanalytics":
        source = b"{ const oneFlow = %b; install(oneFlow()); }" % source.removeprefix(b"export default ")
    return Page(source, before=_BEFORE[name] + before, **page)


_ANONYMOUS = "9c7865ef-9c5b-41eb-b556-8960d774b814"
_MESSAGE = "8f2576c7-8ecf-461a-b081-c5c205b80f01"
_AT = "2026-11-25T01:08:47.309Z"
_PAGE = {"path": "/", "title": "Shop", "url": "https://shop.example/"}


def event_of(name: str, call: JsonObject) -> JsonObject:
    """What a host makes of a call, which is an event of Segment's without what Segment adds to it."""
    return _MAKERS[name](call)


def _segment(call: JsonObject) -> JsonObject:
    added = {"anonymousId": _ANONYMOUS, "messageId": _MESSAGE, "timestamp": _AT, "context": {"page": _PAGE}}
    return {**added, **call}


def _rudderstack(call: JsonObject) -> JsonObject:
    traits = call.get("traits", {}) if call["type"] == "identify" else {"seen": "before"}
    message = {
        "channel": "web",
        "context": {"traits": traits, "page": _PAGE, **call.get("context", {})},
        "originalTimestamp": _AT,
        "messageId": _MESSAGE,
        "anonymousId": _ANONYMOUS,
        "userId": "",
        "event": None,
        "properties": None,
        "integrations": {"All": True},
    }
    own = {
        key: value for key, value in call.items() if key not in ("traits", "context") or call["type"] == "group"
    }
    return {**message, **own, "context": message["context"]}


def _getanalytics(call: JsonObject) -> JsonObject:
    named = {key: call[key] for key in ("name", "category") if key in call}
    payload = {
        "type": call["type"],
        "userId": call.get("userId"),
        "anonymousId": call.get("anonymousId", _ANONYMOUS),
        "options": {},
        "meta": {"rid": _MESSAGE, "ts": 1795568927309},
    }
    if call["type"] == "identify":
        return {**payload, "traits": call.get("traits", {})}
    properties = {"properties": {**(call.get("properties") or {}), **named}}
    return {**payload, **properties, **({"event": call["event"]} if "event" in call else {})}


_MAKERS = {"script": _segment, "rudderstack": _rudderstack, "getanalytics": _getanalytics}
