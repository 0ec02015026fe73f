"""``flowplug init`` and ``flowplug schema``: a project to start from, and the schema for editors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

import flowplug
from flowplug.schema import schema
from tests.support.command import PRESETS_TOML, flow, write_project
from tests.support.documents import ROOT
from tests.support.projects import KEY, PRESETS


def test_it_writes_a_project_that_builds_and_links_its_schema() -> None:
    result = flow("init", "--key", KEY)
    assert result.exit_code == 0
    assert result.stdout == 'Wrote flowplug.toml and flowplug.schema.json.\nNow run "flowplug build".\n'
    text = Path("flowplug.toml").read_text(encoding="utf-8")
    assert text.startswith("#:schema ./flowplug.schema.json\n")
    assert json.loads(Path("flowplug.schema.json").read_text(encoding="utf-8")) == schema()
    assert flow("build").exit_code == 0
    written = flowplug.load("flowplug.toml")
    assert written.privacy.denies("newPassword")
    assert msgspec.structs.replace(written, privacy=flowplug.Privacy()) == flowplug.load(PRESETS)


def test_without_a_key_it_takes_it_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    result = flow("init", "sub/shop.toml")
    assert result.exit_code == 0
    assert (
        'Set ONEFLOW_PROJECT_API_KEY to your 1Flow project API key, then run "flowplug build sub/shop.toml".'
        in (result.stdout)
    )
    assert '"ONEFLOW_PROJECT_API_KEY" is not set' in flow("build", "sub/shop.toml").stderr
    monkeypatch.setenv("ONEFLOW_PROJECT_API_KEY", KEY)
    assert flow("build", "sub/shop.toml").exit_code == 0


def test_json_says_the_same_as_data() -> None:
    assert json.loads(flow("init", "--json").stdout) == {
        "ok": True,
        "problems": [],
        "path": "flowplug.toml",
        "schema": "flowplug.schema.json",
        "keyVariable": "ONEFLOW_PROJECT_API_KEY",
    }


def test_what_it_comments_out_is_the_presets() -> None:
    flow("init", "--key", KEY)
    text = Path("flowplug.toml").read_text(encoding="utf-8")
    commented = text[text.index("# [[subscriptions]]") :].replace("# ", "").replace("#\n", "\n")
    write_project(PRESETS_TOML + commented)
    written = flowplug.build(flowplug.load("flowplug.toml"))
    assert written == flowplug.build(flowplug.load(PRESETS))


def test_it_names_every_option_with_its_preset_value() -> None:
    flow("init", "--key", KEY)
    text, _, _ = Path("flowplug.toml").read_text(encoding="utf-8").partition("# Without subscriptions")
    lines = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if re.match(r"(# )?\[(sdk|plugin|privacy|build)\]|# \w+ = ", line)
    ]
    write_project(PRESETS_TOML + "\n".join(line for line in lines if "not set" not in line and "…" not in line))
    assert flowplug.load("flowplug.toml") == flowplug.load(PRESETS)
    named = {line.split(" = ")[0] for line in lines}
    for table in (flowplug.Sdk, flowplug.Plugin, flowplug.Privacy, flowplug.Build):
        assert {field.encode_name for field in msgspec.structs.fields(table)} - {"regions"} <= named


def test_it_overwrites_nothing_unless_forced() -> None:
    write_project("kept = true")
    result = flow("init", "--key", KEY)
    assert result.exit_code == 2
    assert result.stderr == "flowplug.toml already exists; use --force to overwrite it\n"
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"
    assert flow("init", "--key", KEY, "--force").exit_code == 0
    assert flow("check").exit_code == 0


def test_it_leaves_both_files_as_they_were_where_one_cannot_be_written() -> None:
    write_project("kept = true")
    Path("flowplug.schema.json").mkdir()
    result = flow("init", "--key", KEY, "--force")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"


@pytest.mark.parametrize(
    "text",
    [
        "mine",
        "{",
        "[" * 100_000,
        "[]",
        "\xff",
        "7",
        "{}",
        '{"title": "flowplug project", "description": "my own"}',
        json.dumps({"title": "flowplug project", "$comment": schema()["$comment"]}),
        json.dumps(schema() | {"title": "my own"}),
        json.dumps(schema() | {"$comment": "my own"}),
    ],
)
def test_it_takes_no_one_else_s_schema_for_its_own(text: str) -> None:
    Path("flowplug.schema.json").write_text(text, encoding="latin-1")
    result = flow("init", "--key", KEY)
    assert result.exit_code == 2
    assert result.stderr == "flowplug.schema.json already exists; use --force to overwrite it\n"
    assert Path("flowplug.schema.json").read_text(encoding="latin-1") == text


def test_it_overwrites_the_schema_of_an_earlier_release(monkeypatch: pytest.MonkeyPatch) -> None:
    current = flow("schema").stdout
    with monkeypatch.context() as earlier:
        earlier.setattr(flowplug.schema, "TITLE", "the title of an earlier release")
        Path("flowplug.schema.json").write_text(flow("schema").stdout, encoding="utf-8")
    assert "earlier release" in Path("flowplug.schema.json").read_text(encoding="utf-8")
    assert flow("init", "--key", KEY).exit_code == 0
    assert Path("flowplug.schema.json").read_text(encoding="utf-8") == current


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("init", "--key", "x"), 2, '--key must start with "oneflow_prod_" or "oneflow_sandbox_", followed by'),
        (("init", "project.json"), 2, "project.json: init writes TOML; try project.toml"),
        (("init", "."), 2, ".: init writes TOML; try flowplug.toml"),
        (("init", "/proc/none/flowplug.toml"), 3, "/proc/none: cannot be written: "),
    ],
)
def test_it_refuses_what_it_cannot_write(arguments: tuple[str, ...], status: int, line: str) -> None:
    result = flow(*arguments)
    assert result.exit_code == status
    assert result.stderr.startswith(line)
    assert list(Path().iterdir()) == []


def test_the_checkout_s_own_project_is_what_it_writes() -> None:
    flow("init", "--key", "oneflow_sandbox_ZXhhbXBsZQ==")
    for name in ("flowplug.toml", "flowplug.schema.json"):
        assert (ROOT / name).read_text(encoding="utf-8") == Path(name).read_text(encoding="utf-8")


def test_schema_prints_what_init_writes() -> None:
    flow("init")
    assert flow("schema").stdout == Path("flowplug.schema.json").read_text(encoding="utf-8")
    assert json.loads(flow("schema").stdout) == schema()
