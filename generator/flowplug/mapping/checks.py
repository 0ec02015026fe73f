"""Checks of a directive's options: each finds what is wrong with one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from ..errors import Finding, joined, not_one_of, quote, suggest
from ..javascript import MAX_PARTS, JsonValue
from .paths import Parts
from .values import is_directive, kind_of, utf16_length

Check: TypeAlias = Callable[[JsonValue], Iterator[Finding]]


class Option(msgspec.Struct, frozen=True):
    """What one option of a directive may be."""

    check: Check
    required: bool = True


def options(known: Mapping[str, Option]) -> Check:
    """A table with these options and no others."""

    def check(value: JsonValue) -> Iterator[Finding]:
        if not isinstance(value, dict) or is_directive(value):
            yield wrong_type(f"a table of options ({', '.join(known)})", value)
            return
        for key, item in value.items():
            if option := known.get(key):
                yield from under(option.check(item), key)
            else:
                yield Finding((key,), "unknown-option", f"unknown option{suggest(key, known)}")
        for key, option in known.items():
            if option.required and key not in value:
                yield Finding((), "missing-option", f"{key} is missing")

    return check


def text(least: int, most: int) -> Check:
    """Text of so many UTF-16 units; ``most`` is Segment's limit."""

    def check(value: JsonValue) -> Iterator[Finding]:
        if not isinstance(value, str):
            yield wrong_type("text", value)
        elif utf16_length(value) < least:
            yield Finding((), "empty", "must not be empty")
        elif utf16_length(value) > most:
            yield Finding((), "too-long", f"longer than {most} characters, the most that Segment allows")

    return check


def filled_text(value: JsonValue) -> Iterator[Finding]:
    """Text that is not empty."""
    if not isinstance(value, str):
        yield wrong_type("text", value)
    elif not value:
        yield Finding((), "empty", "must not be empty")


def flag(value: JsonValue) -> Iterator[Finding]:
    """True or false."""
    if not isinstance(value, bool):
        yield wrong_type("true or false", value)


def one_of(*choices: str) -> Check:
    """One of these texts."""

    def check(value: JsonValue) -> Iterator[Finding]:
        if not isinstance(value, str):
            yield wrong_type(joined(map(quote, choices), "or"), value)
        elif value not in choices:
            yield Finding((), "unknown-value", not_one_of(choices, value))

    return check


def path_length(parts: Parts) -> Iterator[Finding]:
    """Whether a path has more parts than any event has levels."""
    if len(parts) > MAX_PARTS:
        yield Finding((), "too-long", f"a path can have {MAX_PARTS} parts at most, not {len(parts)}")


def wrong_type(expected: str, value: JsonValue) -> Finding:
    """The finding that a value is of another kind than expected."""
    return Finding((), "wrong-type", f"expected {expected}, got {kind_of(value)}")


def under(findings: Iterable[Finding], *keys: str | int) -> Iterator[Finding]:
    """The findings of an inner value, seen from further out."""
    for place, code, message in findings:
        yield Finding((*keys, *place), code, message)
