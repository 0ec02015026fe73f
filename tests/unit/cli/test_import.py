"""``flowplug import``: Segment's data becomes a project file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flowplug
from flowplug.schema import schema
from tests.support.command import flow, write_project
from tests.support.projects import KEY

TRACKED = {
    "id": "s1",
    "name": "Sign-ups",
    "enabled": True,
    "partnerAction": "trackEvent",
    "subscribe": 'type = "track" and event = "Signed Up"',
    "mapping": {"event_name": {"@path": "$.event"}},
}
AT_SEGMENT = {
    "remotePlugins": [
        {"name": "1Flow Web (Actions)", "settings": {"projectApiKey": KEY, "subscriptions": [TRACKED]}}
    ]
}


def test_it_writes_a_project_that_builds_and_names_what_it_took_and_left_out() -> None:
    Path("settings.json").write_text(json.dumps(AT_SEGMENT), encoding="utf-8")
    result = flow("import", "settings.json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "Wrote flowplug.toml and flowplug.schema.json.\n"
        "Imported 1 subscription: Sign-ups\n"
        "Left out, because only Segment uses it: id\n"
    )
    assert json.loads(Path("flowplug.schema.json").read_text(encoding="utf-8")) == schema()
    assert flow("build").exit_code == 0


def test_it_writes_what_it_can_and_ends_with_1_where_something_of_1flow_s_is_left_out() -> None:
    broken = {**TRACKED, "name": "Broken", "subscribe": "type ="}
    result = flow("import", "-", "-o", "p.yaml", stdin=json.dumps([TRACKED, broken]))
    assert result.exit_code == 1
    assert result.stderr.startswith(
        '<stdin>:1: [1] "Broken".subscribe: expected a value, got the end (at character 7); it is left out ['
    )
    assert "Set ONEFLOW_PROJECT_API_KEY when you build" in result.stdout
    assert [
        item.name for item in flowplug.load("p.yaml", environ={"ONEFLOW_PROJECT_API_KEY": KEY}).subscriptions
    ] == ["Sign-ups"]


def test_json_says_the_same_as_data() -> None:
    result = flow("import", "-", "--json", stdin=json.dumps([TRACKED, 5]))
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "ok": False,
        "problems": [
            {
                "message": "this is not an object; it is left out",
                "code": "left-out",
                "place": [1],
                "file": "<stdin>",
                "level": "error",
                "subscription": "",
                "line": 1,
                "where": "[1]",
            }
        ],
        "path": "flowplug.toml",
        "schema": "flowplug.schema.json",
        "subscriptions": ["Sign-ups"],
        "unused": ["id"],
        "keyVariable": "ONEFLOW_PROJECT_API_KEY",
    }


def test_it_overwrites_nothing_unless_forced() -> None:
    write_project("kept = true")
    result = flow("import", "-", stdin=json.dumps(AT_SEGMENT))
    assert result.exit_code == 2
    assert result.stderr == "flowplug.toml already exists; use --force to overwrite it\n"
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"
    assert flow("import", "-", "--force", stdin=json.dumps(AT_SEGMENT)).exit_code == 0
    assert flow("check").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "line"),
    [
        (("none.json",), None, 2, "none.json: no such file"),
        (("-",), "{", 1, "<stdin>:1: not JSON: "),
        (("-",), "{}", 1, "<stdin>:1: has none of the shapes that import reads"),
        (("-", "--out", "p.ini"), json.dumps([TRACKED]), 2, "p.ini: not a project file"),
        (("-", "--out", "/proc/none/p.toml"), json.dumps([TRACKED]), 3, "/proc/none: cannot be written: "),
        (
            ("-",),
            json.dumps([{**TRACKED, "mapping": {"event_name": None}}]),
            1,
            'flowplug.toml: subscriptions[0] "Sign-ups".mapping.event_name: TOML has no null; write JSON instead: '
            "--out flowplug.json",
        ),
    ],
)
def test_it_refuses_in_one_line_and_writes_nothing(
    arguments: tuple[str, ...], stdin: str | None, status: int, line: str
) -> None:
    result = flow("import", *arguments, stdin=stdin)
    assert result.exit_code == status
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1
    assert list(Path().iterdir()) == []
