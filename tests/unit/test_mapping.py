"""Mappings: what is refused when the plugin is built, each with its place, and what warns."""

from __future__ import annotations

import json
from typing import Any

import pytest

import flowplug
from flowplug.errors import place_text
from flowplug.events import EVENT_TYPES
from tests.support.page import Page
from tests.support.projects import with_subscriptions


def message_of(problem: flowplug.Problem) -> str:
    """As it is printed, with the code."""
    return f"{problem.message} [{problem.code}]"


def problems(mapping: Any) -> list[tuple[str, str]]:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(with_subscriptions({"mapping": mapping}))
    prefix = "subscriptions[0].mapping"
    return [(place_text(item.place).removeprefix(prefix), message_of(item)) for item in caught.value.problems]


P = {"@path": "$.properties.a"}

EMPTY = "must not be empty, null, false or 0 [empty]"


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        ({"@pathh": "x"}, "", 'unknown directive "@pathh" (did you mean "@path"?) [unknown-directive]'),
        (
            {"@path": "x", "@literal": 1},
            ".@literal",
            '"@path" must be the only key here; remove "@literal" [mixed-directive]',
        ),
        ({"@path": "x", "y": 1}, ".y", '"@path" must be the only key here; remove "y" [mixed-directive]'),
        (
            {"y": 1, "z": 1, "@path": "x"},
            ".y",
            '"@path" must be the only key here; remove "y", "z" [mixed-directive]',
        ),
        *(
            (
                {"@path": "x", **dict.fromkeys(keys, 1)},
                ".a",
                f'"@path" must be the only key here; remove "a", "b", "c", "d", "e"{more} [mixed-directive]',
            )
            for keys, more in (("abcdef", ', "f"'), ("abcdefg", " and 2 more"), ("abcdefgh", " and 3 more"))
        ),
        (
            [{"a": {"@path": "x", "y": 1}}],
            "[0].a.y",
            '"@path" must be the only key here; remove "y" [mixed-directive]',
        ),
        (
            {"@liquid": "{{ event }}"},
            "",
            '"@liquid" does not run on web pages, which get the text of the template; '
            "use @template for {{placeholders}}, and @if, @case or @replace for tags and filters "
            "[unsupported-directive]",
        ),
        (
            {"__proto__": 1},
            ".__proto__",
            "in JavaScript this key sets the prototype; rename it [forbidden-key]",
        ),
        ({"@path": 3}, ".@path", "expected text or a directive, got a number [wrong-type]"),
        ({"@path": {"a": 1}}, ".@path", "expected text or a directive, got a table [wrong-type]"),
        *(
            (
                {"@path": value},
                ".@path",
                f"expected text or a directive, got {kind} [wrong-type]",
            )
            for value, kind in (
                (1.5, "a number"),
                (True, "true"),
                (False, "false"),
                (None, "null"),
                ([], "a list"),
            )
        ),
        *(
            ({"@json": {"mode": "encode", "value": value}}, ".@json.value", EMPTY)
            for value in (None, False, "", 0.0)
        ),
        (
            {"@flatten": {"@path": "x"}},
            ".@flatten",
            "expected a table of options (value, separator, omitArrays), got a directive [wrong-type]",
        ),
        (
            {"@flatten": {"value": P, "separator": ".", "omitArrays": None}},
            ".@flatten.omitArrays",
            "expected true or false, got null [wrong-type]",
        ),
        (
            {"@if": {"blank": None, "then": 1}},
            ".@if",
            "needs exists or blank, with a value to test [missing-option]",
        ),
        *(
            (
                {"@replace": {"pattern": "a", "value": P, option: "\uffff" * 11}},
                f".@replace.{option}",
                "longer than 10 characters, the most that Segment allows [too-long]",
            )
            for option in ("pattern2", "replacement2")
        ),
        (
            {"@replace": {"pattern": "a", "value": P, "ignorecase": 1}},
            ".@replace.ignorecase",
            "expected true or false, got a number [wrong-type]",
        ),
        (
            {"@merge": {"direction": None, "objects": []}},
            ".@merge.direction",
            'expected "left" or "right", got null [wrong-type]',
        ),
        ({"@path": "a." * 51}, ".@path", "a path can have 50 parts at most, not 51 [too-long]"),
        ({"@template": None}, ".@template", "expected text or a directive, got null [wrong-type]"),
        (
            {"@template": "{{ {{{a}}} }}"},
            ".@template",
            "one placeholder is inside the braces of another; write them one after the other [template-syntax]",
        ),
        ({"@template": "{" * 5001}, ".@template", "longer than 5000 characters [too-long]"),
        (
            {"@template": "{{" + "a." * 51 + "}}"},
            ".@template",
            "a path can have 50 parts at most, not 51 [too-long]",
        ),
        ({"@if": "x"}, ".@if", "expected a table of options (exists, blank, then, else), got text [wrong-type]"),
        ({"@if": {"then": 1}}, ".@if", "needs exists or blank, with a value to test [missing-option]"),
        (
            {"@if": {"exists": "", "then": 1}},
            ".@if",
            "needs exists or blank, with a value to test [missing-option]",
        ),
        (
            {"@if": {"exists": P, "thenn": 1}},
            ".@if.thenn",
            'unknown option (did you mean "then"?) [unknown-option]',
        ),
        (
            {"@case": {"operator": "Lower", "value": P}},
            ".@case.operator",
            'expected "lower" or "upper", got "Lower" (did you mean "lower"?) [unknown-value]',
        ),
        (
            {"@case": {"operator": True, "value": P}},
            ".@case.operator",
            'expected "lower" or "upper", got true [wrong-type]',
        ),
        ({"@case": {"operator": "lower"}}, ".@case", "value is missing [missing-option]"),
        (
            {"@case": {"operator": "lower", "value": 5}},
            ".@case.value",
            "expected text or a directive, got a number [wrong-type]",
        ),
        (
            {"@replace": {"pattern": "12345678901", "value": P}},
            ".@replace.pattern",
            "longer than 10 characters, the most that Segment allows [too-long]",
        ),
        (
            {"@replace": {"pattern": 1, "value": P}},
            ".@replace.pattern",
            "expected text, got a number [wrong-type]",
        ),
        (
            {"@replace": {"pattern": "😀😀😀😀😀a", "value": P}},
            ".@replace.pattern",
            "longer than 10 characters, the most that Segment allows [too-long]",
        ),
        ({"@replace": {"pattern": "", "value": P}}, ".@replace.pattern", "must not be empty [empty]"),
        (
            {"@replace": {"pattern": "a", "replacement": "12345678901", "value": P}},
            ".@replace.replacement",
            "longer than 10 characters, the most that Segment allows [too-long]",
        ),
        (
            {"@replace": {"pattern": "a", "value": P, "global": 1}},
            ".@replace.global",
            "expected true or false, got a number [wrong-type]",
        ),
        (
            {"@arrayPath": "x"},
            ".@arrayPath",
            'expected a list of a path and a shape, such as ["$.properties.items", { … }] [wrong-type]',
        ),
        *(
            (
                {"@arrayPath": items},
                ".@arrayPath",
                'expected a list of a path and a shape, such as ["$.properties.items", { … }] [wrong-type]',
            )
            for items in ([], ["x", {}, {}])
        ),
        ({"@arrayPath": [3]}, ".@arrayPath[0]", "expected text or a directive, got a number [wrong-type]"),
        ({"@arrayPath": ["x", [1]]}, ".@arrayPath[1]", "expected a table or a directive, got a list [wrong-type]"),
        ({"@flatten": {"value": P}}, ".@flatten", "separator is missing [missing-option]"),
        (
            {"@flatten": {"value": P, "separator": None}},
            ".@flatten.separator",
            "expected text, got null [wrong-type]",
        ),
        ({"@flatten": {"value": P, "separator": ""}}, ".@flatten.separator", "must not be empty [empty]"),
        (
            {"@json": {"mode": "encodes", "value": P}},
            ".@json.mode",
            'expected "encode" or "decode", got "encodes" (did you mean "encode"?) [unknown-value]',
        ),
        ({"@json": {"mode": "encode", "value": 0}}, ".@json.value", EMPTY),
        (
            {"@merge": {"direction": "up", "objects": []}},
            ".@merge.direction",
            'expected "left" or "right", got "up" [unknown-value]',
        ),
        (
            {"@merge": {"direction": "left", "objects": [1]}},
            ".@merge.objects[0]",
            "expected a table or a directive, got a number [wrong-type]",
        ),
        (
            {"@merge": {"direction": "left", "objects": P}},
            ".@merge.objects",
            "expected a list, got a directive [wrong-type]",
        ),
        ({"@transform": {"apply": {}}}, ".@transform", "mapping is missing [missing-option]"),
        (
            {"@transform": {"apply": {"__segment_internal_directive": P}, "mapping": {}}},
            ".@transform.apply.__segment_internal_directive",
            "a root directive works only beside the action's fields; use @transform itself here [root-directive]",
        ),
        ({"@literal": {"a": {"@nope": 1}}}, ".@literal.a", 'unknown directive "@nope" [unknown-directive]'),
    ],
)
def test_a_mistake_in_a_mapping_is_refused_with_its_place(value: Any, place: str, message: str) -> None:
    assert problems({"event_name": "x", "properties": {"p": value}}) == [(f".properties.p{place}", message)]


