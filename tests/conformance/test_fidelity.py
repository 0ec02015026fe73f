"""docs/fidelity.md, row by row: what Segment does, and what flowplug does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import flowplug
from flowplug.errors import place_text
from flowplug.project import ACTIONS
from tests.conformance.reference import Case, Json, Reference
from tests.support.documents import ROOT
from tests.support.page import Page
from tests.support.projects import with_subscriptions

UNDEFINED = {"$": "undefined"}
NAME = {"@path": "$.event"}
TRACK = {"type": "track", "event": "Signup", "userId": "u1", "properties": {"total": 0, "a": "b"}}
PAGE = {"type": "page", "name": "Home"}


@dataclass(frozen=True)
class Done:
    """What a side did with an event: its SDK calls, and whether it threw. ``matched`` is told of Segment only."""

    calls: list[Json]
    threw: bool
    matched: int = 0

    @property
    def properties(self) -> Json:
        """Those of the only call."""
        [(_, _, context)] = self.calls
        return context["properties"]


def tracking(mapping: Json = None, subscribe: str = 'type = "track"', **others: Json) -> dict[str, Json]:
    """A subscription of trackEvent."""
    return {
        "name": subscribe,
        "partnerAction": "trackEvent",
        "enabled": True,
        "subscribe": subscribe,
        "mapping": {"event_name": NAME} if mapping is None else mapping,
        **others,
    }


def identifying(mapping: Json, subscribe: str = 'type = "identify"') -> dict[str, Json]:
    """A subscription of identifyUser."""
    return tracking(mapping, subscribe, partnerAction="identifyUser")


def setting(value: Json) -> dict[str, Json]:
    """A subscription that sends a value as the property ``it``."""
    return tracking({"event_name": NAME, "properties": {"it": value}})


@pytest.fixture
def segment(reference: Reference) -> Callable[..., Done]:
    """What Segment's packages do with an event under some subscriptions."""

    def run(event: Json, *subscriptions: Json) -> Done:
        [report] = reference.compare([(Case(subscriptions, [event]), {})], show=True)
        done = report.outcomes[0]["segment"]
        return Done(done["calls"], done["error"] != UNDEFINED, done["matched"])

    return run


@pytest.fixture
def plugin(reference: Reference) -> Callable[..., Done]:
    """What the compiled plugin does with an event; the harness finds that to be as documented."""

    def run(event: Json, *subscriptions: Json) -> Done:
        case = Case(subscriptions, [event])
        [report] = reference.compare([(case, case.compiled())], show=True)
        assert not report.differences
        done = report.outcomes[0]["flowplug"]
        return Done(done["calls"], done["error"] != UNDEFINED)

    return run


def place_of_refusal(subscription: Json) -> str:
    """The place of the error with which flowplug refuses a subscription; there is exactly one."""
    with pytest.raises(flowplug.ProjectError) as refusal:
        Case([subscription], []).compiled()
    [problem] = refusal.value.problems
    return place_text(problem.place)


def refuses_trigger(subscribe: str) -> bool:
    return place_of_refusal(tracking(subscribe=subscribe)) == "subscriptions[0].subscribe"


def refuses_value(value: Json, place: str = "") -> bool:
    return place_of_refusal(setting(value)) == f"subscriptions[0].mapping.properties.it{place}"


Side = Callable[..., Done]


# Refused when you build


@pytest.mark.parametrize(
    "subscribe", ['type = "track', 'type = "track" and event = #', 'type "track"', "type =", 'type ! "page"']
)
def test_a_trigger_that_cannot_be_read(segment: Side, subscribe: str) -> None:
    assert not segment(TRACK, tracking(subscribe=subscribe)).matched
    assert refuses_trigger(subscribe)


