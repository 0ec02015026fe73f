"""docs/problems.md explains every code, and every example there gives its code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

import flowplug
from flowplug.cli import main
from flowplug.errors import Code
from flowplug.plan import notes
from flowplug.reading import parse
from tests.support.documents import ROOT
from tests.support.projects import KEY

PAGE = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")

WITHOUT_EXAMPLE = {"usage-error", "outside-error", "not-text", "too-large", "trigger-too-long"}
"""What no text of a few lines can show."""


@dataclass(frozen=True)
class Example:
    """A code block below the heading of a code."""

    section: str
    code: str
    language: str
    text: str
    plan: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.language}"


def explained() -> list[str]:
    return re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)


def examples() -> Iterator[Example]:
    for section in PAGE.split("\n## ")[1:]:
        for entry in section.split("\n### ")[1:]:
            named = section.splitlines()[0], entry.splitlines()[0].strip("`")
            found = re.findall(r"^```(\w+)\n(.*?)^```$", entry, re.MULTILINE | re.DOTALL)
            if named[0] == "Tracking plan":
                (_, plan), (language, text) = found
                yield Example(*named, language, text, plan)
            else:
                yield from (Example(*named, language, text) for language, text in found)


def test_every_code_is_explained_once_and_nothing_else() -> None:
    assert sorted(explained()) == sorted(get_args(Code))


def test_every_code_has_an_example_but_those_that_no_text_can_show() -> None:
    assert {example.code for example in examples()} == set(explained()) - WITHOUT_EXAMPLE


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_an_example_gives_its_code(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if example.section == "Import":
        codes = codes_of_import(example)
    else:
        codes = codes_beside_plan(example) if example.plan else codes_of_project(example)
    assert example.code in codes


def codes_of_import(example: Example) -> set[str]:
    Path("segment.json").write_text(example.text, encoding="utf-8")
    result = CliRunner().invoke(main, ["import", "segment.json", "--json"])
    return {problem["code"] for problem in json.loads(result.stdout)["problems"]}


def codes_beside_plan(example: Example) -> set[str]:
    data, _ = parse("example", example.text.encode(), f".{example.language}")
    Path("plan.json").write_text(example.plan, encoding="utf-8")
    project = json.dumps(completed(data, example.code))
    result = CliRunner().invoke(main, ["check", "-", "--plan", "plan.json", "--json"], input=project)
    return {problem["code"] for problem in json.loads(result.stdout)["problems"]}


def codes_of_project(example: Example) -> set[str]:
    try:
        data, _ = parse("example", example.text.encode(), f".{example.language}")
        source: Any = completed(data, example.code)
        if "extends" in source:
            source = Path("flowplug.toml")
            source.write_text(example.text, encoding="utf-8")
        project = flowplug.load(source, env="production" if example.code == "unknown-env" else None, environ={})
    except flowplug.ProjectError as error:
        return {problem.code for problem in error.problems}
    return {problem.code for problem in (*flowplug.check(project), *notes(project))}


def completed(data: Any, code: str) -> Any:
    """A project with what its example leaves out, except where that is the point."""
    if code == "missing-field":
        return data
    usual = {"partnerAction": "trackEvent", "subscribe": 'type = "track"'}
    project = {"settings": {"projectApiKey": KEY}, **data}
    if "subscriptions" in data:
        named = enumerate(data["subscriptions"])
        project["subscriptions"] = [{"name": f"example {index}", **usual, **item} for index, item in named]
    return project
