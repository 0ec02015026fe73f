"""Importing: what a site has at Segment becomes a project file that means the same, and nothing goes unsaid."""

from __future__ import annotations

import json
import re
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import flowplug
from flowplug import importer
from flowplug.importer import Import
from flowplug.mapping import ROOT_DIRECTIVE
from flowplug.project import KEY_VARIABLE
from tests.support.projects import KEY

ENVIRONMENT = {"ONEFLOW_PROJECT_API_KEY": KEY}

TRACK = {
    "name": "Sign-ups",
    "enabled": True,
    "partnerAction": "trackEvent",
    "subscribe": 'type = "track" and event = "Signed Up"',
    "mapping": {"event_name": {"@path": "$.event"}, "properties": {"plan": {"@path": "$.properties.plan"}}},
}
IDENTIFY = {
    "name": "Users",
    "enabled": False,
    "partnerAction": "identifyUser",
    "subscribe": 'type = "identify"',
    "mapping": {"userId": {"@path": "$.userId"}, "traits": {"@path": "$.traits"}},
}
TRACK_IN_API = {
    "id": "eoeXaMeAYcB2XvEApJDrQs",
    "name": "Sign-ups",
    "actionId": "uD9jEQ4DxJZzhzVqppM7UD",
    "actionSlug": "trackEvent",
    "destinationId": "fP7qoQw2HTWt9WdMr718gn",
    "modelId": "",
    "enabled": True,
    "trigger": TRACK["subscribe"],
    "settings": TRACK["mapping"],
}


def plugin(name: str, *subscriptions: Any, **settings: Any) -> dict[str, Any]:
    """A destination as it stands in the settings of a source."""
    return {
        "name": name,
        "creationName": name,
        "libraryName": "1flowDestination",
        "url": "https://cdn.segment.com/next-integrations/actions/1flow/1.js",
        "settings": {"versionSettings": {"componentTypes": []}, "subscriptions": [*subscriptions], **settings},
    }


def cdn(*plugins: Any, **others: Any) -> dict[str, Any]:
    return {"integrations": {"Segment.io": {"apiKey": "write-key"}}, "remotePlugins": [*plugins], **others}


def api(*subscriptions: Any, **pagination: Any) -> dict[str, Any]:
    return {"data": {"subscriptions": [*subscriptions], "pagination": {"current": "MA==", **pagination}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(data: Any) -> Import:
    Path("segment.json").write_text(json.dumps(data), encoding="utf-8")
    return importer.read("segment.json")


def said(found: Import) -> list[str]:
    return [told(str(problem)) for problem in found.problems]


def refusal(data: Any) -> list[str]:
    with pytest.raises(flowplug.ProjectError) as caught:
        read(data)
    return [told(line) for line in str(caught.value).splitlines()]


def told(line: str) -> str:
    """The line of a problem without its file, its line there and its code."""
    match = re.fullmatch(r"(?:segment\.json|<stdin>)(?::1)?: (.*) \[[A-Za-z-]+\]", line)
    assert match, line
    return match[1]


# Shapes


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "data",
    [
        cdn(plugin("1Flow Web (Actions)", TRACK, IDENTIFY)),
        cdn(plugin("1Flow", TRACK, IDENTIFY)),
        cdn({**plugin("1Flow Web (Actions)", TRACK, IDENTIFY), "name": "Surveys"}),
        api(TRACK_IN_API, IDENTIFY),
        [TRACK, IDENTIFY],
        [TRACK_IN_API, IDENTIFY],
        {"subscriptions": [TRACK, IDENTIFY]},
    ],
    ids=["CDN", "CDN, by short name", "CDN, renamed", "Public API", "list", "list of both kinds", "settings"],
)
def test_every_shape_gives_the_same_project(data: Any) -> None:
    found = read(data)
    project = flowplug.load(found.project, environ=ENVIRONMENT)
    assert [(item.name, item.enabled) for item in project.subscriptions] == [("Sign-ups", True), ("Users", False)]
    assert [item.subscribe for item in project.subscriptions] == [TRACK["subscribe"], IDENTIFY["subscribe"]]
    assert [item.mapping for item in project.subscriptions] == [TRACK["mapping"], IDENTIFY["mapping"]]
    assert found.complete
    assert said(found) == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({}, "has none of the shapes that import reads"),
        ("text", "has none of the shapes that import reads"),
        ({"data": {}}, "has none of the shapes that import reads"),
        ({"remotePlugins": {}}, "remotePlugins: expected a list of objects"),
        ({"remotePlugins": ["x"]}, "remotePlugins: expected a list of objects"),
        (cdn({"name": "1Flow"}), "remotePlugins[0].settings.subscriptions: expected a list"),
        ({"subscriptions": {}}, "subscriptions: expected a list"),
        ({"data": {"subscriptions": None}}, "data.subscriptions: expected a list"),
        (
            api(TRACK_IN_API, {**TRACK_IN_API, "destinationId": "other"}),
            "data.subscriptions: subscriptions of more than one destination; import those of 1Flow only",
        ),
        ([], "no subscription that flowplug can take"),
    ],
)
def test_anything_else_is_refused_in_one_line(data: Any, line: str) -> None:
    (only,) = refusal(data)
    assert only.startswith(line)


