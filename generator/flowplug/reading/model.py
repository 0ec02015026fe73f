"""The model made of plain data, with every error at once; and plain data made of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec

from ..errors import Code, Finding, Place, not_one_of, quote, suggest
from ..project import Checked, FromEnvironment, Project, ProjectFile, Taken

_T = TypeVar("_T", bound=msgspec.Struct)
_TEXT_OR_VARIABLE = str | FromEnvironment
_KINDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "null",
}


def plain_data(value: object) -> object:
    """A project, or a part of one, as plain data: what :class:`Reader` would make it of."""
    if isinstance(value, msgspec.Struct):
        return {key: plain_data(getattr(value, field.name)) for key, field in _fields(type(value)).items()}
    if isinstance(value, Taken):
        return str(value)
    return [plain_data(item) for item in value] if isinstance(value, list | tuple) else value


class Reader:
    """Makes structs of plain data one field at a time, so that one error does not hide the next.

    Without ``environ``, what it reads is a part of a project, in which anything may be left out: it looks only for
    unknown keys and for values that are wrong by themselves, and takes none from the environment.
    """

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self.environ = environ
        self.findings: list[Finding] = []

    def read(self, cls: type[_T], data: object, place: Place) -> _T | None:
        """The struct, or None where a field that it needs is missing or wrong."""
        if not isinstance(data, Mapping):
            self._add(place, "wrong-type", f"expected a table, got {_kind_of(data)}")
            return None
        fields = _fields(cls)
        values: dict[str, Any] = {}
        for key, raw in data.items():
            if field := fields.get(key):
                count = len(self.findings)
                value = self._value(field.type, raw, (*place, key))
                if len(self.findings) == count or value is not None:
                    values[field.name] = value
            else:
                known = _fields(ProjectFile) if cls is Project and not place else fields
                self._add((*place, key), "unknown-key", f"unknown key{suggest(key, known)}")
        if self.environ is not None:
            self._check_whole(cls, data, values, place)
        needed = {field.name for field in fields.values() if field.required}
        return cls(**values) if needed <= values.keys() else None

    def _check_whole(
        self, cls: type[msgspec.Struct], data: Mapping[str, object], values: Mapping[str, Any], place: Place
    ) -> None:
        """What is missing from a table, and what is wrong with its values besides their types."""
        fields = _fields(cls)
        for name, field in fields.items():
            if field.required and name not in data:
                self._add(place, "missing-field", f"{name} is missing")
        if issubclass(cls, Checked):
            absent = {
                field.name: field.default
                for name, field in fields.items()
                if name not in data and field.default is not msgspec.NODEFAULT
            }
            for inner, code, message in cls.problems({**absent, **values}):
                self._add((*place, *inner), code, message)

    def _value(self, kind: Any, raw: object, place: Place) -> Any:
        """The value, or None where it is wrong; a list keeps the places of those that are."""
        kind, whole = _present(_bare(kind)) if raw is not None else _bare(kind), kind
        if kind == _TEXT_OR_VARIABLE and isinstance(raw, Mapping):
            return self._from_environment(raw, place)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.read(kind, raw, place)
        if get_origin(kind) is tuple and isinstance(raw, list | tuple):
            return tuple(self._value(get_args(kind)[0], item, (*place, i)) for i, item in enumerate(raw))
        if get_origin(kind) is Mapping and isinstance(raw, Mapping):
            read = {key: self._value(get_args(kind)[1], item, (*place, key)) for key, item in raw.items()}
            return {key: value for key, value in read.items() if value is not None}
        return self._plain_value(kind, whole, raw, place)

    def _plain_value(self, kind: Any, whole: Any, raw: object, place: Place) -> Any:
        """The value of a type that is no struct and no list of them, or None where it is wrong."""
        choices = _choices(kind)
        if choices and isinstance(raw, str) and raw not in choices:
            self._add(place, "unknown-value", not_one_of(choices, raw))
            return None
        try:
            return msgspec.convert(raw, whole)
        except msgspec.ValidationError as error:
            self._add(place, *_explain(error, raw))
            return None
        except UnicodeEncodeError:
            # msgspec trips over half a surrogate pair where no text is expected; any other text is as wrong.
            return self._plain_value(kind, whole, "text", place)

    def _from_environment(self, raw: object, place: Place) -> str | FromEnvironment | None:
        wanted = self.read(FromEnvironment, raw, place)
        if wanted is None or self.environ is None:
            return wanted
        try:
            found = self.environ.get(wanted.env)
        except UnicodeEncodeError:  # The environment's encoding lacks a character, so no variable has that name.
            found = None
        if found is not None and not isinstance(found, str):
            raise TypeError(f"environ[{quote(wanted.env)}] is not text")
        if not found:
            state = "is not set" if found is None else "is empty"
            self._add(place, "missing-variable", f"the environment variable {quote(wanted.env)} {state}")
        return Taken(found) if found else wanted

    def _add(self, place: Place, code: Code, message: str) -> None:
        self.findings.append(Finding(place, code, message))


@cache
def _fields(cls: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(cls)}


def _kind_of(value: object) -> str:
    names = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str"}
    return _KINDS[names.get(type(value), "array")]


@cache
def _bare(kind: Any) -> Any:
    """A type without its annotations."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


@cache
def _present(kind: Any) -> Any:
    """What a value is where it may be missing, and is not."""
    others = [item for item in get_args(kind) if item is not type(None)]
    return others[0] if len(others) == 1 and type(None) in get_args(kind) else kind


@cache
def _choices(kind: Any) -> tuple[str, ...]:
    literals = [item for item in (kind, *get_args(kind)) if get_origin(item) is Literal]
    return tuple(choice for item in literals for choice in get_args(item))


def _explain(error: msgspec.ValidationError, raw: object) -> tuple[Code, str]:
    """Our words for msgspec's."""
    if raw == "":
        return "empty", "is empty"
    if limit := re.search(r"(>=|<=) ([0-9]+)", str(error)):
        bound = "at least" if limit[1] == ">=" else "at most"
        return "out-of-range", f"must be {bound} {int(limit[2]):,}, got {raw}"
    message = re.sub(r"`(\w+(?: \| \w+)*)`", lambda match: _kinds(match.group(1)), str(error))
    if isinstance(raw, float):
        message = message.removesuffix(_KINDS["float"]) + str(raw)
    return "wrong-type", message[0].lower() + message[1:]


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))
