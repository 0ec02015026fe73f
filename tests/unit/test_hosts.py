"""RudderStack and analytics: triggers and mappings mean the same there as at Segment, or the build says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

import flowplug
from flowplug.formats import FORMATS
from tests.support.command import flow
from tests.support.hosts import FILES, event_of, open_on
from tests.support.modules import without_digest
from tests.support.page import Page
from tests.support.projects import KEY, PRESETS, with_subscriptions

HOSTS = [name for name in FILES if name != "script"]
hosts = pytest.mark.parametrize("name", HOSTS)

CALLS: list[dict[str, Any]] = [
    {"type": "identify", "userId": "u1", "traits": {"plan": "pro", "address": {"city": "Bern"}}},
    {"type": "identify", "traits": {"plan": "free"}},
    {
        "type": "track",
        "event": "Order Completed",
        "properties": {"total": 9.5, "items": [{"sku": "a"}]},
        "userId": "u1",
    },
    {"type": "track", "event": "Signed Up", "properties": {}},
    {
        "type": "page",
        "name": "Cart",
        "category": "Shop",
        "properties": {"name": "Cart", "category": "Shop", "n": 1},
    },
    {"type": "page", "properties": {"n": 2}, "userId": "u1"},
]


def calls_on(name: str, project: dict[str, Any], *calls: dict[str, Any], **page: Any) -> list[Any]:
    """The calls that reach the SDK where a host's page makes these calls."""
    opened = open_on(name, project, **page)
    for call in calls or CALLS:
        opened.send(event_of(name, call))
        assert opened.context.eval("String(error)") == "undefined"
    return opened.calls


# The same meaning


def path(text: str) -> dict[str, str]:
    return {"@path": text}


FIELDS = ("type", "event", "name", "category", "userId", "anonymousId", "messageId", "timestamp")
EVERY_FIELD = {
    **{field: path(f"$.{field}") for field in FIELDS},
    "total": path("$.properties.total"),
    "n": path("$.properties.n"),
    "plan": path("$.traits.plan"),
    "city": path("$.traits.address.city"),
    "traits": path("$.traits"),
    "text": {"@template": "{{event}}: {{properties.total}} of {{userId}}"},
    "known": {"@if": {"exists": path("$.userId"), "then": "yes", "else": "no"}},
    "items": {"@arrayPath": ["$.properties.items", {"sku": path("$.sku")}]},
}

PROJECTS: dict[str, dict[str, Any]] = {
    "presets": PRESETS,
    "every field": with_subscriptions(
        {"subscribe": 'type != "nothing"', "mapping": {"event_name": "E", "properties": EVERY_FIELD}}
    ),
    "each field alone": with_subscriptions(
        *({"mapping": {"event_name": "E", "properties": {"a": path(f"$.{field}")}}} for field in FIELDS)
    ),
    "triggers": with_subscriptions(
        *(
            {"subscribe": subscribe, "mapping": {"event_name": f"{number}"}}
            for number, subscribe in enumerate(
                [
                    "userId != null",
                    "userId = null",
                    'userId = ""',
                    'event = "Order Completed" and properties.total > 5',
                    'event = "Signed Up" or event = "Order Completed"',
                    'type = "identify" and traits.plan = "pro"',
                    "traits.plan = null",
                    "properties.n = 1",
                    'type = "page" and userId != null',
                ]
            )
        )
    ),
    "by name": with_subscriptions(
        {
            "subscribe": 'event = "Order Completed"',
            "mapping": {"event_name": "A", "properties": path("$.properties")},
        },
        {"subscribe": 'event = "Signed Up"', "mapping": {"event_name": "B", "properties": path("$.properties")}},
    ),
    "users": with_subscriptions(
        {
            "partnerAction": "identifyUser",
            "subscribe": 'type = "identify" or type = "track"',
            "mapping": {
                "userId": path("$.userId"),
                "traits": {
                    "@merge": {"direction": "right", "objects": [path("$.traits"), {"a": path("$.anonymousId")}]}
                },
            },
        }
    ),
}


