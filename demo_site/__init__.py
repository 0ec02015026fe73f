"""The demo site: a small shop whose calls can be watched on their way to 1Flow.

``create_app`` makes the Flask application, ``make_server`` its server. ``python -m demo_site`` runs both.
"""

from .app import create_app
from .server import make_server

__all__ = ["create_app", "make_server"]
