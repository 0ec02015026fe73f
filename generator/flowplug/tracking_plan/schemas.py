"""JSON Schemas: what a schema says of a key inside the values that it describes, and of their types.

Only what names keys and types is read. Where a schema has alternatives (``anyOf``, ``oneOf``, ``then``, ``else``),
what any of them says may be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote

from ..errors import Finding, Place, quote

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLES = ("if", "then", "else")


class Schema(NamedTuple):
    """A schema, and the documents that its references lead into: its own, then the whole file."""

    content: Any
    documents: tuple[Any, ...]

    def inside(self, content: Any) -> Schema:
        return Schema(content, self.documents)


class Known(NamedTuple):
    """The plan has the key: the schemas of its value."""

    schemas: tuple[Schema, ...]


class Unknown(NamedTuple):
    """The plan does not have the key: the keys that it has instead."""

    names: tuple[str, ...]


Answer: TypeAlias = "Known | Unknown | None"
"""What is said of a key; None where nothing is, so that it may be there."""


def at_path(schemas: Sequence[Schema], keys: Sequence[str]) -> tuple[Answer, int]:
    """What schemas say of the value at a path, and how many of its keys it took to know."""
    known = Known(tuple(schemas))
    for index, key in enumerate(keys):
        answer = _at_key(known.schemas, key)
        if not isinstance(answer, Known):
            return answer, index + 1
        known = answer
    return known, len(keys)


def types_of(schemas: Iterable[Schema]) -> frozenset[str] | None:
    """The types, in JSON Schema's words but without integer, that a value may have; None for all."""
    return _either(_types(schema, frozenset()) for schema in schemas)


def fixed_texts(schemas: Iterable[Schema]) -> tuple[str, ...]:
    """The texts that a value must be one of; none where it may be something else."""
    values = [value for schema in schemas for part in _parts(schema) for value in _fixed(part.content)]
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))


def broken_references(schema: Schema, place: Place) -> Iterator[Finding]:
    """References to what is not in the file; places are seen from the top of it."""
    stack: list[tuple[Any, Place]] = [(schema.content, place)]
    while stack:
        value, inner = stack.pop()
        if isinstance(value, list):
            stack.extend((item, (*inner, index)) for index, item in enumerate(value))
        elif isinstance(value, dict):
            stack.extend((item, (*inner, key)) for key, item in value.items())
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#") and not _resolved(reference, schema):
                message = f"{quote(reference)} leads to nothing in this file"
                yield Finding((*inner, "$ref"), "broken-reference", message)


# Keys


def _at_key(schemas: Iterable[Schema], key: str) -> Answer:
    parts = [part for schema in schemas for part in _parts(schema)]
    found = tuple(inner for part in parts for inner in _schemas_of_key(part, key))
    if found:
        return Known(found)
    additional = [_additional(part.content) for part in parts]
    if any(value is True or isinstance(value, dict) for value in additional):
        return None
    types = types_of(schemas)
    if key == "length" and (types is None or types & {"array", "string"}):
        return None
    if key.isdecimal() and types and "array" in types:
        return None
    names = tuple(dict.fromkeys(name for part in parts for name in _table(part.content, "properties")))
    if names or False in additional or (types is not None and "object" not in types):
        return Unknown(names)
    return None


def _schemas_of_key(part: Schema, key: str) -> Iterator[Schema]:
    """The schemas that one part has for a key, or for an item of a list."""
    properties = _table(part.content, "properties")
    if key in properties:
        yield part.inside(properties[key])
    for pattern, content in _table(part.content, "patternProperties").items():
        if _matches(pattern, key):
            yield part.inside(content)
    if key not in properties and isinstance(additional := _additional(part.content), dict) and additional:
        yield part.inside(additional)
    if key.isdecimal():
        items = part.content.get("items")
        tuples = part.content.get("prefixItems", items)
        if isinstance(tuples, list) and int(key) < len(tuples):
            yield part.inside(tuples[int(key)])
        elif isinstance(items, dict):
            yield part.inside(items)


def _additional(content: Any) -> Any:
    return content.get("additionalProperties", content.get("unevaluatedProperties"))


def _matches(pattern: str, key: str) -> bool:
    """Whether a key matches; of a pattern that only JavaScript reads, every key may."""
    try:
        return bool(re.search(pattern, key))
    except re.error:
        return True


# Parts


def _parts(schema: Schema) -> list[Schema]:
    """A schema and all that it is put together from, as far as these are objects."""
    found: dict[int, Schema] = {}
    stack = [schema]
    while stack:
        content = stack.pop().content
        if not isinstance(content, dict) or id(content) in found:
            continue
        found[id(content)] = schema.inside(content)
        stack.extend(schema.inside(inner) for inner in _applied(content))
        if reference := _referenced(schema.inside(content)):
            stack.append(reference)
    return list(found.values())


def _applied(content: Any) -> Iterator[Any]:
    for key in _LISTS:
        yield from content[key] if isinstance(content.get(key), list) else ()
    for key in _SINGLES:
        yield content.get(key)
    for key in ("dependentSchemas", "dependencies"):
        yield from _table(content, key).values()


def _referenced(schema: Schema) -> Schema | None:
    """What a schema's ``$ref`` leads to, in the same file."""
    reference = schema.content.get("$ref")
    return _resolved(reference, schema) if isinstance(reference, str) else None


def _resolved(reference: str, schema: Schema) -> Schema | None:
    """What a JSON Pointer leads to (RFC 6901), in the first of the documents that has it."""
    if not reference.startswith("#"):
        return None
    keys = [unquote(key).replace("~1", "/").replace("~0", "~") for key in reference[1:].split("/")[1:]]
    for document in schema.documents:
        value = document
        for key in keys:
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return schema.inside(value)
    return None


def _table(content: Any, key: str) -> dict[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


# Types


def _types(schema: Schema, seen: frozenset[int]) -> frozenset[str] | None:
    content = schema.content
    if not isinstance(content, dict) or id(content) in seen:
        return None
    seen |= {id(content)}
    said: list[frozenset[str] | None] = []
    if isinstance(kinds := content.get("type"), str | list):
        names = [kinds] if isinstance(kinds, str) else kinds
        said.append(frozenset("number" if name == "integer" else str(name) for name in names))
    if fixed := _fixed(content):
        said.append(frozenset(map(_type_of, fixed)))
    for key in _LISTS:
        options = content.get(key)
        if isinstance(options, list) and options:
            inner = [_types(schema.inside(option), seen) for option in options]
            said.extend(inner if key == "allOf" else [_either(inner)])
    if reference := _referenced(schema):
        said.append(_types(reference, seen))
    types = [one for one in said if one is not None]
    return frozenset.intersection(*types) if types else None


def _either(types: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found = list(types)
    return (
        frozenset[str]().union(*(one for one in found if one is not None)) if found and None not in found else None
    )


def _fixed(content: Any) -> list[Any]:
    """The values that a schema allows, where it lists them."""
    if "const" in content:
        return [content["const"]]
    values = content.get("enum")
    return values if isinstance(values, list) else []


def _type_of(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "number"