@hosts
@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_makes_the_same_calls_as_with_analytics_js(name: str, project: str) -> None:
    expected = calls_on("script", PROJECTS[project])
    assert expected
    assert calls_on(name, PROJECTS[project]) == expected


def test_rudderstack_has_groups_and_aliases_as_well() -> None:
    project = with_subscriptions(
        {
            "subscribe": 'type = "group" or type = "alias"',
            "mapping": {
                "event_name": path("$.type"),
                "properties": {
                    key: path(f"$.{key}") for key in ("groupId", "traits", "userId", "previousId", "event")
                },
            },
        }
    )
    calls: list[dict[str, Any]] = [
        {"type": "group", "groupId": "g1", "traits": {"seats": 5}, "userId": "u1"},
        {"type": "alias", "userId": "u2", "previousId": "u1"},
    ]
    assert calls_on("rudderstack", project, *calls) == calls_on("script", project, *calls)


def test_rudderstack_has_a_context() -> None:
    project = with_subscriptions(
        {"mapping": {"event_name": "E", "properties": {"url": path("$.context.page.url")}}}
    )
    call = {"type": "track", "event": "A"}
    assert calls_on("rudderstack", project, call) == calls_on("script", project, call)


WHOLE = {
    "event_name": "E",
    "properties": {"all": path("$."), "found": {"@path": {"@path": "$.properties.where"}}},
}


@hosts
def test_the_whole_event_is_what_the_host_has_of_segment_s(name: str) -> None:
    project = with_subscriptions({"mapping": WHOLE})
    call = {"type": "track", "event": "A", "properties": {"where": "$.event"}, "userId": "u1"}
    (there,), (at_segment,) = calls_on(name, project, call), calls_on("script", project, call)
    seen, expected = there[2]["properties"], at_segment[2]["properties"]
    assert seen["found"] == expected["found"] == "A"
    for field in ("type", "event", "properties", "userId", "anonymousId", "messageId", "timestamp"):
        assert seen["all"][field] == expected["all"][field]


@hosts
def test_an_event_is_read_where_it_is_and_never_copied_whole(name: str) -> None:
    bundle = flowplug.build(flowplug.load(with_rudderstack(PRESETS)), formats=[name])
    source = bundle[FILES[name]].content.decode()
    for field in ("messageId", "meta", "originalTimestamp", "isoTime"):
        assert field not in source


def with_rudderstack(project: dict[str, Any]) -> dict[str, Any]:
    return {**project, "rudderstack": {"destinationId": "2abcDEF"}}


# The plugin's life


FAILING = with_subscriptions(
    {"mapping": {"event_name": {"@template": path("$.properties.a")}}},  # throws where that is no text
    {"subscribe": 'type = "track"', "mapping": {"event_name": path("$.event")}},
)


@hosts
def test_a_mapping_that_fails_is_said_on_the_console_and_stops_neither_the_page_nor_the_others(name: str) -> None:
    said = "globalThis.said = []; console.error = (...words) => said.push(words.map(String).join(' '));"
    page = open_on(name, FAILING, before=said)
    page.send(event_of(name, {"type": "track", "event": "A", "properties": {"a": 5}}))
    assert page.context.eval("String(error)") == "undefined"
    assert [call[1] for call in page.calls] == ["A"]
    assert json.loads(page.context.eval("JSON.stringify(said)")) == [
        "1Flow Web (Actions) TypeError: @template: expected text"
    ]


def test_a_failure_is_counted_where_there_are_counts() -> None:
    page = open_on(
        "getanalytics",
        {**FAILING, "plugin": {"stats": True}},
        before="const other = install; globalThis.install = plugin => { window.mine = plugin; other(plugin); };",
    )
    page.send(event_of("getanalytics", {"type": "track", "event": "A", "properties": {"a": 5}}))
    stats = json.loads(page.context.eval("JSON.stringify(mine.stats())"))
    assert (stats["received"], stats["sent"], stats["failed"]) == (1, 1, 1)
    assert "late" not in stats


