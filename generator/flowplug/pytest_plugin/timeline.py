"""The timeline: what happened on the pages of a test, for the message of a test that fails."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .calls import shown

_QUIET_STEPS = {"received", "queued", "explained", "sent"}
"""Steps of a debug build that other lines say better."""


class Happening(NamedTuple):
    """One thing that happened: how many seconds after the start, and what."""

    at: float
    text: str


class Timeline:
    """Keeps what happened, in order; only the last ``most`` happenings."""

    def __init__(self, most: int = 200) -> None:
        self._start = time.monotonic()
        self._most = most
        self._happenings: list[Happening] = []

    def add(self, text: str) -> None:
        """Something has happened just now."""
        self._happenings.append(Happening(time.monotonic() - self._start, text))
        del self._happenings[: -self._most]

    def add_told(self, kind: str, detail: Mapping[str, Any]) -> None:
        """A page's DOM event: a call of the stand-in SDK, or a step of a debug build."""
        if kind == "1flow-sdk":
            arguments = ", ".join(map(shown, detail.get("args", ())))
            self.add(f"the SDK was called: {detail.get('call')}({arguments})")
        elif (step := str(detail.get("step"))) not in _QUIET_STEPS:
            for line in _told(step, detail):
                self.add(line)

    def __str__(self) -> str:
        lines = (f"{happening.at:7.2f} s  {happening.text}" for happening in self._happenings)
        return "\n".join(lines) or "        nothing"


def _told(step: str, detail: Mapping[str, Any]) -> Sequence[str]:
    subscriptions = detail.get("subscriptions")
    event = detail.get("event")
    rest = {key: value for key, value in detail.items() if key not in {"step", "event", "subscriptions"}}
    words = f"plugin: {step}"
    if isinstance(event, Mapping):
        words += f": {event.get('type')} {shown(event['event']) if event.get('event') else ''}".rstrip()
    if rest:
        words += f" {shown(rest)}"
    if not isinstance(subscriptions, list):
        return [words]
    reasons = (f"        {shown(item.get('name'))}: {item.get('because')}" for item in subscriptions)
    return [words, *reasons]
