"""Short forms: what a project may write in fewer words, and its long form, in Segment's words alone.

Plain data becomes plain data before anything is checked, so all that follows knows only the long form. Each step
notes what it has moved, so that a problem names the place that the author wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..errors import Finding, Place
from .defaults import with_defaults
from .expanding import Expander, Moves

__all__ = ["SHORT_TABLES", "LongForm", "Moves", "expanded", "long_form", "written_place"]


SHORT_TABLES = ("mappings", "defaults")
"""The tables of a project that say nothing any more in its long form."""


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
    long = expanded(data)
    joined, moved = with_defaults(long.data)
    return LongForm(joined, long.findings, (moved, *long.moves) if moved else long.moves)


def expanded(data: object) -> LongForm:
    """A project, or a part of one, without short forms; what subscriptions share is still apart."""
    if not isinstance(data, dict):
        return LongForm(data)
    mappings = data.get("mappings")
    expander = Expander(templates=isinstance(mappings, dict) and mappings.get("templates") is True)
    project = expander.project(data)
    return LongForm(project, tuple(expander.findings), (expander.moves,) if expander.moves else ())


def written_place(place: Place, moves: Sequence[Moves]) -> Place:
    """Where the author wrote what has this place in the long form."""
    for step in moves:
        for length in range(len(place), 0, -1):
            if place[:length] in step:
                place = (*step[place[:length]], *place[length:])
                break
    return place
