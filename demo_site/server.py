"""The HTTP server of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler
from werkzeug.serving import make_server as make_wsgi_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _RequestHandler(WSGIRequestHandler):
    """Passes on the SDK's header ``one_flow_key``: Werkzeug drops every header with an underscore."""

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), "HTTP_ONE_FLOW_KEY": self.headers.get("one_flow_key", "")}


def make_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """A threaded server for the application, already listening; call its ``serve_forever``.

    With port 0 it takes a free one, which is then its ``server_port``.
    """
    return make_wsgi_server(host, port, app, threaded=True, request_handler=_RequestHandler)
