"""The tree: expressions, and the statements that run them.

Structs, not dataclasses, which take as long to define as the rest of the package to load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, get_args

import msgspec

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

_LONG_CHAIN = 16
"""Operands; any number far below the levels that a parser allows does."""

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


class Value(msgspec.Struct, frozen=True):
    """Plain data: any JSON value."""

    value: JsonValue


class Undefined(msgspec.Struct, frozen=True):
    """The value ``undefined``."""


class Name(msgspec.Struct, frozen=True):
    """A variable of the templates or of this compiler; never a name from a project file."""

    id: str

    def __post_init__(self) -> None:
        if not is_identifier(self.id):
            raise ValueError(f"not a JavaScript identifier: {self.id!r}")


class Member(msgspec.Struct, frozen=True):
    """``object.key``; the key may be any string."""

    object: Expression
    key: str


class Call(msgspec.Struct, frozen=True):
    """``callee(...arguments)``."""

    callee: Expression
    arguments: tuple[Expression, ...] = ()


class Unary(msgspec.Struct, frozen=True):
    """``!operand`` or ``typeof operand``."""

    operator: str
    operand: Expression


class Binary(msgspec.Struct, frozen=True):
    """A comparison, ``left operator right``."""

    operator: str
    left: Expression
    right: Expression


class Chain(msgspec.Struct, frozen=True):
    """``first operator second operator …`` for ``&&``, ``||`` and ``+``: two operands or more."""

    operator: str
    operands: tuple[Expression, ...]


class Pattern(msgspec.Struct, frozen=True):
    """A regular expression that matches just this text; ``flags`` are JavaScript's."""

    text: str
    flags: str


class Wildcards(msgspec.Struct, frozen=True):
    """A regular expression for the names that some patterns mean, once they are folded (wildcards.py)."""

    patterns: tuple[str, ...]


class Glob(msgspec.Struct, frozen=True):
    """A regular expression for whole texts like one of these patterns, in which ``*`` stands for any characters.

    It takes time in proportion to the text: what has been found for a ``*`` is never sought again.
    """

    patterns: tuple[str, ...]


class Conditional(msgspec.Struct, frozen=True):
    """``test ? then : otherwise``."""

    test: Expression
    then: Expression
    otherwise: Expression


class Array(msgspec.Struct, frozen=True):
    """``[...items]``; with ``by_line`` each item has a line of its own, as rows of a table do."""

    items: tuple[Expression, ...]
    by_line: bool = False


class Object(msgspec.Struct, frozen=True):
    """``{key: value, ...}``: keys may be any strings, ``__proto__`` among them, and stay data."""

    entries: tuple[tuple[str, Expression], ...]


class Shorthand(msgspec.Struct, frozen=True):
    """``{ name }``: an object that holds a variable under the variable's own name."""

    variable: Name


class Arrow(msgspec.Struct, frozen=True):
    """``(parameter, ...) => body``; the body is an expression, or statements in braces."""

    parameters: tuple[str, ...]
    body: Expression | Body


Expression: TypeAlias = (
    Value
    | Undefined
    | Name
    | Member
    | Call
    | Unary
    | Binary
    | Chain
    | Pattern
    | Wildcards
    | Glob
    | Conditional
    | Array
    | Object
    | Shorthand
    | Arrow
)


class Comment(msgspec.Struct, frozen=True):
    """``// "text"``: in quotes and escaped, so that no text ends the comment."""

    text: str


class Const(msgspec.Struct, frozen=True):
    """``const variable = value;``."""

    variable: Name
    value: Expression


class Let(msgspec.Struct, frozen=True):
    """``let variable;``."""

    variable: Name


class Assign(msgspec.Struct, frozen=True):
    """``target = value;``: a variable, or a property whose key is not ``__proto__``."""

    target: Name | Member
    value: Expression


class Return(msgspec.Struct, frozen=True):
    """``return value;``."""

    value: Expression


class Evaluate(msgspec.Struct, frozen=True):
    """``expression;``, for what it does."""

    expression: Expression


class If(msgspec.Struct, frozen=True):
    """``if (test) body``."""

    test: Expression
    body: Body


class Try(msgspec.Struct, frozen=True):
    """``try { body } catch (error) { handler }``."""

    body: Body
    error: Name
    handler: Body


class Throw(msgspec.Struct, frozen=True):
    """``throw value;``."""

    value: Expression


Statement: TypeAlias = Comment | Const | Let | Assign | Return | Evaluate | If | Try | Throw
Body: TypeAlias = tuple[Statement, ...]
Node: TypeAlias = Expression | Statement
_Node = TypeVar("_Node", bound=Node)

_PARTS: Mapping[type, tuple[str, ...]] = {kind: kind.__match_args__ for kind in get_args(Node)}
"""The fields of each kind of node."""


def is_identifier(text: str) -> bool:
    """Whether a text needs no quotes as a key; reserved words are identifiers here."""
    return bool(_IDENTIFIER.fullmatch(text))


def chain(operator: str, operands: Iterable[Expression]) -> Expression:
    """``first operator second operator …``, flat; one operand stands for itself."""
    flat: list[Expression] = []
    for operand in operands:
        same = isinstance(operand, Chain) and operand.operator == operator
        flat.extend(operand.operands if same and isinstance(operand, Chain) else [operand])
    return flat[0] if len(flat) == 1 else Chain(operator, tuple(flat))


def balanced(node: _Node) -> _Node:
    """The same code with every long chain halved by parentheses, and its halves again.

    A parser goes one level deeper with each operand of a chain, and one level with each parenthesis.
    """
    rebuilt: _Node = _balanced(node)
    return rebuilt


def _balanced(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(map(_balanced, part))
    if isinstance(part, Chain) and len(part.operands) > _LONG_CHAIN:
        middle = len(part.operands) // 2
        halves = part.operands[:middle], part.operands[middle:]
        return Chain(part.operator, tuple(_balanced(Chain(part.operator, half)) for half in halves))
    names = _PARTS.get(type(part))
    return part if names is None else type(part)(*(_balanced(getattr(part, name)) for name in names))


def variables(*nodes: Node) -> frozenset[str]:
    """The variables that expressions and statements mention."""
    found: set[str] = set()
    rest: list[object] = list(nodes)
    while rest:
        part = rest.pop()
        if isinstance(part, Name):
            found.add(part.id)
        elif isinstance(part, tuple):
            rest.extend(part)
        elif isinstance(part, msgspec.Struct):
            rest.extend(msgspec.structs.astuple(part))
    return frozenset(found)
