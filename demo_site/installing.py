"""How a host and the plugin come to a page: the elements of its head, for each set-up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from flowplug import Bundle
from flowplug.formats import FORMATS
from flowplug.project import PLUGIN_NAME

from .options import Options, Setup
from .plugin import FORMAT_NAMES

_FORMAT_NAMES: Mapping[Setup, str] = {"module": "module", "rudderstack": "rudderstack"}
"""The formats of the set-ups that have a format other than the script."""

FILES = tuple(file for name in FORMAT_NAMES for file in (FORMATS[name].minified, FORMATS[name].debug))
"""The files that pages load."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The plugin on one page: of which build, served where, and the nonce for scripts inside the page."""

    bundle: Bundle
    options: Options
    nonce: str

    @property
    def is_debug(self) -> bool:
        """Whether the page has the debug build."""
        return self.options.build == "debug"

    @property
    def file(self) -> str:
        """The file that the plugin's code is in."""
        form = FORMATS[_FORMAT_NAMES.get(self.options.setup, "script")]
        return form.debug if self.is_debug else form.minified

    @property
    def address(self) -> str:
        """Where the page gets that file."""
        return url_for("shop.plugin_script", name=self.file, generation=self.options.generation)

    @property
    def title(self) -> str:
        """What a tester reads."""
        fragment = {"inline": "1flow.html", "async": "1flow.async.html"}.get(self.options.setup)
        return f"{fragment} with {self.file}" if fragment and self.is_debug else fragment or self.file

    @property
    def host(self) -> str:
        """What calls the plugin."""
        return "RudderStack" if self.options.setup == "rudderstack" else "Analytics.js"

    @property
    def integration(self) -> str:
        """The name under which a call's options switch the plugin off."""
        return "Custom Device Mode" if self.options.setup == "rudderstack" else PLUGIN_NAME

    @property
    def elements(self) -> list[Markup]:
        """The elements of the head, in order."""
        return [part(self) for part in SETUPS[self.options.setup][1]]


def _file(name: str, kind: str = "text/javascript") -> Callable[[Installation], Markup]:
    def element(_: Installation) -> Markup:
        path = _HOSTS[name]() if name in _HOSTS else url_for("static", filename=name)
        return Markup('<script type="{}" src="{}"></script>').format(kind, path)

    return element


def _plugin(page: Installation) -> Markup:
    return Markup('<script src="{}"></script>').format(page.address)


def _inline(page: Installation) -> Markup:
    """The fragment that `build` writes, or the same with the debug build."""
    fragment = page.bundle["1flow.html"].content.decode()
    if page.is_debug:
        fragment = f"<script>{page.bundle[page.file].content.decode()}</script>"
    return _with_nonce(page, fragment)


def _async(page: Installation) -> Markup:
    """The fragment that `build` writes, or the same for the debug build's file."""
    fragment = page.bundle["1flow.async.html"].content.decode()
    if page.is_debug:
        placeholder = fragment.rstrip().rpartition("\n")[0].replace(FORMATS["script"].minified, page.file)
        element = Markup('<script async src="{}"></script>').format(page.address)
        fragment = f"{placeholder}\n{element}"
    return _with_nonce(page, fragment)


def _import_map(page: Installation) -> Markup:
    """What a bundler does: it finds the module that module.js imports."""
    known = json.dumps({"imports": {"1flow": page.address}})
    return _with_nonce(page, f'<script type="importmap">{known}</script>')


def _with_nonce(page: Installation, fragment: str) -> Markup:
    return Markup(fragment.replace("<script", f'<script nonce="{page.nonce}"'))  # noqa: S704 - flowplug wrote it


_HOSTS: Mapping[str, Callable[[], str]] = {
    "index.js": lambda: url_for("segment.chunk", name="index.js"),
    "sdk.js": lambda: url_for("rudderstack.sdk"),
}
"""Where the hosts' scripts are, by their names."""

_NPM = (_file("index.js"), _file("npm.js"))

SETUPS: Mapping[Setup, tuple[str, tuple[Callable[[Installation], Markup], ...]]] = {
    "inline": ("inline: 1flow.html, snippet", (_inline, _file("snippet.js"))),
    "async": ("async: 1flow.async.html, snippet", (_async, _file("snippet.js"))),
    "module": (
        "module: AnalyticsBrowser.load with oneFlow()",
        (_file("index.js"), _import_map, _file("module.js", "module")),
    ),
    "rudderstack": (
        "rudderstack: plugin, RudderStack from npm",
        (_plugin, _file("sdk.js"), _file("rudderstack.js")),
    ),
    "snippet": ("snippet: snippet, plugin, Analytics.js", (_file("snippet.js"), _plugin)),
    "loaded": ("loaded: plugin after Analytics.js, too late", (_file("snippet.js"), _file("late.js"))),
    "npm": ("npm: AnalyticsBrowser.load, plugin", (*_NPM, _plugin)),
    "first": ("first: plugin, snippet", (_plugin, _file("snippet.js"))),
    "first-npm": ("first-npm: plugin, AnalyticsBrowser.load", (_plugin, *_NPM)),
}
"""What each set-up is called, and what puts it into the head. A new one needs its name in options.py."""
