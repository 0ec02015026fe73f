"""The Makefile, continuous integration and the hooks agree with each other, and with what the documents say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tools import branches

ROOT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def make(*arguments: str) -> str:
    run = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout


def test_make_without_a_target_builds() -> None:
    assert make("--dry-run", "--always-make") == make("--dry-run", "--always-make", "build")


def test_help_lists_every_target() -> None:
    assert [line.split()[0] for line in make("help").splitlines()] == TARGETS


def test_continuous_integration_runs_every_test_once() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^make .*$", script, re.MULTILINE)
    assert commands == ["make lint", "make cover", "make test ARGS=--ignore=tests/unit"]
    assert "pytest tests/unit" in make("--dry-run", "cover")


def test_the_floor_counts_branches_only() -> None:
    def report(covered: int) -> str:
        return json.dumps({"totals": {"covered_branches": covered, "num_branches": 100, "percent_covered": 99.0}})

    assert branches.main(97, report(97)) is None
    assert branches.main(97, report(96)) == "error: fewer than 97 % of the branches are taken by a test"
