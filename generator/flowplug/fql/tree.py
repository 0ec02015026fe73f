"""The tree of a trigger: conditions on the fields of an event, and groups of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

Field: TypeAlias = tuple[str, ...]
"""A field of an event and the keys below it, such as ``("properties", "plan")``."""

Junction: TypeAlias = Literal["and", "or"]


class Condition(msgspec.Struct, frozen=True):
    """A test of one field: ``operator`` is one of Segment's, such as ``=`` or ``not_contains``.

    ``text`` is the condition as it was written; ``value`` is text or a number, or None where the operator
    needs none.
    """

    field: Field
    operator: str
    value: str | float | None
    text: str


class Group(msgspec.Struct, frozen=True):
    """Conditions of which some must hold: all of them for ``and``, one at least for ``or``."""

    operator: Junction
    children: tuple[Tree, ...]


Tree: TypeAlias = "Condition | Group"
Folded: TypeAlias = "Condition | Group | bool"
"""What is left of a tree for one type of event: True where every event matches, False where none does."""


def group(operator: Junction, terms: Sequence[Tree]) -> Tree:
    """One group of all terms; a group of the same operator inside it adds nothing of its own."""
    if len(terms) == 1:
        return terms[0]
    children: list[Tree] = []
    for term in terms:
        children.extend(term.children if isinstance(term, Group) and term.operator == operator else [term])
    return Group(operator, tuple(children))


def conditions(tree: Tree) -> Iterator[Condition]:
    """All conditions of a tree, in their order."""
    if isinstance(tree, Condition):
        yield tree
    else:
        for child in tree.children:
            yield from conditions(child)


def canonical(tree: Folded) -> object:
    """What two trees share that differ only in the order of their conditions, and in how these are written."""
    if isinstance(tree, Group):
        return tree.operator, frozenset(map(canonical, tree.children))
    return tree if isinstance(tree, bool) else (tree.field, tree.operator, tree.value)


def unparse(tree: Tree, *, inside: bool = False) -> str:
    """The tree as FQL, on one line, with parentheses around every inner group."""
    if isinstance(tree, Condition):
        return _SPACE_OUTSIDE_TEXT.sub(lambda match: match.group(1) or " ", tree.text)
    text = f" {tree.operator} ".join(unparse(child, inside=True) for child in tree.children)
    return f"({text})" if inside else text


_SPACE_OUTSIDE_TEXT = re.compile(r"""(\\.|"[^"]*"|'[^']*')|[ \t\n]+""", re.DOTALL)
