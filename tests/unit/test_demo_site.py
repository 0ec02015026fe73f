"""The demo site serves the shop, Segment's CDN, the plugin and the stand-in."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from msgspec.structs import replace

import flowplug
from demo_site import __main__ as command
from demo_site import create_app, make_server, rudderstack, segment
from demo_site.app import PROJECT_FILE
from demo_site.arguments import BAD_PORTS
from demo_site.catalogue import CATALOGUE, Tea
from flowplug.standin import Collector
from tests.support.projects import KEY

SETUPS = ["inline", "async", "module", "rudderstack", "snippet", "loaded", "npm", "first", "first-npm"]
SHIPPED = "/plugin/1flow.min.js"
PLUGIN = "/plugin/1flow.debug.js"
CONFIGURATION = "/1flow/v1/2021-06-15/survey-response/demo"
SETTINGS = f"/v1/projects/{segment.WRITE_KEY}/settings"


@pytest.fixture(autouse=True)
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that stand for the hosts' own: these tests need no npm."""
    folder = tmp_path / "umd"
    folder.mkdir()
    for name in ("standalone.js", "index.js"):
        (folder / name).write_text(f"/* {name} */")
    monkeypatch.setattr(segment, "ANALYTICS_JS", folder)
    umd = tmp_path / "rudderstack"
    umd.mkdir()
    (umd / "index.js").write_text("/* rudderstack */")
    monkeypatch.setattr(rudderstack, "RUDDERSTACK", umd)


@pytest.fixture
def app() -> Flask:
    return create_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def collector(app: Flask) -> Collector:
    found = app.extensions["collector"]
    assert isinstance(found, Collector)
    return found


def scripts(client: FlaskClient, url: str) -> list[str]:
    """The addresses of a page's scripts, in order."""
    page = client.get(url).text
    return re.findall(r'<script[^>]* src="([^"]*)"', page)


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize("path", ["/", "/cart", "/account", f"/products/{CATALOGUE[0].slug}"])
def test_every_page_is_there_in_every_setup(client: FlaskClient, path: str, setup: str) -> None:
    assert client.get(path, query_string={"setup": setup}).status_code == 200


@pytest.mark.parametrize("tea", CATALOGUE, ids=lambda tea: tea.slug)
def test_every_tea_has_its_page(client: FlaskClient, tea: Tea) -> None:
    assert f"<h1>{escape(tea.name)}</h1>" in client.get(f"/products/{tea.slug}").text


def test_a_tea_that_is_not_sold_is_not_found(client: FlaskClient) -> None:
    reply = client.get("/products/coffee")

    assert reply.status_code == 404
    assert "No such page" in reply.text


@pytest.mark.parametrize("setup", SETUPS)
def test_the_policy_allows_what_a_page_holds(client: FlaskClient, setup: str) -> None:
    reply = client.get(f"/?setup={setup}")
    [nonce] = re.findall(r"'nonce-([^']+)'", reply.headers["Content-Security-Policy"])
    inline = re.findall(r"<script(?![^>]* src=)([^>]*)>", reply.text)

    assert all(f'nonce="{nonce}"' in attributes for attributes in inline)
    assert len(inline) == (setup in ("inline", "async", "module"))
    assert "onclick" not in reply.text
    assert "style=" not in reply.text


def test_each_answer_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    policies = {client.get("/").headers["Content-Security-Policy"] for _ in range(2)}
    assert len(policies) == 2


@pytest.mark.parametrize(
    ("setup", "order"),
    [
        ("snippet", ["snippet.js", "1flow.debug.js"]),
        ("loaded", ["snippet.js", "late.js"]),
        ("npm", ["index.js", "npm.js", "1flow.debug.js"]),
        ("first", ["1flow.debug.js", "snippet.js"]),
        ("first-npm", ["1flow.debug.js", "index.js", "npm.js"]),
        ("inline", ["snippet.js"]),
        ("async", ["1flow.debug.js", "snippet.js"]),
        ("module", ["index.js", "module.js"]),
        ("rudderstack", ["1flow.rudderstack.debug.js", "sdk.js", "rudderstack.js"]),
    ],
)
def test_a_setup_is_an_order_of_scripts(client: FlaskClient, setup: str, order: list[str]) -> None:
    names = [url.partition("?")[0].rpartition("/")[2] for url in scripts(client, f"/?setup={setup}")]

    assert names == [*order, "inspector.js", "shop.js"]


