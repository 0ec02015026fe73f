"""Blocks: what becomes of an event, as tests and calls in the order of the project.

Neighbours that are keyed by event name share a table. A path that is read more than once is read into a constant
first: a field of the event for the whole block, a path below it for one subscription, since reading it may throw
and must then stop no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, groupby
from typing import TypeAlias

import msgspec

from .. import mapping
from ..events import EventType
from ..hosts import EVENT, Host
from ..javascript import Expression, Member, Name, Undefined, chain
from ..mapping import Parts
from .rules import Case, compile_call, compile_test

Constants: TypeAlias = tuple[tuple[str, Expression], ...]
Entries: TypeAlias = "tuple[tuple[tuple[str, ...], Block], ...]"


class Effect(msgspec.Struct, frozen=True):
    """What one subscription does: ``outer`` constants, then the call, if the test holds, with ``inner`` ones."""

    name: str
    outer: Constants
    test: Expression | None
    inner: Constants
    call: Expression


class NameTable(msgspec.Struct, frozen=True):
    """Blocks by event name: each entry has the names that lead to it."""

    name: str
    entries: Entries


class Lookup(msgspec.Struct, frozen=True):
    """Subscriptions keyed by event name, found in a table."""

    table: str


class Block(msgspec.Struct, frozen=True):
    """What happens with an event, in the order of the project."""

    constants: Constants
    items: tuple[Effect | Lookup, ...]


class Hook(msgspec.Struct, frozen=True):
    """The types of event that share one block."""

    event_types: tuple[EventType, ...]
    block: Block


def compile_block(
    cases: Sequence[Case], tables: dict[Entries, NameTable], host: Host, event_type: EventType
) -> Block:
    """The block for cases in their order; neighbours keyed by event name share a table."""
    items: list[Case | Lookup] = []
    for named, run in groupby(cases, lambda case: bool(case.names)):
        if not named:
            items.extend(run)
            continue
        entries = _entries(list(run), host, event_type)
        table = tables.setdefault(entries, NameTable(f"byName{len(tables) + 1}", entries))
        items.append(Lookup(table.name))
    return _Allocation(items, host, event_type).block()


def _entries(cases: Sequence[Case], host: Host, event_type: EventType) -> Entries:
    """The entries of a table: names that lead to the same cases share one."""
    by_name: dict[str, tuple[int, ...]] = {}
    for index, case in enumerate(cases):
        for name in case.names:
            by_name[name] = (*by_name.get(name, ()), index)
    shared: dict[tuple[int, ...], tuple[str, ...]] = {}
    for name, indices in by_name.items():
        shared[indices] = (*shared.get(indices, ()), name)
    return tuple(
        (
            together,
            _Allocation([msgspec.structs.replace(cases[i], names=()) for i in indices], host, event_type).block(),
        )
        for indices, together in shared.items()
    )


class _Usage(msgspec.Struct):
    """How a path is read: how often, whether by a test, by which items, and whether something below it is."""

    reads: int = 0
    tested: bool = False
    has_below: bool = False
    items: set[int] = msgspec.field(default_factory=set)


class _Allocation:
    """Compiles a block twice: once to see which paths are read where, once with the constants that follow.

    ``whole`` is the event as Segment has it: of another host, an object that is made for this.
    """

    def __init__(self, items: Sequence[Case | Lookup], host: Host, event_type: EventType) -> None:
        self.items = items
        self.host, self.event_type = host, event_type
        self.whole = host.read_all(event_type)
        self.fields: dict[Parts, _Usage] = {}
        self.below: list[dict[Parts, _Usage]] = [{} for _ in items]
        for index, item in enumerate(items):
            if isinstance(item, Case):
                compile_test(item, self._recorder(index, tested=True))
                compile_call(item, self._recorder(index, tested=False))
        numbers = count(1)
        self.names = {path: f"value{next(numbers)}" for path in _several(self.fields)}
        self.names_below = [{path: f"value{next(numbers)}" for path in _several(usage)} for usage in self.below]

    def block(self) -> Block:
        shared = [path for path in self.names if len(self.fields[path].items) > 1]
        items = tuple(
            item if isinstance(item, Lookup) else self._effect(index, item)
            for index, item in enumerate(self.items)
        )
        return Block(self._constants(shared, self.names), items)

    def _effect(self, index: int, case: Case) -> Effect:
        alone = [path for path in self.names if self.fields[path].items == {index}]
        usage = {**self.fields, **self.below[index]}
        known = {**self.names, **self.names_below[index]}
        mine = [*alone, *self.names_below[index]]

        def read(path: Parts) -> Expression:
            return Name(known[path]) if path in known else self._access(path, known)

        return Effect(
            name=case.rule.subscription.name,
            outer=self._constants([path for path in mine if usage[path].tested], known),
            test=compile_test(case, read),
            inner=self._constants([path for path in mine if not usage[path].tested], known),
            call=compile_call(case, read),
        )

    def _recorder(self, index: int, *, tested: bool) -> mapping.Read:
        def record(path: Parts) -> Expression:
            if path and self._is_absent(path[0]):
                return Undefined()
            for length in range(1, len(path) + 1) if path or self.whole == EVENT else (0,):
                usage = (self.below[index] if length > 1 else self.fields).setdefault(path[:length], _Usage())
                usage.items.add(index)
                usage.tested |= tested
                usage.has_below |= length < len(path)
                usage.reads += length == len(path)
            return EVENT

        return record

    def _constants(self, paths: Iterable[Parts], known: dict[Parts, str]) -> Constants:
        return tuple((known[path], self._access(path, known)) for path in paths)

    def _access(self, path: Parts, known: dict[Parts, str]) -> Expression:
        """The event is always there; what it holds may not be, and then a path ends where it stops."""
        if not path:
            return self.whole
        if len(path) == 1 or self._is_absent(path[0]):
            return self.host.read(self.event_type, path[0])
        parent = Name(known[path[:-1]])
        return chain("&&", [parent, Member(parent, path[-1])])

    def _is_absent(self, field: str) -> bool:
        return self.host.read(self.event_type, field) == Undefined()


def _several(usage: dict[Parts, _Usage]) -> list[Parts]:
    """The paths that are read more than once, those above others first."""
    return [path for path in sorted(usage, key=len) if usage[path].reads > 1 or usage[path].has_below]
