"""The bundle: the files that ship, minified and measured, and writing them so that none is ever half there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import brotli
import minify

from . import javascript
from .errors import OutsideError, Problem
from .plan import compile_project
from .project import Project
from .render import render

READABLE = "1flow.js"
MINIFIED = "1flow.min.js"


@dataclass(frozen=True)
class Asset:
    """One file of a bundle."""

    name: str
    content: bytes

    @property
    def raw_size(self) -> int:
        """Bytes."""
        return len(self.content)

    @cached_property
    def gzip_size(self) -> int:
        """Bytes after gzip at its highest level."""
        return len(gzip.compress(self.content, 9, mtime=0))

    @cached_property
    def brotli_size(self) -> int:
        """Bytes after brotli at its highest quality, as CDNs serve static files."""
        return len(brotli.compress(self.content, quality=11))

    @cached_property
    def integrity(self) -> str:
        """The value of a script element's ``integrity`` attribute (W3C Subresource Integrity, SHA-384)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()


@dataclass(frozen=True)
class Bundle:
    """Everything that one build emits. ``bundle["1flow.min.js"]`` is the file that ships.

    ``warnings`` tell what a subscription does that its author may not expect.
    """

    assets: tuple[Asset, ...]
    warnings: tuple[Problem, ...] = ()

    def __getitem__(self, name: str) -> Asset:
        """The asset of that name. Raises KeyError."""
        for asset in self.assets:
            if asset.name == name:
                return asset
        raise KeyError(name)

    @property
    def script_element(self) -> str:
        """The HTML to paste into a page; ``src`` is where the site serves the file."""
        return (
            f'<script async src="/{MINIFIED}" integrity="{self[MINIFIED].integrity}" '
            'crossorigin="anonymous"></script>'
        )


def build(project: Project) -> Bundle:
    """Compile a project to its bundle. Raises ProjectError with every error found."""
    plan = compile_project(project)
    readable = render(plan)
    sources = {READABLE: readable, MINIFIED: _minified(readable)}
    return Bundle(tuple(Asset(name, text.encode("ascii")) for name, text in sources.items()), plan.warnings)


def _minified(source: str) -> str:
    shielded, literals = javascript.shield(source)
    minify.config({"js-version": 2015})
    minified = minify.string("application/javascript", shielded)
    # The minifier's name for undefined is a property of a number, which engines look up anew each time.
    minified = re.sub(r"(?<![\w$.])0\[0\]", "void 0", minified)
    return javascript.unshield(minified, literals) + "\n"


def write(bundle: Bundle, folder: Path) -> tuple[Path, ...]:
    """Write the assets into a folder, which is made if need be; return their paths.

    Every file is written beside its place first and then renamed, so that no reader sees half of one; if the
    disk refuses, the files that were there are put back. Raises OutsideError then.
    """
    targets = tuple(folder / asset.name for asset in bundle.assets)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".flowplug-", dir=folder) as name:
            staging = Path(name)
            for asset in bundle.assets:
                (staging / asset.name).write_bytes(asset.content)
            _replace_all(targets, staging)
    except OSError as error:
        where = error.filename2 or error.filename or folder
        raise OutsideError(f"{where}: cannot be written: {error.strerror}") from None
    return targets


def _replace_all(targets: tuple[Path, ...], staging: Path) -> None:
    """Put the staged files in their places: all of them, or none."""
    before = {target: target.read_bytes() if target.exists() else None for target in targets}
    try:
        for target in targets:
            os.replace(staging / target.name, target)
    except OSError:
        for target, content in before.items():
            if content is None:
                target.unlink(missing_ok=True)
            elif target.read_bytes() != content:
                (staging / target.name).write_bytes(content)
                os.replace(staging / target.name, target)
        raise
