"""What docs/install.md says is impossible is what the tests show to be so."""

from __future__ import annotations

import re

from tests.support.documents import ROOT
from tests.support.impossible import IMPOSSIBLE

INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_the_page_lists_each_impossible_cell_with_its_reason() -> None:
    section = INSTALL.partition("\n## What is impossible\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!situation|---)(.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert {(situation, way): why for situation, way, why in rows} == IMPOSSIBLE