@pytest.mark.usefixtures("folder")
def test_a_source_without_1flow_is_refused_with_the_destinations_that_it_has() -> None:
    assert refusal(cdn(plugin("Braze Web Mode (Actions)"))) == [
        'remotePlugins: no destination is named "1Flow Web (Actions)"',
        'remotePlugins[0]: warning: "Braze Web Mode (Actions)" is another destination; it is left out',
    ]


def test_a_file_that_is_not_there_is_a_wrong_use() -> None:
    with pytest.raises(flowplug.UsageError, match=r"^none\.json: no such file$"):
        importer.read("none.json")


def test_a_file_that_cannot_be_read_is_the_disk_s_refusal(tmp_path: Path) -> None:
    with pytest.raises(flowplug.OutsideError, match="cannot be read: Is a directory"):
        importer.read(tmp_path)


@pytest.mark.parametrize("text", ["{", "remotePlugins: []"])
def test_what_is_not_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(flowplug.ProjectError, match=r"settings:1: not JSON: "):
        importer.read(path)


# What is taken, and what is said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("settings", "taken", "lines"),
    [
        ({}, {"projectApiKey": {"env": "ONEFLOW_PROJECT_API_KEY"}}, []),
        ({"projectApiKey": KEY}, {"projectApiKey": KEY}, []),
        ({"projectApiKey": KEY, "region": "us"}, {"projectApiKey": KEY, "region": "us"}, []),
        (
            {"projectApiKey": ""},
            {"projectApiKey": {"env": "ONEFLOW_PROJECT_API_KEY"}},
            ["projectApiKey: is empty"],
        ),
        (
            {"projectApiKey": KEY, "region": "eu"},
            {"projectApiKey": KEY, "region": "eu"},
            ['region: no address of the SDK is known for region "eu"; set sdk.regions.eu to the one that 1Flow'],
        ),
    ],
)
def test_key_and_region_come_from_the_settings(
    settings: dict[str, Any], taken: dict[str, Any], lines: list[str]
) -> None:
    found = read(cdn(plugin("1Flow", TRACK, **settings)))
    assert found.project["settings"] == taken
    assert len(said(found)) == len(lines)
    for line, start in zip(said(found), lines, strict=True):
        assert line.startswith(f"remotePlugins[0].settings.{start}")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"partnerAction": "updateUser"},
            '.partnerAction: expected "trackEvent" or "identifyUser", got "updateUser"',
        ),
        ({"partnerAction": None}, ": partnerAction missing; it is left out"),
        (
            {"subscribe": 'type = "track'},
            '.subscribe: this text has no closing quote; add " at its end (at character 8)',
        ),
        ({"subscribe": {"type": "track"}}, ".subscribe: expected a string, got "),
        ({"mapping": {"event_name": {"@pathh": "x"}}}, '.mapping.event_name: unknown directive "@pathh" (did'),
        ({"mapping": {"properties": {"a b": 2**60}}}, '.mapping.properties["a b"]: 1152921504606846976 is past'),
        ({"mapping": "x"}, ".mapping: expected "),
        ({"enabled": "yes"}, ".enabled: expected true or false, got a string; "),
        ({"name": 5}, ".name: expected a string, got "),
        ({"modelId": "m1"}, ": runs on Reverse ETL, which no page has; "),
    ],
)
def test_what_flowplug_refuses_is_left_out_with_its_place_and_the_rest_is_taken(
    change: dict[str, Any], line: str
) -> None:
    found = read([IDENTIFY, {**TRACK, **change}])
    assert [item["name"] for item in found.project["subscriptions"]] == ["Users"]
    assert not found.complete
    (only,) = said(found)
    assert re.sub(r'(?<=^\[1]) "Sign-ups"', "", only).startswith(f"[1]{line}")
    assert only.endswith("; it is left out")


