"""The shop's pages, and the plugin that they load."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, make_response, render_template, url_for

from flowplug import bundle

from .catalogue import CATALOGUE, Tea
from .collector import Collector
from .options import CHOICES, Options, Setup
from .plugin import FreshPlugin
from .segment import WRITE_KEY, require_analytics_js
from .standin import SDK_PATH

_PLUGIN = "the plugin"
_SETUPS: Mapping[Setup, tuple[str, ...]] = {
    "snippet": ("snippet.js", _PLUGIN),
    "loaded": ("snippet.js", "late.js"),
    "npm": ("index.js", "npm.js", _PLUGIN),
    "first": (_PLUGIN, "snippet.js"),
    "first-npm": (_PLUGIN, "index.js", "npm.js"),
}


def blueprint(plugin: FreshPlugin, collector: Collector, sdk_url: str | None) -> Blueprint:
    """The pages, with the SDK at ``sdk_url`` or the stand-in's, in the generation that the options name.

    With the stand-in they have the debug build of the plugin, so that the inspector sees its steps; with another
    SDK the file that ships.
    """
    shop = Blueprint("shop", __name__)
    plugin_file = bundle.DEBUG if sdk_url is None else bundle.MINIFIED
    teas = {tea.slug: tea for tea in CATALOGUE}

    def sdk_address(options: Options) -> str:
        return sdk_url or f"{SDK_PATH}?generation={options.generation}"

    def page(template: str, name: str, properties: Mapping[str, object], **context: object) -> Response:
        """One page; ``name`` and ``properties`` are those of its ``analytics.page()`` call."""
        require_analytics_js()
        options: Options = g.options
        # The SDK on this page asks for its configuration in a moment, and may not ask again.
        collector.session_capture = options.capture == "on"
        plugin_url = url_for("shop.plugin_script", name=plugin_file, generation=options.generation)
        response = make_response(
            render_template(
                template,
                page={"name": name, "properties": properties},
                scripts=[_script_url(script, plugin_url) for script in _SETUPS[options.setup]],
                plugin_url=plugin_url,
                write_key=WRITE_KEY,
                key=plugin.get(sdk_address(options)).project.settings.project_api_key,
                stand_in=sdk_url is None,
                sdk_address=sdk_address(options),
                last_record=max((record.number for record in collector.records), default=0),
                options=options,
                choices=CHOICES,
                **context,
            )
        )
        options.remember(response)
        return response

    @shop.get(f"/plugin/<any({bundle.MINIFIED!r}, {bundle.DEBUG!r}):name>")
    def plugin_script(name: str) -> Response:
        asset = plugin.get(sdk_address(g.options)).bundle[name]
        return Response(asset.content, mimetype="text/javascript")

    @shop.get("/")
    def home() -> Response:
        return page("home.html", "Home", {}, teas=CATALOGUE)

    @shop.get("/products/<slug>")
    def product(slug: str) -> Response:
        tea = teas.get(slug) or abort(404)
        return page("product.html", "Product", _facts(tea), tea=tea)

    @shop.get("/cart")
    def cart() -> Response:
        return page("cart.html", "Cart", {})

    @shop.get("/account")
    def account() -> Response:
        return page("account.html", "Account", {})

    return shop


def _script_url(name: str, plugin_url: str) -> str:
    if name == _PLUGIN:
        return plugin_url
    if name == "index.js":
        return url_for("segment.chunk", name=name)
    return url_for("static", filename=name)


def _facts(tea: Tea) -> Mapping[str, object]:
    """A tea as Segment's commerce events describe a product; the price in dollars."""
    return {
        "product_id": tea.slug,
        "name": tea.name,
        "category": tea.kind,
        "price": tea.price / 100,
        "currency": "USD",
    }
