"""What can go wrong, as values: every error is lines that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

import msgspec


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
        return f"{head}{mark}{self.message}"


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
