"""Paths: how the mapping kit splits them, and those inside templates."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ..errors import Place

Parts: TypeAlias = tuple[str, ...]
"""A path, split: the keys on the way from the payload to a value; none for the payload itself."""

_JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What JavaScript's ``trim`` takes off (ECMA-262, WhiteSpace and LineTerminator)."""


class Reading(NamedTuple):
    """A path that a mapping reads from the event.

    ``place`` is where the path is written, seen from the mapping. ``has_fallback`` says
    that the mapping gives another value where the event has none.
    """

    place: Place
    parts: Parts
    has_fallback: bool = False


@lru_cache(maxsize=4096)
def split_path(path: str) -> Parts:
    """The parts of a path, as ``get`` of @segment/actions-core splits it.

    It splits at dots, at ``[`` before a quote or a digit and at ``]`` after one, and drops quotes.
    """
    pieces = re.split(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""", path)
    return tuple(re.sub("['\"]", "", piece) for piece in pieces if piece)


def directive_parts(path: str) -> Parts:
    """The parts of a path in ``@path`` or ``@arrayPath``, which may have ``$.`` in front."""
    return split_path(path.replace("$.", "", 1))


@lru_cache(maxsize=4096)
def template_pieces(template: str) -> tuple[str | Parts, ...] | None:
    """The texts and paths of a template; None where one placeholder is inside the braces of another.

    Segment first fills in ``{{{path}}}``, then ``{{path}}`` in what has come of that.
    """
    pieces: list[str | Parts] = []
    outer = _split_at_braces(template, 3)
    for index, text in enumerate(outer):
        if index % 2:
            pieces.append(_placeholder(text))
            continue
        inner = _split_at_braces(text, 2)
        pieces.extend(_placeholder(item) if position % 2 else item for position, item in enumerate(inner))
        if index + 1 < len(outer) and "{{" in inner[-1].rpartition("}")[2]:
            return None
    return tuple(piece for piece in pieces if piece != "")


def checked_pieces(template: str) -> tuple[str | Parts, ...]:
    """The texts and paths of a template that has nothing wrong."""
    pieces = template_pieces(template)
    assert pieces is not None
    return pieces


def _split_at_braces(template: str, count: int) -> list[str]:
    """Texts and what is in so many braces, in turn, as ``/{{([^}]+)}}/g`` finds them, but in linear time."""
    found = [""]
    runs = re.split(r"(\}+)", template)
    for text, closing in zip(runs[::2], [*runs[1::2], ""], strict=True):
        before, _, inside = text.partition("{" * count)
        if inside and len(closing) >= count:
            found[-1] += before
            found += [inside, closing[count:]]
        else:
            found[-1] += text + closing
    return found


def _placeholder(path: str) -> Parts:
    return split_path(path.strip(_JS_SPACE))
