"""What a preview says of an event: the SDK's calls, and what became of it in each subscription."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an event in one subscription, as a debug build says it (docs/lifecycle.md).

    ``because`` is the condition that failed, with the value it saw, or why a call did not reach the SDK. ``call``
    has ``command``, ``subject`` and ``data``; ``outcome`` is the last step of that call.
    """

    name: str
    matched: bool
    because: str | None = None
    call: dict[str, Any] | None = None
    outcome: str | None = None


class Explanation(msgspec.Struct, frozen=True):
    """What became of an event: the calls that the SDK got, each a list, and every subscription by name.

    ``because`` says why no subscription was tried, where none was; else it is empty.
    """

    calls: list[list[Any]]
    subscriptions: list[Entry]
    because: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview says of one line, as the engine wrote it: JSON, which is read only where somebody asks.

    ``line`` counts from 1. ``error`` says why it is no event; the rest is empty then.
    """

    line: int
    event: str = ""
    calls: str = ""
    explanation: str = ""
    error: str = ""

    @property
    def json(self) -> str:
        """The answer as one line of JSON, in ASCII, which every stream has."""
        if self.error:
            return _ascii(msgspec.json.encode({"line": self.line, "error": self.error}).decode())
        # A list of the subscriptions, and why there are none.
        subscriptions, _, because = self.explanation[1:-1].rpartition(",")
        more = "" if because == '""' else f', "because": {because}'
        return _ascii(f'{{"line": {self.line}, "calls": {self.calls}, "subscriptions": {subscriptions}{more}}}')

    @property
    def read(self) -> Explanation:
        """The answer as data; only where there is no error."""
        # By the standard library, which takes half a surrogate pair, as browsers do.
        subscriptions, because = json.loads(self.explanation)
        return Explanation(json.loads(self.calls), msgspec.convert(subscriptions, list[Entry]), because)


def _ascii(text: str) -> str:
    return text if text.isascii() else re.sub(r"[^\x00-\x7f]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