@pytest.mark.parametrize(
    ("subscribe", "why"),
    [
        ('foo = "x" and type = "track"', "left out"),
        ('constructor = "x" and type = "track"', "left out"),
        ('event.name = "Signup"', "the whole event"),
        ('userId.x = "u1"', "the whole user ID"),
    ],
)
def test_a_condition_on_an_unknown_field(segment: Side, subscribe: str, why: str) -> None:
    assert segment(TRACK, tracking(subscribe=subscribe)).matched, why
    assert refuses_trigger(subscribe)


@pytest.mark.parametrize(
    "subscribe",
    [
        *('type = "track" event = "Signup"', 'type = "track" end', 'and type = "track"', 'type = "track" or'),
        'type = "track" )',
    ],
)
def test_conditions_that_nothing_joins(segment: Side, subscribe: str) -> None:
    assert segment(TRACK, tracking(subscribe=subscribe)).matched
    assert refuses_trigger(subscribe)


def test_parentheses_inside_parentheses(segment: Side) -> None:
    subscribe = '((type = "track") or type = "page")'
    assert not segment(TRACK, tracking(subscribe=subscribe)).matched
    assert not segment(PAGE, tracking(subscribe=subscribe)).matched
    assert refuses_trigger(subscribe)


def test_a_negated_parenthesis(segment: Side) -> None:
    subscribe = '!(type = "page")'
    assert segment(PAGE, tracking(subscribe=subscribe)).matched
    assert not segment(TRACK, tracking(subscribe=subscribe)).matched
    assert refuses_trigger(subscribe)


@pytest.mark.parametrize(
    ("subscribe", "matches"),
    [
        ('event !="Login"', False),
        ("properties.total <=5", False),
        ('event = "Login" or(type = "track")', False),
        ('event = "Signup"and type = "page"', True),
        ('type = "track" and event = "Login"or type = "x"', False),
    ],
)
def test_an_operator_without_a_space(segment: Side, subscribe: str, matches: bool) -> None:
    assert bool(segment(TRACK, tracking(subscribe=subscribe)).matched) is matches
    assert refuses_trigger(subscribe)


def test_a_bare_word(segment: Side) -> None:
    assert segment(TRACK, tracking(subscribe="event = Signup")).matched
    assert segment({**TRACK, "event": "a"}, tracking(subscribe="event = an")).matched
    assert refuses_trigger("event = Signup")
    assert refuses_trigger("event = an")


@pytest.mark.parametrize(
    ("subscribe", "matches"),
    [
        ('properties.total < "many"', False),
        ("properties.total <= null", False),
        ("properties.total < true", True),
    ],
)
def test_an_ordering_without_a_number(segment: Side, subscribe: str, matches: bool) -> None:
    assert bool(segment(TRACK, tracking(subscribe=subscribe)).matched) is matches
    assert refuses_trigger(subscribe)


@pytest.mark.parametrize(
    ("subscribe", "matches"),
    [
        ('contains(type, "track")', False),
        ('event = "Signup" and contains(type, "page")', True),
        ('event = "Signup" and !match(type, "tra*")', True),
        ("match(event, 5)", True),
        ("match(event, true)", False),
    ],
)
def test_a_function_that_segment_does_not_have(segment: Side, subscribe: str, matches: bool) -> None:
    assert bool(segment(TRACK, tracking(subscribe=subscribe)).matched) is matches
    assert refuses_trigger(subscribe)


@pytest.mark.parametrize(
    ("subscribe", "throws"),
    [
        ('properties.0 = "x"', False),
        ('properties.-a = "x"', False),
        ('properties.and = "x"', False),
        ('properties.or = "x"', False),
        ('properties.null = "x"', False),
        ('properties = "x"', False),
        ('properties.\\. = "x"', True),
    ],
)
def test_a_name_that_needs_a_backslash(segment: Side, subscribe: str, throws: bool) -> None:
    event = {**TRACK, "properties": {"0": "x", "-a": "x", "and": "x", "or": "x", "null": "x"}}
    done = segment(event, tracking(subscribe=subscribe))
    assert not done.matched
    assert done.threw is throws
    assert refuses_trigger(subscribe)


