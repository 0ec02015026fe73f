"""Facts: what the templates ask about a plugin, computed here so that they hold no logic of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import Literal

import msgspec

from .events import EventType
from .hosts import Host
from .javascript import Call, Expression, Glob, Member, Name, Unary, Wildcards, chain
from .plan import Plan
from .project import ACTIONS, IDS, ActionName, Privacy

_NORMAL_ADDRESS = re.compile(
    r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::(?!443/)[1-9][0-9]{0,4})?(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]*)+"
)
"""An address that a browser's URL parser gives back as it is (WHATWG URL); others are resolved on the page."""


class PrivacyFacts(msgspec.Struct, frozen=True):
    """What follows from the table ``[privacy]``."""

    denied: Expression
    """What the folded names of keys that never leave match."""
    denies_scrubbed: bool
    """A key may be denied for what scrubbing has made of it."""
    scrubs_mail: bool
    """Mail addresses are taken out of texts."""
    scrubs_cards: bool
    """Card numbers are taken out of texts."""
    scrubbed: str
    """The expression for ``text``, scrubbed."""
    kept: Mapping[str, str]
    """By the name of an ID, the function that makes what leaves of it, or what is hashed."""
    keeps_whole_ids: bool
    """An ID is left out where scrubbing would change it."""
    sent: Mapping[str, str]
    """By the name of an ID, the expression for what leaves of it once it is hashed."""
    hashes_user: bool
    """The user ID is hashed."""
    allowed_traits: tuple[str, ...] | None
    """The only traits that leave; None where all may."""
    allowed_properties: tuple[str, ...] | None
    """The only properties that leave; None where all may."""
    allows: bool
    """One of these is not None."""


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
    has_methods: str
    """The expression for whether what was ``found`` has each method of the SDK's that the subscriptions call."""
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
    lost: str
    """The expression for what takes an error of the SDK's."""
    lost_parameters: str
    """What it takes: the error, and before that what it is to say of the call."""
    heeds_policy: bool
    """What the page's security policy has refused is not asked for again."""
    is_ours: str
    """The expression for whether the script that an attempt waits for is one that the plugin has made."""
    puts_away: bool
    """Elements of ours may be left over when the SDK has come by another one, or not at all."""
    starts_later: bool
    """The first attempt waits for the page."""
    starts_idle: bool
    """It waits until the page has nothing better to do, too."""
    hears_load: bool
    """Loading the SDK waits for the window's load event or for the deadline."""
    deadline: int
    """Milliseconds after which the first attempt waits no longer; 0 without an end."""
    begin: Literal["attempt", "begin"]
    """The function that begins to load the SDK."""
    has_begin: bool
    """It is one of its own: something comes before the first attempt."""
    begins_with_consent: bool
    """Consent alone begins to load the SDK, whether or not there is a call."""
    begins_at_load: bool
    """The SDK is loaded without any event, as soon as the host has loaded the plugin."""
    begins_with_call: bool
    """A call begins to load the SDK where nothing else has."""
    begun: Literal["timer", "begun"]
    """The variable that says whether something has: the timer's own where none of it is without a timer."""
    declares_begun: bool
    """That is one of its own."""
    opts_out: bool
    """Analytics.js says when it loads the plugin whether the page has switched that off: then a call begins."""
    barred: Expression | None
    """The test for a page on which there is no 1Flow at all; None in a plugin that goes by no such thing."""
    given: Expression | None
    """What an event says that its visitor has consented to; None in a plugin that does not ask."""
    consent: Expression | None
    """The test that ``given`` must pass; None in a plugin that does not ask."""
    load_waits: bool
    """The promise of load() waits for the SDK; else nobody does, as where it may never be loaded."""
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
    first_wait: Literal["consent", "call"] | None
    """What loading the SDK waits for at first; None where nothing but the host begins it."""
    splits_actions: bool
    """Each action has a plugin of its own from the start."""
    protects: bool
    """Something is kept from leaving."""
    privacy: PrivacyFacts
    stats: bool
    """The plugin counts."""
    report: bool
    """The plugin hands errors to the page."""
    debug: bool
    """The plugin logs each step."""

    def count(self, name: str, amount: str = "") -> str | None:
        """The expression that counts one more, or ``amount`` more; None in a plugin without counts."""
        if not self.stats:
            return None
        return f"counts.{name} += {amount}" if amount else f"counts.{name}++"

    def wait(self, what: str | None) -> str | None:
        """The expression that notes what loading the SDK waits for now; None in a plugin without counts."""
        if not self.stats:
            return None
        value = f'"{what}"' if what else "null"
        return f"waitFor({value})" if self.debug else f"counts.waitsFor = {value}"

    def failed(self, event: str) -> str:
        """The expression for what takes an error in a hook that was given this event."""
        return f"error => failed(error, {event})" if self.report else "failed"

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
    actions = tuple(action for action in ACTIONS if action in variables) or tuple(ACTIONS)
    puts_away = sdk.timeout > 0 or sdk.reuse or plan.consent is not None
    asks = plugin.duplicates or bool(moved) or samples or debug
    barred = _bars(plan)
    starts_later = sdk.start in ("load", "idle")
    deadline = _milliseconds(sdk.start_within) if starts_later else 0
    opts_out = plugin.opt_out and plan.consent is None and sdk.start != "call"
    begins_with_call = sdk.start == "call" or opts_out or barred is not None
    has_begin = starts_later or begins_with_call or not sdk.prerender
    begun: Literal["timer", "begun"] = "timer" if sdk.timeout and (deadline or not starts_later) else "begun"
    addresses = plan.addresses.values() if "region" in plugin.control else (plan.sdk_address,)
    return Facts(
        absolute=all(map(_NORMAL_ADDRESS.fullmatch, addresses)),
        samples=samples,
        declares=stats or bool(plugin.control),
        sends_users="identifyUser" in variables,
        sends_both=sends_both,
        has_methods=" && ".join(f"isFunction(found.{ACTIONS[action].method})" for action in actions),
        waits=sdk.timeout > 0 or sdk.retries > 0 or deadline > 0,
        timeout=_milliseconds(sdk.timeout),
        counts_attempts=sdk.retries > 0 or stats,
        declares_attempts=sdk.retries > 0 and not stats,
        attempts="counts.attempts" if stats else "attempts",
        may_lack=sdk.reuse or plugin.security,
        lost="lost({ command, subject, data }, event)"
        if plugin.report
        else "lost({ command, subject, data })"
        if debug
        else "lost",
        lost_parameters="(call, event) => error" if plugin.report else "call => error" if debug else "error",
        heeds_policy=plugin.policy and sdk.retries > 0,
        is_ours="ours.includes(current)" if puts_away else "current",
        puts_away=puts_away,
        starts_later=starts_later,
        starts_idle=sdk.start == "idle",
        hears_load=deadline > 0 and sdk.start == "load",
        deadline=deadline,
        begin="begin" if has_begin else "attempt",
        has_begin=has_begin,
        begins_with_consent=sdk.start != "call",
        begins_at_load=plan.consent is None and sdk.start != "call",
        begins_with_call=begins_with_call,
        begun=begun,
        declares_begun=begun == "begun" and begins_with_call,
        opts_out=opts_out,
        barred=barred,
        given=host.consent.given if host.consent and plan.consent else None,
        consent=_consent_test(host, plan.consent.categories) if plan.consent else None,
        load_waits=plan.consent is None and host.is_analytics_js and not host.splits_actions,
        watched=tuple(_types_without_hook(plan, host)) if plan.consent or debug else (),
        actions=actions,
        stays=not plugin.duplicates,
        marks=plugin.duplicates and not host.splits_actions,
        asks=asks,
        load_parameters=_load_parameters(
            late=(plugin.late or debug) and not host.splits_actions, asks=asks or opts_out
        ),
        moved=moved,
        catches=stats or plugin.report or not host.is_analytics_js,
        passes_on=host.is_analytics_js,
        first_wait="consent" if plan.consent else "call" if begins_with_call else None,
        splits_actions=host.splits_actions,
        protects=plan.privacy.is_on,
        privacy=_privacy_facts(plan.privacy),
        stats=stats,
        report=plugin.report,
        debug=debug,
    )


