"""The Makefile, continuous integration and the hooks agree with each other, and with what the documents say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.documents import DOCUMENTS, ROOT
from tools import branches

TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def make(*arguments: str) -> str:
    run = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_make_without_a_target_builds() -> None:
    assert make("--dry-run", "--always-make") == make("--dry-run", "--always-make", "build")


def test_help_lists_every_target() -> None:
    assert [line.split()[0] for line in make("help").splitlines()] == TARGETS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_target_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= set(TARGETS)


def test_the_hooks_run_what_lint_runs() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    hooks = [hook["entry"].replace(" --force-exclude", "") for hook in local["hooks"]]
    lint = [
        line.removesuffix(" .") for line in make("--dry-run", "lint").splitlines() if line.startswith(".venv/bin/")
    ]
    assert hooks == [line for line in lint if " -m pip " not in line]


def test_the_changelog_has_the_headings_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version) for version in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


def test_continuous_integration_runs_every_test_once() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^make .*$", script, re.MULTILINE)
    assert commands == ["make lint", "make cover", "make test ARGS=--ignore=tests/unit"]
    assert re.search(r"pytest .*tests/unit", make("--dry-run", "cover"))


def test_the_floor_counts_branches_only() -> None:
    def report(covered: int) -> str:
        return json.dumps({"totals": {"covered_branches": covered, "num_branches": 100, "percent_covered": 99.0}})

    assert branches.main(97, report(97)) is None
    assert branches.main(97, report(96)) == "error: less than 97 % of the branches are covered"
