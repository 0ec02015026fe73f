"""Slips: what a mapping says without a mistake, although something else was most likely meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Finding, quote
from ..javascript import JsonValue
from .checks import under
from .directives import DIRECTIVES
from .paths import checked_pieces
from .values import ROOT_DIRECTIVE, JsonObject, directive_name, is_directive, is_list, kind_of

_OBJECTS = ("properties", "traits")
"""The fields that hold an object; the others hold text."""

_LITERAL_OPTIONS = ("pattern", "pattern2", "replacement", "replacement2", "separator")
"""Options whose text is text, whatever it looks like."""

_PATH = re.compile(r"\$\.(?![^A-Za-z_])")
_PLACEHOLDER = re.compile(r"\{\{\s*[\w$.]+\s*\}\}")
_FOREIGN_PLACEHOLDER = re.compile(r"[$#%]?\{\s*([A-Za-z_$][\w$.]*)\s*\}")
_ALL_ITEMS = re.compile(r"\[\*?\]")


def slips(fields: JsonObject) -> Iterator[Finding]:
    """Warnings for a mapping that has nothing wrong; places are seen from it.

    Text inside ``@literal`` is meant as it is.
    """
    if is_directive(fields):
        yield from _value_slips(fields)
        return
    for field, value in fields.items():
        yield from under(_field_slips(field, value), field)


def _field_slips(field: str, value: JsonValue) -> Iterator[Finding]:
    found = list(_value_slips(value))
    yield from found
    if found or field == ROOT_DIRECTIVE:
        return
    if field not in _OBJECTS:
        if isinstance(value, dict) and len(value) == 1 and (name := f"@{next(iter(value))}") in DIRECTIVES:
            yield _missing_at(name)
    else:
        constant = value["@literal"] if isinstance(value, dict) and "@literal" in value else value
        if constant is not None and not isinstance(constant, dict):
            message = f"{field} must be an object, but this is always {kind_of(constant)}; give it keys"
            yield Finding((), "not-an-object", message)


def _value_slips(value: JsonValue) -> Iterator[Finding]:
    if isinstance(value, str):
        yield from _text_slips(value)
    elif is_directive(value):
        name = directive_name(value)
        yield from under(_directive_slips(name, value[name]), name)
    elif isinstance(value, dict):
        if len(value) == 1 and _is_meant_as_directive(*value.items()):
            yield _missing_at(f"@{next(iter(value))}")
            return
        for key, item in value.items():
            yield from under(_value_slips(item), key)
    elif is_list(value):
        for index, item in enumerate(value):
            yield from under(_value_slips(item), index)


def _directive_slips(name: str, value: JsonValue) -> Iterator[Finding]:
    if name == "@literal":
        return
    if name == "@path" and isinstance(value, str):
        yield from _path_slips(value)
    elif name == "@template" and isinstance(value, str):
        yield from _template_slips(value)
    elif name == "@arrayPath" and is_list(value):
        path, *shapes = value
        yield from under(_path_slips(path) if isinstance(path, str) else _value_slips(path), 0)
        for shape in shapes:
            yield from under(_value_slips(shape), 1)
    elif isinstance(value, dict) and not is_directive(value):
        for key, item in value.items():
            if key not in _LITERAL_OPTIONS:
                yield from under(_value_slips(item), key)
    else:
        yield from _value_slips(value)


def _text_slips(text: str) -> Iterator[Finding]:
    if _PATH.match(text):
        directive = "@path"
    elif _PLACEHOLDER.search(text):
        directive = "@template"
    else:
        return
    message = f"this is sent as plain text; did you mean {{ {quote(directive)} = {quote(text)} }}?"
    yield Finding((), "missing-directive", message)


def _is_meant_as_directive(entry: tuple[str, JsonValue]) -> bool:
    """Whether the only entry of a table is a directive without its ``@``, and not a key of the user's."""
    key, value = entry
    directive = DIRECTIVES.get(f"@{key}")
    if not directive or any(directive.check(value)):
        return False
    if isinstance(value, str):
        return any(_text_slips(value))
    return key == "arrayPath" or (isinstance(value, dict) and key not in ("path", "template", "literal"))


def _missing_at(directive: str) -> Finding:
    message = f"this is sent as an object with the key {quote(directive[1:])}; did you mean {quote(directive)}?"
    return Finding((), "missing-directive", message)


def _path_slips(path: str) -> Iterator[Finding]:
    if _ALL_ITEMS.search(path):
        message = (
            f"a path leads to one value, so {quote(path)} finds nothing; "
            'for all items of a list use { "@arrayPath" = ["$.properties.items", { … }] }'
        )
        yield Finding((), "path-of-many", message)


def _template_slips(template: str) -> Iterator[Finding]:
    pieces = checked_pieces(template)
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if any("{{" in text for text in texts):
        yield Finding((), "unfilled-template", 'a "{{" without its "}}" is sent as it is; write {{path}}')
    elif len(texts) == len(pieces) and (foreign := _FOREIGN_PLACEHOLDER.search(template)):
        message = f'{quote(foreign[0])} is sent as it is; did you mean "{{{{{foreign[1]}}}}}"?'
        yield Finding((), "unfilled-template", message)
    for path in pieces:
        if isinstance(path, tuple):
            yield from _path_slips(".".join(path))
