"""Finding the Pythons of a machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import pythons


def put_python(folder: Path, version: str, script: str) -> Path:
    """An interpreter made of a shell script."""
    path = folder / f"python{version}"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path / "bin"), prepend=None)
    monkeypatch.setenv("PYENV_ROOT", os.fspath(tmp_path / "pyenv"))


def test_a_python_on_the_path_is_found(tmp_path: Path) -> None:
    path = put_python(tmp_path / "bin", "3.12", "echo 3.12")
    assert pythons.find("3.12") == path


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    put_python(tmp_path / "bin", "3.12", "echo not activated >&2; exit 127")
    path = put_python(tmp_path / "pyenv" / "versions" / "3.12.1" / "bin", "3.12", "echo 3.12")
    assert pythons.find("3.12") == path


def test_a_version_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    put_python(tmp_path / "bin", "3.12", "echo 3.11")
    assert pythons.find("3.12") is None
    assert pythons.find("3.13") is None
