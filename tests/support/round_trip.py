"""A project written to a file and loaded from it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

import flowplug
from flowplug.writing import format_project

SCHEMA = "flowplug.schema.json"


def written_and_loaded(project: Mapping[str, Any], path: Path) -> str:
    """The project that is loaded from the file that was written, as :func:`exact` text."""
    path.write_text(format_project(project, path, SCHEMA), encoding="utf-8")
    return exact(flowplug.load(path))


def exact(project: flowplug.Project) -> str:
    """JSON text, in which 1, 1.0 and true differ, and so do 0.0 and -0.0; the order of keys has no meaning."""
    return json.dumps({**msgspec.to_builtins(project), "$schema": ""}, sort_keys=True)
