"""Origin: where each value of a project was written, and so where in which file a finding is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from ..errors import Finding, Level, Place, Problem, subscription_place
from ..short_forms import Moves, written_place


class Source(msgspec.Struct, frozen=True, dict=True):
    """A file that was read, its text, and the format of that; all empty for plain data."""

    file: str = ""
    text: str = ""
    ending: str = ""

    @cached_property
    def line_of(self) -> Callable[[Place], int]:
        """A function from a place in the file to its line."""
        from .lines import line_finder  # noqa: PLC0415 - imported late: most projects have no problem

        return line_finder(self.text, self.ending)


class Layer(msgspec.Struct, frozen=True):
    """A table of a file that is a project or a part of one: the whole file, or one of its overlays.

    ``place`` is the table's in the file. ``rows`` has the index of each of its subscriptions, by the index that it
    has in the merged project; None where that is the same.
    """

    source: Source
    data: object = None
    place: Place = ()
    rows: Mapping[int, int] | None = None

    def place_of(self, place: Place) -> Place | None:
        """The place in the file of the value at a place of the merged project; None if this layer lacks it."""
        if self.rows is not None and place[:1] == ("subscriptions",) and len(place) > 1:
            row = self.rows.get(place[1]) if isinstance(place[1], int) else None
            if row is None:
                return None
            place = ("subscriptions", row, *place[2:])
        return (*self.place, *place) if _has(self.data, place) else None


class Origin(msgspec.Struct, frozen=True):
    """The layers that a project was merged of, each over those before it; the default is plain data."""

    layers: tuple[Layer, ...] = (Layer(Source()),)
    moves: tuple[Moves, ...] = ()
    """Places in the project's long form, and where they come from in what the layers make."""

    def problems(self, findings: Iterable[Finding], data: object, level: Level = "error") -> tuple[Problem, ...]:
        """The findings as problems, each once, in the order of the files; ``data`` is what their places are in."""
        # A placeholder may be wrong twice in one place, in the same way.
        written = (finding._replace(place=written_place(finding.place, self.moves)) for finding in findings)
        return self.ordered(self._problem(finding, data, level) for finding in dict.fromkeys(written))

    def ordered(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Problems in the order of the files, each once: the project's own file is before the ones it extends."""
        files = list(dict.fromkeys(layer.source.file for layer in reversed(self.layers)))
        position = {file: index for index, file in enumerate(files)}
        return tuple(sorted(dict.fromkeys(problems), key=lambda item: (position[item.file], item.line or 0)))

    def _problem(self, finding: Finding, data: object, level: Level) -> Problem:
        source, place = self._find(finding.place)
        message = finding.message
        if source.ending == ".json" and finding.code == "wrong-type":
            message = message.replace("a table", "an object")
        return Problem(
            message=message,
            code=finding.code,
            place=place,
            file=source.file,
            level=level,
            subscription=_subscription_name(finding.place, data),
            line=source.line_of(place) if source.text else None,
        )

    def _find(self, place: Place) -> tuple[Source, Place]:
        """The file that set the value at a place of the project, and the place there.

        The last layer that has a value set it, since a layer replaces whatever it does not merge. A value that no
        layer has is looked for where the table that lacks it is; if that is the project, in the project's file.
        """
        for end in range(len(place), 0, -1):
            for layer in reversed(self.layers):
                if (found := layer.place_of(place[:end])) is not None:
                    return layer.source, found + place[end:]
        return next(layer.source for layer in reversed(self.layers) if not layer.place), place


def origin_in(source: Source, data: object = None) -> Origin:
    """The origin of what is one file."""
    return Origin((Layer(source, data),))


def _has(data: Any, place: Place) -> bool:
    for part in place:
        if isinstance(data, Mapping):
            if part not in data:
                return False
        elif not (isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)):
            return False
        data = data[part]
    return True


def _subscription_name(place: Place, data: object) -> str:
    """The name of the subscription that a place is in, or ``""``."""
    item: Any = data
    path = subscription_place(place)
    for part in path:
        item = item[part]
    name = item.get("name") if path and isinstance(item, Mapping) else None
    return name if isinstance(name, str) else ""
