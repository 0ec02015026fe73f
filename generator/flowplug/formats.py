"""Formats: what a build writes, for whom. A new one needs its template and its record here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .resources import resource_dir


@dataclass(frozen=True, slots=True)
class Format:
    """A way in which a page or a host gets the plugin: one template, and the names of the files made of it."""

    template: Path
    readable: str
    minified: str
    debug: str
    fragments: Mapping[str, str] = field(default_factory=dict)
    """HTML files for pages to contain: the text of each, with ``{plugin}`` for the minified plugin."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files that a build can write in this format."""
        return (self.readable, self.minified, *self.fragments, self.debug)


SCRIPT = Format(
    template=resource_dir("templates") / "formats" / "script.js.jinja",
    readable="1flow.js",
    minified="1flow.min.js",
    debug="1flow.debug.js",
    # A script inside the page races no other: it has run before any request of Analytics.js is answered.
    fragments={"1flow.html": "<script>{plugin}</script>\n"},
)
"""A script for a page with Analytics.js, whatever the name of its global is."""

FORMATS: Mapping[str, Format] = {"script": SCRIPT}
