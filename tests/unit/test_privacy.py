"""Privacy: what leaves the page is what ``[privacy]`` lets go, in every format and for both kinds of SDK."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import flowplug
from tests.support.hosts import event_of, open_on
from tests.support.modules import as_script
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, PRESETS, with_subscriptions
from tests.unit.test_bundle import emitted, words_in

EVERYTHING_DENIED = ("isDenied", "scrub", "protect", "crypto", "only(", "pass")

FORMATS = ("script", "module", "remote", "rudderstack", "getanalytics")

# An SDK of the generation that has methods: what its functions get is a call.
METHODS = """
  globalThis._1flow = {
    logUser: (...given) => { calls.push(["identify", ...given]); },
    logEvent: (...given) => { calls.push(["track", ...given]); },
  };
"""

# As much of the page's crypto as the plugin asks for: a digest of four bytes, which comes when a timer goes off.
CRYPTO = """
  globalThis.TextEncoder = class { encode(text) { return [...text].map(character => character.charCodeAt(0)); } };
  globalThis.digested = [];
  globalThis.crypto = {
    subtle: {
      digest: (name, bytes) => new Promise(resolve => {
        digested.push([name, String.fromCharCode(...bytes)]);
        setTimeout(() => resolve(Uint8Array.of(0, 255, 16, bytes.length).buffer));
      }),
    },
  };
"""


def private(project: dict[str, Any] = PRESETS, **privacy: Any) -> dict[str, Any]:
    return {**EVERYWHERE, **project, "privacy": privacy}


def opened(project: dict[str, Any], form: str = "script", *, before: str = "") -> Page:
    """A page with the plugin of a project in this format."""
    if form in ("script", "rudderstack", "getanalytics"):
        return open_on(form, project, before=before)
    bundle = flowplug.build(flowplug.load(project), formats=[form])
    if form == "module":
        return Page(as_script(bundle["1flow.mjs"].content), before=before)
    host = b"for (const plugin of oneFlowDestination({})) plugin.load({}, { queue: { plugins: [] } });"
    take = b"globalThis.plugins = [oneFlowDestination({}).reduce((all, one) => Object.assign(all, one), {})];"
    return Page(bundle["1flow.remote.js"].content + take + host, before=before)


def calls_of(project: dict[str, Any], *events: dict[str, Any], form: str = "script", before: str = "") -> list[Any]:
    """The calls that events lead to."""
    page = opened(project, form, before=before)
    for event in events:
        page.send(event_of(form if form in ("rudderstack", "getanalytics") else "script", event))
        assert page.context.eval("String(error)") == "undefined"
    page.run_timers()
    return page.calls


def track(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Signed Up", "userId": "u1", "properties": properties}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "u1", "traits": traits}


def properties_of(project: dict[str, Any], **properties: Any) -> Any:
    ((_, _, data),) = calls_of(project, track(**properties))
    return data["properties"]