def test_all_mistakes_of_a_mapping_are_found_at_once() -> None:
    found = problems({"event_name": {"@path": 1}, "properties": [{"@json": {}}, {"@case": {"x": 1}}], "nope": 1})
    assert [place for place, _ in found] == [
        ".event_name.@path",
        ".properties[0].@json",
        ".properties[0].@json",
        ".properties[1].@case.x",
        ".properties[1].@case",
        ".properties[1].@case",
        ".nope",
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"@template": "x" * 5000},
        {"@replace": {"pattern": "😀" * 5, "replacement": "x" * 10, "value": P}},
        {"@replace": {"pattern": "\uffff" * 10, "pattern2": "\uffff" * 10, "replacement2": "", "value": P}},
        {"@json": {"mode": "encode", "value": {}}},
        {"@json": {"mode": "encode", "value": []}},
        {"@flatten": {"separator": "." * 11, "value": P}},
        {"@if": {"exists": [], "then": 1}},
        {"@if": {"blank": {}, "then": 1}},
        {"@case": {"operator": "upper", "value": ""}},
        {"@merge": {"direction": "left", "objects": []}},
        {"a": {"b": [None, True, {"": 0}]}},
        {"constructor": {"prototype": P}, "k" * 120: {"@literal": P}},
    ],
)
def test_what_is_just_allowed_is_compiled_without_a_warning(value: Any) -> None:
    assert warnings(properties(value)) == []


