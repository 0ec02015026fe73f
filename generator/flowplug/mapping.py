"""Mappings: which part of an event becomes which field of an SDK call."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from .javascript import Array, Binary, Expression, JsonValue, Literal, Member, Object

_SUPPORTED = ("@path",)
_PATH_SEPARATORS = re.compile(r"""\[(?=["'\d])|\.|(?<=["'\d])\]+""")


def problems(value: JsonValue, place: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a mapped value, as (place, message) pairs."""
    if isinstance(value, Mapping):
        directives = [key for key in value if key.startswith("@")]
        if directives:
            yield from _directive_problems(value, directives, place)
        else:
            for key, item in value.items():
                yield from problems(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from problems(item, f"{place}[{index}]")


def compile_value(value: JsonValue, payload: Expression) -> Expression:
    """The expression for a mapped value that has no :func:`problems`, read from ``payload``."""
    match value:
        case {"@path": str(path)}:
            return read_path(path, payload)
        case Mapping():
            return Object(tuple((key, compile_value(item, payload)) for key, item in value.items()))
        case list() | tuple():
            return Array(tuple(compile_value(item, payload) for item in value))
        case _:
            return Literal(value)


def read_path(path: str, payload: Expression) -> Expression:
    """The expression that reads a path such as ``$.properties.items[0]``.

    Stops at the first falsy value on the way and gives that, as ``get`` of @segment/actions-core does.
    """
    steps = [re.sub("['\"]", "", step) for step in _PATH_SEPARATORS.split(path.replace("$.", "", 1)) if step]
    expression = member = payload
    for step in steps:
        member = Member(member, step)
        # The payload itself is always there; what it holds may not be.
        expression = member if expression is payload else Binary("&&", expression, member)
    return expression


def _directive_problems(
    value: Mapping[str, JsonValue], directives: list[str], place: str
) -> Iterator[tuple[str, str]]:
    name = directives[0]
    if len(value) > 1:
        yield place, f'a directive stands alone, but beside "{name}" there is {_others(value, name)}'
    elif name not in _SUPPORTED:
        hint = "".join(f' (did you mean "{close}"?)' for close in difflib.get_close_matches(name, _SUPPORTED, 1))
        yield place, f'"{name}" is not a directive that flowplug compiles so far; only "@path" is{hint}'
    elif not isinstance(value[name], str):
        yield f"{place}.{name}", 'a path is a string, such as "$.properties.plan"'


def _others(value: Mapping[str, JsonValue], name: str) -> str:
    return ", ".join(f'"{key}"' for key in value if key != name)
