"""What a page gets to see in production: reports, and which build the plugin is of."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import flowplug
from flowplug.formats import FORMATS
from tests.support.command import flow, write_project
from tests.support.hosts import FILES, open_on
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, LONG_KEYS, PRESETS, with_subscriptions

REPORTS: dict[str, Any] = {**EVERYWHERE, "plugin": {"report": True}}
HEARD = "globalThis.heard = []; window.flowplug = { report: (...told) => heard.push(told) };"


def reports(page: Page) -> list[Any]:
    found: list[Any] = json.loads(page.context.eval("JSON.stringify(heard)"))
    return found


def leave(page: Page) -> None:
    page.context.eval("for (const { type, hear } of hearing) if (type === 'pagehide') hear({ type })")


@pytest.mark.parametrize("host", FILES)
def test_a_page_is_told_when_the_sdk_is_ready_and_when_the_page_goes_away(host: str) -> None:
    page = open_on(host, REPORTS, before=HEARD)
    page.send({"type": "track", "event": "A"})
    assert [reason for _, reason in reports(page)] == ["ready"]
    leave(page)
    assert [(stats["state"], stats["sent"], reason) for stats, reason in reports(page)] == [
        ("ready", 0, "ready"),
        ("ready", 1, "pagehide"),
    ]


@pytest.mark.parametrize("host", FILES)
def test_a_page_is_told_once_when_the_sdk_is_given_up(host: str) -> None:
    page = open_on(host, REPORTS, before=HEARD, outcome="error")
    page.send({"type": "track", "event": "A"})
    page.run_timers()
    assert [(stats["state"], stats["dropped"], reason) for stats, reason in reports(page)] == [
        ("failed", 1, "given up")
    ]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "window.flowplug = { report: 5 };",
        "window.flowplug = { report() { throw Error('the page'); } };",
        "window.flowplug = { get report() { throw Error('the page'); } };",
    ],
)
def test_whatever_the_page_does_with_a_report_every_call_is_sent(said: str) -> None:
    page = open_on("script", {**REPORTS, "plugin": {"report": True, "control": []}}, before=said)
    page.send({"type": "track", "event": "A"})
    leave(page)
    page.send({"type": "track", "event": "B"})
    assert [name for _, name, _ in page.calls] == ["A", "B"]
    assert (page.failure, page.context.eval("error")) == ("", None)


# The digest


def digest(project: dict[str, Any], **options: Any) -> str:
    return flowplug.build(flowplug.load(project), **options).digest


def test_every_script_and_module_begins_with_the_digest_of_the_project() -> None:
    bundle = flowplug.build(flowplug.load({**EVERYWHERE}), formats=list(FORMATS), debug=True)
    assert re.fullmatch("[0-9a-f]{8}", bundle.digest)
    for asset in bundle.assets:
        if not asset.name.endswith((".json", ".html")):
            assert asset.content.split(b"*/")[0].endswith(f" {bundle.digest} ".encode()), asset.name


def test_stats_have_the_digest() -> None:
    project = {**EVERYWHERE, "plugin": {"stats": True}}
    page = open_on("script", project)
    assert page.context.eval("plugins[0].stats().build") == digest(project)


def test_the_digest_is_of_what_the_project_says_and_not_of_how() -> None:
    mapping = {"event_name": "x", "properties": {"b": {"@path": "$.b"}, "a": 1}}
    other = {"properties": {"a": 1, "b": {"@path": "$.b"}}, "event_name": "x"}
    same = [
        with_subscriptions({"mapping": mapping}),
        with_subscriptions({"mapping": other}),
        with_subscriptions({"mapping": mapping}, sdk={"timeout": 10.0, "regions": {}}),
        with_subscriptions({"mapping": mapping}, settings={"projectApiKey": LONG_KEYS[0]}),
        with_subscriptions({"mapping": mapping}, build={"formats": ["module"]}),
    ]
    assert len(set(map(digest, same))) == 1


@pytest.mark.parametrize(
    "project",
    [
        {**PRESETS, "sdk": {"timeout": 5}},
        {**PRESETS, "sdk": {"regions": {"us": "/sdk.js"}}},
        {**PRESETS, "plugin": {"late": False}},
        {**PRESETS, "consent": {"categories": ["C1"]}},
        with_subscriptions({"mapping": {"event_name": "\ud800"}}),
        with_subscriptions({"mapping": {"event_name": "x"}}),
        with_subscriptions({"name": "named", "mapping": {"event_name": "x"}}),
        with_subscriptions({"subscribe": 'type = "page"', "mapping": {"event_name": "x"}}),
    ],
)
def test_another_project_has_another_digest(project: dict[str, Any]) -> None:
    others = [PRESETS, with_subscriptions({"mapping": {"event_name": "y"}})]
    assert digest(project) not in map(digest, others)


def test_build_shows_the_digest(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_project()
    expected = digest(PRESETS)
    assert f"Build {expected}" in flow("build").output
    assert json.loads(flow("build", "--json").output)["digest"] == expected
