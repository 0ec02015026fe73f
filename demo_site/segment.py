"""What Segment's CDN is to a page: the real Analytics.js, from npm, and a source's settings."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify, send_from_directory

WRITE_KEY = "demo-shop"
NODE_MODULES = Path(__file__).parent.parent / "node_modules"
ANALYTICS_JS = NODE_MODULES / "@segment/analytics-next/dist/umd"


class NotInstalledError(Exception):
    """A page's host has not been installed from npm; the message is the host's name."""


def require_analytics_js() -> None:
    """Raises NotInstalledError where Analytics.js is not installed."""
    if not (ANALYTICS_JS / "standalone.js").is_file():
        raise NotInstalledError("Analytics.js")


def blueprint() -> Blueprint:
    """The CDN's paths, as Analytics.js builds them."""
    cdn = Blueprint("segment", __name__)

    @cdn.get("/analytics.js/v1/<write_key>/analytics.min.js")
    def analytics_js(write_key: str) -> Response:
        require_analytics_js()
        return send_from_directory(ANALYTICS_JS, "standalone.js")

    @cdn.get("/analytics-next/bundles/<name>")
    def chunk(name: str) -> Response:
        require_analytics_js()
        return send_from_directory(ANALYTICS_JS, name)

    @cdn.get("/v1/projects/<write_key>/settings")
    def settings(write_key: str) -> Response:
        # Analytics.js reports on itself to Segment, unless the settings say that no call is sampled.
        return jsonify({"integrations": {}, "metrics": {"sampleRate": 0}})

    return cdn
