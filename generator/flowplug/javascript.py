"""JavaScript expressions as a tree, and the one place that writes them as text.

Nothing from a project file reaches the output except through :func:`write`. What it writes is ASCII and
valid ES2015, is inert inside an HTML ``<script>`` element, and means the same in sloppy and in strict mode.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest whole number that a JavaScript number holds exactly (ECMA-262, Number.MAX_SAFE_INTEGER)."""

MAX_PARTS = 50
"""The most parts that a path may have: far more than any event has levels."""

LINE_WIDTH = 100

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_PRINTABLE = re.compile(r"[^ !#-;=\?-\[\]-~]")
_PLAIN_TEXT = re.compile(r'"(?![0-9+.-])[^\\`$\[]*"')
_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "===", "!=="), 3),
    **dict.fromkeys(("<", "<=", ">", ">=", "in"), 4),
    "+": 5,
}
_UNARY, _POSTFIX, _PRIMARY, _LOWEST = 6, 7, 8, 0


@dataclass(frozen=True, slots=True)
class Literal:
    """Plain data: any JSON value."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Undefined:
    """The value ``undefined``."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable of the templates or of this compiler; never a name from a project file."""

    id: str

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.id):
            raise ValueError(f"not a JavaScript identifier: {self.id!r}")


@dataclass(frozen=True, slots=True)
class Member:
    """``object.key``; the key may be any string."""

    object: Expression
    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """``callee(...arguments)``."""

    callee: Expression
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Unary:
    """``!operand`` or ``typeof operand``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, ``left operator right``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Chain:
    """``first operator second operator …`` for ``&&``, ``||`` and ``+``: two operands or more."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that matches just this text; ``flags`` are JavaScript's."""

    text: str
    flags: str


