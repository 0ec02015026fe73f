"""Reading a trigger: as it was meant, and as Segment walks over it, which is what counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import msgspec

from ..errors import Finding
from ..events import EVENT_TYPES, EventType
from .errors import FqlError
from .folding import fold
from .grammar import Item, Joint, Parenthesis, read_items
from .tree import Condition, Folded, Junction, Tree, group
from .warnings import condition_warnings, mixed_warning, type_warnings

MAX_LENGTH = 10_000
"""The most characters that a trigger may have."""


class Trigger(msgspec.Struct, frozen=True, dict=True):
    """A trigger: its ``tree`` as Segment reads it, and as its author ``meant`` it."""

    tree: Tree
    meant: Tree
    has_cut_parentheses: bool

    @cached_property
    def folded(self) -> Mapping[EventType, Folded]:
        """What is left of it for each type of event."""
        return {event_type: fold(self.tree, event_type) for event_type in EVENT_TYPES}

    @cached_property
    def warnings(self) -> tuple[Finding, ...]:
        """What its author should know; places are seen from the trigger, so they are empty."""
        is_as_meant = self.tree == self.meant
        mixed = mixed_warning(self.meant, self.tree, has_cut_parentheses=self.has_cut_parentheses)
        return (
            *condition_warnings(self.tree),
            *(() if is_as_meant else (mixed,)),
            *type_warnings(self.tree, is_as_meant=is_as_meant),
        )


@lru_cache(maxsize=1024)
def parse(source: str) -> Trigger:
    """Read a trigger. Raises FqlError where it is malformed, or where Segment would misread it in silence."""
    if len(source) > MAX_LENGTH:
        raise FqlError("trigger-too-long", f"longer than {MAX_LENGTH} characters; use several subscriptions")
    items = read_items(source)
    return Trigger(_as_segment_reads(items), _as_meant(items), any(map(_is_cut_short, items)))


def _as_meant(items: Sequence[Item]) -> Tree:
    """The usual reading: ``and`` binds more tightly than ``or``, and parentheses hold together."""
    alternatives: list[list[Tree]] = [[]]
    for item in items:
        if isinstance(item, Joint):
            if item.operator == "or":
                alternatives.append([])
        else:
            alternatives[-1].append(_as_meant(item.items) if isinstance(item, Parenthesis) else item)
    return group("or", [group("and", terms) for terms in alternatives])


def _as_segment_reads(items: Sequence[Item]) -> Tree:
    """Segment's reading: all terms are joined by the last ``and`` or ``or`` that was seen.

    A parenthesis ends for it at the first ``)``, which may be that of a function inside: what follows the
    function then stands outside.
    """
    terms: list[Tree] = []
    operator: Junction = "and"
    waiting = deque(items)
    while waiting:
        item = waiting.popleft()
        if isinstance(item, Joint):
            operator = item.operator
        elif isinstance(item, Parenthesis):
            end = next((i for i, inner in enumerate(item.items) if _is_function(inner)), len(item.items)) + 1
            terms.append(_as_segment_reads(item.items[:end]))
            waiting.extendleft(reversed(item.items[end:]))
        else:
            terms.append(item)
    return group(operator, terms)


def _is_cut_short(item: Item) -> bool:
    return isinstance(item, Parenthesis) and any(map(_is_function, item.items))


def _is_function(item: Item) -> bool:
    return isinstance(item, Condition) and item.text.endswith(")")
