"""The debug build explains each event: what it matched, why it did not match others, and what its calls became."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

import pytest

import flowplug
from flowplug import fql
from flowplug.fql.tree import Condition, unparse
from tests.conformance.generators import Author
from tests.support.hosts import event_of, open_on
from tests.support.page import Page
from tests.support.projects import PRESETS, with_subscriptions

TRACK = {"type": "track", "event": "Order Completed", "properties": {"total": 2, "plan": "pro"}, "messageId": "m1"}


def debug_build(project: Mapping[str, Any]) -> bytes:
    return flowplug.build(flowplug.load(project), debug=True)["1flow.debug.js"].content


def explanation(page: Page) -> list[Any]:
    """What the last event has become, by subscription."""
    last = "steps.filter(([, detail]) => detail.subscriptions).pop()[1].subscriptions"
    subscriptions: list[Any] = json.loads(page.context.eval(f"JSON.stringify({last})"))
    return subscriptions


def reason(trigger: str, event: Mapping[str, Any]) -> str:
    """Why an event does not match a trigger."""
    page = Page(debug_build(with_subscriptions({"name": "Orders", "subscribe": trigger})))
    page.send(dict(event))
    [entry] = explanation(page)
    assert entry == {"name": "Orders", "matched": False, "because": entry["because"]}
    return str(entry["because"])


@pytest.mark.parametrize(
    ("trigger", "because"),
    [
        ("properties.total > 5", "properties.total > 5, and it is 2"),
        ('type = "page"', 'type = "page", and it is "track"'),
        ('type != "track"', 'type != "track", and it is "track"'),
        ('type = "track"  and\tevent = "A"', 'event = "A", and it is "Order Completed"'),
        (
            'event = "Order Completed" and properties.none = null and event = "B"',
            'event = "B", and it is "Order Completed"',
        ),
        ("properties.total = 1 and properties.total = 3", "properties.total = 1, and it is 2"),
        ('event = "A" or event = "B"', 'event = "A" or event = "B", and it is "Order Completed"'),
        (
            'properties.total > 5 or type = "page" or type = "group"',
            'properties.total > 5, and it is 2; type = "page" or type = "group", and it is "track"',
        ),
        (
            '(type = "track" and properties.total > 5) or (type = "page" and name = "A")',
            'properties.total > 5, and it is 2; type = "page", and it is "track"',
        ),
        ('!contains(properties.plan, "r")', '!contains(properties.plan, "r"), and it is "pro"'),
        ("properties.none != null", "properties.none != null, and it is undefined"),
        ("properties.plan.name != null", "properties.plan.name != null, and it is undefined"),
        ("context.page != null", "context.page != null, and it is undefined"),
        ('userId = "u1"', 'userId = "u1", and it is undefined'),
    ],
)
def test_a_subscription_that_is_not_matched_names_what_failed_and_what_was_seen(
    trigger: str, because: str
) -> None:
    assert reason(trigger, TRACK) == because


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("null", "null"),
        ("false", "false"),
        ("-1.5", "-1.5"),
        ("NaN", "NaN"),
        ("10n ** 200n", f"1{'0' * 79}…n"),
        ('"a\\n\\"b\\""', '"a\\n\\"b\\""'),
        ('"x".repeat(1000)', f'"{"x" * 80}…"'),
        ("{ a: 1 }", "an object"),
        ("[1, 2]", "an array"),
        ("new Date(0)", "an object"),
        ("() => 1", "a function"),
        ('Symbol("s")', "a symbol"),
        ("round", "an object"),
        ("{ get a() { throw 1; }, toJSON() { throw 2; }, toString() { throw 3; } }", "an object"),
        ("Object.create(null)", "an object"),
    ],
)
def test_a_value_is_written_short_and_without_running_what_is_in_it(value: str, seen: str) -> None:
    project = with_subscriptions({"subscribe": 'properties.plan = "free"'})
    page = Page(debug_build(project), before="const round = {}; round.round = round;")
    page.context.eval(f'plugins[0].track({{ event: {{ type: "track", properties: {{ plan: {value} }} }} }}); 0')
    because = page.context.eval("steps[steps.length - 1][1].subscriptions[0].because")
    assert because == f'properties.plan = "free", and it is {seen}'


def test_a_disabled_subscription_says_so() -> None:
    page = Page(debug_build(with_subscriptions({"name": "Orders"}, {"name": "Off", "enabled": False})))
    page.send(TRACK)
    assert explanation(page)[1] == {"name": "Off", "matched": False, "because": "it is disabled"}


def test_every_type_of_event_is_explained_also_those_that_no_subscription_is_for() -> None:
    page = Page(debug_build(PRESETS))
    page.send({"type": "group", "groupId": "g1"})
    assert [detail["step"] for _, detail in page.steps][-2:] == ["received", "no subscription"]
    assert [entry["because"] for entry in explanation(page)] == [
        'type = "track", and it is "group"',
        'type = "identify", and it is "group"',
    ]
    assert page.calls == []


def test_a_match_has_its_call_and_what_became_of_it() -> None:
    page = Page(debug_build(with_subscriptions({"name": "Orders"})))
    page.send(TRACK)
    call = {"command": "track", "subject": "Order Completed", "data": {"properties": TRACK["properties"]}}
    assert explanation(page) == [{"name": "Orders", "matched": True, "call": call, "outcome": "sent"}]


def test_each_step_of_a_call_names_its_subscription_and_its_event() -> None:
    page = Page(debug_build(PRESETS), outcome="late")
    page.send(TRACK)
    page.run_timers()
    told = {detail["step"]: detail for _, detail in page.steps if "subscription" in detail}
    assert list(told) == ["queued", "sent"]
    for detail in told.values():
        assert (detail["subscription"], detail["event"]) == ("Track Event", TRACK)


def test_two_subscriptions_of_one_event_have_calls_of_their_own() -> None:
    renamed = {"event_name": "Copy", "properties": {"@path": "$.properties"}}
    page = Page(debug_build(with_subscriptions({"name": "One"}, {"name": "Two", "mapping": renamed})))
    page.send(TRACK)
    assert [(entry["name"], entry["call"]["subject"]) for entry in explanation(page)] == [
        ("One", "Order Completed"),
        ("Two", "Copy"),
    ]


def test_an_event_that_the_sdk_causes_while_it_is_called_is_explained_by_itself() -> None:
    page = Page(debug_build(with_subscriptions({"name": "One"}, {"name": "Two", "subscribe": 'event != "B"'})))
    page.context.eval("""
        calls.push = call => {
          if ([].push.call(calls, call) === 1) plugins[0].track({ event: { type: "track", event: "B" } });
        };
    """)
    page.send({"type": "track", "event": "A"})
    assert [subject for _, subject, _ in page.calls] == ["A", "B", "A"]
    told = [detail["subscriptions"] for _, detail in page.steps if detail["step"] == "explained"]
    inner, outer = ([(entry["name"], entry["matched"]) for entry in entries] for entries in told)
    assert (inner, outer) == ([("One", True), ("Two", False)], [("One", True), ("Two", True)])


@pytest.mark.parametrize(
    ("event", "because"),
    [({"type": "identify", "traits": {}}, "no user ID"), ({"type": "track", "event": ""}, "no event name")],
)
def test_a_call_without_its_subject_is_explained(event: dict[str, Any], because: str) -> None:
    page = Page(debug_build(PRESETS))
    page.send(event)
    [entry] = [entry for entry in explanation(page) if entry["matched"]]
    assert (entry["outcome"], entry["because"]) == ("empty", because)


def dropped(page: Page) -> list[Any]:
    return [(detail["subject"], detail["because"]) for _, detail in page.steps if detail["step"] == "dropped"]


def test_a_call_that_a_full_queue_pushes_out_says_why_it_was_dropped() -> None:
    page = Page(debug_build({**PRESETS, "sdk": {"queue": 1}}), outcome="nothing")
    for name in ("A", "B"):
        page.send({"type": "track", "event": name})
    assert dropped(page) == [("B", "the queue is full")]
    assert explanation(page)[0]["outcome"] == "dropped"
    assert explanation(page)[0]["because"] == "the queue is full"


def test_calls_of_a_plugin_that_has_given_up_say_why_they_were_dropped() -> None:
    page = Page(debug_build({**PRESETS, "sdk": {"retries": 0}}), outcome="error")
    page.send({"type": "track", "event": "A"})
    page.run_timers()
    page.send({"type": "track", "event": "B"})
    assert dropped(page) == [("A", "given up"), ("B", "given up")]


def test_calls_that_wait_when_consent_is_revoked_say_why_they_were_dropped() -> None:
    def event(granted: bool) -> dict[str, Any]:
        consent = {"categoryPreferences": {"C4": granted}}
        return {"type": "track", "event": f"granted {granted}", "context": {"consent": consent}}

    page = Page(debug_build({**PRESETS, "consent": {"categories": ["C4"]}}), outcome="nothing")
    for granted in (True, False):
        page.send(event(granted))
    assert dropped(page) == [("granted True", "no consent")]
    assert page.steps[-1][1] == {"step": "no consent", "event": event(granted=False)}


THROWS = {"mapping": {"event_name": "A", "properties": {"@template": {"@path": "$.properties.none"}}}}


def test_a_mapping_that_throws_is_told_of_its_own_subscription() -> None:
    page = Page(debug_build(with_subscriptions({"name": "Bad", **THROWS}, {"name": "Good"})))
    page.send(TRACK)
    bad, good = explanation(page)
    assert (bad["matched"], bad["outcome"]) == (True, "threw")
    assert bad["because"].startswith("TypeError: ")
    assert "call" not in bad
    assert good["outcome"] == "sent"
    assert "TypeError" in page.context.eval("error")


def test_an_event_that_throws_while_it_is_read_is_explained() -> None:
    page = Page(debug_build(with_subscriptions({"name": "One", "subscribe": "properties.total > 1"})))
    page.context.eval("""
        try {
          plugins[0].track({ event: { type: "track", get properties() { throw new Error("no"); } } });
        } catch (error) {}
    """)
    [entry] = explanation(page)
    assert (entry["matched"], entry["because"]) == (False, "Error: no")


def test_an_event_that_the_sdk_changes_is_explained_as_the_subscriptions_got_it() -> None:
    project = with_subscriptions(
        {"name": "One"},
        {"name": "Two", "subscribe": "properties.total > 5"},
        plugin={"copy": False, "middleware": False},
    )
    page = Page(debug_build(project))
    page.context.eval("_1flow = (command, subject, data) => { data.properties.total = 2; };")
    page.send({"type": "track", "event": "A", "properties": {"total": 1}})
    assert explanation(page)[1]["because"] == "properties.total > 5, and it is 1"


def test_a_subscription_that_an_earlier_error_kept_from_its_turn_says_so() -> None:
    project = with_subscriptions(
        {"name": "One", "subscribe": 'name = "A"'}, {"name": "Two", "subscribe": 'name = "B"'}
    )
    page = Page(debug_build(project))
    page.context.eval("""
        let reads = 0;
        const event = { type: "track" };
        Object.defineProperty(event, "name", { get() { if (reads++ > 1) throw new Error("no"); return "A"; } });
        try {
          plugins[0].track({ event });
        } catch (error) {}
    """)
    last = "steps.filter(([, detail]) => detail.subscriptions).pop()[1].subscriptions[0].because"
    assert page.context.eval(last) == "an error came first"


def test_what_throws_need_not_have_a_text() -> None:
    page = Page(debug_build(with_subscriptions({"name": "One", "subscribe": "properties.total > 1"})))
    page.context.eval("""
        try {
          plugins[0].track({ event: { type: "track", get properties() { throw Object.create(null); } } });
        } catch (error) {}
    """)
    assert explanation(page)[0]["because"] == "an error without a text"


def test_an_event_that_middleware_has_changed_is_explained_as_the_subscriptions_get_it() -> None:
    page = Page(debug_build(with_subscriptions({"name": "One", "subscribe": 'type = "track" and event = "A"'})))
    page.context.eval("""
        plugins[0].addMiddleware(({ payload, next }) => {
          Object.assign(payload.obj, { type: "page", event: "B" });
          next(payload);
        });
    """)
    page.send(TRACK)
    page.run_timers()
    assert explanation(page)[0]["because"] == 'event = "A", and it is "B"'


REGISTERED = """
    const listeners = [];
    const queue = { plugins: [], on: (name, hear) => listeners.push([name, hear]) };
    plugins[0].load({}, { initialized: INITIALIZED, queue, register() {} });
    const deliver = event => {
      for (const [name, hear] of listeners) if (name === "message_delivered") hear({ event });
    };
