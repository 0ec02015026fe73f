"""Compiling: a folded trigger becomes a JavaScript expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..javascript import Binary, Call, Expression, Member, Unary, Value, chain
from .tree import Condition, Field, Folded, Group, Tree, group

Read: TypeAlias = Callable[[Field], Expression]
"""Gives the expression that reads a field of the event."""

_METHODS = {"contains": "includes", "starts_with": "startsWith", "ends_with": "endsWith"}
_NUMBER_TESTS = {operator: operator for operator in ("<", "<=", ">", ">=")} | {"number_not_equals": "!=="}


def split_event_names(tree: Folded) -> tuple[tuple[str, ...], Folded]:
    """The event names that a tree demands, and the rest of what it demands; no names where it demands none."""
    if event_names := _event_names(tree):
        return event_names, True
    if isinstance(tree, Group) and tree.operator == "and":
        for index, child in enumerate(tree.children):
            if event_names := _event_names(child):
                rest = tree.children[:index] + tree.children[index + 1 :]
                return event_names, group("and", rest)
    return (), tree


def _event_names(tree: Folded) -> tuple[str, ...]:
    if isinstance(tree, Condition) and tree.field == ("event",) and tree.operator == "=":
        return (str(tree.value),)
    if isinstance(tree, Group) and tree.operator == "or":
        alternatives = [_event_names(child) for child in tree.children]
        if all(alternatives):
            return tuple(dict.fromkeys(name for some in alternatives for name in some))
    return ()


def compile_tree(tree: Tree, read: Read) -> Expression:
    """The JavaScript expression that is true for the events that match."""
    if isinstance(tree, Condition):
        return _compile_condition(tree, lambda: read(tree.field))
    operator = "&&" if tree.operator == "and" else "||"
    return chain(operator, [compile_tree(child, read) for child in tree.children])


def _compile_condition(condition: Condition, actual: Callable[[], Expression]) -> Expression:
    operator, value = condition.operator, Value(condition.value)
    bare = operator.removeprefix("not_")
    if bare in _METHODS:
        call = Call(Member(actual(), _METHODS[bare]), (value,))
        return _typed("string", actual, call if bare == operator else Unary("!", call))
    if operator in _NUMBER_TESTS:
        return _typed("number", actual, Binary(_NUMBER_TESTS[operator], actual(), value))
    if operator in ("exists", "not_exists"):
        return Binary("!=" if operator == "exists" else "==", actual(), Value(None))
    if operator in ("is_true", "is_false"):
        return Binary("===", actual(), Value(operator == "is_true"))
    return Binary("!==" if operator == "!=" else "===", actual(), value)


def _typed(kind: str, actual: Callable[[], Expression], test: Expression) -> Expression:
    return chain("&&", [Binary("===", Unary("typeof", actual()), Value(kind)), test])
