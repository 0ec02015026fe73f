"""The strict grammar: conditions joined by ``and`` and ``or``, in parentheses one deep at most."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from ..errors import printable, quote, suggest
from ..javascript import MAX_PARTS, number_text
from .errors import FqlError
from .lexer import FUNCTIONS, KEYWORDS, Token, instead, tokens, unescape
from .tree import Condition, Field, Junction

_WHOLE_FIELDS = ("type", "event", "name", "userId")
_EXAMPLE_KEYS: Mapping[str, str] = {"properties": "plan", "traits": "plan", "context": "page.path"}
"""The fields that hold others, each with a key to show in messages."""

_FIELDS = "type, event, name, userId, properties.…, traits.… or context.…"
_ORDERINGS = ("<", "<=", ">", ">=")


class Joint(msgspec.Struct, frozen=True):
    """An ``and`` or ``or`` between two terms."""

    operator: Junction


class Parenthesis(msgspec.Struct, frozen=True):
    """A parenthesis, which holds no other."""

    items: tuple[Item, ...]


Item: TypeAlias = "Condition | Joint | Parenthesis"


def read_items(source: str) -> tuple[Item, ...]:
    """The terms of a trigger and the joints between them. Raises FqlError where it is malformed."""
    return _Grammar(source).items()


class _Grammar:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(tokens(source))
        self.index = 0

    def items(self, *, inside: bool = False) -> tuple[Item, ...]:
        items: list[Item] = [self._term(inside=inside)]
        while True:
            token = self._next()
            if token.text == ")" if inside else token.kind == "end":
                return tuple(items)
            items.append(self._joint(token))
            items.append(self._term(inside=inside))

    def _joint(self, token: Token) -> Joint:
        if token.kind == "keyword" and token.text in ("and", "or"):
            return Joint("and" if token.text == "and" else "or")
        lower = token.text.lower()
        if token.text in ("and", "or"):
            follower = quote(self.source[token.end])
            raise FqlError("trigger-space", f'put a space after "{token.text}", before {follower}', token.end)
        if lower in ("and", "or"):
            raise FqlError("trigger-operator", instead(token.text, lower), token.start)
        if token.kind == "end":
            raise FqlError("trigger-syntax", 'a "(" is not closed; add ")"', token.start)
        if token.text == ")":
            raise FqlError(
                "trigger-syntax", 'this ")" closes nothing; remove it, or add "(" before it', token.start
            )
        raise FqlError("trigger-syntax", f'expected "and" or "or", got {token}', token.start)

    def _term(self, *, inside: bool) -> Item:
        token = self._next()
        if token.text != "(":
            return self._single(token)
        if inside:
            message = "Segment cannot read parentheses inside parentheses, so this would never match"
            raise FqlError("trigger-parentheses", message, token.start)
        return Parenthesis(self.items(inside=True))

    def _single(self, token: Token) -> Condition:
        """The condition that starts with a token which was read already, with a ``!`` before it or without."""
        if token.text == "!":
            function = self._next()
            if unescape(function.text) not in FUNCTIONS:
                raise self._misplaced_negation(token, function)
            return self._function(function, token.start, negated=True)
        if token.kind != "word":
            message = f'expected a condition, such as type = "track", got {token}'
            raise FqlError("trigger-syntax", message, token.start)
        if token.text.lower() == "not" and self._peek().text not in (".", "=", "!="):
            raise self._misplaced_negation(token, self._next())
        if unescape(token.text) in FUNCTIONS and self._peek().text == "(":
            return self._function(token, token.start, negated=False)
        if self._peek().text == "(":
            raise self._unknown_function(token, token.start)
        return self._condition(token)

    def _condition(self, first: Token) -> Condition:
        field = self._field(first)
        operator = self._next()
        if operator.kind != "operator" or operator.text == "!":
            raise self._no_operator(first, operator)
        value = self._value()
        text = self.source[first.start : value.end]
        return Condition(field, *_test(field, operator.text, value), text)

    def _function(self, name: Token, start: int, *, negated: bool) -> Condition:
        function = unescape(name.text)
        self._expect("(")
        first = self._next()
        field = self._field(first) if first.kind == "word" else None
        if field is None or field == ("type",):
            fields = _FIELDS.removeprefix("type, ")
            got = "type" if field else str(first)
            raise FqlError("trigger-field", f"{function}() needs one of {fields}, got {got}", first.start)
        self._expect(",")
        value = self._value()
        self._expect(")")
        text = self.source[start : self.tokens[self.index - 1].end]
        if function == "contains":
            return Condition(field, "not_contains" if negated else "contains", _plain_text(value), text)
        if value.kind != "string":
            message = f'match() needs text in double quotes with a star at one end, such as "Order*"; got {value}'
            raise FqlError("trigger-value", message, value.start)
        return Condition(field, *_match_test(value, negated=negated), text)

    def _field(self, first: Token) -> Field:
        name = [unescape(first.text)]
        while self._peek().text == ".":
            dot = self._next()
            token = self._next()
            if token.kind != "word":
                escaped = f"; write .\\{token.text}" if token.kind in ("number", "keyword") else ""
                message = f"expected a name after the dot, got {token}{escaped}"
                raise FqlError("trigger-field", message, dot.start)
            name.append(unescape(token.text))
        root, _, rest = ".".join(name).partition(".")
        keys = tuple(re.findall(r"[^\[.\]]+", rest))
        is_whole = root in _WHOLE_FIELDS and "." not in ".".join(name)
        if not is_whole and (message := _field_problem(root, keys)):
            raise FqlError("trigger-field", message, first.start)
        return (root, *keys)

    def _value(self) -> Token:
        token = self._next()
        if token.kind in ("string", "number") or token.text in ("true", "false", "null"):
            return token
        if token.kind == "word":
            raise self._unquoted(token)
        raise FqlError("trigger-syntax", f"expected a value, got {token}", token.start)

    def _unquoted(self, first: Token) -> FqlError:
        """The error for text without quotes, which shows all of it in quotes."""
        last = first
        while self._peek().kind in ("word", "number") and self._peek().text.lower() not in KEYWORDS:
            last = self._next()
        if self._peek().text == "(":
            return self._unknown_function(last, last.start)
        text = unescape(self.source[first.start : last.end])
        lower = text.lower()
        if lower in ("undefined", "nil"):
            message = f"write null for a missing value, or put text in double quotes: {quote(text)}"
            return FqlError("trigger-quotes", message, first.start)
        right = f", or write {lower} in lower case" if lower in ("true", "false", "null") else ""
        return FqlError("trigger-quotes", f"put text in double quotes: {quote(text)}{right}", first.start)

    def _no_operator(self, first: Token, token: Token) -> FqlError:
        """The error for what another language has in the place of an operator."""
        if not (right := _WORDS_OF_OTHER_LANGUAGES.get(token.text.lower())):
            message = f"expected an operator (= != < <= > >=), got {token}"
            return FqlError("trigger-syntax", message, token.start)
        start, end = token.start, token.end
        if right == "=" and self._peek().text.lower() == "not":
            right, end = "!=", self._next().end
        if right in ("=", "!=") and self._peek().text.lower() == "null":
            end = self._next().end
            field = self.source[first.start : token.start].strip()
            test = _null_test(field, is_null=right == "=")
            right, start = (test, first.start) if field == "event" else (test.removeprefix(f"{field} "), start)
        return FqlError("trigger-operator", instead(self.source[start:end], right), start)

    def _misplaced_negation(self, sign: Token, negated: Token) -> FqlError:
        """The error for a ``not`` or ``!`` where neither works, with the negated condition if that is simple."""
        is_word = sign.kind == "word"
        if negated.kind == "word" and self._peek().text == "(" and unescape(negated.text) not in FUNCTIONS:
            return self._unknown_function(negated, sign.start, negated=True)
        head = f'there is no "{sign.text}"' if is_word else '"!" must come directly before contains( or match('
        if negated.text == "(":
            advice = "negate each condition inside the parentheses instead"
        elif condition := self._condition_from(negated):
            advice = f"write {printable(_negation(condition))}"
        else:
            advice = 'negate each condition by itself, such as event != "A"'
        return FqlError("trigger-negation", f"{head}; {advice}", sign.start)

    def _condition_from(self, first: Token) -> Condition | None:
        """As :meth:`_single`, but None where the condition is malformed, or is itself negated by a word."""
        try:
            return None if first.text.lower() == "not" else self._single(first)
        except FqlError:
            return None

    def _unknown_function(self, name: Token, start: int, *, negated: bool = False) -> FqlError:
        """The error for a function of another language."""
        lower = name.text.lower()
        _, *inside = self.tokens[self.index :]
        closing = next((token for token in inside if token.text == ")"), None)
        if lower in _NULL_TESTS and closing and (field := self.source[inside[0].start : closing.start].strip()):
            test = _null_test(field, is_null=_NULL_TESTS[lower] != negated)
            return FqlError("trigger-operator", instead(self.source[start : closing.end], test), start)
        right = _WORDS_OF_OTHER_LANGUAGES.get(lower)
        if right and "(" in right:
            return FqlError("trigger-operator", instead(f"{name.text}()", right), name.start)
        message = f"there is no function {printable(name.text)}(); the functions are contains() and match()"
        return FqlError("trigger-operator", message, name.start)

    def _expect(self, sign: str) -> None:
        token = self._next()
        if token.text != sign:
            raise FqlError("trigger-syntax", f'expected "{sign}", got {token}', token.start)

    def _peek(self) -> Token:
        return self.tokens[self.index]

    def _next(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token


_WORDS_OF_OTHER_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("is", "equals", "eq"), "="),
    **dict.fromkeys(("not", "isnt", "ne"), "!="),
    **dict.fromkeys(("contains", "includes", "like"), 'contains(field, "text")'),
    **dict.fromkeys(("match", "matches", "startswith", "starts"), 'match(field, "text*")'),
    **dict.fromkeys(("endswith", "ends"), 'match(field, "*text")'),
    "in": '(field = "one" or field = "other")',
}


_NULL_TESTS: Mapping[str, bool] = {
    **dict.fromkeys(("exists", "isset", "defined", "is_set", "has", "notnull", "isnotnull"), False),
    **dict.fromkeys(("isnull", "is_null", "isempty", "is_empty", "empty", "missing"), True),
}
"""Functions of other languages that test for a value, and whether they hold where there is none."""

_OPPOSITES: Mapping[str, str] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _null_test(field: str, *, is_null: bool) -> str:
    """The condition that a field has no value, or has one; Segment takes the ``null`` after ``event`` for text."""
    operator = "=" if is_null else "!="
    return f'type {_OPPOSITES[operator]} "track"' if field == "event" else f"{field} {operator} null"


def _negation(condition: Condition) -> str:
    """A condition with the opposite meaning, as FQL."""
    text = condition.text
    if condition.operator.removeprefix("not_") in ("contains", "starts_with", "ends_with"):
        return text.removeprefix("!") if text.startswith("!") else f"!{text}"
    if condition.operator in ("is_true", "is_false"):
        is_true = condition.operator == "is_true"
        return text.removesuffix("true" if is_true else "false") + ("false" if is_true else "true")
    operator = next(token for token in tokens(condition.text) if token.kind == "operator")
    return f"{text[: operator.start]}{_OPPOSITES[operator.text]}{text[operator.end :]}"


def _field_problem(root: str, keys: Field) -> str:
    """What is wrong with a field that is not one of those without keys; ``""`` if nothing is."""
    if len(keys) > MAX_PARTS:
        return f"more than {MAX_PARTS} keys in one name"
    if root in _WHOLE_FIELDS:
        return f"{root} has no keys; write {root} alone"
    if root not in _EXAMPLE_KEYS:
        below = "".join(f".{key}" for key in keys)
        meant = suggest(root, (*_WHOLE_FIELDS, *_EXAMPLE_KEYS))
        hint = meant.replace('"?)', f'{below}"?)') if len(below) < 40 else meant
        return f"unknown field {quote(root + below)}{hint}; the fields are {_FIELDS}"
    return "" if keys else f"{root} needs a key, such as {root}.{_EXAMPLE_KEYS[root]}"


def _content(value: Token) -> str:
    """The text of a value: Segment takes double quotes off, and leaves single ones on."""
    return value.text[1:-1] if value.text.startswith('"') else value.text


def _plain_text(value: Token) -> str:
    """A value as the text that Segment compares with."""
    return number_text(_number(value)) if value.kind == "number" else _content(value)


def _number(value: Token) -> float:
    number = float(_content(value))
    if math.isinf(number):
        raise FqlError("trigger-value", "a number larger than JavaScript has", value.start)
    return number


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")


def _test(field: Field, operator: str, value: Token) -> tuple[str, str | float | None]:
    """Segment's name for the test that a condition makes, and what it compares with."""
    equality = operator in ("=", "!=")
    has_keys = field[0] in _EXAMPLE_KEYS
    if equality and value.text == "null" and field[0] not in ("type", "event"):
        return ("exists" if operator == "!=" else "not_exists"), None
    if operator == "=" and value.text in ("true", "false") and (has_keys or field == ("userId",)):
        return f"is_{value.text}", None
    if equality and value.kind == "number" and has_keys:
        return ("number_equals" if operator == "=" else "number_not_equals"), _number(value)
    if operator in _ORDERINGS:
        if not _NUMBER.fullmatch(_content(value)):
            raise FqlError("trigger-value", f'"{operator}" needs a number, got {value}', value.start)
        return operator, _number(value)
    return operator, _plain_text(value)


def _match_test(value: Token, *, negated: bool) -> tuple[str, str]:
    prefix = "not_" if negated else ""
    text = _content(value)
    if value.text.endswith('*"'):
        return f"{prefix}starts_with", text[:-1]
    return f"{prefix}ends_with", _without_first_unit(text)


def _without_first_unit(text: str) -> str:
    """The text without its first UTF-16 code unit, as JavaScript's ``slice(1)`` gives it."""
    if text and ord(text[0]) > 0xFFFF:
        return chr(0xDC00 + ord(text[0]) % 0x400) + text[1:]
    return text[1:]