def test_a_mapping_nested_10000_deep_is_refused() -> None:
    value: Any = "x"
    for _ in range(10_000):
        value = {"@literal": value}
    with pytest.raises(flowplug.ProjectError, match="nested more than 50 deep"):
        flowplug.load(with_subscriptions({"mapping": {"event_name": value}}))


def test_a_mapping_as_deep_as_allowed_is_compiled() -> None:
    value: Any = P
    for index in range(21):
        value = {"@if": {"exists": value, "then": [index]}} if index % 2 else {"a": value}
    flowplug.build(flowplug.load(with_subscriptions({"mapping": {"event_name": "x", "properties": value}})))


def test_the_sign_for_the_event_is_no_part_of_a_path() -> None:
    deepest = "$." + ".".join(["properties", *"a" * 49])
    flowplug.build(flowplug.load(with_subscriptions(properties({"@path": deepest}))))
    assert problems(properties({"@path": f"{deepest}.a"})["mapping"]) == [
        (".properties.@path", "a path can have 50 parts at most, not 51 [too-long]")
    ]


NO_ROOT = 'must be one directive that holds a table, such as { "@transform" = { apply = { … } } } [root-directive]'


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        (
            {"__segment_internal_directive": {"else": {}}},
            ".__segment_internal_directive",
            NO_ROOT,
        ),
        (
            {"__segment_internal_directive": {"@transform": {"apply": {}}, "@path": "x"}},
            ".__segment_internal_directive",
            NO_ROOT,
        ),
        (
            {"__segment_internal_directive": 3},
            ".__segment_internal_directive",
            NO_ROOT,
        ),
        (
            {"__segment_internal_directive": {}},
            ".__segment_internal_directive",
            NO_ROOT,
        ),
        (
            {"__segment_internal_directive": {"@path": "x"}},
            ".__segment_internal_directive",
            NO_ROOT,
        ),
        (
            {"__segment_internal_directive": {"@literal": {"@path": "x"}}},
            ".__segment_internal_directive",
            'the table in "@literal" must not be a directive itself: Segment adds a key to it [root-directive]',
        ),
        (
            {"__segment_internal_directive": {"@merge": {"direction": "left", "objects": []}}, "event_name": "x"},
            ".__segment_internal_directive",
            'must be "@transform" if there are fields beside it; remove "event_name" [root-directive]',
        ),
        (
            {"__segment_internal_directive": {"@transform": {"apply": 3}}, "event_name": "x"},
            ".__segment_internal_directive.@transform.apply",
            "expected a table or a directive, got a number [wrong-type]",
        ),
        (
            {"__segment_internal_directive": {"@merge": {"direction": "left"}}},
            ".__segment_internal_directive.@merge",
            "objects is missing [missing-option]",
        ),
        (
            {"__segment_internal_directive": {"@transform": {"apply": {}}}, "eventname": "x"},
            ".eventname",
            'trackEvent has no such field (did you mean "event_name"?) [unknown-field]',
        ),
        (
            {"@path": "x", "event_name": "y"},
            ".event_name",
            '"@path" must be the only key here; remove "event_name" [mixed-directive]',
        ),
    ],
)
def test_a_root_directive_is_refused_where_it_cannot_work(fields: Any, place: str, message: str) -> None:
    assert problems(fields) == [(place, message)]


def warnings(*subscriptions: dict[str, Any]) -> list[tuple[str, str]]:
    bundle = flowplug.build(flowplug.load(with_subscriptions(*subscriptions)))
    assert all(warning.level == "warning" for warning in bundle.warnings)
    return [(place_text(warning.place), message_of(warning)) for warning in bundle.warnings]


HEARD = (
    "never matches: Segment's web destinations get only track, identify, page, group and alias events "
    "[never-matches]"
)
EXCLUDE = "never matches: its conditions exclude each other [never-matches]"


@pytest.mark.parametrize(
    ("subscribe", "why"),
    [
        ('type = "screen"', HEARD),
        ('type = "track" and type = "page"', EXCLUDE),
        ('type = "track" and type != "track"', EXCLUDE),
        ('type = "track" and properties.a = "x" and properties.a = "y"', EXCLUDE),
        ('event = "A" and event != "A"', EXCLUDE),
    ],
)
def test_a_subscription_that_cannot_match_is_a_warning(subscribe: str, why: str) -> None:
    assert warnings({"subscribe": subscribe}) == [("subscriptions[0].subscribe", why)]


@pytest.mark.parametrize(
    "mapping",
    [
        {"properties": P},
        {"event_name": ""},
        {"event_name": {"@literal": None}},
        {"event_name": {"@template": ""}},
        {"@transform": {"apply": {}, "mapping": {"properties": {}}}},
        {"__segment_internal_directive": {"@transform": {"apply": {}}}, "properties": {}},
    ],
)
def test_a_required_field_that_never_has_a_value_is_a_warning(mapping: Any) -> None:
    message = "event_name has no value, so trackEvent sends nothing [sends-nothing]"
    assert warnings({"mapping": mapping}) == [("subscriptions[0].mapping", message)]


