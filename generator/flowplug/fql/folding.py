"""Folding: what is left of a trigger for events of one type."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ..events import EventType
from .tree import Condition, Field, Folded, Group, Tree

Decide: TypeAlias = Callable[[Condition], "bool | None"]
"""Whether a condition holds, or None where only an event can tell."""


def fold(tree: Tree, event_type: EventType) -> Folded:
    """The tree for events of one type: its conditions on ``type`` are decided; so may be the whole."""
    return fold_with(tree, lambda condition: decide_type(condition, event_type))


def decide_type(condition: Condition, event_type: EventType) -> bool | None:
    """Whether a condition on the type holds, None for other fields.

    The type is text, so no comparison of numbers holds.
    """
    if condition.field != ("type",):
        return None
    return condition.operator in ("=", "!=") and (condition.value == event_type) == (condition.operator == "=")


def decide_text(condition: Condition, field: Field, text: str) -> bool | None:
    """Whether a condition holds where a field is this text, None for other fields."""
    if condition.field != field:
        return None
    if kind := _FIXING.get(condition.operator):
        return kind == "text" and condition.value == text
    return _holds(condition, ("text", text))


def fold_with(tree: Tree, decide: Decide) -> Folded:
    """The tree without the conditions that are decided; so may be the whole."""
    if isinstance(tree, Condition):
        decided = decide(tree)
        return tree if decided is None else decided
    decisive = tree.operator == "or"
    children: list[Tree] = []
    for child in tree.children:
        folded = fold_with(child, decide)
        if folded is decisive:
            return decisive
        if not isinstance(folded, bool):
            children.append(folded)
    if tree.operator == "and" and _contradict(children):
        return False
    if not children:
        return not decisive
    return children[0] if len(children) == 1 else Group(tree.operator, tuple(children))


def _contradict(children: Iterable[Tree]) -> bool:
    """Whether conditions that must all hold leave a field no value, as far as fixed values tell."""
    allowed: dict[Field, set[_Fixed]] = {}
    tests: dict[Field, list[Condition]] = {}
    for child in children:
        if isinstance(child, Condition):
            tests.setdefault(child.field, []).append(child)
        if choice := _choice(child):
            field, values = choice
            allowed[field] = allowed[field].intersection(values) if field in allowed else set(values)
    return any(
        not any(all(_holds(test, value) for test in tests.get(field, ())) for value in values)
        for field, values in allowed.items()
    )


def _choice(tree: Tree) -> tuple[Field, list[_Fixed]] | None:
    """The field, and the only values that it may have, where a tree says so."""
    if isinstance(tree, Condition):
        kind = _FIXING.get(tree.operator)
        return (tree.field, [(kind, tree.value)]) if kind else None
    parts = [_choice(child) for child in tree.children]
    found = [part for part in parts if part]
    fields = {field for field, _ in found}
    if len(found) < len(parts) or len(fields) > 1:
        return None
    return fields.pop(), [value for _, values in found for value in values]


def _holds(condition: Condition, fixed: _Fixed) -> bool:
    """Whether a condition is true of a fixed value; one that fixes a value itself is no test here."""
    (kind, value), wanted, operator = fixed, condition.value, condition.operator
    if operator == "exists":
        return kind != "nothing"
    if operator == "!=":
        return value != wanted
    if operator in _NUMBER_TESTS:
        return kind == "number" and _NUMBER_TESTS[operator](value, wanted)
    bare = operator.removeprefix("not_")
    if bare in _TEXT_TESTS:
        return kind == "text" and _TEXT_TESTS[bare](str(value), str(wanted)) == (operator == bare)
    return True


_Fixed: TypeAlias = "tuple[str, str | float | None]"
"""A value that a field must have: its kind, and the text or number."""

_FIXING: Mapping[str, str] = {
    "=": "text",
    "number_equals": "number",
    "is_true": "true",
    "is_false": "false",
    "not_exists": "nothing",
}
_NUMBER_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "number_not_equals": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operators.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
