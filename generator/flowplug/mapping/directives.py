"""The directives: what each may hold, what it compiles to, and which paths it reads from the event.

The table at the end has a record for each, and serves three walks over mapped values: :func:`check_value`,
:func:`compile_value` and :func:`value_readings`. A new directive is one more record, and its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from ..errors import Finding, quote, suggest
from ..javascript import (
    Array,
    Arrow,
    Binary,
    Call,
    Conditional,
    Expression,
    JsonValue,
    Member,
    Name,
    Object,
    Pattern,
    Undefined,
    Value,
    chain,
)
from .checks import Check, Option, filled_text, flag, one_of, options, path_length, text, under, wrong_type
from .paths import Reading, checked_pieces, directive_parts, template_pieces
from .payload import Payload, helper, is_constant, item_payload
from .values import (
    ROOT_DIRECTIVE,
    SHORT_FORMS,
    JsonObject,
    as_list,
    as_object,
    directive_name,
    is_directive,
    is_list,
    is_truthy,
    listed,
)

MAX_REPLACE_LENGTH = 10
"""UTF-16 units that ``@replace`` takes, in a pattern and in a replacement (actions-core, mapping-kit)."""

MAX_TEMPLATE_LENGTH = 5000

Compile: TypeAlias = Callable[[JsonValue, Payload], Expression]
Readings: TypeAlias = Callable[[JsonValue], Iterator[Reading]]


class Directive(msgspec.Struct, frozen=True):
    """A directive: all three functions get what stands in it, ``compile`` and ``readings`` only if it is right.

    With ``keeps_order`` the order of an object's keys can be seen in what becomes of it.
    """

    name: str
    check: Check
    compile: Compile
    readings: Readings
    keeps_order: bool = False


# @path


def _check_path(value: JsonValue) -> Iterator[Finding]:
    if is_directive(value):
        yield from check_value(value)
    elif isinstance(value, str):
        yield from path_length(directive_parts(value))
    else:
        yield wrong_type("text or a directive", value)


def _compile_path(value: JsonValue, payload: Payload) -> Expression:
    if isinstance(value, str):
        return payload.read(directive_parts(value))
    return helper("get", payload.read(()), compile_value(value, payload))


def _path_readings(value: JsonValue) -> Iterator[Reading]:
    if isinstance(value, str):
        yield Reading((), directive_parts(value))
    else:
        yield from value_readings(value)


# @template


def _check_template(value: JsonValue) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield from _check_path(value)
    elif len(value) > MAX_TEMPLATE_LENGTH:
        yield Finding((), "too-long", f"longer than {MAX_TEMPLATE_LENGTH} characters")
    elif (pieces := template_pieces(value)) is None:
        message = "one placeholder is inside the braces of another; write them one after the other"
        yield Finding((), "template-syntax", message)
    else:
        for piece in pieces:
            if isinstance(piece, tuple):
                yield from path_length(piece)


def _compile_template(value: JsonValue, payload: Payload) -> Expression:
    if not isinstance(value, str):
        return helper("render", compile_value(value, payload), payload.read(()))
    pieces = checked_pieces(value)
    compiled = [
        Value(piece) if isinstance(piece, str) else helper("text", payload.read(piece)) for piece in pieces
    ]
    return chain("+", compiled) if compiled else Value("")


def _template_readings(value: JsonValue) -> Iterator[Reading]:
    if not isinstance(value, str):
        yield from value_readings(value)
        return
    for piece in checked_pieces(value):
        if isinstance(piece, tuple):
            yield Reading((), piece)


# @excludeWhenNull


def _compile_exclude_when_null(value: JsonValue, payload: Payload) -> Expression:
    return helper("withoutNulls", compile_value(value, payload))


# @if


def _check_if(value: JsonValue) -> Iterator[Finding]:
    yield from _IF_OPTIONS(value)
    if isinstance(value, dict) and not any(is_truthy(value.get(key)) for key in ("exists", "blank")):
        yield Finding((), "missing-option", "needs exists or blank, with a value to test")


def _compile_if(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    if "exists" in given:
        test: Expression = Binary("!=", compile_value(given["exists"], payload), Value(None))
    else:
        test = helper("filled", compile_value(given["blank"], payload))
    then = compile_value(given["then"], payload) if "then" in given else Undefined()
    otherwise = compile_value(given["else"], payload) if is_truthy(given.get("else")) else Undefined()
    return Conditional(test, then, otherwise)


def _if_readings(value: JsonValue) -> Iterator[Reading]:
    given = as_object(value)
    for reading in value_readings(given):
        is_tested = reading.place[0] != "else" and is_truthy(given.get("else"))
        yield reading._replace(has_fallback=reading.has_fallback or is_tested)


# @case and @replace


def _compile_case(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    if not is_truthy(given["value"]):
        return Undefined()
    return helper(f"{given['operator']}Case", compile_value(given["value"], payload))


def _compile_replace(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    if not is_truthy(given["value"]):
        return Undefined()
    flags = ("g" if given.get("global", True) else "") + ("i" if given.get("ignorecase") else "")
    result = compile_value(given["value"], payload)
    for number in ("", "2"):
        if pattern := given.get(f"pattern{number}"):
            replacement = Value(given.get(f"replacement{number}", ""))
            result = helper("replace", result, Pattern(str(pattern), flags), replacement)
    return result


# @arrayPath


def _check_array_path(value: JsonValue) -> Iterator[Finding]:
    if not is_list(value) or not 1 <= len(value) <= 2:
        message = 'expected a list of a path and a shape, such as ["$.properties.items", { … }]'
        yield Finding((), "wrong-type", message)
        return
    yield from under(_check_path(value[0]), 0)
    for shape in value[1:]:
        yield from under(_check_object(shape), 1)


def _compile_array_path(value: JsonValue, payload: Payload) -> Expression:
    path, *shapes = as_list(value)
    array = _compile_path(path, payload) if isinstance(path, str) else compile_value(path, payload)
    if not shapes or not shapes[0]:
        return array
    item = msgspec.structs.replace(item_payload(is_object=False), is_protected=payload.is_protected)
    return helper("mapItems", array, Arrow(("item",), compile_value(shapes[0], item)))


def _array_path_readings(value: JsonValue) -> Iterator[Reading]:
    """The shape reads from the items."""
    return readings_under(_path_readings(as_list(value)[0]), 0)


# @flatten and @json


def _check_truthy(value: JsonValue) -> Iterator[Finding]:
    """A value that the mapping kit treats as present: anything truthy in JavaScript."""
    if is_truthy(value):
        yield from check_value(value)
    else:
        yield Finding((), "empty", "must not be empty, null, false or 0")


def _compile_flatten(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    omit = (Value(True),) if given.get("omitArrays") else ()
    nested = payload.before_text(compile_value(given["value"], payload))
    return helper("flatten", nested, Value(given["separator"]), *omit)


def _compile_json(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    inner = compile_value(given["value"], payload)
    if given["mode"] == "encode":
        return Call(Member(Name("JSON"), "stringify"), (payload.before_text(inner),))
    return helper("parseJson", inner)


# @merge


def _check_object(value: JsonValue) -> Iterator[Finding]:
    if isinstance(value, dict):
        yield from check_value(value)
    else:
        yield wrong_type("a table or a directive", value)


def _check_objects(value: JsonValue) -> Iterator[Finding]:
    if not is_list(value):
        yield wrong_type("a list", value)
    else:
        for index, item in enumerate(value):
            yield from under(_check_object(item), index)


def _compile_merge(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    objects = [compile_value(item, payload) for item in as_list(given["objects"])]
    return helper("merge", *(objects[::-1] if given["direction"] == "left" else objects))


def _merge_readings(value: JsonValue) -> Iterator[Reading]:
    """An object of the event's that is merged whole may be missing: the others are there in its place."""
    for reading in value_readings(value):
        is_whole = reading.place[2:] == ("@path",)  # after "objects" and its index
        yield reading._replace(has_fallback=reading.has_fallback or is_whole)


