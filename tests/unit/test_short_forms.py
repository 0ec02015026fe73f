"""Short forms, shared fields and ``flowplug expand``: the bytes, and the problems, of the long form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowplug
from tests.support.command import flow
from tests.support.page import Page
from tests.support.projects import KEY, PRESETS, with_subscriptions

NAME = {"event_name": {"@path": "$.event"}}
NOTHING = {"@case": {"operator": "lower", "value": ""}}


def path(text: str) -> dict[str, str]:
    return {"@path": text}


def emitted(source: dict[str, Any] | str) -> bytes:
    return flowplug.build(flowplug.load(source))["1flow.js"].content


def mapped(**fields: Any) -> dict[str, Any]:
    return with_subscriptions({"mapping": {**NAME, **fields}})


def merged(*objects: Any) -> dict[str, Any]:
    return {"@merge": {"direction": "right", "objects": list(objects)}}


def otherwise(first: Any, then: Any) -> dict[str, Any]:
    return {"@if": {"exists": first, "then": first, "else": then}}


PAGE = "$.context.page"

SAME = {
    "a list of keys": (
        {"@pick": ["total", "currency"]},
        {"total": path("$.properties.total"), "currency": path("$.properties.currency")},
    ),
    "keys of another object": (
        {"page": {"@pick": {"from": PAGE, "keys": ["url"]}}},
        {"page": {"url": path(f"{PAGE}.url")}},
    ),
    "keys of the event": ({"@pick": {"from": "$.", "keys": ["userId"]}}, {"userId": path("$.userId")}),
    "a note beside the keys": ({"@pick": ["a"], "_metadata": {"label": "x"}}, {"a": path("$.properties.a")}),
    "all but some keys": (
        {"@omit": ["email", "a.b"]},
        merged(path("$.properties"), {"email": NOTHING, "a.b": NOTHING}),
    ),
    "all but some keys of another object": (
        {"page": {"@omit": {"from": PAGE, "keys": ["search"]}}},
        {"page": merged(path(PAGE), {"search": NOTHING})},
    ),
    "the first of several": (
        {"title": {"@first": ["$.properties.title", "$.name", "none"]}},
        {"title": otherwise(path("$.properties.title"), otherwise(path("$.name"), "none"))},
    ),
    "the first of several, all paths": (
        {"title": {"@first": ["$.properties.title", "$.name"]}},
        {"title": otherwise(path("$.properties.title"), path("$.name"))},
    ),
    "the first of several, else nothing much": (
        {"n": {"@first": ["$.properties.n", 0]}, "t": {"@first": ["$.properties.t", ""]}},
        {
            "n": otherwise(path("$.properties.n"), {"@literal": 0}),
            "t": otherwise(path("$.properties.t"), {"@literal": ""}),
        },
    ),
    "short forms inside directives": (
        {"@excludeWhenNull": {"all": {"@first": [{"@case": {"operator": "lower", "value": path("$.a")}}, {}]}}},
        {
            "@excludeWhenNull": {
                "all": otherwise({"@case": {"operator": "lower", "value": path("$.a")}}, {}),
            }
        },
    ),
    "short forms inside the shape of items": (
        {"items": {"@arrayPath": ["$.properties.items", {"name": {"@first": ["$.name", "$.sku"]}}]}},
        {"items": {"@arrayPath": ["$.properties.items", {"name": otherwise(path("$.name"), path("$.sku"))}]}},
    ),
}


@pytest.mark.parametrize(("short", "long"), SAME.values(), ids=list(SAME))
def test_a_short_form_has_the_bytes_of_its_long_form(short: Any, long: Any) -> None:
    assert emitted(mapped(properties=short)) == emitted(mapped(properties=long))


@pytest.mark.parametrize("copy", [True, False])
def test_what_is_omitted_does_not_leave(copy: bool) -> None:
    project = mapped(properties={"@omit": ["email"]}) | {"plugin": {"copy": copy, "middleware": False}}
    page = Page(emitted(project))
    page.send({"type": "track", "event": "A", "properties": {"email": "ann@site.test", "total": 1}})
    assert json.dumps(page.calls) == '[["track", "A", {"properties": {"total": 1}}]]'


def test_a_list_alone_picks_from_traits_in_the_field_traits() -> None:
    def identified(traits: Any) -> dict[str, Any]:
        user = {"partnerAction": "identifyUser", "subscribe": 'type = "identify"'}
        return with_subscriptions({**user, "mapping": {"userId": path("$.userId"), "traits": traits}})

    assert emitted(identified({"@pick": ["plan"]})) == emitted(identified({"plan": path("$.traits.plan")}))


# Templates


def test_text_with_placeholders_is_a_template_only_where_the_project_says_so() -> None:
    short = mapped(properties={"text": "Hello {{userId}}", "list": ["{{event}}"]})
    long = mapped(properties={"text": {"@template": "Hello {{userId}}"}, "list": [{"@template": "{{event}}"}]})
    assert emitted({**short, "mappings": {"templates": True}}) == emitted(long)
    assert emitted({**short, "mappings": {"templates": False}}) == emitted(short) != emitted(long)


def test_templates_leave_alone_what_is_text_by_its_place() -> None:
    replaced: dict[str, Any] = {"@replace": {"value": "{{event}}", "pattern": "{{", "replacement": "}}"}}
    fields = {"text": {"@literal": "{{a}}"}, "path": path("$.{{a}}"), "swap": replaced}
    (found,) = flowplug.load({**mapped(properties=fields), "mappings": {"templates": True}}).subscriptions
    replaced = {"@replace": {**replaced["@replace"], "value": {"@template": "{{event}}"}}}
    assert found.fields["properties"] == {**fields, "swap": replaced}


# Defaults

SHARED = {"trackEvent": {"userId": path("$.context.traits.id"), "properties": {"source": "web", "app": {"v": 1}}}}


def with_defaults(*subscriptions: dict[str, Any]) -> dict[str, Any]:
    return {**with_subscriptions(*subscriptions), "defaults": SHARED}


def joined(fields: dict[str, Any]) -> Any:
    (found,) = flowplug.load(with_defaults({"mapping": fields})).subscriptions
    return found.fields


def test_a_mapping_gets_the_fields_that_it_does_not_have() -> None:
    assert joined(NAME) == {**NAME, **SHARED["trackEvent"]}


def test_a_mapping_s_own_value_wins() -> None:
    assert joined({**NAME, "userId": "me"})["userId"] == "me"


def test_tables_are_joined_key_by_key() -> None:
    own = {"source": "shop", "app": {"w": 2}, "a": path("$.properties.a")}
    expected = {"source": "shop", "app": {"v": 1, "w": 2}, "a": path("$.properties.a")}
    assert joined({**NAME, "properties": own})["properties"] == expected


def test_keys_that_are_picked_are_joined_as_a_table() -> None:
    expected = {"source": "web", "app": {"v": 1}, "a": path("$.properties.a")}
    assert joined({**NAME, "properties": {"@pick": ["a"]}})["properties"] == expected


def test_an_object_from_the_event_is_merged_over_the_defaults() -> None:
    expected = merged(SHARED["trackEvent"]["properties"], path("$.properties"))
    assert joined({**NAME, "properties": path("$.properties")})["properties"] == expected


def test_defaults_are_merged_over_the_default_mapping_of_an_action() -> None:
    (found,) = flowplug.load(with_defaults({})).subscriptions
    assert found.fields == {
        **NAME,
        "anonymousId": path("$.anonymousId"),
        "userId": path("$.context.traits.id"),
        "properties": merged(path("$.properties"), SHARED["trackEvent"]["properties"]),
    }


def test_the_preset_subscriptions_have_the_defaults_too() -> None:
    track, identify = flowplug.load({**PRESETS, "defaults": SHARED}).subscriptions
    assert (track.name, track.fields["userId"]) == ("Track Event", path("$.context.traits.id"))
    assert identify == flowplug.load(PRESETS).subscriptions[1]


@pytest.mark.parametrize(
    "mapping",
    [
        {"@transform": {"apply": {"a": 1}, "mapping": NAME}},
        {"__segment_internal_directive": {"@transform": {"apply": {"event": "A"}}}, **NAME},
    ],
)
def test_a_mapping_that_reads_from_something_else_gets_no_defaults(mapping: dict[str, Any]) -> None:
    assert joined(mapping) == mapping


def test_defaults_made_in_python_count_as_well() -> None:
    project = flowplug.load(PRESETS)
    changed = flowplug.Project(project.settings, defaults=flowplug.Defaults(track_event={"userId": "me"}))
    assert flowplug.build(changed)["1flow.js"].content == emitted(
        {**PRESETS, "defaults": {"trackEvent": {"userId": "me"}}}
    )


# Problems

WRONG = {
    "no list": ({"@pick": "total"}, "properties.@pick", "wrong-type"),
    "no keys": ({"@omit": []}, "properties.@omit", "empty"),
    "a number for a key": ({"@pick": ["a", 1]}, "properties.@pick[1]", "wrong-type"),
    "a list deeper inside": ({"ship": {"@pick": ["city"]}}, "properties.ship.@pick", "missing-option"),
    "no keys in a table": ({"@omit": {"from": "$.a"}}, "properties.@omit", "missing-option"),
    "an option that is unknown": (
        {"@pick": {"form": "$.a", "from": "$.a", "keys": ["b"]}},
        "properties.@pick.form",
        "unknown-option",
    ),
    "a path that is none": ({"@pick": {"from": "a", "keys": ["b"]}}, "properties.@pick.from", "wrong-type"),
    "a key with a dot": ({"@pick": ["a", "ship.city"]}, "properties.@pick[1]", "unreachable-key"),
    "a key like a directive": ({"@omit": ["@a"]}, "properties.@omit[0]", "unreachable-key"),
    "a key of prototypes": ({"@pick": ["__proto__"]}, "properties.@pick[0]", "forbidden-key"),
    "one alternative": ({"a": {"@first": ["$.a"]}}, "properties.a.@first", "wrong-type"),
    "many alternatives": ({"a": {"@first": ["$.a"] * 11}}, "properties.a.@first", "too-long"),
    "an alternative that is always there": (
        {"a": {"@first": ["$.a", "b", "$.c"]}},
        "properties.a.@first[1]",
        "unreachable-value",
    ),
    "a directive that is none": (
        {"a": {"@first": ["$.a", {"@pathh": "$.b"}]}},
        "properties.a.@first[1]",
        "unknown-directive",
    ),
    "another key beside": ({"@pick": ["a"], "b": 1}, "properties.b", "mixed-directive"),
    "a name that is nearly one": ({"@pik": ["a"]}, "properties", "unknown-directive"),
}


@pytest.mark.parametrize(("value", "where", "code"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_with_a_short_form_is_said_once_and_where_it_is(value: Any, where: str, code: str) -> None:
    with pytest.raises(flowplug.ProjectError) as raised:
        flowplug.load(mapped(properties=value))
    found = [(problem.where, problem.code) for problem in raised.value.problems]
    assert found == [(f'subscriptions[0] "subscription 0".mapping.{where}', code)]


def test_alternatives_inside_alternatives_have_an_end() -> None:
    value: Any = "$.a"
    for _ in range(20):
        value = {"@first": [value, "$.b"]} if isinstance(value, str) else {"@first": [value, "$.c"]}
    with pytest.raises(flowplug.ProjectError) as raised:
        flowplug.load(mapped(properties={"a": value}))
    assert [problem.code for problem in raised.value.problems] == ["too-large"]


def test_the_long_form_is_not_nested_too_deeply() -> None:
    value: Any = {"@first": ["$.a"] * 10}
    for _ in range(30):
        value = {"a": value}
    with pytest.raises(flowplug.ProjectError, match="the long form of the project is nested more than 50 deep"):
        flowplug.load(mapped(properties=value))


PROJECT = f"""\
[settings]
projectApiKey = "{KEY}"

