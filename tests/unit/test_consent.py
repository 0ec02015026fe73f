"""Consent: what the plugin does with an event depends on what the visitor had chosen when it was made."""

from __future__ import annotations

import json
from typing import Any

import pytest

import flowplug
from tests.support.page import Page
from tests.support.projects import EVERYTHING, PRESETS, with_subscriptions
from tests.unit.test_bundle import PARTS, emitted, switched_off, words_in

WORDS = ("consent", "categoryPreferences", "noConsent", "watch")
CATEGORIES = {"categories": ["C0004"]}
ASKS = {**EVERYTHING, "consent": CATEGORIES}
WARNED = "globalThis.warned = []; console.warn = (...said) => { warned.push(said.join(' ')); };"


def track(name: str, context: object = None, **given: object) -> dict[str, Any]:
    """An event with these preferences, or with another context."""
    stamped = {"consent": {"categoryPreferences": given}} if context is None else context
    return {"type": "track", "event": name, "context": stamped}


def page_of(project: dict[str, Any], *, name: str = "1flow.js", **options: Any) -> Page:
    return Page(emitted(project, debug=True)[name], before=WARNED, **options)


def sent(page: Page) -> list[str]:
    return [subject for _, subject, *_ in page.calls]


def scripts(page: Page) -> int:
    """How many scripts of the SDK's the plugin has put on the page."""
    return int(page.context.eval("document.scripts.length"))


def stats(page: Page, *names: str) -> list[Any]:
    counts = seen(page, "plugins[0].stats()")
    return [counts[name] for name in names]


def seen(page: Page, expression: str) -> Any:
    """What is on the page, as JSON has it."""
    return json.loads(page.context.eval(f"JSON.stringify({expression})"))


def test_a_project_that_asks_for_no_consent_has_no_code_for_it() -> None:
    on, off = emitted(ASKS)["1flow.js"], emitted(EVERYTHING)["1flow.js"]
    assert words_in(on, WORDS) == list(WORDS)
    assert words_in(off, WORDS) == []


def test_consent_costs_at_most_120_bytes_of_brotli() -> None:
    projects = {**PRESETS, "consent": CATEGORIES}, PRESETS
    on, off = (flowplug.build(flowplug.load(project))["1flow.min.js"].brotli_size for project in projects)
    assert on - off <= 120


@pytest.mark.parametrize("name", ["1flow.js", "1flow.min.js", "1flow.debug.js"])
def test_without_consent_nothing_is_loaded_and_nothing_sent(name: str) -> None:
    page = page_of(ASKS, name=name)
    for event in (track("A", C0004=False), track("B"), {"type": "identify", "userId": "u1"}):
        page.send(event)
        page.run_timers()
    assert scripts(page) == 0
    assert page.calls == []
    assert page.failure == ""
    assert stats(page, "received", "noConsent", "matched", "attempts", "state") == [3, 3, 0, 0, "loading"]


@pytest.mark.parametrize("name", ["1flow.js", "1flow.min.js", "1flow.debug.js"])
def test_the_first_event_with_consent_loads_the_sdk_and_is_sent(name: str) -> None:
    page = page_of(ASKS, name=name)
    page.send(track("A", C0004=False))
    page.send(track("B", C0004=True))
    assert scripts(page) == 1
    page.send(track("C", C0004=True))
    page.run_timers()
    assert scripts(page) == 1
    assert sent(page) == ["B", "C"]
    assert stats(page, "noConsent", "sent", "dropped") == [1, 2, 0]


def test_every_category_must_be_true() -> None:
    page = page_of({**PRESETS, "consent": {"categories": ["C0002", "C0004"]}})
    page.send(track("A", C0002=True))
    page.send(track("B", C0004=True))
    page.send(track("C", C0002=False, C0004=True))
    page.send(track("D", C0002=True, C0004=True, C0005=False))
    page.run_timers()
    assert sent(page) == ["D"]


