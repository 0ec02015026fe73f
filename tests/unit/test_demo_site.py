"""The demo site serves the shop, Segment's CDN, the plugin and the stand-in."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from demo_site import create_app, make_server, segment
from demo_site.app import PROJECT_FILE
from demo_site.catalogue import CATALOGUE, Tea
from demo_site.collector import Collector
from tests.support.projects import KEY

SETUPS = ["snippet", "loaded", "npm", "first", "first-npm"]
SHIPPED = "/plugin/1flow.min.js"
PLUGIN = "/plugin/1flow.debug.js"
CONFIGURATION = "/1flow/v1/2021-06-15/survey-response/demo"
SETTINGS = f"/v1/projects/{segment.WRITE_KEY}/settings"


@pytest.fixture(autouse=True)
def analytics_js(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Analytics.js, with files that stand for it: these tests need no npm."""
    folder = tmp_path / "umd"
    folder.mkdir()
    for name in ("standalone.js", "index.js"):
        (folder / name).write_text(f"/* {name} */")
    monkeypatch.setattr(segment, "ANALYTICS_JS", folder)
    return folder


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
    return [part.partition('"')[0] for part in page.split(' src="')[1:]]


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


def test_a_page_holds_no_script_but_files(client: FlaskClient) -> None:
    page = client.get("/").text

    assert page.count("<script") == len(scripts(client, "/"))
    assert "onclick" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("setup", "order"),
    [
        ("snippet", ["snippet.js", "1flow.debug.js"]),
        ("loaded", ["snippet.js", "late.js"]),
        ("npm", ["index.js", "npm.js", "1flow.debug.js"]),
        ("first", ["1flow.debug.js", "snippet.js"]),
        ("first-npm", ["1flow.debug.js", "index.js", "npm.js"]),
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


def test_a_value_that_is_no_choice_is_passed_over(client: FlaskClient) -> None:
    assert scripts(client, "/?setup=nonsense&generation=nonsense") == scripts(client, "/")


def test_the_settings_keep_analytics_js_from_calling_anyone(client: FlaskClient) -> None:
    assert client.get(SETTINGS).json == {"integrations": {}, "metrics": {"sampleRate": 0}}


def test_analytics_js_comes_from_npm(client: FlaskClient) -> None:
    script = client.get(f"/analytics.js/v1/{segment.WRITE_KEY}/analytics.min.js", buffered=True)
    chunk = client.get("/analytics-next/bundles/index.js", buffered=True)

    assert (script.text, chunk.text) == ("/* standalone.js */", "/* index.js */")


def test_without_the_npm_packages_a_page_says_what_to_run(client: FlaskClient, analytics_js: Path) -> None:
    (analytics_js / "standalone.js").unlink()

    reply = client.get("/")

    assert reply.status_code == 503
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


def test_a_page_has_the_debug_build_beside_the_stand_in_and_else_the_file_that_ships(client: FlaskClient) -> None:
    other = create_app(sdk_url="https://1flow.app/js/1flow.js").test_client()

    assert f"{PLUGIN}?generation=methods" in scripts(client, "/")
    assert f"{SHIPPED}?generation=methods" in scripts(other, "/")
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