@pytest.mark.usefixtures("folder")
def test_places_are_named_as_in_the_public_api() -> None:
    broken = {**TRACK_IN_API, "trigger": "type =", "settings": {"event_name": {"@path": 1}}}
    assert [line.partition(": ")[0] for line in said(read(api(IDENTIFY, broken)))] == [
        'data.subscriptions[1] "Sign-ups".trigger',
        'data.subscriptions[1] "Sign-ups".settings.event_name.@path',
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("change", "taken", "line"),
    [
        (
            {"name": None},
            {"name": "Track Event"},
            '.name: warning: the name is missing; the project has "Track Event"',
        ),
        ({"name": "Users"}, {"name": "Users 3"}, '.name: warning: "Users" is already taken; renamed to "Users 3"'),
        (
            {"enabled": None},
            {"enabled": False},
            ".enabled: warning: enabled is missing; Segment treats that as false",
        ),
        (
            {"mapping": None},
            {"mapping": {}},
            ".mapping: warning: mapping is missing; Segment then maps nothing, and",
        ),
        (
            {"mapping": {"event_name": "x", "color": "red"}},
            {"mapping": {"event_name": "x"}},
            ".mapping.color: warning: trackEvent has no such field; it is left out",
        ),
        (
            {"mapping": {ROOT_DIRECTIVE: {"@transform": {"apply": {"a": 1}}}, "event_name": "x", "color": "red"}},
            {"mapping": {ROOT_DIRECTIVE: {"@transform": {"apply": {"a": 1}}}, "event_name": "x"}},
            ".mapping.color: warning: trackEvent has no such field; it is left out",
        ),
    ],
)
def test_what_is_changed_is_said_and_loses_nothing(
    change: dict[str, Any], taken: dict[str, Any], line: str
) -> None:
    found = read([IDENTIFY, {**IDENTIFY, "name": "Users 2"}, {**TRACK, **change}])
    subscription = found.project["subscriptions"][2]
    assert {key: subscription[key] for key in taken} == taken
    assert found.complete
    (only,) = said(found)
    assert re.sub(r'(?<=^\[2]) "[\w-]+"', "", only).startswith(f"[2]{line}")


@pytest.mark.usefixtures("folder")
def test_what_segment_would_do_around_the_destination_is_left_out_and_said() -> None:
    rules = [{"destinationName": "Other", "matchers": []}, {"destinationName": "1Flow", "matchers": []}]
    found = read(
        cdn(
            plugin("1Flow", TRACK),
            plugin("1Flow", IDENTIFY),
            middlewareSettings={"routingRules": rules},
        )
    )
    assert not found.complete
    assert said(found) == [
        "remotePlugins[1]: another 1Flow destination is left out, since a plugin has one key",
        "middlewareSettings.routingRules[1]: this destination filter is left out; say the same in triggers and "
        "mappings",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "data",
    [
        cdn(plugin("1Flow", TRACK, consentSettings={"categories": ["C2", "C4"]})),
        cdn(plugin("1Flow", TRACK), integrations={"1Flow": {"consentSettings": {"categories": ["C2", "C4"]}}}),
    ],
    ids=["in the plugin's settings", "in the integration's settings"],
)
def test_the_consent_that_segment_asks_for_is_asked_for_by_the_project(data: Any) -> None:
    found = read(data)
    assert said(found) == []
    assert found.project["consent"] == {"categories": ["C2", "C4"]}
    assert flowplug.load(found.project, environ={KEY_VARIABLE: KEY}).consent == flowplug.Consent(
        categories=("C2", "C4")
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("consent", [{}, {"consentSettings": {"categories": []}}, {"consentSettings": {}}])
def test_without_categories_segment_asks_for_no_consent_and_nor_does_the_project(consent: Any) -> None:
    found = read(cdn(plugin("1Flow", TRACK, **consent)))
    assert said(found) == []
    assert "consent" not in found.project


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"categories": "C2"}, "expected a list, got a string"),
        ("C2", "expected a list, got a string"),
    ],
)
def test_consent_that_cannot_be_read_is_an_error(settings: Any, line: str) -> None:
    found = read(cdn(plugin("1Flow", TRACK, consentSettings=settings)))
    assert not found.complete
    assert said(found) == [
        f"remotePlugins[0].settings.consentSettings.categories: {line}; the project asks for no consent"
    ]