def test_a_project_with_nothing_enabled_is_a_warning() -> None:
    message = "none is enabled, so the plugin only loads the SDK and sends nothing [nothing-enabled]"
    assert warnings({"enabled": False}) == [("subscriptions", message)]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({}, {"subscribe": ' type  = "track"'}),
        ({"subscribe": 'event="A"'}, {"subscribe": 'event  =  "A"'}),
        ({"subscribe": 'type = "track" and event = "A"'}, {"subscribe": 'event = "A" and type = "track"'}),
        ({"subscribe": 'type = "track" and event = "A"'}, {"subscribe": 'type = "track" and event  ="A"'}),
        ({"mapping": {"event_name": {"@path": "$.event"}}}, {"mapping": {"event_name": {"@path": "event"}}}),
        (
            {"mapping": {"event_name": {"@path": "type"}}},
            {"mapping": {"event_name": {"@path": "type", "_metadata": {}}}},
        ),
    ],
)
def test_a_subscription_that_repeats_another_is_a_warning(first: Any, again: Any) -> None:
    assert warnings(first, again, {"enabled": False}) == [
        ("subscriptions[1]", "does the same as subscriptions[0], so 1Flow gets it twice [sent-twice]")
    ]


def test_subscriptions_that_differ_have_no_warning() -> None:
    ones = [{"mapping": {"event_name": "x", "properties": {"one": one}}} for one in (1, True, "1")]
    page = {"subscribe": 'type = "page"', "mapping": {"event_name": {"@path": "$.name"}}}
    assert warnings({}, page, {"mapping": {"event_name": "x"}}, *ones) == []


# Paths that lead to nothing


def properties(value: Any, subscribe: str = 'type = "track"') -> dict[str, Any]:
    """A subscription whose paths lead to something, but for this value of its properties."""
    return {"subscribe": subscribe, "mapping": {"event_name": "x", "properties": value}}


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        (
            {"@path": "$.evnt"},
            ".@path",
            'no Segment event has "evnt" (did you mean "event"?) [unknown-event-field]',
        ),
        (
            {"@path": "propertie.plan"},
            ".@path",
            'no Segment event has "propertie" (did you mean "properties"?) [unknown-event-field]',
        ),
        (
            {"p": [{"@template": "{{Userid}}"}]},
            ".p[0].@template",
            'no Segment event has "Userid" (did you mean "userId"?) [unknown-event-field]',
        ),
        (
            {"@path": "$.plan"},
            ".@path",
            'no Segment event has "plan" (did you mean "$.properties.plan"?) [unknown-event-field]',
        ),
        (
            {"@template": "{{a.b}}"},
            ".@template",
            'no Segment event has "a" (did you mean "{{properties.a.b}}"?) [unknown-event-field]',
        ),
        ({"@path": "$"}, ".@path", 'no Segment event has "$"; the whole event is "$." [unknown-event-field]'),
        (
            {"@template": "{{$.event}}"},
            ".@template",
            'no Segment event has "$" (did you mean "{{event}}"?) [unknown-event-field]',
        ),
        (
            {"@template": {"@path": "$.evnt"}},
            ".@template.@path",
            'no Segment event has "evnt" (did you mean "event"?) [unknown-event-field]',
        ),
        (
            {"@path": "$.constructor.name"},
            ".@path",
            'no Segment event has "constructor" (did you mean "$.properties.constructor.name"?) '
            "[unknown-event-field]",
        ),
        (
            {"@arrayPath": ["$.items", {"id": {"@path": "$.sku"}}]},
            ".@arrayPath[0]",
            'no Segment event has "items" (did you mean "$.properties.items"?) [unknown-event-field]',
        ),
        (
            {"@transform": {"apply": {"a": {"@path": "$.cart"}}, "mapping": {"b": {"@path": "$.a"}}}},
            ".@transform.apply.a.@path",
            'no Segment event has "cart" (did you mean "$.properties.cart"?) [unknown-event-field]',
        ),
        (
            {"@merge": {"direction": "left", "objects": [{"a": {"@path": "$.evnt"}}]}},
            ".@merge.objects[0].a.@path",
            'no Segment event has "evnt" (did you mean "event"?) [unknown-event-field]',
        ),
        (
            {"@template": "{{\u200bevent}}"},
            ".@template",
            'no Segment event has "\\u200bevent" (did you mean "event"?) [unknown-event-field]',
        ),
        (
            {"@path": {"@path": "$.evnt"}},
            ".@path.@path",
            'no Segment event has "evnt" (did you mean "event"?) [unknown-event-field]',
        ),
        (
            {"@if": {"exists": {"@path": "$.evnt"}, "then": 1, "else": 2}},
            ".@if.exists.@path",
            'no Segment event has "evnt" (did you mean "event"?) [unknown-event-field]',
        ),
    ],
)
def test_a_path_whose_first_part_no_event_has_is_a_warning(value: Any, place: str, message: str) -> None:
    assert warnings(properties(value)) == [(f"subscriptions[0].mapping.properties{place}", message)]


@pytest.mark.parametrize(
    ("event_type", "message"),
    [
        ("track", "$.properties.plan"),
        ("page", "$.properties.plan"),
        ("identify", "$.traits.plan"),
        ("group", "$.traits.plan"),
        ("alias", "$.context.plan"),
    ],
)
def test_an_unknown_field_is_looked_for_where_its_events_have_others(event_type: str, message: str) -> None:
    ((_, found),) = warnings(properties({"@path": "$.plan"}, f'type = "{event_type}"'))
    assert found == f'no Segment event has "plan" (did you mean "{message}"?) [unknown-event-field]'


