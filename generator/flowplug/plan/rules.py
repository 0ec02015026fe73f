"""Rules: the subscriptions that are enabled, for each type of event what is left of them, and their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from .. import fql, mapping
from ..errors import Place
from ..events import EventType
from ..javascript import Call, Expression, Name, Undefined
from ..mapping import Payload
from ..project import ACTIONS, Subscription

EVENT = Name("event")
"""The Segment event, in the emitted plugin."""


class Rule(msgspec.Struct, frozen=True):
    """An enabled subscription with its trigger, and its place in the project."""

    place: Place
    subscription: Subscription
    trigger: fql.Trigger
    fields: mapping.JsonObject
    is_copied: bool


class Case(msgspec.Struct, frozen=True):
    """A rule for one type of event: what is left to test, and the event names that it demands."""

    rule: Rule
    names: tuple[str, ...]
    test: fql.Folded


def cases_of(rule: Rule, event_type: EventType) -> Iterable[Case]:
    """The case of a rule for one type of event, or nothing where it can match none."""
    folded = rule.trigger.folded[event_type]
    if folded is not False:
        yield Case(rule, *fql.split_event_names(folded))


def compile_test(case: Case, read: mapping.Read) -> Expression | None:
    """The condition that is left of a trigger, or None where nothing is."""
    return None if isinstance(case.test, bool) else fql.compile_tree(case.test, read)


def compile_call(case: Case, read: mapping.Read) -> Expression:
    """The call of the action's function in the plugin."""
    action = case.rule.subscription.partner_action

    def call(value_of: Callable[[str], Expression]) -> Expression:
        arguments = [value_of(name) for name in ACTIONS[action].arguments]
        while arguments and isinstance(arguments[-1], Undefined):
            arguments.pop()
        return Call(Name(action), tuple(arguments))

    payload = Payload(read, is_copied=case.rule.is_copied)
    return mapping.compile_fields(case.rule.fields, payload, call)