def test_an_unknown_or_mixed_directive(segment: Side) -> None:
    for value, place in (
        ({"@pathh": "$.event"}, ""),
        ({"@path": "$.event", "@template": "x"}, ".@template"),
        ({"@path": "$.event", "key": 1}, ".key"),
    ):
        assert segment(TRACK, setting(value)).threw
        assert refuses_value(value, place)
        assert refuses_value([value], f"[0]{place}")
    as_data = [{"@path": "$.event", "key": 1}]
    assert segment(TRACK, setting(as_data)).properties == {"it": as_data}


@pytest.mark.parametrize(
    ("value", "place", "throws"),
    [
        ({"@if": {"then": "x"}}, ".@if", True),
        ({"@case": {"operator": "upper", "value": 1}}, ".@case.value", True),
        ({"@replace": {"pattern": "", "value": "x"}}, ".@replace.pattern", True),
        ({"@replace": {"pattern": "x" * 11, "value": "x"}}, ".@replace.pattern", True),
        ({"@flatten": {"value": NAME}}, ".@flatten", True),
        ({"@merge": {"objects": []}}, ".@merge", True),
        ({"@json": {"value": NAME}}, ".@json", True),
        ({"@arrayPath": "$.properties"}, ".@arrayPath", True),
        ({"@path": 1}, ".@path", True),
        ({"@case": {"operator": "upper", "value": "x", "locale": "tr"}}, ".@case.locale", False),
        ({"@replace": {"pattern": "x", "value": "x", "pattern2": 5}}, ".@replace.pattern2", False),
    ],
)
def test_options_of_directives(segment: Side, value: Json, place: str, throws: bool) -> None:
    assert segment(TRACK, setting(value)).threw is throws
    assert refuses_value(value, place)


def test_options_in_capitals(segment: Side) -> None:
    encode = {"@json": {"mode": "Encode", "value": NAME}}
    merge = {"@merge": {"direction": "Left", "objects": [{"a": "first"}, {"a": "second"}]}}
    upper = {"@case": {"operator": "Upper", "value": NAME}}
    assert segment(TRACK, setting(encode)).properties == {}
    assert segment(TRACK, setting(merge)).properties == {"it": {"a": "second"}}
    assert segment(TRACK, setting(upper)).threw
    assert refuses_value(encode, ".@json.mode")
    assert refuses_value(merge, ".@merge.direction")
    assert refuses_value(upper, ".@case.operator")


def test_liquid(segment: Side) -> None:
    """The package evaluates it where the engine, liquidjs, is there, as it is here."""
    value = {"@liquid": "Hi {{ event | upcase }}"}
    assert segment(TRACK, setting(value)).properties == {"it": "Hi SIGNUP"}
    assert refuses_value(value)


def test_a_field_that_the_action_does_not_have(segment: Side) -> None:
    more = tracking({"event_name": NAME, "evnt": "x"})
    assert segment(TRACK, more) == segment(TRACK, tracking())
    assert place_of_refusal(more) == "subscriptions[0].mapping.evnt"


@pytest.mark.parametrize("root", [5, {}, {"@path": "$.event"}, {"@merge": {}, "@if": {}}])
def test_an_invalid_root_directive(segment: Side, root: Json) -> None:
    subscription = tracking({"event_name": NAME, "__segment_internal_directive": root})
    assert segment(TRACK, subscription).threw
    assert place_of_refusal(subscription) == "subscriptions[0].mapping.__segment_internal_directive"


def test_placeholders_inside_placeholders(segment: Side) -> None:
    value = {"@template": "{{ properties.{{{properties.which}}} }}"}
    event = {**TRACK, "properties": {"which": "secret", "secret": "S"}}
    assert segment(event, setting(value)).properties == {"it": "S"}
    assert refuses_value(value, ".@template")


# Done otherwise on the page


