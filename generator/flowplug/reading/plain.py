"""Plain data: what a project may consist of, and how much of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, time

from ..errors import Finding, Place
from ..javascript import MAX_SAFE_INTEGER

MAX_DEPTH = 50
FEW_VALUES = 1000
MAX_VALUES = 1_000_000


def plain_findings(data: object, most: int = MAX_VALUES) -> Iterator[Finding]:
    """What in the data is not JSON that JavaScript can hold.

    Of data that is too deep, or has more than ``most`` values, nothing but that is found.
    """
    findings: list[Finding] = []
    stack: list[tuple[object, Place]] = [(data, ())]
    count = 0
    while stack:
        value, place = stack.pop()
        count += 1
        if len(place) > MAX_DEPTH:
            yield Finding((), "too-deep", f"nested more than {MAX_DEPTH} deep")
            return
        if count > most:
            yield Finding((), "too-large", f"more than {most:,} values; repeat fewer with aliases (*)")
            return
        if isinstance(value, str):
            continue
        if isinstance(value, Mapping):
            for key, item in reversed(list(value.items())):
                if isinstance(key, str):
                    stack.append((item, (*place, key)))
                else:
                    message = f"a key must be a string, not {_shown(key)}; put it in quotes"
                    findings.append(Finding(place, "key-not-text", message))
        elif isinstance(value, list | tuple):
            stack.extend((value[index], (*place, index)) for index in reversed(range(len(value))))
        elif finding := _scalar_finding(value, place):
            findings.append(finding)
    yield from findings


def own_copy(value: object) -> object:
    """A copy of plain data that shares no table and no list with it."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: own_copy(item) for key, item in value.items()}
    return [own_copy(item) for item in value] if isinstance(value, list | tuple) else value


def _scalar_finding(value: object, place: Place) -> Finding | None:
    if value is None:
        return None
    if isinstance(value, date | time):
        return Finding(place, "not-json", "a date is not a JSON value; put it in quotes")
    if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        message = f"{_shown(value)} is past 2**53 - 1, so JavaScript cannot hold it exactly; put it in quotes"
        return Finding(place, "unsafe-integer", message)
    if isinstance(value, float) and not math.isfinite(value):
        return Finding(place, "not-json", f"{value} is not a JSON number")
    if isinstance(value, int | float):
        return None
    return Finding(place, "not-json", f"{type(value).__name__} is not a JSON value")


def _shown(value: object) -> str:
    """A key or a number inside a message; Python refuses to write out integers of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 200:
        return "this number"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = str(value) if isinstance(value, date | time) else repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