OF_ALL = (
    *("type", "userId", "anonymousId", "groupId", "context", "integrations", "options", "timestamp", "messageId"),
    *("originalTimestamp", "sentAt", "receivedAt", "version", "channel", "projectId", "writeKey", "_metadata"),
    *("_source", "rudderId"),
)
OF_SOME = {
    "event": ("track",),
    "name": ("page",),
    "properties": ("track", "page"),
    "traits": ("identify", "group"),
    "category": ("page",),
    "previousId": ("alias",),
}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@pytest.mark.parametrize("field", [*OF_ALL, *OF_SOME])
def test_each_type_of_event_has_its_fields_and_no_other_s(field: str, event_type: str) -> None:
    found = [message for _, message in warnings(properties({"@path": f"$.{field}"}, f'type = "{event_type}"'))]
    if event_type in OF_SOME.get(field, EVENT_TYPES):
        assert found == []
    else:
        (message,) = found
        assert message.startswith(f'{event_type} events have no "{field}"')


@pytest.mark.parametrize(
    ("subscribe", "value", "message"),
    [
        (
            'type = "identify"',
            {"@path": "$.properties.plan"},
            'identify events have no "properties" (did you mean "$.traits.plan"?) [absent-event-field]',
        ),
        (
            'type = "identify" or type = "group"',
            {"@path": "properties"},
            'identify and group events have no "properties" (did you mean "$.traits"?) [absent-event-field]',
        ),
        (
            'type = "track" and event = "A"',
            {"@path": "$.traits.email"},
            'track events have no "traits" (did you mean "$.context.traits.email"?) [absent-event-field]',
        ),
        (
            'type != "identify" and type != "group" and type != "track" and type != "page"',
            {"@path": "$.properties.plan"},
            'alias events have no "properties" [absent-event-field]',
        ),
        (
            'type = "page"',
            {"@path": "$.event"},
            'page events have no "event" (did you mean "$.name"?) [absent-event-field]',
        ),
        (
            'type = "track"',
            {"@path": "$.name"},
            'track events have no "name" (did you mean "$.event"?) [absent-event-field]',
        ),
        (
            'type = "group"',
            {"@path": "$.name"},
            'group events have no "name" (did you mean "$.traits.name"?) [absent-event-field]',
        ),
        (
            'type = "track"',
            {"@path": "$.category"},
            'track events have no "category" (did you mean "$.properties.category"?) [absent-event-field]',
        ),
        *(
            (
                'type = "track"',
                {"@merge": {"direction": "left", "objects": [P, item]}},
                'track events have no "traits" (did you mean "$.context.traits"?) [absent-event-field]',
            )
            for item in ({"a": {"@path": "$.traits"}}, {"@excludeWhenNull": {"@path": "$.traits"}})
        ),
        *(
            (
                'type = "identify"',
                {"@if": {"exists": P, **branch}},
                'identify events have no "properties" (did you mean "$.traits.a"?) [absent-event-field]',
            )
            for branch in ({}, {"else": ""}, {"else": 0}, {"else": None})
        ),
        (
            'type = "track"',
            {"@if": {"exists": P, "then": 1, "else": {"@path": "$.traits"}}},
            'track events have no "traits" (did you mean "$.context.traits"?) [absent-event-field]',
        ),
        (
            'type = "identify"',
            {"@if": {"exists": {"@path": "$.properties.plan"}, "then": 1}},
            'identify events have no "properties" (did you mean "$.traits.plan"?) [absent-event-field]',
        ),
    ],
)
def test_a_field_that_no_event_of_the_trigger_has_is_a_warning(subscribe: str, value: Any, message: str) -> None:
    ((_, found),) = warnings(properties(value, subscribe))
    assert found == message


@pytest.mark.parametrize(
    ("subscribe", "value"),
    [
        # One of the types has the field.
        ('type = "identify" or type = "track"', {"a": {"@path": "$.properties.plan"}, "b": {"@path": "$.traits"}}),
        ('event = "A"', {"a": {"@path": "$.properties.plan"}, "b": {"@path": "$.traits"}}),
        # There is another value for where it is missing.
        (
            'type = "identify"',
            {"@if": {"exists": {"@path": "$.properties.a"}, "then": {"@path": "$.properties.a"}, "else": 1}},
        ),
        (
            'type = "track"',
            {"@merge": {"direction": "left", "objects": [{"@path": "$.properties"}, {"@path": "$.traits"}]}},
        ),
        # Not read from the event: text, an item of an array, and what a transformation makes.
        ('type = "track"', {"a": {"@literal": "$.evnt"}}),
        ('type = "track"', {"@arrayPath": ["$.properties.items", {"sku": {"@template": "{{sku}}"}}]}),
        ('type = "track"', {"@transform": {"apply": {"a": 1}, "mapping": {"b": {"@path": "$.a"}}}}),
        # The whole event, and paths that are known only on the page.
        ('type = "track"', {"a": {"@path": "$."}, "b": {"@path": ""}, "c": {"@path": {"@path": "$.userId"}}}),
        # What all events may have.
        ('type = "alias"', {"@template": "{{messageId}}{{context.page.url}}{{ groupId }}{{{previousId}}}"}),
    ],
)
def test_what_some_event_has_is_no_warning(subscribe: str, value: Any) -> None:
    assert warnings(properties(value, subscribe)) == []