def test_a_hook_gives_analytics_nothing_that_would_become_part_of_the_event() -> None:
    page = open_on("getanalytics", PRESETS)
    page.send(event_of("getanalytics", {"type": "track", "event": "A"}))
    assert page.context.eval("String(given)") == "undefined"


@hosts
def test_a_message_is_left_as_it_is(name: str) -> None:
    project = {**with_subscriptions({"mapping": {"event_name": "E", "properties": path("$.properties")}})}
    freeze = (
        "const deep = o => (o && typeof o === 'object' && (Object.values(o).forEach(deep), Object.freeze(o)), o);"
    )
    parse = "const { parse } = JSON; JSON.parse = text => deep(parse(text));"
    page = open_on(name, project, before=freeze + parse)
    page.send(event_of(name, {"type": "track", "event": "A", "properties": {"a": {"b": 1}}}))
    assert page.context.eval("String(error)") == "undefined"
    assert len(page.calls) == 1


@hosts
def test_an_sdk_that_never_comes_is_said_once_and_nothing_is_rejected(name: str) -> None:
    warned = "globalThis.warned = []; console.warn = (...words) => warned.push(words.map(String).join(' '));"
    page = open_on(name, PRESETS, before=warned, outcome="error")
    page.send(event_of(name, {"type": "track", "event": "A"}))
    page.run_timers()
    (warning,) = json.loads(page.context.eval("JSON.stringify(warned)"))
    assert "no SDK after error of https://1flow.app/js/1flow.js" in warning
    assert page.calls == []


@hosts
@pytest.mark.parametrize("kind", ["debug", "min"])
def test_every_file_does_as_the_readable_one(name: str, kind: str) -> None:
    file = FILES[name].replace(".js", f".{kind}.js").replace(".mjs", f".{kind}.mjs")
    assert calls_on(name, PRESETS, file=file) == calls_on(name, PRESETS)


@hosts
def test_switches_that_mean_nothing_there_change_nothing(name: str) -> None:
    keys = {field.name: field.encode_name for field in msgspec.structs.fields(flowplug.Plugin)}
    lacking = [keys[switch] for switch in FORMATS[name].host.lacks]
    plain, switched = (
        flowplug.build(flowplug.load(with_rudderstack({**PRESETS, "plugin": plugin})), formats=[name]).assets
        for plugin in ({}, dict.fromkeys(lacking, False))
    )
    assert lacking
    assert [without_digest(asset.content) for asset in plain] == [
        without_digest(asset.content) for asset in switched
    ]


# Registering with RudderStack


def rudderstack(before: str, after: str = "", **plugin: Any) -> Page:
    project = with_rudderstack({**PRESETS, "plugin": plugin})
    source = flowplug.build(flowplug.load(project), formats=["rudderstack"])["1flow.rudderstack.min.js"].content
    page = Page(source, before=before)
    page.context.eval(after)
    return page


@pytest.mark.parametrize("early", [True, False], ids=["early", "not early"])
def test_it_registers_with_the_snippet_that_is_there(early: bool) -> None:
    page = rudderstack("window.rudderanalytics = [];", early=early)
    assert page.context.eval("rudderanalytics[0].slice(0, 2).join()") == "addCustomIntegration,2abcDEF"
    page = rudderstack(
        "globalThis.seen = []; const ra = []; ra.addCustomIntegration = (...a) => { seen.push(a); };"
        "window.rudderanalytics = ra;",
        early=early,
    )
    assert page.context.eval("seen.length + ':' + seen[0][0] + ':' + seen[0][1].isReady()") == "1:2abcDEF:true"


@pytest.mark.parametrize(
    "snippet",
    [
        "window.rudderanalytics = window.rudderanalytics || [];",
        "window.rudderanalytics = [];",
        "if (!window.rudderanalytics) window.rudderanalytics = [];",
        "var rudderanalytics = window.rudderanalytics = [];",
    ],
)
def test_it_registers_with_a_snippet_that_comes_later(snippet: str) -> None:
    page = rudderstack("", after=snippet)
    assert page.context.eval("rudderanalytics.length + rudderanalytics[0][0]") == "1addCustomIntegration"
    assert (
        page.context.eval("typeof Object.getOwnPropertyDescriptor(window, 'rudderanalytics').set") == "undefined"
    )


