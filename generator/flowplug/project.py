"""The project: its model, the checks of its tables, and the actions and presets of Segment's destination."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta

from . import fql, mapping
from .addresses import is_script_address
from .errors import Finding, joined, place_text, quote, suggest
from .formats import FORMATS, format_findings
from .hosts import RUDDERSTACK
from .javascript import JsonValue, first_match, fold

DEFAULT_REGIONS: Mapping[str, str] = {"us": "https://1flow.app/js/1flow.js"}
"""Where the 1Flow SDK is, by region. 1Flow has published the address of its default region only."""

PLUGIN_NAME = "1Flow Web (Actions)"
"""The destination's name in Segment; pages switch it off by this name."""

KEY_VARIABLE = "ONEFLOW_PROJECT_API_KEY"
"""The environment variable that a project takes its key from when it is written without one."""

_API_KEY = re.compile(r"oneflow_(prod|sandbox)_[A-Za-z0-9+/=_-]+")
_INTEGRITY = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}(?: sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})*")
_DESTINATION_ID = re.compile(r"[A-Za-z0-9_-]+")
_PATH_PATTERN = re.compile(r"[/*][^?#]*")
_GLOBAL_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_PATH = re.compile(r"\$\.|(?:properties|traits)\.")
"""What a path begins with, where a key is wanted."""

_FILLED_LIST = {"minItems": 1, "uniqueItems": True}

ActionName: TypeAlias = Literal["trackEvent", "identifyUser"]

ControlName: TypeAlias = Literal["off", "nonce", "sample", "key", "region"]
"""What a page may set in ``window.flowplug``."""


class Action(msgspec.Struct, frozen=True):
    """What a subscription can make 1Flow do.

    The names, the preset trigger and the default mapping are those of Segment's 1Flow web destination.
    ``arguments`` are the fields in the order in which the plugin's function takes them; without a value for the
    ``required`` one, it sends nothing.
    """

    trigger: str
    defaults: Mapping[str, JsonValue]
    arguments: tuple[str, ...]
    required: str
    method: str
    """The method of 1Flow's SDK that it becomes a call of."""


ACTIONS: Mapping[ActionName, Action] = {
    "trackEvent": Action(
        trigger='type = "track"',
        defaults={
            "event_name": {"@path": "$.event"},
            "properties": {"@path": "$.properties"},
            "userId": {"@path": "$.userId"},
            "anonymousId": {"@path": "$.anonymousId"},
        },
        arguments=("event_name", "properties", "userId", "anonymousId"),
        required="event_name",
        method="logEvent",
    ),
    "identifyUser": Action(
        trigger='type = "identify"',
        defaults={"userId": {"@path": "$.userId"}, "traits": {"@path": "$.traits"}},
        arguments=("userId", "traits"),
        required="userId",
        method="logUser",
    ),
}


IDS = ("userId", "anonymousId")
"""The fields that say whose call it is."""


class Checked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A table of the project, which knows what can be wrong with its values besides their types."""

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        """What is wrong, seen from the table; ``values`` lacks the fields that are of the wrong type."""
        yield from ()


class FromEnvironment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that is taken from an environment variable when the project is read."""

    env: Annotated[str, Meta(description="Name of the environment variable.", min_length=1)]


class Taken(str):
    """A text that was taken from an environment variable. It may be a secret that someone took by mistake."""

    __slots__ = ()


class Settings(Checked, frozen=True):
    """The destination's settings, named as in Segment."""

    project_api_key: Annotated[
        str | FromEnvironment,
        Meta(description='The 1Flow project API key, or { env = "NAME" } to take it from the environment.'),
    ]
    region: Annotated[
        str | FromEnvironment,
        Meta(
            description="Regional Data Hosting: the name of one of sdk.regions, or "
            '{ env = "NAME" } to take it from the environment.',
            examples=["us"],
        ),
    ] = "us"

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        key = values.get("project_api_key")
        # No message shows the key: it may be some other secret, taken from the wrong environment variable.
        if isinstance(key, str) and not key.strip():
            message = 'is empty; 1Flow shows the key under project settings, as "oneflow_prod_…"'
            yield Finding(("projectApiKey",), "empty", message)
        elif isinstance(key, str) and not _API_KEY.fullmatch(key):
            yield Finding(
                ("projectApiKey",),
                "invalid-api-key",
                'must start with "oneflow_prod_" or "oneflow_sandbox_", followed by only letters, digits and '
                "+ / = _ -; 1Flow shows the key under project settings",
            )


