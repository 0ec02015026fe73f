"""Shapes: the files that a tracking plan can be in, and the events that it plans.

Segment's are those of its Public API (``RuleV1`` of its SDKs: ``key``, ``type``, ``version``, ``jsonSchema``) and
of the older Config API (``rules.events`` and, beside them, ``identify``, ``group`` and ``global``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from ..errors import Code, Finding, Place, ProjectError, not_one_of
from ..events import EVENT_TYPES, EventType
from ..mapping import kind_of
from ..reading import origin_in, parse, plain_findings, read_bytes
from .schemas import Known, Schema, at_path, broken_references, fixed_texts

MAX_BYTES = 2**24
"""A plan of a few thousand events fits."""

_TYPES = ("TRACK", "IDENTIFY", "GROUP", "PAGE", "SCREEN", "COMMON")
"""What a rule of Segment's is for; no web page sends screens, and COMMON is for all events."""

_SHAPES = (
    "has none of the shapes that --plan reads: the rules of a tracking plan from Segment "
    '({"data": {"rules": [ … ]}} or {"rules": {"events": [ … ]}}), or a JSON Schema of events ({"oneOf": [ … ]})'
)


class PlannedEvent(msgspec.Struct, frozen=True):
    """Events of one type, of one name or, where that is empty, of any; ``schemas`` are of the whole event."""

    type: EventType
    name: str
    schemas: tuple[Schema, ...]


def read_plan(source: str | os.PathLike[str]) -> tuple[PlannedEvent, ...]:
    """The events of a tracking plan.

    Raises ProjectError with everything that is wrong with the file, UsageError where there is none, OutsideError
    where it cannot be read.
    """
    file = "<stdin>" if source == "-" else os.fspath(source)
    data, found = parse(file, read_bytes(source, most=MAX_BYTES), ".json")
    limits = [limit for limit in plain_findings(data) if limit.code in ("too-deep", "too-large")]
    reader = _PlanReader(data)
    events = () if limits else reader.read()
    if findings := [*limits, *reader.findings]:
        raise ProjectError(origin_in(found, data).problems(findings, data))
    return events


class _Rule(msgspec.Struct, frozen=True):
    """A rule of a plan, for the events of some types; or a common one, for all events."""

    types: tuple[EventType, ...]
    name: str
    schema: Schema
    is_common: bool = False