@pytest.mark.parametrize("user_id", [None, "", UNDEFINED])
def test_no_user_id(segment: Side, plugin: Side, user_id: Json) -> None:
    subscription = identifying({"userId": {"@path": "$.userId"}, "traits": {"@path": "$.traits"}})
    event = {"type": "identify", "userId": user_id, "traits": {"plan": "pro"}}
    assert segment(event, subscription).calls == [["identify", user_id, {"plan": "pro"}]]
    assert plugin(event, subscription).calls == []


@pytest.mark.parametrize("name", [None, "", UNDEFINED])
def test_no_event_name(segment: Side, plugin: Side, name: Json) -> None:
    event = {**TRACK, "event": name}
    context = {"userId": UNDEFINED, "anonymousId": UNDEFINED, "properties": UNDEFINED}
    assert segment(event, tracking()).calls == [["track", name, context]]
    assert plugin(event, tracking()).calls == []


@pytest.mark.parametrize("data", [None, UNDEFINED])
def test_no_properties(segment: Side, plugin: Side, data: Json) -> None:
    tracked = tracking({"event_name": NAME, "properties": {"@path": "$.properties"}})
    assert segment({**TRACK, "properties": data}, tracked).properties == data
    assert plugin({**TRACK, "properties": data}, tracked).properties == {}
    identified = identifying({"userId": {"@path": "$.userId"}, "traits": {"@path": "$.traits"}})
    user = {"type": "identify", "userId": "u1", "traits": data}
    assert segment(user, identified).calls == [["identify", "u1", {}]]
    assert plugin(user, identified).calls == [["identify", "u1", {}]]


def test_what_is_larger_than_anyone_writes(segment: Side) -> None:
    long_trigger = " or ".join(f'event = "{index}"' for index in range(700)) + ' or event = "Signup"'
    assert segment(TRACK, tracking(subscribe=long_trigger)).matched == 1
    assert refuses_trigger(long_trigger)
    large_number = "properties.total < " + "9" * 400
    assert segment({**TRACK, "properties": {"total": 1}}, tracking(subscribe=large_number)).matched == 1
    assert refuses_trigger(large_number)
    for value, place in (({"@path": "a." * 51}, ".@path"), ({"@template": "x" * 5001}, ".@template")):
        assert len(segment(TRACK, setting(value)).calls) == 1
        assert refuses_value(value, place)


def test_a_proto_key_in_a_mapping(segment: Side) -> None:
    value = {"a": 1, "__proto__": {"b": 2}}
    assert segment(TRACK, setting(value)).properties == {"it": {"a": 1}}
    assert refuses_value(value, ".__proto__")


def test_a_placeholder_in_the_data(reference: Reference, segment: Side) -> None:
    subscription = setting({"@template": "Hi {{{properties.name}}}"})
    event = {**TRACK, "properties": {"name": "{{userId}}"}}
    assert segment(event, subscription).properties == {"it": "Hi u1"}
    case = Case([subscription], [event])
    [report] = reference.compare([(case, case.compiled())], show=True)
    [[_, _, context]] = report.outcomes[0]["flowplug"]["calls"]
    assert context["properties"] == {"it": "Hi {{userId}}"}


def test_a_template_of_nothing(segment: Side, reference: Reference) -> None:
    subscription = setting({"@arrayPath": ["$.properties.list", {"text": {"@template": "{{valueOf.name}}"}}]})
    event = {**TRACK, "properties": {"list": [{"$": "undefined"}]}}
    assert segment(event, subscription).properties == {"it": [{"text": "valueOf"}]}
    case = Case([subscription], [event])
    [report] = reference.compare([(case, case.compiled())], show=True)
    [[_, _, context]] = report.outcomes[0]["flowplug"]["calls"]
    assert context["properties"] == {"it": [{"text": ""}]}


def test_a_proto_key_in_the_data(segment: Side, plugin: Side) -> None:
    subscription = tracking({"event_name": NAME, "properties": {"@path": "$.properties"}})
    event = {**TRACK, "properties": {"a": 1, "__proto__": {"b": 2}}}
    assert segment(event, subscription).properties == {"$": "object", "entries": [["a", 1]]}, "another prototype"
    assert plugin(event, subscription).properties == {"a": 1}


