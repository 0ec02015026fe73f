"""Reasons: why an event does not match a subscription, for those who look for what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TypeAlias

from .. import fql
from ..hosts import EVENT, Host
from ..javascript import (
    Array,
    Arrow,
    Binary,
    Conditional,
    Const,
    Expression,
    Member,
    Name,
    Undefined,
    Value,
    chain,
)
from ..mapping import Parts

_TYPE = Name("type")

NamedTree: TypeAlias = "tuple[str, fql.Tree | None]"
"""The name of a subscription, and the tree of its trigger; None where it is disabled."""


def compile_reasons(trees: Iterable[NamedTree], host: Host) -> Const:
    """The declaration of ``reasons``: by subscription, a function of a host's event and the type that it came as.

    Its result is a text, which is empty where the event matches. It comes from the tree that becomes the test in a
    block, but from the whole tree, so that it can name what is left out there: conditions on the type, and event
    names that lead to an entry of a table.
    """
    rows = (Array((Value(name), _function(tree, host))) for name, tree in trees)
    return Const(Name("reasons"), Array(tuple(rows), by_line=True))


def _function(tree: fql.Tree | None, host: Host) -> Expression:
    if tree is None:
        return Arrow((), Value("it is disabled"))
    return Arrow((EVENT.id, _TYPE.id), fql.compile_reason(tree, partial(_read, host)))


def _read(host: Host, parts: Parts) -> Expression:
    """The type is what the hook was called for: middleware may have changed it in the event."""
    if parts == ("type",):
        return _TYPE
    members = [_field(host, parts[0])]
    if members == [Undefined()]:
        return Undefined()
    for key in parts[1:]:
        members.append(Member(members[-1], key))
    return chain("&&", members)


def _field(host: Host, field: str) -> Expression:
    """A field of the event, which a host may have at another place for each type, or not at all."""
    *others, last = ((event_type, host.read(event_type, field)) for event_type in host.event_types)
    found = last[1]
    for event_type, expression in reversed(others):
        if expression != last[1]:
            found = Conditional(Binary("===", _TYPE, Value(event_type)), expression, found)
    return found
