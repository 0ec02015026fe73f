"""Advice for other hosts than Analytics.js: what of a project means nothing there, as warnings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from .. import fql
from ..errors import Finding, joined, quote
from ..events import EVENT_TYPES, EventType, has_field
from ..hosts import Host
from ..mapping import field_readings
from ..project import ACTIONS, Subscription
from .rules import Rule


def host_advice(rules: Sequence[Rule], hosts: Iterable[Host]) -> Iterator[Finding]:
    """What to warn of in a project's enabled subscriptions, for each host of the formats that are built."""
    for host in hosts:
        for rule in rules if not host.is_analytics_js else ():
            matched = [name for name in EVENT_TYPES if fql.fold(rule.trigger.tree, name) is not False]
            types = [name for name in matched if name in host.event_types]
            for place, code, message in (
                *_absent_types(rule.trigger, host, matched),
                *_absent_fields(rule.trigger, host, types),
                *_absent_paths(rule.subscription, host, types),
            ):
                yield Finding((*rule.place, *place), code, message)


def _absent_types(trigger: fql.Trigger, host: Host, matched: Collection[EventType]) -> Iterator[Finding]:
    """Types of event that a trigger asks for by name, and the host does not have."""
    named = {
        test.value for test in fql.conditions(trigger.tree) if (test.field, test.operator) == (("type",), "=")
    }
    absent = [name for name in matched if name in named and name not in host.event_types]
    if absent:
        message = f"{host.name} has no {joined(absent, 'or')} events, so this trigger matches none there"
        yield Finding(("subscribe",), "absent-on-host", message)


def _absent_fields(trigger: fql.Trigger, host: Host, types: Collection[EventType]) -> Iterator[Finding]:
    fields = dict.fromkeys(test.field[0] for test in fql.conditions(trigger.tree))
    for field in fields:
        if _lacks(host, types, field):
            message = f"events of {host.name} have no {field}, so a condition on it finds no value there"
            yield Finding(("subscribe",), "absent-on-host", message)


def _absent_paths(subscription: Subscription, host: Host, types: Collection[EventType]) -> Iterator[Finding]:
    """Paths of a mapping. What a default one requires, every host has, and the rest of it may stay empty."""
    required = ACTIONS[subscription.partner_action].required
    for reading in field_readings(subscription.mapping or {}):
        if reading.parts and not reading.has_fallback and _lacks(host, types, reading.parts[0]):
            effect = f", so {subscription.partner_action} sends nothing there" * (
                reading.place == (required, "@path")
            )
            message = f"events of {host.name} have no {quote(reading.parts[0])}{effect}"
            yield Finding(("mapping", *reading.place), "absent-on-host", message)


def _lacks(host: Host, types: Collection[EventType], field: str) -> bool:
    """Whether events of these types may have a field at Segment, and never have it on the host."""
    at_segment = [name for name in types if has_field(name, field)]
    return bool(at_segment) and not any(host.has(name, field) for name in at_segment)