def test_a_bigint_in_the_data(segment: Side, plugin: Side) -> None:
    big = {"$": "bigint", "value": "12"}
    tracked = tracking({"event_name": NAME, "properties": {"@path": "$.properties"}})
    event = {**TRACK, "properties": {"total": big, "items": [{"price": big}]}}
    assert segment(event, tracked).properties == event["properties"]
    assert plugin(event, tracked).properties == {"total": "12", "items": [{"price": "12"}]}
    identified = identifying({"userId": {"@path": "$.userId"}})
    user = {"type": "identify", "userId": big}
    assert segment(user, identified).calls == [["identify", big, {}]]
    assert plugin(user, identified).calls == [["identify", "12", {}]]


def test_an_object_of_another_kind_in_the_data(segment: Side, plugin: Side) -> None:
    subscription = tracking({"event_name": NAME, "properties": {"@path": "$.properties"}})
    boxed, mapped = {"$": "boxed", "value": "a"}, {"$": "map", "value": 1}
    day = {"$": "date", "value": 0}
    event = {**TRACK, "properties": {"text": boxed, "list": [mapped], "day": day}}
    assert segment(event, subscription).properties == event["properties"]
    assert plugin(event, subscription).properties == {"text": "a", "list": [{}], "day": "1970-01-01T00:00:00.000Z"}


def test_one_failing_subscription(segment: Side, plugin: Side) -> None:
    failing = setting({"@path": {"@path": "$.properties.total"}})
    first, last = ({**tracking({"event_name": name}), "name": name} for name in ("first", "last"))
    alone = segment(TRACK, first, failing, last)
    together = plugin(TRACK, first, failing, last)
    assert alone.threw
    assert together.threw
    assert [name for _, name, _ in alone.calls] == ["first"]
    assert [name for _, name, _ in together.calls] == ["first", "last"]


def test_the_order_of_keys(segment: Side, plugin: Side) -> None:
    plain = tracking({"event_name": NAME, "properties": {"b": 1, "a": {"d": 2, "c": 3}}})
    assert list(segment(TRACK, plain).properties) == ["b", "a"]
    assert list(plugin(TRACK, plain).properties) == ["a", "b"]
    assert list(plugin(TRACK, plain).properties["a"]) == ["c", "d"]
    encoded = setting({"@json": {"mode": "encode", "value": {"b": 1, "a": 2}}})
    assert plugin(TRACK, encoded).properties == segment(TRACK, encoded).properties == {"it": '{"b":1,"a":2}'}


def test_a_type_of_event_that_triggers_both_actions() -> None:
    track = {"subscribe": 'type = "track"'}
    identify = {"partnerAction": "identifyUser", "subscribe": 'type = "identify"'}
    both = tuple({"partnerAction": action, "subscribe": 'type = "page"'} for action in ACTIONS)

    def switches(*subscriptions: Json) -> Any:
        page = Page(flowplug.build(flowplug.load(with_subscriptions(*subscriptions)))["1flow.min.js"].content)
        page.context.eval("plugins[0].load({}, {queue: {plugins}, register: other => plugins.push(other)})")
        found = "plugins.filter(plugin => plugin.page).map(plugin => plugin.alternativeNames)"
        return json.loads(page.context.eval(f"JSON.stringify({found})"))

    names = [f"1Flow Web (Actions) {action}" for action in ACTIONS]
    assert switches(track, *both, identify) == [["1Flow Web (Actions) trackEvent"]]
    assert switches(track, *both) == [names]


def test_each_documented_difference_has_its_test_and_no_other_is_here() -> None:
    page = (ROOT / "docs/fidelity.md").read_text(encoding="utf-8")
    documented = re.findall(r"`(test_\w+)` \|$", page, re.MULTILINE)
    here: dict[str, Any] = {name: test for name, test in globals().items() if name.startswith("test_")}
    here.pop("test_each_documented_difference_has_its_test_and_no_other_is_here")
    assert sorted(documented) == sorted(here)