[mappings]
templates = true

[defaults.trackEvent]
userId = {{ "@path" = "$.usrId" }}

[[subscriptions]]
name = "Orders"
partnerAction = "trackEvent"
subscribe = 'type = "track"'
[subscriptions.mapping]
event_name = "{{{{evnt}}}}"
[subscriptions.mapping.properties]
title."@first" = [
  "$.properties.title",
  "$.nam",
]
page."@pick".from = "$.contxt"
page."@pick".keys = [
  "url",
  "title",
]

[[subscriptions]]
name = "Others"
partnerAction = "trackEvent"
subscribe = 'type = "track"'
mapping = {{ event_name = "x" }}
"""


def test_a_warning_names_the_place_and_the_line_that_were_written(tmp_path: Path) -> None:
    file = tmp_path / "flowplug.toml"
    file.write_text(PROJECT, encoding="utf-8")
    found = [(problem.line, problem.where) for problem in flowplug.check(flowplug.load(file))]
    mapping = 'subscriptions[0] "Orders".mapping'
    assert found == [
        (8, "defaults.trackEvent.userId.@path"),
        (15, f"{mapping}.event_name"),
        (19, f"{mapping}.properties.title.@first[1]"),
        (23, f"{mapping}.properties.page.@pick.keys[0]"),
        (24, f"{mapping}.properties.page.@pick.keys[1]"),
    ]


def test_what_is_wrong_with_defaults_is_said_once() -> None:
    with pytest.raises(flowplug.ProjectError) as raised:
        flowplug.load({**with_subscriptions({}, {"mapping": NAME}), "defaults": {"trackEvent": {"evnt": 1}}})
    assert [str(problem) for problem in raised.value.problems] == [
        "defaults.trackEvent.evnt: trackEvent has no such field [unknown-field]"
    ]


@pytest.mark.parametrize("fields", [{"@path": "$."}, {"__segment_internal_directive": {}}])
def test_defaults_are_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(flowplug.ProjectError, match=r"defaults\.trackEvent: must be a table of fields"):
        flowplug.load({**PRESETS, "defaults": {"trackEvent": fields}})


# expand


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_long_form_is_printed_in_the_format_of_the_project(folder: Path) -> None:
    Path("flowplug.toml").write_text(PROJECT, encoding="utf-8")
    result = flow("expand")
    assert result.exit_code == 0
    assert not any(word in result.stdout for word in ("@first", "@pick", "defaults", "mappings"))
    Path("long.toml").write_text(result.stdout, encoding="utf-8")
    assert flow("expand", "long.toml").stdout == result.stdout
    assert emitted("long.toml") == emitted("flowplug.toml")
    data = json.loads(flow("expand", "--json").stdout)
    assert data["format"] == "toml"
    assert emitted(data["project"]) == emitted("flowplug.toml")


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_other_formats_have_a_long_form_without_aliases(folder: Path, ending: str) -> None:
    Path(f"p.{ending}").write_text(json.dumps(with_defaults({}, {"mapping": NAME})), encoding="utf-8")
    text = flow("expand", f"p.{ending}").stdout
    assert "&id" not in text
    Path(f"long.{ending}").write_text(text, encoding="utf-8")
    assert emitted(f"long.{ending}") == emitted(f"p.{ending}")


def test_a_project_is_expanded_without_its_key_but_not_with_errors() -> None:
    keyless = {"settings": {"projectApiKey": {"env": "NO_SUCH_VARIABLE"}}}
    result = flow("expand", "-", stdin=json.dumps(keyless))
    assert (result.exit_code, json.loads(result.stdout)["settings"]) == (0, keyless["settings"])
    result = flow("expand", "-", stdin=json.dumps({**keyless, "mappings": {"templates": 1}}))
    assert result.exit_code == 1
    assert result.stderr == (
        "<stdin>:1: mappings.templates: expected true or false, got a whole number [wrong-type]\n"
    )


# Environments and bases

BASE = f"""\
[settings]
projectApiKey = "{KEY}"