class Sdk(Checked, frozen=True):
    """The 1Flow SDK, and how the plugin loads it. What is switched off leaves no code in the plugin."""

    regions: Annotated[
        Mapping[str, str],
        Meta(
            description="Address of the SDK script by region, for regions other than the one built in: "
            f"us is {DEFAULT_REGIONS['us']}."
        ),
    ] = {}
    start: Annotated[
        Literal["now", "load", "idle", "call"],
        Meta(
            description="When to load the SDK: now; after the window's load event; when the page is idle after "
            "that; or when there is a first call for it."
        ),
    ] = "load"
    start_within: Annotated[
        float,
        Meta(
            description="Seconds after which load and idle wait no longer, as where an image never comes; 0 waits "
            "for ever.",
            ge=0,
            le=300,
        ),
    ] = 5
    include: Annotated[
        tuple[str, ...] | None,
        Meta(
            description="The only pages on which the SDK is loaded and calls are sent, as patterns like those of "
            "exclude. Left out: all pages.",
            examples=[["/shop/*"]],
            extra_json_schema={"minItems": 1},
        ),
    ] = None
    exclude: Annotated[
        tuple[str, ...],
        Meta(
            description="Pages on which the SDK is not loaded and no call is sent: patterns for "
            "location.pathname, in which * stands for any characters.",
            examples=[["/checkout/*"]],
        ),
    ] = ()
    prerender: Annotated[
        bool, Meta(description="Load the SDK while a page is only prerendered, and may never be seen.")
    ] = False
    timeout: Annotated[
        float,
        Meta(description="Seconds that an attempt to load the SDK may take; 0 waits for ever.", ge=0, le=300),
    ] = 10
    retries: Annotated[
        int, Meta(description="How often a failed attempt is repeated, with growing pauses.", ge=0, le=10)
    ] = 2
    queue: Annotated[
        int, Meta(description="How many calls are kept until the SDK is there; 0 keeps all.", ge=0, le=100_000)
    ] = 1000
    reuse: Annotated[
        bool, Meta(description="Use an SDK that the page has already, or whose script is loading.")
    ] = True
    sample: Annotated[
        float,
        Meta(
            description="Share of users, from 0 to 1, for whom the SDK is loaded; their anonymous IDs decide.",
            ge=0,
            le=1,
        ),
    ] = 1
    max_bytes: Annotated[
        int,
        Meta(description="How large an event may be, as JSON; a larger one is refused. 0 sets no limit.", ge=0),
    ] = 0
    crossorigin: Annotated[
        Literal["anonymous", "use-credentials"] | None,
        Meta(description="The crossorigin attribute of the SDK's script."),
    ] = None
    integrity: Annotated[
        str | None,
        Meta(
            description="The integrity attribute of the SDK's script; it needs crossorigin.",
            extra_json_schema={"pattern": f"^(?:{_INTEGRITY.pattern})$"},
        ),
    ] = None

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        for region, address in values.get("regions", {}).items():
            if not is_script_address(address):
                wanted = "https://…, a path of the site (/…), or http://localhost… for trials"
                message = f"is not the address of a script: {quote(address)}; write {wanted}"
                yield Finding(("regions", region), "invalid-address", message)
        integrity = values.get("integrity")
        if integrity is not None and not _INTEGRITY.fullmatch(integrity):
            message = f'is not an integrity hash: {quote(integrity)}; write one such as "sha384-…"'
            yield Finding(("integrity",), "invalid-integrity", message)
        elif integrity is not None and values.get("crossorigin", "") is None:
            message = 'needs crossorigin = "anonymous", or browsers block the script'
            yield Finding(("integrity",), "missing-crossorigin", message)
        if values.get("include") == ():
            message = "is empty; name the pages on which there is to be 1Flow, or leave it out for all pages"
            yield Finding(("include",), "empty", message)
        for option in ("include", "exclude"):
            for index, pattern in enumerate(values.get(option) or ()):
                if pattern is not None and not _PATH_PATTERN.fullmatch(pattern):
                    message = (
                        f"is not a pattern for paths: {quote(pattern)}; write one that begins with / or *, and "
                        'has no ? or #, such as "/checkout/*"'
                    )
                    yield Finding((option, index), "invalid-path", message)


