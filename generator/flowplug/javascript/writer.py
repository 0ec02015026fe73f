"""The writer: a tree as text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import count

import msgspec

from .tree import (
    Array,
    Arrow,
    Assign,
    Binary,
    Body,
    Call,
    Chain,
    Comment,
    Conditional,
    Const,
    Evaluate,
    Expression,
    Glob,
    If,
    JsonValue,
    Let,
    Member,
    Name,
    Node,
    Object,
    Pattern,
    Return,
    Shorthand,
    Statement,
    Throw,
    Try,
    Unary,
    Undefined,
    Value,
    Wildcards,
    is_identifier,
)
from .wildcards import expression as wildcard_expression

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest whole number that a JavaScript number holds exactly (ECMA-262, Number.MAX_SAFE_INTEGER)."""

_WIDTH = 100
_INDENT = 2

_PRINTABLE = re.compile(r"[^ !#-;=\?-\[\]-~]")
_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "===", "!=="), 3),
    **dict.fromkeys(("<", "<=", ">", ">=", "in"), 4),
    "+": 5,
}
_UNARY, _POSTFIX, _PRIMARY, _LOWEST = 6, 7, 8, 0


def write(node: Node, indent: int = 0) -> str:
    """An expression or a statement as JavaScript text.

    Its first line begins where it is put, the others at ``indent`` spaces; a list wider than 100 columns is
    broken into lines.
    """
    writer = _Writer(indent)
    return writer.statement(node) if isinstance(node, Statement) else writer.expression(node)


def literal(value: JsonValue, indent: int = 0) -> str:
    """A JSON value as JavaScript text.

    Raises ValueError for a number that JavaScript cannot hold (NaN, an infinity, a whole number past
    2**53 - 1): nothing is rounded silently.
    """
    return write(Value(value), indent)


def string(value: str) -> str:
    """A string as a double-quoted JavaScript literal of printable ASCII, without ``<`` or ``>``."""
    return '"' + _PRINTABLE.sub(_escape, value) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return "\\" + character if character in '"\\' else _escape_unit(character)


