"""Reasons: why an event does not match a subscription, for those who look for what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from .. import fql, mapping
from ..javascript import Array, Arrow, Const, Expression, Name, Value
from ..mapping import Parts
from .rules import EVENT

_TYPE = Name("type")
_plain_read = mapping.chained_read(EVENT)


NamedTree: TypeAlias = "tuple[str, fql.Tree | None]"
"""The name of a subscription, and the tree of its trigger; None where it is disabled."""


def compile_reasons(trees: Iterable[NamedTree]) -> Const:
    """The declaration of ``reasons``: by subscription, a function of an event and the type that it came as.

    Its result is a text, which is empty where the event matches. It comes from the tree that becomes the test in a
    block, but from the whole tree, so that it can name what is left out there: conditions on the type, and event
    names that lead to an entry of a table.
    """
    rows = (Array((Value(name), _function(tree))) for name, tree in trees)
    return Const(Name("reasons"), Array(tuple(rows), by_line=True))


def _function(tree: fql.Tree | None) -> Expression:
    if tree is None:
        return Arrow((), Value("it is disabled"))
    return Arrow((EVENT.id, _TYPE.id), fql.compile_reason(tree, _read))


def _read(parts: Parts) -> Expression:
    """The type is what the hook was called for: middleware may have changed it in the event."""
    return _TYPE if parts == ("type",) else _plain_read(parts)
