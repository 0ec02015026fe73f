"""``preview`` runs the file that ships: its calls are those of a page, and it explains what makes none."""

from __future__ import annotations

import hashlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug.errors import OutsideError, ProjectError
from flowplug.formats import FORMATS
from flowplug.preview import Preview, previewed_project
from flowplug.preview.events import MOST_IN_LINE, Line, batches
from tests.conformance.fuzz import choose_plan
from tests.conformance.generators import Author
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, PRESETS, with_subscriptions
from tests.unit.test_mappings_doc import Example, examples

ORDER = {"type": "track", "event": "Order Completed", "userId": "u1", "properties": {"total": 2, "plan": "pro"}}


def preview(project: dict[str, Any] = PRESETS, **options: Any) -> Preview:
    return Preview(flowplug.load(project), **options)


@pytest.mark.parametrize("example", examples(), ids=str)
def test_the_calls_are_those_of_the_documents(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(example.project.project, encoding="utf-8")
    previewed = Preview(previewed_project(str(path)))
    events = json.loads(example.events.text)
    found = [previewed.explain(event).calls for event in (events if isinstance(events, list) else [events])]
    assert [call for calls in found for call in calls] == json.loads(example.calls.text)


def generated(pairs: int) -> Any:
    """Projects and their events, which are JSON, from the generators of the conformance tests."""
    chance = random.Random("preview")
    while pairs > 0:
        case = choose_plan(chance).case(Author(chance))
        events = [event for event in case.events if '"$"' not in json.dumps(event)]
        try:
            project = flowplug.load(case.project)
        except ProjectError:
            continue
        yield project, events
        pairs -= len(case.subscriptions) * len(events)


def test_2000_generated_pairs_make_the_calls_that_a_page_gets_and_the_debug_build_makes_them_too() -> None:
    called = 0
    for project, events in generated(2_000):
        page = Page(flowplug.build(project)["1flow.min.js"].content)
        previewed = Preview(project)
        for event in events:
            before = len(page.calls)
            page.send(event)
            calls = page.calls[before:]
            explained = previewed.explain(event)
            assert explained.calls == calls, event
            sent = [entry.call for entry in explained.subscriptions if entry.outcome == "sent"]
            assert [[call["command"], call["subject"], call["data"]] for call in sent if call] == calls, event
            called += bool(calls)
    assert called > 300


@pytest.mark.parametrize("generation", ["commands", "methods"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_runs_with_either_generation_of_the_sdk(name: str, generation: Any) -> None:
    previewed = preview(EVERYWHERE, format_name=name, generation=generation)
    user = {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}}
    words = ("track", "identify") if generation == "commands" else ("logEvent", "logUser")
    [call] = previewed.explain(ORDER).calls
    assert call[:2] == [words[0], "Order Completed"]
    assert previewed.explain(user).calls == [[words[1], "u1", {"plan": "pro"}]]
    assert [entry.because for entry in previewed.explain({"type": "identify"}).subscriptions] == [
        'type = "track", and it is "identify"',
        "no user ID",
    ]


@pytest.mark.parametrize(
    ("trigger", "because", "change"),
    [
        ("properties.total > 5", "properties.total > 5, and it is 2", {"properties": {"total": 6}}),
        ('event = "A"', 'event = "A", and it is "Order Completed"', {"event": "A"}),
        ('type = "page"', 'type = "page", and it is "track"', {"type": "page"}),
        ('userId = "u2"', 'userId = "u2", and it is "u1"', {"userId": "u2"}),
        (
            '!contains(properties.plan, "r")',
            '!contains(properties.plan, "r"), and it is "pro"',
            {"properties": {"plan": "x"}},
        ),
    ],
)
def test_the_reason_names_a_condition_that_is_false_so_an_event_for_which_it_holds_matches(
    trigger: str, because: str, change: dict[str, Any]
) -> None:
    previewed = preview(with_subscriptions({"subscribe": trigger, "mapping": {"event_name": "Any"}}))
    [entry] = previewed.explain(ORDER).subscriptions
    assert (entry.matched, entry.because) == (False, because)
    [entry] = previewed.explain({**ORDER, **change}).subscriptions
    assert entry.matched


def test_what_no_subscription_was_tried_for_says_why() -> None:
    assert (
        preview().explain({"type": "screen"}).because
        == "plugins for Analytics.js get no events of the type screen"
    )
    previewed = preview({**PRESETS, "consent": {"categories": ["C0004"]}})
    assert previewed.explain(ORDER).because == "no consent"
    given = {**ORDER, "context": {"consent": {"categoryPreferences": {"C0004": True}}}}
    assert len(previewed.explain(given).calls) == 1
    assert previewed.explain(ORDER).calls == []
    assert len(previewed.explain(given).calls) == 1


def test_hashed_ids_belong_to_the_event_that_has_them() -> None:
    previewed = preview({**PRESETS, "privacy": {"hash": ["userId"]}})
    for user in ("u1", "ü\ud83d", "u1"):
        hashed = hashlib.sha256(user.replace("\ud83d", "\ufffd").encode()).hexdigest()
        explained = previewed.explain({"type": "identify", "userId": user})
        assert explained.calls == [["identify", hashed, {}]]
        assert [entry.outcome for entry in explained.subscriptions] == [None, "sent"]


def test_an_event_says_itself_on_which_page_it_is() -> None:
    previewed = preview({**PRESETS, "sdk": {"exclude": ["/admin/*", "/"]}})
    assert previewed.explain(ORDER).because == "there is no 1Flow on this page"
    for path, calls in (("/shop", 1), ("/admin/users", 0), ("/shop", 1)):
        assert len(previewed.explain({**ORDER, "context": {"page": {"path": path}}}).calls) == calls


def test_each_user_is_in_the_sample_or_not_whoever_came_before() -> None:
    previewed = preview({**PRESETS, "sdk": {"sample": 0.5}})
    events = [{**ORDER, "anonymousId": f"user {n}"} for n in range(12)]
    found = {event["anonymousId"]: previewed.explain(event) for event in events}
    assert {len(explained.calls) for explained in found.values()} == {0, 1}
    assert {explained.because for explained in found.values()} == {"", "the user is not in the sample"}
    assert all(previewed.explain(event) == found[event["anonymousId"]] for event in reversed(events))


def test_an_event_that_is_too_large_says_so() -> None:
    previewed = preview({**PRESETS, "sdk": {"maxBytes": 1000}})
    explained = previewed.explain({**ORDER, "properties": {"text": "x" * 2000}})
    assert (explained.calls, explained.because) == ([], "the event is larger than sdk.maxBytes")


@pytest.mark.parametrize("start", ["now", "load", "idle", "call"])
def test_an_sdk_that_starts_later_gets_the_first_call_with_its_event(start: str) -> None:
    assert len(preview({**PRESETS, "sdk": {"start": start}}).explain(ORDER).calls) == 1


def test_a_plugin_that_runs_for_ever_is_stopped_and_the_next_event_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("flowplug.preview.engine.SECONDS", 0.05)
    previewed = preview()
    build = previewed._calls._script
    endless = 'analytics.register({ load: async () => {}, track({ event }) { while (event.event === "Stop"); } });'
    monkeypatch.setattr(previewed._calls, "_script", endless)
    previewed._calls._begin()
    stopped, *others = previewed.answers(
        [Line(n + 1, json.dumps({**ORDER, "event": name})) for n, name in enumerate(["Stop", "Go"])]
    )
    assert "took longer than" in stopped.error
    assert [(answer.line, answer.error) for answer in others] == [(2, "")]
    assert build != endless


def test_without_the_engine_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "quickjs", None)
    with pytest.raises(OutsideError, match="the package quickjs-ng"):
        preview()


def test_many_events_are_answered_fast_and_in_flat_memory(tmp_path: Path) -> None:
    """A bound with much room, for machines that do other work."""
    path = tmp_path / "events.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({**ORDER, "messageId": f"ajs-{n}"}) + "\n" for n in range(10_000))
    previewed = preview()
    started = time.process_time()
    with path.open("rb") as source:
        sizes = [len(previewed.answers(batch)) for batch in batches(source)]
    assert sum(sizes) == 10_000
    assert max(sizes) < 2_000
    assert time.process_time() - started < 4


def texts(content: bytes) -> list[tuple[int, str, str]]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return [(line.number, line.text, line.error) for batch in batches(file) for line in batch]


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        (b'{"type":"track"}\n\n{"type":"page"}', [1, 3]),
        (b'\xef\xbb\xbf\n{"type":"track"}\r\n{"type":"page"}\r\n', [2, 3]),
        (b'[{"type":"track"},\n{"type":\n"page"},\n\n{"type":"group"}]', [1, 2, 5]),
        (b'\n{\n  "type": "track"\n}\n', [2]),
        (b'{ "type": "track",\n "event": "A" }', [1]),
        (b'[ {"type":"track","event":"\\ud83d"} ]', [1]),
        (b"[]", []),
        (b"", []),
    ],
)
def test_each_event_has_its_line(content: bytes, numbers: list[int]) -> None:
    found = texts(content)
    assert [number for number, _, _ in found] == numbers
    assert all(json.loads(text)["type"] for _, text, _ in found)


