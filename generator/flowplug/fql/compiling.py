"""Compiling: a trigger becomes a JavaScript expression: the test, or the reason why an event does not match."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TypeAlias

from ..events import EVENT_TYPES
from ..javascript import Binary, Call, Expression, Member, Name, Unary, Value, chain
from .folding import decide_type
from .tree import Condition, Field, Folded, Group, Tree, group, unparse

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


def compile_reason(tree: Tree, read: Read) -> Expression:
    """The JavaScript expression that says why an event does not match; its value is empty for those that do.

    It names the first condition that fails, or the alternatives, which all do, in the words of the trigger and
    with the value of the field. It needs two functions: ``unless(holds, text, value)`` gives the reason for one
    condition, and ``either(...reasons)`` joins those of alternatives, unless one of them is empty. ``read`` is
    asked for the type of the event, too, which folding would have decided.
    """
    if isinstance(tree, Condition):
        return _reason([tree], read)
    if tree.operator == "and":
        return chain("||", [compile_reason(child, read) for child in tree.children])
    reasons: list[Expression] = []
    for field, run in groupby(tree.children, lambda child: isinstance(child, Condition) and child.field):
        alternatives = list(run)
        conditions = [child for child in alternatives if isinstance(child, Condition)]
        reasons += (
            [_reason(conditions, read)] if field else [compile_reason(child, read) for child in alternatives]
        )
    return reasons[0] if len(reasons) == 1 else Call(Name("either"), tuple(reasons))


def _reason(alternatives: list[Condition], read: Read) -> Expression:
    """The reason for conditions on one field of which none holds."""
    value = read(alternatives[0].field)
    tests = chain("||", [_compile_test(condition, value) for condition in alternatives])
    return Call(Name("unless"), (tests, Value(" or ".join(map(unparse, alternatives))), value))


def _compile_test(condition: Condition, value: Expression) -> Expression:
    """A condition as it is tested; those on the type are decided as they are where triggers are folded."""
    if condition.field != ("type",):
        return _compile_condition(condition, lambda: value)
    allowed = [Binary("===", value, Value(name)) for name in EVENT_TYPES if decide_type(condition, name)]
    return chain("||", allowed) if allowed else Value(False)


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
