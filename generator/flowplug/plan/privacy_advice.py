"""Advice on privacy: where a mapping goes round what ``[privacy]`` says, as warnings; and that it says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import Finding, Place, joined, quote
from ..mapping import ROOT_DIRECTIVE, Reading, field_readings
from ..project import ACTIONS, IDS, Privacy, Project, Subscription
from .rules import Rule

_WHOLE = {name: {"@path": f"$.{name}"} for name in ("properties", "traits")}
"""What a field holds that sends all that the event has in it."""


def privacy_advice(rules: Sequence[Rule], privacy: Privacy) -> Iterator[Finding]:
    """What to warn of in a project's enabled subscriptions, in their order."""
    for rule in rules if privacy.is_on else ():
        action = rule.subscription.partner_action
        required = ACTIONS[action].required
        if required in IDS and privacy.denies(required):
            message = f"{required} is denied by privacy.deny, so {action} sends nothing"
            yield Finding(rule.place, "sends-nothing", message)
        for reading in field_readings(rule.subscription.fields):
            place = (*rule.place, "mapping", *reading.place)
            if privacy.deny and _is_chosen_by_event(reading.place):
                message = "reads what the event itself names, which may be a key that privacy.deny denies"
                yield Finding(place, "denied-path", message)
            if (key := _denied_on_the_way(reading, privacy)) and not _is_denied_there(reading.place, privacy):
                message = (
                    f"reads {quote(key)}, which privacy.deny denies, but sends it under another name; deny that "
                    "name as well, or remove this"
                )
                yield Finding(place, "denied-path", message)
            elif (field := _plain_id(reading, privacy)) and not _is_denied_there(reading.place, privacy):
                message = (
                    f"sends {field} as it is, since privacy.hash hashes only the field {field}; remove this, or "
                    "deny the name that it is sent under"
                )
                yield Finding(place, "plain-id", message)


def privacy_notes(project: Project) -> Iterator[Finding]:
    """That the project sends everything, where it does, and does not say what must not leave."""
    names = {
        field: [item.name for item in project.subscriptions if item.enabled and _sends_all(item, field)]
        for field in _WHOLE
    }
    if any(names.values()) and not project.privacy.is_on:
        sent = joined(
            (f"all {field} ({', '.join(map(quote, senders))})" for field, senders in names.items() if senders),
            "and",
        )
        message = f"1Flow gets {sent}; docs/privacy.md says how to keep back what it must not have"
        yield Finding(("privacy",), "sends-everything", message)


def _sends_all(subscription: Subscription, field: str) -> bool:
    return subscription.fields.get(field) == _WHOLE[field]


def _denied_on_the_way(reading: Reading, privacy: Privacy) -> str | None:
    """The first key of a path that is denied. An event's own fields are none, but for its IDs."""
    first, *others = reading.parts or ("",)
    keys = [first, *others] if first in IDS else others
    return next((key for key in keys if privacy.denies(key)), None)


def _is_denied_there(place: Place, privacy: Privacy) -> bool:
    """Whether what is read leaves under a key that is denied, as far as the mapping shows.

    What stands beside the fields, or in a ``@transform``, has names of its own, which do not leave.
    """
    if ROOT_DIRECTIVE in place or "@transform" in place:
        return False
    field, *inner = place
    option = [isinstance(before, str) and before.startswith("@") for before in place]
    keys = [key for key, is_option in zip(inner, option, strict=False) if isinstance(key, str) and not is_option]
    return (field in IDS and privacy.denies(str(field))) or any(map(privacy.denies, keys))


def _is_chosen_by_event(place: Place) -> bool:
    """Whether what is read is itself a path, or a template with paths."""
    return any(part in ("@path", "@template") for part in place[:-1])


def _plain_id(reading: Reading, privacy: Privacy) -> str | None:
    """The ID to be hashed that a reading sends in another field than its own, alone or with the whole event."""
    hashed = privacy.hash or ()
    read = reading.parts[:1] or hashed
    return next((name for name in hashed if name in read and reading.place[0] not in hashed), None)
