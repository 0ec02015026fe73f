"""What is measured: projects as a shop would have them, and events that arrive on its pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

import flowplug
from flowplug.project import Plugin
from tests.support.projects import LONG_KEYS

Json: TypeAlias = Mapping[str, Any]

HAND_WRITTEN = Path(__file__).parent / "handwritten"

SETTINGS: Json = {"projectApiKey": LONG_KEYS[0]}

_PARTS = [option for option in msgspec.structs.fields(Plugin) if isinstance(option.default, bool)]

OFF: Json = {
    "sdk": {"timeout": 0, "retries": 0, "queue": 0, "reuse": False, "prerender": True, "start": "now"},
    "plugin": {"control": [], **{part.encode_name: False for part in _PARTS}},
}
"""Every switch in its short position: what is left is loading, a queue and the two calls."""

SWITCHED: Json = {
    "sdk": {**OFF["sdk"], "startWithin": 0, "exclude": ["/checkout/*"], "sample": 0.05, "maxBytes": 32_000},
    "plugin": {"control": [], **{part.encode_name: not part.default for part in _PARTS}},
    "privacy": {"gpc": True},
}
"""Every switch in another position than its own default, and what is compiled only where a project asks for it."""

GROWTH = (1, 2, 5, 10, 20, 50)
"""Numbers of subscriptions at which growth is seen."""

SUBJECTS = {
    "Account": ("Created", "Deleted", "Suspended", "Upgraded"),
    "Application": ("Installed", "Opened", "Backgrounded", "Crashed"),
    "Cart": ("Viewed", "Shared", "Emptied", "Restored"),
    "Checkout": ("Started", "Step Viewed", "Step Completed", "Abandoned"),
    "Coupon": ("Entered", "Applied", "Denied", "Removed"),
    "Invitation": ("Sent", "Accepted", "Declined", "Expired"),
    "Order": ("Completed", "Updated", "Cancelled", "Refunded"),
    "Payment": ("Info Entered", "Authorised", "Failed", "Captured"),
    "Product": ("Clicked", "Reviewed", "Compared", "Returned"),
    "Promotion": ("Shown", "Followed", "Dismissed", "Redeemed"),
    "Subscription": ("Begun", "Renewed", "Paused", "Ended"),
    "Survey": ("Requested", "Answered", "Skipped", "Rated"),
    "Video": ("Played", "Resumed", "Finished", "Sought"),
}
EVENT_NAMES = tuple(f"{subject} {verb}" for subject, verbs in SUBJECTS.items() for verb in verbs)

PROPERTIES: Json = {
    **{"order_id": "50314b8e9bcf0", "total": 27.5, "revenue": 25, "currency": "EUR", "coupon": "SPRING"},
    **{"discount": 2.5, "shipping": 3, "tax": 2, "brand": "Hasbro", "variant": "red", "position": 3},
    **{"store": "Leeds", "channel": "web", "campaign": "spring", "locale": "en-GB", "rating": 4.5},
}

PROFILE: Json = {"name": "Ada Lovelace", "email": "ada@example.com", "plan": "business", "seats": 25, "beta": True}

ITEMS: Sequence[Json] = (
    {"sku": "G-32", "name": "Monopoly: 3rd Edition", "price": 19, "quantity": 1, "category": "Games"},
    {"sku": "F-57", "name": "Uno Card Game", "price": 3.5, "quantity": 2, "category": "Games"},
)


@dataclass(frozen=True)
class Case:
    """A project, and events of one type that reach it in turn.

    ``subscriptions`` are in Segment's own form, which is the project file's too; ``matching`` is the number of
    them that each event matches; ``options`` are the project's other tables. ``by_hand`` is the name of what an
    expert would write for it, in the folder ``handwritten``.
    """

    title: str
    subscriptions: Sequence[Json]
    events: Sequence[Json]
    matching: int = 1
    options: Json = field(default_factory=dict)
    by_hand: str = ""

    @property
    def project(self) -> Json:
        """The project as plain data."""
        return {"settings": SETTINGS, "subscriptions": self.subscriptions, **self.options}

    @property
    def hand_written(self) -> str:
        """The script that an expert would write by hand."""
        parts = (HAND_WRITTEN / f"{name}.js" for name in (self.by_hand, "plugin"))
        return "{\n" + "\n".join(part.read_text(encoding="utf-8") for part in parts) + "}\n"


def presets(event_type: Literal["track", "identify"]) -> Case:
    """Events of one type, under the presets."""
    subscriptions = [
        _subscription(item.name, item.partner_action, item.subscribe, item.fields)
        for item in flowplug.load({"settings": SETTINGS}).subscriptions
    ]
    event = _track(0) if event_type == "track" else {**_call("identify"), "traits": PROFILE}
    return Case(f"the presets, {event_type}", subscriptions, [event], by_hand="presets")


def bare() -> Case:
    """The presets with everything off that can be."""
    return replace(presets("track"), title="only loading, queue and the two calls", options=OFF)


def switches() -> Sequence[Case]:
    """The presets, each time with one switch in another position, and what it asks for beside it."""
    parts = [
        replace(
            presets("track"),
            title=", ".join(f"`{table}.{name} = {json.dumps(value)}`" for name, value in together.items()),
            options={table: together},
        )
        for table, values in SWITCHED.items()
        for name, value in values.items()
        for together in [{name: value, **({"middleware": False} if name == "copy" else {})}]
    ]
    return [*parts, *privacy()]


def privacy() -> Sequence[Case]:
    """The presets, each time with one option of privacy."""
    options: Json = {
        "deny": ["email", "phone", "*password*"],
        "scrub": ["email", "card"],
        "hash": ["userId"],
        "allow": {"traits": ["plan"], "properties": ["total", "currency"]},
    }
    return [
        replace(presets("track"), title=f"`privacy.{name} = {_toml(value)}`", options={"privacy": {name: value}})
        for name, value in options.items()
    ]


def _toml(value: Any) -> str:
    """A value of an option as a project file in TOML has it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)


