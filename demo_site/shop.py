"""The shop's pages, and the plugin that they load."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, make_response, render_template

from flowplug.standin import Collector

from .catalogue import CATALOGUE, Tea
from .installing import FILES, SETUPS, Installation
from .options import CHOICES, Options
from .plugin import SERVED_AT, FreshPlugin
from .rudderstack import require_rudderstack
from .segment import WRITE_KEY, require_analytics_js
from .standin import SDK_PATH


def blueprint(plugin: FreshPlugin, collector: Collector, sdk_url: str | None) -> Blueprint:
    """The pages, with the SDK at ``sdk_url`` or the stand-in's, in the generation that the options name."""
    shop = Blueprint("shop", __name__)
    teas = {tea.slug: tea for tea in CATALOGUE}

    def sdk_address(options: Options) -> str:
        return sdk_url or f"{SDK_PATH}?generation={options.generation}"

    def page(template: str, name: str, properties: Mapping[str, object], **context: object) -> Response:
        """One page; ``name`` and ``properties`` are those of its ``analytics.page()`` call."""
        options: Options = g.options
        (require_rudderstack if options.setup == "rudderstack" else require_analytics_js)()
        # The SDK on this page asks for its configuration in a moment, and may not ask again.
        collector.session_capture = options.capture == "on"
        built = plugin.get(sdk_address(options))
        installed = Installation(built.bundle, options, g.nonce)
        response = make_response(
            render_template(
                template,
                page={"name": name, "properties": properties},
                installed=installed,
                write_key=WRITE_KEY,
                key=built.project.settings.project_api_key,
                stand_in=sdk_url is None,
                sdk_address=sdk_address(options),
                last_record=max((record.number for record in collector.records), default=0),
                options=options,
                choices=CHOICES,
                setups={name: title for name, (title, _) in SETUPS.items()},
                **context,
            )
        )
        options.remember(response)
        return response

    @shop.get(f"{SERVED_AT}<any({', '.join(map(repr, FILES))}):name>")
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


def _facts(tea: Tea) -> Mapping[str, object]:
    """A tea as Segment's commerce events describe a product; the price in dollars."""
    return {
        "product_id": tea.slug,
        "name": tea.name,
        "category": tea.kind,
        "price": tea.price / 100,
        "currency": "USD",
    }
