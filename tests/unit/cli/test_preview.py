"""``flowplug preview``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import flow, run_command, write_project
from tests.support.projects import PRESETS

ORDER = {"type": "track", "event": "Ordered → now", "properties": {"total": 9.5}}


@pytest.fixture(autouse=True)
def project() -> None:
    write_project()


def write_events(*lines: str) -> None:
    Path("events.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def test_an_event_from_options_has_its_calls_and_its_explanation() -> None:
    done = flow("preview", "--track", "Order Completed", "--properties", '{"total": 9.5}', "--explain")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "  line  event                         calls",
        '     1  track "Order Completed"       track "Order Completed" {"properties":{"total":9.5}}',
        "        Track Event: matched, sent",
        "          event_name: $.event",
        "          properties: $.properties",
        "          userId: $.userId",
        "          anonymousId: $.anonymousId",
        '        Identify User: not matched: type = "identify", and it is "track"',
    ]


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        (["--identify", "u1", "--traits", '{"plan": "pro"}'], [["identify", "u1", {"plan": "pro"}]]),
        (["--track", "A", "--user", "u1"], [["track", "A", {"userId": "u1", "properties": {}}]]),
        (["--page", "Home"], []),
        (["--group", "g1", "--sdk", "methods"], []),
        (["--track", "A", "--sdk", "methods", "--format", "module"], [["logEvent", "A", {}]]),
    ],
)
def test_as_json_an_event_is_a_line(options: list[str], calls: list[object]) -> None:
    done = flow("preview", "flowplug.toml", *options, "--json")
    answer = json.loads(done.output)
    assert answer["calls"] == calls
    assert [entry["name"] for entry in answer["subscriptions"]] == ["Track Event", "Identify User"]
    assert done.output.count("\n") == 1


def test_lines_that_are_no_events_are_named_at_their_place_and_the_status_is_1() -> None:
    write_events(json.dumps(ORDER), "{broken", json.dumps(ORDER))
    done = flow("preview", "events.jsonl", "--json")
    assert done.exit_code == 1
    first, second, third = map(json.loads, done.output.splitlines())
    assert first["calls"] == third["calls"] == [["track", "Ordered → now", {"properties": {"total": 9.5}}]]
    assert done.output.isascii()
    assert second.keys() == {"line", "error"}
    text = flow("preview", "events.jsonl")
    assert text.exit_code == 1
    assert "     2  error: not JSON" in text.output


def test_events_come_from_standard_input_too_and_then_the_project_from_a_file() -> None:
    done = flow("preview", "-", "--json", stdin=json.dumps([ORDER, ORDER]))
    assert len(done.output.splitlines()) == 2
    assert flow("preview", "-", "-", stdin="").exit_code == 2
    done = flow("preview", "-", "--track", "A", "--json", stdin=json.dumps(PRESETS))
    assert json.loads(done.output)["calls"]


def test_no_key_is_needed() -> None:
    write_project('[settings]\nprojectApiKey = { env = "ONEFLOW_PROJECT_API_KEY" }\n')
    assert flow("preview", "--track", "A").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a file of events, or give one event"),
        (["flowplug.toml"], "name a file of events"),
        (["flowplug.toml", "none.jsonl"], "none.jsonl: no such file"),
        (["a", "b", "c"], "expected at most 2 files, got 3"),
        (["--track", "A", "--page", "B"], "--track and --page exclude each other"),
        (["--track", "A", "--traits", "{}"], "--traits is not for --track"),
        (["--identify", "A", "--user", "u"], "--user is not for --identify"),
        (["--traits", "{}"], "--traits needs a call"),
        (["--track", "A", "--properties", "[]"], "needs a JSON object"),
        (["--track", "A", "--properties", "{"], "not JSON"),
    ],
)
def test_a_wrong_use_says_what_to_do(arguments: list[str], message: str) -> None:
    done = flow("preview", *arguments)
    assert done.exit_code == 2
    assert message in done.output


def test_a_project_with_errors_is_reported_as_by_other_commands() -> None:
    write_project("[settings]\n")
    done = flow("preview", "--track", "A", "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["problems"][0]["code"] == "missing-field"


def test_answers_come_while_events_are_still_being_written() -> None:
    command = [sys.executable, "-m", "flowplug", "preview", "-", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin
        assert running.stdout
        for _ in range(2):
            running.stdin.write(json.dumps(ORDER) + "\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["calls"]
        running.stdin.close()
    assert running.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    write_events(*[json.dumps(ORDER)] * 20_000)
    command = [sys.executable, "-m", "flowplug", "preview", "events.jsonl", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        complaint = running.stderr.read()
    assert running.returncode == 128 + signal.SIGPIPE
    assert complaint == ""


def test_other_commands_do_not_load_the_engine() -> None:
    program = "import sys, flowplug.cli.build; print('quickjs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert run_command("preview", "--track", "A").returncode == 0