@pytest.mark.parametrize("choice", ["true", "granted", 1, None, {}, ["C0004"]], ids=repr)
def test_only_true_is_consent(choice: object) -> None:
    page = page_of(ASKS)
    page.send(track("A", C0004=choice))
    page.run_timers()
    assert scripts(page) == 0


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"consent": None},
        {"consent": True},
        {"consent": "C0004"},
        {"consent": {"categoryPreferences": None}},
        {"consent": {"categoryPreferences": ["C0004"]}},
        {"consent": {"categoryPreferences": "C0004"}},
        {"categoryPreferences": {"C0004": True}},
        "text",
        7,
    ],
    ids=repr,
)
def test_an_event_without_preferences_has_no_consent_and_breaks_nothing(context: object) -> None:
    page = page_of(ASKS)
    for event in (track("A", context), {"type": "track", "event": "A", "context": None}, {"type": "page"}):
        page.send(event)
        assert page.context.eval("error") is None
    page.run_timers()
    assert scripts(page) == 0


@pytest.mark.parametrize(
    "category", ["b c", 'a"b', "</script>", "\u2028", "__proto__", "constructor", "length", "C0004 && 0"]
)
def test_a_category_may_have_any_name(category: str) -> None:
    page = page_of({**PRESETS, "consent": {"categories": [category]}}, name="1flow.min.js")
    page.send(track("A"))
    page.send(track("B", **{category: False}))
    page.run_timers()
    assert scripts(page) == 0
    page.send(track("C", **{category: True}))
    page.run_timers()
    assert sent(page) == ["C"]


@pytest.mark.parametrize("type_", ["page", "group", "alias"])
def test_an_event_that_no_subscription_wants_tells_of_consent_too(type_: str) -> None:
    page = page_of(ASKS)
    page.send({**track("", C0004=True), "type": type_})
    assert scripts(page) == 1
    page.send(track("A", C0004=True))
    page.send({**track("", C0004=False), "type": type_})
    page.run_timers()
    page.send(track("B", C0004=True))
    page.run_timers()
    assert sent(page) == ["B"]
    assert stats(page, "received", "noConsent", "dropped") == [2, 0, 1]


def test_when_consent_is_revoked_calls_stop_and_what_waits_is_dropped() -> None:
    page = page_of(ASKS, outcome="late")
    page.send(track("A", C0004=True))
    page.send(track("B", C0004=True))
    page.send(track("C", C0004=False))
    assert stats(page, "queued", "dropped", "noConsent") == [0, 2, 1]
    page.run_timers()
    page.send(track("D", C0004=False))
    assert page.calls == []
    page.send(track("E", C0004=True))
    page.run_timers()
    assert sent(page) == ["E"]


def test_after_the_sdk_has_come_revoked_consent_stops_calls_until_it_is_given_again() -> None:
    page = page_of(ASKS)
    for name, choice in (("A", True), ("B", False), ("C", True), ("D", False)):
        page.send(track(name, C0004=choice))
        page.run_timers()
    assert sent(page) == ["A", "C"]
    assert scripts(page) == 1


def test_no_attempt_goes_on_without_consent() -> None:
    page = page_of(ASKS, outcome="nothing")
    page.send(track("A", C0004=True))
    assert scripts(page) == 1
    page.send(track("B", C0004=False))
    page.run_timers()
    assert scripts(page) == 1
    assert stats(page, "state", "attempts") == ["loading", 1]
    page.send(track("C", C0004=True))
    page.run_timers()
    assert stats(page, "state", "attempts") == ["failed", 3]


def test_further_events_with_consent_do_not_shorten_a_pause() -> None:
    page = page_of(ASKS, outcome="error")
    page.send(track("A", C0004=True))
    page.context.eval("timers.shift()()")
    page.send(track("B", C0004=True))
    assert stats(page, "queued", "attempts") == [2, 1]


@pytest.mark.parametrize("start", ["load", "idle"])
def test_consent_that_is_revoked_before_the_window_has_loaded_loads_nothing(start: str) -> None:
    page = page_of({**ASKS, "sdk": {"start": start}})
    page.context.eval(
        'globalThis.heard = []; document.readyState = "loading";'
        "globalThis.addEventListener = (type, hear) => { if (type === 'load') heard.push(hear); }"
    )
    page.send(track("A", C0004=True))
    page.send(track("B", C0004=False))
    page.context.eval("heard.splice(0).forEach(hear => hear())")
    page.run_timers()
    assert scripts(page) == 0
    page.send(track("C", C0004=True))
    page.send(track("D", C0004=False))
    page.send(track("E", C0004=True))
    page.context.eval("heard.splice(0).forEach(hear => hear())")
    page.run_timers()
    assert scripts(page) == 1
    assert sent(page) == ["E"]


