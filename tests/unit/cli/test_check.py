"""``flowplug check``: the problems of a project, in each of the forms that it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import PRESETS_TOML, PRIVATE_TOML, flow, write_project
from tests.support.projects import PRESETS

from .test_build import TWICE


def test_it_says_what_is_enabled_and_writes_nothing() -> None:
    write_project()
    result = flow("check")
    assert result.exit_code == 0
    assert result.stdout == "flowplug.toml: no errors; 2 subscriptions enabled: Track Event, Identify User\n"
    assert [path.name for path in Path().iterdir()] == ["flowplug.toml"]


def test_json_lists_the_subscriptions() -> None:
    write_project(PRIVATE_TOML)
    assert json.loads(flow("check", "--json").stdout) == {
        "ok": True,
        "problems": [],
        "file": "flowplug.toml",
        "env": None,
        "environments": {},
        "subscriptions": [
            {"name": "Track Event", "action": "trackEvent", "enabled": True, "trigger": 'type = "track"'},
            {"name": "Identify User", "action": "identifyUser", "enabled": True, "trigger": 'type = "identify"'},
        ],
    }


def test_json_is_short_for_output_json() -> None:
    write_project()
    assert flow("check", "--json").stdout == flow("check", "--output", "json").stdout


def test_a_disabled_subscription_is_listed_but_not_counted() -> None:
    off = {"name": "Off", "partnerAction": "trackEvent", "subscribe": 'type = "page"', "enabled": False}
    project = json.dumps({**PRESETS, "subscriptions": [off]})
    assert "no subscription is enabled" in flow("check", "-", stdin=project).stdout
    (listed,) = json.loads(flow("check", "-", "--json", stdin=project).stdout)["subscriptions"]
    assert listed == {"name": "Off", "action": "trackEvent", "enabled": False, "trigger": 'type = "page"'}


@pytest.mark.parametrize("command", ["build", "check"])
@pytest.mark.parametrize(
    ("content", "status", "line"),
    [
        (None, 2, 'flowplug.toml: no such file; "flowplug init" writes one to start from'),
        ("[settings", 1, "flowplug.toml:1: not TOML: "),
        ("[settings]\nprojectApiKey = 1", 1, "flowplug.toml:2: settings.projectApiKey: expected a string"),
        ('[settings]\nprojectApiKey = ""', 1, "flowplug.toml:2: settings.projectApiKey: is empty"),
        ("[settings]", 1, "flowplug.toml:1: settings: projectApiKey is missing [missing-field]"),
        (
            '[settings]\nprojectApiKey = { env = "NOPE" }',
            1,
            'flowplug.toml:2: settings.projectApiKey: the environment variable "NOPE" is not set',
        ),
        (
            PRESETS_TOML + 'regoin = "eu"',
            1,
            'flowplug.toml:3: settings.regoin: unknown key (did you mean "region"?) [unknown-key]',
        ),
        (
            "[settings]\nprojectApiKey = 'oneflow_prod_\"</script>'",
            1,
            "flowplug.toml:2: settings.projectApiKey: must start with",
        ),
    ],
)
def test_a_bad_project_is_one_line_and_a_status(command: str, content: str | None, status: int, line: str) -> None:
    if content is not None:
        write_project(content)
    result = flow(command)
    assert result.exit_code == status
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_bad_project_as_json_is_data_with_the_same_status(command: str) -> None:
    write_project("[settings]\nprojectApiKey = 1\nx = 2")
    result = flow(command, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert report["ok"] is False
    assert report["problems"] == [
        {
            "message": "expected a string or a table, got a whole number",
            "code": "wrong-type",
            "place": ["settings", "projectApiKey"],
            "file": "flowplug.toml",
            "level": "error",
            "subscription": "",
            "line": 2,
            "where": "settings.projectApiKey",
        },
        {
            "message": "unknown key",
            "code": "unknown-key",
            "place": ["settings", "x"],
            "file": "flowplug.toml",
            "level": "error",
            "subscription": "",
            "line": 3,
            "where": "settings.x",
        },
    ]


def test_a_missing_file_as_json_is_data_too() -> None:
    result = flow("check", "--json")
    assert result.exit_code == 2
    assert [item["code"] for item in json.loads(result.stdout)["problems"]] == ["usage-error"]


@pytest.mark.parametrize("name", ["flowplug.toml", "no-folder/flowplug.toml"])
def test_where_there_is_no_project_the_way_to_make_one_is_shown(name: str) -> None:
    Path("flowplug.txt").touch()
    result = flow("check", name)
    assert result.exit_code == 2
    assert result.stderr == f'{name}: no such file; "flowplug init" writes one to start from\n'


def test_a_name_that_is_almost_that_of_a_project_is_corrected() -> None:
    write_project()
    result = flow("check", "flowplg.toml")
    assert result.exit_code == 2
    assert result.stderr == 'flowplg.toml: no such file (did you mean "flowplug.toml"?)\n'


@pytest.mark.parametrize("arguments", [("--json", "--output", "github"), ("--output=github", "--json")])
def test_json_and_another_output_exclude_each_other(arguments: tuple[str, ...]) -> None:
    write_project()
    result = flow("check", *arguments)
    assert result.exit_code == 2
    assert "--json and --output exclude each other; use one of them" in result.stdout + result.stderr


def test_json_on_standard_input_that_is_bad_is_named_stdin() -> None:
    result = flow("check", "-", stdin="{")
    assert result.exit_code == 1
    assert result.stderr.startswith("<stdin>:1: not JSON: ")


MADE_AN_ERROR = " (a warning that --strict makes an error)"


def test_strict_makes_warnings_errors() -> None:
    project = json.dumps({**PRESETS, "subscriptions": TWICE})
    relaxed = flow("check", "-", stdin=project)
    strict = flow("check", "-", "--strict", stdin=project)
    assert (relaxed.exit_code, strict.exit_code) == (0, 1)
    assert relaxed.stderr.replace("warning: ", "") == strict.stderr.replace(MADE_AN_ERROR, "")
    assert MADE_AN_ERROR in strict.stderr
    assert strict.stdout == ""


HOSTILE_NAME = "a\u001b[31m\nflowplug.toml: no errors \ud800"


def test_a_name_that_no_terminal_shows_is_one_printable_line() -> None:
    subscription = {
        "name": HOSTILE_NAME,
        "partnerAction": "trackEvent",
        "subscribe": f'type = "track" and event = "{HOSTILE_NAME}" or event != 5',
    }
    Path("p.json").write_text(json.dumps({**PRESETS, "subscriptions": [subscription]}), encoding="utf-8")
    result = flow("check", "p.json")
    assert result.exit_code == 0
    assert [line.isprintable() for line in (result.stdout + result.stderr).splitlines()] == [True] * 4
    report = json.loads(flow("check", "p.json", "--json").stdout)
    assert len(report["problems"]) == 3


# GitHub


def test_github_shows_an_error_beside_its_line() -> None:
    write_project("[settings]\nprojectApiKey = 1")
    result = flow("check", "--output", "github")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout == (
        "::error file=flowplug.toml,line=2,title=wrong-type::"
        "settings.projectApiKey: expected a string or a table, got a whole number\n"
    )


def test_github_shows_a_warning_and_the_rest_as_text() -> None:
    Path("p.json").write_text(json.dumps({**PRESETS, "subscriptions": TWICE}), encoding="utf-8")
    first, note, *rest = flow("check", "p.json", "--output", "github").stdout.splitlines()
    assert first.startswith("::warning file=p.json,line=1,title=sent-twice::subscriptions[")
    assert rest == ["p.json: no errors; 2 subscriptions enabled: Orders, Again"]
    strict, *others = flow("check", "p.json", "--output", "github", "--strict").stdout.splitlines()
    assert others == [note]
    assert strict == first.replace("::warning", "::error") + MADE_AN_ERROR


def test_github_names_no_file_for_standard_input_and_no_line_where_there_is_none() -> None:
    assert flow("check", "-", "--output", "github", stdin="{").stdout.startswith(
        "::error line=1,title=syntax-error::"
    )
    assert flow("check", "--output", "github").stdout == (
        '::error title=usage-error::flowplug.toml: no such file; "flowplug init" writes one to start from\n'
    )


def unescaped(text: str) -> str:
    """What GitHub's runner makes of an escaped value (``ActionCommand.cs`` of actions/runner)."""
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_github_gets_names_with_any_character_as_they_are() -> None:
    file = "a%2C,b:100%25 ::error::.json"
    name = "50%25 off, today: ::error::x\r\n::error::y"
    subscriptions = [{**item, "name": f"{name}{index}"} for index, item in enumerate(TWICE)]
    Path(file).write_text(json.dumps({**PRESETS, "subscriptions": subscriptions}), encoding="utf-8")
    first, note, *rest = flow("check", file, "--output", "github").stdout.splitlines()
    assert note.startswith("::notice file=a%252C%2Cb%3A100%2525")
    properties, _, message = first.removeprefix("::warning ").partition("::")
    assert unescaped(properties.split(",")[0]) == f"file={file}"
    assert json.dumps(name)[1:-1] in unescaped(message)
    assert not any(line.startswith("::") for line in rest)


def test_github_runs_no_command_that_a_name_holds() -> None:
    names = ["##[stop-commands]token", "::stop-commands::token"]
    subscriptions = [{**item, "name": name} for item, name in zip(TWICE, names, strict=True)]
    for file in ("::error::p.json", "##[error]p.json"):
        Path(file).write_text(json.dumps({**PRESETS, "subscriptions": subscriptions}), encoding="utf-8")
        result = flow("check", file, "--output", "github")
        _, note, *rest = result.stdout.splitlines()
        assert note.startswith("::notice ")
        assert len(rest) == 1
        assert not any("##[" in line or line.lstrip().startswith("::") for line in rest)
        assert flow("check", file).stdout.startswith(file)
    result = flow("check", "x", "##[error]y", "--output", "github")
    assert result.exit_code == 2
    assert result.stderr == ""
    assert result.stdout == ("::error title=usage-error::Got unexpected extra argument (##[error]y)\n")


def test_github_finds_the_file_where_the_workflow_runs_in_a_folder(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    (folder / "site").mkdir()
    monkeypatch.chdir(folder / "site")
    write_project("[settings]\nprojectApiKey = 1")
    assert flow("check", "--output", "github").stdout.startswith("::error file=site/flowplug.toml,line=2,")
