"""Merging: the layers of a project become one, each over those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .bases import HEADING, File
from .origin import Layer, Origin


def merged(files: Sequence[File], env: str | None) -> tuple[object, Origin]:
    """The files with the overlays of one environment, as the data of one project.

    First each file is merged over the one that it extends, then the overlay of each over that of the one that it
    extends, so that an environment changes what the files say without it.
    """
    if not isinstance(files[-1].data, Mapping):
        return files[-1].data, Origin((Layer(files[-1].source, files[-1].data),))
    layers = [Layer(file.source, file.data) for file in files]
    if env is not None:
        layers += [Layer(file.source, file.overlays[env], ("env", env)) for file in files if env in file.overlays]
    project: dict[str, Any] = {}
    placed = []
    for layer in layers:
        table = layer.data if isinstance(layer.data, Mapping) else {}
        project, rows = _put_over(project, {key: item for key, item in table.items() if key not in HEADING})
        placed.append(msgspec.structs.replace(layer, rows=rows))
    return project, Origin(tuple(placed))


def _put_over(
    project: Mapping[str, Any], table: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[int, int] | None]:
    """A project with a table merged over it, and the rows of the table's subscriptions, as of :class:`Layer`."""
    result: dict[str, Any] = _merged_value(project, table)
    lower, upper = project.get("subscriptions"), table.get("subscriptions")
    if not (isinstance(lower, list | tuple) and isinstance(upper, list | tuple)):
        return result, None
    result["subscriptions"], rows = _by_name(lower, upper)
    return result, rows


def _by_name(lower: Sequence[Any], upper: Sequence[Any]) -> tuple[list[Any], dict[int, int]]:
    """Subscriptions, each merged over the one of its name below, or put behind them all."""
    result = list(lower)
    known = {name: index for index, item in enumerate(lower) if (name := _name(item))}
    rows = {}
    for row, item in enumerate(upper):
        # Taken once: a second one of the same name is a mistake, and must be seen in the result.
        index = known.pop(_name(item), None)
        if index is None:
            index = len(result)
            result.append(item)
        else:
            result[index] = _merged_value(result[index], item)
        rows[index] = row
    return result, rows


def _merged_value(lower: Any, upper: Any) -> Any:
    """Tables are merged key by key; of anything else, and of a directive, the upper one counts."""
    tables = isinstance(lower, Mapping) and isinstance(upper, Mapping)
    if not tables or _is_directive(lower) or _is_directive(upper):
        return upper
    both = {key: _merged_value(lower[key], item) for key, item in upper.items() if key in lower}
    return {**lower, **upper, **both}


def _is_directive(table: Mapping[str, Any]) -> bool:
    return any(key.startswith("@") for key in table)


def _name(subscription: object) -> str:
    name = subscription.get("name") if isinstance(subscription, Mapping) else None
    return name if isinstance(name, str) else ""
