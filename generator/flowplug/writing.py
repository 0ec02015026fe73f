"""Writing: a project as the text of a project file, in TOML, JSON or YAML.

TOML is written here and not by a library. tomli-w spreads every table over lines of its own, a directive over two;
tomlkit writes what its caller lays out, so the layout below would stay, and builds a document of its own for it.
What remains for either to do is quoting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from .errors import Finding, ProjectError, UsageError
from .reading import Origin, Source, origin_in

LINE_WIDTH = 110

JsonObject: TypeAlias = Mapping[str, Any]


def format_project(project: JsonObject, path: Path, schema: str) -> str:
    """The text of the project file at ``path``; ``schema`` is the name of the JSON Schema beside it, for editors.

    ``project`` is plain data that :func:`flowplug.load` takes, without ``$schema``. Raises UsageError where the
    path's ending names no format of project files, and ProjectError with every value that TOML does not have.
    """
    ending = path.suffix.lower()
    if ending not in _FORMATS:
        raise UsageError(f"{path}: not a project file; import writes {', '.join(_FORMATS)}")
    if ending == ".toml":
        advice = f"write JSON instead: --out {path.with_suffix('.json')}"
        refuse_what_toml_lacks(project, origin_in(Source(str(path))), advice)
    return _FORMATS[ending](project, schema)


def refuse_what_toml_lacks(project: JsonObject, origin: Origin, advice: str) -> None:
    """Raise ProjectError with every value that TOML does not have, and with the advice what to do instead."""
    findings = [Finding(place, code, f"{message}; {advice}") for place, code, message in _not_in_toml(project)]
    if findings:
        raise ProjectError(origin.problems(findings, project))


# JSON


def _json(project: JsonObject, schema: str) -> str:
    text = json.dumps({"$schema": f"./{schema}", **project}, indent=2, ensure_ascii=False)
    return _escape_surrogates(text) + "\n"


def _escape_surrogates(text: str) -> str:
    """JSON can hold half a surrogate pair, UTF-8 cannot."""
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


# YAML


def _yaml(project: JsonObject, schema: str) -> str:
    head = f"# yaml-language-server: $schema=./{schema}\n"
    return head + yaml.dump(project, Dumper=_YamlDumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)


class _YamlDumper(yaml.SafeDumper):
    """Safe YAML; line ends beyond ASCII are escaped, which PyYAML else writes as they are and reads as spaces."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.search("[\x85\u2028\u2029]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_YamlDumper.add_representer(str, _represent_text)


# TOML


def _toml(project: JsonObject, schema: str) -> str:
    return f"#:schema ./{schema}\n\n{toml_text(project)}"


def toml_text(project: JsonObject) -> str:
    """TOML as a person would lay it out: a line for each field, a section for a field that is too long for one."""
    lines: list[str] = []
    for name, table in project.items():
        if name != "subscriptions":
            lines += ["", f"[{_toml_key(name)}]", *_entries(table)]
    for subscription in project.get("subscriptions", ()):
        own = {key: value for key, value in subscription.items() if key != "mapping"}
        lines += ["", "[[subscriptions]]", *_entries(own)]
        if "mapping" in subscription:
            lines += _mapping_sections(subscription["mapping"])
    return "\n".join(lines[1:]) + "\n"


def _not_in_toml(value: object) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            for place, code, message in (*_not_in_toml(key), *_not_in_toml(item)):
                yield Finding((key, *place), code, message)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for place, code, message in _not_in_toml(item):
                yield Finding((index, *place), code, message)
    elif value is None:
        yield Finding((), "not-in-toml", "TOML has no null")
    elif isinstance(value, str) and _escape_surrogates(value) != value:
        yield Finding((), "not-in-toml", "TOML has no text with half a surrogate pair")


def _mapping_sections(fields: JsonObject) -> Iterator[str]:
    """Short fields first, since a section lasts until the next; their order has no meaning."""
    long = {key: value for key, value in fields.items() if isinstance(value, Mapping) and not _fits(key, value)}
    yield "[subscriptions.mapping]"
    yield from _entries({key: value for key, value in fields.items() if key not in long})
    for key, value in long.items():
        yield from _section(f"subscriptions.mapping.{_toml_key(key)}", value)


def _section(header: str, table: JsonObject) -> Iterator[str]:
    """A long table on lines of its own; one that holds nothing but another gives its place to that."""
    only = next(iter(table.items())) if len(table) == 1 else None
    if only and isinstance(only[1], Mapping) and not _fits(*only):
        yield from _section(f"{header}.{_toml_key(only[0])}", only[1])
    else:
        yield f"[{header}]"
        yield from _entries(table)


def _entries(table: JsonObject) -> Iterator[str]:
    """A line for each entry; a list that is too long for one has a line for each item."""
    for key, value in table.items():
        if isinstance(value, list) and not _fits(key, value):
            yield f"{_toml_key(key)} = ["
            yield from (f"  {_toml_value(item)}," for item in value)
            yield "]"
        else:
            yield _entry(key, value)


def _entry(key: str, value: object) -> str:
    return f"{_toml_key(key)} = {_toml_value(value)}"


def _fits(key: str, value: object) -> bool:
    return len(_entry(key, value)) <= LINE_WIDTH


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_text(key)


def _toml_value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(_entry(key, item) for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    return _toml_text(value) if isinstance(value, str) else json.dumps(value)


def _toml_text(text: str) -> str:
    """Text in TOML: as it is, between single quotes, where that saves a backslash.

    Numbers, booleans and text of JSON are those of TOML, but for U+007F, which TOML wants escaped (TOML 1.0).
    """
    if re.search(r'["\\]', text) and not re.search(r"['\x00-\x1f\x7f]", text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_FORMATS: Mapping[str, Callable[[JsonObject, str], str]] = {
    ".toml": _toml,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
}
