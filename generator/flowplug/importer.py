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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec

from .errors import Code, Finding, Place, Problem, ProjectError, quote
from .mapping import ROOT_DIRECTIVE
from .project import ACTIONS, KEY_VARIABLE, PLUGIN_NAME, PRESETS, ActionName
from .reading import Origin, load, origin_in, parse, read_bytes
from .writing import JsonObject

NAMES = (PLUGIN_NAME, "1Flow")
"""What the destination is called in a source's settings."""

_PARTS = {"partnerAction": "partnerAction", "subscribe": "subscribe", "mapping": "mapping"}
_PARTS_OF_API = {"partnerAction": "actionSlug", "subscribe": "trigger", "mapping": "settings"}
_PRESET_NAMES = {preset.partner_action: preset.name for preset in PRESETS}
_ANY_SETTINGS = {"projectApiKey": "oneflow_prod_A"}


class Import(msgspec.Struct, frozen=True):
    """A project made of Segment's data.

    ``project`` is plain data, as :func:`flowplug.load` takes it. ``problems`` are where it differs from what
    Segment has: an error is something of 1Flow's that was left out, a warning anything else. ``unused`` are the
    keys that mean nothing outside Segment.
    """

    project: JsonObject
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
    data, found = parse(file, read_bytes(source), ".json")
    return _Importer(data, origin_in(found, data)).make()


# Reading


