"""Mappings: Segment's directives, checked when the plugin is built, and compiled to expressions.

The meaning is that of the mapping kit in ``@segment/actions-core`` 3.170 (``transform``), except where
docs/fidelity.md says otherwise. What the mapping kit does at its end, copying all data and taking out what is
undefined, is done here where the data comes in (:func:`compile_clean`): objects of the mapping need no copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias, TypeGuard

from .errors import quote, step, suggest
from .javascript import (
    MAX_PARTS,
    Array,
    Arrow,
    Binary,
    Call,
    Chain,
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

ROOT_DIRECTIVE = "__segment_internal_directive"
"""A key beside the fields: its directive makes the payload that the fields are then read from."""

MAX_PATTERN_LENGTH = 10
"""UTF-16 units that ``@replace`` takes, in a pattern and in a replacement (actions-core, mapping-kit)."""

MAX_TEMPLATE_LENGTH = 5000

Path: TypeAlias = tuple[str, ...]
Read: TypeAlias = Callable[[Path], Expression]
Found: TypeAlias = Iterator[tuple[str, str]]
Table: TypeAlias = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Payload:
    """What paths are read from: the event, an item of an array, or the result of a ``@transform``."""

    read: Read
    is_object: bool
    is_copied: bool = True
    """Whether a field is to share no object with the event (``plugin.copy``)."""


# Checking


def problems(value: JsonValue, place: str) -> Found:
    """What is wrong with a mapped value, as (place, message) pairs."""
    if isinstance(value, Mapping):
        if any(key.startswith("@") for key in value):
            yield from _directive_problems(value, place)
        else:
            for key, item in value.items():
                if key == "__proto__":
                    yield place, 'a key named "__proto__" makes no key in JavaScript, but a prototype'
                yield from problems(item, place + step(key))
    elif _is_list(value):
        for index, item in enumerate(value):
            yield from problems(item, f"{place}[{index}]")


def field_problems(fields: Table, known: Sequence[str], action: str, place: str) -> Found:
    """What is wrong with the mapping of an action that has the ``known`` fields."""
    if ROOT_DIRECTIVE in fields:
        yield from _root_problems(fields, known, action, place)
    elif any(key.startswith("@") for key in fields):
        yield from _directive_problems(fields, place)
    else:
        for field, value in fields.items():
            if field in known:
                yield from problems(value, place + step(field))
            else:
                yield place, f"{action} has no field {quote(field)}{suggest(field, known)}"


def _root_problems(fields: Table, known: Sequence[str], action: str, place: str) -> Found:
    root = fields[ROOT_DIRECTIVE]
    others = {key: value for key, value in fields.items() if key != ROOT_DIRECTIVE}
    inner = place + step(ROOT_DIRECTIVE)
    options = next(iter(root.values()), None) if _is_directive(root) and len(root) == 1 else None
    if not _is_directive(root) or not isinstance(options, Mapping):
        yield inner, 'is one directive with an object, such as { "@transform" = { apply = { … } } }'
    elif _is_directive(options):
        yield inner, "Segment adds a key to what stands in its directive, so that cannot be a directive itself"
    elif "@transform" in root:
        yield from _directive_problems({"@transform": {**options, "mapping": {}}}, inner)
        yield from field_problems(others, known, action, place)
    elif others:
        yield inner, f"only @transform leaves something to the other fields: {_listed(others)}"
    else:
        yield from _directive_problems(root, inner)


def _directive_problems(value: Table, place: str) -> Found:
    name = next(key for key in value if key.startswith("@"))
    others = [key for key in value if key not in (name, "_metadata")]
    if others:
        kind = "another directive" if any(key.startswith("@") for key in others) else "a plain key"
        yield place, f"a directive stands alone, but {kind} is beside {quote(name)}: {_listed(others)}"
    elif name == "@liquid":
        yield (
            place,
            (
                '"@liquid" is not evaluated on web pages: they get the text of the template; '
                "use @template for {{placeholders}}, and @if, @case or @replace for what tags and filters do"
            ),
        )
    elif check := _CHECKS.get(name):
        yield from check(value[name], f"{place}.{name}")
    else:
        yield place, f"unknown directive {quote(name)}{suggest(name, tuple(_CHECKS))}"


@dataclass(frozen=True, slots=True)
class _Option:
    """What a directive's option may be: ``check`` finds what is wrong with its value."""

    check: Callable[[JsonValue, str], Found]
    required: bool = True


