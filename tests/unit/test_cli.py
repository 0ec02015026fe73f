"""The command, as a user meets it: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

import flowplug
from flowplug.cli import main
from flowplug.project import schema
from tests.support.projects import KEY, PRESETS

ROOT = Path(__file__).parents[2]
PRESETS_TOML = f'[settings]\nprojectApiKey = "{KEY}"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONEFLOW_PROJECT_API_KEY", raising=False)
    return tmp_path


def flow(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def write_project(text: str = PRESETS_TOML) -> None:
    Path("flowplug.toml").write_text(text, encoding="utf-8")


def test_build_writes_both_files_and_reports_sizes_integrity_and_the_element_to_paste() -> None:
    write_project()
    result = flow("build")
    bundle = flowplug.build(flowplug.load(PRESETS))
    shipped = bundle["1flow.min.js"]
    assert result.exit_code == 0
    assert Path("dist/1flow.min.js").read_bytes() == shipped.content
    assert Path("dist/1flow.js").read_bytes() == bundle["1flow.js"].content
    for text in (
        "dist/1flow.js",
        "dist/1flow.min.js",
        f"{shipped.raw_size:,}",
        f"{shipped.gzip_size:,}",
        f"{shipped.brotli_size:,}",
        shipped.integrity,
        bundle.script_element,
    ):
        assert text in result.stdout


def test_build_with_debug_writes_a_third_file_which_tells_its_steps() -> None:
    write_project()
    result = flow("build", "--debug", "--json")
    paths = [item["path"] for item in json.loads(result.stdout)["files"]]
    assert paths == ["dist/1flow.js", "dist/1flow.min.js", "dist/1flow.html", "dist/1flow.debug.js"]
    assert "console.debug" in Path(paths[3]).read_text()


def test_build_reads_another_file_and_writes_to_another_folder() -> None:
    Path("p.json").write_text(json.dumps(PRESETS), encoding="utf-8")
    assert flow("build", "p.json", "--out", "public/js").exit_code == 0
    assert Path("public/js/1flow.min.js").exists()


def test_build_reads_json_on_standard_input() -> None:
    assert flow("build", "-", stdin=json.dumps(PRESETS)).exit_code == 0
    assert Path("dist/1flow.min.js").exists()


def test_build_json_gives_the_same_as_data() -> None:
    write_project()
    report = json.loads(flow("build", "--json").stdout)
    bundle = flowplug.build(flowplug.load(PRESETS))
    assert report == {
        "ok": True,
        "problems": [],
        "files": [
            {
                "path": f"dist/{asset.name}",
                "raw": asset.raw_size,
                "gzip": asset.gzip_size,
                "brotli": asset.brotli_size,
                "integrity": asset.integrity,
            }
            for asset in bundle.assets
        ],
        "html": bundle["1flow.html"].content.decode(),
        "script": bundle.script_element,
        "removed": [],
    }


def test_build_removes_what_an_earlier_build_wrote_and_names_it() -> None:
    write_project()
    flow("build", "--debug")
    result = flow("build")
    assert sorted(path.name for path in Path("dist").iterdir()) == ["1flow.html", "1flow.js", "1flow.min.js"]
    assert result.stdout.endswith(
        "\ndist/1flow.debug.js removed: it is from an earlier build, and this build does not make it.\n"
    )
    flow("build", "--debug")
    assert json.loads(flow("build", "--json").stdout)["removed"] == ["dist/1flow.debug.js"]


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
            "flowplug.toml:2: settings.projectApiKey: is not a 1Flow project API key",
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


def test_a_bad_project_as_json_is_data_with_the_same_status() -> None:
    write_project("[settings]\nprojectApiKey = 1\nx = 2")
    result = flow("build", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
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


def test_json_on_standard_input_that_is_bad_is_named_stdin() -> None:
    result = flow("check", "-", stdin="{")
    assert result.exit_code == 1
    assert result.stderr.startswith("<stdin>:1: not JSON: ")


def test_a_failed_build_leaves_the_output_as_it_was() -> None:
    write_project()
    flow("build")
    before = {path: path.read_bytes() for path in Path("dist").iterdir()}
    write_project(PRESETS_TOML + "x = 1")
    assert flow("build").exit_code == 1
    assert {path: path.read_bytes() for path in Path("dist").iterdir()} == before


@pytest.mark.parametrize("out", ["a-file", "a-file/below", "/proc/flowplug"])
def test_a_folder_that_cannot_be_written_is_one_line_and_status_3(out: str) -> None:
    write_project()
    Path("a-file").write_text("kept", encoding="utf-8")
    result = flow("build", "--out", out)
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "cannot be written: " in result.stderr
    assert Path("a-file").read_text(encoding="utf-8") == "kept"


def test_check_says_what_is_enabled_and_writes_nothing() -> None:
    write_project()
    result = flow("check")
    assert result.exit_code == 0
    assert result.stdout == "flowplug.toml: no errors; 2 subscriptions enabled: Track Event, Identify User\n"
    assert [path.name for path in Path().iterdir()] == ["flowplug.toml"]


def test_check_json_says_that_there_is_nothing() -> None:
    write_project()
    assert json.loads(flow("check", "--json").stdout) == {"ok": True, "problems": []}


def test_init_writes_a_project_that_builds_and_links_its_schema() -> None:
    assert flow("init", "--key", KEY).exit_code == 0
    text = Path("flowplug.toml").read_text(encoding="utf-8")
    assert text.startswith("#:schema ./flowplug.schema.json\n")
    assert json.loads(Path("flowplug.schema.json").read_text(encoding="utf-8")) == schema()
    assert flow("build").exit_code == 0
    assert flowplug.load("flowplug.toml") == flowplug.load(PRESETS)


def test_init_without_a_key_takes_it_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert flow("init").exit_code == 0
    assert '"ONEFLOW_PROJECT_API_KEY" is not set' in flow("build").stderr
    monkeypatch.setenv("ONEFLOW_PROJECT_API_KEY", KEY)
    assert flow("build").exit_code == 0


def test_what_init_comments_out_is_the_presets() -> None:
    flow("init", "--key", KEY)
    text = Path("flowplug.toml").read_text(encoding="utf-8")
    commented = text[text.index("# [[subscriptions]]") :].replace("# ", "").replace("#\n", "\n")
    write_project(PRESETS_TOML + commented)
    written = flowplug.build(flowplug.load("flowplug.toml"))
    assert written == flowplug.build(flowplug.load(PRESETS))


def test_init_names_every_option_with_its_preset_value() -> None:
    flow("init", "--key", KEY)
    text, _, _ = Path("flowplug.toml").read_text(encoding="utf-8").partition("# Without subscriptions")
    lines = [
        line.removeprefix("# ") for line in text.splitlines() if re.match(r"# (\[(sdk|plugin)\]|\w+ = )", line)
    ]
    write_project(PRESETS_TOML + "\n".join(line for line in lines if "not set" not in line and "…" not in line))
    assert flowplug.load("flowplug.toml") == flowplug.load(PRESETS)
    named = {line.split(" = ")[0] for line in lines}
    for table in (flowplug.Sdk, flowplug.Plugin):
        assert {field.encode_name for field in msgspec.structs.fields(table)} - {"regions"} <= named


def test_init_overwrites_nothing_unless_forced() -> None:
    write_project("kept = true")
    result = flow("init", "--key", KEY)
    assert result.exit_code == 2
    assert result.stderr == "flowplug.toml: is there already; --force overwrites it\n"
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"
    assert flow("init", "--key", KEY, "--force").exit_code == 0
    assert flow("check").exit_code == 0


def test_init_leaves_both_files_as_they_were_where_one_cannot_be_written() -> None:
    write_project("kept = true")
    Path("flowplug.schema.json").mkdir()
    result = flow("init", "--key", KEY, "--force")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"


def test_init_takes_no_one_else_s_schema_for_its_own() -> None:
    Path("flowplug.schema.json").write_text("mine", encoding="utf-8")
    result = flow("init", "--key", KEY)
    assert result.exit_code == 2
    assert result.stderr == "flowplug.schema.json: is there already; --force overwrites it\n"
    assert Path("flowplug.schema.json").read_text(encoding="utf-8") == "mine"
    Path("flowplug.schema.json").write_text(json.dumps(schema() | {"old": True}), encoding="utf-8")
    assert flow("init", "--key", KEY).exit_code == 0


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
    assert [line.isprintable() for line in (result.stdout + result.stderr).splitlines()] == [True] * 3
    report = json.loads(flow("check", "p.json", "--json").stdout)
    assert len(report["problems"]) == 2


def run_command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowplug", *arguments]
    return subprocess.run(command, text=True, stderr=subprocess.PIPE, check=False, **options)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_full_disk_behind_standard_output_is_one_line_and_status_3() -> None:
    write_project()
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = run_command("check", stdout=full)
    assert result.returncode == 3
    assert result.stderr == "standard output: cannot be written: No space left on device\n"


def test_a_closed_standard_input_is_a_wrong_use() -> None:
    result = run_command("check", "-", stdin=subprocess.DEVNULL, preexec_fn=lambda: os.close(0))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("init", "--key", "x"), 1, "--key: is not a 1Flow project API key"),
        (("init", "project.json"), 2, "project.json: init writes TOML"),
        (("init", "/proc/none/flowplug.toml"), 3, "/proc/none: cannot be written: "),
    ],
)
def test_init_refuses_what_it_cannot_write(arguments: tuple[str, ...], status: int, line: str) -> None:
    result = flow(*arguments)
    assert result.exit_code == status
    assert result.stderr.startswith(line)
    assert list(Path().iterdir()) == []


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


def test_import_writes_a_project_that_builds_and_names_what_it_took_and_left_out() -> None:
    Path("settings.json").write_text(json.dumps(AT_SEGMENT), encoding="utf-8")
    result = flow("import", "settings.json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "flowplug.toml and flowplug.schema.json written; 1 subscription taken: Sign-ups\n"
        "Left out everywhere, as it means nothing outside Segment: id\n"
    )
    assert json.loads(Path("flowplug.schema.json").read_text(encoding="utf-8")) == schema()
    assert flow("build").exit_code == 0


def test_import_writes_what_it_can_and_ends_with_1_where_something_of_1flow_s_is_left_out() -> None:
    broken = {**TRACKED, "name": "Broken", "subscribe": "type ="}
    result = flow("import", "-", "-o", "p.yaml", stdin=json.dumps([TRACKED, broken]))
    assert result.exit_code == 1
    assert result.stderr.startswith(
        '<stdin>:1: [1].subscribe: expected a value, got the end (at character 7); "Broken" is left out ['
    )
    assert "Set ONEFLOW_PROJECT_API_KEY when you build" in result.stdout
    assert [
        item.name for item in flowplug.load("p.yaml", environ={"ONEFLOW_PROJECT_API_KEY": KEY}).subscriptions
    ] == ["Sign-ups"]


def test_import_json_says_the_same_as_data() -> None:
    result = flow("import", "-", "--json", stdin=json.dumps([TRACKED, 5]))
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "ok": False,
        "problems": [
            {
                "message": "is left out: not an object",
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
        "subscriptions": ["Sign-ups"],
        "unused": ["id"],
    }


def test_import_overwrites_nothing_unless_forced() -> None:
    write_project("kept = true")
    result = flow("import", "-", stdin=json.dumps(AT_SEGMENT))
    assert result.exit_code == 2
    assert result.stderr == "flowplug.toml: is there already; --force overwrites it\n"
    assert Path("flowplug.toml").read_text(encoding="utf-8") == "kept = true"
    assert flow("import", "-", "--force", stdin=json.dumps(AT_SEGMENT)).exit_code == 0
    assert flow("check").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "line"),
    [
        (("none.json",), None, 2, "none.json: no such file"),
        (("-",), "{", 1, "<stdin>:1: not JSON: "),
        (("-",), "{}", 1, "<stdin>:1: none of the shapes that import knows"),
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
def test_import_refuses_in_one_line_and_writes_nothing(
    arguments: tuple[str, ...], stdin: str | None, status: int, line: str
) -> None:
    result = flow("import", *arguments, stdin=stdin)
    assert result.exit_code == status
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_schema_prints_the_schema() -> None:
    assert json.loads(flow("schema").stdout) == schema()


@pytest.mark.parametrize("arguments", [(), ("build",), ("check",), ("init",), ("import",), ("schema",)])
def test_help_has_an_example(arguments: tuple[str, ...]) -> None:
    result = flow(*arguments, "--help")
    assert result.exit_code == 0
    assert "Example:\n    flowplug " in result.stdout


def test_a_command_that_does_not_exist_is_a_wrong_use() -> None:
    assert flow("biuld").exit_code == 2


def test_the_checkout_s_own_project_is_what_init_writes() -> None:
    flow("init", "--key", "oneflow_sandbox_ZXhhbXBsZQ==")
    for name in ("flowplug.toml", "flowplug.schema.json"):
        assert (ROOT / name).read_text(encoding="utf-8") == Path(name).read_text(encoding="utf-8")


def test_python_m_flowplug_is_the_command() -> None:
    write_project("[settings]")
    run = subprocess.run([sys.executable, "-m", "flowplug", "check"], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == "flowplug.toml:1: settings: projectApiKey is missing [missing-field]\n"
