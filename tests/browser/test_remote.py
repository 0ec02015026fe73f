"""Fetched by Segment's own loader, the plugin takes part in all that Analytics.js does for a remote plugin.

The situations that it shares with other ways of installing are in test_proof.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Route

import flowplug
from tests.browser.shop import Shop
from tests.browser.test_install import NPM, SNIPPET
from tests.browser.watched import NAME, SDK_ADDRESS, Arrival, Event, User
from tests.support.bundling import bundled
from tests.support.javascript import script
from tests.support.projects import KEY, PRESETS, with_subscriptions

# The code of the plugin's life is that of the other formats, which have tests with both generations of the SDK.
pytestmark = pytest.mark.parametrize("generation", ["commands"], indirect=True)

TRACK, IDENTIFY = f"{NAME} trackEvent", f"{NAME} identifyUser"

CDN = "https://cdn.shop.example/js/"
PLUGIN_ADDRESS = f"{CDN}1flow.remote.min.js"
# What Analytics.js makes of the folder's name with the option `obfuscate`.
OBFUSCATED = PLUGIN_ADDRESS.replace("/js/", "/anM/")

LOAD = "AnalyticsNext.AnalyticsBrowser.load({writeKey: 'demo', cdnURL: location.origin}, %s)"
OPTIONS: dict[str, Any] = {"integrations": {"Segment.io": False}}
SETTINGS: dict[str, Any] = {"integrations": {}, "metrics": {"sampleRate": 0}}

# Another destination, to see what Analytics.js sends meanwhile.
OTHER = """<script>
  window.others = [];
  const keep = ctx => { others.push(ctx.event.event || ctx.event.type); return ctx; };
  analytics.register({
    name: "Other", type: "destination", version: "1", isLoaded: () => true, load: () => Promise.resolve(),
    track: keep, identify: keep, page: keep,
  });
</script>"""
CALLS = """<script>
  analytics.page("Home");
  analytics.track("A", {n: 1});
  analytics.identify("u1", {plan: "pro"});
  analytics.track("B");
</script>"""
# Analytics.js itself hands on by method what it has kept.
FIRST: list[Arrival] = [Event("A", {"n": 1}), Event("B"), User("u1", {"plan": "pro"})]

NETWORK = "Failed to load resource"
END = "await analytics.track('End');"
ENDED = Event("End")

PAGES: list[dict[str, Any]] = [
    {"name": "All", "subscribe": 'type = "track"'},
    {"name": "Pages", "subscribe": 'type = "page"', "mapping": {"event_name": {"@template": "Page {{name}}"}}},
    {"name": "Users", "partnerAction": "identifyUser", "subscribe": 'type = "identify" or type = "page"'},
]


class Remote:
    """A site whose settings at Segment list the plugin, and a CDN that has its script."""

    def __init__(self, shop: Shop, project: dict[str, Any] = PRESETS, *, public_path: str = CDN) -> None:
        self.shop = shop
        bundle = flowplug.build(flowplug.load(project), formats=["remote"], public_path=public_path)
        self.source = bundle["1flow.remote.min.js"].content
        self.entry: dict[str, Any] = json.loads(bundle["1flow.remote.json"].content)
        self.requests: list[str] = []
        shop.page.on("request", lambda request: self.requests.append(request.url))
        shop.page.route("**/1flow.remote.min.js", self.serve)

    def serve(self, route: Route) -> None:
        if route.request.url.endswith(self.entry["url"]):
            route.fulfill(content_type="text/javascript", body=self.source)
        else:
            route.fulfill(status=404)

    @property
    def fetched(self) -> list[str]:
        """The addresses at which the plugin's script was asked for."""
        return [url for url in self.requests if url.endswith("1flow.remote.min.js")]

    def open(
        self,
        *parts: str,
        options: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        policy: str | None = None,
    ) -> None:
        """Open a page of these parts, after the snippet or the options with which Analytics.js is loaded."""
        own = {"remotePlugins": [self.entry], **(settings or {})}
        self.shop.page.route("**/settings", lambda route: route.fulfill(json={**SETTINGS, **own}))
        host = SNIPPET
        if options is not None:
            loaded = LOAD % json.dumps({**OPTIONS, **options})
            host = NPM.partition("</script>")[0] + f"</script><script>window.analytics = {loaded}</script>"
        head = f"{host}{''.join(parts)}"
        if policy:
            head = head.replace("<script", '<script nonce="abc"')
        body = f"<!doctype html><html data-write-key='demo'><head>{head}</head>"
        headers = {"Content-Security-Policy": policy} if policy else {}
        self.shop.page.route(
            f"{self.shop.origin}/remote",
            lambda route: route.fulfill(content_type="text/html", body=body, headers=headers),
        )
        self.shop.page.goto(f"{self.shop.origin}/remote", wait_until="domcontentloaded")

    def until_initialized(self) -> None:
        self.shop.page.wait_for_function("(analytics.instance || analytics).initialized")

    def others(self) -> list[str]:
        """What the other destination got."""
        found: list[str] = self.shop.page.evaluate("others")
        return found