def test_load_waits_for_no_consent_and_giving_up_is_said_once() -> None:
    page = page_of(ASKS, outcome="error")
    page.context.eval("globalThis.loaded = 0; plugins[0].load().then(() => { loaded += 1; })")
    page.run_timers()
    assert page.context.eval("loaded") == 1
    page.send(track("A", C0004=True))
    page.run_timers()
    page.send(track("B", C0004=True))
    page.send(track("C", C0004=False))
    page.send(track("D", C0004=True))
    page.run_timers()
    (warning,) = seen(page, "warned")
    assert warning.startswith("1Flow Web (Actions) Error: no SDK after error of https://1flow.app/js/1flow.js")
    assert page.failure == ""
    assert scripts(page) == 3
    assert stats(page, "state", "matched", "dropped", "noConsent") == ["failed", 3, 3, 1]


def test_a_call_whose_middleware_outlasts_consent_is_not_sent() -> None:
    page = page_of(ASKS)
    page.send(track("A", C0004=True))
    page.run_timers()
    page.context.eval(
        "plugins[0].addMiddleware(({ payload, next }) => new Promise(done => {"
        " timers.push(() => { next(payload); done(); }); }))"
    )
    page.send(track("B", C0004=True))
    page.send(track("C", C0004=False))
    page.run_timers()
    page.run_timers()
    assert sent(page) == ["A"]


def test_middleware_gets_no_event_without_consent() -> None:
    page = page_of(ASKS)
    page.context.eval(
        "globalThis.passed = []; plugins[0].addMiddleware(({ payload, next }) => {"
        " passed.push(payload.obj.event); next(payload); })"
    )
    for name, choice in (("A", False), ("B", True), ("C", False)):
        page.send(track(name, C0004=choice))
        page.run_timers()
    assert seen(page, "passed") == ["B"]


def test_a_debug_build_says_what_was_kept_back_for_want_of_consent() -> None:
    page = page_of(ASKS, name="1flow.debug.js", outcome="nothing")
    page.send(track("A", C0004=False))
    page.send(track("B", C0004=True))
    page.send(track("C", C0004=False))
    steps = [
        (detail["step"], detail.get("subject") or (detail.get("event") or {}).get("event"))
        for _, detail in page.steps
    ]
    assert steps == [
        ("received", "A"),
        ("no consent", "A"),
        ("received", "B"),
        ("loading", None),
        ("queued", "B"),
        ("explained", "B"),
        ("received", "C"),
        ("waiting", None),
        ("dropped", "B"),
        ("no consent", "C"),
    ]


def test_a_project_without_events_notices_the_one_that_revokes_consent() -> None:
    project = with_subscriptions(
        {"partnerAction": "identifyUser", "subscribe": 'type = "identify"'}, consent=CATEGORIES
    )
    page = page_of(project, outcome="late")
    page.send({**track("", C0004=True), "type": "identify", "userId": "u1"})
    page.send(track("Segment Consent Preference Updated", C0004=False))
    page.run_timers()
    assert page.calls == []


@pytest.mark.parametrize("start", ["now", "load", "idle", "call"])
@pytest.mark.parametrize("parts", [(), *((part,) for part in PARTS), tuple(PARTS)], ids=", ".join)
def test_consent_works_with_any_part_switched_off(parts: tuple[str, ...], start: str) -> None:
    for name, source in emitted({**switched_off(*parts, start=start), "consent": CATEGORIES}, debug=True).items():
        page = Page(source, outcome="nothing")
        page.send(track("A", C0004=True))
        page.send(track("B", C0004=False))
        page.run_timers()
        assert page.calls == [], name
        page.context.eval('outcome = "load"')
        page.send(track("C", C0004=True))
        page.run_timers()
        assert sent(page) == ["C"], name
        assert page.context.eval("error") is None, name
