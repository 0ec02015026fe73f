"""Generated subscriptions and events: flowplug answers as Segment does, or refuses when it builds."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowplug.mapping.directives import DIRECTIVES
from tests.conformance.fuzz import Summary, choose_plan, problem_with, run_batch
from tests.conformance.generators import Author
from tests.conformance.reference import Case, Reference
from tests.conformance.shrink import shrink

BATCHES = 40


@pytest.fixture(scope="module")
def summary(reference: Reference) -> Summary:
    """The same cases on every run."""
    return sum((run_batch(f"fixed {number}", reference) for number in range(BATCHES)), Summary())


def test_every_call_is_the_one_that_segment_makes(summary: Summary) -> None:
    assert not summary.failed, "\n".join(map(str, summary.failures))


def test_every_directive_is_among_what_is_generated() -> None:
    author = Author(random.Random(1))
    written = json.dumps([author.directive(3) for _ in range(300)])
    assert [name for name in DIRECTIVES if f'"{name}"' not in written] == []


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False))
def test_hypothesis_finds_no_difference_either(reference: Reference, chance: random.Random) -> None:
    """It makes every choice of the same generators, and looks for cases that chance does not meet."""
    plan = choose_plan(chance)
    assert not problem_with(plan, plan.case(Author(chance)), reference)


def test_ten_thousand_pairs_are_compared_and_a_third_of_them_call_the_sdk(summary: Summary) -> None:
    assert summary.pairs >= 10_000
    assert summary.matched >= summary.pairs / 3
    assert summary.called >= summary.pairs / 3


def test_some_mistakes_are_refused_and_some_are_none(summary: Summary) -> None:
    """Three cases in ten have small mistakes in them."""
    assert 0.03 < summary.refused / (BATCHES * 40) < 0.3


SUBSCRIPTION = {
    "name": "Orders",
    "partnerAction": "trackEvent",
    "enabled": True,
    "subscribe": 'type = "track" and event = "Order Completed"',
    "mapping": {"event_name": {"@path": "$.event"}, "properties": {"total": {"@path": "$.properties.total"}}},
}
EVENT = {"type": "track", "event": "Order Completed", "properties": {"total": 0}}


@pytest.mark.parametrize(
    ("written", "instead"),
    [("Order Completed", "Order Complete"), ("total:", "Total:"), (".total", ".sum")],
)
def test_a_plugin_that_was_compiled_wrongly_is_found(reference: Reference, written: str, instead: str) -> None:
    case = Case([SUBSCRIPTION], [EVENT])
    source = case.compiled()["1flow.js"]
    [right, wrong] = reference.compare([(case, {"": source}), (case, {"": source.replace(written, instead)})])
    assert not right.differences
    assert wrong.differences


def test_syntax_younger_than_es2015_is_found(reference: Reference) -> None:
    case = Case([SUBSCRIPTION], [EVENT])
    source = case.compiled()["1flow.min.js"]
    [old, young] = reference.compare([(case, {"a": source}), (case, {"a": source + ";2 ** 3"})])
    assert not old.differences
    assert young.differences[0].place == "<loading>"


SENDS_ALWAYS_THE_SAME = """
    const properties = { total: TOTAL };
    window.analytics.register({
      load() {},
      track(ctx) {
        if (_1flow.logEvent) _1flow.logEvent("Order Completed", properties);
        else _1flow("track", "Order Completed", { userId: undefined, anonymousId: undefined, properties });
        return ctx;
      },
    });
"""


@pytest.mark.parametrize(
    ("total", "same", "other"),
    [
        ({"$": "-0"}, "-0", "0"),
        (None, "null", "undefined"),
        ({"$": "nan"}, "NaN", "null"),
        ([], "[]", "{}"),
        ({"$": "array", "items": [{"$": "hole"}]}, "[,]", "[undefined]"),
        ({"a": 1, "b": {"$": "nan"}}, "{ a: 1, b: NaN }", "{ b: NaN, a: 1 }"),
        ({"a": 1}, "{ a: 1 }", "{ a: 1, b: undefined }"),
        ({"a": 1}, "{ a: 1 }", "Object.create({ b: 2 }, { a: { value: 1, enumerable: true } })"),
        ({"$": "instance", "entries": [["a", 1]]}, "{ a: 1 }", "new (class { a = 1 })()"),
        ({"$": "date", "value": 1}, '"1970-01-01T00:00:00.001Z"', "new Date(1)"),
        ({"$": "boxed", "value": "a"}, '"a"', 'Object("a")'),  # as JSON has it: docs/fidelity.md
        ("\ud83d", '"\\ud83d"', '"\\ufffd"'),
        ("1", '"1"', "1"),
    ],
)
def test_values_that_differ_in_anything_are_told_apart(
    reference: Reference, total: object, same: str, other: str
) -> None:
    case = Case([SUBSCRIPTION], [{**EVENT, "properties": {"total": total}}])
    [equal, different] = reference.compare(
        [(case, {"": SENDS_ALWAYS_THE_SAME.replace("TOTAL", value)}) for value in (same, other)]
    )
    assert not equal.differences
    assert different.differences


def test_a_failing_case_is_shrunk_to_what_matters() -> None:
    """Whatever contains both a null and the word "and"."""
    large = {"a": [1, {"b": None, "c": "this and that"}], "d": {"e": 5.5}}
    small = shrink(large, lambda data: "null" in json.dumps(data) and "and" in json.dumps(data))
    assert small == {"b": None, "c": "and"}
