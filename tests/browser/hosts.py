"""Sites with other hosts than Analytics.js: their real libraries from npm, and the plugin as the docs say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import flowplug
from tests.browser.shop import Shop
from tests.browser.watched import Answer
from tests.support.bundling import bundled
from tests.support.javascript import script
from tests.support.projects import PRESETS

DESTINATION = "2abcDEF"
DATA_PLANE = "https://data.rudderstack.example"

PROJECT: dict[str, Any] = {
    **PRESETS,
    "rudderstack": {"destinationId": DESTINATION},
    "subscriptions": [
        {"name": "All", "partnerAction": "trackEvent", "subscribe": 'type = "track"'},
        {"name": "Users", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'},
        {
            "name": "Pages",
            "partnerAction": "trackEvent",
            "subscribe": 'type = "page"',
            "mapping": {"event_name": {"@template": "Page {{name}}"}},
        },
    ],
}
"""Every track and page becomes an event, every identify a user."""


@dataclass(frozen=True)
class Site:
    """A site with a host.

    On its pages ``analytics`` is the host. ``page`` is JavaScript that calls it for a page named "Cart";
    ``file`` is the script that has the plugin.
    """

    name: str
    page: str
    file: str

    def head(self, options: Mapping[str, Any]) -> str:
        """The scripts of a page, up to its first calls."""
        if self.name == "rudderstack":
            site = script("rudderstack_site", OPTIONS=options)
            return f"<script nonce='abc' src='{self.file}'></script><script nonce='abc'>{site}</script>"
        chosen = f"<script nonce='abc'>window.siteOptions = {json.dumps(options)};</script>"
        return f"{chosen}<script nonce='abc' src='{self.file}'></script>"

    def served(self, project: Mapping[str, Any]) -> Mapping[str, str]:
        """The scripts of the site, by path."""
        text = json.dumps(project)
        if self.name == "rudderstack":
            return {self.file: _rudderstack_plugin(text), "/rudderstack.js": _rudderstack()}
        return {self.file: _analytics_site(text)}

    def open(
        self,
        shop: Shop,
        *,
        calls: str = "",
        project: Mapping[str, Any] = PROJECT,
        options: Mapping[str, Any] | None = None,
        policy: str = "",
        answers: Mapping[str, Answer] = MappingProxyType({}),
        head: str = "",
    ) -> None:
        """Open a page that makes calls at once; ``answers`` are in place of the site's own, by path.

        ``options`` are those of RudderStack's load(), or what is beside the plugins of Analytics(). ``head`` is in
        place of the usual scripts.
        """
        for path, text in self.served(project).items():
            shop.page.route(shop.origin + path, answers.get(path) or answer(text))
        _answer_rudderstack(shop)
        head = head or self.head(options or {})
        first = f"<script nonce='abc'>{calls}</script>" if calls else ""
        headers = {"content-type": "text/html", **({"content-security-policy": policy} if policy else {})}
        body = f"<!doctype html><head>{head}{first}</head>"
        shop.page.route(f"{shop.origin}/site", lambda route: route.fulfill(headers=headers, body=body))
        shop.page.goto(f"{shop.origin}/site", wait_until="commit")


RUDDERSTACK = Site(
    name="rudderstack",
    page='analytics.page("Cart")',
    file="/1flow.rudderstack.min.js",
)

GETANALYTICS = Site(
    name="getanalytics",
    page='analytics.page({name: "Cart"})',
    file="/site.js",
)

SITES = {site.name: site for site in (RUDDERSTACK, GETANALYTICS)}


def answer(text: str) -> Answer:
    """An answer with a script."""
    return lambda route: route.fulfill(content_type="text/javascript", body=text)


def _answer_rudderstack(shop: Shop) -> None:
    """The source's configuration, and a data plane that takes everything."""
    destination = {
        "id": DESTINATION,
        "name": "1Flow",
        "enabled": True,
        "config": {},
        "destinationDefinition": {"name": "CUSTOM_DEVICE_MODE", "displayName": "Custom Device Mode"},
    }
    off = {"enabled": False}
    source = {
        "id": "source",
        "name": "shop",
        "writeKey": "write key",
        "enabled": True,
        "workspaceId": "workspace",
        "config": {"statsCollection": {"errors": off, "metrics": off}},
        "destinations": [destination],
    }
    cors = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
    shop.page.route(
        "https://api.rudderstack.com/**", lambda route: route.fulfill(json={"source": source}, headers=cors)
    )
    shop.page.route(f"{DATA_PLANE}/**", lambda route: route.fulfill(json={}, headers=cors))


@cache
def _rudderstack() -> str:
    return bundled(
        'import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";\n'
        "window.rudderanalytics = new RudderAnalytics();"
    )


@cache
def _rudderstack_plugin(project: str) -> str:
    bundle = flowplug.build(flowplug.load(json.loads(project)), formats=["rudderstack"])
    return bundle["1flow.rudderstack.min.js"].content.decode()


@cache
def _analytics_site(project: str) -> str:
    """With another plugin, which keeps what it is called for in ``others``."""
    bundle = flowplug.build(flowplug.load(json.loads(project)), formats=["getanalytics"])
    module = bundle["1flow.getanalytics.mjs"].content.decode()
    return bundled(f"""
        import Analytics from "analytics";
        {module.replace("export default", "const oneFlow =", 1)};
        window.others = [];
        const keep = ({{ payload }}) => {{
          const {{ type, event, properties, userId }} = payload;
          others.push(type === "identify" ? userId : event || properties.name);
        }};
        const {{ plugin, ...more }} = window.siteOptions;
        window.analytics = Analytics({{
          app: "shop",
          plugins: [
            {{ ...oneFlow({{ nonce: "abc" }}), ...plugin }},
            {{ name: "other", track: keep, identify: keep, page: keep }},
          ],
          ...more,
        }});
    """)
