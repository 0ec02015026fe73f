"""The bundle: the files that ship, minified and measured, and writing them so that none is ever half there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import brotli
import msgspec

from . import reading
from .addresses import SERVED_FOLDER, served_folder
from .errors import Finding, Problem, ProjectError, UsageError, quote
from .files import Written, write_all
from .formats import FORMATS, SCRIPT, Format
from .minify import TooDeepError, minified
from .plan import Plan, compile_project
from .project import PLUGIN_NAME, Project
from .render import render

MINIFIED = SCRIPT.minified

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
"""The script that is inside a fragment."""

_BANNER = re.compile(
    rb"(<script[^>]*>\s*|export default )?/\*! flowplug [0-9]+\.[0-9A-Za-z.+]+( [0-9a-f]{8})? \*/"
    rb'|\{\s*"name": "%b",\s*"creationName"' % re.escape(PLUGIN_NAME.encode())
)
"""What every asset begins with, whatever the version (PEP 440); JSON has no comments."""


_HTML = re.compile(r"<!--|</?script", re.IGNORECASE)
"""What would change where a script ends that is inside a page (HTML, script data states)."""


class Asset(msgspec.Struct, frozen=True, dict=True):
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

    @cached_property
    def policy(self) -> str | None:
        """What allows the script inside a fragment, in a policy's ``script-src``; None for other files.

        It is a ``hash-source`` of W3C Content Security Policy 3: ``'sha256-…'``, with its quotes.
        """
        inline = _INLINE.match(self.content)
        return inline and f"'sha256-{base64.b64encode(hashlib.sha256(inline[1]).digest()).decode()}'"


class Bundle(msgspec.Struct, frozen=True):
    """Everything that one build emits. ``bundle["1flow.min.js"]`` is the file that ships.

    ``formats`` are the names of its formats. ``warnings`` tell what a subscription does that its author may not
    expect. ``digest`` is what banners and ``stats().build`` say: eight hexadecimal digits, which are the same for
    the same project, whatever its API key is.
    """

    assets: tuple[Asset, ...]
    formats: tuple[str, ...]
    warnings: tuple[Problem, ...] = ()
    digest: str = ""

    def __getitem__(self, name: str) -> Asset:
        """The asset of that name. Raises KeyError."""
        for asset in self.assets:
            if asset.name == name:
                return asset
        raise KeyError(name)


def build(
    project: Project, *, formats: Iterable[str] | None = None, public_path: str = "/", debug: bool = False
) -> Bundle:
    """Compile a project to its bundle. Raises ProjectError with every error found.

    ``formats`` are names of :data:`~flowplug.formats.FORMATS`, in place of the project's own choice.
    ``public_path`` is where the files will be served: a path that begins with a slash, or an ``https`` address.
    For formats or a path that cannot be, UsageError is raised.

    In the format ``script``, which every project has unless it says otherwise, the bundle has ``1flow.js`` to
    read, ``1flow.min.js`` to serve, and two fragments to paste into a page. ``1flow.html`` has the whole plugin
    inside a ``<script>`` element; ``1flow.async.html`` has a placeholder, and the element that loads the plugin
    from ``public_path``.

    With ``debug`` the bundle has ``1flow.debug.js`` too: the readable plugin, which also logs each step
    with ``console.debug`` and with a DOM event ``flowplug`` on the document, whose ``detail`` has the ``step``.
    """
    folder = served_folder(public_path)
    if folder is None:
        raise UsageError(f"public path {quote(public_path)}: {SERVED_FOLDER}")
    plan = compile_project(project if formats is None else reading.with_formats(project, formats))
    try:
        assets = [asset for name in plan.formats for asset in _assets(plan, FORMATS[name], folder, debug=debug)]
    except TooDeepError as error:
        message = f"the plugin cannot be minified ({error}); make triggers and mappings simpler"
        raise ProjectError(reading.origin_of(project).problems([Finding((), "too-deep", message)], None)) from None
    return Bundle(tuple(assets), plan.formats, plan.warnings, plan.digest)


def _assets(plan: Plan, form: Format, folder: str, *, debug: bool) -> Iterator[Asset]:
    readable = render(plan, form.template, form.host)
    try:
        text = minified(readable)
    except TooDeepError:  # Not balanced from the start: each parenthesis in a sum of texts is two bytes more.
        text = minified(render(plan, form.template, form.host, balanced=True))
    shipped = Asset(form.minified, text.encode("ascii"))
    for script in (readable, text):
        _check_harmless(script)
    yield Asset(form.readable, readable.encode("ascii"))
    yield shipped
    parts = {"plugin": shipped.content.decode("ascii").strip(), "element": _element(shipped, folder)}
    if form.placeholder:
        parts["placeholder"] = minified(render(plan, form.placeholder, form.host)).strip()
        _check_harmless(parts["placeholder"])
    for name, text in form.fragments.items():
        yield Asset(name, text.format(**parts).encode("ascii", "xmlcharrefreplace"))
    for name, text in form.settings.items():
        values = {"name": json.dumps(PLUGIN_NAME), "address": json.dumps(folder + shipped.name)}
        yield Asset(name, text.format(**values).encode("ascii"))
    for name, template in form.types.items():
        yield Asset(name, render(plan, template, form.host).encode("ascii"))
    if debug:
        yield Asset(form.debug, render(plan, form.template, form.host, debug=True).encode("ascii"))


def _check_harmless(script: str) -> None:
    """Raises ValueError for a script that HTML could not hold; the writer of literals lets none through."""
    if found := _HTML.search(script):
        raise ValueError(f"the emitted script holds {found.group()!r}")


def _element(script: Asset, folder: str) -> str:
    """The HTML that loads a script while the page goes on."""
    address = html.escape(folder + script.name)
    return f'<script async src="{address}" integrity="{script.integrity}" crossorigin="anonymous"></script>'


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
