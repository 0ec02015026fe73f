"""Events for a preview: from a file of JSON or JSON Lines, in flat memory, or from what the command was given."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec

from ..errors import quote, suggest
from ..events import EVENT_TYPES

MOST_IN_LINE = 4 * 1024 * 1024
MOST_IN_LIST = 32 * 1024 * 1024
"""Bytes: Segment takes 32 kB in an event, and lists are held in memory."""

_TOO_LONG = f"longer than {MOST_IN_LINE >> 20} MB"
_CHUNK = 128 * 1024
_TYPES = (*EVENT_TYPES, "screen")
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line that should be an event: its number from 1, its text without the end, or why it has none."""

    number: int
    text: str
    error: str = ""


def batches(file: BinaryIO) -> Iterator[list[Line]]:
    """The events of a file, as many at a time as are there to be read.

    It has one event a line, or is one JSON document: a list of events, or one event.
    """
    start = _beginning(file)
    if start.lstrip()[:1] == b"[" or _goes_on(start):
        document = start + file.read(MOST_IN_LIST + 1 - len(start))
        if len(document) > MOST_IN_LIST:
            error = f"a JSON document may have {MOST_IN_LIST >> 20} MB; write one event a line, without a limit"
            yield [Line(1, "", error)]
            return
        events = _events_of(document)
        if events is not None:
            yield from _in_batches(events)
            return
        start, file = document, io.BytesIO()
    yield from _lines(start, file)


def _beginning(file: BinaryIO) -> bytes:
    """Up to the end of the first line that has something on it."""
    start = b""
    while not start.strip() and (line := file.readline(MOST_IN_LINE)):
        start = start.removeprefix(_MARK) + line
    return start.removeprefix(_MARK)


def _goes_on(start: bytes) -> bool:
    """Whether the first line is the beginning of an event that is written on several."""
    return start.strip() in (b"{",) or (start.lstrip()[:1] == b"{" and start.rstrip()[-1:] in (b",", b"{", b"["))


def _events_of(document: bytes) -> list[Line] | None:
    """The events of a JSON document, and what ends it too early; None where it is one event that is broken."""
    try:
        text = document.decode()
    except UnicodeDecodeError as error:
        number = document.count(b"\n", 0, error.start) + 1
        return [Line(number, "", f"not UTF-8: the byte {document[error.start]:#04x}")]
    if not text.lstrip().startswith("["):
        at = _after_space(text, 0)
        event = _event_at(text, at, text.count("\n", 0, at) + 1)
        return [event[0]] if event and not text[event[1] :].strip() else None
    events: list[Line] = []
    number, end = 1, 0
    at = _after_space(text, text.index("[") + 1)
    while text[at : at + 1] != "]" or events:
        number += text.count("\n", end, at)
        found = _event_at(text, at, number)
        if found is None:
            return [*events, Line(number, "", "from here on, this list of events is not JSON")]
        events.append(found[0])
        number += text.count("\n", at, found[1])
        end = _after_space(text, found[1])
        number += text.count("\n", found[1], end)
        if text[end : end + 1] == "]":
            break
        at = _after_space(text, end + 1) if text[end : end + 1] == "," else len(text)
    return events


def _event_at(text: str, at: int, number: int) -> tuple[Line, int] | None:
    """The JSON value at an offset, as an event on one line, and the offset of its end; None where it is none."""
    try:
        _, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    # In JSON, line ends are outside of texts.
    return Line(number, re.sub(r"[\r\n]", " ", text[at:end])), end


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _in_batches(events: list[Line]) -> Iterator[list[Line]]:
    batch, size = [], 0
    for event in events:
        batch.append(event)
        size += len(event.text)
        if size > _CHUNK:
            yield batch
            batch, size = [], 0
    yield batch


def _lines(start: bytes, file: BinaryIO) -> Iterator[list[Line]]:
    number, rest, too_long = 0, b"", False
    # As much as is there: whoever writes the events may wait for the answers.
    read = getattr(file, "read1", file.read)
    chunk = start
    while True:
        *lines, rest = (rest + chunk).split(b"\n") if chunk else (rest, b"")
        batch = []
        for line in lines:
            number += 1
            if too_long or len(line) > MOST_IN_LINE:
                batch.append(Line(number, "", _TOO_LONG))
            elif line.strip():
                batch.append(_line(number, line))
            too_long = False
        if len(rest) > MOST_IN_LINE:
            rest, too_long = b"", True
        yield batch
        if not chunk:
            return
        chunk = read(_CHUNK)


def _line(number: int, line: bytes) -> Line:
    try:
        return Line(number, line.decode())
    except UnicodeDecodeError as error:
        return Line(number, "", f"not UTF-8: the byte {line[error.start]:#04x} at column {error.start + 1}")


def complaint(text: str) -> str:
    """Why a text is not an event."""
    try:
        event = msgspec.json.decode(text)
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"not JSON: {str(error).removeprefix('JSON is malformed: ').removeprefix('Input data was ')}"
    if not isinstance(event, dict):
        return f"an event is an object, got {quote(text)}"
    event_type = event.get("type")
    known = ", ".join(map(quote, _TYPES))
    if not isinstance(event_type, str):
        return f'an event needs a "type": one of {known}'
    if event_type not in _TYPES:
        return f"unknown type {quote(event_type)}; expected one of {known}{suggest(event_type, _TYPES)}"
    return "nested too deeply, or too large"


def event_of(event_type: str, subject: str, **fields: Any) -> Line:
    """An event as Analytics.js makes it of a call, from what the command was given; None is left out."""
    key = {"track": "event", "page": "name", "identify": "userId", "group": "groupId"}[event_type]
    given = {name: value for name, value in fields.items() if value is not None}
    event = {"type": event_type, key: subject, **given}
    if event_type == "page":
        event["properties"] = {"name": subject, **event.get("properties", {})}
    elif event_type == "track":
        event.setdefault("properties", {})
    else:
        event.setdefault("traits", {})
    return Line(1, json.dumps(event))
