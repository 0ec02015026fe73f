"""The rule "lower never imports higher" is checked, and the check notices."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT


def layers(package: Path) -> str:
    """What import-linter says of a package named flowplug."""
    shutil.copy(ROOT / "pyproject.toml", package.parent)
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"],
        cwd=package.parent,
        env={"PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == ("BROKEN" in run.stdout), run.stdout + run.stderr
    return run.stdout


@pytest.fixture
def package(tmp_path: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "generator" / "flowplug", tmp_path / "flowplug", ignore=ignore))


def test_no_module_imports_a_higher_one(package: Path) -> None:
    assert "0 broken" in layers(package)


@pytest.mark.parametrize(("lower", "higher"), [("javascript", "plan"), ("bundle", "cli"), ("mapping", "fql")])
def test_an_import_of_a_higher_module_is_noticed(package: Path, lower: str, higher: str) -> None:
    module = next(path for path in (package / f"{lower}.py", package / lower / "__init__.py") if path.exists())
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\nfrom flowplug import {higher} as planted\n")
    assert f"flowplug.{lower} is not allowed to import flowplug.{higher}" in layers(package)


def test_a_module_that_no_layer_names_is_noticed(package: Path) -> None:
    (package / "stray.py").touch()
    assert "stray" in layers(package)
