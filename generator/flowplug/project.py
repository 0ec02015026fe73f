"""The project: its model, and reading it from TOML, JSON or YAML with every error at once."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

import msgspec
import yaml
from msgspec import Meta

from . import fql, mapping
from .errors import OutsideError, Problem, ProjectError, UsageError, printable, quote, step, suggest
from .javascript import MAX_SAFE_INTEGER, JsonValue

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_REGIONS: Mapping[str, str] = {"us": "https://1flow.app/js/1flow.js"}
"""Where the 1Flow SDK is, by region. 1Flow has published the address of its default region only."""

SCHEMA_TITLE = "flowplug project"

MAX_DEPTH = 50
MAX_VALUES = 1_000_000
MAX_BYTES = 2**20

_API_KEY = re.compile(r"oneflow_(prod|sandbox)_[A-Za-z0-9+/=_-]+")
_SDK_ADDRESS = re.compile(
    r"""(https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?
       | http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?
       )?/(?!/)[^\s"'<>\\`{}|^#]*""",
    re.VERBOSE | re.IGNORECASE,
)
_INTEGRITY = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}(?: sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})*")
_GLOBAL_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

Found: TypeAlias = Iterator[tuple[str, str]]
"""Problems as (place, message) pairs; the place is seen from the table that was checked."""

ActionName: TypeAlias = Literal["trackEvent", "identifyUser"]


class Action(msgspec.Struct, frozen=True):
    """What a subscription can make 1Flow do.

    The names, the preset trigger and the default mapping are those of Segment's 1Flow web destination. The
    plugin's function for an action takes the fields in the order of ``defaults``; nothing is sent without the
    first.
    """

    trigger: str
    defaults: Mapping[str, JsonValue]


ACTIONS: Mapping[ActionName, Action] = {
    "trackEvent": Action(
        trigger='type = "track"',
        defaults={
            "event_name": {"@path": "$.event"},
            "properties": {"@path": "$.properties"},
            "userId": {"@path": "$.userId"},
            "anonymousId": {"@path": "$.anonymousId"},
        },
    ),
    "identifyUser": Action(
        trigger='type = "identify"',
        defaults={"userId": {"@path": "$.userId"}, "traits": {"@path": "$.traits"}},
    ),
}


class _Checked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A table of the project, which knows what may be wrong with its values beside their types."""

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Found:
        """What is wrong, seen from the table; ``values`` lacks the fields that are of the wrong type."""
        yield from ()


class FromEnvironment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that is taken from an environment variable when the project is read."""

    env: Annotated[str, Meta(description="Name of the environment variable.", min_length=1)]


class Settings(_Checked, frozen=True):
    """The destination's settings, named as in Segment."""

    project_api_key: Annotated[
        str | FromEnvironment,
        Meta(description='The 1Flow project API key, or { env = "NAME" } to take it from the environment.'),
    ]
    region: Annotated[
        str, Meta(description="Regional Data Hosting: the name of one of sdk.regions.", examples=["us"])
    ] = "us"

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Found:
        key = values.get("project_api_key")
        if isinstance(key, str) and not key.strip():
            yield "projectApiKey", 'is empty; 1Flow shows the key under project settings, as "oneflow_prod_…"'
        elif isinstance(key, str) and not _API_KEY.fullmatch(key):
            yield (
                "projectApiKey",
                'is not a 1Flow project API key: that is "oneflow_prod_" or "oneflow_sandbox_", then letters, '
                f"digits and + / = only; this is {quote(key)}",
            )


class Sdk(_Checked, frozen=True):
    """The 1Flow SDK, and how the plugin loads it. What is switched off leaves no code in the plugin."""

    regions: Annotated[
        Mapping[str, str],
        Meta(
            description="Address of the SDK script by region, beside the one that is known: "
            f"us is {DEFAULT_REGIONS['us']}."
        ),
    ] = {}
    start: Annotated[
        Literal["now", "load", "idle"],
        Meta(
            description="When to load the SDK: now, after the window's load event, or when the page is idle then."
        ),
    ] = "now"
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
    crossorigin: Annotated[
        Literal["anonymous", "use-credentials"] | None,
        Meta(description="The crossorigin attribute of the SDK's script."),
    ] = None
    integrity: Annotated[
        str | None,
        Meta(
            description="The integrity attribute of the SDK's script; it wants crossorigin.",
            extra_json_schema={"pattern": f"^(?:{_INTEGRITY.pattern})$"},
        ),
    ] = None

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Found:
        for region, address in values.get("regions", {}).items():
            if not _SDK_ADDRESS.fullmatch(address):
                wanted = "https://…, a path of the site (/…), or http://localhost… for trials"
                yield f"regions{step(region)}", f"not an address of a script: {quote(address)}; write {wanted}"
        integrity = values.get("integrity")
        if integrity is not None and not _INTEGRITY.fullmatch(integrity):
            yield "integrity", f'not an integrity hash: {quote(integrity)}; write one such as "sha384-…"'
        elif integrity is not None and values.get("crossorigin", "") is None:
            yield "integrity", 'wants crossorigin = "anonymous" beside it, or browsers refuse the script'


