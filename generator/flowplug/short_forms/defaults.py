"""Defaults: the fields that all subscriptions of an action share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Place
from ..mapping import ROOT_DIRECTIVE, is_directive
from ..project import ACTIONS, PRESETS
from .expanding import SOURCES, Moves


def with_defaults(data: Any) -> tuple[Any, Moves]:
    """The project with the defaults in its mappings, and what has moved with that."""
    tables = data.get("defaults") if isinstance(data, dict) else None
    defaults = {
        action: fields
        for action, fields in (tables.items() if isinstance(tables, dict) else ())
        if action in ACTIONS and isinstance(fields, dict) and not is_directive(fields) and fields
    }
    if not defaults:
        return data, {}
    joiner = _Joiner(defaults)
    subscriptions = data.get("subscriptions", _presets())
    if not isinstance(subscriptions, list):
        return data, {}
    joined = [joiner.subscription(item, ("subscriptions", index)) for index, item in enumerate(subscriptions)]
    return {**data, "subscriptions": joined}, joiner.moves


def _presets() -> list[dict[str, str]]:
    """The subscriptions of a project that names none."""
    return [
        {"name": preset.name, "partnerAction": preset.partner_action, "subscribe": preset.subscribe}
        for preset in PRESETS
    ]


class _Joiner:
    """Joins mappings with defaults; where both have a value, the mapping's counts."""

    def __init__(self, defaults: Mapping[Any, Mapping[str, Any]]) -> None:
        self.defaults = defaults
        self.moves: Moves = {}

    def subscription(self, item: Any, place: Place) -> Any:
        action = item.get("partnerAction") if isinstance(item, dict) else None
        if not isinstance(action, str) or action not in self.defaults:
            return item
        own, shared, source = item.get("mapping"), self.defaults[action], ("defaults", action)
        place = (*place, "mapping")
        if own is None:
            # Segment's default mapping says less than the project does.
            preset = next(known.defaults for name, known in ACTIONS.items() if name == action)
            return {**item, "mapping": self._fields(preset, (), shared, source, place)}
        if not isinstance(own, dict) or is_directive(own) or ROOT_DIRECTIVE in own:
            return item
        return {**item, "mapping": self._fields(shared, source, own, place, place)}

    def _fields(
        self, low: Mapping[str, Any], low_source: Place, high: Mapping[str, Any], high_source: Place, place: Place
    ) -> dict[str, Any]:
        """Fields from two mappings, of which ``high`` counts where both have a value that is not an object."""
        joined = self._table(low, low_source, high, high_source, place)
        for field in SOURCES:
            values = low.get(field), high.get(field)
            if not all(isinstance(value, dict) for value in values) or not any(map(is_directive, values)):
                continue
            joined[field] = {"@merge": {"direction": "right", "objects": list(values)}}
            objects = (*place, field, "@merge", "objects")
            self.moves.pop((*place, field), None)
            self._move((*objects, 0), (*low_source, field) if low_source else ())
            self._move((*objects, 1), (*high_source, field))
        return joined

    def _table(
        self, low: Mapping[str, Any], low_source: Place, high: Mapping[str, Any], high_source: Place, place: Place
    ) -> dict[str, Any]:
        """Two tables as one, key by key."""
        joined: dict[str, Any] = {}
        for key in dict.fromkeys((*low, *high)):
            below, above = low.get(key), high.get(key)
            low_key, high_key = (*low_source, key) if low_source else (), (*high_source, key)
            if (
                isinstance(below, dict)
                and isinstance(above, dict)
                and not is_directive(below) | is_directive(above)
            ):
                joined[key] = self._table(below, low_key, above, high_key, (*place, key))
            else:
                joined[key] = above if key in high else below
                self._move((*place, key), high_key if key in high else low_key)
        return joined

    def _move(self, place: Place, source: Place) -> None:
        if source and source != place:
            self.moves[place] = source
