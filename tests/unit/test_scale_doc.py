"""The numbers of docs/scale.md are those that its own formulas give."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.documents import ROOT, blocks_in

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")

FORMULAS: dict[str, Callable[..., float]] = {}
for block in blocks_in("python"):
    if block.file == "scale.md":
        exec(block.text, FORMULAS)


def rows(last: str) -> list[list[float]]:
    """The numbers of the table whose last column is called so."""
    table = re.search(rf"^\|.*\| {last} \|\n\|[-:| ]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, last
    return [
        [float(cell.replace(",", "")) for cell in line.strip("| \n").split("|")] for line in table[1].splitlines()
    ]


@pytest.mark.parametrize("row", rows("requests a second"), ids=str)
def test_requests_a_second(row: Any) -> None:
    *values, shown = row
    assert round(FORMULAS["requests_a_second"](*values)) == shown


@pytest.mark.parametrize("row", rows("largest sample"), ids=str)
def test_the_largest_sample(row: Any) -> None:
    *values, shown = row
    assert round(FORMULAS["largest_sample"](*values), 3) == shown
