"""The JSON Schema of the project file, for editors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from .project import ProjectFile

TITLE = "flowplug project"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the project file."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(ProjectFile)))
    definitions = plain["$defs"]
    body = head | plain | _completeness(definitions)
    return body | {"$comment": _schema_mark(body)}


def _completeness(definitions: dict[str, Any]) -> dict[str, Any]:
    """What a file that is a whole project must have; it is taken out of the definitions, which fit parts too."""
    project = definitions["ProjectFile"]
    tables: dict[str, Any] = {}
    for name, field in project["properties"].items():
        for kind in (field, *field.get("anyOf", ())):
            if needed := _taken_out(definitions, kind):
                tables[name] = {"required": needed}
        if needed := _taken_out(definitions, field.get("items", {})):
            tables[name] = {"items": {"required": needed}}
    definitions["Subscription"]["required"] = ["name"]  # by which overlays find it
    whole = {"required": project.pop("required"), "properties": tables}
    del definitions["Project"]["required"]
    return {"if": {"anyOf": [{"required": ["extends"]}, {"required": ["env"]}]}, "then": {}, "else": whole}


def _taken_out(definitions: dict[str, Any], kind: Mapping[str, Any]) -> list[str]:
    """The keys that a table needs, which its definition then no longer asks for; of other types none."""
    name = kind.get("$ref", "").rpartition("/")[2]
    needed: list[str] = definitions.get(name, {}).pop("required", [])
    return needed


def is_written_schema(document: object) -> bool:
    """Whether a JSON document is a schema just as some release of flowplug wrote it."""
    if not isinstance(document, dict):
        return False
    mark = document.get("$comment")
    return bool(mark == _schema_mark({key: value for key, value in document.items() if key != "$comment"}))


def _schema_mark(body: Mapping[str, Any]) -> str:
    """A remark that is right only as long as nobody changes the schema."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return f"Written by flowplug, which overwrites this file as long as it is unchanged: sha256 {digest}"
