"""Segment's CDN and API, answered for a page with Analytics.js and no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .network import Answer

_PACKAGE = Path("node_modules/@segment/analytics-next/dist/umd")
_JSON = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {**_JSON, "Access-Control-Allow-Headers": "*", "Access-Control-Allow-Methods": "*"}
_SCRIPT = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}


class Segment:
    """The addresses that Analytics.js asks for, as its package ``@segment/analytics-next`` builds them.

    The settings have the shape of Segment's; Analytics.js itself comes from the ``node_modules`` of the ``folder``
    or of one above it, where the site has it from npm.
    """

    pattern = re.compile(r"https://(?:cdn\.segment\.com|api\.segment\.io)/")

    def __init__(
        self, write_key: str, settings: Mapping[str, Any], folder: Path, note: Callable[[str], None]
    ) -> None:
        self._write_key = write_key
        self._settings = settings_of(write_key) | dict(settings)
        self._folder = folder
        self._note = note

    def answer(self, method: str, url: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        """The answer to one request."""
        parts = urlsplit(url)
        if method == "OPTIONS":
            return Answer(204, b"", _PREFLIGHT)
        if parts.netloc == "api.segment.io":
            return Answer(200, b'{"success": true}', _JSON)
        if re.fullmatch(r"/v1/projects/[^/]+/settings", parts.path):
            return self._settings_for(parts.path.split("/")[3])
        if parts.path.endswith("/analytics.min.js"):
            return self._script("standalone.js")
        if parts.path.startswith("/analytics-next/bundles/"):
            return self._script(parts.path.rpartition("/")[2])
        return Answer(404, b"not an address that Analytics.js asks for", _SCRIPT)

    def _settings_for(self, write_key: str) -> Answer:
        if write_key == self._write_key:
            return Answer(200, json.dumps(self._settings).encode(), _JSON)
        self._note(f'the page uses the write key "{write_key}", but the test answers "{self._write_key}"')
        return Answer(404, b"{}", _JSON)

    def _script(self, name: str) -> Answer:
        for folder in (self._folder, *self._folder.parents):
            file = folder / _PACKAGE / name
            if file.is_file():
                return Answer(200, file.read_bytes(), _SCRIPT)
        self._note(
            "the page asked for Analytics.js, which is not in node_modules: npm install @segment/analytics-next"
        )
        return Answer(404, b"", _SCRIPT)


def settings_of(write_key: str) -> dict[str, Any]:
    """A source's settings, with no destination but Segment's own, and no reports of Analytics.js on itself."""
    return {
        "integrations": {"Segment.io": {"apiKey": write_key, "versionSettings": {"version": "4.4.7"}}},
        "plan": {"track": {"__default": {"enabled": True}}, "identify": {"__default": {"enabled": True}}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }
