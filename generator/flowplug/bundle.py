"""The bundle: the files that ship, minified and measured, and writing them so that none is ever half there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import brotli

from .errors import Finding, Problem, ProjectError
from .files import Written, write_all
from .formats import FORMATS, SCRIPT, Format
from .minify import TooDeepError, minified
from .plan import Plan, compile_project
from .project import Project
from .reading import origin_of
from .render import render

READABLE = SCRIPT.readable
MINIFIED = SCRIPT.minified
DEBUG = SCRIPT.debug
FRAGMENT = next(iter(SCRIPT.fragments))

_BANNER = re.compile(rb"(<script[^>]*>\s*)?/\*! flowplug [0-9]+\.[0-9A-Za-z.+]+ \*/")
"""What every asset begins with, whatever the version (PEP 440)."""


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

    def script_element(self, public_path: str = "/") -> str:
        """The HTML that loads ``1flow.min.js`` from ``public_path``, which ends with a slash.

        It is not ``async``: the page waits for it, and so the plugin is there before an Analytics.js that comes
        after it. A script that comes later misses the page's first calls.
        """
        return (
            f'<script src="{html.escape(public_path + MINIFIED)}" integrity="{self[MINIFIED].integrity}" '
            'crossorigin="anonymous"></script>'
        )


def build(project: Project, *, debug: bool = False) -> Bundle:
    """Compile a project to its bundle. Raises ProjectError with every error found.

    The bundle has ``1flow.js`` to read, ``1flow.min.js`` to serve, and ``1flow.html`` to paste into a page: that
    plugin inside a ``<script>`` element.

    With ``debug`` the bundle has ``1flow.debug.js`` too: the readable plugin, which also tells each of its steps
    with ``console.debug`` and with a DOM event ``flowplug`` on the document, whose ``detail`` has the ``step``.
    """
    plan = compile_project(project)
    try:
        assets = [asset for form in FORMATS.values() for asset in _assets(plan, form, debug=debug)]
    except TooDeepError as error:
        message = f"the plugin cannot be minified ({error}); make triggers and mappings simpler"
        raise ProjectError(origin_of(project).problems([Finding((), "too-deep", message)], None)) from None
    return Bundle(tuple(assets), plan.warnings)


def _assets(plan: Plan, form: Format, *, debug: bool) -> Iterator[Asset]:
    readable = render(plan, form)
    try:
        shipped = minified(readable)
    except TooDeepError:  # Not balanced from the start: each parenthesis in a sum of texts is two bytes more.
        shipped = minified(render(plan, form, balanced=True))
    yield Asset(form.readable, readable.encode("ascii"))
    yield Asset(form.minified, shipped.encode("ascii"))
    for name, text in form.fragments.items():
        yield Asset(name, text.format(plugin=shipped.strip()).encode("ascii"))
    if debug:
        yield Asset(form.debug, render(plan, form, debug=True).encode("ascii"))


def write(bundle: Bundle, folder: Path) -> Written:
    """Write the assets into a folder, and remove those of an earlier build that this one lacks: all or nothing.

    Raises OutsideError.
    """
    return write_all(folder, {asset.name: asset.content for asset in bundle.assets}, obsolete=_is_asset)


def _is_asset(path: Path) -> bool:
    """Whether a build wrote this file: both its name and its beginning are those of an asset.

    The name alone could be a file of the user's own, and the beginning alone a copy that the user keeps. This
    needs no list beside the files, and so finds what earlier releases wrote too.
    """
    if not any(path.name in form.files for form in FORMATS.values()):
        return False
    with path.open("rb") as file:
        return bool(_BANNER.match(file.read(300)))