def _text(least: int = 0, most: int | None = None) -> Callable[[JsonValue, str], Found]:
    def check(value: JsonValue, place: str) -> Found:
        if not isinstance(value, str):
            yield place, f"expected text, got {_kind(value)}"
        elif not least <= _units(value) <= (_units(value) if most is None else most):
            yield (
                place,
                "is empty" if not value else f"longer than {most} characters, which is all that Segment takes",
            )

    return check


def _text_or_directive(value: JsonValue, place: str) -> Found:
    if _is_directive(value):
        yield from problems(value, place)
    elif isinstance(value, str):
        yield from _path_problems(value, place)
    else:
        yield place, f"expected text or a directive, got {_kind(value)}"


def _path_problems(value: str, place: str) -> Found:
    if len(split_path(value)) > MAX_PARTS:
        yield place, f"a path of more than {MAX_PARTS} parts"


def _template(value: JsonValue, place: str) -> Found:
    if not isinstance(value, str):
        yield from _text_or_directive(value, place)
    elif len(value) > MAX_TEMPLATE_LENGTH:
        yield place, f"longer than {MAX_TEMPLATE_LENGTH} characters"
    elif (parts := _template_parts(value)) is None:
        yield place, "a placeholder stands inside another one's braces"
    else:
        for part in parts:
            if isinstance(part, tuple) and len(part) > MAX_PARTS:
                yield place, f"a path of more than {MAX_PARTS} parts"


def _flag(value: JsonValue, place: str) -> Found:
    if not isinstance(value, bool):
        yield place, f"expected true or false, got {_kind(value)}"


def _one_of(*choices: str) -> Callable[[JsonValue, str], Found]:
    def check(value: JsonValue, place: str) -> Found:
        if value not in choices:
            hint = suggest(value, choices) if isinstance(value, str) else ""
            yield (
                place,
                f"one of {_listed(choices)}, got {quote(value) if isinstance(value, str) else _kind(value)}{hint}",
            )

    return check


def _given(value: JsonValue, place: str) -> Found:
    """A value that the mapping kit takes for given: no empty text, zero, false or null."""
    if _truthy(value):
        yield from problems(value, place)
    else:
        yield place, "is empty"


def _object(value: JsonValue, place: str) -> Found:
    if isinstance(value, Mapping):
        yield from problems(value, place)
    else:
        yield place, f"expected a table or a directive, got {_kind(value)}"


def _applied(value: JsonValue, place: str) -> Found:
    if isinstance(value, Mapping) and ROOT_DIRECTIVE in value:
        yield place + step(ROOT_DIRECTIVE), "a root directive stands beside the action's fields only"
    else:
        yield from _object(value, place)


def _objects(value: JsonValue, place: str) -> Found:
    if not _is_list(value):
        yield place, f"expected a list, got {_kind(value)}"
    else:
        for index, item in enumerate(value):
            yield from _object(item, f"{place}[{index}]")


def _options(options: Mapping[str, _Option]) -> Callable[[JsonValue, str], Found]:
    def check(value: JsonValue, place: str) -> Found:
        if not isinstance(value, Mapping) or _is_directive(value):
            yield place, f"expected a table of options ({', '.join(options)}), got {_kind(value)}"
            return
        for key, item in value.items():
            if option := options.get(key):
                yield from option.check(item, f"{place}.{key}")
            else:
                yield place, f"unknown option {quote(key)}{suggest(key, tuple(options))}"
        for key, option in options.items():
            if option.required and key not in value:
                yield place, f"{key} is missing"

    return check


def _if_problems(value: JsonValue, place: str) -> Found:
    anything = _Option(problems, required=False)
    yield from _options(dict.fromkeys(("exists", "blank", "then", "else"), anything))(value, place)
    if isinstance(value, Mapping) and not any(_truthy(value.get(key)) for key in ("exists", "blank")):
        yield place, "exists or blank is missing"


