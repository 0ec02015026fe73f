"""The inspector's server side: what the stand-in received, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from flask import Blueprint, Response, request

from flowplug.standin import Collector, Record

# A browser that has gone is noticed when something is written to it.
_SECONDS_BETWEEN_SIGNS_OF_LIFE = 15.0


def blueprint(collector: Collector) -> Blueprint:
    """``/inspector/records``: GET streams the records after the one numbered ``after``; DELETE clears them."""
    inspector = Blueprint("inspector", __name__)

    @inspector.get("/inspector/records")
    def stream() -> Response:
        after = request.headers.get("Last-Event-ID", request.args.get("after", "0"))
        return Response(_stream(collector, int(after)), mimetype="text/event-stream")

    @inspector.delete("/inspector/records")
    def clear() -> Response:
        collector.clear()
        return Response(status=204)

    return inspector


def _stream(collector: Collector, after: int) -> Iterator[str]:
    """Server-sent events without end."""
    yield ": connected\n\n"
    while True:
        records = collector.wait(after, _SECONDS_BETWEEN_SIGNS_OF_LIFE)
        yield "".join(map(_event, records)) or ": still here\n\n"
        after = max((record.number for record in records), default=after)


def _event(record: Record) -> str:
    return f"id: {record.number}\ndata: {json.dumps(asdict(record))}\n\n"