class _Destination(msgspec.Struct, frozen=True):
    """1Flow's part of Segment's data: its settings and its subscriptions, the places of both, and its consent."""

    settings: JsonObject
    place: Place
    subscriptions: Sequence[Any]
    subscriptions_place: Place
    consent: JsonObject | None = None


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
        project = {"settings": settings, **(destination.consent or {}), "subscriptions": subscriptions}
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
            "has none of the shapes that import reads: a source's settings from Segment's CDN "
            '("remotePlugins"), the Public API\'s list ({"data": {"subscriptions"}}), or a list of subscriptions',
        )

    def _from_cdn(self, data: JsonObject) -> _Destination:
        plugins = data["remotePlugins"]
        if not isinstance(plugins, list) or not all(isinstance(plugin, Mapping) for plugin in plugins):
            raise self._refusal(("remotePlugins",), "unknown-shape", "expected a list of objects")
        ours: list[tuple[Place, JsonObject]] = []
        for index, plugin in enumerate(plugins):
            place: Place = ("remotePlugins", index)
            if plugin.get("name") in NAMES or plugin.get("creationName") in NAMES:
                ours.append((place, plugin))
            else:
                message = f"{quote(str(plugin.get('name')))} is another destination; it is left out"
                self._warn(place, "left-out", message)
        if not ours:
            message = f"no destination is named {quote(PLUGIN_NAME)}"
            self._error(("remotePlugins",), "nothing-to-import", message)
            raise ProjectError(self._problems())
        for place, _ in ours[1:]:
            message = "another 1Flow destination is left out, since a plugin has one key"
            self._error(place, "left-out", message)
        place, plugin = ours[0]
        self._say_what_a_page_would_miss(data, plugin, place)
        settings = plugin.get("settings")
        found = self._from_settings(settings if isinstance(settings, Mapping) else {}, (*place, "settings"))
        return msgspec.structs.replace(found, consent=self._consent(data, plugin, place))

    def _from_api(self, data: JsonObject) -> _Destination:
        pagination = data.get("pagination")
        if isinstance(pagination, Mapping) and pagination.get("next"):
            message = "this is only one page of the list; import the other pages too"
            self._error(("data", "pagination", "next"), "incomplete-list", message)
        return self._from_settings({"subscriptions": data["subscriptions"]}, ("data",))

    def _from_settings(self, settings: JsonObject, place: Place) -> _Destination:
        subscriptions_place = (*place, "subscriptions")
        subscriptions = settings.get("subscriptions")
        if not isinstance(subscriptions, list):
            raise self._refusal(subscriptions_place, "unknown-shape", "expected a list")
        return _Destination(settings, place, subscriptions, subscriptions_place)

    def _say_what_a_page_would_miss(self, data: JsonObject, plugin: JsonObject, place: Place) -> None:
        """Segment applies these to the plugins that it lists itself, and to no other plugin of the page."""
        middleware = data.get("middlewareSettings")
        rules = middleware.get("routingRules") if isinstance(middleware, Mapping) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, Mapping) and rule.get("destinationName") == plugin.get("creationName"):
                message = "this destination filter is left out; say the same in triggers and mappings"
                self._error(("middlewareSettings", "routingRules", index), "left-out", message)

    def _consent(self, data: JsonObject, plugin: JsonObject, place: Place) -> JsonObject | None:
        """The table of the consent that Segment asks for; its consent tools read the integration's settings."""
        integration = ("integrations", str(plugin.get("creationName")), "consentSettings")
        for where in ((*place, "settings", "consentSettings"), integration):
            found = _at(data, where)
            categories = found.get("categories") if isinstance(found, Mapping) else found
            if categories is None or categories == []:
                continue
            consent = {"consent": {"categories": categories}}
            refusals = _refusals({"settings": _ANY_SETTINGS, **consent})
            for _, code, message in refusals:
                self._error((*where, "categories"), code, f"{message}; the project asks for no consent")
            return None if refusals else consent
        return None

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
        numbered: dict[str, Iterator[str]] = {}
        for index, item in enumerate(items):
            where = (*place, index)
            if not isinstance(item, Mapping):
                self._error(where, "left-out", "this is not an object; it is left out")
            elif subscription := self._subscription(item, where):
                name = subscription["name"]
                if name in taken:
                    name = next(free for free in numbered[name] if free not in names)
                    message = f"{quote(subscription['name'])} is already taken; renamed to {quote(name)}"
                    self._warn((*where, "name"), "renamed", message)
                names.add(name)
                numbered[name] = _numbered(name)
                taken[name] = {**subscription, "name": name}
        return list(taken.values())

    def _subscription(self, item: JsonObject, place: Place) -> dict[str, Any] | None:
        """The subscription as in a project file; None where it cannot be one."""
        parts = _PARTS_OF_API if "actionSlug" in item or "trigger" in item else _PARTS
        self._leave_unused(key for key in item if key not in ("name", "enabled", *parts.values()))
        name = item.get("name")
        left_out = "; it is left out"
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
        self._warn((*place, "name"), "filled-in", f"the name is missing; the project has {quote(made)}")
        return made

    def _enabled(self, enabled: object, place: Place) -> dict[str, object]:
        """The key with its value; nothing where that is the project file's default."""
        if enabled is None:
            message = "enabled is missing; Segment treats that as false, and so does the project"
            self._warn((*place, "enabled"), "filled-in", message)
            return {"enabled": False}
        return {} if enabled is True else {"enabled": enabled}

    def _mapping(self, fields: object, action: ActionName | None, place: Place) -> object:
        """The mapping, without fields that the action does not have: Segment ignores them."""
        if fields is None:
            message = f"{place[-1]} is missing; Segment then maps nothing, and so does the project"
            self._warn(place, "filled-in", message)
            return {}
        if not isinstance(fields, Mapping) or not action or any(key.startswith("@") for key in fields):
            return fields
        known = (*ACTIONS[action].defaults, ROOT_DIRECTIVE)
        for field in fields:
            if field not in known:
                self._warn((*place, field), "left-out", f"{action} has no such field; it is left out")
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
        return tuple(sorted(errors + warnings, key=lambda problem: _position(problem.place, self.data)))


def _position(place: Place, data: Any) -> tuple[int, ...]:
    """Where a place is in the data, to sort by; of a key that is missing, behind those that are there."""
    position: list[int] = []
    for part in place:
        keys: Sequence[str | int] = list(data) if isinstance(data, Mapping) else ()
        if isinstance(data, list) and isinstance(part, int):
            position.append(part)
            data = data[part] if part < len(data) else None
        else:
            position.append(keys.index(part) if part in keys else len(keys))
            data = data[part] if part in keys else None
    return tuple(position)


def _refusals(project: JsonObject) -> list[Finding]:
    """What :func:`load` says against a project."""
    try:
        load(project)
    except ProjectError as error:
        return [Finding(problem.place, problem.code, problem.message) for problem in error.problems]
    return []


def _at(data: object, place: Place) -> object:
    """The value at a place; None where there is none."""
    for key in place:
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and isinstance(key, int):
            data = data[key]
        else:
            return None
    return data


def _place_at_segment(place: Place, parts: Mapping[str, str]) -> Place:
    """A place in the project's only subscription, as a place in Segment's."""
    return tuple(parts.get(str(key), key) for key in place[2:3]) + place[3:]


def _numbered(name: str) -> Iterator[str]:
    """The name with each number that it can have."""
    return (f"{name} {number}" for number in count(2))
