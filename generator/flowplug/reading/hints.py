"""Hints: the likeliest mistakes in TOML, JSON and YAML, known by where their parsers give up, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from ..errors import printable, quote

_QUOTATION_MARKS = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb`"
_NO_CLOSING_QUOTE = "this text has no closing quote"
_QUOTES_INSIDE = (
    "the text ended at the quote before this; put single quotes around text that has double quotes in it"
)


class Stop(msgspec.Struct, frozen=True):
    """Where a parser gave up: its ``message``, and the text from there on and before it."""

    message: str
    text: str
    offset: int

    @property
    def character(self) -> str:
        return self.text[self.offset : self.offset + 1]

    @property
    def before(self) -> str:
        """The last character before, white space aside."""
        return self.text[: self.offset].rstrip()[-1:]

    @property
    def line(self) -> str:
        start = self.text.rfind("\n", 0, self.offset) + 1
        return self.text[start:].partition("\n")[0].strip()

    def match(self, pattern: str) -> str:
        """What of the text here matches a pattern, or ``""``."""
        found = re.compile(pattern).match(self.text, self.offset)
        return found[0] if found else ""


def hint(ending: str, message: str, text: str, offset: int) -> str:
    """What is wrong and what to do, in place of a parser's message; the message itself where nothing is known."""
    stop = Stop(message, text, offset)
    return next(_HINTS[ending](stop), message)


def offset_of(text: str, line: int, column: int) -> int:
    """The offset of a line and a column, both counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


def _toml_hints(stop: Stop) -> Iterator[str]:
    if key := stop.match(r"@[\w-]*"):
        yield f"put a key that starts with @ in double quotes: {quote(key)}"
    yield from _repetition_hints(stop)
    yield from _line_end_hints(stop)
    if stop.message.startswith("Unescaped '\\'"):
        yield "write a backslash in double quotes as \\\\, or put the text in single quotes"
    if stop.character == "}" and stop.before == ",":
        yield 'remove the comma before "}"'
    if stop.character == ":":
        yield 'write = instead of ":"'
    if stop.character == "{" and stop.message == "Invalid statement":
        yield "this looks like JSON; give the file a name that ends in .json"
    if stop.message.startswith("Expected newline") and stop.before == '"':
        yield _QUOTES_INSIDE
    if stop.message == "Invalid value":
        yield from _unquoted_hints(stop)


def _repetition_hints(stop: Stop) -> Iterator[str]:
    if stop.message.startswith("Cannot declare"):
        yield f"table {printable(stop.line[:60])} appears twice; put all of its keys below the first one"
    if stop.message.startswith(("Cannot overwrite", "Duplicate inline", "Cannot mutate")):
        repeated = re.search("inline table key '(.*)'", stop.message) or re.match(
            r"""([\w."'-]+)\s*=""", stop.line
        )
        what = f"key {quote(repeated[1])}" if repeated else quote(stop.line)
        yield f"{what} appears twice in one table; remove one of them"


def _line_end_hints(stop: Stop) -> Iterator[str]:
    if stop.character not in ("\n", ""):
        return
    if stop.message.startswith("Illegal character"):
        yield f"{_NO_CLOSING_QUOTE}; add it at the end of the line"
    if "key part" in stop.message or "inline table" in stop.message:
        yield "an inline table ends on its line; write { … } on one line, or use a [header] for the table"
    if stop.message == "Invalid value":
        yield 'a value is missing after "="'


def _json_hints(stop: Stop) -> Iterator[str]:
    if stop.match(r"//|/\*|#"):
        yield "JSON has no comments; remove this one, or write the project in TOML or YAML"
    if stop.match(r",\s*[}\]]") or (stop.character in ("}", "]") and stop.before == ","):
        yield "remove the comma before the closing bracket"
    if stop.message.startswith("Unterminated string"):
        yield f"{_NO_CLOSING_QUOTE}; add it"
    if stop.message.startswith("Invalid control character") and stop.character in ("\n", "\r"):
        yield f"{_NO_CLOSING_QUOTE}; add it at the end of the line, or write a line break in a text as \\n"
    if stop.message.startswith("Invalid \\"):
        yield "write a backslash as \\\\"
    if stop.character == "'":
        yield "put text in double quotes, not in single ones"
    if stop.message.startswith("Expecting property name") and (key := stop.match(r"[\w$@-]+")):
        yield f"put the key in double quotes: {quote(key)}"
    if stop.message.startswith("Expecting ',' delimiter"):
        if stop.before == '"' and stop.character.isalpha():
            yield 'the text ended at the quote before this; write a double quote inside text as \\"'
        yield "a comma is missing before this" if stop.character else "a closing bracket is missing at the end"
    if stop.message == "Expecting value":
        yield from _unquoted_hints(stop)


def _yaml_hints(stop: Stop) -> Iterator[str]:
    if stop.match(r"[ ]*\t"):
        yield "YAML takes no tabs here; indent with spaces"
    if "end of stream" in stop.message:
        yield f"{_NO_CLOSING_QUOTE}; add it"
    if word := stop.match(r"[@`%][^\s:,}]*"):
        yield f"put what starts with {stop.character} in quotes: {quote(word)}"
    if "unhashable key" in stop.message:
        yield "put text that has {{ in it in quotes"
    if "did not find expected key" in stop.message and stop.before == '"':
        yield _QUOTES_INSIDE
    if "mapping values are not allowed" in stop.message:
        yield 'there is a ":" too many; put text that has ": " in it in quotes, and indent keys of one table alike'


def _unquoted_hints(stop: Stop) -> Iterator[str]:
    word = stop.match(r"[A-Za-z_$@][^\s,}\]\"']*")
    if word.lower() in ("true", "false"):
        yield f"write {word.lower()} in lower case"
    if word == "None":
        yield "write null"
    if stop.character and stop.character in _QUOTATION_MARKS:
        yield "write straight double quotes"
    if word:
        yield f"put text in double quotes: {quote(word)}"


_HINTS: Mapping[str, Callable[[Stop], Iterator[str]]] = {
    ".toml": _toml_hints,
    ".json": _json_hints,
    ".yaml": _yaml_hints,
    ".yml": _yaml_hints,
}