@pytest.mark.usefixtures("folder")
def test_a_page_of_a_longer_list_is_not_taken_for_the_whole() -> None:
    found = read(api(TRACK_IN_API, next="Mg=="))
    assert not found.complete
    assert said(found) == ["data.pagination.next: this is only one page of the list; import the other pages too"]


@pytest.mark.usefixtures("folder")
def test_keys_that_mean_nothing_outside_segment_are_named_once() -> None:
    assert read(cdn(plugin("1Flow", {**TRACK, "id": "1"}, {**IDENTIFY, "id": "2"}))).unused == (
        "versionSettings",
        "id",
    )
    assert read(api(TRACK_IN_API)).unused == ("id", "actionId", "destinationId", "modelId")


@pytest.mark.usefixtures("folder")
def test_twice_the_subscriptions_of_one_name_are_twice_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    # To load each one takes so long that the names would not be noticed.
    monkeypatch.setattr(importer, "load", lambda _: None)

    def seconds(count: int) -> float:
        began = process_time()
        found = read([TRACK] * count)
        taken = [item["name"] for item in found.project["subscriptions"]]
        assert taken == ["Sign-ups", *(f"Sign-ups {number}" for number in range(2, count + 1))]
        return process_time() - began

    seconds(10)
    assert min(seconds(4000) for _ in range(2)) < 8 * min(seconds(1000) for _ in range(3))


@pytest.mark.usefixtures("folder")
def test_a_name_that_is_free_takes_no_other_subscription_s() -> None:
    names = ["a", "a", "a 2", "a 3", "a", "a 2", "a"]
    found = read([{**TRACK, "name": name} for name in names])
    assert [item["name"] for item in found.project["subscriptions"]] == [
        "a",
        "a 4",
        "a 2",
        "a 3",
        "a 5",
        "a 2 2",
        "a 6",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("data", [[TRACK_IN_API], api(TRACK_IN_API), cdn(plugin("1Flow", TRACK))])
def test_a_problem_has_the_name_of_its_subscription(data: Any) -> None:
    text = json.dumps(data).replace('"enabled": true', '"enabled": null')
    (problem,) = read(json.loads(text)).problems
    assert problem.subscription == "Sign-ups"
    assert problem.where.endswith('[0] "Sign-ups".enabled')


@pytest.mark.usefixtures("folder")
def test_problems_are_in_the_order_of_the_file_although_that_is_one_line() -> None:
    data = [
        {**TRACK, "enabled": None},
        {**TRACK, "name": "B", "subscribe": ""},
        {**TRACK, "enabled": None},
        5,
        IDENTIFY,
    ]
    assert [line.partition(":")[0] for line in said(read(data))] == [
        '[0] "Sign-ups".enabled',
        '[1] "B".subscribe',
        '[2] "Sign-ups".name',
        '[2] "Sign-ups".enabled',
        "[3]",
    ]


@pytest.mark.usefixtures("folder")
def test_where_nothing_can_be_taken_every_reason_is_said() -> None:
    assert refusal([{**TRACK, "subscribe": ""}, 5]) == [
        "no subscription that flowplug can take",
        '[0] "Sign-ups".subscribe: expected a condition, such as type = "track", got the end (at character 1); '
        "it is left out",
        "[1]: this is not an object; it is left out",
    ]
