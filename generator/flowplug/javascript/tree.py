"""The tree: expressions, and the statements that run them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, get_args

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


@dataclass(frozen=True, slots=True)
class Value:
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
        if not is_identifier(self.id):
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
    """``[...items]``; with ``by_line`` each item has a line of its own, as rows of a table do."""

    items: tuple[Expression, ...]
    by_line: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """``{key: value, ...}``: keys may be any strings, ``__proto__`` among them, and stay data."""

    entries: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Shorthand:
    """``{ name }``: an object that holds a variable under the variable's own name."""

    variable: Name


@dataclass(frozen=True, slots=True)
class Arrow:
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
    | Conditional
    | Array
    | Object
    | Shorthand
    | Arrow
)


@dataclass(frozen=True, slots=True)
class Comment:
    """``// "text"``: in quotes and escaped, so that no text ends the comment."""

    text: str


@dataclass(frozen=True, slots=True)
class Const:
    """``const variable = value;``."""

    variable: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Let:
    """``let variable;``."""

    variable: Name


@dataclass(frozen=True, slots=True)
class Assign:
    """``variable = value;``."""

    variable: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """``expression;``, for what it does."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class If:
    """``if (test) body``."""

    test: Expression
    body: Body


@dataclass(frozen=True, slots=True)
class Try:
    """``try { body } catch (error) { handler }``."""

    body: Body
    error: Name
    handler: Body


@dataclass(frozen=True, slots=True)
class Throw:
    """``throw value;``."""

    value: Expression


Statement: TypeAlias = Comment | Const | Let | Assign | Evaluate | If | Try | Throw
Body: TypeAlias = tuple[Statement, ...]
Node: TypeAlias = Expression | Statement

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
        elif names := _PARTS.get(type(part)):
            rest.extend([getattr(part, name) for name in names])
    return frozenset(found)
