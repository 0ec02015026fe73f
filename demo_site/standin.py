"""The stand-in's place on the demo site: the SDK's script, and its API under the same path."""

from __future__ import annotations

from flask import Blueprint, Response, request

from flowplug.standin import GENERATIONS, Collector, sdk_source

SDK_PATH = "/1flow/js/1flow.js"


def blueprint(collector: Collector) -> Blueprint:
    """The SDK in the generation that the query asks for, the first one where it asks for none."""
    standin = Blueprint("standin", __name__)

    @standin.get(SDK_PATH)
    def sdk() -> Response:
        wanted = request.args.get("generation")
        generation = next((known for known in GENERATIONS if known == wanted), GENERATIONS[0])
        return Response(sdk_source(generation), mimetype="text/javascript")

    @standin.route("/1flow/v1/<path:_>", methods=["GET", "POST", "OPTIONS"])
    def api(_: str) -> Response:
        headers = {name.replace("-", "_"): value for name, value in request.headers.items()}
        reply = collector.handle(request.method, request.url, headers, request.get_data())
        return Response(reply.body, reply.status, reply.headers)

    return standin
