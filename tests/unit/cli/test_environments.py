"""``--env``, and ``flowplug show``: a project in one environment or in all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowplug.cli.root import COMMANDS
from tests.support.command import PRESETS_TOML, flow, write_project
from tests.support.projects import KEY, with_subscriptions

PAGES = """
[[subscriptions]]
name = "Pages"
partnerAction = "trackEvent"
subscribe = 'type = "page"'
[subscriptions.mapping]
event_name = { "@path" = "$.name" }
"""

STAGING = f"""{PRESETS_TOML}{PAGES}
[[env.staging.subscriptions]]
name = "Pages"
enabled = false

[env.prod.sdk]
start = "idle"
"""


def codes(*arguments: str) -> list[str]:
    return [problem["code"] for problem in json.loads(flow(*arguments, "--json").stdout)["problems"]]


def built(*arguments: str) -> bytes:
    result = flow("build", *arguments, "--out", "out")
    assert result.exit_code == 0, result.output
    return Path("out/1flow.min.js").read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_reads_a_project_can_be_asked_for_an_environment(name: str) -> None:
    text = flow(name, "--help").stdout
    assert ("[PROJECT]" in text) == ("--env NAME" in text)


def test_build_compiles_the_environment_that_it_is_asked_for() -> None:
    write_project(STAGING)
    Path("prod.toml").write_text(f"{PRESETS_TOML}[sdk]\nstart = 'idle'\n{PAGES}", encoding="utf-8")
    assert built("--env", "prod") == built("prod.toml") != built()


@pytest.mark.parametrize("command", ["build", "check", "show"])
def test_an_unknown_environment_is_an_error(command: str) -> None:
    write_project(STAGING)
    result = flow(command, "--env", "pord")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        'flowplug.toml:11: env: no environment "pord" (did you mean "prod"?); '
        'the project has "staging" and "prod" [unknown-env]\n'
    )


def test_check_checks_every_environment_unless_it_is_asked_for_one() -> None:
    write_project(STAGING)
    assert flow("check").stdout.splitlines() == [
        "flowplug.toml: no errors; 1 subscription enabled: Pages",
        "flowplug.toml in staging: no errors; no subscription is enabled",
        "flowplug.toml in prod: no errors; 1 subscription enabled: Pages",
    ]
    assert flow("check", "--env", "prod").stdout.splitlines() == [
        "flowplug.toml in prod: no errors; 1 subscription enabled: Pages"
    ]
    assert codes("check") == codes("check", "--env", "staging") == ["nothing-enabled"]
    assert codes("check", "--env", "prod") == []
    assert flow("check", "--strict").exit_code == 1


def test_json_has_the_subscriptions_in_each_environment() -> None:
    write_project(STAGING)
    data = json.loads(flow("check", "--json").stdout)
    pages = {"name": "Pages", "action": "trackEvent", "enabled": True, "trigger": 'type = "page"'}
    assert (data["env"], data["subscriptions"]) == (None, [pages])
    assert data["environments"] == {"staging": [{**pages, "enabled": False}], "prod": [pages]}
    data = json.loads(flow("check", "--json", "--env", "staging").stdout)
    assert (data["env"], data["subscriptions"]) == ("staging", [{**pages, "enabled": False}])
    assert data["environments"] == {}


def check_lines(project: dict[str, Any]) -> list[str]:
    return flow("check", "-", stdin=json.dumps(project, indent=1)).stderr.splitlines()


def test_what_is_wrong_in_all_environments_is_said_once() -> None:
    project = with_subscriptions({"name": "a", "subscribe": "?"})
    (line,) = check_lines({**project, "env": {"prod": {}, "staging": {}}})
    assert line.endswith("(at character 1) [trigger-syntax]")


def test_what_is_wrong_in_some_environments_names_them() -> None:
    project = with_subscriptions({"name": "a"}, consent={"categories": ["C1"]}, rudderstack={"destinationId": "x"})
    wrong = {"build": {"formats": ["getanalytics"]}}
    project["env"] = {"a": wrong, "b": {}, "c": wrong, "d": {"sdk": {"retries": 99}}}
    consent, retries = check_lines(project)
    assert consent.startswith("<stdin>:5: consent: is not possible in the format ")
    assert consent.endswith('(in "a" and "c") [conflicting-options]')
    assert retries == "<stdin>:38: env.d.sdk.retries: must be at most 10, got 99 [out-of-range]"


def test_a_project_that_only_its_environments_complete_is_checked_in_those() -> None:
    keys = "".join(f"[env.{name}.settings]\nprojectApiKey = '{KEY}'\n" for name in ("prod", "staging"))
    write_project(PAGES.replace("$.name", "$.nme") + keys)
    result = flow("check")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        "flowplug.toml in prod",
        "flowplug.toml in staging",
    ]
    (warning,) = result.stderr.splitlines()
    assert warning.startswith("flowplug.toml:7: ")
    write_project(f"{PAGES}{keys}[env.qa]\n")
    assert codes("check") == ["missing-field"]
    assert codes("build") == ["missing-field"]


def test_github_gets_the_file_that_set_the_value() -> None:
    Path("base.toml").write_text("[sdk]\nretries = 99\n", encoding="utf-8")
    write_project(f"extends = 'base.toml'\n{PRESETS_TOML}")
    assert flow("check", "--output", "github").stdout == (
        "::error file=base.toml,line=2,title=out-of-range::sdk.retries: must be at most 10, got 99\n"
    )


def test_show_prints_a_project_that_builds_the_same() -> None:
    Path("company").mkdir()
    Path("company/base.toml").write_text(STAGING, encoding="utf-8")
    write_project("extends = 'company/base.toml'\n[sdk]\nqueue = 5\n[env.prod.sdk.regions]\neu = '/1flow.js'\n")
    result = flow("show", "--env", "prod")
    assert (
        result.stdout
        == f"""{PRESETS_TOML}
