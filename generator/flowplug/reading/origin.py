"""Origin: where a project was read from, and so where in the file a finding is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from ..errors import Finding, Level, Place, Problem, subscription_place
from ..short_forms import Moves, written_place


class Origin(msgspec.Struct, frozen=True):
    """The file a project was read from, its text, and the format of that; all empty for plain data."""

    file: str = ""
    text: str = ""
    ending: str = ""
    moves: tuple[Moves, ...] = ()
    """Places of the project's long form, and where they come from in the file."""

    def problems(self, findings: Iterable[Finding], data: object, level: Level = "error") -> tuple[Problem, ...]:
        """The findings as problems, each once, in the order of the file; ``data`` is what their places are in."""
        written = (finding._replace(place=written_place(finding.place, self.moves)) for finding in findings)
        found = list(dict.fromkeys(written))  # A placeholder may be wrong twice in one place, in the same way.
        is_json = self.ending == ".json"
        find_line = self._line_finder() if found and self.text else None
        problems = [
            Problem(
                message=message.replace("a table", "an object") if is_json and code == "wrong-type" else message,
                code=code,
                place=place,
                file=self.file,
                level=level,
                subscription=_subscription_name(place, data),
                line=find_line(place) if find_line else None,
            )
            for place, code, message in found
        ]
        return tuple(sorted(problems, key=lambda problem: problem.line or 0))

    def _line_finder(self) -> Callable[[Place], int]:
        from .lines import line_finder  # noqa: PLC0415 - imported late: most projects have no problem

        return line_finder(self.text, self.ending)


def _subscription_name(place: Place, data: object) -> str:
    """The name of the subscription that a place is in, or ``""``."""
    item: Any = data
    path = subscription_place(place)
    for part in path:
        item = item[part]
    name = item.get("name") if path and isinstance(item, Mapping) else None
    return name if isinstance(name, str) else ""
