"""What RudderStack is to a page: its SDK from npm, a source's settings, and a data plane that keeps nothing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, send_from_directory

from .segment import NODE_MODULES, NotInstalledError

DESTINATION_ID = "demoShop"
RUDDERSTACK = NODE_MODULES / "@rudderstack/analytics-js/dist/npm/modern/bundled/umd"
_OFF = {"enabled": False}
_DESTINATION = {
    "id": DESTINATION_ID,
    "name": "1Flow",
    "enabled": True,
    "config": {},
    "destinationDefinition": {"name": "CUSTOM_DEVICE_MODE", "displayName": "Custom Device Mode"},
}
_SOURCE = {
    "id": "demo-shop",
    "name": "Slow Leaf",
    "writeKey": "demo-shop",
    "enabled": True,
    "workspaceId": "demo",
    "config": {"statsCollection": {"errors": _OFF, "metrics": _OFF}},
    "destinations": [_DESTINATION],
}
"""A source, in the shape that the SDK reads (@rudderstack/analytics-js 3.34)."""


def require_rudderstack() -> None:
    """Raises NotInstalledError where RudderStack is not installed."""
    if not (RUDDERSTACK / "index.js").is_file():
        raise NotInstalledError("RudderStack")


def blueprint() -> Blueprint:
    """``/rudderstack/``: the SDK's script, its configuration, and where it sends events to."""
    host = Blueprint("rudderstack", __name__, url_prefix="/rudderstack")

    @host.get("/sdk.js")
    def sdk() -> Response:
        require_rudderstack()
        return send_from_directory(RUDDERSTACK, "index.js")

    @host.get("/sourceConfig/")
    def configuration() -> Response:
        return jsonify({"source": _SOURCE})

    @host.route("/v1/<path:_>", methods=["POST"])
    def data_plane(_: str) -> Response:
        return jsonify({})

    return host