def drop(event: str) -> dict[str, Any]:
    """Settings in which a filter of the destination's, made at Segment, drops an event."""
    rule = {
        "matchers": [{"type": "fql", "ir": json.dumps(["=", "event", {"value": event}])}],
        "scope": "destinations",
        "target_type": "workspace::project::destination::config",
        "transformers": [[{"type": "drop"}]],
        "destinationName": NAME,
    }
    return {"middlewareSettings": {"routingRules": [rule]}}


def both(integrations: dict[str, bool]) -> str:
    """JavaScript: an event and a user, each with this choice of integrations."""
    options = json.dumps({"integrations": integrations})
    return f'analytics.track("A", {{}}, {options}); analytics.identify("u1", {{}}, {options});'


def only(name: str) -> dict[str, Any]:
    return {"integrations": {"Segment.io": False, "All": False, name: True}}


@dataclass(frozen=True)
class Row:
    """A situation: what the page calls, and what arrives of it."""

    name: str
    arrives: tuple[Arrival, ...] = ()
    later: str = ""  # JavaScript that runs once Analytics.js is initialised
    first: str = ""  # HTML, right after the host
    options: dict[str, Any] | None = field(default_factory=dict)  # for load(); None: the snippet
    settings: dict[str, Any] = field(default_factory=dict)  # of the source
    project: dict[str, Any] = field(default_factory=lambda: PRESETS)
    public_path: str = CDN
    fetched: tuple[str, ...] = (PLUGIN_ADDRESS,)
    noise: tuple[str, ...] = ()  # what the browser logs by itself


