"""Results: what a command has to say, and how that is printed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from ..errors import Problem, printable
from . import streams
from .options import Output


class Result(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a command has to say, all of it: its fields as JSON, or the text that is made of its fields."""

    problems: tuple[Problem, ...] = ()

    @property
    def exit_status(self) -> int:
        """0, or 1 where one of the problems is an error."""
        return int(any(problem.level == "error" for problem in self.problems))

    def text(self) -> Iterable[str]:
        """The lines for a reader, without the problems."""
        return ()


def show(result: Result, output: Output) -> None:
    """Print a result. Raises OSError where standard output refuses."""
    if output == "json":
        # In ASCII, since a user's text may hold what no encoding has, half a surrogate pair for one.
        streams.write(json.dumps(_data(result), indent=2) + "\n")
    else:
        _show_text(result, output)
    streams.flush()


def _show_text(result: Result, output: Output) -> None:
    for problem in result.problems:
        if output == "github":
            streams.write(_annotation(problem) + "\n")
        else:
            streams.complain(str(problem) if problem.file or problem.place else printable(problem.message))
    for line in result.text():
        streams.write((_no_command(line) if output == "github" else line) + "\n")


def as_errors(warnings: Iterable[Problem]) -> tuple[Problem, ...]:
    """Warnings as errors, for ``--strict``; notes stay notes."""
    remark = " (a warning that --strict makes an error)"
    return tuple(
        warning
        if warning.level == "note"
        else msgspec.structs.replace(warning, level="error", message=warning.message + remark)
        for warning in warnings
    )


def _data(result: Result) -> dict[str, Any]:
    problems = [{**msgspec.to_builtins(problem), "where": problem.where} for problem in result.problems]
    return {"ok": not result.exit_status, **msgspec.to_builtins(result), "problems": problems}


def _annotation(problem: Problem) -> str:
    """A workflow command of GitHub Actions, which shows the problem beside its line.

    How values are escaped: ``packages/core/src/command.ts`` of actions/toolkit.
    """
    properties = {
        "file": "" if problem.file.startswith("<") else _in_repository(problem.file),
        "line": problem.line,
        "title": problem.code,
    }
    shown = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items() if value)
    where = f"{problem.where}: " if problem.where else ""
    level = "notice" if problem.level == "note" else problem.level
    return f"::{level} {shown}::{_escaped(printable(f'{where}{problem.message}'))}"


def _no_command(line: str) -> str:
    """A line that the runner of GitHub Actions takes for none of its commands, ``::…`` at the start or ``##[…``.

    It reads both from whatever a step prints (``ActionCommand.cs`` of actions/runner).
    """
    return re.sub(r"^(\s*)::", r"\1\\x3a:", line).replace("##[", r"##\x5b")


def _in_repository(file: str) -> str:
    """A file's path from the top of the repository, where the workflow runs in a folder below that."""
    top = os.environ.get("GITHUB_WORKSPACE")
    return os.path.relpath(file, top) if file and top else file


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:  # % first, since the escapes begin with it
        text = text.replace(character, f"%{ord(character):02X}")
    return text
