"""The tables of options in docs/lifecycle.md: every option of the model, with its default."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flowplug.project import DEFAULT_REGIONS
from flowplug.schema import schema

ROOT = Path(__file__).parents[2]
REGIONS = ", ".join(f"`{region}`" for region in DEFAULT_REGIONS)


def documented(table: str) -> dict[str, Any]:
    """The options of a table of the project, with the default that the documentation gives each."""
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    _, rows = text.split(f"\n`[{table}]`:\n")
    return {
        option: default
        for names, default in re.findall(r"^\| (`.+?) \| (.+?) \|", rows.split("\n\n")[0], re.MULTILINE)
        for option in re.findall(r"`(\w+)`", names)
    }


@pytest.mark.parametrize("table", ["sdk", "plugin"])
def test_every_option_is_documented_with_its_default(table: str) -> None:
    options = schema()["$defs"][table.capitalize()]["properties"]
    written = documented(table)
    assert written.keys() == options.keys()
    defaults = {
        name: "none" if (value := option["default"]) is None else f"`{json.dumps(value)}`"
        for name, option in options.items()
    }
    assert written == {**defaults, **({"regions": REGIONS} if table == "sdk" else {})}