def _escape_unit(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def number(value: float) -> str:
    """A number as JavaScript text; see :func:`literal` for what it raises."""
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise ValueError(f"{value} is past 2**53 - 1, which JavaScript cannot hold exactly")
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    return "-0" if value == 0 and math.copysign(1, value) < 0 else number_text(value)


def property_key(key: str) -> str:
    """A key of an object literal. ``__proto__`` is computed, since the plain key would set the prototype."""
    if key == "__proto__":
        return '["__proto__"]'
    return key if is_identifier(key) else string(key)


def number_text(value: float) -> str:
    """The text that JavaScript's ``String(value)`` gives for a finite number (ECMA-262, Number::toString)."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    if 0 < point <= 21:
        text = text.ljust(point, "0") if len(text) <= point else f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + text
    else:
        text = f"{text[0]}.{text[1:]}" if len(text) > 1 else text
        text += f"e{point - 1:+d}"
    return "-" * sign + text


def regular_expression(pattern: Pattern) -> str:
    """A regular expression literal: letters and digits stand for themselves, all else is escaped."""
    return f"/{_escaped_pattern(pattern.text)}/{pattern.flags}"


def _escaped_pattern(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", lambda match: _escape_unit(match.group()), text)


def glob_expression(patterns: Sequence[str]) -> str:
    """A regular expression literal for texts that are like one of the patterns, as a whole."""
    groups = count(1)

    def alternative(pattern: str) -> str:
        first, *others = (re.sub(r"[^A-Za-z0-9_-]", _escape_sign, part) for part in pattern.split("*"))
        if not others:
            return f"{first}$"
        *inner, last = others
        # The first place that fits will do, and a group of a lookahead is never tried again.
        found = (f"(?=([^]*?{part}))\\{next(groups)}" for part in inner if part)
        return "".join((first, *found, f"[^]*{last}$" if last else ""))

    alternatives = list(map(alternative, patterns))
    return f"/^{alternatives[0]}/" if len(alternatives) == 1 else f"/^(?:{'|'.join(alternatives)})/"


def _escape_sign(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{character}" if character in "/." else _escape_unit(character)


class _Writer(msgspec.Struct, frozen=True):
    indent: int

    def statement(self, node: Statement) -> str:  # noqa: PLR0911 - one case a kind of node
        match node:
            case Comment(text):
                return f"// {string(text)}"
            case Const(Name(name), value):
                return f"const {name} = {self.expression(value)};"
            case Let(Name(name)):
                return f"let {name};"
            case Assign(target, value):
                return f"{self.expression(target)} = {self.expression(value)};"
            case Return(value):
                return f"return {self.expression(value)};"
            case Evaluate(value):
                text = self.expression(value)
                return f"({text});" if text.startswith("{") else f"{text};"
            case If(test, (Throw() as only,)):
                return f"if ({self.expression(test)}) {self.statement(only)}"
            case If(test, body):
                return f"if ({self.expression(test)}) {self._braces(body)}"
            case Try(body, Name(error), handler):
                return f"try {self._braces(body)} catch ({error}) {self._braces(handler)}"
            case Throw(value):
                return f"throw {self.expression(value)};"

    def expression(self, node: Expression, outer: int = _LOWEST) -> str:
        """The text, in parentheses where what is around it binds tighter."""
        text, precedence = self._expression(node)
        return f"({text})" if precedence < outer else text

    def _expression(self, node: Expression) -> tuple[str, int]:  # noqa: PLR0911, PLR0912 - one case a kind of node
        match node:
            case Name(name):
                return name, _PRIMARY
            case Value(value):
                return self._literal(value)
            case Undefined():
                return "void 0", _UNARY
            case Member(target, key):
                text = self.expression(target, _POSTFIX)
                if isinstance(target, Object) or (isinstance(target, Value) and not text.startswith("(")):
                    text = f"({text})"
                return text + (f".{key}" if is_identifier(key) else f"[{string(key)}]"), _POSTFIX
            case Call(callee, (Object() | Array() as only,)):
                return f"{self.expression(callee, _POSTFIX)}({self.expression(only)})", _POSTFIX
            case Call(callee, arguments):
                head = self.expression(callee, _POSTFIX)
                return head + self._list("(", [self._entry(item) for item in arguments], ")"), _POSTFIX
            case Unary(operator, operand):
                space = " " if operator.isalpha() else ""
                return operator + space + self.expression(operand, _UNARY), _UNARY
            case Binary(operator, left, right):
                level = _PRECEDENCE[operator]
                return f"{self.expression(left, level + 1)} {operator} {self.expression(right, level + 1)}", level
            case Chain(operator, operands):
                level = _PRECEDENCE[operator]
                return f" {operator} ".join(self.expression(part, level + 1) for part in operands), level
            case Pattern():
                return regular_expression(node), _PRIMARY
            case Wildcards(patterns):
                return f"/{wildcard_expression(patterns, _escaped_pattern)}/", _PRIMARY
            case Glob(patterns):
                return glob_expression(patterns), _PRIMARY
            case Conditional(test, then, otherwise):
                parts = self.expression(test, 1), self.expression(then), self.expression(otherwise)
                return "{} ? {} : {}".format(*parts), _LOWEST
            case Array(items, by_line):
                texts = [self._entry(item) for item in items]
                if by_line:
                    return self._lines("[", [f"{text}," for text in texts], "]"), _PRIMARY
                return self._list("[", texts, "]"), _PRIMARY
            case Object(entries):
                return self._object((key, self._entry(value)) for key, value in entries), _PRIMARY
            case Shorthand(Name(name)):
                return f"{{ {name} }}", _PRIMARY
            case Arrow(parameters, body):
                head = parameters[0] if len(parameters) == 1 else f"({', '.join(parameters)})"
                return f"{head} => {self._result(body)}", _LOWEST

    def _result(self, body: Expression | Body) -> str:
        """What stands behind an arrow; an object needs parentheses, or it would be statements in braces."""
        if isinstance(body, tuple):
            return self._braces(body)
        text = self.expression(body)
        return f"({text})" if text.startswith("{") else text

    def _literal(self, value: JsonValue) -> tuple[str, int]:
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value], _PRIMARY
        if isinstance(value, str):
            return string(value), _PRIMARY
        if isinstance(value, int | float):
            text = number(value)
            return text, _UNARY if text.startswith("-") else _PRIMARY
        if isinstance(value, Mapping):
            entries = ((key, self._entry(Value(item))) for key, item in value.items())
            return self._object(entries), _PRIMARY
        return self._list("[", [self._entry(Value(item)) for item in value], "]"), _PRIMARY

    def _entry(self, node: Expression) -> str:
        return _Writer(self.indent + _INDENT).expression(node)

    def _object(self, entries: Iterable[tuple[str, str]]) -> str:
        return self._list("{", [f"{property_key(key)}: {value}" for key, value in entries], "}")

    def _list(self, left: str, items: Sequence[str], right: str) -> str:
        pad = " " if left == "{" and items else ""
        flat = f"{left}{pad}{', '.join(items)}{pad}{right}"
        if (self.indent + len(flat) <= _WIDTH and "\n" not in flat) or not items:
            return flat
        return self._lines(left, [*(f"{item}," for item in items[:-1]), items[-1]], right)

    def _braces(self, body: Body) -> str:
        inner = _Writer(self.indent + _INDENT)
        return self._lines("{", [inner.statement(item) for item in body], "}")

    def _lines(self, left: str, lines: Iterable[str], right: str) -> str:
        margin = "\n" + " " * self.indent
        return left + "".join(f"{margin}{' ' * _INDENT}{line}" for line in lines) + margin + right
