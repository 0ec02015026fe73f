"""Flows: what of an event can become a part of a field, or decides what does, and which constants can.

One more walk over mapped values. It follows a path through what a ``@transform`` has made and into the items of a
list, and says too much rather than too little where only the event shows what happens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from ..javascript import JsonValue
from .fields import with_root_inside
from .paths import Parts, checked_pieces, directive_parts
from .values import JsonObject, as_list, as_object, directive_name, is_directive, is_list

Way: TypeAlias = tuple[str | None, ...]
"""Keys on the way to a value; None stands for each item of a list."""


class Flow(NamedTuple):
    """Something that can reach a field: what is at a ``path`` of the event, or a ``constant``, written as JSON.

    ``target`` is the part of the field that it reaches. With ``decides`` it is not sent itself: what is sent
    depends on it.
    """

    path: Way | None
    constant: str | None = None
    target: Way = ()
    decides: bool = False


Source: TypeAlias = Callable[[Parts], Iterable[Flow]]
"""What flows out of a payload at a path."""


def field_flows(fields: JsonObject, field: str) -> tuple[Flow, ...]:
    """All that can reach a field of a mapping that has nothing wrong, each once."""
    return tuple(dict.fromkeys(_flows(with_root_inside(fields), _of_event, (field,))))


def _of_event(parts: Parts) -> Iterator[Flow]:
    yield Flow(parts)


def _flows(value: JsonValue, source: Source, parts: Parts = ()) -> Iterator[Flow]:
    """What reaches the part of a mapped value that is at ``parts``."""
    if is_directive(value):
        name = directive_name(value)
        yield from FLOWS[name](value[name], source, parts)
    elif isinstance(value, dict) and value:
        key, *rest = parts or (None,)
        for name, item in value.items():
            if key is None:
                yield from _under(name, _flows(item, source))
            elif key == name:
                yield from _flows(item, source, tuple(map(str, rest)))
    elif is_list(value) and value:
        for item in value:
            yield from _under(None, _flows(item, source)) if not parts else _flows(item, source, parts[1:])
    else:
        yield Flow(None, json.dumps(value, ensure_ascii=False))


def _under(key: str | None, flows: Iterable[Flow]) -> Iterator[Flow]:
    for flow in flows:
        yield flow._replace(target=(key, *flow.target))


def _together(flows: Iterable[Flow]) -> Iterator[Flow]:
    """The flows where one value is made of all."""
    for flow in flows:
        yield flow._replace(target=())


def _deciding(flows: Iterable[Flow]) -> Iterator[Flow]:
    """The paths, where they only decide; a constant decides nothing that can change."""
    for flow in flows:
        if flow.path is not None:
            yield flow._replace(target=(), decides=True)


# Directives


def _path(value: JsonValue, source: Source, parts: Parts) -> Iterator[Flow]:
    if isinstance(value, str):
        yield from source((*directive_parts(value), *parts))
    else:  # the event itself says which path
        yield from _deciding(_flows(value, source))
        yield from source(())


def _template(value: JsonValue, source: Source, _: Parts) -> Iterator[Flow]:
    if not isinstance(value, str):  # the event itself has the template
        yield from _together(_flows(value, source))
        yield from _together(source(()))
        return
    for piece in checked_pieces(value) or ("",):
        yield from _together(_flows(piece, source) if isinstance(piece, str) else source(piece))


def _if(value: JsonValue, source: Source, parts: Parts) -> Iterator[Flow]:
    given = as_object(value)
    for option, item in given.items():
        if option in ("exists", "blank"):
            yield from _deciding(_flows(item, source))
        elif option in ("then", "else"):
            yield from _flows(item, source, parts)


def _of_value(value: JsonValue, source: Source, _: Parts) -> Iterator[Flow]:
    """Of a directive that makes one value of its option ``value``, and may put texts into it."""
    for option in ("value", "replacement", "replacement2"):
        if option in as_object(value):
            yield from _together(_flows(as_object(value)[option], source))


def _array_path(value: JsonValue, source: Source, parts: Parts) -> Iterator[Flow]:
    path, *shapes = as_list(value)
    array: JsonValue = {"@path": path} if isinstance(path, str) else path
    if not shapes or not shapes[0]:
        yield from _flows(array, source, parts)
        return
    lists = tuple(_together(_flows(array, source)))
    yield from _deciding(lists)  # how many items there are

    def of_items(inner: Parts) -> Iterator[Flow]:
        for flow in lists:
            yield flow if flow.path is None else flow._replace(path=(*flow.path, None, *inner))

    yield from _under(None, _flows(shapes[0], of_items))


def _merge(value: JsonValue, source: Source, parts: Parts) -> Iterator[Flow]:
    for item in as_list(as_object(value)["objects"]):
        yield from _flows(item, source, parts)


def _transform(value: JsonValue, source: Source, parts: Parts) -> Iterator[Flow]:
    given = as_object(value)
    yield from _flows(given["mapping"], lambda inner: _flows(given["apply"], source, inner), parts)


FLOWS: Mapping[str, Callable[[JsonValue, Source, Parts], Iterator[Flow]]] = {
    "@path": _path,
    "@template": _template,
    "@literal": _flows,
    "@excludeWhenNull": _flows,
    "@if": _if,
    "@case": _of_value,
    "@replace": _of_value,
    "@arrayPath": _array_path,
    "@flatten": _of_value,
    "@json": _of_value,
    "@merge": _merge,
    "@transform": _transform,
}
"""What each directive lets through; the keys are those of the table of directives."""
