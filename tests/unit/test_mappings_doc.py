"""Every example of docs/mappings.md does what it says: the project, events, the SDK's calls, the warnings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import flowplug
from flowplug.errors import place_text
from flowplug.mapping import SHORT_FORMS
from flowplug.mapping.directives import DIRECTIVES
from tests.support.documents import Block, blocks
from tests.support.page import Page

BLOCKS = [block for block in blocks() if block.place.startswith("mappings.md:")]


@dataclass(frozen=True)
class Example:
    """Three blocks, or four where the build warns."""

    project: Block
    events: Block
    calls: Block
    warnings: str

    def __str__(self) -> str:
        return self.project.place


def examples() -> list[Example]:
    starts = [index for index, block in enumerate(BLOCKS) if block.language == "toml"]
    found = []
    for start, end in zip(starts, [*starts[1:], len(BLOCKS)], strict=True):
        project, events, calls, *rest = BLOCKS[start:end]
        found.append(Example(project, events, calls, "".join(block.text for block in rest)))
    return found


def test_every_block_belongs_to_an_example() -> None:
    languages = "".join(f"{block.language} " for block in BLOCKS)
    assert re.fullmatch("(toml json json (text )?)+", languages)


@pytest.mark.parametrize("example", examples(), ids=str)
def test_an_example_does_what_it_says(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(example.project.project, encoding="utf-8")
    bundle = flowplug.build(flowplug.load(path))
    events = json.loads(example.events.text)
    page = Page(bundle["1flow.js"].content)
    for event in events if isinstance(events, list) else [events]:
        page.send(event)
        assert page.context.eval("globalThis.error") is None
    assert page.calls == json.loads(example.calls.text)
    warnings = (f"{place_text(item.place)}: warning: {item.message}\n" for item in bundle.warnings)
    assert "".join(warnings) == example.warnings


FIELDS = ("type =", "event =", "name =", "userId !=", "properties.", "traits.", "context.", "\\")
OPERATORS = (' = "', ' != "', " != 7.5", " < ", " <= ", " > ", " >= ", " and ", " or ", " (")
WORDS = ("= true", "= false", "= null", "!= null", "!= true")
FUNCTIONS = ("'contains(event", "!contains(", " match(", "!match(", '*")', '"*')
KEYS = (*DIRECTIVES, *SHORT_FORMS, "[defaults.", "templates = true", "_metadata", "__segment_internal_directive")


@pytest.mark.parametrize("feature", [*FIELDS, *OPERATORS, *WORDS, *FUNCTIONS, *KEYS])
def test_every_feature_has_an_example(feature: str) -> None:
    assert any(feature in block.text for block in BLOCKS if block.language == "toml")
