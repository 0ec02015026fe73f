"""What all tests of the command start from."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and nothing in the environment that changes what it does."""
    monkeypatch.chdir(tmp_path)
    for name in ("ONEFLOW_PROJECT_API_KEY", "GITHUB_WORKSPACE", "PYTHONUNBUFFERED", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
