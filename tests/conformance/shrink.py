"""Making a failing case small enough to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.conformance.reference import Json


def shrink(value: Json, fails: Callable[[Json], bool], tries: int = 3000) -> Json:
    """The smallest value found that still ``fails``, by leaving out parts of it one after another."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in _smaller(value):
            tries -= 1
            if tries < 0:
                return value
            if fails(smaller):
                value, shrunk = smaller, True
                break
    return value


def _smaller(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
        yield from value.values()
        for key, item in value.items():
            for smaller in _smaller(item):
                yield {**value, key: smaller}
    elif isinstance(value, list):
        yield from (value[:start] + value[end:] for start, end in _spans(len(value)))
        yield from value
        for index, item in enumerate(value):
            for smaller in _smaller(item):
                yield [*value[:index], smaller, *value[index + 1 :]]
    elif isinstance(value, str):
        yield from (value[:start] + value[end:] for start, end in _spans(len(value)))
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1):
        yield 1
        yield 0


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """The parts of a sequence that may be left out: all of it, its halves, and so on to single items."""
    size = length
    while size:
        yield from ((start, start + size) for start in range(0, length - size + 1, size))
        size //= 2
