"""Payloads: what paths are read from, as expressions; and what is known of an expression's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from ..javascript import Array, Call, Chain, Expression, Member, Name, Object, Value, chain
from .paths import Parts

Read: TypeAlias = Callable[[Parts], Expression]


class Payload(msgspec.Struct, frozen=True):
    """What paths are read from: the event, an item of an array, or the result of a ``@transform``."""

    read: Read
    is_object: bool = True
    is_copied: bool = True
    """Whether a field is to share no object with the event (``plugin.copy``)."""
    is_protected: bool = False
    """Whether private data is taken out of all that leaves (``[privacy]``); of text, keys cannot be."""

    def before_text(self, value: Expression) -> Expression:
        """A value that becomes text, or keys of another form: what is private is taken out before."""
        return helper("protect", value) if self.is_protected else value


def chained_read(base: Expression, *, is_object: bool = True) -> Read:
    """Reads paths from ``base``, and stops at the first falsy value on the way, which it then gives."""

    def read(parts: Parts) -> Expression:
        members = [base]
        for part in parts:
            members.append(Member(members[-1], part))
        return chain("&&", members[1:] if is_object and parts else members)

    return read


def item_payload(*, is_object: bool) -> Payload:
    """What the parameter of the function around it holds, which is called ``item``."""
    return Payload(chained_read(Name("item"), is_object=is_object), is_object)


def helper(name: str, *arguments: Expression) -> Expression:
    """A call of one of the template's helpers, each of which is emitted only where it is called."""
    return Call(Name(name), arguments)


def is_constant(expression: Expression) -> bool:
    """Whether an expression holds nothing of the event's but text."""
    if isinstance(expression, Object):
        return all(is_constant(item) for _, item in expression.entries)
    if isinstance(expression, Array):
        return all(map(is_constant, expression.items))
    joined = isinstance(expression, Chain) and expression.operator == "+"
    return joined or isinstance(expression, Value) or _is_text(expression)


def _is_text(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.callee == _TEXT


_TEXT = Name("text")
