"""What can go wrong, as values: every error is lines that a person can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import msgspec

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: the keys of tables and the indices of lists, from the outside in."""

Code: TypeAlias = Literal[
    # the command
    "usage-error",
    "outside-error",
    # reading the file
    "not-text",
    "syntax-error",
    "too-large",
    "too-deep",
    "duplicate-key",
    "key-not-text",
    "not-json",
    "unsafe-integer",
    # the project file
    "unknown-key",
    "missing-field",
    "wrong-type",
    "unknown-value",
    "out-of-range",
    "empty",
    "missing-variable",
    "invalid-api-key",
    "unknown-region",
    "invalid-address",
    "invalid-integrity",
    "invalid-path",
    "missing-crossorigin",
    "invalid-global",
    "conflicting-options",
    "duplicate-name",
    "duplicate-category",
    "duplicate-entry",
    "not-a-key",
    "invalid-destination-id",
    # environments and bases
    "unknown-env",
    "invalid-extends",
    "extends-cycle",
    # triggers
    "trigger-too-long",
    "trigger-syntax",
    "trigger-operator",
    "trigger-quotes",
    "trigger-space",
    "trigger-negation",
    "trigger-parentheses",
    "trigger-field",
    "trigger-value",
    "trigger-single-quotes",
    "trigger-unquoted-value",
    "trigger-star",
    "trigger-mixed-and-or",
    "trigger-cut-parentheses",
    "unknown-event-type",
    "unmatched-event-type",
    "needless-alternative",
    "matches-other-types",
    # advice
    "nothing-enabled",
    "never-matches",
    "sends-nothing",
    "sent-twice",
    "absent-on-host",
    "denied-path",
    "plain-id",
    "sends-everything",
    # mapping
    "unknown-directive",
    "unsupported-directive",
    "mixed-directive",
    "root-directive",
    "unknown-field",
    "unknown-option",
    "missing-option",
    "too-long",
    "template-syntax",
    "forbidden-key",
    "unknown-event-field",
    "absent-event-field",
    "missing-directive",
    "unfilled-template",
    "not-an-object",
    "path-of-many",
    "unreachable-key",
    "unreachable-value",
    # tracking plan
    "unknown-event",
    "unknown-property",
    "impossible-type",
    "broken-reference",
    # import
    "unknown-shape",
    "several-destinations",
    "incomplete-list",
    "nothing-to-import",
    "left-out",
    "filled-in",
    "renamed",
    "not-in-toml",
]
"""The stable codes of all problems; each has a row in docs/problems.md."""

Level: TypeAlias = Literal["error", "warning", "note"]
"""A note is for whoever asks for it with ``flowplug check``: no build shows it, and no ``--strict`` minds it."""


class Finding(NamedTuple):
    """Something wrong, as the checks find it: ``place`` is seen from the value that was checked."""

    place: Place
    code: Code
    message: str


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with a project: where it is, and what would be right.

    ``file`` is the file's name as the user gave it, ``line`` the line in it (from 1), ``place`` the way to the
    value from the top of the file, and ``subscription`` the name of the subscription that the place is in. What
    is not known is ``""``, None or ``()``.
    """

    message: str
    code: Code
    place: Place = ()
    file: str = ""
    level: Level = "error"
    subscription: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The place as text: ``subscriptions[2] "Orders".mapping.event_name``."""
        if not self.subscription:
            return place_text(self.place)
        end = len(subscription_place(self.place))
        return f"{place_text(self.place[:end])} {quote(self.subscription)}{_steps(self.place[end:])}"

    def __str__(self) -> str:
        file = f"{self.file}:{self.line}" if self.file and self.line else self.file
        head = "".join(f"{part}: " for part in (file, self.where) if part)
        mark = "" if self.level == "error" else f"{self.level}: "
        return printable(f"{head}{mark}{self.message} [{self.code}]")


class FlowplugError(Exception):
    """Base of all errors that flowplug raises; ``exit_status`` is what the command ends with."""

    exit_status: ClassVar[int] = 1
    code: ClassVar[Code]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The error as problems, for ``--json``."""
        return (Problem(str(self), self.code),)


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
    code = "usage-error"


class OutsideError(FlowplugError):
    """The disk refused: a file or a folder could not be read or written."""

    exit_status = 3
    code = "outside-error"


def printable(text: str) -> str:
    """The text on one line that any terminal can show: what is not printable is escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quote(text: str) -> str:
    """A user's text inside a message: in double quotes, on one line, not longer than 60 characters."""
    shown = text if len(text) <= 60 else text[:59] + "…"
    return json.dumps(shown, ensure_ascii=not shown.isprintable())


def suggest(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """`` (did you mean "…"?)`` where one of the known words is close, else nothing."""
    import difflib  # noqa: PLC0415 - imported late: only a mistake needs it

    lower = {item.lower(): item for item in known}
    close = difflib.get_close_matches(word.lower(), lower, 1)
    return f" (did you mean {quote(lower[close[0]])}?)" if close else ""


def joined(words: Iterable[str], conjunction: str) -> str:
    """Words as a sentence lists them: ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def not_one_of(choices: Sequence[str], got: str) -> str:
    """The message for a text that is not one of the few that are possible."""
    expected = joined(map(quote, choices), "or")
    return f"expected {expected}, got {quote(got)}{suggest(got, choices)}"


def subscription_place(place: Place) -> Place:
    """The place of the subscription that a place is in, in a project or in Segment's data; ``()`` if in none."""
    if place and isinstance(place[0], int):
        return place[:1]
    for end, (key, index) in enumerate(pairwise(place), 2):
        if key == "subscriptions" and isinstance(index, int):
            return place[:end]
    return ()


def place_text(place: Place) -> str:
    """A place as text: ``subscriptions[2].mapping["a key"]``."""
    return _steps(place).removeprefix(".")


def _steps(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else step(part) for part in place)


def step(key: str) -> str:
    """A key inside a place: ``.key``, or in brackets where it is not a plain word."""
    return f".{key}" if re.fullmatch(r"[\w@$-]{1,60}", key) else f"[{quote(key)}]"
