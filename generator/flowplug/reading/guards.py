"""Guards: what is looked for in a text that its parser refuses, or should not be given."""

from __future__ import annotations

import re

from .lines import TEXT, SecondKeyError, line_finder

_TOKEN = re.compile(rf"(?P<text>{TEXT}) | (?P<word>[A-Za-z0-9_.\t\ -]+) | \#[^\n]* | .", re.VERBOSE | re.DOTALL)


def line_of_long_toml_key(text: str, most: int) -> int | None:
    """The line of the first dotted key of more than ``most`` parts, if any; of a text that need not be TOML."""
    dots = 0
    for token in _TOKEN.finditer(text):
        if token["word"]:
            # Two dots in a row end a key, since they are a mistake.
            for index, part in enumerate(token["word"].split("..")):
                dots = part.count(".") + (0 if index else dots)
                if dots >= most:
                    return text.count("\n", 0, token.start()) + 1
        elif not token["text"]:
            dots = 0
    return None


def repeated_json_key(text: str) -> tuple[str, int]:
    """The first key that an object of a JSON text has twice, and the line where it is repeated.

    The text need not be JSON after that. Raises RecursionError where it is nested too deeply.
    """
    try:
        line_finder(text, ".json")
    except SecondKeyError as error:
        return error.key, text.count("\n", 0, error.offset) + 1
    raise AssertionError("the JSON parser found a key twice")
