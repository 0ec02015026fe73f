"""Advice: what a project does that its author may not expect, as warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .. import fql, mapping
from ..errors import Finding, Place, place_text
from ..hosts import EVENT
from ..javascript import Expression, Undefined, Value, write
from ..mapping import Payload
from ..project import ACTIONS
from .paths import dead_paths
from .rules import Case, Rule, compile_call


def advice(rules: Sequence[Rule]) -> Iterator[Finding]:
    """What to warn of in a project's enabled subscriptions, in their order."""
    if not rules:
        message = "none is enabled, so the plugin only loads the SDK and sends nothing"
        yield Finding(("subscriptions",), "nothing-enabled", message)
    repeated = _repeated(rules)
    for rule in rules:
        for place, code, message in rule.trigger.warnings:
            yield Finding((*rule.place, "subscribe", *place), code, message)
        types = [name for name, left in rule.trigger.folded.items() if left is not False]
        for place, code, message in dead_paths(rule.subscription, types):
            yield Finding((*rule.place, *place), code, message)
        for place, code, message in mapping.slips(rule.subscription.mapping or {}):
            yield Finding((*rule.place, "mapping", *place), code, message)
        action = rule.subscription.partner_action
        required = ACTIONS[action].required
        if _is_empty(rule, required):
            message = f"{required} has no value, so {action} sends nothing"
            yield Finding((*rule.place, "mapping"), "sends-nothing", message)
        if rule.place in repeated:
            message = f"does the same as {place_text(repeated[rule.place])}, so 1Flow gets it twice"
            yield Finding(rule.place, "sent-twice", message)


def _repeated(rules: Sequence[Rule]) -> Mapping[Place, Place]:
    """The places of rules that do what an earlier one does, and the place of the first that does.

    A call is compiled only where others have the same trigger.
    """
    by_trigger: dict[object, list[Rule]] = {}
    for rule in rules:
        left = map(fql.canonical, rule.trigger.folded.values())
        by_trigger.setdefault((rule.subscription.partner_action, *left), []).append(rule)
    repeated: dict[Place, Place] = {}
    for alike in by_trigger.values():
        by_call: dict[str, Place] = {}
        for rule in alike if len(alike) > 1 else ():
            first = by_call.setdefault(_plain_call(rule), rule.place)
            if first != rule.place:
                repeated[rule.place] = first
    return repeated


def _plain_call(rule: Rule) -> str:
    """The text of a rule's call: as values, 1 and true would be equal."""
    return write(compile_call(Case(rule, (), True), _plain_read))


_plain_read = mapping.chained_read(EVENT)


def _is_empty(rule: Rule, name: str) -> bool:
    """Whether a field is known to have no value, whatever the event."""
    found: list[Expression] = []

    def see(value: Callable[[str], Expression]) -> Expression:
        found.append(value(name))
        return EVENT

    mapping.compile_fields(rule.fields, Payload(_plain_read), see)
    return found[0] in (Undefined(), Value(None), Value(""))
