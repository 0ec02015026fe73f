"""The tokens of a trigger. What Segment's lexer would give up on, or read as something else, is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, cast

import msgspec

from ..errors import printable, quote
from .errors import FqlError

Kind: TypeAlias = Literal["string", "number", "word", "keyword", "operator", "sign", "end"]

KEYWORDS = ("and", "or", "null")
FUNCTIONS = ("contains", "match")


class Token(msgspec.Struct, frozen=True):
    """A piece of a trigger, or the end of it: ``start`` and ``end`` are its place in it."""

    kind: Kind
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        if len(self.text) > 40:
            return f"a long {self.kind}"
        return printable(self.text) if self.kind in ("string", "end") else quote(self.text)


_SPACE = " \t\n"
_ENDS_WORD = _SPACE + ",])"
"""What may follow a word; nothing may too, and ``""`` is in any text."""

_TOKENS = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<string>"[^"]*"|'[^']*')
      | (?P<number>[+-](?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|[0-9]+(?:\.[0-9]+)?)
      | (?P<word>(?:[A-Za-z_]|\\[^\ud800-\udfff\U00010000-\U0010ffff])
                 (?:[A-Za-z0-9_-]|\\[^\ud800-\udfff\U00010000-\U0010ffff])*)
      | (?P<operator>!=|<=|>=|[=<>!])
      | (?P<sign>[.,()])""",
    re.VERBOSE | re.DOTALL,
)
_LAST_TWO = re.compile(r"[^ \t\n,\])]{1,2}")

_OTHER_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("==", "==="), "="),
    **dict.fromkeys(("!==", "<>", "=!"), "!="),
    "=<": "<=",
    "=>": ">=",
    **dict.fromkeys(("&&", "&"), "and"),
    **dict.fromkeys(("||", "|"), "or"),
    **dict.fromkeys(("=~", "~"), 'contains(field, "text")'),
}
"""What other languages write, and what a trigger has instead."""

_OTHER_OPERATOR = re.compile("===?|!==|<>|=[!<>~](?!=)|&&?|[|][|]?|~")
_FOREIGN = frozenset(";#*:")
_DOLLAR = re.compile(r"(?<![^ \t\n(])\$\.")
_QUOTATION_MARKS = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb`"


def tokens(source: str) -> Iterator[Token]:
    """The tokens, without white space. Raises FqlError where Segment's lexer would give up or read another."""
    position = 0
    while position < len(source):
        other = _OTHER_OPERATOR.match(source, position)
        if other:
            raise FqlError("trigger-operator", instead(other.group(), _OTHER_LANGUAGES[other.group()]), position)
        match = _TOKENS.match(source, position)
        if not match:
            raise _unreadable(source, position)
        kind, text, start, position = str(match.lastgroup), match.group(), match.start(), match.end()
        follower = source[position : position + 1]
        if follower in _FOREIGN or (follower.isspace() and follower not in "\r\n\t "):
            raise _unreadable(source, position)
        if follower == "\r":
            message = "a carriage return is not white space for Segment; end lines with a line feed alone"
            raise FqlError("trigger-space", message, position)
        if kind == "string":
            _check_string(text, follower, position)
        if kind == "number" and follower not in _ENDS_WORD:
            raise FqlError("trigger-space", f"put a space after {text}, before {quote(follower)}", position)
        if kind == "word":
            _check_word(source, text, start, position)
        if kind == "operator":
            _check_operator(text, follower, start)
        if text in KEYWORDS and follower in _ENDS_WORD:
            kind = "keyword"
        if kind != "space":
            yield Token(cast("Kind", kind), text, start, position)
    yield Token("end", "the end", len(source), len(source))


def instead(written: str, right: str) -> str:
    """The message for what another language has in the place of ``right``."""
    return f'write {right} instead of "{written}"'


def unescape(word: str) -> str:
    """A word without the backslashes before its signs."""
    return re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)


def _check_string(text: str, follower: str, end: int) -> None:
    if follower in _ENDS_WORD:
        return
    shown = printable(text) if len(text) <= 60 else "the text"
    if re.search(r"\b(?:and|or)\b|[=<>]", text):
        message = f"a quote is missing before this place: {shown} is read as one text"
        raise FqlError("trigger-quotes", message, end)
    raise FqlError("trigger-space", f"put a space after {shown}, before {quote(follower)}", end)


def _check_word(source: str, text: str, start: int, end: int) -> None:
    follower = source[end : end + 1]
    if follower == "[":
        message = '"[" cannot be part of a name; write .\\0 for the first item of a list'
        raise FqlError("trigger-field", message, end)
    if follower and follower in "<>+\"'":
        raise FqlError("trigger-space", f"put a space before {quote(follower)}", end)
    if follower and text[0] == "n" and _LAST_TWO.fullmatch(source, start + 1):
        # Looking for "null", its lexer runs into the end and does not come back.
        message = f"put a space before {quote(follower)}; so close to the end, Segment loses what follows"
        raise FqlError("trigger-space", message, end)


def _check_operator(operator: str, follower: str, start: int) -> None:
    if operator == "!":
        if follower == "(":
            message = 'Segment ignores a "!" before parentheses; negate each condition inside them instead'
            raise FqlError("trigger-negation", message, start)
        if not re.match("[A-Za-z]", follower):
            raise _misplaced_negation(start)
    elif len(operator) == 2 and follower not in _ENDS_WORD:
        message = f'put a space after "{operator}"; without it, Segment reads something else'
        raise FqlError("trigger-space", message, start)


def _misplaced_negation(position: int) -> FqlError:
    """The error for a ``!`` that negates nothing."""
    message = '"!" must come directly before contains( or match(; for other conditions write "!=" instead of "="'
    return FqlError("trigger-negation", message, position)


def _unreadable(source: str, position: int) -> FqlError:
    character = source[position]
    if character in "\"'":
        return FqlError("trigger-quotes", f"this text has no closing quote; add {character} at its end", position)
    if character in _QUOTATION_MARKS:
        return FqlError("trigger-quotes", instead(character, "straight double quotes"), position)
    if _DOLLAR.match(source, position):
        return FqlError("trigger-field", 'write fields without "$."', position)
    if character in _FOREIGN or character.isspace():
        return _foreign(source, position)
    if character == "\\":
        message = "the backslash must be followed by the character that it escapes"
        return FqlError("trigger-syntax", message, position)
    message = f"unexpected {quote(character)}; put text in double quotes; in a name, put a backslash before it"
    return FqlError("trigger-syntax", message, position)


def _foreign(source: str, position: int) -> FqlError:
    """The error for a character that other languages know, and that means nothing here outside quotes."""
    character = source[position]
    if character.isspace():
        name = "non-breaking space" if character == "\u00a0" else f"space (U+{ord(character):04X})"
        return FqlError("trigger-space", f"replace this {name} with a plain space", position)
    if character == ":":
        return FqlError("trigger-operator", instead(":", "="), position)
    messages = {
        ";": 'write "and" or "or" instead of ";"' if source[position + 1 :].strip() else 'remove ";"',
        "#": 'a trigger has no comments; remove "#" and what follows',
        "*": 'a star works only in the quotes of match(), such as match(event, "Order*")',
    }
    return FqlError("trigger-syntax", messages[character], position)