def consent() -> Case:
    """The presets for a page that asks for consent."""
    return replace(presets("track"), title="consent", options={"consent": {"categories": ["C0004"]}})


def by_name(count: int) -> Case:
    """Subscriptions that each want another event name."""
    triggers = [f'type = "track" and event = "{EVENT_NAMES[index]}"' for index in range(count)]
    by_hand = "by_name" if count == 10 else ""
    return Case(f"{count} by event name", _subscriptions(triggers), _sample(count), by_hand=by_hand)


def by_property(count: int) -> Case:
    """Subscriptions that each want another value of one property."""
    triggers = [f'type = "track" and properties.category = "{EVENT_NAMES[index]}"' for index in range(count)]
    return Case(f"{count} by a property", _subscriptions(triggers), _sample(count))


def all_matching(count: int) -> Case:
    """Subscriptions that every track call matches."""
    return Case(f"{count}, all matching", _subscriptions(['type = "track"'] * count), _sample(count), count)


def mapping_heavy() -> Case:
    """One subscription that uses nearly every directive there is."""
    total = {"@path": "$.properties.total"}
    mapping = {
        "event_name": {"@template": "Shop: {{event}} ({{properties.currency}})"},
        "userId": {"@if": {"exists": {"@path": "$.userId"}, "then": {"@path": "$.userId"}, "else": "guest"}},
        "anonymousId": {"@path": "$.anonymousId"},
        "properties": {
            "@merge": {
                "direction": "right",
                "objects": [
                    {"@flatten": {"value": {"@path": "$.context.campaign"}, "separator": "_"}},
                    {
                        "total": total,
                        "large": {"@if": {"blank": total, "then": "no", "else": "yes"}},
                        "currency": {"@case": {"operator": "lower", "value": {"@path": "$.properties.currency"}}},
                        "coupon": {"@excludeWhenNull": {"@path": "$.properties.coupon"}},
                        "page": {
                            "@replace": {
                                "pattern": "https://",
                                "replacement": "",
                                "value": {"@path": "$.context.page.url"},
                            }
                        },
                        "first": {"@path": "$.properties.products[0].sku"},
                        "items": {
                            "@arrayPath": [
                                "$.properties.products",
                                {"id": {"@path": "$.sku"}, "label": {"@template": "{{name}} × {{quantity}}"}},
                            ]
                        },
                        "raw": {"@json": {"mode": "encode", "value": {"@path": "$.properties.products"}}},
                        "source": {"@literal": "web"},
                    },
                ],
            }
        },
    }
    subscription = _subscription("Everything", "trackEvent", 'type = "track"', mapping)
    return Case("1 with 11 directives", [subscription], [_track(0)], by_hand="directives")


def _subscriptions(triggers: Sequence[str]) -> list[Json]:
    """One subscription for each trigger; each has a mapping of its own."""
    return [
        _subscription(
            f"{EVENT_NAMES[index]} to 1Flow",
            "trackEvent",
            trigger,
            {
                "event_name": EVENT_NAMES[index].lower().replace(" ", "_"),
                "userId": {"@path": "$.userId"},
                "anonymousId": {"@path": "$.anonymousId"},
                "properties": {name: {"@path": f"$.properties.{name}"} for name in _properties(index)},
            },
        )
        for index, trigger in enumerate(triggers)
    ]


def _subscription(name: str, action: str, trigger: str, mapping: Json) -> Json:
    return {"name": name, "partnerAction": action, "subscribe": trigger, "enabled": True, "mapping": mapping}


def _properties(index: int) -> list[str]:
    """Three properties: another choice for each index."""
    names = list(PROPERTIES)
    return [names[(index * 7 + step * (index % 5 + 1)) % len(names)] for step in range(3)]


def _sample(count: int) -> list[Json]:
    """At most ten events, each of them wanted by another of ``count`` subscriptions, from the first on."""
    return [_track(index) for index in range(0, count, max(1, count // 10))]


def _track(index: int) -> Json:
    properties = {**PROPERTIES, "category": EVENT_NAMES[index], "products": ITEMS}
    return {**_call("track"), "event": EVENT_NAMES[index], "properties": properties}


def _call(event_type: str) -> Json:
    """What Analytics.js gives every event."""
    return {
        "type": event_type,
        "messageId": "ajs-next-1700000000000-5a3b1c2d",
        "timestamp": "2024-05-01T12:00:00.000Z",
        "userId": "user-4217",
        "anonymousId": "8f3c9c4e-5d0b-4a55-9f0c-2f6f7f1a7c11",
        "integrations": {},
        "context": {
            "page": {
                "path": "/checkout",
                "referrer": "https://example.com/",
                "search": "",
                "title": "Checkout",
                "url": "https://shop.example.com/checkout",
            },
            "campaign": {"name": "spring", "source": {"id": "newsletter", "week": 18}, "medium": "email"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "locale": "en-GB",
            "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
            "timezone": "Europe/Berlin",
        },
    }
