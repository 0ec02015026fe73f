"""Importing: what a site has at Segment becomes a project file.

Three shapes of JSON are read: the settings that Analytics.js fetches from Segment's CDN (``CDNSettings`` and
``RemotePlugin`` of @segment/analytics-next 1.84), a destination's subscriptions as Segment's Public API lists them
(``DestinationSubscription`` of its SDKs), and a list of subscriptions of either kind, alone or with the
destination's settings.

What a missing value means is Segment's meaning, not the project file's: a subscription that is not enabled does
not run, and one without a mapping maps nothing (``generatePlugins`` of @segment/browser-destination-runtime 1.6).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from .errors import Code, Finding, Place, Problem, ProjectError, UsageError, quote
from .mapping import ROOT_DIRECTIVE
from .project import ACTIONS, PRESETS, ActionName
from .reading import Origin, load, parse, read_bytes
from .render import PLUGIN_NAME

KEY_VARIABLE = "ONEFLOW_PROJECT_API_KEY"
"""The environment variable that an imported project takes its key from, where Segment's data has none."""

NAMES = (PLUGIN_NAME, "1Flow")
"""What the destination is called in a source's settings."""

LINE_WIDTH = 110

Table: TypeAlias = Mapping[str, Any]
"""A JSON object."""

_PARTS = {"partnerAction": "partnerAction", "subscribe": "subscribe", "mapping": "mapping"}
_PARTS_OF_API = {"partnerAction": "actionSlug", "subscribe": "trigger", "mapping": "settings"}
_PRESET_NAMES = {preset.partner_action: preset.name for preset in PRESETS}
_ANY_SETTINGS = {"projectApiKey": "oneflow_prod_A"}


@dataclass(frozen=True, slots=True)
class Import:
    """A project made of Segment's data.

    ``project`` is plain data, as :func:`flowplug.load` takes it. ``problems`` are where it differs from what
    Segment has: an error is something of 1Flow's that was left out, a warning anything else. ``unused`` are the
    keys that mean nothing outside Segment.
    """

    project: Table
    problems: tuple[Problem, ...]
    unused: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing of 1Flow's was left out."""
        return all(problem.level != "error" for problem in self.problems)


def read(source: str | os.PathLike[str]) -> Import:
    """Make a project of Segment's data: a JSON file, or ``"-"`` for standard input.

    Raises ProjectError where that is not JSON, has none of the known shapes, or has no subscription that can be
    taken; UsageError where there is no such file; OutsideError where it cannot be read.
    """
    file = "<stdin>" if source == "-" else os.fspath(source)
    data, origin = parse(file, read_bytes(source), ".json")
    return _Importer(data, origin).make()


def format_project(project: Table, path: Path, schema: str) -> str:
    """The text of the project file at ``path``; ``schema`` is the name of the JSON Schema beside it, for editors.

    Raises UsageError where the path's ending names no format of project files, and ProjectError with every value
    that TOML does not have.
    """
    ending = path.suffix.lower()
    if ending not in _FORMATS:
        raise UsageError(f"{path}: not a project file; import writes {', '.join(_FORMATS)}")
    if ending == ".toml" and (found := list(_not_in_toml(project, ()))):
        advice = f"write JSON instead: --out {path.with_suffix('.json')}"
        findings = [Finding(place, "not-in-toml", f"TOML has no {what}; {advice}") for place, what in found]
        raise ProjectError(Origin(str(path)).problems(findings, project))
    return _FORMATS[ending](project, schema)


# Reading


@dataclass(frozen=True, slots=True)
class _Destination:
    """1Flow's part of Segment's data: its settings and its subscriptions, and the places of both."""

    settings: Table
    place: Place
    subscriptions: Sequence[Any]
    subscriptions_place: Place


