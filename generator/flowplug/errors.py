"""What can go wrong, as values: every error is lines that a person can act on."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import msgspec

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: the keys of tables and the indices of lists, from the outside in."""

Code: TypeAlias = Literal["TODO"]
"""The stable codes of all problems; each has a row in docs/problems.md."""


class Finding(NamedTuple):
    """Something wrong, as the checks find it: ``place`` is seen from the value that was checked."""

    place: Place
    code: Code
    message: str


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with a project: where it is, and what would be right.

    ``file`` is the project's name as the user gave it, ``place`` the path of the value inside it
    (``subscriptions[2].mapping.event_name``), or ``""`` for the whole file.
    """

    message: str
    place: str = ""
    file: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        head = "".join(f"{part}: " for part in (self.file, self.place) if part)
        mark = "warning: " if self.level == "warning" else ""
        return printable(f"{head}{mark}{self.message}")


class FlowplugError(Exception):
    """Base of all errors that flowplug raises; ``exit_status`` is what the command ends with."""

    exit_status: ClassVar[int] = 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The error as problems, for ``--json``."""
        return (Problem(str(self)),)


class ProjectError(FlowplugError):
    """The project has errors: all of them, in the order of the file."""

    exit_status = 1

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        super().__init__("\n".join(map(str, self._problems)))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every error found, each with its place."""
        return self._problems


class UsageError(FlowplugError):
    """The command, or the function, was asked for something that cannot be (no such file, say)."""

    exit_status = 2


class OutsideError(FlowplugError):
    """The disk or the network refused."""

    exit_status = 3


def printable(text: str) -> str:
    """The text on one line that any terminal can show: what is not printable is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quote(text: str) -> str:
    """A user's text inside a message: in double quotes, on one line, not longer than 60 characters."""
    shown = text if len(text) <= 60 else text[:59] + "…"
    return json.dumps(shown, ensure_ascii=not shown.isprintable())


def suggest(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """`` (did you mean "…"?)`` where one of the known words is close, else nothing."""
    lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(word.lower(), lower, 1)
    return f" (did you mean {quote(lower[close[0]])}?)" if close else ""


def step(key: str) -> str:
    """A key as a step of a place: ``.key``, or in brackets where it is not a plain word."""
    return f".{key}" if re.fullmatch(r"[\w@$-]{1,60}", key) else f"[{quote(key)}]"
