"""The JavaScript that tests put on a page: it is in files, and has what a test gives it as constants."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "scripts"


def script(name: str, **constants: object) -> str:
    """The script ``scripts/<name>.js`` in a block, after the constants that it needs, which are JSON values."""
    declared = "".join(f"const {constant} = {json.dumps(value)};\n" for constant, value in constants.items())
    return f"{{\n{declared}{_text(name)}}}\n"


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.js").read_text(encoding="utf-8")
