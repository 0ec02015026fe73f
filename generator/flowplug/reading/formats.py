"""Formats: the bytes of a TOML, JSON or YAML file become plain data, with limits on what parsers choke on."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ..errors import Code, Finding, OutsideError, ProjectError, UsageError, printable, quote, suggest
from .hints import hint, offset_of
from .origin import Source, origin_in
from .plain import MAX_DEPTH

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STDIN = "<stdin>"
"""How messages name standard input."""

MAX_BYTES = 2**20
MAX_DIGITS = 100
"""The digits of a whole number that are looked at: all that is longer is equally past what JavaScript can hold."""


class FormatError(Exception):
    """The text is not in its format, or is past a limit; ``line`` counts from 1."""

    def __init__(self, message: str, code: Code = "syntax-error", line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


def read_project(source: str | os.PathLike[str], advice: str = "") -> tuple[object, Source]:
    """The plain data of a project file, and where it came from; ``advice`` is for those who have no such file.

    Raises UsageError where there is no such file or its format is not known, OutsideError where it cannot be read,
    ProjectError where it is not in its format.
    """
    file = STDIN if source == "-" else os.fspath(source)
    ending = ".json" if source == "-" else Path(source).suffix.lower()
    if ending not in _PARSERS:
        raise UsageError(f"{file}: not a project file; flowplug reads {', '.join(_PARSERS)}")
    return parse(file, read_bytes(source, advice), ending)


def read_bytes(source: str | os.PathLike[str], advice: str = "", most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, or of standard input for ``"-"``; ``advice`` is for those who have no such file.

    Raises UsageError where there is none, OutsideError where it cannot be read, ProjectError where it is larger
    than any project, which has at most ``most`` bytes.
    """
    name = STDIN if source == "-" else os.fspath(source)
    if source == "-" and sys.stdin is None:
        raise UsageError(f"{name}: is closed")
    try:
        with sys.stdin.buffer if source == "-" else open(source, "rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise UsageError(f"{name}: no such file{_neighbour(Path(name)) or advice}") from None
    except OSError as error:
        raise OutsideError(f"{name}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{printable(name)}: {error}") from None
    if len(content) > most:
        finding = Finding((), "too-large", f"larger than {most >> 20} MiB")
        raise ProjectError(origin_in(Source(name)).problems([finding], None))
    return content


def _neighbour(path: Path) -> str:
    """The project file in the same folder that was probably meant, as a question; ``""`` where there is none."""
    try:
        names = [item.name for item in path.parent.iterdir() if item.suffix.lower() in _PARSERS]
    except OSError:
        return ""
    return suggest(path.name, names)


def parse(file: str, content: bytes, ending: str) -> tuple[object, Source]:
    """Plain data from bytes in the format that ``ending`` names, and where it came from.

    Raises ProjectError where they are not in it.
    """
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise FormatError("the file is empty", "empty", 1)
        return _PARSERS[ending](text), Source(file, text, ending)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = FormatError(f"not UTF-8 text (byte {error.start + 1})", "not-text", line)
    except RecursionError:
        problem = _too_deep()
    except FormatError as error:
        problem = error
    found = origin_in(Source(file)).problems([Finding((), problem.code, str(problem))], None)
    raise ProjectError(msgspec.structs.replace(item, line=problem.line) for item in found)


def _too_deep(line: int | None = None) -> FormatError:
    return FormatError(f"nested more than {MAX_DEPTH} deep", "too-deep", line)


# JSON


def _parse_json(text: str) -> object:
    try:
        return json.loads(text, parse_int=_json_integer, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        message = hint(".json", error.msg, text, error.pos)
        raise FormatError(f"not JSON: {message} (at column {error.colno})", line=error.lineno) from None
    except _RepeatedKeyError:
        from .guards import repeated_json_key  # noqa: PLC0415 - imported late: most projects need no guard

        key, line = repeated_json_key(text)
        message = f"key {quote(key)} appears twice in one object"
        raise FormatError(message, "duplicate-key", line) from None


class _RepeatedKeyError(Exception):
    """An object of the JSON text has a key twice."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise _RepeatedKeyError
    return result


def _json_integer(digits: str) -> int:
    return int(digits[:MAX_DIGITS])


# TOML


def _parse_toml(text: str) -> object:
    # The parser takes time and memory by the square of the number of parts of a dotted key.
    if any(line.count(".") >= MAX_DEPTH for line in text.split("\n")):
        from .guards import line_of_long_toml_key  # noqa: PLC0415 - imported late: as few need it

        if line_of_key := line_of_long_toml_key(text, MAX_DEPTH):
            raise _too_deep(line_of_key)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text) from None
    except ValueError:
        # Python reads no decimal number of more than 4,300 digits (sys.set_int_max_str_digits).
        longest = max(re.finditer("[0-9_]+", text), key=lambda run: len(run[0]))
        line_of_digits = text.count("\n", 0, longest.start()) + 1
        message = "a number of thousands of digits, which JavaScript cannot hold exactly; put it in quotes"
        raise FormatError(message, "unsafe-integer", line_of_digits) from None


def _not_toml(error: str, text: str) -> FormatError:
    message, _, where = error.partition(" (at ")
    plain = text.replace("\r\n", "\n")
    numbers = re.findall("[0-9]+", where)
    line, column = map(int, numbers) if numbers else (plain.count("\n") + 1, 0)
    offset = offset_of(plain, line, column) if numbers else len(plain)
    code: Code = "duplicate-key" if message.startswith(_TWICE) else "syntax-error"
    place = f"at column {column}" if numbers else "at the end"
    return FormatError(f"not TOML: {hint('.toml', message, plain, offset)} ({place})", code, line)


_TWICE = ("Cannot declare", "Cannot overwrite", "Duplicate inline", "Cannot mutate")

# YAML


def _parse_yaml(text: str) -> object:
    import yaml  # noqa: PLC0415 - imported late: most projects are TOML

    from .yaml_loader import RepeatedKeyError, loader_of  # noqa: PLC0415 - imported late: only YAML needs it

    try:
        return yaml.load(text, loader_of(text))  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        if "quoted scalar" in what:  # where it begins, which tells more than the end of the file
            mark = error.context_mark or mark
        if mark:
            what = hint(".yaml", what, text, offset_of(text, mark.line + 1, mark.column + 1))
        message = f"not YAML: {what}" + (f" (at column {mark.column + 1})" if mark else "")
        code: Code = "duplicate-key" if isinstance(error, RepeatedKeyError) else "syntax-error"
        raise FormatError(message, code, line=mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise FormatError(f"not YAML: {error.reason}", line=line) from None


_PARSERS: Mapping[str, Callable[[str], object]] = {
    ".toml": _parse_toml,
    ".json": _parse_json,
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
}
