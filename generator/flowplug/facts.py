"""Facts: what the templates ask about a plugin, computed here so that they hold no logic of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from .events import EventType
from .hosts import Host
from .javascript import Expression, Name, chain
from .plan import Plan
from .project import ACTIONS, ActionName

_NORMAL_ADDRESS = re.compile(
    r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::(?!443/)[1-9][0-9]{0,4})?(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]*)+"
)
"""An address that a browser's URL parser gives back as it is (WHATWG URL); others are resolved on the page."""


class Facts(msgspec.Struct, frozen=True):
    """What follows from a project's options and from the code of its subscriptions."""

    absolute: bool
    """The SDK's address needs no page to be resolved against."""
    samples: bool
    """The SDK is loaded for a share of the users."""
    declares: bool
    """The types of a module declare what the page may set."""
    sends_users: bool
    """A subscription identifies users."""
    sends_both: bool
    """Some subscriptions identify users, others track events."""
    waits: bool
    """An attempt to load the SDK has a timer: for its end, or for the next one."""
    timeout: int
    """Milliseconds that an attempt may take; 0 without an end."""
    counts_attempts: bool
    """A part of the plugin asks for the number of attempts."""
    declares_attempts: bool
    """That number has a variable of its own, since there are no counts to hold it."""
    attempts: Literal["counts.attempts", "attempts"]
    """The variable that holds the number of attempts."""
    may_lack: bool
    """The plugin asks the browser for what not every browser has, as it starts."""
    puts_away: bool
    """Elements of ours may be left over when the SDK has come by another one, or not at all."""
    starts_later: bool
    """The first attempt waits for the page."""
    starts_idle: bool
    """It waits until the page has nothing better to do, too."""
    begin: Literal["attempt", "start"]
    """The function that begins to load the SDK."""
    given: Expression | None
    """What an event says that its visitor has consented to; None in a plugin that does not ask."""
    consent: Expression | None
    """The test that ``given`` must pass; None in a plugin that does not ask."""
    needs_no_consent: bool
    """The SDK is loaded whether or not an event has come."""
    load_waits: bool
    """The promise of load() waits for the SDK; else nobody does, as where there may be no consent, ever."""
    watched: tuple[EventType, ...]
    """Event types that become no calls, but tell of consent, or are logged."""
    actions: tuple[ActionName, ...]
    """The actions that the project has, by whose names pages switch the plugin off."""
    stays: bool
    """In a placeholder's place the plugin stays one: without marks on events, two might both handle one."""
    marks: bool
    """An event that has been handled is marked: the plugin sees events as Analytics.js keeps them, not copies."""
    asks: bool
    """The plugin asks Analytics.js for something when it is loaded."""
    load_parameters: str
    """What load() takes: Analytics.js, for the parts that ask for it; and whether it had begun to send by then."""
    moved: tuple[EventType, ...]
    """Event types that only identify users, where others track events: they get a plugin of their own."""
    catches: bool
    """An error in a hook is seen by the plugin: before Analytics.js gets it, or in its place."""
    passes_on: bool
    """A hook gives the event back, and its errors, as Analytics.js expects."""
    splits_actions: bool
    """Each action has a plugin of its own from the start."""
    stats: bool
    """The plugin counts."""
    debug: bool
    """The plugin logs each step."""

    def count(self, name: str, amount: str = "") -> str | None:
        """The expression that counts one more, or ``amount`` more; None in a plugin without counts."""
        if not self.stats:
            return None
        return f"counts.{name} += {amount}" if amount else f"counts.{name}++"

    def tell(self, event: str, detail: str) -> str | None:
        """The expression that logs what has happened, with an object of details; None except in a debug build."""
        return f'tell("{event}", {detail})' if self.debug else None


def facts_of(plan: Plan, host: Host, variables: AbstractSet[str], *, debug: bool) -> Facts:
    """The facts of a plan whose code for a host mentions these variables."""
    sdk, plugin = plan.sdk, plan.plugin
    stats = plugin.stats or plugin.report or debug
    samples = sdk.sample < 1 or "sample" in plugin.control
    sends_both = {"identifyUser", "trackEvent"} <= variables
    moved = tuple(event_type for event_type, actions in plan.actions.items() if actions == ("identifyUser",))
    if not sends_both or not host.is_analytics_js:
        moved = ()
    asks = plugin.duplicates or bool(moved) or samples or debug
    addresses = plan.addresses.values() if "region" in plugin.control else (plan.sdk_address,)
    return Facts(
        absolute=all(map(_NORMAL_ADDRESS.fullmatch, addresses)),
        samples=samples,
        declares=stats or bool(plugin.control),
        sends_users="identifyUser" in variables,
        sends_both=sends_both,
        waits=sdk.timeout > 0 or sdk.retries > 0,
        timeout=max(round(sdk.timeout * 1000), 1) if sdk.timeout else 0,
        counts_attempts=sdk.retries > 0 or stats,
        declares_attempts=sdk.retries > 0 and not stats,
        attempts="counts.attempts" if stats else "attempts",
        may_lack=sdk.reuse or plugin.security,
        puts_away=sdk.timeout > 0 or sdk.reuse or plan.consent is not None,
        starts_later=sdk.start != "now",
        starts_idle=sdk.start == "idle",
        begin="attempt" if sdk.start == "now" else "start",
        given=host.consent.given if host.consent and plan.consent else None,
        consent=_consent_test(host, plan.consent.categories) if plan.consent else None,
        needs_no_consent=plan.consent is None,
        load_waits=plan.consent is None and host.is_analytics_js,
        watched=tuple(_types_without_hook(plan, host)) if plan.consent or debug else (),
        actions=tuple(action for action in ACTIONS if action in variables) or tuple(ACTIONS),
        stays=not plugin.duplicates,
        marks=plugin.duplicates and not host.splits_actions,
        asks=asks,
        load_parameters=_load_parameters(late=plugin.late or debug, asks=asks),
        moved=moved,
        catches=stats or not host.is_analytics_js,
        passes_on=host.is_analytics_js,
        splits_actions=host.splits_actions,
        stats=stats,
        debug=debug,
    )


def _load_parameters(*, late: bool, asks: bool) -> str:
    if late:
        return "ctx, analytics = 0, late = analytics.initialized"
    return "ctx, analytics = 0" if asks else ""


def _consent_test(host: Host, categories: Iterable[str]) -> Expression:
    assert host.consent, "a project with consent has no format whose host knows none"
    test = host.consent.test
    return chain("&&", (test(Name("given"), category) for category in categories))


def _types_without_hook(plan: Plan, host: Host) -> Iterator[EventType]:
    hooked = {event_type for hook in plan.programs[host].hooks for event_type in hook.event_types}
    return (event_type for event_type in host.event_types if event_type not in hooked)