# @transform


def _check_transformed(value: JsonValue) -> Iterator[Finding]:
    if isinstance(value, dict) and ROOT_DIRECTIVE in value:
        message = "a root directive works only beside the action's fields; use @transform itself here"
        yield Finding((ROOT_DIRECTIVE,), "root-directive", message)
    else:
        yield from _check_object(value)


def _compile_transform(value: JsonValue, payload: Payload) -> Expression:
    given = as_object(value)
    result, applied = transformed_payload(given, payload)
    return Call(Arrow(("item",), compile_value(given["mapping"], result)), (applied,))


def transformed_payload(transform: JsonObject, payload: Payload) -> tuple[Payload, Expression]:
    """The payload that the ``apply`` of a ``@transform`` makes, and the expression for it.

    The mapping kit takes out what is undefined here too; all else of its end is for the end.
    """
    apply = transform["apply"]
    applied = compile_value(apply, payload)
    if not is_constant(applied):
        applied = helper("prune", applied)
    if not payload.is_object:
        applied = helper("ofObject", payload.read(()), applied)
    result = item_payload(is_object=not is_directive(apply))
    options = {"is_copied": payload.is_copied, "is_protected": payload.is_protected}
    return msgspec.structs.replace(result, **options), applied


def _transform_readings(value: JsonValue) -> Iterator[Reading]:
    """The mapping reads from what ``apply`` makes."""
    return readings_under(value_readings(as_object(value)["apply"]), "apply")


# Walks