class Plugin(_Checked, frozen=True):
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
            description="Work under a strict content security policy and under Trusted Types, and name the "
            "directive that blocks the SDK."
        ),
    ] = True
    middleware: Annotated[
        bool, Meta(description="Take part in analytics.addDestinationMiddleware, as Segment's destinations do.")
    ] = True
    duplicates: Annotated[bool, Meta(description="Warn of a second plugin of the same name on the page.")] = True
    late: Annotated[
        bool, Meta(description="Warn when the plugin registers after Analytics.js has sent the first events.")
    ] = True
    stats: Annotated[bool, Meta(description="Count what happens, for plugin.stats().")] = True

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Found:
        name = values.get("analytics_global", "analytics")
        if not _GLOBAL_NAME.fullmatch(name):
            yield "analyticsGlobal", f'not the name of a global: {quote(name)}; write one such as "analytics"'
        if values.get("middleware") and not values.get("copy", True):
            yield "copy", "destination middleware changes a copy of the event; write middleware = false as well"


class Subscription(_Checked, frozen=True):
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
    def problems(cls, values: Mapping[str, Any]) -> Found:
        try:
            fql.parse(values.get("subscribe", PRESETS[0].subscribe))
        except fql.FqlError as error:
            yield "subscribe", str(error)
        fields = values.get("mapping") or {}
        action: ActionName | None = values.get("partner_action")
        known = tuple(ACTIONS[action].defaults if action else fields)
        yield from mapping.field_problems(fields, known, str(action), "mapping")


PRESETS = tuple(
    Subscription(name=name, partner_action=action, subscribe=ACTIONS[action].trigger)
    for name, action in cast(
        "tuple[tuple[str, ActionName], ...]",
        (("Track Event", "trackEvent"), ("Identify User", "identifyUser")),
    )
)
"""The subscriptions of a project that names none: those Segment starts this destination with."""


class Project(_Checked, frozen=True):
    """All that a plugin is compiled from."""

    settings: Settings
    sdk: Sdk = msgspec.field(default_factory=Sdk)
    plugin: Plugin = msgspec.field(default_factory=Plugin)
    subscriptions: Annotated[
        tuple[Subscription, ...],
        Meta(description="Left out: the two presets, Track Event and Identify User."),
    ] = PRESETS
    schema: Annotated[str, Meta(description="The JSON Schema of this file, for editors.")] = msgspec.field(
        default="", name="$schema"
    )

    @classmethod
    def problems(cls, values: Mapping[str, Any]) -> Found:
        settings, sdk = values.get("settings"), values.get("sdk") or Sdk()
        regions = {**DEFAULT_REGIONS, **sdk.regions}
        if settings and settings.region not in regions:
            yield (
                "settings.region",
                f"no address of the SDK is known for region {quote(settings.region)}; set "
                f"sdk.regions{step(settings.region)} to the one that 1Flow gave you"
                + suggest(settings.region, regions),
            )
        if values.get("subscriptions") == ():
            yield "subscriptions", "is empty; leave it out for the two presets, Track Event and Identify User"
        first: dict[str, int] = {}
        for index, subscription in enumerate(values.get("subscriptions", ())):
            if not subscription:
                continue
            known = first.setdefault(subscription.name, index)
            if known != index:
                message = f"{quote(subscription.name)} is the name of subscriptions[{known}] already"
                yield f"subscriptions[{index}].name", message

    @property
    def sdk_address(self) -> str:
        """Where the plugin loads the SDK from. Raises KeyError for a region without an address."""
        return {**DEFAULT_REGIONS, **self.sdk.regions}[self.settings.region]


def load(
    source: str | os.PathLike[str] | Mapping[str, object], *, environ: Mapping[str, str] = os.environ
) -> Project:
    """Read a project and check it.

    ``source`` is the path of a ``.toml``, ``.json``, ``.yaml`` or ``.yml`` file, ``"-"`` for JSON on standard
    input, or the project as plain data. Values given as ``{env = "NAME"}`` are taken from ``environ``.

    Raises ProjectError with every error found, UsageError where there is no such file or its format is not
    known, OutsideError where the file cannot be read.
    """
    if isinstance(source, Mapping):
        file, data = "", _reject_unplain(dict(source), "")
    else:
        file = "<stdin>" if source == "-" else os.fspath(source)
        data = _reject_unplain(_read_project(source, file), file)
    reader = _Reader(environ)
    project = reader.read(Project, data, "")
    if reader.problems or project is None:
        raise ProjectError(msgspec.structs.replace(problem, file=file) for problem in reader.problems)
    return project


