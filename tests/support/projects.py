"""Projects that tests start from, as plain data."""

from __future__ import annotations

from typing import Any

from flowplug.formats import FORMATS

KEY = "oneflow_sandbox_dGVzdA=="

FORMAT_NAMES = ", ".join(f'"{name}"' for name in FORMATS)
"""As messages list them."""

PRESETS: dict[str, Any] = {"settings": {"projectApiKey": KEY}}


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