"""


def test_an_event_that_analytics_js_does_not_give_to_the_plugin_was_opted_out() -> None:
    page = Page(debug_build(PRESETS))
    page.context.eval(REGISTERED.replace("INITIALIZED", "false"))
    page.send(TRACK)
    page.context.eval('deliver({ type: "track", messageId: "m1" }); deliver({ type: "track", messageId: "m2" });')
    page.context.eval('deliver({ type: "screen", messageId: "m3" });')
    told = [detail for _, detail in page.steps if detail["step"] in ("opted out", "late")]
    assert told == [{"step": "opted out", "event": {"type": "track", "messageId": "m2"}}]


def test_an_event_after_analytics_js_has_taken_the_plugin_out_was_dropped() -> None:
    page = Page(debug_build({**PRESETS, "sdk": {"retries": 0}}), outcome="error")
    page.context.eval(REGISTERED.replace("INITIALIZED", "false"))
    page.run_timers()
    page.context.eval('deliver({ type: "track", messageId: "m2" });')
    event = {"type": "track", "messageId": "m2"}
    assert page.steps[-1][1] == {"step": "dropped", "event": event, "because": "given up"}


def test_a_plugin_that_registers_late_tells_of_it() -> None:
    page = Page(debug_build({**PRESETS, "plugin": {"late": False}}))
    page.context.eval(REGISTERED.replace("INITIALIZED", "true"))
    assert {"step": "late"} in [detail for _, detail in page.steps]


def test_no_other_file_has_any_code_for_it() -> None:
    bundle = flowplug.build(flowplug.load(PRESETS), formats=["script", "module"], debug=True)
    words = ("explain(", "reasons", "unless(", "either(", "matched(", "threw(", "overhear", "receive(", "origins")
    for asset in bundle.assets:
        found = [word for word in words if word in asset.content.decode()]
        assert bool(found) == ("debug" in asset.name), asset.name


# Other hosts, whose events have the same elsewhere.

HOST_FILES = {
    "script": "1flow.debug.js",
    "rudderstack": "1flow.rudderstack.debug.js",
    "getanalytics": "1flow.getanalytics.debug.mjs",
}
CALLS = [
    {"type": "identify", "userId": "u1", "traits": {"plan": "pro", "age": 3}},
    {"type": "identify", "traits": {"plan": "free"}},
    {"type": "track", "event": "A", "userId": "u1", "properties": {"total": 9, "plan": "pro"}},
    {"type": "track", "event": "B", "properties": {"total": 2}},
    {"type": "page", "name": "Cart", "properties": {"name": "Cart", "total": 9}},
]
TRIGGERS = (
    *('type = "track" and properties.total > 5', 'event = "A" or event = "B"', 'name = "Cart"', 'name != "Cart"'),
    *('traits.plan = "pro"', 'traits.plan != "pro"', 'userId = "u1"', "userId = null", "traits.plan = null"),
    *('type = "identify" and traits.age < 5', "properties.total < 5 or traits.age > 2", 'event != "A"'),
)


@pytest.mark.parametrize("host", HOST_FILES)
def test_events_of_each_host_are_explained_as_segments_are(host: str) -> None:
    names = [{"event_name": str(index)} for index in range(len(TRIGGERS))]
    subscriptions = (
        {"name": row["event_name"], "subscribe": trigger, "mapping": row}
        for trigger, row in zip(TRIGGERS, names, strict=True)
    )
    project = with_subscriptions(*subscriptions)
    page, segments = open_on(host, project, file=HOST_FILES[host]), Page(debug_build(project))
    for call in CALLS:
        before = len(page.calls)
        page.send(event_of(host, call))
        segments.send(call)
        entries = explanation(page)
        assert [entry["name"] for entry in entries if entry["matched"]] == [
            name for _, name, _ in page.calls[before:]
        ]
        assert [entry.get("because") for entry in entries] == [
            entry.get("because") for entry in explanation(segments)
        ]


# Generated triggers and events.

SEEDS = 120
SUBSCRIPTIONS = 4


class Generated:
    """A project of generated triggers whose calls are named like its subscriptions, and each condition alone."""

    def __init__(self, seed: int) -> None:
        self.author = Author(random.Random(seed))
        self.triggers = [self.author.trigger() for _ in range(SUBSCRIPTIONS)]
        self.trees = [fql.parse(trigger).tree for trigger in self.triggers]
        self.conditions = list(dict.fromkeys(leaf for tree in self.trees for leaf in leaves(tree)))
        self.debug = Page(debug_build(self._named(self.triggers)))
        self.shipped = Page(self._shipped(self.triggers))
        # So close to the end Segment's lexer loses what follows an n (docs/fidelity.md).
        self.alone = Page(self._shipped([f"{condition.text}  " for condition in self.conditions]))

    def _named(self, triggers: list[str]) -> dict[str, Any]:
        fields = [{"event_name": str(index)} for index in range(len(triggers))]
        return with_subscriptions(
            *(
                {"name": row["event_name"], "subscribe": trigger, "mapping": row}
                for trigger, row in zip(triggers, fields, strict=True)
            )
        )

    def _shipped(self, triggers: list[str]) -> bytes:
        return flowplug.build(flowplug.load(self._named(triggers)))["1flow.min.js"].content

    def holding(self, event: Mapping[str, Any]) -> set[Condition]:
        """The conditions that hold for an event, each by a plugin's word."""
        return {self.conditions[int(name)] for name in called(self.alone, event)}


