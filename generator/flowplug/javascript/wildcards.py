"""Wildcards: names in any letter case, in which ``*`` is any text, here and as a regular expression.

Both compare folded names: here :func:`fold` folds them, on the page templates/runtime/privacy.js.jinja.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import count

_DOT_ABOVE = "\u0307"
"""What is left of the Turkish capital of i when it is folded."""


def fold(name: str) -> str:
    """The name without its letter case: all that are one name in some case of their letters are one text.

    First lower, then upper: so ſ, ß and the Kelvin sign become S, SS and K.
    """
    return name.lower().upper().replace(_DOT_ABOVE, "")


def first_match(patterns: Iterable[str | None], name: str) -> str | None:
    """The first of some patterns that means a name; None stands for what is no text."""
    return next((pattern for pattern in patterns if pattern and _is_match(pattern, name)), None)


def _is_match(pattern: str, name: str) -> bool:
    first, *others = fold(pattern).split("*")
    name = fold(name)
    if not others:
        return name == first
    *middle, last = others
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    start, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


def expression(patterns: Iterable[str], escaped: Callable[[str], str]) -> str:
    """The body of a regular expression that finds something just in the folded names that a pattern means.

    ``escaped`` gives a text as it has to be written there. The time it takes grows with the length of a name, and
    not faster: each part between stars is looked for once, after the one before it. What a lookahead has found
    is final, and the reference to it goes past it.
    """
    alternatives: list[str] = []
    numbers = count(1)
    for pattern in patterns:
        first, *others = map(escaped, re.split(r"\*+", fold(pattern)))
        *middle, last = others or ("",)
        ending = f"[^]*{last}$" if last else f"[^]*?{middle.pop()}" if middle else "" if others else "$"
        steps = (rf"(?=([^]*?{part}))\{next(numbers)}" for part in middle)
        alternatives.append("".join((first, *steps, ending)))
    return f"^(?:{'|'.join(alternatives)})"