[sdk]
queue = 5
start = "idle"
regions = {{ eu = "/1flow.js" }}
{PAGES}"""
    )
    Path("shown.toml").write_text(result.stdout, encoding="utf-8")
    assert built("shown.toml") == built("--env", "prod")


def test_show_never_prints_a_value_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = '[settings]\nprojectApiKey = { env = "FLOW_KEY" }\nregion = { env = "FLOW_REGION" }\n'
    write_project(settings)
    assert flow("show").stdout == settings
    monkeypatch.setenv("FLOW_KEY", KEY)
    monkeypatch.setenv("FLOW_REGION", "us")
    assert flow("show").stdout == settings
    assert KEY not in flow("show", "--json").stdout


def test_show_as_json_has_the_files_that_were_merged() -> None:
    Path("base.json").write_text(json.dumps({"$schema": "x", "consent": None, "build": {}}), encoding="utf-8")
    write_project(f"extends = 'base.json'\n{PRESETS_TOML}[env.prod]\n")
    assert json.loads(flow("show", "--env", "prod", "--json").stdout) == {
        "ok": True,
        "problems": [],
        "files": ["flowplug.toml", "base.json"],
        "env": "prod",
        "project": {"build": {}, "settings": {"projectApiKey": KEY}},
    }


def test_show_of_what_toml_does_not_have_points_to_json() -> None:
    mapping = {"event_name": {"@path": "$.event"}, "properties": {"a": None}}
    project = json.dumps(with_subscriptions({"mapping": mapping, "name": "a"}), indent=1)
    result = flow("show", "-", stdin=project)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        '<stdin>:15: subscriptions[0] "a".mapping.properties.a: TOML has no null; '
        "print JSON instead: --json [not-in-toml]\n"
    )
    assert flow("show", "-", "--json", stdin=project).exit_code == 0


def test_show_says_what_is_wrong_with_a_project() -> None:
    write_project("[settings]\nprojectApiKey = { env = 'NOT_SET' }\n[sdk]\nretries = 99\n")
    assert codes("show") == ["out-of-range"]
