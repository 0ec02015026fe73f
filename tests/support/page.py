"""A page without a browser: just enough of one, in quickjs, for the plugin to load an SDK and get events."""

from __future__ import annotations

import json
from typing import Any, Literal

import quickjs

from tests.support.javascript import script


class Page:
    """Runs a plugin; ``calls`` are those that reached a commands-generation SDK.

    ``outcome`` is what becomes of each script of the SDK's: it loads, at once or when time goes by, it errors, or
    nothing happens.
    """

    def __init__(
        self, source: bytes, *, before: str = "", outcome: Literal["load", "late", "error", "nothing"] = "load"
    ) -> None:
        self.context = quickjs.Context()
        self.context.eval(script("page", OUTCOME=outcome))
        self.context.eval(before)
        self.globals_before = self.globals()
        self.context.eval(source.decode("ascii"))
        if outcome == "load":
            self.run_timers()

    def send(self, event: dict[str, Any]) -> None:
        """Hand an event to the plugin, as Analytics.js does; an error of the hook is kept in ``error``."""
        self.context.get("send")(json.dumps(event))

    def run_timers(self) -> None:
        """Let time go by until no timer is left, and promises be settled."""
        settled = True
        while settled:
            self.context.get("runTimers")()
            settled = False
            while self.context.execute_pending_job():
                settled = True

    @property
    def calls(self) -> list[Any]:
        """The calls so far, as JSON carries them."""
        return self._list("calls")

    @property
    def steps(self) -> list[Any]:
        """What a debug build has told so far: the type of each DOM event, and its detail."""
        return self._list("steps")

    @property
    def failure(self) -> str:
        """Why the plugin's ``load`` was rejected; empty if it was not."""
        return str(self.context.eval("failure"))

    def globals(self) -> set[str]:
        """The names of all global properties."""
        return set(json.loads(self.context.eval("JSON.stringify(Object.getOwnPropertyNames(globalThis))")))

    def _list(self, name: str) -> list[Any]:
        found: list[Any] = json.loads(self.context.eval(f"JSON.stringify({name})"))
        return found
