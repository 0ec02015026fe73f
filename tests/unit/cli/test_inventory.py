"""``flowplug inventory``: nothing that can leave for 1Flow is missing from it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug.inventory import Sending, sendings
from flowplug.mapping.directives import DIRECTIVES
from flowplug.mapping.flows import FLOWS
from flowplug.plan import compile_project
from flowplug.project import ACTIONS
from tests.conformance.generators import NAMES, TEXTS, Author
from tests.support.command import flow, write_project
from tests.support.documents import blocks
from tests.support.page import Page
from tests.support.projects import KEY, PRESETS, with_subscriptions


def sent(mapping: dict[str, Any], **subscription: Any) -> Sending:
    """What a project with one subscription sends."""
    data = with_subscriptions({"mapping": {"event_name": "Seen", **mapping}, **subscription})
    (sending,) = sendings(compile_project(flowplug.load(data)))
    return sending


def origins(mapping: dict[str, Any]) -> dict[str, list[str]]:
    """Where each part of a field comes from, but for the constant event name."""
    return {
        field.field: [
            f"{origin.kind} {origin.path if origin.value is None else origin.value}" for origin in field.origins
        ]
        for field in sent(mapping).fields
        if field.field != "event_name"
    }


def properties(value: Any) -> dict[str, list[str]]:
    return origins({"properties": value})


def test_every_directive_has_its_flow() -> None:
    assert FLOWS.keys() == DIRECTIVES.keys()


def test_a_preset_sends_all_properties_and_all_traits() -> None:
    track, identify = sendings(compile_project(flowplug.load(PRESETS)))
    means = {
        field.field: (origin.path, origin.means)
        for sending in (track, identify)
        for field in sending.fields
        for origin in field.origins
    }
    assert means["properties"] == ("$.properties", "all properties")
    assert means["traits"] == ("$.traits", "all traits")
    assert means["event_name"] == ("$.event", None)


def test_a_field_is_listed_with_the_argument_that_gets_it_in_either_generation_of_the_sdk() -> None:
    track, identify = sendings(compile_project(flowplug.load(PRESETS)))
    assert {field.field: (field.methods, field.commands) for field in track.fields} == {
        "event_name": ("logEvent, argument 1", "track, argument 2"),
        "properties": ("logEvent, argument 2", "track, argument 3, properties"),
        "userId": (None, "track, argument 3, userId"),
        "anonymousId": (None, "track, argument 3, anonymousId"),
    }
    assert {field.field: (field.methods, field.commands) for field in identify.fields} == {
        "userId": ("logUser, argument 1", "identify, argument 2"),
        "traits": ("logUser, argument 2", "identify, argument 3"),
    }


METHODS = """
const keep = name => (...call) => { calls.push([name, ...call]); };
globalThis._1flow = { logUser: keep("logUser"), logEvent: keep("logEvent") };
"""


@pytest.mark.parametrize("methods", [True, False])
def test_the_plugin_gives_each_field_to_the_argument_that_is_listed(methods: bool) -> None:
    track = {"event_name": "E", "properties": {"p": 1}, "userId": "u1", "anonymousId": "a"}
    given: dict[str, dict[str, Any]] = {"trackEvent": track, "identifyUser": {"userId": "u2", "traits": {"t": 1}}}
    page = Page(flowplug.build(flowplug.load(PRESETS))["1flow.js"].content, before=METHODS if methods else "")
    page.send({"type": "track", "event": "E", **track})
    page.send({"type": "identify", **given["identifyUser"]})
    assert len(page.calls) == 2
    for sending in sendings(compile_project(flowplug.load(PRESETS))):
        for field in sending.fields:
            value = given[sending.action][field.field]
            listed = field.methods if methods else field.commands
            if listed is None:
                assert value not in [argument for call in page.calls for argument in call]
                continue
            name, argument, *key = listed.split(", ")
            (call,) = [call for call in page.calls if call[0] == name]
            # A command is the first argument of the function itself.
            found = call[int(argument.removeprefix("argument ")) - (0 if methods else 1)]
            assert (found[key[0]] if key else found) == value


def test_a_constant_is_listed_as_json() -> None:
    assert properties({"source": "web", "count": 1, "none": {}}) == {
        "properties.source": ['constant "web"'],
        "properties.count": ["constant 1"],
        "properties.none": ["constant {}"],
    }


def test_a_condition_decides_and_its_branches_are_sent() -> None:
    choice = {"exists": {"@path": "$.context.ip"}, "then": {"@path": "$.userId"}, "else": "nobody"}
    assert properties({"who": {"@if": choice}}) == {
        "properties.who": ["decides $.context.ip", "path $.userId", 'constant "nobody"']
    }


def test_what_is_both_tested_and_sent_is_listed_as_sent() -> None:
    choice = {"exists": {"@path": "$.userId"}, "then": {"@path": "$.userId"}}
    assert properties({"who": {"@if": choice}}) == {"properties.who": ["path $.userId"]}


def test_the_shape_of_an_array_path_names_what_is_read_of_each_item() -> None:
    shaped = {"@arrayPath": ["$.properties.items", {"n": {"@path": "$.name"}, "kind": "item"}]}
    assert properties({"items": shaped}) == {
        "properties.items": ["decides $.properties.items"],
        "properties.items[].n": ["path $.properties.items[].name"],
        "properties.items[].kind": ['constant "item"'],
    }
    assert properties({"items": {"@arrayPath": ["$.properties.items"]}}) == {
        "properties.items": ["path $.properties.items"]
    }


def test_a_path_is_followed_through_what_a_transform_has_made() -> None:
    transform = {
        "apply": {"user": {"@path": "$.traits"}, "unused": {"@path": "$.context"}},
        "mapping": {"mail": {"@path": "$.user.email"}},
    }
    assert properties({"@transform": transform}) == {"properties.mail": ["path $.traits.email"]}


def test_fields_beside_a_root_directive_read_from_what_it_has_made() -> None:
    mapping = {
        "__segment_internal_directive": {"@transform": {"apply": {"a": {"@path": "$.context.page"}}}},
        "properties": {"where": {"@path": "$.a.url"}, "gone": {"@path": "$.b"}},
    }
    assert origins(mapping) == {"properties.where": ["path $.context.page.url"]}


def test_a_directive_in_place_of_the_fields_gives_each_field_its_part() -> None:
    data = with_subscriptions({"mapping": {"@path": "$.properties"}})
    (sending,) = sendings(compile_project(flowplug.load(data)))
    assert {field.field: field.origins[0].path for field in sending.fields} == {
        name: f"$.properties.{name}" for name in ("event_name", "properties", "userId", "anonymousId")
    }


@pytest.mark.parametrize("directive", ["@path", "@template"])
def test_what_the_event_itself_chooses_may_be_any_of_it(directive: str) -> None:
    (listed,) = properties({"chosen": {directive: {"@path": "$.properties.which"}}}).values()
    assert "path $." in listed
    assert any(line.endswith("$.properties.which") for line in listed)


def test_what_a_trigger_tests_is_listed_as_deciding() -> None:
    trigger = 'type = "track" and (properties.total > 5 or contains(context.ip, "1"))'
    sending = sent({}, subscribe=trigger)
    assert (sending.types, sending.decides) == (("track",), ("$.properties.total", "$.context.ip"))


def test_a_subscription_that_is_disabled_or_matches_no_event_sends_nothing() -> None:
    never = 'type = "track" and type = "page"'
    data = with_subscriptions({"enabled": False}, {"subscribe": never}, {"name": "Sent"})
    assert [sending.subscription for sending in sendings(compile_project(flowplug.load(data)))] == ["Sent"]


PRIVATE = {
    "deny": ["*mail", "anonymousId"],
    "scrub": ["email", "card"],
    "hash": ["userId"],
    "allow": {"properties": ["plan", "list"]},
}


def test_a_field_is_listed_with_what_privacy_makes_of_it() -> None:
    data = with_subscriptions({}, privacy=PRIVATE)
    (sending,) = sendings(compile_project(flowplug.load(data)))
    assert {field.field: field.privacy for field in sending.fields} == {
        "event_name": ("scrubbed of email and card", "without denied keys"),
        "properties": ("only plan, list", "scrubbed of email and card", "without denied keys"),
        "userId": ("hashed", "without denied keys"),
        "anonymousId": ("denied: does not leave",),
    }


def test_what_privacy_keeps_back_is_said_of_the_part_that_would_have_it() -> None:
    path = {"@path": "$.properties.x"}
    item = {"@path": "$.x"}
    shape = {"@arrayPath": ["$.properties.list", {"eMail": item, "n": item}]}
    made = {"event_name": "Seen", "properties": {"plan": path, "other": path, "list": shape}}
    data = with_subscriptions({"mapping": made}, privacy=PRIVATE)
    (sending,) = sendings(compile_project(flowplug.load(data)))
    found = {field.field: field.privacy[0] for field in sending.fields}
    assert found["properties.plan"] == found["properties.list[].n"] == "scrubbed of email and card"
    assert found["properties.other"] == "not allowed: does not leave"
    assert found["properties.list[].eMail"] == "denied: does not leave"
    event = {"type": "track", "properties": {"x": "seen", "list": [{"x": "seen"}]}}
    # quickjs has no crypto to hash with.
    private = {name: value for name, value in PRIVATE.items() if name != "hash"}
    page = Page(flowplug.build(flowplug.load({**data, "privacy": private}))["1flow.js"].content)
    page.send(event)
    assert page.calls[0][2]["properties"] == {"plan": "seen", "list": [{"n": "seen"}]}


def test_the_command_names_the_keys_that_are_denied() -> None:
    write_project(f'[settings]\nprojectApiKey = "{KEY}"\n[privacy]\ndeny = ["email", "*password*"]\n')
    lines = flow("inventory").stdout.splitlines()
    assert "Keys that never leave, at any depth: email, *password*." in lines
    assert sum(line.endswith("  without denied keys") for line in lines) == 6


# Nothing is missing


@pytest.mark.parametrize("seed", range(12))
def test_whatever_changes_a_call_is_listed_for_the_field_that_changes(seed: int) -> None:
    author = Author(random.Random(f"inventory {seed}"))
    changes = 0
    while changes < 60:
        author.reads.clear()
        data = {
            **PRESETS,
            "plugin": {"duplicates": False},
            "subscriptions": [author.subscription("only", near_trigger=False, near_mapping=False)],
        }
        try:
            project = flowplug.load(data)
            plan = compile_project(project)
        except flowplug.ProjectError:
            continue
        page = Page(flowplug.build(project)["1flow.js"].content)
        listed = sendings(plan)
        for _ in range(12):
            event = plain(author.event())
            first = call_of(page, event)
            for _ in range(6):
                path, changed = change(event, author)
                second = call_of(page, changed)
                for field in differences(first, second):
                    changes += 1
                    ways = {way for sending in listed for way in ways_of(sending, field)}
                    assert any(meet(path, way) for way in ways), (path, field, ways, data)


def plain(value: Any) -> Any:
    """Data without the values that JSON does not have."""
    if isinstance(value, dict):
        return "special" if "$" in value else {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def call_of(page: Page, event: dict[str, Any]) -> list[Any] | None:
    """The call that an event becomes, or None."""
    before = len(page.calls)
    page.send(event)
    new = page.calls[before:]
    return new[0] if new else None


def change(event: dict[str, Any], author: Author) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The way to a value of the event that is changed, added or removed, but for its type; and the new event."""
    changed = copy.deepcopy(event)
    ways = [way for way in walk(event) if way[0] != "type"]
    read = [way for way in ways for path, _ in author.reads if way[: len(path)] == path]
    path = author.random.choice(read if read and author.chance(0.8) else ways)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[int(key) if isinstance(holder, list) else key]
    last: Any = int(path[-1]) if isinstance(holder, list) else path[-1]
    value = holder[last]
    if isinstance(value, dict) and author.chance(0.4):
        added = author.random.choice(NAMES)
        value[added] = author.plain(1)
        return (*path, added), changed
    if author.chance(0.2) and isinstance(holder, dict):
        del holder[last]
    else:
        holder[last] = author.random.choice((author.plain(2), *TEXTS[:2], "changed", None, 7))
    return path, changed


