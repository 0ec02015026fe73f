"""Rules: the subscriptions that are enabled, for each type of event what is left of them, and their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from .. import fql, mapping
from ..errors import Place
from ..events import EventType
from ..javascript import Call, Expression, Member, Name, Object, Undefined
from ..mapping import Payload
from ..project import ACTIONS, IDS, Privacy, Subscription


class Rule(msgspec.Struct, frozen=True):
    """An enabled subscription with its trigger, and its place in the project."""

    place: Place
    subscription: Subscription
    trigger: fql.Trigger
    fields: mapping.JsonObject
    is_copied: bool
    privacy: Privacy


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
        values = ((name, withheld(name) or value_of(name)) for name in ACTIONS[action].arguments)
        arguments = [_record(value, payload) if name == "traits" else value for name, value in values]
        while arguments and isinstance(arguments[-1], Undefined):
            arguments.pop()
        return Call(Name(action), tuple(arguments))

    def withheld(name: str) -> Expression | None:
        return Undefined() if name in IDS and case.rule.privacy.denies(name) else None

    # The runtime's `send` makes the copy where it takes out what is private, whatever the mapping has made.
    protects = case.rule.privacy.is_on
    payload = Payload(read, is_copied=case.rule.is_copied and not protects, is_protected=protects)
    return mapping.compile_fields(case.rule.fields, payload, call)


_MAKERS = Name("tidy"), Name("finish")
"""Helpers that give an object, and one that shares nothing with the event."""


def _record(value: Expression, payload: Payload) -> Expression:
    """The value as an object that shares no entry with the event's own."""
    if isinstance(value, Undefined):
        return Object(())
    if isinstance(value, Object) or (isinstance(value, Call) and value.callee in _MAKERS):
        return value
    if payload.is_protected:
        return value
    if payload.is_copied:
        return mapping.helper("record", value)
    return Call(Member(Name("Object"), "assign"), (Object(()), value))