class _PlanReader:
    """Collects the events, and what is wrong with the file."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.findings: list[Finding] = []

    def read(self) -> tuple[PlannedEvent, ...]:
        rules = list(self._rules())
        common = tuple(rule.schema for rule in rules if rule.is_common)
        return tuple(
            PlannedEvent(event_type, rule.name, (rule.schema, *common))
            for rule in rules
            for event_type in rule.types
        )

    def _rules(self) -> Iterator[_Rule]:
        data, place = self.data, cast(Place, ())
        if isinstance(data, dict) and isinstance(data.get("data"), dict):
            data, place = data["data"], ("data",)
        rules = data.get("rules") if isinstance(data, dict) else data
        if isinstance(rules, list):
            yield from self._from_public_api(rules, (*place, *(("rules",) if rules is not data else ())))
            self._check_pages(data, place)
        elif isinstance(rules, dict):
            yield from self._from_config_api(rules, (*place, "rules"))
        elif isinstance(data, dict) and not place and any(key in data for key in ("oneOf", "anyOf", "properties")):
            yield from self._from_schema(data)
        else:
            self._wrong((), "unknown-shape", _SHAPES)

    # Segment's Public API

    def _from_public_api(self, rules: list[Any], place: Place) -> Iterator[_Rule]:
        if not rules:
            self._wrong(place, "empty", "is empty; a plan needs a rule")
        for index, rule in enumerate(rules):
            inner = (*place, index)
            if not isinstance(rule, dict):
                self._wrong(inner, "wrong-type", f"expected an object, got {kind_of(rule)}")
                continue
            kind, name = rule.get("type"), rule.get("key")
            if not isinstance(kind, str) or kind.upper() not in _TYPES:
                missing = f"type is missing; write one of {', '.join(_TYPES)}"
                code: Code = "unknown-value" if isinstance(kind, str) else "missing-field"
                self._wrong((*inner, "type"), code, not_one_of(_TYPES, kind) if isinstance(kind, str) else missing)
            elif kind.upper() == "TRACK" and not (isinstance(name, str) and name):
                self._wrong((*inner, "key"), "missing-field", "key is missing; it is the name of the event")
            elif schema := self._schema(rule, "jsonSchema", inner):
                named = kind.upper() in ("TRACK", "PAGE") and isinstance(name, str)
                yield _Rule(_event_types(kind), str(name) if named else "", schema, kind.upper() == "COMMON")

    def _check_pages(self, data: Any, place: Place) -> None:
        pagination = data.get("pagination") if isinstance(data, dict) else None
        if isinstance(pagination, dict) and pagination.get("next"):
            message = "this is only one page of the rules; put the rules of all pages into one list"
            self._wrong((*place, "pagination", "next"), "incomplete-list", message)

    # Segment's Config API

    def _from_config_api(self, rules: Mapping[str, Any], place: Place) -> Iterator[_Rule]:
        events = rules.get("events", [])
        if not isinstance(events, list):
            self._wrong((*place, "events"), "wrong-type", f"expected a list, got {kind_of(events)}")
            return
        for index, event in enumerate(events):
            inner = (*place, "events", index)
            if not isinstance(event, dict):
                self._wrong(inner, "wrong-type", f"expected an object, got {kind_of(event)}")
            elif not isinstance(name := event.get("name"), str) or not name:
                self._wrong((*inner, "name"), "missing-field", "name is missing; it is the name of the event")
            elif schema := self._schema(event, "rules", inner):
                yield _Rule(("track",), name, schema)
        for key in ("identify", "identify_traits", "group", "group_traits", "global"):
            types = _event_types(key.partition("_")[0])
            for holder, last, inner in _holders(rules, key, place):
                if schema := self._schema(holder, last, inner):
                    yield _Rule(types, "", schema, key == "global")

    # JSON Schema

    def _from_schema(self, data: dict[str, Any]) -> Iterator[_Rule]:
        yield from self._alternatives(Schema(data, (data,)), (), ())
        self.findings.extend(broken_references(Schema(data, (data,)), ()))

    def _alternatives(self, schema: Schema, outer: tuple[Schema, ...], place: Place) -> Iterator[_Rule]:
        """The events of a schema, by the names and types that it fixes; of its alternatives, if it has some."""
        key = next((key for key in ("oneOf", "anyOf") if isinstance(schema.content.get(key), list)), "")
        if key:
            rest = schema.inside({name: value for name, value in schema.content.items() if name != key})
            for index, option in enumerate(schema.content[key]):
                inner = (*place, key, index)
                if isinstance(option, dict):
                    yield from self._alternatives(schema.inside(option), (*outer, rest), inner)
                else:
                    self._wrong(inner, "wrong-type", f"expected an object, got {kind_of(option)}")
            return
        whole = schema.inside({"allOf": [part.content for part in (schema, *outer)]})
        names = fixed_texts(_field(whole, "event"))
        types = fixed_texts(_field(whole, "type")) or (("track",) if names else ())
        if not types:
            message = 'must say which event it is for: write {"event": {"const": "…"}} into its properties'
            self._wrong(place, "unknown-shape", message)
        for name in names or ("",):
            yield _Rule(tuple(one for one in EVENT_TYPES if one in types), name, whole)

    # All

    def _schema(self, holder: Any, key: str | int, place: Place) -> Schema | None:
        """The schema of a rule."""
        content = holder.get(key) if isinstance(holder, dict) else holder[key]
        if not isinstance(content, dict):
            missing = content is None
            message = f"{key} is missing" if missing else f"expected an object, got {kind_of(content)}"
            self._wrong((*place, key), "missing-field" if missing else "wrong-type", message)
            return None
        schema = Schema(content, (content, self.data))
        self.findings.extend(broken_references(schema, (*place, key)))
        return schema

    def _wrong(self, place: Place, code: Code, message: str) -> None:
        self.findings.append(Finding(place, code, message))


def _event_types(kind: str) -> tuple[EventType, ...]:
    """The type of event that a rule is for, if a page sends it."""
    return tuple(one for one in EVENT_TYPES if one == kind.lower())


def _holders(rules: Mapping[str, Any], key: str, place: Place) -> Iterator[tuple[Any, str | int, Place]]:
    """Where the schemas of a key are: the value itself, or the ``rules`` of each item in a list."""
    value = rules.get(key)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield item, "rules", (*place, key, index)
            else:
                yield value, index, (*place, key)
    elif value:
        yield rules, key, place


def _field(schema: Schema, name: str) -> tuple[Schema, ...]:
    answer, _ = at_path((schema,), (name,))
    return answer.schemas if isinstance(answer, Known) else ()