class _Importer:
    """Collects what is left out and what is changed on the way."""

    def __init__(self, data: object, origin: Origin) -> None:
        self.data = data
        self.origin = origin
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.unused: dict[str, None] = {}

    def make(self) -> Import:
        destination = self._destination(self.data)
        settings = self._settings(destination)
        subscriptions = self._subscriptions(destination)
        if not subscriptions:
            message = "no subscription that flowplug can take"
            self._error(destination.subscriptions_place, "nothing-to-import", message)
            raise ProjectError(self._problems())
        project = {"settings": settings, "subscriptions": subscriptions}
        return Import(project, self._problems(), tuple(self.unused))

    # Shapes

    def _destination(self, data: object) -> _Destination:
        if isinstance(data, list):
            return _Destination({}, (), data, ())
        if isinstance(data, Mapping):
            if "remotePlugins" in data:
                return self._from_cdn(data)
            if isinstance(data.get("data"), Mapping) and "subscriptions" in data["data"]:
                return self._from_api(data["data"])
            if "subscriptions" in data:
                return self._from_settings(data, ())
        raise self._refusal(
            (),
            "unknown-shape",
            "none of the shapes that import knows: a source's settings from Segment's CDN (\"remotePlugins\"), "
            'the Public API\'s list ({"data": {"subscriptions"}}), or a list of subscriptions',
        )

    def _from_cdn(self, data: Table) -> _Destination:
        plugins = data["remotePlugins"]
        if not isinstance(plugins, list) or not all(isinstance(plugin, Mapping) for plugin in plugins):
            raise self._refusal(("remotePlugins",), "unknown-shape", "expected a list of objects")
        ours: list[tuple[Place, Table]] = []
        for index, plugin in enumerate(plugins):
            place: Place = ("remotePlugins", index)
            if plugin.get("name") in NAMES or plugin.get("creationName") in NAMES:
                ours.append((place, plugin))
            else:
                message = f"{quote(str(plugin.get('name')))} is left out: another destination"
                self._warn(place, "left-out", message)
        if not ours:
            message = f"no destination is named {quote(PLUGIN_NAME)}"
            self._error(("remotePlugins",), "nothing-to-import", message)
            raise ProjectError(self._problems())
        for place, _ in ours[1:]:
            message = "is left out: a plugin has one key, and this is another 1Flow destination"
            self._error(place, "left-out", message)
        place, plugin = ours[0]
        self._say_what_a_page_would_miss(data, plugin, place)
        settings = plugin.get("settings")
        return self._from_settings(settings if isinstance(settings, Mapping) else {}, (*place, "settings"))

    def _from_api(self, data: Table) -> _Destination:
        pagination = data.get("pagination")
        if isinstance(pagination, Mapping) and pagination.get("next"):
            message = "this is only one page of the list; import the other pages too"
            self._error(("data", "pagination", "next"), "incomplete-list", message)
        return self._from_settings({"subscriptions": data["subscriptions"]}, ("data",))

    def _from_settings(self, settings: Table, place: Place) -> _Destination:
        subscriptions_place = (*place, "subscriptions")
        subscriptions = settings.get("subscriptions")
        if not isinstance(subscriptions, list):
            raise self._refusal(subscriptions_place, "unknown-shape", "expected a list")
        return _Destination(settings, place, subscriptions, subscriptions_place)

    def _say_what_a_page_would_miss(self, data: Table, plugin: Table, place: Place) -> None:
        """Segment applies these to the plugins that it lists itself, and to no other plugin of the page."""
        middleware = data.get("middlewareSettings")
        rules = middleware.get("routingRules") if isinstance(middleware, Mapping) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping) and rule.get("destinationName") == plugin.get("creationName"):
                message = "is left out: a destination filter; say the same in triggers and mappings"
                self._error(("middlewareSettings", "routingRules", index), "left-out", message)
        settings = plugin.get("settings")
        if isinstance(settings, Mapping) and settings.get("consentSettings"):
            message = "is left out: add the plugin to the page only after consent"
            self._error((*place, "settings", "consentSettings"), "left-out", message)

    # Settings

    def _settings(self, destination: _Destination) -> dict[str, Any]:
        given, place = destination.settings, destination.place
        known = ("projectApiKey", "region", "subscriptions", "consentSettings")
        self._leave_unused(key for key in given if key not in known)
        settings: dict[str, Any] = {"projectApiKey": {"env": KEY_VARIABLE}}
        if (key := given.get("projectApiKey")) is not None:
            refusals = _refusals({"settings": {"projectApiKey": key}})
            for _, code, message in refusals:
                instead = f"{message}; the project takes {KEY_VARIABLE} instead"
                self._error((*place, "projectApiKey"), code, instead)
            if not refusals:
                settings["projectApiKey"] = key
        if (region := given.get("region")) is not None:
            # Kept even where its address is still to be given: for another region, data would go astray.
            if isinstance(region, str):
                settings["region"] = region
            for _, code, message in _refusals({"settings": {**_ANY_SETTINGS, "region": region}}):
                self._error((*place, "region"), code, message)
        return settings

    # Subscriptions

    def _subscriptions(self, destination: _Destination) -> list[dict[str, Any]]:
        items, place = destination.subscriptions, destination.subscriptions_place
        tables = [item for item in items if isinstance(item, Mapping)]
        if len({json.dumps(item["destinationId"]) for item in tables if "destinationId" in item}) > 1:
            message = "subscriptions of more than one destination; import those of 1Flow only"
            raise self._refusal(place, "several-destinations", message)
        names = {str(item.get("name")) for item in tables}
        taken: dict[str, dict[str, Any]] = {}
        for index, item in enumerate(items):
            where = (*place, index)
            if not isinstance(item, Mapping):
                self._error(where, "left-out", "is left out: not an object")
            elif subscription := self._subscription(item, where):
                name = subscription["name"]
                if name in taken:
                    name = _free_name(name, names | taken.keys())
                    message = f"{quote(subscription['name'])} is already taken; renamed to {quote(name)}"
                    self._warn((*where, "name"), "renamed", message)
                taken[name] = {**subscription, "name": name}
        return list(taken.values())

    def _subscription(self, item: Table, place: Place) -> dict[str, Any] | None:
        """The subscription as in a project file; None where it cannot be one."""
        parts = _PARTS_OF_API if "actionSlug" in item or "trigger" in item else _PARTS
        self._leave_unused(key for key in item if key not in ("name", "enabled", *parts.values()))
        name = item.get("name")
        left_out = f"; {quote(name) if isinstance(name, str) and name else 'it'} is left out"
        missing = [parts[part] for part in ("partnerAction", "subscribe") if item.get(parts[part]) is None]
        if missing or item.get("modelId"):
            reason = f"{' and '.join(missing)} missing" if missing else "runs on Reverse ETL, which no page has"
            self._error(place, "left-out", reason + left_out)
            return None
        action = next((action for action in ACTIONS if action == item[parts["partnerAction"]]), None)
        subscription = {
            "name": self._name(name, action, place),
            "partnerAction": item[parts["partnerAction"]],
            **self._enabled(item.get("enabled"), place),
            "subscribe": item[parts["subscribe"]],
            "mapping": self._mapping(item.get(parts["mapping"]), action, (*place, parts["mapping"])),
        }
        refusals = _refusals({"settings": _ANY_SETTINGS, "subscriptions": [subscription]})
        for inner, code, message in refusals:
            self._error((*place, *_place_at_segment(inner, parts)), code, message + left_out)
        return None if refusals else subscription

    def _name(self, name: object, action: ActionName | None, place: Place) -> object:
        if (name is not None and name != "") or not action:
            return name
        made = _PRESET_NAMES[action]
        self._warn((*place, "name"), "filled-in", f"there is none; named {quote(made)}")
        return made

    def _enabled(self, enabled: object, place: Place) -> dict[str, object]:
        """The key with its value; nothing where that is the project file's default."""
        if enabled is None:
            message = "there is none; Segment treats that as false, and so does the project now"
            self._warn((*place, "enabled"), "filled-in", message)
            return {"enabled": False}
        return {} if enabled is True else {"enabled": enabled}

    def _mapping(self, fields: object, action: ActionName | None, place: Place) -> object:
        """The mapping, without fields that the action does not have: Segment ignores them."""
        if fields is None:
            message = "there is none; Segment treats that as an empty one, and so does the project now"
            self._warn(place, "filled-in", message)
            return {}
        if not isinstance(fields, Mapping) or not action or any(key.startswith("@") for key in fields):
            return fields
        known = (*ACTIONS[action].defaults, ROOT_DIRECTIVE)
        for field in fields:
            if field not in known:
                self._warn((*place, field), "left-out", f"is left out: {action} has no such field")
        return {field: value for field, value in fields.items() if field in known}

    # What is said

    def _leave_unused(self, keys: Iterable[str]) -> None:
        self.unused.update(dict.fromkeys(keys))

    def _error(self, place: Place, code: Code, message: str) -> None:
        self.errors.append(Finding(place, code, message))

    def _warn(self, place: Place, code: Code, message: str) -> None:
        self.warnings.append(Finding(place, code, message))

    def _refusal(self, place: Place, code: Code, message: str) -> ProjectError:
        return ProjectError(self.origin.problems([Finding(place, code, message)], self.data))

    def _problems(self) -> tuple[Problem, ...]:
        errors = self.origin.problems(self.errors, self.data)
        warnings = self.origin.problems(self.warnings, self.data, "warning")
        return tuple(sorted(errors + warnings, key=lambda problem: problem.line or 0))