def errors(content: bytes) -> dict[int, str]:
    """The errors by line, of a preview of the presets."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        previewed = preview()
        return {answer.line: answer.error for batch in batches(file) for answer in previewed.answers(batch)}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"{broken", "not JSON"),
        (b'{"type":"track",', "not JSON"),
        (b"\xff{}", "not UTF-8: the byte 0xff at column 1"),
        (b"[1]", 'an event is an object, got "[1]"'),
        (b"null", "an event is an object"),
        (b'{"event":"A"}', 'an event needs a "type"'),
        (b'{"type":"trak"}', 'did you mean "track"?'),
        (b'{"type":"track","event":"\x00"}', "not JSON"),
        (b'{"type":"track","a":NaN}', "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"type":"track","a":' + b"[" * 900 + b"]" * 900 + b"}", ""),
        (b'{"type":"track","a":' + b"[" * 99_999 + b"]" * 99_999 + b"}", "nested too deeply"),
        (b'{"type":"track","a":"' + b"x" * MOST_IN_LINE + b'"}', "longer than 4 MB"),
    ],
)
def test_a_line_that_is_no_event_says_why_and_the_rest_is_answered(line: bytes, error: str) -> None:
    good = json.dumps(ORDER).encode()
    found = errors(good + b"\n" + line + b"\n" + good + b"\n")
    assert found[1] == found[3] == ""
    assert error in found[2]
    assert bool(error) == bool(found[2])


def test_a_list_that_is_not_json_names_the_line() -> None:
    assert errors(b'[\n{"type":"track"},\n{"type":}\n]') == {
        2: "",
        3: "from here on, this list of events is not JSON",
    }


def test_a_long_line_that_comes_in_parts_is_one_error_and_takes_no_memory() -> None:
    found = errors(
        json.dumps(ORDER).encode() + b"\n" + b"x" * (3 * MOST_IN_LINE) + b"\n" + json.dumps(ORDER).encode()
    )
    assert found == {1: "", 2: "longer than 4 MB", 3: ""}