def test_every_script_of_a_page_is_served(client: FlaskClient) -> None:
    urls = [url for setup in SETUPS for url in scripts(client, f"/?setup={setup}")]

    assert {client.get(url, buffered=True).status_code for url in urls} == {200}


def test_a_choice_is_remembered_for_the_next_page(client: FlaskClient) -> None:
    client.get("/?setup=npm&generation=commands")

    assert f"{PLUGIN}?generation=commands" in scripts(client, "/cart")


@pytest.mark.parametrize("fragment", ["1flow.html", "1flow.async.html"])
def test_a_page_contains_the_fragment_that_ships(client: FlaskClient, fragment: str) -> None:
    setup = "inline" if fragment == "1flow.html" else "async"
    page = client.get(f"/?setup={setup}&build=shipped").text
    project = flowplug.load(PROJECT_FILE)
    sdk = replace(project.sdk, regions={"us": "/1flow/js/1flow.js?generation=methods"})
    built = flowplug.build(replace(project, sdk=sdk), public_path="/plugin/")[fragment].content.decode()

    assert built.strip() in re.sub(r' nonce="[^"]*"', "", page)


@pytest.mark.parametrize(("build", "file"), [("debug", "1flow.debug.js"), ("shipped", "1flow.min.js")])
def test_a_placeholder_waits_for_the_file_that_its_page_loads(client: FlaskClient, build: str, file: str) -> None:
    page = client.get(f"/?setup=async&build={build}").text
    assert f"/{file}/.test(" in page
    assert f'src="/plugin/{file}' in page


@pytest.mark.parametrize(
    ("setup", "build", "title"),
    [
        ("inline", "debug", "1flow.html with 1flow.debug.js"),
        ("inline", "shipped", "1flow.html"),
        ("async", "debug", "1flow.async.html with 1flow.debug.js"),
        ("async", "shipped", "1flow.async.html"),
        ("module", "debug", "1flow.debug.mjs"),
        ("module", "shipped", "1flow.min.mjs"),
        ("rudderstack", "debug", "1flow.rudderstack.debug.js"),
        ("rudderstack", "shipped", "1flow.rudderstack.min.js"),
        ("loaded", "shipped", "1flow.min.js"),
    ],
)
def test_a_page_says_which_plugin_runs(client: FlaskClient, setup: str, build: str, title: str) -> None:
    page = client.get(f"/?setup={setup}&build={build}").text
    assert f"<dt>Plugin</dt><dd><code>{title}</code></dd>" in page
    assert f'<option value="{setup}" selected>' in page


@pytest.mark.parametrize("build", ["debug", "shipped"])
def test_the_module_that_a_page_imports_is_served(client: FlaskClient, build: str) -> None:
    page = client.get(f"/?setup=module&build={build}").text
    [imports] = re.findall(r'<script[^>]* type="importmap">(.*?)</script>', page)
    address = json.loads(imports)["imports"]["1flow"]

    assert address.endswith(".mjs?generation=methods")
    assert "export default" in client.get(address).text


def test_a_value_that_is_no_choice_is_passed_over(client: FlaskClient) -> None:
    usual = scripts(client, "/?setup=npm&generation=methods")

    assert scripts(client, "/?setup=nonsense&generation=nonsense") == usual


def test_the_settings_keep_analytics_js_from_calling_anyone(client: FlaskClient) -> None:
    assert client.get(SETTINGS).json == {"integrations": {}, "metrics": {"sampleRate": 0}}


def test_analytics_js_comes_from_npm(client: FlaskClient) -> None:
    script = client.get(f"/analytics.js/v1/{segment.WRITE_KEY}/analytics.min.js", buffered=True)
    chunk = client.get("/analytics-next/bundles/index.js", buffered=True)

    assert (script.text, chunk.text) == ("/* standalone.js */", "/* index.js */")


