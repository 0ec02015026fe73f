"""A page without a browser: just enough of one, in quickjs, for the plugin to load an SDK and get events."""

from __future__ import annotations

import json
from typing import Any, Literal

import quickjs

_PAGE = """
  globalThis.window = globalThis;
  const listens = { addEventListener() {}, removeEventListener() {} };
  const hearing = [];
  Object.assign(globalThis, listens, {
    calls: [],
    steps: [],
    plugins: [],
    timers: [],
    failure: "",
    analytics: {
      register(plugin) {
        plugins.push(plugin);
        plugin.load().catch(error => { failure = String(error); });
        return true;
      },
    },
    console: { debug() {}, warn() {}, error() {} },
    navigator: { onLine: true },
    performance: { now: () => 0, getEntriesByName: () => [] },
    setTimeout: (run, delay, ...given) => timers.push(() => run(...given)),
    clearTimeout: number => { delete timers[number - 1]; },
    Document: class { append() {} },
    URL: class { constructor(address, base) { this.href = address.startsWith("/") ? base + address : address; } },
    CustomEvent: class { constructor(type, { detail }) { Object.assign(this, { type, detail }); } },
  });
  globalThis.document = {
    baseURI: "https://shop.example",
    readyState: "complete",
    scripts: [],
    addEventListener(type, hear) { hearing.push({ type, hear }); },
    createElement: () => ({ dataset: {} }),
    dispatchEvent: event => { steps.push([event.type, event.detail]); },
    head: {
      prepend(target) {
        document.scripts.push(target);
        timers.push(() => {
          if (outcome === "late") outcome = "load";
          if (outcome === "load") globalThis._1flow = (...call) => { calls.push(call); };
          for (const { type, hear } of hearing) if (type === outcome) hear({ type, target });
        });
      },
    },
  };
"""

_RUN_TIMERS = """
  for (let index = 0; index < timers.length; index += 1) {
    const run = timers[index];
    delete timers[index];
    if (run) run();
  }
"""


class Page:
    """Runs a plugin; ``calls`` are those that reached a commands-generation SDK.

    ``outcome`` is what becomes of each script of the SDK's: it loads, at once or when time goes by, it errors, or
    nothing happens.
    """

    def __init__(
        self, source: bytes, *, before: str = "", outcome: Literal["load", "late", "error", "nothing"] = "load"
    ) -> None:
        self.context = quickjs.Context()
        self.context.eval(f"globalThis.outcome = {json.dumps(outcome)};{_PAGE}")
        self.context.eval(before)
        self.globals_before = self.globals()
        self.context.eval(source.decode("ascii"))
        if outcome == "load":
            self.run_timers()

    def send(self, event: dict[str, Any]) -> None:
        """Hand an event to the plugin, as Analytics.js does; an error of the hook is kept in ``error``."""
        self.context.set("eventText", json.dumps(event))
        self.context.eval(
            "globalThis.error = undefined;"
            "try { const event = JSON.parse(eventText); const hook = plugins[0][event.type];"
            " if (hook) hook({ event }); } catch (e) { globalThis.error = String(e); }"
        )

    def run_timers(self) -> None:
        """Let time go by until no timer is left, and promises be settled."""
        self.context.eval(_RUN_TIMERS)
        while self.context.execute_pending_job():
            pass

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
