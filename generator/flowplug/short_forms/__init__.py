"""Short forms: what a project may write in fewer words, and its long form, in Segment's words alone.

Plain data becomes plain data before anything is checked, so all that follows knows only the long form. Each step
notes what it has moved, so that a problem names the place that the author wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..errors import Finding, Place
from .defaults import with_defaults
from .expanding import Expander, Moves

__all__ = ["LongForm", "Moves", "long_form", "without_short_tables", "written_place"]


class LongForm(msgspec.Struct, frozen=True):
    """A project as plain data in Segment's words; its tables ``defaults`` and ``mappings`` have done their work.

    ``findings`` are what is wrong with short forms, at the places that were written. ``moves`` lead from a place
    here to the one that was written.
    """

    data: object
    findings: tuple[Finding, ...] = ()
    moves: tuple[Moves, ...] = ()


def long_form(data: object) -> LongForm:
    """The long form of a project. What is not a project is left as it is, to those that check it."""
    if not isinstance(data, Mapping):
        return LongForm(data)
    mappings = data.get("mappings")
    expander = Expander(templates=isinstance(mappings, Mapping) and mappings.get("templates") is True)
    expanded = expander.project(data)
    joined, moved = with_defaults(expanded)
    moves = tuple(step for step in (moved, expander.moves) if step)
    return LongForm(joined, tuple(expander.findings), moves)


def without_short_tables(data: object) -> dict[str, Any]:
    """A project in its long form, without the tables that mean nothing there."""
    table = data if isinstance(data, dict) else {}
    return {key: value for key, value in table.items() if key not in ("defaults", "mappings")}


def written_place(place: Place, moves: Sequence[Moves]) -> Place:
    """Where the author wrote what has this place in the long form."""
    for step in moves:
        for length in range(len(place), 0, -1):
            if place[:length] in step:
                place = (*step[place[:length]], *place[length:])
                break
    return place