def destination(client: FlaskClient) -> str:
    """The ID of the destination that the site's RudderStack has."""
    reply = client.get("/rudderstack/sourceConfig/").json
    assert reply is not None
    [found] = reply["source"]["destinations"]
    return str(found["id"])


def test_rudderstack_comes_from_npm_and_all_else_of_it_from_the_site(client: FlaskClient) -> None:
    assert client.get("/rudderstack/sdk.js", buffered=True).text == "/* rudderstack */"
    assert f'"{destination(client)}"' in client.get("/plugin/1flow.rudderstack.min.js").text
    assert client.post("/rudderstack/v1/batch", json={}).status_code == 200


def test_a_project_for_another_rudderstack_runs_on_the_sites(project_file: Path) -> None:
    with project_file.open("a") as file:
        file.write('\n[rudderstack]\ndestinationId = "2aBcDeFgHiJkLmNoPqRsTuVwXyZ"\n')
    client = create_app(project_file=project_file).test_client()

    assert f'"{destination(client)}"' in client.get("/plugin/1flow.rudderstack.min.js").text


@pytest.mark.parametrize(("setup", "host"), [("inline", "Analytics.js"), ("rudderstack", "RudderStack")])
def test_without_the_npm_packages_a_page_says_what_to_run(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setup: str, host: str
) -> None:
    monkeypatch.setattr(segment, "ANALYTICS_JS", tmp_path / "none")
    monkeypatch.setattr(rudderstack, "RUDDERSTACK", tmp_path / "none")

    reply = client.get(f"/?setup={setup}")

    assert reply.status_code == 503
    assert f"{host} is not installed" in reply.text
    assert "make demo" in reply.text
    assert "npm ci" in reply.text


@pytest.mark.parametrize(("generation", "start"), [("methods", "const _1flow ="), ("commands", "window._1flow =")])
def test_the_stand_in_is_served_in_both_generations(client: FlaskClient, generation: str, start: str) -> None:
    reply = client.get("/1flow/js/1flow.js", query_string={"generation": generation})

    assert reply.text.startswith(start)
    assert reply.mimetype == "text/javascript"


def test_the_plugin_loads_the_stand_in_with_the_projects_key(client: FlaskClient) -> None:
    plugin = client.get(f"{PLUGIN}?generation=commands").text

    assert "/1flow/js/1flow.js?generation=commands" in plugin
    assert "oneflow_sandbox_ZGVtby10ZWEtc2hvcA==" in plugin


def test_the_plugin_loads_another_sdk_with_another_key_where_they_are_given() -> None:
    client = create_app(sdk_url="https://1flow.app/js/1flow.js", key=KEY).test_client()
    plugin = client.get(SHIPPED).text

    assert "https://1flow.app/js/1flow.js" in plugin
    assert KEY in plugin
    assert "network tab" in client.get("/").text


@pytest.mark.parametrize("sdk_url", [None, "https://1flow.app/js/1flow.js"])
def test_a_page_has_the_debug_build_or_the_file_that_ships(sdk_url: str | None) -> None:
    client = create_app(sdk_url=sdk_url).test_client()

    assert f"{PLUGIN}?generation=methods" in scripts(client, "/?setup=snippet")
    assert f"{SHIPPED}?generation=methods" in scripts(client, "/?setup=snippet&build=shipped")
    assert "console.debug" in client.get(PLUGIN).text
    assert "console.debug" not in client.get(SHIPPED).text


def test_only_a_page_with_the_stand_in_may_promise_that_nothing_leaves(client: FlaskClient) -> None:
    other = create_app(sdk_url="https://1flow.app/js/1flow.js").test_client()

    assert client.get("/").headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "Content-Security-Policy" not in other.get("/").headers


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    copy = tmp_path / "flowplug.toml"
    copy.write_bytes(PROJECT_FILE.read_bytes())
    return copy


