"""The documents, and their code blocks, for the tests that run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tests.support.projects import KEY

ROOT = Path(__file__).parents[2]
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))

COMMON = (
    ("[settings]", f'[settings]\nprojectApiKey = "{KEY}"\n'),
    ("[[subscriptions]]", '[[subscriptions]]\nname = "Example"\npartnerAction = "trackEvent"\n'),
    ("subscribe = ", "subscribe = 'type = \"track\"'\n[subscriptions.mapping]\n"),
)
"""What examples of projects have in common; one may leave out the first ones of these."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, its language, its text."""

    place: str
    language: str
    text: str

    @property
    def file(self) -> str:
        """The name of the document."""
        return self.place.partition(":")[0]

    @property
    def name(self) -> str:
        """The name of the file that it is, which is a comment on its first line, or ``""``."""
        named = re.match(r"# (\S+\.toml)\n", self.text)
        return named[1] if named else ""

    @property
    def host(self) -> str:
        """The format for the host that it is about, where that is not Analytics.js."""
        words = {
            "rudderstack": ("rudderanalytics", "1flow.rudderstack"),
            "getanalytics": ("getanalytics", '"1flow":'),
        }
        found = [name for name, marks in words.items() if any(mark in self.text for mark in marks)]
        return found[0] if found else ""

    def __str__(self) -> str:
        return f"{self.place} {self.language}"

    @property
    def project(self) -> str:
        """An example of a project, with all that it has left out."""
        head = takewhile(lambda part: part[0] not in self.text, COMMON)
        return "".join(text for _, text in head) + self.text


def blocks() -> list[Block]:
    """All blocks, in order; those of problems.md, which are wrong on purpose, have a test of their own."""
    found = []
    for path in DOCUMENTS:
        if path.name == "problems.md":
            continue
        text = path.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(f"{path.name}:{line}", match.group(1), match.group(2)))
    return found


def blocks_in(*languages: str) -> list[Block]:
    """The blocks in these languages."""
    return [block for block in blocks() if block.language in languages]