def test_beside_a_root_directive_only_that_reads_from_the_event() -> None:
    root = {"@transform": {"apply": {"name": {"@path": "$.evnt"}}}}
    fields = {"event_name": {"@path": "$.name"}, "properties": {"@path": "$.other"}}
    ((place, _),) = warnings({"mapping": {"__segment_internal_directive": root, **fields}})
    assert place == "subscriptions[0].mapping.__segment_internal_directive.@transform.apply.name.@path"


@pytest.mark.parametrize("mapping", [{}, {"mapping": {"event_name": {"@path": "$.event"}}}])
def test_a_required_field_whose_path_leads_to_nothing_is_a_warning_that_says_what_follows(mapping: Any) -> None:
    message = (
        'page events have no "event", so trackEvent sends nothing (did you mean "$.name"?) [absent-event-field]'
    )
    place = "subscriptions[0].mapping.event_name.@path"
    assert warnings({"subscribe": 'type = "page"', **mapping}) == [(place, message)]


def test_an_optional_field_of_a_default_mapping_may_stay_empty() -> None:
    assert warnings({"partnerAction": "identifyUser", "subscribe": 'type = "track"'}) == []


def test_a_subscription_that_is_off_or_never_matches_is_not_warned_of_its_paths() -> None:
    off = {**properties({"@path": "$.evnt"}), "enabled": False}
    assert warnings({}, off, properties({"@path": "$.traits.a"}, 'type = "screen"')) == [
        ("subscriptions[2].subscribe", HEARD)
    ]


MEANT_PATH = 'this is sent as plain text; did you mean { "@path" = "$.event" }? [missing-directive]'


@pytest.mark.parametrize(
    ("mapping", "place", "message"),
    [
        ({"event_name": "$.event"}, ".event_name", MEANT_PATH),
        ({"event_name": "x", "properties": {"a": ["$.event"]}}, ".properties.a[0]", MEANT_PATH),
        (
            {"event_name": {"@case": {"operator": "lower", "value": "$.event"}}},
            ".event_name.@case.value",
            MEANT_PATH,
        ),
        ({"event_name": {"@excludeWhenNull": "$.event"}}, ".event_name.@excludeWhenNull", MEANT_PATH),
        ({"event_name": {"@json": {"mode": "encode", "value": "$.event"}}}, ".event_name.@json.value", MEANT_PATH),
        (
            {"event_name": "x", "properties": {"@arrayPath": ["$.properties.items", {"e": "$.event"}]}},
            ".properties.@arrayPath[1].e",
            MEANT_PATH,
        ),
        (
            {"@transform": {"apply": {}, "mapping": {"event_name": "$.event"}}},
            ".@transform.mapping.event_name",
            MEANT_PATH,
        ),
        (
            {"event_name": "Saw {{ name }}"},
            ".event_name",
            'this is sent as plain text; did you mean { "@template" = "Saw {{ name }}" }? [missing-directive]',
        ),
        (
            {"event_name": {"path": "$.event"}},
            ".event_name",
            'this is sent as an object with the key "path"; did you mean "@path"? [missing-directive]',
        ),
        (
            {"event_name": {"literal": "x"}},
            ".event_name",
            'this is sent as an object with the key "literal"; did you mean "@literal"? [missing-directive]',
        ),
        (
            {"event_name": "x", "properties": {"a": {"if": {"exists": P, "then": 1}}}},
            ".properties.a",
            'this is sent as an object with the key "if"; did you mean "@if"? [missing-directive]',
        ),
        (
            {"event_name": "x", "properties": {"a": {"arrayPath": ["$.properties.a"]}}},
            ".properties.a",
            'this is sent as an object with the key "arrayPath"; did you mean "@arrayPath"? [missing-directive]',
        ),
        (
            {"event_name": {"@template": "Saw {event}"}},
            ".event_name.@template",
            '"{event}" is sent as it is; did you mean "{{event}}"? [unfilled-template]',
        ),
        (
            {"event_name": {"@template": "Saw ${ event }"}},
            ".event_name.@template",
            '"${ event }" is sent as it is; did you mean "{{event}}"? [unfilled-template]',
        ),
        (
            {"event_name": {"@template": "{{{type}}} {{ event"}},
            ".event_name.@template",
            'a "{{" without its "}}" is sent as it is; write {{path}} [unfilled-template]',
        ),
        (
            {"event_name": {"@template": "{{type}} {{ event"}},
            ".event_name.@template",
            'a "{{" without its "}}" is sent as it is; write {{path}} [unfilled-template]',
        ),
        (
            {"event_name": "x", "properties": "pro"},
            ".properties",
            "properties must be an object, but this is always text; give it keys [not-an-object]",
        ),
        (
            {"event_name": "x", "properties": {"@literal": [1]}},
            ".properties",
            "properties must be an object, but this is always a list; give it keys [not-an-object]",
        ),
        *(
            (
                {"event_name": "x", "properties": {"a": value}},
                f".properties.a.{place}",
                f'a path leads to one value, so "{shown}" finds nothing; '
                'for all items of a list use { "@arrayPath" = ["$.properties.items", { … }] } [path-of-many]',
            )
            for value, place, shown in (
                ({"@path": "$.properties.a[*].b"}, "@path", "$.properties.a[*].b"),
                ({"@arrayPath": ["$.properties.a[]", {}]}, "@arrayPath[0]", "$.properties.a[]"),
                ({"@template": "{{properties.a[*].b}}"}, "@template", "properties.a[*].b"),
            )
        ),
    ],
)
def test_what_was_most_likely_meant_otherwise_is_a_warning(mapping: Any, place: str, message: str) -> None:
    assert warnings({"mapping": mapping}) == [(f"subscriptions[0].mapping{place}", message)]


