"""The application factory: puts the shop, its hosts, the stand-in and the inspector on one site."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask import Flask, Response, g, render_template, request

import flowplug
from flowplug.resources import resource_dir
from flowplug.standin import Collector

from . import inspector, rudderstack, segment, shop, standin
from .options import Options
from .plugin import FreshPlugin

PROJECT_FILE = Path(__file__).with_name("flowplug.toml")

# The browser itself then sees to it that nothing leaves the machine.
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; base-uri 'none'; object-src 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def create_app(*, sdk_url: str | None = None, key: str | None = None, project_file: Path = PROJECT_FILE) -> Flask:
    """The demo site.

    ``sdk_url`` is the address of the 1Flow SDK; without one the site serves its stand-in. ``key`` takes the
    place of the project file's key. The site's ``extensions["collector"]`` is the stand-in's Collector.
    """
    app = Flask(__name__, static_folder=resource_dir("static") / "demo", static_url_path="/static/demo")
    collector = app.extensions["collector"] = Collector()
    app.register_blueprint(segment.blueprint())
    app.register_blueprint(rudderstack.blueprint())
    app.register_blueprint(standin.blueprint(collector))
    app.register_blueprint(inspector.blueprint(collector))
    app.register_blueprint(shop.blueprint(FreshPlugin(project_file, key), collector, sdk_url))
    app.before_request(_read_options)
    app.after_request(_keep_fresh)
    if sdk_url is None:
        app.after_request(_keep_in)
    app.register_error_handler(404, lambda _: (render_template("not_found.html"), 404))
    app.register_error_handler(segment.NotInstalledError, _host_is_missing)
    app.register_error_handler(flowplug.FlowplugError, _project_has_errors)
    return app


def _read_options() -> None:
    g.options = Options.read(request.args, request.cookies)
    g.nonce = secrets.token_urlsafe(16)


def _keep_fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep_in(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY.format(nonce=g.nonce)
    return response


def _host_is_missing(error: Exception) -> tuple[str, int]:
    return render_template("not_installed.html", host=str(error)), 503


def _project_has_errors(error: Exception) -> tuple[str, int]:
    return render_template("project_errors.html", errors=str(error).splitlines()), 500