ROWS = (
    Row(
        "a path of the site",
        (*FIRST, ENDED),
        first=CALLS,
        public_path="/js/",
        fetched=("{origin}/js/1flow.remote.min.js",),
    ),
    Row(
        "a page that is both actions'",
        (User("u1", {}), Event("Page Cart"), User("u1", {}), ENDED),
        'analytics.identify("u1"); analytics.page("Cart");',
        project=with_subscriptions(*PAGES),
    ),
    # Switched off by the call
    Row("off by name", (ENDED,), both({NAME: False})),
    Row("trackEvent off", (User("u1", {}), ENDED), both({TRACK: False})),
    Row("identifyUser off", (Event("A"), ENDED), both({IDENTIFY: False})),
    Row("all off", (ENDED,), both({"All": False})),
    Row("all off but ours", (Event("A"), User("u1", {}), ENDED), both({"All": False, NAME: True})),
    Row("all off but trackEvent", (Event("A"), ENDED), both({"All": False, TRACK: True})),
    Row("all off but identifyUser", (User("u1", {}), ENDED), both({"All": False, IDENTIFY: True})),
    Row(
        "a page that is both actions', trackEvent off",
        (User("u1", {}), User("u1", {}), ENDED),
        f'analytics.identify("u1"); analytics.page("Cart", {{}}, {{integrations: {{"{TRACK}": false}}}});',
        project=with_subscriptions(*PAGES),
    ),
    # Switched off by the page: the script is not even fetched
    Row("off by name for the page", options={"integrations": {"Segment.io": False, NAME: False}}, fetched=()),
    Row(
        "trackEvent off for the page",
        (User("u1", {}),),
        both({"Other": True}),
        options={"integrations": {"Segment.io": False, TRACK: False}},
    ),
    Row("all off for the page", options={"integrations": {"All": False}}, fetched=()),
    Row("all off but ours for the page", (ENDED,), options=only(NAME)),
    Row("all off but one action for the page", options=only(TRACK), fetched=()),
    # Middleware and filters
    Row(
        "middleware by name",
        (Event("A!"), Event("End!")),
        f"""
        await analytics.addDestinationMiddleware({NAME!r}, ({{ payload, next }}) => {{
          if (payload.obj.event === "Secret") return null;
          payload.obj.event += "!";
          next(payload);
        }});
        analytics.track("Secret"); analytics.track("A");
        """,
    ),
    Row(
        "middleware for all",
        (Event("A!"), Event("End!")),
        """
        await analytics.addDestinationMiddleware("*", ({ payload, next }) => {
          payload.obj.event += "!";
          next(payload);
        });
        analytics.track("A");
        """,
    ),
    Row(
        "a filter of Segment's",
        (Event("A"), ENDED),
        'analytics.track("Secret"); analytics.track("A");',
        options=None,
        settings=drop("Secret"),
    ),
    # The address
    Row(
        "obfuscated",
        (*FIRST, ENDED),
        first=CALLS,
        options={"obfuscate": True},
        fetched=(OBFUSCATED, PLUGIN_ADDRESS),
        noise=(NETWORK,),
    ),
    Row(
        "obfuscated, with the folder's name in the host's",
        (*FIRST, ENDED),
        first=CALLS,
        options={"obfuscate": True},
        public_path="https://cdn.shop.example/cdn/",
        fetched=(
            "https://Y2Ru.shop.example/cdn/1flow.remote.min.js".lower(),
            "https://cdn.shop.example/cdn/1flow.remote.min.js",
        ),
        noise=(NETWORK,),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_exactly_these_calls_arrive(shop: Shop, row: Row) -> None:
    site = Remote(shop, row.project, public_path=row.public_path)
    site.open(row.first, OTHER, options=row.options, settings=row.settings)
    site.until_initialized()
    shop.run(f"{row.later}\n{END}")
    shop.expect_all(row.arrives)
    assert site.fetched == [address.format(origin=shop.origin) for address in row.fetched]
    assert len(shop.sdk_requests) == len(row.fetched[:1])
    assert shop.warnings == []
    shop.forgive(*row.noise)


# The SDK


def test_an_sdk_that_is_slow_holds_back_no_event_of_another_destination(shop: Shop) -> None:
    site = Remote(shop)
    shop.hold_sdk()
    with shop.page.expect_request(SDK_ADDRESS):
        site.open(CALLS, OTHER)
    site.until_initialized()
    shop.run(f"{END} await analytics.ready()")
    assert site.others() == ["page", "A", "B", "identify", "End"]
    assert shop.arrivals() == []
    shop.release_sdk()
    shop.expect_all([*FIRST, ENDED])


# Settings


OTHER_KEY = "oneflow_sandbox_b3RoZXI="


@pytest.mark.parametrize(
    ("own", "integrations", "options", "key"),
    [
        ({}, {}, {}, KEY),
        ({"projectApiKey": OTHER_KEY}, {}, {}, OTHER_KEY),
        ({}, {NAME: {"projectApiKey": OTHER_KEY}}, {}, OTHER_KEY),
        ({}, {NAME: {}}, {NAME: {"projectApiKey": OTHER_KEY}}, OTHER_KEY),
        ({"projectApiKey": ""}, {}, {}, KEY),
        ({"projectApiKey": None}, {}, {}, KEY),
    ],
)
def test_the_key_of_the_settings_comes_before_the_project_s(
    shop: Shop, own: dict[str, Any], integrations: dict[str, Any], options: dict[str, Any], key: str
) -> None:
    site = Remote(shop)
    site.entry["settings"] = own
    site.open(
        CALLS,
        settings={"integrations": integrations},
        options={"integrations": {"Segment.io": False, **options}},
    )
    shop.expect_all(FIRST)
    assert {record.key for record in shop.collector.records} == {key}


def test_the_address_of_the_settings_comes_before_the_project_s(shop: Shop) -> None:
    site = Remote(shop)
    site.entry["settings"] = {"sdkAddress": "/vendor/1flow.js"}
    shop.page.route(f"{shop.origin}/vendor/1flow.js", shop.fulfill_sdk)
    site.open(CALLS, options={})
    shop.page.wait_for_function("sdkCalls.length === 3")
    assert shop.sdk_requests == []


def test_what_segment_has_of_the_destination_changes_no_subscription(shop: Shop) -> None:
    """What a source's settings have of Segment's own destination, in whose place the plugin is."""
    subscriptions = [
        {
            "enabled": True,
            "partnerAction": "trackEvent",
            "subscribe": 'type = "page"',
            "mapping": {"event_name": "S"},
        }
    ]
    site = Remote(shop)
    site.entry["settings"] = {"region": "eu", "subscriptions": subscriptions, "versionSettings": {}}
    site.open(CALLS, options={})
    site.until_initialized()
    shop.run(END)
    shop.expect_all([*FIRST, ENDED])


def test_segment_s_own_destination_beside_the_plugin_is_said_once(shop: Shop) -> None:
    own = """window["1flow-webDestination"] = () => ["trackEvent", "identifyUser"].map(action => ({
      name: `1Flow Web (Actions) ${action}`, type: "destination", version: "1",
      isLoaded: () => true, load: () => Promise.resolve(), track: ctx => ctx,
    }));"""
    shop.page.route(f"{CDN}own.js", lambda route: route.fulfill(content_type="text/javascript", body=own))
    site = Remote(shop)
    theirs = {**site.entry, "libraryName": "1flow-webDestination", "url": f"{CDN}own.js"}
    site.open(CALLS, options={}, settings={"remotePlugins": [theirs, site.entry]})
    shop.expect_all(FIRST)
    assert shop.warnings == [f"{NAME} registered twice"]


def test_only_the_documented_global_is_set(shop: Shop) -> None:
    site = Remote(shop)
    site.open(options={})
    site.until_initialized()
    shop.page.wait_for_function("findPlugin().isLoaded()")
    names = "Object.getOwnPropertyNames(window).sort().join()"
    with_plugin = shop.page.evaluate(names).split(",")
    site.open(options={"integrations": {"Segment.io": False, NAME: False}})
    site.until_initialized()
    without = shop.page.evaluate(names).split(",")
    assert set(with_plugin) - set(without) <= {"oneFlowDestination", "_1flow", "glob"}
    assert "oneFlowDestination" in with_plugin


# Policies


STRICT = "script-src 'nonce-abc' 'unsafe-eval' "  # Playwright itself waits by means of eval.
TRUSTED = "require-trusted-types-for 'script'; trusted-types flowplug default"
DEFAULT_POLICY = "<script>trustedTypes.createPolicy('default', { createScriptURL: address => address });</script>"


@pytest.mark.parametrize(
    ("policy", "settings", "head"),
    [
        (f"{STRICT} https://cdn.shop.example https://1flow.app", {}, ""),
        (f"{STRICT} https://cdn.shop.example", {"nonce": "abc"}, ""),
        (TRUSTED, {}, DEFAULT_POLICY),
    ],
)
def test_a_policy_may_allow_the_loader_what_it_does(
    shop: Shop, policy: str, settings: dict[str, Any], head: str
) -> None:
    site = Remote(shop)
    site.entry["settings"] = settings
    site.open(head, CALLS, options={}, policy=policy)
    shop.expect_all(FIRST)


# Consent


CONSENT = {**PRESETS, "consent": {"categories": ["C0004"]}}
MAPPED = {
    "integrations": {NAME: {"consentSettings": {"categories": ["C0004"]}}},
    "consentSettings": {"allCategories": ["C0002", "C0004"], "hasUnmappedDestinations": False},
}
YES, NO = {"C0002": True, "C0004": True}, {"C0002": True, "C0004": False}
UPDATED = Event("Segment Consent Preference Updated", {})

models = pytest.mark.parametrize("model", ["opt-in", "opt-out"])


def open_with_tools(site: Remote, model: str, choice: dict[str, bool], settings: dict[str, Any]) -> None:
    """Open a page with Segment's consent tools, which makes its first calls at once."""
    tools = script("consent_site", SETUP="npm", MODEL=model, WAITS=False, CHOICE=choice)
    source = bundled(f'import {{ createWrapper }} from "@segment/analytics-consent-tools";\n{tools}')
    shop = site.shop
    shop.page.route(
        "**/settings", lambda route: route.fulfill(json={**SETTINGS, "remotePlugins": [site.entry], **settings})
    )
    shop.page.route(
        f"{shop.origin}/site.js", lambda route: route.fulfill(content_type="text/javascript", body=source)
    )
    head = (
        f'<script src="/analytics-next/bundles/index.js"></script><script src="/site.js"></script>{CALLS}{OTHER}'
    )
    body = f"<!doctype html><html data-write-key='demo'><head>{head}</head>"
    shop.page.route(f"{shop.origin}/consent", lambda route: route.fulfill(content_type="text/html", body=body))
    shop.page.goto(f"{shop.origin}/consent", wait_until="domcontentloaded")
    site.until_initialized()


@models
@pytest.mark.parametrize("project", [CONSENT, PRESETS], ids=["consent", "no consent"])
def test_with_consent_every_call_arrives(shop: Shop, model: str, project: dict[str, Any]) -> None:
    site = Remote(shop, project)
    open_with_tools(site, model, YES, MAPPED)
    shop.run(END)
    shop.expect_all([*FIRST, ENDED])


@pytest.mark.parametrize("project", [CONSENT, PRESETS], ids=["consent", "no consent"])
def test_under_opt_in_not_even_the_script_of_a_destination_with_a_category_is_fetched(
    shop: Shop, project: dict[str, Any]
) -> None:
    site = Remote(shop, project)
    open_with_tools(site, "opt-in", NO, MAPPED)
    shop.run(END)
    assert site.others() == ["page", "A", "B", "identify", "End"]
    assert (site.fetched, shop.sdk_requests) == ([], [])


def test_under_opt_out_the_plugin_keeps_the_sdk_away_until_there_is_consent(shop: Shop) -> None:
    site = Remote(shop, CONSENT)
    open_with_tools(site, "opt-out", NO, MAPPED)
    shop.run(END)
    assert shop.sdk_requests == []
    shop.page.evaluate("choice => choose(choice)", YES)
    shop.run("await analytics.track('Later')")
    shop.expect_all([UPDATED, Event("Later")])
    shop.page.evaluate("choice => choose(choice)", NO)
    shop.run("await analytics.track('Secret')")
    shop.page.evaluate("choice => choose(choice)", YES)
    shop.run(END)
    shop.expect_all([UPDATED, Event("Later"), UPDATED, ENDED])


@models
def test_without_a_category_at_segment_the_project_s_own_consent_counts(shop: Shop, model: str) -> None:
    site = Remote(shop, CONSENT)
    open_with_tools(site, model, NO, {})
    shop.run(END)
    assert (len(site.fetched), shop.sdk_requests) == (1, [])
    shop.page.evaluate("choice => choose(choice)", YES)
    shop.run("await analytics.track('Later')")
    shop.expect_all([UPDATED, Event("Later")])


def test_an_entry_that_the_page_adds_is_not_known_to_the_opt_in_model(shop: Shop) -> None:
    site = Remote(shop, CONSENT)
    added = f"settings => ({{...settings, remotePlugins: [{json.dumps(site.entry)}]}})"
    shop.page.add_init_script(f"window.loadOptions = {{updateCDNSettings: {added}}};")
    open_with_tools(site, "opt-in", NO, {**MAPPED, "remotePlugins": []})
    shop.run(END)
    assert (len(site.fetched), shop.sdk_requests) == (1, [])
