"""The demo site: a small shop whose calls can be watched on their way to 1Flow.

``create_app`` makes the Flask application, ``make_server`` the server that it needs, and ``Collector`` is the
1Flow API's stand-in, for tests that put it elsewhere. ``python -m demo_site`` runs all three.
"""

from .app import create_app
from .collector import Collector, Record, Reply, sdk_source
from .server import make_server

__all__ = ["Collector", "Record", "Reply", "create_app", "make_server", "sdk_source"]
