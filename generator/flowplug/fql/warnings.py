"""What a trigger means to Segment that its author may not expect, as warnings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from ..errors import Code, Finding, joined, printable, suggest
from ..events import COUNTERPARTS, EVENT_TYPES, TYPES_WITH, EventType, has_field
from .folding import decide_type, fold, fold_with
from .tree import Condition, Folded, Tree, conditions, unparse


def condition_warnings(tree: Tree) -> Iterator[Finding]:
    """The warnings for each condition alone."""
    for condition in conditions(tree):
        if _is_in_single_quotes(condition):
            text = _shown(condition)
            message = f"{text}: Segment keeps single quotes as part of the text; use double quotes"
            yield _warning("trigger-single-quotes", message)
        elif "with" in condition.operator:
            yield from _star_warnings(condition)
        elif condition.operator in ("=", "!=") and not condition.text.endswith('"'):
            value = printable(str(condition.value))
            message = (
                f'{_shown(condition)}: compares with the text "{value}"; put it in double quotes if you mean that'
            )
            yield _warning("trigger-unquoted-value", message)


def mixed_warning(meant: Tree, read: Tree, *, has_cut_parentheses: bool) -> Finding:
    """The warning for a trigger that Segment reads otherwise than it was meant."""
    head = f"Segment reads this as {_shown(read)}"
    if has_cut_parentheses:
        message = (
            f"{head}: it ends parentheses at the first contains() or match() inside; "
            "use a subscription for each alternative"
        )
        return _warning("trigger-cut-parentheses", message)
    joined = 'it joins all conditions with the last "and" or "or"'
    message = f"{head}: {joined}; if you do not mean that, write {_shown(meant)}"
    return _warning("trigger-mixed-and-or", message)


def type_warnings(tree: Tree, *, is_as_meant: bool) -> Iterator[Finding]:
    """The warnings for a trigger that matches fewer types of event than it names, or more.

    Where the trigger is read otherwise than it was meant, that says it all but for types that never come.
    """
    live = [event_type for event_type in EVENT_TYPES if _fold(tree, event_type) is not False]
    if not live:
        yield _warning("never-matches", f"never matches: {_why_never(tree)}")
        return
    yield from _unknown_types(tree)
    if is_as_meant:
        unmatched = _unmatched_types(tree, live)
        yield from unmatched or _needless_alternatives(tree, EVENT_TYPES)
        yield from _other_types(tree, live)


def _star_warnings(condition: Condition) -> Iterator[Finding]:
    content = condition.text.split('"')[-2]
    if content.startswith("*") and content.endswith("*") and len(content) > 1:
        message = "only the last star is a wildcard for Segment; use contains() to look inside a text"
    elif "*" not in (content[:1], content[-1:]):
        value = printable(str(condition.value))
        message = (
            "without a star at one end, Segment drops the first character and matches any text "
            f'that ends in "{value}"'
        )
    else:
        return
    yield _warning("trigger-star", f"{_shown(condition)}: {message}")


def _unknown_types(tree: Tree) -> Iterator[Finding]:
    """Types that no event on a page has, beside others that some have."""
    for condition in _type_conditions(tree):
        if condition.value in EVENT_TYPES or _is_in_single_quotes(condition):
            continue
        hint = suggest(str(condition.value), EVENT_TYPES)
        if condition.operator != "!=":
            message = f"{_shown(condition)}: never holds, since {_ONLY_TYPES}{hint}; remove it"
            yield _warning("unknown-event-type", message)
        elif hint:
            message = f"{_shown(condition)}: always holds, since {_ONLY_TYPES}{hint}"
            yield _warning("unknown-event-type", message)


_ONLY_TYPES = f"Segment's web destinations get only {joined(EVENT_TYPES, 'and')} events"


def _unmatched_types(tree: Tree, live: Collection[EventType]) -> list[Finding]:
    """Types that the trigger names, although it can match none of their events."""
    return [
        _warning(
            "unmatched-event-type",
            f"never matches {event_type} events, although it names them: {_why_not(tree, [event_type])}; "
            "leave this type out, or use a subscription for each type",
        )
        for event_type in _named_types(tree)
        if event_type not in live
    ]


def _needless_alternatives(tree: Tree, types: Sequence[EventType]) -> Iterator[Finding]:
    """The first alternative of each group that matches none of the events that come to it, or only what others do.

    ``types`` are those of the events that come to the tree. Alternatives hold no others: parentheses are one deep.
    """
    if isinstance(tree, Condition):
        return
    folded = {child: {name: _fold(child, name) for name in types} for child in tree.children}
    if tree.operator == "and":
        both = [name for name in types if all(left[name] is not False for left in folded.values())]
        for child in folded:
            yield from _needless_alternatives(child, both)
        return
    always = {name: [child for child in folded if _fold(child, name, by_absence=False) is True] for name in types}
    for child, left in folded.items():
        possible = [name for name in types if left[name] is not False]
        covers = [next((other for other in always[name] if other != child), None) for name in possible]
        if all(covers) and all(condition.value in EVENT_TYPES for condition in _type_conditions(child)):
            yield _needless(child, next(iter(covers), None), types)
            return


def _needless(child: Tree, cover: Tree | None, types: Sequence[EventType]) -> Finding:
    if cover:
        already = f"{_shown(cover)} holds for every event that this could match"
        message = f'adds nothing, since {already}; did you mean "and"?'
    else:
        message = f"never holds here: {_why_not(child, types)}; remove it"
    return _warning("needless-alternative", f"{_shown(child)}: {message}")


def _other_types(tree: Tree, live: Sequence[EventType]) -> Iterator[Finding]:
    """Types that match only since they lack a field, as ``event != "A"`` holds for all that have no event.

    Who excludes a type by name has thought of the others.
    """
    if any(condition.operator == "!=" for condition in _type_conditions(tree)):
        return
    named = _named_types(tree)
    others = [name for name in live if name not in named and _fold(tree, name, by_absence=False) is False]
    for condition in conditions(tree):
        if _holds_by_absence(condition) and (lacking := [name for name in others if not _has(name, condition)]):
            root = condition.field[0]
            message = (
                f"also matches {joined(lacking, 'and')} events: they have no {root}, so "
                f"{_shown(condition)} holds; "
                f'name the types that you mean, such as type = "{TYPES_WITH[root][0]}"'
            )
            yield _warning("matches-other-types", message)
            return


def _why_never(tree: Tree) -> str:
    """Why a trigger matches no event."""
    unknown = [c.value for c in _type_conditions(tree) if c.operator == "=" and c.value not in EVENT_TYPES]
    if unknown and not any(_can_be(tree, event_type) for event_type in EVENT_TYPES):
        return _ONLY_TYPES + suggest(str(unknown[0]), EVENT_TYPES)
    return _why_not(tree, EVENT_TYPES)


def _can_be(tree: Tree, event_type: EventType) -> bool:
    """Whether the conditions on ``type``, taken alone, hold for a type."""
    return fold_with(tree, lambda condition: decide_type(condition, event_type) is not False) is True


def _why_not(tree: Tree, types: Iterable[EventType]) -> str:
    """Why a tree that holds for no event of these types does not."""
    possible = [name for name in types if fold(tree, name) is not False]
    if not possible:
        return "its conditions exclude each other"
    roots = dict.fromkeys(
        condition.field[0]
        for condition in conditions(tree)
        if not _holds_by_absence(condition) and any(not _has(name, condition) for name in possible)
    )
    if any(has_field(name, root) for name in possible for root in roots):
        owners = ", ".join(f"{root} is of {joined(TYPES_WITH[root], 'and')} events" for root in roots)
        return f"no event has all the fields that it tests ({owners})"
    hint = _counterpart(*roots, types=possible) if len(roots) == 1 else ""
    return f"{joined(possible, 'and')} events have no {' or '.join(roots)}{hint}"


def _counterpart(root: str, *, types: Sequence[EventType]) -> str:
    """Where all of these types have what was looked for in a field that they lack, as a question."""
    for root_there, *keys in COUNTERPARTS[root]:
        if all(has_field(name, root_there) for name in types):
            below = ["…"] if root in ("properties", "traits") else []
            return f" (did you mean {'.'.join([root_there, *keys, *below])}?)"
    return ""


# What a type of event is known to lack


def _fold(tree: Tree, event_type: EventType, *, by_absence: bool = True) -> Folded:
    """As :func:`fold`, but conditions on fields that events of the type do not have are decided too.

    Without ``by_absence`` they do not hold, although some do of what is missing.
    """

    def decide(condition: Condition) -> bool | None:
        if _has(event_type, condition):
            return decide_type(condition, event_type)
        return by_absence and _holds_by_absence(condition)

    return fold_with(tree, decide)


def _has(event_type: EventType, condition: Condition) -> bool:
    return has_field(event_type, condition.field[0])


def _holds_by_absence(condition: Condition) -> bool:
    """Whether a condition holds where its field is missing."""
    return condition.operator in ("!=", "not_exists")


# Parts of a trigger


def _type_conditions(tree: Tree) -> Iterator[Condition]:
    return (condition for condition in conditions(tree) if condition.field == ("type",))


def _named_types(tree: Tree) -> list[EventType]:
    """The types that a trigger asks for by name."""
    wanted = {condition.value for condition in _type_conditions(tree) if condition.operator == "="}
    return [event_type for event_type in EVENT_TYPES if event_type in wanted]


def _is_in_single_quotes(condition: Condition) -> bool:
    return bool(re.search(r"'\s*\)?$", condition.text))


def _shown(tree: Tree) -> str:
    return printable(unparse(tree))


def _warning(code: Code, message: str) -> Finding:
    return Finding((), code, message)