class Plugin(Checked, frozen=True):
    """The plugin's place on the page. What is switched off leaves no code in the plugin."""

    analytics_global: Annotated[
        str,
        Meta(
            description="Name of the global that holds Analytics.js.",
            extra_json_schema={"pattern": f"^{_GLOBAL_NAME.pattern}$"},
        ),
    ] = "analytics"
    early: Annotated[
        bool, Meta(description="Register also where the plugin's script comes before any Analytics.js.")
    ] = True
    copy: Annotated[
        bool, Meta(description="Give the SDK a copy of each call's data, as it was at the moment of the call.")
    ] = True
    slices: Annotated[bool, Meta(description="Send the calls that were kept in slices of a few milliseconds.")] = (
        True
    )
    security: Annotated[
        bool,
        Meta(
            description="Work under a strict content security policy and under Trusted Types; a debug build also "
            "logs the directive that blocks the SDK."
        ),
    ] = True
    middleware: Annotated[
        bool, Meta(description="Take part in analytics.addDestinationMiddleware, as Segment's destinations do.")
    ] = True
    duplicates: Annotated[
        bool, Meta(description="Warn of a second plugin of the same name, and send no event twice.")
    ] = True
    opt_out: Annotated[
        bool,
        Meta(
            description="Load no SDK where the page has switched the plugin off as it loaded Analytics.js, until "
            "an event is for it after all."
        ),
    ] = True
    late: Annotated[
        bool, Meta(description="Warn when the plugin registers after Analytics.js has sent the first events.")
    ] = True
    policy: Annotated[
        bool,
        Meta(description="Do not ask again for an SDK's script that the page's security policy has refused."),
    ] = False
    control: Annotated[
        tuple[ControlName, ...],
        Meta(description="What a page may set in window.flowplug, before the plugin."),
    ] = ("off", "nonce")
    stats: Annotated[
        bool, Meta(description="Count what happens, for plugin.stats(); a debug build always does.")
    ] = False
    report: Annotated[
        bool, Meta(description="Call window.flowplug.report and window.flowplug.onError, if the page sets them.")
    ] = False

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        name = values.get("analytics_global", "analytics")
        if not _GLOBAL_NAME.fullmatch(name):
            message = f'is not the name of a global: {quote(name)}; write one such as "analytics"'
            yield Finding(("analyticsGlobal",), "invalid-global", message)
        if values.get("middleware") and not values.get("copy", True):
            message = "must be true, since destination middleware changes the copy; or set middleware = false"
            yield Finding(("copy",), "conflicting-options", message)


class Build(Checked, frozen=True):
    """What ``flowplug build`` writes."""

    formats: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema={"enum": list(FORMATS)})], ...],
        Meta(
            description="The formats to build, each in files of its own.",
            extra_json_schema={"minItems": 1, "uniqueItems": True},
        ),
    ] = ("script",)

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        for place, code, message in format_findings(values.get("formats", ("script",))):
            yield Finding(("formats", *place), code, message)


class Consent(Checked, frozen=True):
    """The consent that the plugin needs, as Segment's consent tools stamp it on events."""

    categories: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(
            description="Categories that must all be true in an event's context.consent.categoryPreferences.",
            examples=[["C0004"]],
            extra_json_schema={"minItems": 1, "uniqueItems": True},
        ),
    ]

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        categories = values.get("categories")
        if categories == ():
            message = "is empty; name the categories that 1Flow needs, or leave out consent"
            yield Finding(("categories",), "empty", message)
        first: dict[str, int] = {}
        for index, category in enumerate(categories or ()):
            earlier = first.setdefault(category, index)
            if category is not None and earlier != index:
                message = f"{quote(category)} is already consent.categories[{earlier}]; remove one of them"
                yield Finding(("categories", index), "duplicate-category", message)


