"""The wheel, in a new environment of every Python that is at hand: it builds the same plugin there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flowplug
from flowplug.formats import FORMATS
from tests.support.documents import ROOT
from tests.support.projects import EVERYWHERE, KEY

SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


def interpreters() -> list[str]:
    """This Python, and every other supported one that runs."""
    others = [
        f"python{version}" for version in SUPPORTED if sys.version_info[:2] != tuple(map(int, version.split(".")))
    ]
    return [sys.executable, *(path for name in others if (path := shutil.which(name)) and runs(path))]


def runs(python: str) -> bool:
    return subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0


def run(*command: str | Path, cwd: Path | None = None) -> None:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda path: Path(path).name)
def test_the_wheel_builds_the_same_plugin_elsewhere(interpreter: str, wheel: Path, tmp_path: Path) -> None:
    run(interpreter, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(python, "-m", "flowplug", "init", "--key", KEY, cwd=elsewhere)
    with (elsewhere / "flowplug.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[rudderstack]\ndestinationId = "{EVERYWHERE["rudderstack"]["destinationId"]}"\n')
    run(python, "-m", "flowplug", "build", *(f"--format={name}" for name in FORMATS), cwd=elsewhere)
    for asset in flowplug.build(flowplug.load(elsewhere / "flowplug.toml"), formats=FORMATS).assets:
        assert (elsewhere / "dist" / asset.name).read_bytes() == asset.content