def test_it_registers_once_with_an_instance_that_comes_later() -> None:
    later = "globalThis.ids = []; window.rudderanalytics = { addCustomIntegration: id => { ids.push(id); } };"
    page = rudderstack("", after=f"{later} window.rudderanalytics = window.rudderanalytics;")
    assert page.context.eval("ids.join()") == "2abcDEF"


def test_it_is_ready_at_once_and_loads_the_sdk_only_when_rudderstack_begins() -> None:
    page = rudderstack("window.rudderanalytics = [];")
    integration = "rudderanalytics[0][2]"
    assert page.context.eval(f"{integration}.isReady()") is True
    assert page.context.eval("document.scripts.length") == 0
    page.context.eval(f"{integration}.init()")
    assert page.context.eval("document.scripts.length") == 1


# Consent


CONSENT = {**PRESETS, "consent": {"categories": ["C0002", "C0004"]}}


@pytest.mark.parametrize(
    ("stamp", "sent"),
    [
        ({"allowedConsentIds": ["C0001", "C0002", "C0004"], "deniedConsentIds": []}, True),
        ({"allowedConsentIds": ["C0002"], "deniedConsentIds": ["C0004"]}, False),
        ({"allowedConsentIds": [], "deniedConsentIds": []}, False),
        ({"allowedConsentIds": {"C0002": "a", "C0004": "b"}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_consent_is_what_rudderstack_stamps_on_its_messages(stamp: Any, sent: bool) -> None:
    page = open_on("rudderstack", CONSENT)
    page.send(event_of("rudderstack", {"type": "track", "event": "A", "context": {"consentManagement": stamp}}))
    page.run_timers()
    assert page.context.eval("String(error)") == "undefined"
    assert [call[1] for call in page.calls] == ["A"] * sent
    assert page.context.eval("document.scripts.length") == sent


def test_consent_cannot_be_asked_for_where_events_do_not_say_it(tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(
        f'[settings]\nprojectApiKey = "{KEY}"\n[build]\nformats = ["script", "getanalytics"]\n'
        '[consent]\ncategories = ["C0004"]\n',
        encoding="utf-8",
    )
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    assert str(caught.value) == (
        f'{path}:5: consent: is not possible in the format "getanalytics", since events of the analytics '
        "package do not say what a visitor has agreed to; leave out consent, and add the plugin once the visitor "
        "has agreed (docs/install.md) [conflicting-options]"
    )


# Problems


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            "",
            '4: build.formats[0]: "rudderstack" needs the ID of the destination; write it as destinationId = "…" '
            "into a table [rudderstack] [missing-field]",
        ),
        ("[rudderstack]\n", "5: rudderstack: destinationId is missing [missing-field]"),
        ('[rudderstack]\ndestinationId = ""\n', "6: rudderstack.destinationId: is empty [empty]"),
        (
            '[rudderstack]\ndestinationId = "a b"\n',
            '6: rudderstack.destinationId: is not the ID of a destination: "a b"; RudderStack\'s dashboard shows '
            "it in the settings of the destination, as letters and digits [invalid-destination-id]",
        ),
        (
            "[rudderstack]\ndestinationId = 5\n",
            "6: rudderstack.destinationId: expected a string, got a whole number [wrong-type]",
        ),
        (
            '[rudderstack]\ndestinationID = "a"\n',
            '6: rudderstack.destinationID: unknown key (did you mean "destinationId"?) [unknown-key]\n'
            "5: rudderstack: destinationId is missing [missing-field]",
        ),
    ],
)
def test_a_wrong_destination_is_said_with_its_line(table: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    head = f'[settings]\nprojectApiKey = "{KEY}"\n[build]\nformats = ["rudderstack"]\n'
    path.write_text(head + table, encoding="utf-8")
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    lines = [text.replace(f"{path}:", "") for text in str(caught.value).splitlines()]
    assert sorted(lines) == sorted(line.split("\n"))


def test_a_destination_that_the_command_needs_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("flowplug.toml").write_text(f'[settings]\nprojectApiKey = "{KEY}"\n', encoding="utf-8")
    result = flow("build", "--format", "rudderstack")
    assert result.exit_code == 1
    assert '"rudderstack" needs the ID of the destination' in result.stderr


def warnings(project: dict[str, Any], *formats: str) -> list[str]:
    bundle = flowplug.build(flowplug.load(with_rudderstack(project)), formats=formats or ("getanalytics",))
    return [str(warning) for warning in bundle.warnings]


@pytest.mark.parametrize(
    ("subscription", "place", "message"),
    [
        (
            {"mapping": {"event_name": "E", "properties": {"url": path("$.context.page.url")}}},
            "mapping.properties.url.@path",
            'events of the analytics package have no "context"',
        ),
        (
            {"mapping": {"event_name": {"@path": "$.groupId"}}},
            "mapping.event_name.@path",
            'events of the analytics package have no "groupId", so trackEvent sends nothing there',
        ),
        (
            {"subscribe": 'type = "track" and context.page.path = "/cart"'},
            "subscribe",
            "events of the analytics package have no context, so a condition on it finds no value there",
        ),
        (
            {"subscribe": 'type = "group"', "mapping": {"event_name": "G"}},
            "subscribe",
            "the analytics package has no group events, so this trigger matches none there",
        ),
        (
            {"subscribe": 'type = "page" or type = "alias" or type = "group"', "mapping": {"event_name": "G"}},
            "subscribe",
            "the analytics package has no group or alias events, so this trigger matches none there",
        ),
    ],
)
def test_what_a_host_does_not_have_is_a_warning_that_names_it(
    subscription: dict[str, Any], place: str, message: str
) -> None:
    project = with_subscriptions(subscription)
    where = f'subscriptions[0] "subscription 0".{place}'
    assert warnings(project) == [f"{where}: warning: {message} [absent-on-host]"]
    assert warnings(project, "script", "module") == []


@pytest.mark.parametrize(
    "subscription",
    [
        {},
        {"subscribe": 'type != "nothing"', "mapping": {"event_name": "E"}},
        {
            "mapping": {
                "event_name": "E",
                "properties": {field: path(f"$.{field}") for field in ("userId", "timestamp")},
            }
        },
        {"mapping": {"event_name": {"@if": {"exists": path("$.context.a"), "then": "A", "else": "B"}}}},
        {"enabled": False, "subscribe": 'type = "group"'},
    ],
)
@hosts
def test_what_a_host_has_is_none(name: str, subscription: dict[str, Any]) -> None:
    assert [text for text in warnings(with_subscriptions(subscription), name) if "absent-on-host" in text] == []


def test_rudderstack_lacks_what_segment_s_servers_add() -> None:
    project = with_subscriptions({"mapping": {"event_name": "E", "properties": {"a": path("$.receivedAt")}}})
    (warning,) = warnings(project, "rudderstack")
    assert 'events of RudderStack have no "receivedAt"' in warning


# The report of a build


@hosts
def test_a_build_says_how_to_use_the_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f'[settings]\nprojectApiKey = "{KEY}"\n[rudderstack]\ndestinationId = "2abc"\n'
    Path("flowplug.toml").write_text(text, encoding="utf-8")
    result = flow("build", "--format", name, "--public-path", "/js/")
    assert result.exit_code == 0, result.output
    *_, last = result.stdout.splitlines()
    assert re.sub(r"\s+", " ", last.strip()) in (
        '<script src="/js/1flow.rudderstack.min.js"></script>',
        "Analytics({ app, plugins: [oneFlow()] });",
    )
    assert all(path.name in FORMATS[name].files for path in Path("dist").iterdir())