class RudderStack(Checked, frozen=True):
    """The plugin's place at RudderStack."""

    destination_id: Annotated[
        str,
        Meta(
            description="The ID of a destination of the kind Custom Device Mode, from RudderStack's dashboard.",
            min_length=1,
            extra_json_schema={"pattern": f"^{_DESTINATION_ID.pattern}$"},
        ),
    ]

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        destination = values.get("destination_id")
        if destination and not _DESTINATION_ID.fullmatch(destination):
            message = (
                f"is not the ID of a destination: {quote(destination)}; RudderStack's dashboard shows it in the "
                "settings of the destination, as letters and digits"
            )
            yield Finding(("destinationId",), "invalid-destination-id", message)


class Allowed(Checked, frozen=True):
    """The only entries that may leave, of those at the top of an object."""

    traits: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...] | None,
        Meta(description="The traits that may leave, letter for letter.", extra_json_schema=_FILLED_LIST),
    ] = None
    properties: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...] | None,
        Meta(description="The properties that may leave, letter for letter.", extra_json_schema=_FILLED_LIST),
    ] = None

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        for field in _ALLOWED:
            yield from _list_problems(field, values.get(field), f"name the {field} that may leave")


class Privacy(Checked, frozen=True):
    """What of the events' data leaves for 1Flow, whatever the mappings make of it."""

    deny: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...] | None,
        Meta(
            description="Keys that never leave, at any depth and in any letter case; * stands for any text.",
            examples=[["email", "phone", "*password*"]],
            extra_json_schema=_FILLED_LIST,
        ),
    ] = None
    scrub: Annotated[
        tuple[Literal["email", "card"], ...] | None,
        Meta(
            description="What is taken out of texts: mail addresses, card numbers.",
            extra_json_schema=_FILLED_LIST,
        ),
    ] = None
    hash: Annotated[
        tuple[Literal["userId", "anonymousId"], ...] | None,
        Meta(description="IDs that leave as their SHA-256, in hexadecimal.", extra_json_schema=_FILLED_LIST),
    ] = None
    allow: Annotated[
        Allowed | None,
        Meta(description="The only traits and properties that may leave."),
    ] = None
    gpc: Annotated[
        bool,
        Meta(
            description="Respect Global Privacy Control: where the visitor's browser sends it, the SDK is not "
            "loaded, and no call is sent."
        ),
    ] = False

    @property
    def is_on(self) -> bool:
        """Whether something is kept from leaving as the mappings have made it."""
        return bool(self.deny or self.scrub or self.hash or self.allowed("traits") or self.allowed("properties"))

    def denies(self, name: str) -> bool:
        """Whether no key of this name leaves."""
        return first_match(self.deny or (), name) is not None

    def allowed(self, field: Literal["traits", "properties"]) -> tuple[str, ...] | None:
        """The only entries of a field that may leave; None where that is not said."""
        return (self.allow.traits if field == "traits" else self.allow.properties) if self.allow else None

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        for option, what in _PRIVACY_LISTS.items():
            yield from _list_problems(option, values.get(option), what)
        for index, pattern in enumerate(values.get("deny") or ()):
            if pattern and _PATH.match(pattern):
                key = quote(pattern.rpartition(".")[2] or "email")
                message = f"names a path, not a key; write the key alone, such as {key}, to deny it at any depth"
                yield Finding(("deny", index), "not-a-key", message)
        allow = values.get("allow") or Allowed()
        fields = [(("allow", field), getattr(allow, field)) for field in _ALLOWED]
        for place, names in ((("hash",), values.get("hash")), *fields):
            for index, name in enumerate(names or ()):
                if name and (pattern := first_match(values.get("deny") or (), name)):
                    message = f"{quote(name)} is denied by {quote(pattern)} of privacy.deny; remove one of the two"
                    yield Finding((*place, index), "conflicting-options", message)


_ALLOWED = ("traits", "properties")
_PRIVACY_LISTS = {
    "deny": "name the keys that must not leave",
    "scrub": 'name "email" or "card"',
    "hash": 'name "userId" or "anonymousId"',
}


