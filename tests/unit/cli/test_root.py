"""The command as a whole: help, version, and what is loaded for them."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path

import pytest

import flowplug
from flowplug import bundle, errors, plan, project, reading, schema
from flowplug.cli import main
from flowplug.cli.root import COMMANDS
from tests.support.command import PRIVATE_TOML, flow, run_command, write_project

EVERY_COMMAND = [(), *((name,) for name in COMMANDS)]


@pytest.mark.parametrize("arguments", EVERY_COMMAND)
def test_help_has_an_example(arguments: tuple[str, ...]) -> None:
    result = flow(*arguments, "--help")
    assert result.exit_code == 0
    assert "Example:\n    flowplug " in result.stdout


@pytest.mark.parametrize("arguments", EVERY_COMMAND)
def test_help_fits_every_terminal_and_prints_in_every_encoding(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = flow(*arguments, "--help").stdout
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert "..." not in text.replace("ARGS]...", "")
    monkeypatch.setenv("COLUMNS", "1")
    assert flow(*arguments, "-h").exit_code == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_has_each_command_with_the_first_sentence_of_its_help(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = flow("--help").stdout.splitlines()
    width = max(map(len, COMMANDS))
    assert f"  {name:{width}}  {COMMANDS[name].summary}" in lines
    command = main.get_command(None, name)  # type: ignore[arg-type]  # it asks nothing of the context
    assert command is not None
    assert (command.name, (command.help or "").splitlines()[0]) == (name, COMMANDS[name].summary)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    command = main.get_command(None, name)  # type: ignore[arg-type]  # as above
    assert command is not None
    options = [item for item in command.params if item.param_type_name == "option"]
    assert [item.name for item in options if not getattr(item, "help", "")] == []


def test_no_command_at_all_shows_the_help() -> None:
    result = flow()
    assert result.exit_code == 2
    assert result.stderr == flow("--help").stdout


def test_a_command_that_does_not_exist_is_a_wrong_use() -> None:
    result = flow("biuld")
    assert result.exit_code == 2
    assert 'no such command "biuld" (did you mean "build"?)' in result.stderr


@pytest.mark.parametrize("command", ["build", "check", "import"])
def test_a_web_address_is_to_be_downloaded_first(command: str) -> None:
    result = flow(command, "https://cdn.example.com/settings?a&b")
    assert result.exit_code == 2
    assert "not web addresses; download it first (curl --output FILE 'https://cdn.example.com/settings?a&b')" in (
        result.stderr
    )


HOSTILE = "\n::error::\x1b[31m\x07\udcff"


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", f"https://x/{HOSTILE}"),
        ("build", "a", HOSTILE),
        ("build", f"--{HOSTILE}"),
        ("check", "--output", HOSTILE),
        ("init", f"{HOSTILE}.json"),
        ("build", f"{HOSTILE}.toml"),
        ("build", "--out", f"/proc/{HOSTILE}"),
        ("init", f"flowplug.toml/{HOSTILE}/x.toml"),
        (HOSTILE,),
        (f"--{HOSTILE}",),
    ],
)
def test_an_argument_is_echoed_on_one_line_that_any_terminal_can_show(arguments: tuple[str, ...]) -> None:
    write_project()
    result = flow(*arguments)
    assert result.exit_code in (2, 3)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert all(line.isprintable() and not line.startswith("::") for line in lines)
    assert "::error::" in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "--json", "--nonsense"), "--nonsense"),
        (("build", "--nonsense", "--json"), "--nonsense"),
        (("check", "--nonsense", "--output", "json"), "--nonsense"),
        (("check", "--nonsense", "--output=json"), "--nonsense"),
        (("build", "a", "b", "--json"), "Got unexpected extra argument (b)"),
        (("build", "--json", "--out"), "Option '--out' requires an argument."),
        (("check", "--json", ""), "the name of the file is empty"),
    ],
)
def test_a_wrong_use_as_json_is_data_too(arguments: tuple[str, ...], message: str) -> None:
    result = flow(*arguments)
    assert result.exit_code == 2
    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert not report["ok"]
    (problem,) = report["problems"]
    assert problem["code"] == "usage-error"
    assert message in problem["message"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_result_of_each_command_as_json_is_data(name: str) -> None:
    write_project(PRIVATE_TOML)
    subscription = {
        "name": "a",
        "enabled": True,
        "partnerAction": "trackEvent",
        "subscribe": 'type = "track"',
        "mapping": {},
    }
    Path("segment.json").write_text(json.dumps([subscription]), encoding="utf-8")
    arguments = {"init": ("new.toml",), "import": ("segment.json", "--out", "imported.toml")}.get(name, ())
    result = flow(name, *arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert (report["ok"], report["problems"]) == (True, [])
    assert len(report) > 2


def test_the_schema_as_json_is_inside_the_report() -> None:
    assert json.loads(flow("schema", "--json").stdout)["schema"] == schema.schema()


def test_an_empty_folder_is_a_wrong_use() -> None:
    write_project()
    for command in (("build", "--out", ""), ("import", "x.json", "--out", ""), ("init", "")):
        result = flow(*command)
        assert result.exit_code == 2
        assert "is empty" in result.stderr
    assert [path.name for path in Path().iterdir()] == ["flowplug.toml"]


def test_an_empty_name_is_a_wrong_use() -> None:
    result = flow("check", "")
    assert result.exit_code == 2
    assert "the name of the file is empty" in result.stderr


def test_the_version_is_that_of_the_package() -> None:
    assert flow("--version").stdout == f"flowplug, version {flowplug.__version__}\n"


PATH = f"import sys; sys.path[:] = {sys.path!r}; "
"""Where modules are, for a Python that reads nothing from its environment."""


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a process has loaded when the command ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(list(sys.modules)), file=sys.stderr))\n"
        "from flowplug.cli import main\n"
        "main(prog_name='flowplug')"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    return set(json.loads(done.stderr.splitlines()[-1]))


HEAVY = {"jinja2", "yaml", "msgspec", "rich", "brotli", "minify", "importlib.metadata"}


def test_the_package_alone_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import flowplug; print(sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PATH + code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['flowplug']\n"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_next_to_nothing(option: str) -> None:
    modules = loaded_by(option)
    assert "click" in modules
    assert modules & HEAVY == set()
    assert {name for name in modules if name.startswith("flowplug.") and ".cli" not in name} == set()


def test_a_command_loads_only_what_it_needs() -> None:
    write_project()
    assert loaded_by("check") & HEAVY == {"msgspec"}
    assert loaded_by("build") & {"yaml", "rich", "importlib.metadata", "flowplug.importer"} == set()
    assert loaded_by("init", "new.toml") & {"yaml", "flowplug.importer"} == set()
    Path("segment.json").write_text("[]", encoding="utf-8")
    assert "jinja2" not in loaded_by("import", "segment.json")


def test_python_m_flowplug_is_the_command() -> None:
    write_project("[settings]")
    run = run_command("check")
    assert run.returncode == 1
    assert run.stderr == "flowplug.toml:1: settings: projectApiKey is missing [missing-field]\n"


# The package, which loads its names when they are asked for


def test_the_package_s_names_are_those_of_its_modules() -> None:
    homes = {
        bundle: ["Asset", "Bundle", "build"],
        errors: ["FlowplugError", "OutsideError", "Problem", "ProjectError", "UsageError"],
        plan: ["check"],
        project: [
            *("Allowed", "Build", "Consent", "Defaults", "Mappings", "Plugin", "Privacy", "Project"),
            *("RudderStack", "Sdk", "Settings", "Subscription"),
        ],
        reading: ["load"],
    }
    for home, names in homes.items():
        assert [getattr(flowplug, name) for name in names] == [getattr(home, name) for name in names]
    assert sorted(name for names in homes.values() for name in names) == flowplug.__all__
    assert set(flowplug.__all__) <= set(dir(flowplug))
    with pytest.raises(AttributeError, match="module 'flowplug' has no attribute 'bogus'"):
        flowplug.bogus  # type: ignore[attr-defined]  # noqa: B018 - it is the access that fails


def test_the_package_s_docstring_is_true() -> None:
    assert doctest.testmod(flowplug) == (0, 4)