@pytest.mark.parametrize(
    "value",
    [
        {"@literal": {"path": "$.event", "a": "{{event}}"}},
        {"@replace": {"pattern": "$.", "replacement": "$.x", "value": P}},
        {"@flatten": {"separator": "$.", "value": P}},
        {"path": P},
        {"path": "/home", "if": {}},
        {"template": "blue"},
        {"template": {"a": P}},
        {"literal": {"a": P}},
        {"json": {"a": 1}},
        {"case": {"operator": "me", "value": P}},
        {"a": "$.50 off", "b": "$5", "c": "US$.x", "d": "{event}", "e": "{{ }}"},
        {"@template": '{"a": 1} ${ 5 } {{event}} {x}'},
        {"@path": "$.properties.a[0].b"},
        {"@path": "$.properties.*"},
    ],
)
def test_what_only_looks_like_a_slip_is_no_warning(value: Any) -> None:
    assert warnings({"mapping": {"event_name": "x", "properties": {"a": value}}}) == []


@pytest.mark.parametrize("value", [{}, {"path": "/home", "b": 1}, {"home": 1}])
def test_a_field_may_hold_an_object_that_only_looks_like_a_directive(value: Any) -> None:
    assert warnings({"mapping": {"event_name": value}}) == []


@pytest.mark.parametrize("value", [None, {}, {"@literal": {}}, {"@path": "$.properties"}, {"path": "/"}])
def test_what_may_be_an_object_is_no_warning(value: Any) -> None:
    assert warnings({"mapping": {"event_name": "x", "properties": value}}) == []


# What the page gets


def page_of(mapping: Any) -> Page:
    return Page(flowplug.build(flowplug.load(with_subscriptions({"mapping": mapping})))["1flow.min.js"].content)


def calls(mapping: Any, event: dict[str, Any]) -> Any:
    """The calls of the SDK that an event leads to."""
    page = page_of(mapping)
    page.send({"type": "track", "event": "E", **event})
    return page.calls


def test_a_mapping_that_is_a_directive_gives_the_fields() -> None:
    mapping = {"@path": "$.properties.call"}
    fields = {"event_name": "got", "properties": {"a": 1}}
    assert calls(mapping, {"properties": {"call": fields}}) == [["track", "got", {"properties": {"a": 1}}]]


def test_a_mapping_that_is_a_directive_of_nothing_gives_no_call_and_an_error() -> None:
    page = page_of({"@path": "$.properties.call"})
    page.send({"type": "track", "event": "E", "properties": {}})
    assert page.calls == []
    assert "TypeError" in page.context.eval("String(globalThis.error)")


@pytest.mark.parametrize(
    ("root", "fields"),
    [
        ({"@transform": {"apply": {"n": {"@path": "$.event"}}}}, {"event_name": {"@path": "$.n"}}),
        ({"@merge": {"direction": "right", "objects": [{"event_name": {"@path": "$.event"}}]}}, {}),
    ],
)
def test_a_root_directive_makes_what_the_fields_are_read_from(root: Any, fields: Any) -> None:
    assert [name for _, name, *_ in calls({"__segment_internal_directive": root, **fields}, {})] == ["E"]


def test_a_list_without_a_shape_for_its_items_keeps_them_as_they_are() -> None:
    mapping = {"event_name": "x", "properties": {"items": {"@arrayPath": ["$.properties.items", {}]}}}
    items = [{"a": 1}, 2]
    assert calls(mapping, {"properties": {"items": items}}) == [["track", "x", {"properties": {"items": items}}]]


def test_what_is_made_of_nothing_but_values_needs_no_pruning() -> None:
    def source(apply: Any) -> str:
        shape = {"@transform": {"apply": {"b": apply}, "mapping": {"c": {"@path": "$.b"}}}}
        project = flowplug.load(with_subscriptions({"mapping": {"event_name": "x", "properties": shape}}))
        return flowplug.build(project)["1flow.js"].content.decode()

    assert "prune" in source({"@path": "$.properties.a"})
    assert "prune" not in source(1)


@pytest.mark.parametrize("item", [5, "text", [1], None])
def test_an_item_that_is_no_object_cannot_be_transformed(item: Any) -> None:
    shape = {"@transform": {"apply": {"b": 1}, "mapping": {"c": {"@path": "$.b"}}}}
    mapping = {"event_name": "x", "properties": {"items": {"@arrayPath": ["$.properties.items", shape]}}}
    page = page_of(mapping)
    page.send({"type": "track", "event": "E", "properties": {"items": [item]}})
    assert page.calls == []
    assert "@transform: expected an object" in page.context.eval("String(globalThis.error)")