def _list_problems(option: str, items: Sequence[str | None] | None, what: str) -> Iterator[Finding]:
    """What is wrong with a list in which each entry has a meaning of its own; None stands for what is no text.

    Two keys to deny are the same in any letter case.
    """
    if items == ():
        yield Finding((option,), "empty", f"is empty; {what}, or leave it out")
    first: dict[str, str] = {}
    for index, item in enumerate(items or ()):
        meaning = re.sub(r"\*+", "*", fold(item or "")) if option == "deny" else item
        if meaning and meaning in first:
            message = f"{quote(item or '')} means the same as {quote(first[meaning])}; remove one of the two"
            yield Finding((option, index), "duplicate-entry", message)
        elif meaning and item:
            first[meaning] = item


class Subscription(Checked, frozen=True):
    """One rule: which events trigger which action, and what becomes of their data."""

    name: Annotated[str, Meta(description="A name for people, unique in the project.", min_length=1)]
    partner_action: Annotated[ActionName, Meta(description="What 1Flow is to do.")]
    subscribe: Annotated[str, Meta(description="The trigger, in Segment's FQL.", examples=['type = "track"'])]
    enabled: Annotated[bool, Meta(description="Whether the plugin holds this subscription at all.")] = True
    mapping: Annotated[
        dict[str, Any] | None,
        Meta(description="The action's fields, each a value or a directive; left out: the action's defaults."),
    ] = None

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        """The mapping, or the action's default mapping where there is none."""
        return ACTIONS[self.partner_action].defaults if self.mapping is None else self.mapping

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        try:
            fql.parse(values.get("subscribe", PRESETS[0].subscribe))
        except fql.FqlError as error:
            yield Finding(("subscribe",), error.code, str(error))
        fields = values.get("mapping") or {}
        action: ActionName | None = values.get("partner_action")
        known = ACTIONS[action].arguments if action else tuple(fields)
        for place, code, message in mapping.field_problems(fields, known, str(action)):
            yield Finding(("mapping", *place), code, message)


class Mappings(Checked, frozen=True):
    """What mappings mean beyond Segment's words; of a project that was read, this is done in its subscriptions."""

    templates: Annotated[
        bool, Meta(description='Take text with {{…}} in a mapping for a template, as {"@template": "…"} is one.')
    ] = False


class Defaults(Checked, frozen=True):
    """Fields that subscriptions share; of a project that was read, they are in its subscriptions."""

    track_event: Annotated[
        dict[str, Any] | None, Meta(description="Fields of every subscription that triggers trackEvent.")
    ] = None
    identify_user: Annotated[
        dict[str, Any] | None, Meta(description="Fields of every subscription that triggers identifyUser.")
    ] = None

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        actions: tuple[tuple[str, ActionName], ...]
        actions = ("track_event", "trackEvent"), ("identify_user", "identifyUser")
        for name, action in actions:
            fields = values.get(name) or {}
            if any(key == mapping.ROOT_DIRECTIVE or key[:1] == "@" for key in fields):
                message = "must be a table of fields; a directive in place of the fields works only in a mapping"
                yield Finding((action,), "root-directive", message)
                continue
            for place, code, message in mapping.field_problems(fields, ACTIONS[action].arguments, action):
                yield Finding((action, *place), code, message)


PRESETS = tuple(
    Subscription(name=name, partner_action=action, subscribe=ACTIONS[action].trigger)
    for name, action in cast(
        "tuple[tuple[str, ActionName], ...]",
        (("Track Event", "trackEvent"), ("Identify User", "identifyUser")),
    )
)
"""The subscriptions of a project that names none: those Segment starts this destination with."""