def test_the_plugin_is_built_again_when_its_project_has_changed(project_file: Path) -> None:
    client = create_app(project_file=project_file).test_client()
    client.get(PLUGIN)

    project_file.write_text(f'[settings]\nprojectApiKey = "{KEY}"\n')

    assert KEY in client.get(PLUGIN).text


def test_a_project_with_errors_is_shown_with_them(project_file: Path) -> None:
    project_file.write_text('[settings]\nprojectApiKey = "nonsense"\n')

    reply = create_app(project_file=project_file).test_client().get("/")

    assert reply.status_code == 500
    assert "settings.projectApiKey" in reply.text


def test_the_stand_ins_api_is_on_the_site(app: Flask, client: FlaskClient) -> None:
    reply = client.get(CONFIGURATION, headers={"one_flow_key": KEY})

    assert reply.json is not None
    assert reply.json["result"]["data"]["au"]["ev_url"].startswith("http://localhost/1flow/v1/")
    assert [record.step for record in collector(app).records] == ["configuration"]


def test_a_preflight_reaches_the_stand_ins_api(client: FlaskClient) -> None:
    assert client.options(CONFIGURATION).status_code == 204


@pytest.mark.parametrize(("choice", "captured"), [("on", True), ("off", False)])
def test_a_page_switches_session_capture(app: Flask, client: FlaskClient, choice: str, captured: bool) -> None:
    client.get(f"/?capture={choice}")

    assert collector(app).session_capture is captured


def test_the_inspector_is_told_of_each_record(client: FlaskClient) -> None:
    for _ in range(2):
        client.get(CONFIGURATION, headers={"one_flow_key": KEY})

    with client.get("/inspector/records?after=1", buffered=False) as stream:
        chunks = stream.iter_encoded()
        assert next(chunks) == b": connected\n\n"
        event = next(chunks).decode()

    assert event.startswith("id: 2\ndata: {")
    assert '"step": "configuration"' in event


def test_the_inspector_can_forget_the_records(app: Flask, client: FlaskClient) -> None:
    client.get(CONFIGURATION, headers={"one_flow_key": KEY})

    assert client.delete("/inspector/records").status_code == 204
    assert collector(app).records == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--key", "bad"], 'the key (KEY=…) must start with "oneflow_prod_" or "oneflow_sandbox_"'),
        (
            ["--sdk-url", "foo"],
            'the SDK\'s address (SDK_URL=…) is not the address of a script: "foo"; write https://…',
        ),
        (
            ["--sdk-url", "http://shop.example/1flow.js"],
            "the SDK's address (SDK_URL=…) is not the address of a script",
        ),
        *((["--port", str(port)], f"port {port}: browsers open no page there") for port in (5061, 6000, 10080)),
    ],
)
def test_what_cannot_work_is_refused_in_one_line_before_the_server_starts(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr(command, "make_server", lambda *_: pytest.fail("the server was started"))
    result = CliRunner().invoke(command.main, arguments)

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {message}")
    assert result.output.count("\n") == 1


def test_what_can_work_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def start(_: Flask, __: str, port: int) -> None:
        started.append(port)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "make_server", start)
    for arguments in (["--key", KEY], ["--sdk-url", "https://1flow.app/js/1flow.js"], ["--port", "0"], []):
        CliRunner().invoke(command.main, arguments)

    assert started == [5000, 5000, 0, 5000]


def test_the_ports_are_those_that_browsers_block() -> None:
    """Some of the list in https://fetch.spec.whatwg.org/#port-blocking, and its length without port 0."""
    assert {1, 7, 22, 4190, 5060, 5061, 6665, 6669, 6679, 6697, 10080} <= BAD_PORTS
    assert BAD_PORTS.isdisjoint({80, 443, 3000, 5000, 8000, 8080})
    assert len(BAD_PORTS) == 82


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The port of a running server."""
    server = make_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_server_passes_on_a_header_with_underscores(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", CONFIGURATION, headers={"one_flow_key": KEY})
    reply = connection.getresponse()
    reply.read()
    connection.close()

    assert reply.status == 200
