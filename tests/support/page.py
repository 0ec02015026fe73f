"""A page without a browser: just enough of one, in quickjs, for the plugin to load an SDK and get events."""

from __future__ import annotations

import json
from typing import Any

import quickjs

_PAGE = """
  globalThis.window = globalThis;
  globalThis.calls = [];
  globalThis.plugins = [];
  globalThis.analytics = { register: plugin => { plugins.push(plugin); return plugin.load(); } };
  globalThis.console = { error: () => {} };
  globalThis.document = {
    createElement: () => ({ setAttribute() {} }),
    head: {
      insertBefore(script) {
        globalThis._1flow = (...call) => { calls.push(call); };
        script.onload();
      },
    },
  };
"""


class Page:
    """Runs a plugin; ``calls`` are those that reached a commands-generation SDK."""

    def __init__(self, source: bytes, *, before: str = "") -> None:
        self.context = quickjs.Context()
        self.context.eval(_PAGE)
        self.context.eval(before)
        self.globals_before = self.globals()
        self.context.eval(source.decode("ascii"))

    def send(self, event: dict[str, Any]) -> None:
        """Hand an event to the plugin, as Analytics.js does; an error of the hook is kept in ``error``."""
        self.context.set("eventText", json.dumps(event))
        self.context.eval(
            "globalThis.error = undefined;"
            "try { const event = JSON.parse(eventText); const hook = plugins[0][event.type];"
            " if (hook) hook({ event }); } catch (e) { globalThis.error = String(e); }"
        )

    @property
    def calls(self) -> list[Any]:
        """The calls so far, as JSON carries them."""
        calls: list[Any] = json.loads(self.context.eval("JSON.stringify(calls)"))
        return calls

    def globals(self) -> set[str]:
        """The names of all global properties."""
        return set(json.loads(self.context.eval("JSON.stringify(Object.getOwnPropertyNames(globalThis))")))