def test_a_path_loses_only_the_sign_in_front() -> None:
    event = {"properties": {"$": {"a": "in the sign"}, "a": "beside it"}}
    assert [name for _, name, *_ in calls({"event_name": {"@path": "$.properties.$.a"}}, event)] == ["in the sign"]


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{{event}}", "E"),
        ("{{{event}}}", "E"),
        ("a {{{ event }}} b {{type}}", "a E b track"),
        ("{{event}", "{{event}"),
    ],
)
def test_a_placeholder_has_two_braces_or_three(template: str, name: str) -> None:
    assert [sent for _, sent, *_ in calls({"event_name": {"@template": template}}, {})] == [name]


JS_SPACES = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)


@pytest.mark.parametrize("space", JS_SPACES, ids=ascii)
def test_a_placeholder_may_have_any_space_around_its_path(space: str) -> None:
    mapping = {"event_name": {"@template": f"{{{{{space}event{space}}}}}"}}
    assert [name for _, name, *_ in calls(mapping, {})] == ["E"]


@pytest.mark.parametrize(
    "around",
    [lambda value: value, lambda value: [value], lambda value: {"a": [[value]]}],
    ids=["", "list", "deep"],
)
@pytest.mark.parametrize(
    ("directive", "text"),
    [
        (lambda keys: {"@json": {"mode": "encode", "value": keys}}, '{"b":1,"a":2}'),
        (lambda keys: {"@flatten": {"value": {"@literal": keys}, "separator": "."}}, '{"b":1,"a":2}'),
    ],
)
def test_the_order_of_keys_is_kept_where_it_can_be_seen(directive: Any, text: str, around: Any) -> None:
    value = {"p": around(directive({"b": 1, "a": 2}))}
    ((_, _, sent),) = calls({"event_name": "x", "properties": value}, {})
    assert text in json.dumps(sent, separators=(",", ":")).replace('\\"', '"')


@pytest.mark.parametrize("around", [lambda value: value, lambda value: [value]], ids=["", "list"])
def test_the_order_of_keys_changes_no_byte_elsewhere(around: Any) -> None:
    one, other = (
        flowplug.build(flowplug.load(with_subscriptions(properties({"p": around(keys)})))).assets
        for keys in ({"b": 1, "a": P}, {"a": P, "b": 1})
    )
    assert one == other


SHAPED = {"@arrayPath": ["$.properties.list", {"of": P, "at": {"@path": "$.at"}}]}
FLAT = {"@flatten": {"value": {"@path": "$.properties"}, "separator": "."}}
TIME = "1970-01-01T00:00:00.000Z"


def merged(*objects: Any) -> Any:
    return {"@merge": {"direction": "right", "objects": list(objects)}}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        # An object, merged after what is flattened, after the event's own, and before these
        ({"it": SHAPED, "b": P}, {"it": [{"at": TIME}], "b": {"deep": [TIME]}}),
        (merged(FLAT, {"it": SHAPED}), {"a.deep.0": TIME, "list.0.at": TIME, "time": TIME, "it": [{"at": TIME}]}),
        (merged({"a": 0}, {"@path": "$.properties.a"}, {"b": {"@path": "$.none"}}), {"a": 0, "deep": [TIME]}),
        (merged({"a": SHAPED, "b": 1}, P), {"a": [{"at": TIME}], "b": 1, "deep": [TIME]}),
        (merged({"deep": SHAPED}, P), {"deep": [TIME]}),
        (merged({"a": 1}, {"a": P}), {"a": {"deep": [TIME]}}),
        (merged(P, {"a": 1}, {"a": {"@path": "$.none"}}), {"deep": [TIME]}),
        # What is no list, in the place of one
        ({"it": {"@arrayPath": ["$.properties.time", {"of": P}]}}, {"it": TIME}),
        # An own toJSON, and a key that sets the prototype
        (merged({"a": 1}, {"@path": "$.properties.own"}), {"json": 1}),
        (merged({"@flatten": {"value": {"@path": "$.properties.own"}, "separator": "."}}, {"a": 1}), {"json": 1}),
        ({"@flatten": {"value": {"@path": "$.properties.proto"}, "separator": "."}}, {"a": 1}),
        (FLAT, {"a.deep.0": TIME, "list.0.at": TIME, "time": TIME}),
    ],
)
def test_what_is_sent_is_a_copy_whatever_directives_make_it(value: Any, sent: Any) -> None:
    project = with_subscriptions({"mapping": {"event_name": "x", "properties": value}})
    source = flowplug.build(flowplug.load({**project, "plugin": {"middleware": False}}))["1flow.js"].content
    page = Page(source)
    page.context.eval(
        """
        const time = new Date(0), list = [{ at: time, of: undefined }];
        const properties = { a: { deep: [time] }, list, time };
        const own = { toJSON() { return { json: this.a }; } };
        const hidden = { own, proto: JSON.parse('{"__proto__": 5, "a": 1}') };
        for (const key in hidden) Object.defineProperty(properties, key, { value: hidden[key] });
        plugins[0].track({ event: { type: "track", event: "E", properties } });
        time.setTime(1);
        properties.a.deep.push(1);
        list[0].at = list[1] = 1;
        """
    )
    assert [properties["properties"] for _, _, properties in page.calls] == [sent]