def walk(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if way:
        yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from walk(item, (*way, str(key)))


def differences(first: list[Any] | None, second: list[Any] | None) -> list[str]:
    """The fields that differ in two calls; an empty name if there is only one call."""
    if first is None or second is None:
        return [""] if first != second else []
    one, other = fields_of(first), fields_of(second)
    return [name for name in one if json.dumps(one[name]) != json.dumps(other[name])]


def fields_of(call: list[Any]) -> dict[str, Any]:
    command, subject, data = call
    if command == "identify":
        return {"userId": subject, "traits": data}
    return {"event_name": subject, **{name: data.get(name) for name in ("userId", "anonymousId", "properties")}}


def ways_of(sending: Sending, field: str) -> Iterator[str]:
    """What is listed for a field; for all fields and the trigger where the name is empty."""
    if not field:
        yield from sending.decides
    for row in sending.fields:
        if not field or row.field.startswith(field):
            yield from (origin.path for origin in row.origins if origin.path is not None)


def meet(path: tuple[str, ...], way: str) -> bool:
    """Whether a listed path leads to what changed, or to something in it; one item stands for a list, too."""
    keys = way.replace("[]", ".[]").split(".")[1:] if way != "$." else []
    return _meet(list(path), keys)


def _meet(path: list[str], keys: list[str]) -> bool:
    if not path or not keys:
        return True
    if keys[0] == "[]":
        return _meet(path[1:], keys[1:]) or _meet(path, keys[1:])
    return path[0] == keys[0] and _meet(path[1:], keys[1:])


# The command


def test_the_command_prints_a_table_for_people() -> None:
    write_project()
    assert flow("inventory").stdout.split("\n\n")[1].splitlines() == [
        "Identify User (identifyUser), on identify events",
        '  trigger: type = "identify"',
        "  field   comes from             goes to",
        "  userId  $.userId               logUser, argument 1; identify, argument 2",
        "  traits  $.traits (all traits)  logUser, argument 2; identify, argument 3",
    ]


def test_the_last_section_is_what_the_sdk_sends_by_itself() -> None:
    write_project()
    section = flow("inventory").stdout.split("\n\n")[-1]
    assert section.startswith("By itself, once it is loaded, the SDK sends or keeps:\n")
    for word in (
        "first_visit",
        "session_start",
        "page_view",
        "button_click",
        "localStorage",
        "javascript-1flow-sdk",
    ):
        assert word in section


def test_the_command_says_which_consent_everything_needs() -> None:
    write_project(f'[settings]\nprojectApiKey = "{KEY}"\n[consent]\ncategories = ["C0004"]\n')
    assert "Only with consent: C0004." in flow("inventory").stdout
    assert json.loads(flow("inventory", "--json").stdout)["consent"] == ["C0004"]


def test_the_command_prints_json_for_machines() -> None:
    write_project()
    data = json.loads(flow("inventory", "--json").stdout)
    assert data["ok"] is True
    assert data["sent"][0]["fields"][1] == {
        "field": "properties",
        "methods": "logEvent, argument 2",
        "commands": "track, argument 3, properties",
        "origins": [{"kind": "path", "path": "$.properties", "value": None, "means": "all properties"}],
        "privacy": [],
    }
    assert {item["where"] for item in data["sentBySdk"]} == {"1Flow's API", "localStorage of the page"}


def test_every_field_of_every_action_is_known_to_the_inventory() -> None:
    for sending in sendings(compile_project(flowplug.load(PRESETS))):
        assert [field.field for field in sending.fields] == list(ACTIONS[sending.action].arguments)


def test_the_document_shows_what_its_project_prints() -> None:
    project, shown, *_ = [block for block in blocks() if Path(block.file).name == "inventory.md"]
    write_project(project.text)
    assert flow("inventory").stdout.startswith(shown.text)