class Project(Checked, frozen=True, dict=True):
    """All that a plugin is compiled from."""

    settings: Settings
    sdk: Sdk = msgspec.field(default_factory=Sdk)
    plugin: Plugin = msgspec.field(default_factory=Plugin)
    build: Build = msgspec.field(default_factory=Build)
    consent: Annotated[
        Consent | None,
        Meta(description="Without consent no event becomes a call, and the SDK is not loaded."),
    ] = None
    rudderstack: Annotated[
        RudderStack | None,
        Meta(description="The plugin's place at RudderStack, for the format rudderstack."),
    ] = None
    privacy: Annotated[
        Privacy,
        Meta(description="What of the events' data leaves for 1Flow, whatever the mappings make of it."),
    ] = msgspec.field(default_factory=Privacy)
    mappings: Mappings = msgspec.field(default_factory=Mappings)
    defaults: Defaults = msgspec.field(default_factory=Defaults)
    subscriptions: Annotated[
        tuple[Subscription, ...],
        Meta(description="Left out: the two presets, Track Event and Identify User."),
    ] = PRESETS
    schema: Annotated[str, Meta(description="The JSON Schema of this file, for editors.")] = msgspec.field(
        default="", name="$schema"
    )

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Iterator[Finding]:
        settings, sdk = values.get("settings"), values.get("sdk") or Sdk()
        regions = {**DEFAULT_REGIONS, **sdk.regions}
        region = settings.region if settings else "us"
        if isinstance(region, str) and region not in regions:
            yield Finding(("settings", "region"), "unknown-region", _unknown_region(region, regions))
        yield from _format_problems(values)
        privacy, plugin = values.get("privacy"), values.get("plugin")
        if privacy and privacy.is_on and plugin and not plugin.copy:
            message = "needs plugin.copy: it is a copy of the data that leaves without what is private"
            yield Finding(("privacy",), "conflicting-options", message)
        if values.get("subscriptions") == ():
            message = "is empty; leave it out for the two presets, Track Event and Identify User"
            yield Finding(("subscriptions",), "empty", message)

    @property
    def sdk_address(self) -> str:
        """Where the plugin loads the SDK from. Raises KeyError for a region without an address."""
        region = self.settings.region
        assert isinstance(region, str), "a loaded project has its region"
        return self.sdk_addresses[region]

    @property
    def sdk_addresses(self) -> Mapping[str, str]:
        """Where the SDK is, by region."""
        return {**DEFAULT_REGIONS, **self.sdk.regions}


class ProjectFile(Project, frozen=True):
    """A project as it is written: what it is merged over, and what is merged over it."""

    extends: Annotated[
        str,
        Meta(
            description="The project file that this one is merged over, as a path from the folder of this file.",
            min_length=1,
            examples=["base.toml"],
        ),
    ] = ""
    env: Annotated[
        Mapping[str, Project],
        Meta(
            description="For each environment, such as prod, what is merged over the project where --env names it."
        ),
    ] = {}


def _unknown_region(region: str, regions: Mapping[str, str]) -> str:
    if isinstance(region, Taken):
        return (
            "no address of the SDK is known for the region in this environment variable; set the variable to "
            f"{joined(map(quote, regions), 'or')}, or add the region to sdk.regions with the address that 1Flow "
            "gave you"
        )
    return (
        f"no address of the SDK is known for region {quote(region)}{suggest(region, regions)}; "
        f"set {place_text(('sdk', 'regions', region))} to the one that 1Flow gave you"
    )


def _format_problems(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What the chosen formats need of the other tables."""
    build = values.get("build")
    for index, name in enumerate(build.formats if build else ()):
        host = FORMATS[name].host if name in FORMATS else None
        if host is RUDDERSTACK and values.get("rudderstack", "wrong") is None:
            message = (
                f"{quote(name)} needs the ID of the destination; "
                'write it as destinationId = "…" into a table [rudderstack]'
            )
            yield Finding(("build", "formats", index), "missing-field", message)
        if host and not host.consent and values.get("consent"):
            message = (
                f"is not possible in the format {quote(name)}, since events of {host.name} do not say what a "
                "visitor has agreed to; leave out consent, and add the plugin once the visitor has agreed "
                "(docs/install.md)"
            )
            yield Finding(("consent",), "conflicting-options", message)


def repeated_names(data: object) -> Iterator[Finding]:
    """Subscriptions of one name, in a project as plain data: also of those that have other errors."""
    items = data.get("subscriptions") if isinstance(data, Mapping) else None
    first: dict[str, int] = {}
    for index, item in enumerate(items if isinstance(items, list | tuple) else ()):
        name = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(name, str) and name and first.setdefault(name, index) != index:
            message = f"is also the name of subscriptions[{first[name]}]; give each subscription a name of its own"
            yield Finding(("subscriptions", index, "name"), "duplicate-name", message)
