"""Expanding: each short form, and each text that is a template, becomes what it is short for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from ..errors import Code, Finding, Place, quote, suggest
from ..javascript import JsonValue
from ..mapping import ROOT_DIRECTIVE, SHORT_FORMS, JsonObject, directive_name, is_directive, kind_of, split_path

MAX_ALTERNATIVES = 10
"""The most items of an ``@first``: the long form nests each in the one before."""

MAX_READINGS = 1000
"""How often a mapping may read alternatives: inside each other, the inner ones are read twice as often."""

SOURCES: Mapping[str, str] = {"properties": "$.properties", "traits": "$.traits"}
"""The fields that hold an object, and where a list of keys alone takes them from there."""

Moves: TypeAlias = dict[Place, Place]
"""Places in the result, each with the place that it came from. What is inside has moved along."""

_WORDS = ("operator", "mode", "direction", "separator", "pattern", "pattern2", "replacement", "replacement2")
"""Options of directives whose text is never a template."""

_NOTHING: JsonObject = {"@case": {"operator": "lower", "value": ""}}
"""A directive without a value, whatever the event: the mapping kit gives none where ``value`` is falsy."""

_REFUSED: JsonObject = {"@literal": ""}
"""What takes the place of a short form that has something wrong, so that nothing else is said of it."""


class _Spot(NamedTuple):
    """The place of a value in the long form, and the place where it was written."""

    place: Place
    source: Place

    def inside(self, *keys: str | int) -> _Spot:
        return _Spot((*self.place, *keys), (*self.source, *keys))


class _Keys(NamedTuple):
    """Keys of the object at a path, each with the place where it was written."""

    parent: str
    places: Mapping[str, Place]


class Expander:
    """Writes out the mappings of a project, and notes what it moves and what is wrong."""

    def __init__(self, *, templates: bool) -> None:
        self.templates = templates
        self.moves: Moves = {}
        self.findings: list[Finding] = []
        self.readings = 0

    def project(self, data: Mapping[str, Any], place: Place = ()) -> dict[str, Any]:
        """A project, or the overlay at a place of one, with its mappings and its defaults written out."""
        made = dict(data)
        if isinstance(overlays := made.get("env"), dict):
            made["env"] = {
                name: self.project(table, (*place, "env", name)) if isinstance(table, dict) else table
                for name, table in overlays.items()
            }
        if isinstance(defaults := made.get("defaults"), dict):
            made["defaults"] = {
                action: self._mapping(fields, (*place, "defaults", action)) for action, fields in defaults.items()
            }
        if isinstance(subscriptions := made.get("subscriptions"), list):
            made["subscriptions"] = [
                {**item, "mapping": self._mapping(item["mapping"], (*place, "subscriptions", index, "mapping"))}
                if isinstance(item, dict) and "mapping" in item
                else item
                for index, item in enumerate(subscriptions)
            ]
        return made

    def _mapping(self, fields: Any, place: Place) -> Any:
        spot = _Spot(place, place)
        self.readings = 0
        if not isinstance(fields, dict) or is_directive(fields):
            return self._value(fields, spot)
        return {
            field: self._value(
                value, spot.inside(field), parent="" if ROOT_DIRECTIVE in fields else SOURCES.get(field, "")
            )
            for field, value in fields.items()
        }

    def _value(self, value: Any, spot: _Spot, *, parent: str = "", is_text: bool = False) -> Any:
        """A mapped value; ``parent`` is what a list of keys alone takes them from. ``is_text``: text is text."""
        if isinstance(value, dict):
            return self._object(value, spot, parent, is_text=is_text)
        if isinstance(value, list):
            return [self._value(item, spot.inside(i), is_text=is_text) for i, item in enumerate(value)]
        if isinstance(value, str) and self.templates and "{{" in value and not is_text:
            return self._made({"@template": value}, spot)
        return value

    def _object(self, value: JsonObject, spot: _Spot, parent: str, *, is_text: bool) -> JsonValue:
        if not is_directive(value):
            return {key: self._value(item, spot.inside(key), is_text=is_text) for key, item in value.items()}
        name = directive_name(value)
        if name in SHORT_FORMS and all(key in (name, "_metadata") for key in value):
            return self._short_form(name, value[name], spot, parent, is_text=is_text)
        inner = self._argument(name, value[name], spot.inside(name), is_text=is_text or name == "@literal")
        return {**value, name: inner}

    def _argument(self, name: str, value: Any, spot: _Spot, *, is_text: bool) -> Any:
        """What stands in one of Segment's directives."""
        if name in ("@path", "@template") and isinstance(value, str):
            return value
        if name == "@arrayPath" and isinstance(value, list):
            paths, shapes = value[:1], value[1:]
            first = [item if isinstance(item, str) else self._value(item, spot.inside(0)) for item in paths]
            return first + [self._value(item, spot.inside(i), is_text=is_text) for i, item in enumerate(shapes, 1)]
        if isinstance(value, dict) and not is_directive(value) and name != "@literal":
            return {
                key: item if key in _WORDS else self._value(item, spot.inside(key), is_text=is_text)
                for key, item in value.items()
            }
        return self._value(value, spot, is_text=is_text)

    def _short_form(self, name: str, value: Any, spot: _Spot, parent: str, *, is_text: bool) -> JsonValue:
        count = len(self.findings)
        made: JsonValue = None
        if name == "@first":
            if self._is_first(value, spot.inside(name)):
                made = self._first(value, 0, spot.place, (*spot.source, name), is_text=is_text)
        elif (keys := self._keys(name, value, spot.inside(name), parent)) and len(self.findings) == count:
            made = self._pick(keys, spot) if name == "@pick" else self._omit(keys, spot)
        return made if len(self.findings) == count else _REFUSED

    # @pick and @omit

    def _keys(self, name: str, value: Any, spot: _Spot, parent: str) -> _Keys | None:
        """The keys that are listed, and what they are taken from."""
        example = f'{{ {quote(name)} = {{ from = "$.properties", keys = ["…"] }} }}'
        keys = value
        if isinstance(value, dict):
            for key in value:
                if key not in ("from", "keys"):
                    message = f"unknown option{suggest(key, ('from', 'keys'))}"
                    self._wrong(spot.inside(key), "unknown-option", message)
            for key in ("from", "keys"):
                if key not in value:
                    self._wrong(spot, "missing-option", f"{key} is missing; write {example}")
                    return None
            parent, keys = value["from"], value["keys"]
            if not _is_path(parent):
                message = f'expected a path, such as "$.properties", got {_shown(parent)}'
                self._wrong(spot.inside("from"), "wrong-type", message)
            spot = spot.inside("keys")
        elif not parent and isinstance(value, list):
            message = "a list alone works only as the whole of a field that is an object, such as properties"
            self._wrong(spot, "missing-option", f"{message}; write {example}")
        return _Keys(parent, self._listed(name, keys, spot))

    def _listed(self, name: str, keys: Any, spot: _Spot) -> dict[str, Place]:
        """The keys in a list, each with its place."""
        if not isinstance(keys, list):
            message = f'expected a list of keys, such as ["total", "currency"], got {_shown(keys)}'
            self._wrong(spot, "wrong-type", message)
            return {}
        if not keys:
            self._wrong(spot, "empty", "is empty; name a key")
        listed: dict[str, Place] = {}
        for index, key in enumerate(keys):
            self._check_key(name, key, spot.inside(index))
            listed[str(key)] = (*spot.source, index)
        return listed

    def _check_key(self, name: str, key: Any, spot: _Spot) -> None:
        if not isinstance(key, str):
            self._wrong(spot, "wrong-type", f"expected a key, got {_shown(key)}")
            return
        if key[:1] == "@":
            message = f"{quote(key)} cannot be a key here: Segment takes it for a directive"
        elif name == "@pick" and split_path(key) != (key,):
            message = f"no path leads to the key {quote(key)}, since Segment splits paths at dots and drops quotes"
        else:
            return
        self._wrong(spot, "unreachable-key", message)

    def _pick(self, keys: _Keys, spot: _Spot) -> JsonValue:
        parent = keys.parent if keys.parent.endswith(".") else f"{keys.parent}."
        return {
            key: self._made({"@path": parent + key}, _Spot((*spot.place, key), source))
            for key, source in keys.places.items()
        }

    def _omit(self, keys: _Keys, spot: _Spot) -> JsonValue:
        objects = (*spot.place, "@merge", "objects")
        source = _Spot((*objects, 0), (*spot.source, "@omit"))
        self.moves.update({(*objects, 1, key): place for key, place in keys.places.items()})
        nothing: JsonObject = dict.fromkeys(keys.places, _NOTHING)
        return {"@merge": {"direction": "right", "objects": [self._made({"@path": keys.parent}, source), nothing]}}

    # @first

    def _is_first(self, value: Any, spot: _Spot) -> bool:
        """Whether this is a list of alternatives, each of which can be reached."""
        if not isinstance(value, list) or len(value) < 2:
            message = 'expected two items at least, such as ["$.properties.title", "$.name", "none"]'
            self._wrong(spot, "wrong-type", f"{message}, got {_shown(value)}")
            return False
        if len(value) > MAX_ALTERNATIVES:
            message = f"has {len(value)} items, but may have {MAX_ALTERNATIVES} at most"
            self._wrong(spot, "too-long", message)
            return False
        for index, item in enumerate(value[:-1]):
            if not _is_path(item) and not is_directive(item):
                message = f"{_shown(item)} is always present, so no later item is ever used; move it to the end"
                self._wrong(spot.inside(index), "unreachable-value", message)
        return True

    def _first(self, items: Any, index: int, place: Place, source: Place, *, is_text: bool) -> JsonValue:
        """The item where it is present, else those after it."""
        written = (*source, index)
        if index + 1 == len(items):
            spot = _Spot(place, written)
            value = self._alternative(items[index], spot, is_text=is_text)
            # Segment's @if takes a falsy "else" for none.
            return value if isinstance(value, dict | list) or value else self._made({"@literal": value}, spot)
        exists, then = (
            self._alternative(items[index], _Spot((*place, "@if", option), written), is_text=is_text)
            for option in ("exists", "then")
        )
        otherwise = self._first(items, index + 1, (*place, "@if", "else"), source, is_text=is_text)
        return {"@if": {"exists": exists, "then": then, "else": otherwise}}

    def _alternative(self, item: Any, spot: _Spot, *, is_text: bool) -> JsonValue:
        self.readings += 1
        if self.readings > MAX_READINGS:
            if self.readings == MAX_READINGS + 1:
                message = "too many @first inside each other; put the items of the inner ones into the outer list"
                self._wrong(spot, "too-large", message)
            return _REFUSED
        self.moves[spot.place] = spot.source
        made: JsonValue = (
            self._made({"@path": item}, spot) if _is_path(item) else self._value(item, spot, is_text=is_text)
        )
        return made

    # What is noted

    def _made(self, directive: JsonObject, spot: _Spot) -> JsonObject:
        """A directive of which all was written in one place."""
        for name in directive:
            self.moves[spot.place] = self.moves[(*spot.place, name)] = spot.source
        return directive

    def _wrong(self, spot: _Spot, code: Code, message: str) -> None:
        self.findings.append(Finding(spot.source, code, message))


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("$.")


def _shown(value: Any) -> str:
    return quote(value) if isinstance(value, str) else kind_of(value)
