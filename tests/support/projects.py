"""Projects that tests start from, as plain data."""

from __future__ import annotations

from typing import Any

from flowplug.formats import FORMATS

KEY = "oneflow_sandbox_dGVzdA=="

FORMAT_NAMES = ", ".join(f'"{name}"' for name in FORMATS)
"""As messages list them."""

LONG_KEYS = (
    "oneflow_prod_ZmxvdzE5c2V2ZW50eXR3b2NoYXI",
    "oneflow_prod_Q29tcHJlc3Nlc0JhZGx5WjRrOXE",
    "oneflow_sandbox_7Hq2VtYw0bXkLr9sUeJzGd3M",
)
"""Keys of 40 characters, by which the sizes are held to their bounds: compressed sizes differ with the key."""

PRESETS: dict[str, Any] = {"settings": {"projectApiKey": KEY}}

EVERYTHING: dict[str, Any] = {**PRESETS, "plugin": {"stats": True, "policy": True, "report": True}}
"""The presets with every part of the plugin, also what is off by default."""

EVERYWHERE: dict[str, Any] = {**PRESETS, "rudderstack": {"destinationId": "2abcDEF"}}
"""The presets, with what the formats need besides."""


def with_subscriptions(*subscriptions: dict[str, Any], **tables: Any) -> dict[str, Any]:
    """A project with these subscriptions; name, action and trigger may be left out."""
    defaults = {"partnerAction": "trackEvent", "subscribe": 'type = "track"'}
    return {
        **PRESETS,
        **tables,
        "subscriptions": [
            {"name": f"subscription {index}", **defaults, **subscription}
            for index, subscription in enumerate(subscriptions)
        ],
    }
