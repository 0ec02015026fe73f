"""Code: the blocks of a plan as statements.

Where several subscriptions see an event, each runs in a ``try`` of its own, so that an error in one stops no
other; the first error is thrown when all have run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from ..events import EventType
from ..hosts import EVENT
from ..javascript import (
    Array,
    Arrow,
    Assign,
    Body,
    Call,
    Comment,
    Const,
    Evaluate,
    Expression,
    If,
    Let,
    Member,
    Name,
    Shorthand,
    Throw,
    Try,
    Value,
    balanced,
    chain,
    variables,
)
from .blocks import Block, Constants, Effect, Hook, Lookup, NameTable

_FAILED, _ERROR = Name("failed"), Name("error")


class CompiledCode(msgspec.Struct, frozen=True, dict=True):
    """What the subscriptions have become: declarations, and by event type the function that gets its events."""

    declarations: tuple[Const, ...]
    handlers: tuple[tuple[EventType, Expression], ...]

    @cached_property
    def variables(self) -> frozenset[str]:
        """All that the code mentions, the helpers that it calls among them."""
        return variables(*self.declarations, *(handler for _, handler in self.handlers))

    def balanced(self) -> CompiledCode:
        """The same code for a parser that allows few levels (:func:`flowplug.javascript.balanced`)."""
        handlers = tuple((event_type, balanced(handler)) for event_type, handler in self.handlers)
        return CompiledCode(tuple(map(balanced, self.declarations)), handlers)


def compile_code(hooks: Iterable[Hook], tables: Iterable[NameTable]) -> CompiledCode:
    """The code of all hooks; a hook of several event types becomes one function under the names of all."""
    declarations = [_table(table) for table in tables]
    handlers: list[tuple[EventType, Expression]] = []
    for hook in hooks:
        handler: Expression = _function(hook.block)
        if len(hook.event_types) > 1:
            shared = Name("Or".join(hook.event_types))
            declarations.append(Const(shared, handler))
            handler = shared
        handlers.extend((event_type, handler) for event_type in hook.event_types)
    return CompiledCode(tuple(declarations), tuple(handlers))


def _table(table: NameTable) -> Const:
    rows = tuple(Array((_function(block), *map(Value, names)), by_line=True) for names, block in table.entries)
    return Const(Name(table.name), Call(Name("byName"), (Array(rows, by_line=True),)))


def _function(block: Block) -> Arrow:
    return Arrow((EVENT.id,), (*_constants(block.constants), *_items(block)))


def _items(block: Block) -> Body:
    if len(block.items) == 1:
        return _item(block.items[0])
    keep = Assign(_FAILED, chain("||", [_FAILED, Shorthand(_ERROR)]))
    tries = (Try(_item(item), _ERROR, (keep,)) for item in block.items)
    return (Let(_FAILED), *tries, If(_FAILED, (Throw(Member(_FAILED, _ERROR.id)),)))


def _item(item: Effect | Lookup) -> Body:
    if isinstance(item, Lookup):
        return (Evaluate(Call(Name("lookUp"), (Name(item.table), EVENT))),)
    work = (*_constants(item.inner), Evaluate(item.call))
    guarded = work if item.test is None else (If(item.test, work),)
    return (Comment(item.name), *_constants(item.outer), *guarded)


def _constants(constants: Constants) -> Body:
    return tuple(Const(Name(name), value) for name, value in constants)
