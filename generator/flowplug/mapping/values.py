"""Mapped values: JSON, as JavaScript and the mapping kit look at it.

Reading has made dicts and lists of all objects and arrays, so that no other type has to be looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeGuard

from ..errors import quote
from ..javascript import JsonValue

JsonObject: TypeAlias = Mapping[str, JsonValue]

ROOT_DIRECTIVE = "__segment_internal_directive"
"""A key beside the fields: its directive makes the payload that the fields are then read from."""

SHORT_FORMS = ("@pick", "@omit", "@first")
"""What a project may write besides directives; actions-core 3.170 has no directive of these names."""


def is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    """Whether a value is a list."""
    return isinstance(value, list)


def is_directive(value: JsonValue) -> TypeGuard[JsonObject]:
    """Whether the mapping kit takes a value for a directive: an object with a key that starts with ``@``."""
    if isinstance(value, dict):
        for key in value:
            if key[:1] == "@":
                return True
    return False


def directive_name(directive: JsonObject) -> str:
    """The first key that starts with ``@``; it is nearly always the only one."""
    first = next(iter(directive))
    return first if first[:1] == "@" else next(key for key in directive if key[:1] == "@")


def as_object(value: JsonValue) -> JsonObject:
    """A value that the checks have found to be an object."""
    assert isinstance(value, dict)
    return value


def as_list(value: JsonValue) -> Sequence[JsonValue]:
    """A value that the checks have found to be a list."""
    assert is_list(value)
    return value


def is_truthy(value: JsonValue) -> bool:
    """Whether JavaScript takes a JSON value for true; every list and object is, empty ones too."""
    return isinstance(value, (dict, list)) or bool(value)


def utf16_length(text: str) -> int:
    """What JavaScript counts as a text's length."""
    return len(text) + sum(character > "\uffff" for character in text)


def kind_of(value: JsonValue) -> str:
    """What a value is, for messages."""
    if isinstance(value, dict):
        return "a directive" if is_directive(value) else "a table"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "text" if isinstance(value, str) else "a list" if is_list(value) else "a number"


def listed(items: Sequence[str]) -> str:
    """Texts in quotes, for messages; of many only the first ones."""
    more = f" and {len(items) - 5} more" if len(items) > 6 else ""
    return ", ".join(map(quote, items[:5] if more else items)) + more
