"""Advice: what a project does that its author may not expect, as warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .. import fql, mapping
from ..errors import Finding, place_text
from ..javascript import Expression, Undefined, Value, write
from ..mapping import Payload
from ..project import ACTIONS
from .paths import vain_paths
from .rules import EVENT, Case, Rule, compile_call


def advice(rules: Sequence[Rule]) -> Iterator[Finding]:
    """What to warn of in a project's enabled subscriptions, in their order."""
    if not rules:
        message = "none is enabled, so the plugin only loads the SDK and sends nothing"
        yield Finding(("subscriptions",), "nothing-enabled", message)
    alike: dict[object, list[Rule]] = {}
    for rule in rules:
        for message in rule.trigger.warnings:
            # ADAPTER, to go at the merge with room fql: its warnings have codes.
            yield Finding((*rule.place, "subscribe"), "TODO", message)
        folded = [fql.fold(rule.trigger.tree, event_type) for event_type in fql.EVENT_TYPES]
        if not any(folded):
            yield Finding((*rule.place, "subscribe"), "never-matches", _why_never(rule.trigger.tree))
        types = [name for name, left in zip(fql.EVENT_TYPES, folded, strict=True) if left is not False]
        for place, code, message in vain_paths(rule.subscription, types):
            yield Finding((*rule.place, *place), code, message)
        action = rule.subscription.partner_action
        required = ACTIONS[action].required
        if _is_empty(rule, required):
            message = f"{required} has no value, so {action} sends nothing"
            yield Finding((*rule.place, "mapping"), "sends-nothing", message)
        others = alike.setdefault((action, *map(fql.canonical, folded)), [])
        for other in others:
            if _plain_call(other) == _plain_call(rule):
                message = f"does the same as {place_text(other.place)}, so 1Flow gets it twice"
                yield Finding(rule.place, "sent-twice", message)
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
    return found[0] in (Undefined(), Value(None), Value(""))
