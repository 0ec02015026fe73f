"""Lines: where in the text of a file a place is.

A text gets here once its parser has read it, so nothing is checked again. The one exception is JSON in which an
object has a key twice: there the walk ends with SecondKeyError.
"""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

import msgspec

from ..errors import Place

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = r"""
    "{3} (?: [^"\\] | \\. | "{1,2}(?!") )* "{3,5}
  | '{3} (?: [^'] | '{1,2}(?!') )* '{3,5}
  | " (?: [^"\\\n] | \\. )* "
  | ' [^'\n]* '
"""
"""A text in quotes, in TOML or JSON, as a verbose regular expression."""

_KEY = re.compile(rf"{TEXT} | [A-Za-z0-9_-]+", re.VERBOSE | re.DOTALL)
_SCALAR = re.compile(rf"{TEXT} | [^\],}}\#\n]+", re.VERBOSE | re.DOTALL)
_BETWEEN = re.compile(r"(?:\s|#[^\n]*)*")


def line_finder(text: str, ending: str) -> Callable[[Place], int]:
    """A function from a place to its line, counted from 1; ``ending`` names the format of the text.

    A place's line is that of its key; where the file has no such place, that of the nearest parent it has.
    Raises SecondKeyError where a table has a key twice, and RecursionError where the text is nested too deeply.
    """
    if ending == ".toml":
        find = _finder(_Scanner(text, _toml_text).toml())
    elif ending == ".json":
        find = _finder(_Scanner(text, json.loads).json())
    else:
        find = _yaml_finder(text)
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda place: bisect_left(ends, find(place)) + 1


class SecondKeyError(Exception):
    """A table has a key twice, the second time at ``offset``."""

    def __init__(self, key: str, offset: int) -> None:
        super().__init__(key)
        self.key = key
        self.offset = offset


class _Spot(msgspec.Struct):
    """Where a value begins in the text, with its key if it has one, and the spots of what is in it."""

    offset: int
    children: dict[str | int, _Spot] = msgspec.field(default_factory=dict)


def _finder(root: _Spot) -> Callable[[Place], int]:
    def find(place: Place) -> int:
        spot = root
        for part in place:
            if part not in spot.children:
                break
            spot = spot.children[part]
        return spot.offset

    return find


def _toml_text(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"])


class _Scanner:
    """Walks over the text of TOML or of JSON, whose values look alike, and notes where they begin."""

    def __init__(self, text: str, decode: Callable[[str], str]) -> None:
        self._text = text
        self._decode = decode
        self._skip(0)

    def json(self) -> _Spot:
        return self._value(0)

    def toml(self) -> _Spot:
        root = table = _Spot(0)
        while self._at < len(self._text):
            start = self._at
            if self._take("[["):
                table = self._item(root, start)
                self._take("]]")
            elif self._take("["):
                table = self._table(root, start)
                self._take("]")
            else:
                self._pair(table)
        return root

    def _item(self, root: _Spot, start: int) -> _Spot:
        """The spot of the new item that a header in two brackets begins."""
        *parents, last = self._key()
        items = _inner(root, parents, start).children.setdefault(last, _Spot(start)).children
        items[len(items)] = item = _Spot(start)
        return item

    def _table(self, root: _Spot, start: int) -> _Spot:
        """The spot of the table that a header begins, which may have been a parent of another before."""
        *parents, last = self._key()
        table = _inner(root, parents, start).children.setdefault(last, _Spot(start))
        table.offset = start
        return table

    def _pair(self, table: _Spot) -> None:
        start = self._at
        *parents, last = self._key()
        self._take("=") or self._take(":")
        children = _inner(table, parents, start).children
        if last in children:
            raise SecondKeyError(last, start)
        children[last] = self._value(start)

    def _value(self, start: int) -> _Spot:
        spot = _Spot(start)
        if self._take("{"):
            while not self._take("}"):
                self._pair(spot)
                self._take(",")
        elif self._take("["):
            index = 0
            while not self._take("]"):
                item = self._value(self._at)
                # What is on its parent's line needs no spot; a list may have half a million items.
                if item.children or self._text.find("\n", start, item.offset) >= 0:
                    spot.children[index] = item
                index += 1
                self._take(",")
        else:
            self._match(_SCALAR)
        return spot

    def _key(self) -> list[str]:
        parts = [self._key_part()]
        while self._take("."):
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> str:
        token = self._match(_KEY)
        if "\\" in token:
            return self._decode(token)
        return token[1:-1] if token[0] in "\"'" else token

    def _take(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._skip(self._at + len(sign))
        return True

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        assert match, f"a text that no parser reads, at {self._at}"
        self._skip(match.end())
        return match[0]

    def _skip(self, offset: int) -> None:
        match = _BETWEEN.match(self._text, offset)
        assert match, "it matches nothing too"
        self._at = match.end()


def _inner(table: _Spot, keys: list[str], start: int) -> _Spot:
    """The spot of a table below another; of a list of tables it is the last one, as headers mean it (TOML 1.0)."""
    for key in keys:
        table = table.children.setdefault(key, _Spot(start))
        if 0 in table.children:
            table = table.children[len(table.children) - 1]
    return table


def _yaml_finder(text: str) -> Callable[[Place], int]:
    import yaml  # noqa: PLC0415 - imported late: most projects are TOML

    from .yaml_loader import loader_of  # noqa: PLC0415 - imported late: only YAML needs it

    root = yaml.compose(text, loader_of(text))

    # An alias is the very node that it stands for, so the tree may be endless: go only where a place leads.
    @cache
    def children(node: yaml.Node) -> dict[str | int, tuple[int, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            return {key.value: (key.start_mark.index, value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return {index: (item.start_mark.index, item) for index, item in enumerate(node.value)}
        return {}

    def find(place: Place) -> int:
        node, offset = root, 0
        for part in place:
            if part not in children(node):
                break
            offset, node = children(node)[part]
        return offset

    return find