def _array_path_problems(value: JsonValue, place: str) -> Found:
    if not _is_list(value) or not 1 <= len(value) <= 2:
        yield place, 'expected a list of a path and a shape, such as ["$.properties.items", { … }]'
        return
    yield from _text_or_directive(value[0], f"{place}[0]")
    for shape in value[1:]:
        yield from _object(shape, f"{place}[1]")


_CHECKS: Mapping[str, Callable[[JsonValue, str], Found]] = {
    "@path": _text_or_directive,
    "@template": _template,
    "@literal": problems,
    "@excludeWhenNull": problems,
    "@if": _if_problems,
    "@case": _options({"operator": _Option(_one_of("lower", "upper")), "value": _Option(_text_or_directive)}),
    "@replace": _options(
        {
            "value": _Option(_text_or_directive),
            "pattern": _Option(_text(1, MAX_PATTERN_LENGTH)),
            "replacement": _Option(_text(0, MAX_PATTERN_LENGTH), required=False),
            "pattern2": _Option(_text(0, MAX_PATTERN_LENGTH), required=False),
            "replacement2": _Option(_text(0, MAX_PATTERN_LENGTH), required=False),
            "ignorecase": _Option(_flag, required=False),
            "global": _Option(_flag, required=False),
        }
    ),
    "@arrayPath": _array_path_problems,
    "@flatten": _options(
        {
            "value": _Option(problems),
            "separator": _Option(_text(1)),
            "omitArrays": _Option(_flag, required=False),
        }
    ),
    "@json": _options({"mode": _Option(_one_of("encode", "decode")), "value": _Option(_given)}),
    "@merge": _options({"direction": _Option(_one_of("left", "right")), "objects": _Option(_objects)}),
    "@transform": _options({"apply": _Option(_applied), "mapping": _Option(_applied)}),
}


# Compiling


def canonical(fields: Table) -> Table:
    """The same mapping with the keys of its objects in order, so that their order in the file changes no byte.

    Where the order is part of the meaning, for ``@json`` and ``@flatten``, the mapping stays as it is.
    """
    return fields if _order_matters(fields) else _table(_sorted(fields))


def _order_matters(value: JsonValue) -> bool:
    if isinstance(value, Mapping):
        return "@json" in value or "@flatten" in value or any(map(_order_matters, value.values()))
    return _is_list(value) and any(map(_order_matters, value))


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if _is_list(value) else value


def compile_fields(
    fields: Table, payload: Payload, use: Callable[[Callable[[str], Expression]], Expression]
) -> Expression:
    """The expression that ``use`` makes of the fields; it gets a function from a field to its clean value."""
    if ROOT_DIRECTIVE in fields:
        root = _table(fields[ROOT_DIRECTIVE])
        others = {key: value for key, value in fields.items() if key != ROOT_DIRECTIVE}
        if "@transform" in root:
            root = {"@transform": {**_table(root["@transform"]), "mapping": others}}
        return compile_fields(root, payload, use)
    if "@transform" in fields:
        options = _table(fields["@transform"])
        result, applied = _applied_payload(options, payload)
        return Call(Arrow(("item",), compile_fields(_table(options["mapping"]), result, use)), (applied,))
    if _is_directive(fields):
        # Nothing to read fields from throws, as it does in Segment's action.
        item = _item(is_object=True)
        return Call(
            Arrow(("item",), use(lambda field: _clean(item.read((field,)), payload))),
            (compile_value(fields, payload),),
        )
    return use(lambda field: compile_clean(fields[field], payload) if field in fields else Undefined())


def compile_clean(value: JsonValue, payload: Payload) -> Expression:
    """As :func:`compile_value`, but the result shares no object with the event, and holds nothing undefined."""
    if _is_directive(value):
        if "@literal" in value:
            return compile_clean(value["@literal"], payload)
        return _clean(compile_value(value, payload), payload)
    made = compile_value(value, payload)
    if not isinstance(made, Object):
        return _clean(made, payload)
    return _helper("tidy", made) if payload.is_copied and not _is_constant(made) else made


def _clean(expression: Expression, payload: Payload) -> Expression:
    return _helper("clean", expression) if payload.is_copied and not _is_constant(expression) else expression