[defaults.trackEvent]
properties.source = "web"

[[subscriptions]]
name = "Orders"
partnerAction = "trackEvent"
subscribe = 'type = "track"'
mapping = {{ event_name = "{{{{event}}}}", properties = {{ "@pick" = ["total"] }} }}
"""
OVER = """\
extends = "base.toml"

[env.prod.mappings]
templates = true

[[env.prod.subscriptions]]
name = "Orders"
mapping.properties = { "@omit" = ["email"] }

[env.dev.defaults.trackEvent]
properties.source = "dev"
properties.debug = { "@first" = ["$.properties.debug", true] }
"""


def write_environments(over: str = OVER) -> None:
    Path("base.toml").write_text(BASE, encoding="utf-8")
    Path("over.toml").write_text(over, encoding="utf-8")


def test_short_forms_are_merged_before_they_are_written_out(folder: Path) -> None:
    write_environments()
    prod, dev = (flowplug.load("over.toml", env=env).subscriptions[0].fields for env in ("prod", "dev"))
    assert prod == {
        "event_name": {"@template": "{{event}}"},
        "properties": merged({"source": "web"}, merged(path("$.properties"), {"email": NOTHING})),
    }
    assert dev == {
        "event_name": "{{event}}",
        "properties": {
            "source": "dev",
            "debug": otherwise(path("$.properties.debug"), True),
            "total": path("$.properties.total"),
        },
    }
    assert flow("check", "over.toml").exit_code == 0
    for env in ("prod", "dev"):
        Path("long.toml").write_text(flow("expand", "over.toml", "--env", env).stdout, encoding="utf-8")
        assert flowplug.load("long.toml").subscriptions == flowplug.load("over.toml", env=env).subscriptions


def test_a_mistake_in_an_overlay_is_said_once_with_its_file_and_line(folder: Path) -> None:
    write_environments(OVER.replace("email", "@email").replace("$.properties.debug", "debug"))
    assert [line.partition(": ")[0] for line in flow("check", "over.toml").stderr.splitlines()] == [
        "over.toml:8",
        "over.toml:12",
    ]


KEYS = st.sampled_from(["total", "plan", "a b", "ship_to"])
PATHS = st.sampled_from(["$.properties.total", "$.context.page.url", "$.event", "$.userId"])
PLAIN = st.sampled_from([0, 1, "", "web", "{{event}}", "Hi {{properties.plan}}!", False, "{{"])
NAMES = st.sampled_from(["@pick", "@omit"])
LISTS = st.lists(KEYS, min_size=1, max_size=3, unique=True)
VALUES = st.recursive(
    PLAIN | PATHS.map(path),
    lambda inner: (
        st.dictionaries(KEYS, inner, max_size=3)
        | st.lists(inner, max_size=2)
        | st.builds(lambda paths, last: {"@first": [*paths, last]}, st.lists(PATHS, min_size=1, max_size=3), inner)
        | st.builds(lambda name, parent, keys: {name: {"from": parent, "keys": keys}}, NAMES, PATHS, LISTS)
        | st.builds(lambda value: {"@literal": value}, inner)
        | st.builds(lambda value: {"@json": {"mode": "encode", "value": {"a": value}}}, inner)
    ),
    max_leaves=6,
)
OBJECTS = (
    st.dictionaries(KEYS, VALUES, max_size=3)
    | st.builds(lambda name, keys: {name: keys}, NAMES, LISTS)
    | st.just(path("$.properties"))
)
FIELDS = st.fixed_dictionaries({"event_name": VALUES, "properties": OBJECTS}) | st.fixed_dictionaries(
    {}, optional={"event_name": VALUES, "properties": OBJECTS, "userId": VALUES}
)
PROJECTS = st.builds(
    lambda mappings, shared, templates: {
        **with_subscriptions(*({"mapping": fields} if fields else {} for fields in mappings)),
        "mappings": {"templates": templates},
        "defaults": {"trackEvent": shared},
    },
    st.lists(FIELDS, min_size=1, max_size=3),
    FIELDS,
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(PROJECTS)
def test_expanding_changes_no_byte_and_a_second_time_nothing(project: dict[str, Any]) -> None:
    expanded = expanded_data(project)
    assert expanded_data(expanded) == expanded
    text = json.dumps(expanded)
    assert not any(word in text for word in ('"@pick"', '"@omit"', '"@first"', '"defaults"', '"mappings"'))
    assert emitted(expanded) == emitted(project)


def expanded_data(project: dict[str, Any]) -> dict[str, Any]:
    result = flow("expand", "-", "--json", stdin=json.dumps(project))
    assert result.exit_code == 0, result.stdout
    data: dict[str, Any] = json.loads(result.stdout)["project"]
    return data
