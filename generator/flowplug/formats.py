"""Formats: what a build writes, for whom. A new one needs its template and its record here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from .errors import Finding, quote, suggest
from .hosts import ANALYTICS, ANALYTICS_JS, RUDDERSTACK, SEGMENT_LOADER, Host
from .resources import resource_dir


class Format(msgspec.Struct, frozen=True):
    """A way in which a page or a host gets the plugin: one template, and the names of the files made of it.

    ``install`` is what the report of a build says to do with the files: lines in which ``{folder}`` is the folder
    that they are in, with a slash, ``{public_path}`` is where that is served, and ``{policy[NAME]}`` is what a
    Content-Security-Policy needs to allow the script inside a fragment.
    """

    template: Path
    readable: str
    minified: str
    debug: str
    install: str
    fragments: Mapping[str, str] = msgspec.field(default_factory=dict)
    """HTML files for pages to contain: the text of each, which begins with its script element.

    ``{plugin}`` is the minified plugin, ``{placeholder}`` the minified placeholder, and ``{element}`` the element
    that loads the minified plugin from where it is served.
    """
    settings: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Files of settings for the host, in JSON: the text of each.

    ``{name}`` is the plugin's name, and ``{address}`` the address at which the minified plugin is served.
    """
    placeholder: Path | None = None
    """The template of what stands in the page for a plugin that comes later."""
    types: Mapping[str, Path] = msgspec.field(default_factory=dict)
    """Files of TypeScript's declarations: the template of each."""
    host: Host = ANALYTICS_JS
    """Who hands events to the plugin."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files that a build can write in this format."""
        return (self.readable, self.minified, *self.fragments, *self.settings, *self.types, self.debug)


_TEMPLATES = resource_dir("templates") / "formats"

SCRIPT = Format(
    template=_TEMPLATES / "script.js.jinja",
    readable="1flow.js",
    minified="1flow.min.js",
    debug="1flow.debug.js",
    install="""\
Paste the contents of {folder}1flow.html into the page, before the Segment snippet.
Under a Content-Security-Policy, put a nonce on its element, or this into script-src:
  {policy[1flow.html]}

Or, to keep the page's HTML small, paste {folder}1flow.async.html instead,
and serve 1flow.min.js as {public_path}1flow.min.js (--public-path changes this).
  {policy[1flow.async.html]}""",
    # A script inside the page races no other: it has run before any request of Analytics.js is answered.
    fragments={
        "1flow.html": "<script>{plugin}</script>\n",
        "1flow.async.html": "<script>{placeholder}</script>\n{element}\n",
    },
    placeholder=_TEMPLATES / "placeholder.js.jinja",
)
"""A script for a page with Analytics.js, whatever the name of its global is."""

_MODULE = Format(
    template=_TEMPLATES / "module.js.jinja",
    readable="1flow.mjs",
    minified="1flow.min.mjs",
    debug="1flow.debug.mjs",
    install="""\
Import {folder}1flow.mjs where your site loads Analytics.js, and add the plugin there:
  import oneFlow from "./1flow.mjs";
  AnalyticsBrowser.load({{ writeKey, plugins: [oneFlow()] }});""",
    # TypeScript looks for the second where an import names 1flow.mjs, for the first where it has no ending.
    types=dict.fromkeys(("1flow.d.ts", "1flow.d.mts"), _TEMPLATES / "module.d.ts.jinja"),
)
"""A module for a site that has Analytics.js from npm: a function that makes the plugin."""

_REMOTE = Format(
    template=_TEMPLATES / "remote.js.jinja",
    readable="1flow.remote.js",
    minified="1flow.remote.min.js",
    debug="1flow.remote.debug.js",
    install="""\
Serve 1flow.remote.min.js as {public_path}1flow.remote.min.js (--public-path changes this),
and add the entry in {folder}1flow.remote.json to remotePlugins of the settings that Analytics.js gets from
Segment, on your proxy or with updateCDNSettings; docs/install.md has an example.""",
    settings={
        "1flow.remote.json": """\
{{
  "name": {name},
  "creationName": {name},
  "libraryName": "oneFlowDestination",
  "url": {address},
  "settings": {{}}
}}
"""
    },
    host=SEGMENT_LOADER,
)
"""A script for the loader that Segment's own destinations come by, and the entry that its settings need."""

_RUDDERSTACK = Format(
    template=_TEMPLATES / "rudderstack.js.jinja",
    readable="1flow.rudderstack.js",
    minified="1flow.rudderstack.min.js",
    debug="1flow.rudderstack.debug.js",
    install="""\
Serve 1flow.rudderstack.min.js as {public_path}1flow.rudderstack.min.js,
and put this before the RudderStack snippet, without async or defer:
  <script src="{public_path}1flow.rudderstack.min.js"></script>""",
    host=RUDDERSTACK,
)
"""A script for a page with RudderStack."""

_GETANALYTICS = Format(
    template=_TEMPLATES / "getanalytics.js.jinja",
    readable="1flow.getanalytics.mjs",
    minified="1flow.getanalytics.min.mjs",
    debug="1flow.getanalytics.debug.mjs",
    install="""\
Import {folder}1flow.getanalytics.mjs where your site calls Analytics(), and add the plugin there:
  import oneFlow from "./1flow.getanalytics.mjs";
  Analytics({{ app, plugins: [oneFlow()] }});""",
    types=dict.fromkeys(
        ("1flow.getanalytics.d.ts", "1flow.getanalytics.d.mts"), _TEMPLATES / "getanalytics.d.ts.jinja"
    ),
    host=ANALYTICS,
)
"""A module for a site that has the package ``analytics`` from npm (getanalytics.io)."""

FORMATS: Mapping[str, Format] = {
    "script": SCRIPT,
    "module": _MODULE,
    "remote": _REMOTE,
    "rudderstack": _RUDDERSTACK,
    "getanalytics": _GETANALYTICS,
}


def format_findings(names: Sequence[str | None]) -> Iterator[Finding]:
    """What is wrong with a choice of formats; None stands for what is no text."""
    if not names:
        yield Finding((), "empty", 'names no format; choose at least one, such as "script"')
    writers: dict[str, str] = {}
    for index, name in enumerate(names):
        if name is None:
            continue
        if name not in FORMATS:
            known = ", ".join(map(quote, FORMATS))
            message = f"{quote(name)} is not a format; choose from {known}{suggest(name, FORMATS)}"
            yield Finding((index,), "unknown-value", message)
        elif name in names[:index]:
            yield Finding((index,), "duplicate-name", f"{quote(name)} is named twice; remove one of the two")
        else:
            for file in FORMATS[name].files:
                other = writers.setdefault(file, name)
                if other != name:
                    message = f"{quote(name)} and {quote(other)} both write {file}; build them separately"
                    yield Finding((index,), "conflicting-options", message)
                    break