def _is_constant(expression: Expression) -> bool:
    """Whether an expression has no value of the event's in it but text."""
    if isinstance(expression, Object):
        return all(_is_constant(item) for _, item in expression.entries)
    if isinstance(expression, Array):
        return all(map(_is_constant, expression.items))
    return _is_text(expression)


def _is_text(expression: Expression) -> bool:
    """Whether an expression is a constant, or is known to be text."""
    joined = isinstance(expression, Chain) and expression.operator == "+"
    return joined or isinstance(expression, Value) or _calls(expression, "text")


def _calls(expression: Expression, name: str) -> bool:
    return isinstance(expression, Call) and expression.callee == Name(name)


def compile_value(value: JsonValue, payload: Payload) -> Expression:
    """The expression for a mapped value that has no :func:`problems`."""
    if isinstance(value, Mapping):
        if _is_directive(value):
            name = next(key for key in value if key.startswith("@"))
            return _COMPILERS[name](value[name], payload)
        return Object(tuple((key, compile_value(item, payload)) for key, item in value.items()))
    if _is_list(value):
        return Array(tuple(compile_value(item, payload) for item in value))
    return Value(value)


@lru_cache(maxsize=4096)
def split_path(path: str) -> Path:
    """The steps of a path, as ``get`` of @segment/actions-core splits it; none for the payload itself.

    It splits at dots, at ``[`` before a quote or a digit and at ``]`` after one, and drops quotes.
    """
    steps = re.split(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""", path)
    return tuple(re.sub("['\"]", "", part) for part in steps if part)


def chained_read(base: Expression, *, is_object: bool) -> Read:
    """Reads paths from ``base``, and stops at the first falsy value on the way, which it then gives."""

    def read(path: Path) -> Expression:
        members = [base]
        for part in path:
            members.append(Member(members[-1], part))
        return chain("&&", members[1:] if is_object and path else members)

    return read


def _item(*, is_object: bool) -> Payload:
    return Payload(chained_read(Name("item"), is_object=is_object), is_object)


def _helper(name: str, *arguments: Expression) -> Expression:
    """A call of one of the template's helpers, each of which is emitted only where it is called."""
    return Call(Name(name), arguments)


def _path(value: JsonValue, payload: Payload) -> Expression:
    if isinstance(value, str):
        return payload.read(split_path(value.replace("$.", "", 1)))
    return _helper("get", payload.read(()), compile_value(value, payload))


def _compile_template(value: JsonValue, payload: Payload) -> Expression:
    if not isinstance(value, str):
        return _helper("render", compile_value(value, payload), payload.read(()))
    parts = _template_parts(value) or []
    compiled = [Value(p) if isinstance(p, str) else _helper("text", payload.read(p)) for p in parts]
    return chain("+", compiled) if compiled else Value("")


_JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What JavaScript's ``trim`` takes off (ECMA-262, WhiteSpace and LineTerminator)."""


def _template_parts(template: str) -> list[str | Path] | None:
    """The texts and paths of a template; None where one placeholder stands inside another's braces.

    Segment first fills in ``{{{path}}}``, then ``{{path}}`` in what has come of that.
    """
    parts: list[str | Path] = []
    outer = re.split(r"\{\{\{([^}]+)\}\}\}", template)
    for index, piece in enumerate(outer):
        if index % 2:
            parts.append(_placeholder(piece))
            continue
        inner = re.split(r"\{\{([^}]+)\}\}", piece)
        parts.extend(_placeholder(text) if place % 2 else text for place, text in enumerate(inner))
        if index + 1 < len(outer) and re.search(r"\{\{[^}]*$", inner[-1]):
            return None
    return [part for part in parts if part != ""]


def _placeholder(path: str) -> Path:
    return split_path(path.strip(_JS_SPACE))


def _compile_if(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    if "exists" in options:
        test: Expression = Binary("!=", compile_value(options["exists"], payload), Value(None))
    else:
        test = _helper("filled", compile_value(options["blank"], payload))
    then = compile_value(options["then"], payload) if "then" in options else Undefined()
    otherwise = compile_value(options["else"], payload) if _truthy(options.get("else")) else Undefined()
    return Conditional(test, then, otherwise)


def _compile_case(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    if not _truthy(options["value"]):
        return Undefined()
    return _helper(f"{options['operator']}Case", compile_value(options["value"], payload))


def _compile_replace(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    if not _truthy(options["value"]):
        return Undefined()
    flags = ("g" if options.get("global", True) else "") + ("i" if options.get("ignorecase") else "")
    result = compile_value(options["value"], payload)
    for number in ("", "2"):
        if pattern := options.get(f"pattern{number}"):
            replacement = Value(options.get(f"replacement{number}", ""))
            result = _helper("replace", result, Pattern(str(pattern), flags), replacement)
    return result


def _compile_array_path(value: JsonValue, payload: Payload) -> Expression:
    path, *shapes = value if _is_list(value) else []
    root = _path(path, payload) if isinstance(path, str) else compile_value(path, payload)
    if not shapes or not shapes[0]:
        return root
    return _helper("mapItems", root, Arrow(("item",), compile_value(shapes[0], _item(is_object=False))))


def _compile_flatten(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    omit = (Value(True),) if options.get("omitArrays") else ()
    return _helper("flatten", compile_value(options["value"], payload), Value(options["separator"]), *omit)


def _compile_json(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    inner = compile_value(options["value"], payload)
    if options["mode"] == "encode":
        return Call(Member(Name("JSON"), "stringify"), (inner,))
    return _helper("parseJson", inner)


def _compile_merge(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    given = options["objects"]
    objects = [compile_value(item, payload) for item in (given if _is_list(given) else [])]
    ordered = objects[::-1] if options["direction"] == "left" else objects
    return _helper("merge", *ordered)


def _compile_transform(value: JsonValue, payload: Payload) -> Expression:
    options = _table(value)
    result, applied = _applied_payload(options, payload)
    return Call(Arrow(("item",), compile_value(options["mapping"], result)), (applied,))


def _applied_payload(options: Table, payload: Payload) -> tuple[Payload, Expression]:
    """The payload that ``apply`` makes, and the expression for it.

    The mapping kit takes out what is undefined here too; all else of :func:`compile_clean` is for the end.
    """
    apply = options["apply"]
    applied = compile_value(apply, payload)
    if not _is_constant(applied):
        applied = _helper("prune", applied)
    if not payload.is_object:
        applied = _helper("ofObject", payload.read(()), applied)
    result = _item(is_object=not _is_directive(apply))
    return replace(result, is_copied=payload.is_copied), applied


def _compile_exclude(value: JsonValue, payload: Payload) -> Expression:
    return _helper("withoutNulls", compile_value(value, payload))


_COMPILERS: Mapping[str, Callable[[JsonValue, Payload], Expression]] = {
    "@path": _path,
    "@template": _compile_template,
    "@literal": compile_value,
    "@excludeWhenNull": _compile_exclude,
    "@if": _compile_if,
    "@case": _compile_case,
    "@replace": _compile_replace,
    "@arrayPath": _compile_array_path,
    "@flatten": _compile_flatten,
    "@json": _compile_json,
    "@merge": _compile_merge,
    "@transform": _compile_transform,
}


# Values


def _is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    return isinstance(value, list | tuple)


def _is_directive(value: JsonValue) -> TypeGuard[Table]:
    # A dict most times, which is faster to tell than the type that it stands for.
    return isinstance(value, dict | Mapping) and any(key.startswith("@") for key in value)


def _table(value: JsonValue) -> Table:
    """A value that the checks have found to be a table."""
    if not isinstance(value, Mapping):
        raise TypeError(f"not a table: {value!r}")
    return value


def _truthy(value: JsonValue) -> bool:
    """Whether JavaScript takes a JSON value for true; every list and table is, empty ones too."""
    return isinstance(value, Mapping | list | tuple) or bool(value)


def _units(text: str) -> int:
    """UTF-16 units, which JavaScript counts as a text's length."""
    return len(text) + sum(character > "\uffff" for character in text)


def _kind(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return "a directive" if _is_directive(value) else "a table"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "text" if isinstance(value, str) else "a list" if _is_list(value) else "a number"


def _listed(items: Iterable[str]) -> str:
    return ", ".join(map(quote, items))