def _privacy_facts(privacy: Privacy) -> PrivacyFacts:
    scrubs, hashed = privacy.scrub or (), privacy.hash or ()
    calls = [name for kind, name in (("email", "scrubMail"), ("card", "scrubCards")) if kind in scrubs]
    whole = "whole" if scrubs else "protect"
    traits, properties = privacy.allowed("traits"), privacy.allowed("properties")
    return PrivacyFacts(
        denied=Wildcards(privacy.deny or ()),
        denies_scrubbed=bool(privacy.deny and scrubs),
        scrubs_mail="email" in scrubs,
        scrubs_cards="card" in scrubs,
        scrubbed=reduce(lambda made, name: f"{name}({made})", calls, "text"),
        kept={name: "textOf" if name in hashed else whole for name in IDS},
        keeps_whole_ids=bool(scrubs) and set(IDS) != set(hashed),
        sent={name: f"hashes.get({name})" if name in hashed else name for name in IDS},
        hashes_user="userId" in hashed,
        allowed_traits=traits,
        allowed_properties=properties,
        allows=bool(traits or properties),
    )


def _milliseconds(seconds: float) -> int:
    """A timer's delay, which is 0 only where there is to be no timer."""
    return max(round(seconds * 1000), 1) if seconds else 0


def _bars(plan: Plan) -> Expression | None:
    path = Member(Name("location"), "pathname")
    tests: list[Expression] = []
    if plan.privacy.gpc:
        tests.append(Member(Name("navigator"), "globalPrivacyControl"))
    if plan.sdk.include:
        tests.append(Unary("!", _is_like(path, plan.sdk.include)))
    if plan.sdk.exclude:
        tests.append(_is_like(path, plan.sdk.exclude))
    return chain("||", tests) if tests else None


def _is_like(path: Expression, patterns: Iterable[str]) -> Expression:
    return Call(Member(Glob(tuple(map(_as_in_location, patterns))), "test"), (path,))


def _as_in_location(pattern: str) -> str:
    """A path as browsers give it: what is no part of a path is percent-encoded (WHATWG URL)."""
    return re.sub(
        r'[^!-~]|["<>`{}]',
        lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode(errors="replace")),
        pattern,
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
