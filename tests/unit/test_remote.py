"""The script for Segment's own loader, and the entry that a source's settings need."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug.bundle import write
from flowplug.project import PLUGIN_NAME
from tests.support.command import flow, write_project
from tests.support.page import Page
from tests.support.projects import KEY, PRESETS, with_subscriptions

BOTH = with_subscriptions(
    {
        "name": "Pages",
        "subscribe": 'type = "page" or type = "group"',
        "mapping": {"event_name": {"@path": "$.type"}},
    },
    {"name": "Named", "subscribe": 'type = "track" and (event = "A" or event = "B")'},
    {"name": "Users", "partnerAction": "identifyUser", "subscribe": 'type = "page" or type = "group"'},
    {
        "name": "Buyers",
        "partnerAction": "identifyUser",
        "subscribe": 'type = "track" and (event = "A" or event = "C")',
    },
)


def built(project: dict[str, Any] = PRESETS, name: str = "1flow.remote.js", **options: Any) -> bytes:
    bundle = flowplug.build(flowplug.load(project), formats=["remote"], debug=True, **options)
    return bundle[name].content


def loaded(project: dict[str, Any], *, name: str = "1flow.remote.js", settings: str = "{}") -> Page:
    """A page on which the loader has made the plugins from these settings, in JavaScript."""
    host = f"""
      for (const plugin of oneFlowDestination({settings})) {{
        plugins.push(plugin);
        plugin.load({{}}, {{ queue: {{ plugins: [] }} }});
      }}
    """
    return Page(built(project, name) + host.encode())


def hooks(page: Page) -> dict[str, list[str]]:
    """The types of event that each plugin takes."""
    found: dict[str, list[str]] = json.loads(
        page.context.eval(
            "JSON.stringify(Object.fromEntries(plugins.map(plugin => [plugin.name,"
            " Object.keys(plugin).filter(key => ['track', 'identify', 'page', 'group'].includes(key))])))"
        )
    )
    return found


def send(page: Page, plugin: int, event: dict[str, Any]) -> None:
    page.context.eval(f"plugins[{plugin}][{json.dumps(event['type'])}]({{event: {json.dumps(event)}}})")


@pytest.mark.parametrize(
    ("public_path", "url"),
    [
        ("/", "/1flow.remote.min.js"),
        ("https://cdn.shop.example/js", "https://cdn.shop.example/js/1flow.remote.min.js"),
        ("/b\u00fccher/", "/b\u00fccher/1flow.remote.min.js"),
    ],
)
def test_the_entry_has_what_the_loader_asks_for(public_path: str, url: str) -> None:
    content = built(PRESETS, "1flow.remote.json", public_path=public_path)
    assert content.isascii()
    assert json.loads(content) == {
        "name": PLUGIN_NAME,
        "creationName": PLUGIN_NAME,
        "libraryName": "oneFlowDestination",
        "url": url,
        "settings": {},
    }


@pytest.mark.parametrize("name", ["1flow.remote.js", "1flow.remote.min.js", "1flow.remote.debug.js"])
def test_each_action_is_a_plugin_of_its_own(name: str) -> None:
    page = loaded(BOTH, name=name)
    track, identify = f"{PLUGIN_NAME} trackEvent", f"{PLUGIN_NAME} identifyUser"
    if "debug" not in name:  # which has hooks for all types of event
        assert hooks(page) == {track: ["track", "page", "group"], identify: ["track", "page", "group"]}
    for event in (
        {"type": "page", "userId": "u1"},
        {"type": "track", "event": "A", "userId": "u1", "properties": {}},
        {"type": "track", "event": "B", "userId": "u1"},
        {"type": "track", "event": "C", "userId": "u1"},
    ):
        send(page, 0, event)
        send(page, 1, event)
    assert [call[:2] for call in page.calls] == [
        ["track", "page"],
        ["identify", "u1"],
        ["track", "A"],
        ["identify", "u1"],
        ["track", "B"],
        ["identify", "u1"],
    ]
    assert page.globals() - page.globals_before == {"oneFlowDestination", "_1flow"}


def test_a_project_with_one_action_has_one_plugin() -> None:
    assert hooks(loaded(with_subscriptions({"name": "Track"}))) == {f"{PLUGIN_NAME} trackEvent": ["track"]}


def test_a_project_that_sends_nothing_has_none() -> None:
    assert hooks(loaded(with_subscriptions({"enabled": False}))) == {}


def test_a_trigger_may_have_any_number_of_conditions() -> None:
    project = with_subscriptions({"subscribe": " or ".join(f"event < {number}" for number in range(650))})
    page = loaded(project, name="1flow.remote.min.js")
    for number in (648, 649):
        send(page, 0, {"type": "track", "event": number})
    assert [call[1] for call in page.calls] == [648]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ("{}", KEY),
        ("{ projectApiKey: null }", KEY),
        ("{ projectApiKey: '' }", KEY),
        ("{ projectApiKey: 'k' }", "k"),
    ],
)
def test_a_key_that_is_not_empty_comes_before_the_project_s(settings: str, key: str) -> None:
    page = loaded(PRESETS, settings=settings)
    assert page.context.eval("document.scripts[0].dataset.apiKey") == key


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ({"security": False}, ("nonce",)),
        ({"duplicates": False}, ("registered twice", "others")),
        ({"stats": False}, ("stats", "counts")),
    ],
)
def test_what_is_off_leaves_no_code(plugin: dict[str, bool], words: tuple[str, ...]) -> None:
    everything = built({**PRESETS, "plugin": {"stats": True}}).decode()
    rest = built({**PRESETS, "plugin": {"stats": True, **plugin}}).decode()
    for word in words:
        assert word in everything
        assert word not in rest


def test_what_the_loader_does_itself_is_not_in_the_script() -> None:
    assert not re.search("[mM]iddleware|registered late|alternativeNames", built(BOTH).decode())


def test_the_entry_of_an_earlier_build_is_removed_and_a_file_of_the_user_s_own_is_not(tmp_path: Path) -> None:
    project = flowplug.load(PRESETS)
    write(flowplug.build(project, formats=["remote"]), tmp_path)
    removed = write(flowplug.build(project), tmp_path).removed
    assert sorted(path.name for path in removed) == ["1flow.remote.js", "1flow.remote.json", "1flow.remote.min.js"]
    own = tmp_path / "1flow.remote.json"
    own.write_text('{"remotePlugins": []}', encoding="ascii")
    assert write(flowplug.build(project), tmp_path).removed == ()
    assert own.exists()


def test_the_report_says_where_the_script_and_the_entry_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project()
    report = flow("build", "--format", "remote", "--public-path", "https://cdn.shop.example/js").stdout
    assert "\nServe 1flow.remote.min.js as https://cdn.shop.example/js/1flow.remote.min.js " in report
    assert "dist/1flow.remote.json to remotePlugins" in report