def _refusals(project: Table) -> list[Finding]:
    """What :func:`load` says against a project."""
    try:
        load(project)
    except ProjectError as error:
        return [Finding(problem.place, problem.code, problem.message) for problem in error.problems]
    return []


def _place_at_segment(place: Place, parts: Mapping[str, str]) -> Place:
    """A place in the project's only subscription, as a place in Segment's."""
    return tuple(parts.get(str(key), key) for key in place[2:3]) + place[3:]


def _free_name(name: str, names: set[str]) -> str:
    number = 2
    while f"{name} {number}" in names:
        number += 1
    return f"{name} {number}"


# Writing


def _json(project: Table, schema: str) -> str:
    text = json.dumps({"$schema": f"./{schema}", **project}, indent=2, ensure_ascii=False)
    return _escape_surrogates(text) + "\n"


def _escape_surrogates(text: str) -> str:
    """JSON can hold half a surrogate pair, UTF-8 cannot."""
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _yaml(project: Table, schema: str) -> str:
    head = f"# yaml-language-server: $schema=./{schema}\n"
    return head + yaml.dump(project, Dumper=_YamlDumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)


class _YamlDumper(yaml.SafeDumper):
    """Safe YAML; line ends beyond ASCII are escaped, which PyYAML else writes as they are and reads as spaces."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.search("[\x85\u2028\u2029]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_YamlDumper.add_representer(str, _represent_text)


def _toml(project: Table, schema: str) -> str:
    """TOML as a person would lay it out: a line for each field, a section for a field that is too long for one."""
    lines = [f"#:schema ./{schema}", "", "[settings]", *_entries(project["settings"])]
    for subscription in project["subscriptions"]:
        own = {key: value for key, value in subscription.items() if key != "mapping"}
        lines += ["", "[[subscriptions]]", *_entries(own), *_mapping_sections(subscription["mapping"])]
    return "\n".join(lines) + "\n"


def _not_in_toml(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _not_in_toml(key, (*place, key))
            yield from _not_in_toml(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_in_toml(item, (*place, index))
    elif value is None:
        yield place, "null"
    elif isinstance(value, str) and _escape_surrogates(value) != value:
        yield place, "text with half a surrogate pair"


def _mapping_sections(fields: Table) -> Iterator[str]:
    """Short fields first, since a section lasts until the next; their order has no meaning."""
    long = {key: value for key, value in fields.items() if isinstance(value, Mapping) and not _fits(key, value)}
    yield "[subscriptions.mapping]"
    yield from _entries({key: value for key, value in fields.items() if key not in long})
    for key, value in long.items():
        yield from _section(f"subscriptions.mapping.{_key(key)}", value)


def _section(header: str, table: Table) -> Iterator[str]:
    """A long table on lines of its own; one that holds nothing but another gives its place to that."""
    only = next(iter(table.items())) if len(table) == 1 else None
    if only and isinstance(only[1], Mapping) and not _fits(*only):
        yield from _section(f"{header}.{_key(only[0])}", only[1])
    else:
        yield f"[{header}]"
        yield from _entries(table)


def _entries(table: Table) -> Iterator[str]:
    """A line for each entry; a list that is too long for one has a line for each item."""
    for key, value in table.items():
        if isinstance(value, list) and not _fits(key, value):
            yield f"{_key(key)} = ["
            yield from (f"  {_value(item)}," for item in value)
            yield "]"
        else:
            yield f"{_key(key)} = {_value(value)}"


def _fits(key: str, value: object) -> bool:
    return len(f"{_key(key)} = {_value(value)}") <= LINE_WIDTH


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """Text in TOML: as it is, between single quotes, where that saves a backslash.

    Numbers, booleans and text of JSON are those of TOML, but for U+007F, which TOML wants escaped (TOML 1.0).
    """
    if re.search(r'["\\]', text) and not re.search(r"['\x00-\x1f\x7f]", text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_FORMATS: Mapping[str, Callable[[Table, str], str]] = {
    ".toml": _toml,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
}
