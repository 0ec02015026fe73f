"""Advice: what a project does that its author may not expect, as warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .. import fql, mapping
from ..errors import Problem
from ..javascript import Expression, Literal, Undefined, write
from ..mapping import Payload
from ..project import ACTIONS
from .rules import EVENT, Case, Rule, compile_call


def advice(rules: Sequence[Rule]) -> Iterable[Problem]:
    """The warnings for a project's enabled subscriptions, in their order."""
    if not rules:
        yield _warning("none is enabled, so the plugin does nothing but load the SDK", "subscriptions")
    alike: dict[object, list[Rule]] = {}
    for rule in rules:
        for message in rule.trigger.warnings:
            yield _warning(message, f"{rule.place}.subscribe")
        folded = [fql.fold(rule.trigger.tree, event_type) for event_type in fql.EVENT_TYPES]
        if not any(folded):
            yield _warning(_why_never(rule.trigger.tree), f"{rule.place}.subscribe")
        action = rule.subscription.partner_action
        required = next(iter(ACTIONS[action].defaults))
        if _is_empty(rule, required):
            yield _warning(f"{required} has no value, so {action} sends nothing", f"{rule.place}.mapping")
        others = alike.setdefault((action, *map(fql.canonical, folded)), [])
        for other in others:
            if _plain_call(other) == _plain_call(rule):
                yield _warning(f"does again what {other.place} does, so 1Flow gets it twice", rule.place)
                break
        else:
            others.append(rule)


def _plain_call(rule: Rule) -> str:
    """The text of a rule's call: as values, 1 and true would be equal."""
    return write(compile_call(Case(rule, (), True), _plain_read))


_plain_read = mapping.chained_read(EVENT, is_object=True)


def _why_never(tree: fql.Tree) -> str:
    if fql.can_be_of_a_type(tree):
        return "never matches: its conditions exclude each other"
    return f"never matches: Segment's web destinations hear {', '.join(fql.EVENT_TYPES)} events only"


def _is_empty(rule: Rule, name: str) -> bool:
    """Whether a field is known to have no value, whatever the event."""
    found: list[Expression] = []

    def see(value: Callable[[str], Expression]) -> Expression:
        found.append(value(name))
        return EVENT

    mapping.compile_fields(rule.fields, Payload(_plain_read, is_object=True), see)
    return found[0] in (Undefined(), Literal(None), Literal(""))


def _warning(message: str, place: str) -> Problem:
    return Problem(message, place, level="warning")