def check_value(value: JsonValue) -> Iterator[Finding]:
    """What is wrong with a mapped value."""
    if is_directive(value):
        yield from check_directive(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "__proto__":
                yield Finding((key,), "forbidden-key", "in JavaScript this key sets the prototype; rename it")
            yield from under(check_value(item), key)
    elif is_list(value):
        for index, item in enumerate(value):
            yield from under(check_value(item), index)


def check_directive(value: JsonObject) -> Iterator[Finding]:
    """What is wrong with an object that has a key that starts with ``@``."""
    name = directive_name(value)
    others = [key for key in value if key not in (name, "_metadata")]
    if others:
        message = f"{quote(name)} must be the only key here; remove {listed(others)}"
        yield Finding((others[0],), "mixed-directive", message)
    elif name == "@liquid":
        yield Finding(
            (),
            "unsupported-directive",
            '"@liquid" does not run on web pages, which get the text of the template; '
            "use @template for {{placeholders}}, and @if, @case or @replace for tags and filters",
        )
    elif directive := DIRECTIVES.get(name):
        yield from under(directive.check(value[name]), name)
    else:
        yield Finding(
            (), "unknown-directive", f"unknown directive {quote(name)}{suggest(name, (*DIRECTIVES, *SHORT_FORMS))}"
        )


def compile_value(value: JsonValue, payload: Payload) -> Expression:
    """The expression for a mapped value that has nothing wrong."""
    if isinstance(value, dict):
        if is_directive(value):
            name = directive_name(value)
            return DIRECTIVES[name].compile(value[name], payload)
        return Object(tuple((key, compile_value(item, payload)) for key, item in value.items()))
    if is_list(value):
        return Array(tuple(compile_value(item, payload) for item in value))
    return Value(value)


def value_readings(value: JsonValue) -> Iterator[Reading]:
    """What a mapped value that has nothing wrong reads from the event."""
    if is_directive(value):
        name = directive_name(value)
        yield from readings_under(DIRECTIVES[name].readings(value[name]), name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from readings_under(value_readings(item), key)
    elif is_list(value):
        for index, item in enumerate(value):
            yield from readings_under(value_readings(item), index)


def readings_under(readings: Iterator[Reading], key: str | int) -> Iterator[Reading]:
    """The readings of an inner value, seen from further out."""
    for reading in readings:
        yield Reading((key, *reading.place), reading.parts, reading.has_fallback)


# The table

_ANY, _PATH = Option(check_value), Option(_check_path)
_OPTIONAL_FLAG = Option(flag, required=False)
_OPTIONAL_TEXT = Option(text(0, MAX_REPLACE_LENGTH), required=False)
_IF_OPTIONS = options(
    dict.fromkeys(("exists", "blank", "then", "else"), Option(check_value, required=False)),
)

DIRECTIVES: Mapping[str, Directive] = {
    directive.name: directive
    for directive in (
        Directive("@path", _check_path, _compile_path, _path_readings),
        Directive("@template", _check_template, _compile_template, _template_readings),
        Directive("@literal", check_value, compile_value, value_readings),
        Directive("@excludeWhenNull", check_value, _compile_exclude_when_null, value_readings),
        Directive("@if", _check_if, _compile_if, _if_readings),
        Directive(
            "@case",
            options({"operator": Option(one_of("lower", "upper")), "value": _PATH}),
            _compile_case,
            value_readings,
        ),
        Directive(
            "@replace",
            options(
                {
                    "value": _PATH,
                    "pattern": Option(text(1, MAX_REPLACE_LENGTH)),
                    "replacement": _OPTIONAL_TEXT,
                    "pattern2": _OPTIONAL_TEXT,
                    "replacement2": _OPTIONAL_TEXT,
                    "ignorecase": _OPTIONAL_FLAG,
                    "global": _OPTIONAL_FLAG,
                }
            ),
            _compile_replace,
            value_readings,
        ),
        Directive("@arrayPath", _check_array_path, _compile_array_path, _array_path_readings),
        Directive(
            "@flatten",
            options({"value": _ANY, "separator": Option(filled_text), "omitArrays": _OPTIONAL_FLAG}),
            _compile_flatten,
            value_readings,
            keeps_order=True,
        ),
        Directive(
            "@json",
            options({"mode": Option(one_of("encode", "decode")), "value": Option(_check_truthy)}),
            _compile_json,
            value_readings,
            keeps_order=True,
        ),
        Directive(
            "@merge",
            options({"direction": Option(one_of("left", "right")), "objects": Option(_check_objects)}),
            _compile_merge,
            _merge_readings,
        ),
        Directive(
            "@transform",
            options({"apply": Option(_check_transformed), "mapping": Option(_check_transformed)}),
            _compile_transform,
            _transform_readings,
        ),
    )
}
