"""A server of this machine, for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from demo_site import make_server


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Serves an application at 127.0.0.1, and gives the port."""
    server = make_server(app, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