@dataclass(frozen=True, slots=True)
class Conditional:
    """``test ? then : otherwise``."""

    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Array:
    """``[...items]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Object:
    """``{key: value, ...}``: keys may be any strings, ``__proto__`` among them, and stay data."""

    entries: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """``(parameter, ...) => body``."""

    parameters: tuple[str, ...]
    body: Expression


Expression: TypeAlias = (
    Literal
    | Undefined
    | Name
    | Member
    | Call
    | Unary
    | Binary
    | Chain
    | Pattern
    | Conditional
    | Array
    | Object
    | Arrow
)


def write(expression: Expression, indent: int = 0) -> str:
    """The expression as JavaScript text; lines wider than 100 columns are broken at ``indent`` spaces."""
    return _Writer(indent).write(expression, _LOWEST)


def literal(value: JsonValue, indent: int = 0) -> str:
    """A JSON value as JavaScript text.

    Raises ValueError for a number that JavaScript cannot hold (NaN, an infinity, a whole number past
    2**53 - 1): nothing is rounded silently.
    """
    return write(Literal(value), indent)


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
    return key if _IDENTIFIER.fullmatch(key) else string(key)


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


def chain(operator: str, operands: Iterable[Expression]) -> Expression:
    """``first operator second operator …``, flat; one operand stands for itself."""
    flat: list[Expression] = []
    for operand in operands:
        same = isinstance(operand, Chain) and operand.operator == operator
        flat.extend(operand.operands if same and isinstance(operand, Chain) else [operand])
    return flat[0] if len(flat) == 1 else Chain(operator, tuple(flat))


def regular_expression(pattern: Pattern) -> str:
    """A regular expression literal: letters and digits stand for themselves, all else is escaped."""
    body = re.sub(r"[^A-Za-z0-9]", lambda match: _escape_unit(match.group()), pattern.text)
    return f"/{body}/{pattern.flags}"


def names(expression: Expression) -> Iterator[str]:
    """The variables that an expression uses."""
    if isinstance(expression, Name):
        yield expression.id
    for part in expression.__match_args__:
        for inner in _expressions(getattr(expression, part)):
            yield from names(inner)


def _expressions(value: object) -> Iterator[Expression]:
    if isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)
    elif isinstance(value, Expression):
        yield value


def shield(source: str) -> tuple[str, Mapping[str, str]]:
    """Hide string literals from a minifier that would change them.

    It decodes escapes, and takes the quotes off a key that looks like a number, which may round it. Returns
    the source with a plain token in the place of each such literal, and the literals by token;
    :func:`unshield` puts them back. Works on text of this project's own writing: literals are in double
    quotes, which stand nowhere else but in comments that begin with ``//``.
    """
    literals: dict[str, str] = {}
    prefix = "-lit"
    while prefix in source:
        prefix += "-"

    def hide(match: re.Match[str]) -> str:
        text = match.group()
        if text.startswith("/") or _PLAIN_TEXT.fullmatch(text):
            return text
        token = f"{prefix}{len(literals)}-"
        literals[token] = text
        return f'"{token}"'

    return re.sub(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"', hide, source), literals


def unshield(source: str, literals: Mapping[str, str]) -> str:
    """The reverse of :func:`shield`, whatever quotes the minifier chose, and whatever code it found dead.

    Raises ValueError if a literal has become part of another one.
    """
    if not literals:
        return source
    tokens = "|".join(map(re.escape, literals))
    rest = re.sub(rf"([\"'`])({tokens})\1", "", source)
    if re.search(tokens, rest):
        raise ValueError("the minifier changed a string literal")
    return re.sub(rf"([\"'`])({tokens})\1", lambda match: literals[match.group(2)], source)


@dataclass(frozen=True, slots=True)
class _Writer:
    indent: int
    step: int = 2

    def write(self, node: Expression, outer: int) -> str:
        text, precedence = self._render(node)
        return f"({text})" if precedence < outer else text

    def _render(self, node: Expression) -> tuple[str, int]:  # noqa: PLR0911, PLR0912 - one case a kind of node
        match node:
            case Literal(value):
                return self._literal(value)
            case Undefined():
                return "void 0", _UNARY
            case Name(name):
                return name, _PRIMARY
            case Member(target, key):
                text = self.write(target, _POSTFIX)
                if isinstance(target, Object) or (isinstance(target, Literal) and not text.startswith("(")):
                    text = f"({text})"
                return text + (f".{key}" if _IDENTIFIER.fullmatch(key) else f"[{string(key)}]"), _POSTFIX
            case Call(callee, (Object() | Array() as only,)):
                return f"{self.write(callee, _POSTFIX)}({self.write(only, _LOWEST)})", _POSTFIX
            case Call(callee, arguments):
                head = self.write(callee, _POSTFIX)
                return head + self._list("(", [self._entry(item) for item in arguments], ")"), _POSTFIX
            case Unary(operator, operand):
                space = " " if operator.isalpha() else ""
                return operator + space + self.write(operand, _UNARY), _UNARY
            case Binary(operator, left, right):
                level = _PRECEDENCE[operator]
                return f"{self.write(left, level + 1)} {operator} {self.write(right, level + 1)}", level
            case Chain(operator, operands):
                level = _PRECEDENCE[operator]
                return f" {operator} ".join(self.write(part, level + 1) for part in operands), level
            case Pattern():
                return regular_expression(node), _PRIMARY
            case Conditional(test, then, otherwise):
                parts = self.write(test, 1), self.write(then, _LOWEST), self.write(otherwise, _LOWEST)
                return "{} ? {} : {}".format(*parts), _LOWEST
            case Array(items):
                return self._list("[", [self._entry(item) for item in items], "]"), _PRIMARY
            case Object(entries):
                return self._object((key, self._entry(value)) for key, value in entries), _PRIMARY
            case Arrow(parameters, body):
                text = self.write(body, _LOWEST)
                text = f"({text})" if text.startswith("{") else text
                head = parameters[0] if len(parameters) == 1 else f"({', '.join(parameters)})"
                return f"{head} => {text}", _LOWEST

    def _literal(self, value: JsonValue) -> tuple[str, int]:
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value], _PRIMARY
        if isinstance(value, str):
            return string(value), _PRIMARY
        if isinstance(value, int | float):
            text = number(value)
            return text, _UNARY if text.startswith("-") else _PRIMARY
        if isinstance(value, Mapping):
            entries = ((key, self._entry(Literal(item))) for key, item in value.items())
            return self._object(entries), _PRIMARY
        return self._list("[", [self._entry(Literal(item)) for item in value], "]"), _PRIMARY

    def _entry(self, node: Expression) -> str:
        return _Writer(self.indent + self.step).write(node, _LOWEST)

    def _object(self, entries: Iterable[tuple[str, str]]) -> str:
        return self._list("{", [f"{property_key(key)}: {value}" for key, value in entries], "}")

    def _list(self, left: str, items: Sequence[str], right: str) -> str:
        pad = " " if left == "{" and items else ""
        flat = f"{left}{pad}{', '.join(items)}{pad}{right}"
        if (self.indent + len(flat) <= LINE_WIDTH and "\n" not in flat) or not items:
            return flat
        margin = "\n" + " " * (self.indent + self.step)
        return left + "".join(f"{margin}{item}," for item in items)[:-1] + "\n" + " " * self.indent + right
