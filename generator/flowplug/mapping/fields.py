"""The fields of an action: a mapping as a whole, which may itself be a directive, or have one at its root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..errors import Finding, quote, suggest
from ..javascript import (
    Arrow,
    Assign,
    Call,
    Expression,
    JsonValue,
    Member,
    Name,
    Object,
    Return,
    Undefined,
    Value,
)
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
from .values import ROOT_DIRECTIVE, JsonObject, as_list, as_object, is_directive, is_list, listed

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
    """As :func:`compile_value`, but the result shares no object with the event, and holds nothing undefined.

    Only what comes from the event is copied, not what the code around it has just made.
    """
    if not payload.is_copied:
        return compile_value(value, payload)
    if is_directive(value):
        return _compile_clean_directive(value, payload)
    if not isinstance(value, dict):
        return _clean(compile_value(value, payload), payload)
    made, shaped = _compile_object(value, payload)
    if is_constant(made):
        return made
    return helper("finish", made, *map(Value, shaped)) if shaped else helper("tidy", made)


def _compile_clean_directive(value: JsonObject, payload: Payload) -> Expression:
    if "@literal" in value:
        return _compile_clean(value["@literal"], payload)
    if "@merge" in value:
        return _compile_merged(as_object(value["@merge"]), payload)
    made = compile_value(value, payload)
    return helper("finish", made) if "@flatten" in value else _clean(made, payload)


def _compile_merged(merge: JsonObject, payload: Payload) -> Expression:
    """``finish((made => { made.key = …; return made; })(merge(…)))``.

    What the mapping itself spells out after that is put in key by key: engines are much slower to copy an object
    onto one that has keys already.
    """
    objects = list(as_list(merge["objects"]))
    if merge["direction"] == "left":
        objects.reverse()
    spelled_out: list[JsonObject] = []
    while objects and not is_directive(objects[-1]):
        spelled_out.insert(0, as_object(objects.pop()))
    compiled = [_compile_object(item, payload) for item in spelled_out]
    first = [compile_value(item, payload) for item in objects]
    # What is flattened is a new object already.
    is_new = len(objects) == 1 and is_directive(objects[0]) and "@flatten" in objects[0]
    merged = first[0] if is_new else helper("merge", *first)
    entries = [entry for item, _ in compiled for entry in item.entries]
    if entries:
        made = Name("made")
        puts = (Assign(Member(made, key), item) for key, item in entries)
        merged = Call(Arrow((made.id,), (*puts, Return(made))), (merged,))
    shaped = {key: key in lists for item, lists in compiled for key, _ in item.entries}
    return helper("finish", merged, *(Value(key) for key, is_shaped in shaped.items() if is_shaped))


def _compile_object(value: JsonObject, payload: Payload) -> tuple[Object, Sequence[str]]:
    """An object of a mapping, and the keys that have new, clean objects if they have an array."""
    entries: list[tuple[str, Expression]] = []
    shaped: list[str] = []
    for key, item in value.items():
        array = _compile_shaped(item, payload)
        entries.append((key, array or compile_value(item, payload)))
        if array:
            shaped.append(key)
    return Object(tuple(entries)), shaped


def _compile_shaped(value: JsonValue, payload: Payload) -> Expression | None:
    """An ``@arrayPath`` whose items are given a shape, with the items clean."""
    if not is_directive(value) or "@arrayPath" not in value:
        return None
    path, *shapes = as_list(value["@arrayPath"])
    shape = shapes[0] if shapes else None
    # An object's own toJSON is called only where the whole is copied.
    if not isinstance(shape, dict) or not shape or is_directive(shape) or "toJSON" in shape:
        return None
    array = compile_value({"@arrayPath": [path]}, payload)
    return helper("mapItems", array, Arrow(("item",), _compile_clean(shape, item_payload(is_object=False))))


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
