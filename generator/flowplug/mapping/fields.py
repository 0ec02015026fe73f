"""The fields of an action: a mapping as a whole, which may itself be a directive, or have one at its root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..errors import Finding, quote, suggest
from ..javascript import Arrow, Call, Expression, JsonValue, Object, Undefined
from .checks import under
from .directives import (
    DIRECTIVES,
    check_directive,
    check_value,
    compile_value,
    readings_under,
    transformed_payload,
    value_readings,
)
from .paths import Reading
from .payload import Payload, helper, is_constant, item_payload
from .values import ROOT_DIRECTIVE, JsonObject, as_object, is_directive, is_list, listed

_KEEP_ORDER = frozenset(name for name, directive in DIRECTIVES.items() if directive.keeps_order)

# Checking


def field_problems(fields: JsonObject, known: Sequence[str], action: str) -> Iterator[Finding]:
    """What is wrong with the mapping of an action that has the ``known`` fields. Places are seen from it."""
    if ROOT_DIRECTIVE in fields:
        yield from _root_problems(fields, known, action)
    elif is_directive(fields):
        yield from check_directive(fields)
    else:
        for field, value in fields.items():
            if field in known:
                yield from under(check_value(value), field)
            else:
                message = f"{action} has no such field{suggest(field, known)}"
                yield Finding((field,), "unknown-field", message)


def _root_problems(fields: JsonObject, known: Sequence[str], action: str) -> Iterator[Finding]:
    root, others = fields[ROOT_DIRECTIVE], _without_root(fields)
    options = next(iter(root.values()), None) if is_directive(root) and len(root) == 1 else None
    if not is_directive(root) or not isinstance(options, dict):
        example = '{ "@transform" = { apply = { … } } }'
        yield _root_finding(f"must be one directive that holds a table, such as {example}")
    elif is_directive(options):
        name = quote(next(iter(root)))
        yield _root_finding(f"the table in {name} must not be a directive itself: Segment adds a key to it")
    elif "@transform" in root:
        yield from under(check_directive({"@transform": {**options, "mapping": {}}}), ROOT_DIRECTIVE)
        yield from field_problems(others, known, action)
    elif others:
        yield _root_finding(f'must be "@transform" if there are fields beside it; remove {listed(tuple(others))}')
    else:
        yield from under(check_directive(root), ROOT_DIRECTIVE)


def _root_finding(message: str) -> Finding:
    return Finding((ROOT_DIRECTIVE,), "root-directive", message)


def _without_root(fields: JsonObject) -> JsonObject:
    return {key: value for key, value in fields.items() if key != ROOT_DIRECTIVE}


# Compiling


def canonical(fields: JsonObject) -> JsonObject:
    """The same mapping with the keys of its objects in order, so that their order in the file changes no byte.

    Where the order is part of the meaning of a directive (``keeps_order``), the mapping stays as it is.
    """
    return fields if _order_matters(fields) else as_object(_sorted(fields))


def _order_matters(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return not _KEEP_ORDER.isdisjoint(value) or any(map(_order_matters, value.values()))
    return is_list(value) and any(map(_order_matters, value))


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if is_list(value) else value


def with_root_inside(fields: JsonObject) -> JsonObject:
    """The fields, or the directive that makes them where there is one at their root."""
    if ROOT_DIRECTIVE not in fields:
        return fields
    root = as_object(fields[ROOT_DIRECTIVE])
    if "@transform" in root:
        return {"@transform": {**as_object(root["@transform"]), "mapping": _without_root(fields)}}
    return root


def compile_fields(
    fields: JsonObject, payload: Payload, use: Callable[[Callable[[str], Expression]], Expression]
) -> Expression:
    """The expression that ``use`` makes of the fields; it gets a function from a field to its clean value."""
    fields = with_root_inside(fields)
    if "@transform" in fields:
        transform = as_object(fields["@transform"])
        result, applied = transformed_payload(transform, payload)
        return Call(Arrow(("item",), compile_fields(as_object(transform["mapping"]), result, use)), (applied,))
    if is_directive(fields):
        # Nothing to read fields from throws, as it does in Segment's action.
        item = item_payload(is_object=True)
        return Call(
            Arrow(("item",), use(lambda field: _clean(item.read((field,)), payload))),
            (compile_value(fields, payload),),
        )
    return use(lambda field: _compile_clean(fields[field], payload) if field in fields else Undefined())


def _compile_clean(value: JsonValue, payload: Payload) -> Expression:
    """As :func:`compile_value`, but the result shares no object with the event, and holds nothing undefined."""
    if is_directive(value):
        if "@literal" in value:
            return _compile_clean(value["@literal"], payload)
        return _clean(compile_value(value, payload), payload)
    made = compile_value(value, payload)
    if not isinstance(made, Object):
        return _clean(made, payload)
    return helper("tidy", made) if payload.is_copied and not is_constant(made) else made


def _clean(expression: Expression, payload: Payload) -> Expression:
    if not payload.is_copied or is_constant(expression) or isinstance(expression, Undefined):
        return expression
    return helper("clean", expression)


# Reading


def field_readings(fields: JsonObject) -> Iterator[Reading]:
    """What a mapping without :func:`field_problems` reads from the event; places are seen from the mapping.

    Beside a root directive the fields read from what that makes.
    """
    if ROOT_DIRECTIVE not in fields:
        return value_readings(fields)
    root = as_object(fields[ROOT_DIRECTIVE])
    return readings_under(value_readings(root), ROOT_DIRECTIVE)
