"""The inventory: all that can leave a page for 1Flow, for a register of what is given to others.

It is read off the plan, so that it says what the plugin does, not what somebody remembers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from . import fql, mapping
from .events import EVENT_TYPES, EventType
from .mapping import Flow, Way
from .plan import Plan
from .plan.rules import Rule
from .project import ACTIONS, IDS, ActionName, Privacy

_ARGUMENTS: Mapping[ActionName, Mapping[str, tuple[str | None, str]]] = {
    "trackEvent": {
        "event_name": ("logEvent, argument 1", "track, argument 2"),
        "properties": ("logEvent, argument 2", "track, argument 3, properties"),
        "userId": (None, "track, argument 3, userId"),
        "anonymousId": (None, "track, argument 3, anonymousId"),
    },
    "identifyUser": {
        "userId": ("logUser, argument 1", "identify, argument 2"),
        "traits": ("logUser, argument 2", "identify, argument 3"),
    },
}
"""What the plugin gives to each generation of the SDK (templates/runtime/sdk.js.jinja): methods, commands."""

_ALL: Mapping[Way, str] = {
    (): "the whole event",
    ("properties",): "all properties",
    ("traits",): "all traits",
    ("context",): "the whole context",
}
"""What a path without keys below it means, where that is an object."""


class Origin(msgspec.Struct, frozen=True, rename="camel"):
    """Where a part of a field comes from.

    ``kind`` is ``path`` for a value of the event, ``decides`` for one that is not sent but steers what is, and
    ``constant`` for text of the project, which ``value`` has as JSON. ``path`` is as in a mapping, with ``[]``
    for each item of a list. ``means`` says what a path to a whole object comprises.
    """

    kind: str
    path: str | None = None
    value: str | None = None
    means: str | None = None


class Field(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a field, such as ``properties.plan``, and all that it can come from.

    ``methods`` and ``commands`` are where it goes in either generation of the SDK; None where it does not.
    ``privacy`` is what ``[privacy]`` makes of it before it leaves, as phrases.
    """

    field: str
    methods: str | None
    commands: str
    origins: tuple[Origin, ...]
    privacy: tuple[str, ...]


class Sending(msgspec.Struct, frozen=True, rename="camel"):
    """What one subscription sends, on events of these types; ``decides`` are paths that its trigger tests."""

    subscription: str
    action: ActionName
    types: tuple[EventType, ...]
    trigger: str
    decides: tuple[str, ...]
    fields: tuple[Field, ...]


class SentBySdk(msgspec.Struct, frozen=True):
    """Something that 1Flow's SDK sends or keeps by itself, from the moment it is loaded."""

    what: str
    where: str


SDK_SOURCE = "1Flow's public npm package javascript-1flow-sdk; later versions of the SDK may differ"

SENT_BY_SDK = (
    SentBySdk("events of its own: first_visit, session_start, page_view, button_click", "1Flow's API"),
    SentBySdk(
        "the device: an ID that the SDK makes up, the operating system, an ID of the user's device", "1Flow's API"
    ),
    SentBySdk("an ID that the SDK makes up for a visitor without a user ID", "1Flow's API"),
    SentBySdk("the session: kind of connection, versions, whether to look up the location", "1Flow's API"),
    SentBySdk("the project's key, with each request", "1Flow's API"),
    SentBySdk("its state, encoded as base64", "localStorage of the page"),
)
"""What the SDK does by itself: none of it passes through the plugin."""


def sendings(plan: Plan) -> tuple[Sending, ...]:
    """What the enabled subscriptions can send, in their order; those that match no event are left out."""
    hosted = {event_type for host in plan.programs for event_type in host.event_types}
    return tuple(made for rule in plan.rules if (made := _sending(rule, hosted, plan.privacy)).types)


def _sending(rule: Rule, hosted: Iterable[EventType], privacy: Privacy) -> Sending:
    action = rule.subscription.partner_action
    types = tuple(name for name in EVENT_TYPES if name in hosted and rule.trigger.folded[name] is not False)
    tested = dict.fromkeys(
        path_text(test.field)
        for name in types
        if not isinstance(left := rule.trigger.folded[name], bool)
        for test in fql.conditions(left)
    )
    return Sending(
        subscription=rule.subscription.name,
        action=action,
        types=types,
        trigger=rule.subscription.subscribe,
        decides=tuple(tested),
        fields=tuple(field for name in ACTIONS[action].arguments for field in _fields(rule, name, privacy)),
    )


def _fields(rule: Rule, name: str, privacy: Privacy) -> Iterator[Field]:
    flows = mapping.field_flows(rule.subscription.fields, name)
    by_part: dict[Way, list[Origin]] = {}
    for flow in flows:
        if not (flow.decides and flow._replace(decides=False) in flows):
            by_part.setdefault(flow.target, []).append(_origin(flow))
    methods, commands = _ARGUMENTS[rule.subscription.partner_action][name]
    for part, origins in by_part.items():
        made = tuple(_made_private(name, part, privacy))
        yield Field(_joined((name, *part)), methods, commands, tuple(origins), made)


def _made_private(name: str, part: Way, privacy: Privacy) -> Iterator[str]:
    """What becomes of a part of a field before it leaves (templates/runtime/privacy.js.jinja)."""
    keys = [key for key in (name if name in IDS else None, *part) if key is not None]
    allowed = {"traits": privacy.allowed("traits"), "properties": privacy.allowed("properties")}.get(name)
    if any(map(privacy.denies, keys)):
        yield "denied: does not leave"
        return
    if allowed is not None and part and part[0] not in allowed:
        yield "not allowed: does not leave"
        return
    if allowed is not None and not part:
        yield f"only {', '.join(allowed)}"
    if privacy.hash and name in privacy.hash:
        yield "hashed"
    elif privacy.scrub:
        yield f"scrubbed of {' and '.join(privacy.scrub)}"
    if privacy.deny:
        yield "without denied keys"


def _origin(flow: Flow) -> Origin:
    if flow.path is None:
        return Origin("constant", value=flow.constant)
    kind = "decides" if flow.decides else "path"
    return Origin(kind, path=path_text(flow.path), means=_ALL.get(flow.path))


def path_text(way: Way) -> str:
    """A path as it is written in a mapping, with ``[]`` for each item of a list."""
    return _joined(("$", *way)) if way else "$."


def _joined(way: Iterable[str | None]) -> str:
    return "".join("[]" if key is None else f".{key}" for key in way)[1:]