def check(project: Project) -> tuple[Problem, ...]:
    """Everything wrong with a project that was made in Python; one that :func:`load` gave has nothing."""
    parts: list[tuple[str, _Checked]] = [
        ("settings", project.settings),
        ("sdk", project.sdk),
        ("plugin", project.plugin),
        *((f"subscriptions[{index}]", item) for index, item in enumerate(project.subscriptions)),
        ("", project),
    ]
    return tuple(
        Problem(message, f"{place}.{inner}".lstrip("."))
        for place, part in parts
        for inner, message in part.problems(msgspec.structs.asdict(part))
    )


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the project file."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA_TITLE,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Project)))
    return head | plain


# Reading: bytes to plain data


def read_bytes(source: str | os.PathLike[str], advice: str = "") -> bytes:
    """The bytes of a file, or of standard input for ``"-"``; ``advice`` is for those who have no such file.

    Raises UsageError where there is none, OutsideError where it cannot be read, ProjectError where it is larger
    than any project.
    """
    name = "<stdin>" if source == "-" else os.fspath(source)
    if source == "-" and sys.stdin is None:
        raise UsageError(f"{name}: is closed")
    try:
        with sys.stdin.buffer if source == "-" else open(source, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{name}: no such file{advice}") from None
    except OSError as error:
        raise OutsideError(f"{name}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{printable(name)}: {error}") from None
    if len(content) > MAX_BYTES:
        raise ProjectError([Problem(f"larger than {MAX_BYTES >> 20} MiB", file=name)])
    return content


def _read_project(source: str | os.PathLike[str], file: str) -> object:
    ending = ".json" if source == "-" else Path(source).suffix.lower()
    if ending not in _PARSERS:
        raise UsageError(f"{file}: not a project file; flowplug reads {', '.join(_PARSERS)}")
    return parse(file, read_bytes(source, '; "flowplug init" writes one to start from'), ending)


def parse(file: str, content: bytes, ending: str) -> object:
    """Plain data from bytes, in the format that ``ending`` names. Raises ProjectError where they are not in it."""
    try:
        text = content.decode("utf-8-sig")
        return _PARSERS[ending](text)
    except UnicodeDecodeError as error:
        message = f"not UTF-8 text (byte {error.start + 1})"
    except RecursionError:
        message = "nested too deeply"
    except yaml.YAMLError as error:
        message = f"not YAML: {_yaml_message(error)}"
    except ValueError as error:
        message = f"not {ending[1:].upper()}: {error}"
    raise ProjectError([Problem(message, file=file)])


def _parse_json(text: str) -> object:
    def reject(name: str) -> float:
        raise ValueError(f"{name} is not a JSON number")

    return json.loads(text, parse_constant=reject, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"key {quote(key)} appears twice in one object")
        result[key] = value
    return result


class _YamlLoader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice, which PyYAML would lose, and merges, which multiply."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.tag == "tag:yaml.org,2002:merge":
                    raise yaml.MarkedYAMLError(problem="merges (<<) are not read", problem_mark=key.start_mark)
                if key.value in seen:
                    problem = f"key {quote(key.value)} appears twice in one mapping"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _parse_yaml(text: str) -> object:
    try:
        return yaml.load(text, _YamlLoader)  # noqa: S506 - a SafeLoader
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise yaml.YAMLError("a value does not fit the tag (!!…) that it has") from error


def _parse_toml(text: str) -> object:
    # The parser takes time and memory by the square of a dotted key's length.
    if any(line.partition("=")[0].count(".") > 10 * MAX_DEPTH for line in text.splitlines()):
        raise RecursionError
    return tomllib.loads(text)


def _yaml_message(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{error.problem} (at line {mark.line + 1}, column {mark.column + 1})"
    return " ".join(str(error).split())


_PARSERS: Mapping[str, Callable[[str], object]] = {
    ".toml": _parse_toml,
    ".json": _parse_json,
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
}


def _reject_unplain(data: object, file: str) -> object:
    """The data itself, if it is JSON and of a sensible size. Raises ProjectError for anything else."""
    found: list[Problem] = []
    stack: list[tuple[object, str, int]] = [(data, "", 0)]
    count = 0
    while stack:
        value, place, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            what = f"nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else f"more than {MAX_VALUES} values"
            raise ProjectError([Problem(what, file=file)])
        if isinstance(value, Mapping):
            found.extend(
                Problem(f"a key is a string, and {key!r} is not; put it in quotes", place, file)
                for key in value
                if not isinstance(key, str)
            )
            items = [(item, place + step(str(key)), depth + 1) for key, item in value.items()]
            stack.extend(reversed(items))
        elif isinstance(value, list | tuple):
            stack.extend([(item, f"{place}[{i}]", depth + 1) for i, item in enumerate(value)][::-1])
        elif message := _scalar_problem(value):
            found.append(Problem(message, place.lstrip("."), file))
    if found:
        raise ProjectError(found)
    return data


def _scalar_problem(value: object) -> str:
    if isinstance(value, date | time):
        return "a date is not a JSON value; put it in quotes"
    if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        return f"{value} is past 2**53 - 1, which JavaScript cannot hold exactly; put it in quotes"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not a JSON number"
    if value is None or isinstance(value, str | int | float):
        return ""
    return f"{type(value).__name__} is not a JSON value"


# Reading: plain data to the model

_T = TypeVar("_T", bound=msgspec.Struct)
_KINDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "null",
}


class _Reader:
    """Makes structs of plain data one field at a time, so that one error does not hide the next."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []

    def read(self, cls: type[_T], data: object, place: str) -> _T | None:
        """The struct, or None where a field that it needs is missing or wrong."""
        if not isinstance(data, Mapping):
            self._add(place, f"expected a table, got {_kind_of(data)}")
            return None
        fields = _fields(cls)
        values: dict[str, Any] = {}
        for key, raw in data.items():
            if field := fields.get(key):
                count = len(self.problems)
                value = self._value(field.type, raw, place + step(key))
                if len(self.problems) == count or value is not None:
                    values[field.name] = value
            else:
                self._add(place, f"unknown key {quote(key)}{suggest(key, fields)}")
        for name, field in fields.items():
            if field.required and name not in data:
                self._add(place, f"{name} is missing")
        if issubclass(cls, _Checked):
            absent = {
                field.name: field.default
                for name, field in fields.items()
                if name not in data and field.default is not msgspec.NODEFAULT
            }
            for inner, message in cls.problems({**absent, **values}):
                self._add(f"{place}.{inner}", message)
        needed = {field.name for field in fields.values() if field.required}
        return cls(**values) if needed <= values.keys() else None

    def _value(self, kind: Any, raw: object, place: str) -> Any:
        """The value, or None where it is wrong; a list keeps the places of those that are."""
        kind, whole = _bare(kind), kind
        if kind == str | FromEnvironment and isinstance(raw, Mapping):
            return self._from_environment(raw, place)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.read(kind, raw, place)
        if get_origin(kind) is tuple and isinstance(raw, list | tuple):
            return tuple(self._value(get_args(kind)[0], item, f"{place}[{i}]") for i, item in enumerate(raw))
        if kind == Mapping[str, str] and isinstance(raw, Mapping):
            read = {key: self._value(str, item, place + step(key)) for key, item in raw.items()}
            return {key: value for key, value in read.items() if value is not None}
        try:
            return msgspec.convert(raw, whole)
        except msgspec.ValidationError as error:
            self._add(place, _explain(error, kind, raw))
            return None

    def _from_environment(self, raw: object, place: str) -> str | FromEnvironment | None:
        wanted = self.read(FromEnvironment, raw, place)
        if wanted is None:
            return None
        found = self.environ.get(wanted.env)
        if not found:
            state = "is not set" if found is None else "is empty"
            self._add(place, f"the environment variable {quote(wanted.env)} {state}")
        return found or wanted

    def _add(self, place: str, message: str) -> None:
        self.problems.append(Problem(message, place.lstrip(".")))


@cache
def _fields(cls: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(cls)}


def _kind_of(value: object) -> str:
    names = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str", dict: "object"}
    return _KINDS[names.get(type(value), "array")]


def _bare(kind: Any) -> Any:
    """A type without its annotations."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _explain(error: msgspec.ValidationError, kind: Any, raw: object) -> str:
    """Our words for msgspec's."""
    literals = [item for item in (kind, *get_args(kind)) if get_origin(item) is Literal]
    choices = tuple(choice for item in literals for choice in get_args(item))
    if choices and isinstance(raw, str):
        return f"unknown value {quote(raw)}; one of {', '.join(map(quote, choices))}{suggest(raw, choices)}"
    if raw == "":
        return "is empty"
    message = re.sub(r"`(\w+(?: \| \w+)*)`", lambda match: _kinds(match.group(1)), str(error))
    return message[0].lower() + message[1:]


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))
