"""Writing a project file, and the schema beside it."""

from __future__ import annotations

import json
from pathlib import Path

from .. import files
from ..errors import UsageError
from ..schema import is_written_schema, schema

SCHEMA_FILE = "flowplug.schema.json"


def write_project(path: Path, text: str, *, force: bool) -> Path:
    """Write a project file and the schema beside it, both or none; return the path of the schema.

    Raises UsageError where one of them exists, unless ``force`` is given or it is an earlier schema of ours, and
    OutsideError where the disk refuses.
    """
    schema_path = path.with_name(SCHEMA_FILE)
    for target in (path, schema_path):
        if not force and target.exists() and not (target == schema_path and _is_our_schema(target)):
            raise UsageError(f"{target} already exists; use --force to overwrite it")
    files.write_all(path.parent, {path.name: text.encode(), SCHEMA_FILE: schema_text().encode()})
    return schema_path


def schema_text() -> str:
    """The JSON Schema of the project file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _is_our_schema(path: Path) -> bool:
    try:
        return path.is_file() and is_written_schema(json.loads(path.read_bytes()))
    except (ValueError, RecursionError):
        return False