def leaves(tree: Any) -> Iterator[Condition]:
    if isinstance(tree, Condition):
        yield tree
    else:
        for child in tree.children:
            yield from leaves(child)


def called(page: Page, event: Mapping[str, Any]) -> list[str]:
    """The names of the calls that an event becomes."""
    before = len(page.calls)
    page.send(dict(event))
    return [name for _, name, _ in page.calls[before:]]


def expected(tree: Any, holds: Callable[[Condition], bool]) -> str:
    """A pattern for the reason, as an independent reading of the tree has it; empty where the tree holds."""
    if isinstance(tree, Condition):
        return "" if holds(tree) else f"{re.escape(unparse(tree))}, and it is .+"
    if tree.operator == "and":
        return next(filter(None, (expected(child, holds) for child in tree.children)), "")
    reasons: list[str] = []
    for field, run in groupby(tree.children, lambda child: isinstance(child, Condition) and child.field):
        children = list(run)
        if any(not expected(child, holds) for child in children):
            return ""
        if field:
            reasons.append(f"{re.escape(' or '.join(map(unparse, children)))}, and it is .+")
        else:
            reasons += [expected(child, holds) for child in children]
    return "; ".join(reasons)


def test_explanations_of_generated_triggers_are_true() -> None:
    matches = reasons = 0
    for seed in range(SEEDS):
        case = Generated(seed)
        for _ in range(8):
            event = case.author.event()
            made, shipped, holding = called(case.debug, event), called(case.shipped, event), case.holding(event)
            entries = explanation(case.debug)
            assert made == shipped
            assert [entry["name"] for entry in entries if entry["matched"]] == made
            for entry, tree in zip(entries, case.trees, strict=True):
                pattern = expected(tree, holding.__contains__)
                assert bool(pattern) is not entry["matched"], (tree, event)
                if pattern:
                    assert re.fullmatch(pattern, entry["because"], re.DOTALL), (tree, event, entry)
            matches += len(made)
            reasons += len(entries) - len(made)
    assert matches > SEEDS
    assert reasons > SEEDS


def test_the_value_that_a_reason_shows_is_the_events() -> None:
    for seed in range(30):
        value = random.Random(seed).choice([None, True, 0, -7, 1.5, "", "pro", "x" * 200, "</script>", "\u2028"])
        seen = reason("properties.plan > 1000", {"type": "track", "properties": {"plan": value}})
        shown = value[:80] + "…" if isinstance(value, str) and len(value) > 80 else value
        assert seen == f"properties.plan > 1000, and it is {json.dumps(shown, ensure_ascii=False)}"
