"""The largest event: a larger one is refused before anything is done with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import flowplug
from tests.support.hosts import FILES, open_on
from tests.support.page import Page
from tests.support.projects import EVERYWHERE

LIMITED: dict[str, Any] = {**EVERYWHERE, "sdk": {"maxBytes": 32000}, "plugin": {"stats": True}}
WARNINGS = "globalThis.warnings = []; console.warn = (...text) => warnings.push(text);"


def stats(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.context.eval("JSON.stringify(plugins[0].stats())"))
    return found


@pytest.mark.parametrize("host", FILES)
def test_a_larger_event_is_refused_and_said_once(host: str) -> None:
    page = open_on(host, LIMITED, before=WARNINGS)
    page.send({"type": "track", "event": "small", "properties": {"text": "x" * 30000}})
    for _ in range(3):
        page.send({"type": "track", "event": "large", "properties": {"items": [{"text": "x" * 20}] * 2000}})
    page.send({"type": "identify", "userId": "u1", "traits": {"text": "x" * 33000}})
    page.send({"type": "track", "event": "last"})
    assert [call[1] for call in page.calls] == ["small", "last"]
    warnings = json.loads(page.context.eval("JSON.stringify(warnings)"))
    assert warnings == [["1Flow Web (Actions)", "event over 32000 bytes"]]
    assert page.context.eval("error") is None


def test_what_was_refused_is_counted_apart() -> None:
    page = open_on("script", LIMITED)
    page.send({"type": "track", "event": "large", "properties": {"text": "x" * 33000}})
    counts = stats(page)
    assert (counts["received"], counts["tooLarge"], counts["matched"], counts["failed"]) == (1, 1, 0, 0)


@pytest.mark.parametrize("options", [{}, {"middleware": False}, {"middleware": False, "copy": False}], ids=str)
def test_a_cycle_is_refused_like_what_is_large(options: dict[str, bool]) -> None:
    page = open_on("script", {**LIMITED, "plugin": {"stats": True, **options}})
    page.context.eval("const event = { event: 'A' }; event.loop = [event]; plugins[0].track({ event })")
    assert stats(page)["tooLarge"] == 1
    assert page.calls == []


def test_without_a_limit_there_is_no_code_of_one() -> None:
    for limit, has_code in ((32000, True), (0, False)):
        project = {**EVERYWHERE, "sdk": {"maxBytes": limit}}
        source = flowplug.build(flowplug.load(project))["1flow.js"].content
        assert (b"exceeds" in source, b"refused" in source) == (has_code, has_code)


def test_a_debug_build_tells_of_the_event() -> None:
    page = open_on("script", LIMITED, file="1flow.debug.js")
    page.send({"type": "track", "event": "large", "properties": {"text": "x" * 33000}})
    assert [detail["event"]["event"] for _, detail in page.steps if detail["step"] == "too large"] == ["large"]
