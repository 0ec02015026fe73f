"""Every code block of the documents does what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import flowplug
from flowplug import reading
from flowplug.cli import main
from tests.support.documents import ROOT, Block, blocks, blocks_in
from tests.support.projects import KEY

TESTED_HERE = {"toml", "sh", "python"}
TESTED_WITH_MAPPINGS = {"json"}
TESTED_IN_A_BROWSER = {"html", "js", "ts", "ini"}
NOT_CODE = {"text"}


def test_every_block_s_language_has_a_test() -> None:
    assert {block.language for block in blocks()} <= (
        TESTED_HERE | TESTED_WITH_MAPPINGS | TESTED_IN_A_BROWSER | NOT_CODE
    )


@pytest.mark.parametrize("block", blocks_in("toml"), ids=str)
def test_a_project_builds(block: Block, tmp_path: Path) -> None:
    write_named_files(block.file, tmp_path)
    path = tmp_path / (block.name or "flowplug.toml")
    path.write_text(block.project, encoding="utf-8")
    environ = {"ONEFLOW_PROJECT_API_KEY": KEY, "ONEFLOW_REGION": "us"}
    for env in (None, *reading.read(path).environments):
        flowplug.build(flowplug.load(path, env=env, environ=environ))


def write_named_files(document: str, folder: Path) -> None:
    """Write the project files of a document that begin with their names, which others may extend."""
    for block in blocks_in("toml"):
        if block.file == document and block.name:
            path = folder / block.name
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.project, encoding="utf-8")


def test_the_commands_run_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks_in("sh"):
        write_named_files(block.file, tmp_path)
        for line in block.text.splitlines():
            command, *arguments = shlex.split(line)
            if command == "make":  # this very test may be running below it: see that there is such a target
                subprocess.run(["make", "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True)
            elif command == "pip":
                (extra,) = re.findall(r"^flowplug\[(\w+)\]$", arguments[-1])
                assert f"\n{extra} = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
            elif command.startswith(".venv/bin/"):
                assert f'"{Path(command).name}>=' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
            else:
                assert command == "flowplug", f"{block}: {line}"
                result = CliRunner().invoke(main, arguments)
                assert result.exit_code == 0, f"{block}: {line}: {result.output}"


@pytest.mark.parametrize("block", blocks_in("python"), ids=str)
def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(main, ["init", "--key", KEY])
    exec(compile(block.text, block.place, "exec"), {})
