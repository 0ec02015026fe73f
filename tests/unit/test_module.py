"""The module, for sites that have Analytics.js from npm: what a site's tools and tests make of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import quickjs

import flowplug
from tests.support.command import flow, write_project
from tests.support.modules import as_script, bundled, run_node, type_errors, without_digest, write_site
from tests.support.page import Page
from tests.support.projects import EVERYTHING, KEY, LONG_KEYS, PRESETS, with_subscriptions

BUNDLERS = ("esbuild", "vite")
OTHER_KEY = "oneflow_prod_b3RoZXI="

UNUSED = 'import oneFlow from "./1flow.mjs";\nimport other from "./1flow.min.mjs";\nconsole.log("the site");\n'
REGISTERS = 'import oneFlow from "./1flow.mjs";\nanalytics.register(oneFlow());\n'


def built(project: dict[str, Any] = EVERYTHING, name: str = "1flow.mjs") -> bytes:
    bundle = flowplug.build(flowplug.load(project), formats=["module"], debug=True)
    return bundle[name].content


def page_of(options: str = "", **page: Any) -> Page:
    """A page whose script registers a plugin that is made with these options."""
    return Page(as_script(built(), options), **page)


# Bundlers


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What each bundler makes of a site that uses the plugin, and of one that only imports it."""
    folder = tmp_path_factory.mktemp("site")
    write_site(folder, PRESETS, {"unused.js": UNUSED, "registers.js": REGISTERS})
    return bundled(folder, "unused.js", "registers.js")


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_a_site_that_does_not_use_the_plugin_gets_no_byte_of_it(
    scripts: dict[str, dict[str, str]], bundler: str
) -> None:
    script = scripts[bundler]["unused.js"]
    assert len(script) < 60
    assert "the site" in script
    assert "flow" not in script


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_a_bundled_site_has_the_plugin(scripts: dict[str, dict[str, str]], bundler: str) -> None:
    page = Page(scripts[bundler]["registers.js"].encode())
    page.send({"type": "identify", "userId": "u1", "traits": {"plan": "pro"}})
    page.send({"type": "track", "event": "A"})
    assert [call[:2] for call in page.calls] == [["identify", "u1"], ["track", "A"]]
    assert page.globals() - page.globals_before == {"_1flow"}


# Types


APP = """\
import { AnalyticsBrowser } from "@segment/analytics-next";
import type { Plugin } from "@segment/analytics-next";
import oneFlow from "./1flow.mjs";
import type { OneFlowOptions, OneFlowPlugin } from "./1flow.mjs";
import withoutEnding from "./1flow";

export const analytics = AnalyticsBrowser.load({ writeKey: "k", plugins: [oneFlow(), withoutEnding({})] });
const options: OneFlowOptions = { nonce: "n", projectApiKey: undefined, sdkAddress: "/sdk.js" };
export const plugin: Plugin = oneFlow(options);
const own: OneFlowPlugin = oneFlow();
export const sent: number | undefined = own.stats?.().sent;
"""
WRONG = """\
import oneFlow from "./1flow.mjs";
oneFlow({ nonse: "a misspelt option" });
oneFlow({ projectApiKey: 5 });
oneFlow("oneflow_prod_");
oneFlow().stats?.().sended;
"""


def test_the_types_are_those_that_analytics_js_expects(tmp_path: Path) -> None:
    write_site(tmp_path, EVERYTHING, {"app.ts": APP})
    assert type_errors(tmp_path, "app.ts") == ""


def test_the_types_refuse_what_the_plugin_does_not_have(tmp_path: Path) -> None:
    write_site(tmp_path, EVERYTHING, {"wrong.ts": WRONG})
    lines = re.findall(r"^wrong\.ts\((\d+),", type_errors(tmp_path, "wrong.ts"), re.MULTILINE)
    assert lines == ["2", "3", "4", "5"]


def test_the_types_have_what_the_project_switches_on() -> None:
    project = {**with_subscriptions({"subscribe": 'type = "page"'}), "plugin": {"security": False}}
    types, everything = (built(one, "1flow.d.ts").decode() for one in (project, EVERYTHING))
    for word in ("nonce", "Stats", "stats", "track?", "identify?"):
        assert word in everything
        assert word not in types
    assert "page?" in types
    assert built(project, "1flow.d.mts").decode() == types


# Where there is no page, or only half of one


def test_importing_it_does_nothing_and_a_server_gets_a_plugin_that_does_nothing(tmp_path: Path) -> None:
    server = """
        const before = Reflect.ownKeys(globalThis);
        for (const name of ["1flow", "1flow.min", "1flow.debug"]) {
          const { default: oneFlow, ...others } = await import(`./${name}.mjs`);
          const plugin = oneFlow();
          const loaded = await plugin.load();
          console.log(JSON.stringify([plugin.name, plugin.type, plugin.isLoaded(), Object.keys(others)]));
        }
        console.log(Reflect.ownKeys(globalThis).length - before.length);
    """
    write_site(tmp_path, PRESETS, {"server.mjs": server})
    done = run_node("server.mjs", cwd=tmp_path)
    assert done.stderr == ""
    plugin = '["1Flow Web (Actions)","destination",false,[]]'
    assert done.stdout.splitlines() == [plugin, plugin, plugin, "0"]


JSDOM = """
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("", { url: "https://shop.example/", runScripts: "outside-only" });
window.calls = [];
window.analytics = { register: plugin => { window.plugin = plugin; } };
window.eval(readFileSync("site.js", "utf8"));
const { calls, document, plugin } = window;
await new Promise(done => window.addEventListener("load", done));
const loaded = plugin.load();
plugin.track({ event: { type: "track", event: "early" } });
const [script] = document.head.children;
window.eval("window._1flow = (...call) => { calls.push(call.slice(0, 2)); }");
script.dispatchEvent(new window.Event("load"));
await loaded;
plugin.track({ event: { type: "track", event: "late" } });
console.log(JSON.stringify([script.src, script.dataset.apiKey, calls]));
window.close();
"""


def test_it_works_in_jsdom_so_that_a_site_s_own_tests_run(
    scripts: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    write_site(tmp_path, PRESETS, {"site.js": scripts["vite"]["registers.js"], "test.mjs": JSDOM})
    done = run_node("test.mjs", cwd=tmp_path)
    assert done.stderr == ""
    calls = [["track", "early"], ["track", "late"]]
    assert json.loads(done.stdout) == ["https://1flow.app/js/1flow.js", KEY, calls]


# Options


def sdk_script(page: Page) -> list[Any]:
    """Address, key and nonce of the SDK's script."""
    found: list[Any] = json.loads(
        page.context.eval(
            "(({ src, dataset, nonce }) => JSON.stringify([src, dataset.apiKey, nonce]))(document.scripts[0])"
        )
    )
    return found


@pytest.mark.parametrize(
    "options", ["", "{}", "{ nonce: undefined, projectApiKey: undefined, sdkAddress: undefined }"]
)
def test_what_is_left_out_is_as_the_project_says(options: str) -> None:
    assert sdk_script(page_of(options)) == ["https://1flow.app/js/1flow.js", KEY, ""]


def test_nonce_key_and_address_can_be_chosen_on_the_page() -> None:
    page = page_of(f'{{ nonce: "abc", projectApiKey: "{OTHER_KEY}", sdkAddress: "https://eu.example/1flow.js" }}')
    page.send({"type": "track", "event": "A"})
    assert sdk_script(page) == ["https://eu.example/1flow.js", OTHER_KEY, "abc"]
    assert [name for _, name, _ in page.calls] == ["A"]


def test_an_address_that_is_chosen_on_the_page_is_the_one_that_a_failure_names() -> None:
    page = page_of('{ sdkAddress: "https://eu.example/1flow.js" }', outcome="error")
    page.run_timers()
    assert "https://eu.example/1flow.js" in page.failure


def test_each_call_makes_a_plugin_of_its_own() -> None:
    source = as_script(built()).replace(b"oneFlow()); }", b"oneFlow()); analytics.register(oneFlow()); }")
    page = Page(source)
    page.send({"type": "track", "event": "A"})  # to the first one
    received = page.context.eval("JSON.stringify(plugins.map(plugin => plugin.stats().received))")
    assert json.loads(received) == [1, 0]
    assert page.context.eval("document.scripts.length") == 1


# The files


def test_a_build_says_how_to_use_it_and_a_later_one_removes_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project()
    result = flow("build", "--format", "module", "--debug")
    assert result.exit_code == 0
    assert result.stdout.endswith(
        "Import dist/1flow.mjs where your site loads Analytics.js, and add the plugin there:\n"
        '  import oneFlow from "./1flow.mjs";\n'
        "  AnalyticsBrowser.load({ writeKey, plugins: [oneFlow()] });\n"
    )
    files = {path.name for path in Path("dist").iterdir()}
    assert files == {"1flow.mjs", "1flow.min.mjs", "1flow.debug.mjs", "1flow.d.ts", "1flow.d.mts"}
    removed = re.findall(r"^Removed dist/(\S+),", flow("build").stdout, re.MULTILINE)
    assert set(removed) == files


@pytest.mark.parametrize("name", ["1flow.mjs", "1flow.min.mjs", "1flow.debug.mjs"])
def test_a_file_is_ascii_and_one_function(name: str) -> None:
    source = built(name=name).decode("ascii")
    head = "export default /*! flowplug "
    assert source.startswith(head)
    quickjs.Context().eval(f"({source.removeprefix('export default ')})")


@pytest.mark.parametrize("name", ["1flow.min.mjs", "1flow.debug.mjs"])
def test_the_minified_module_and_the_one_that_logs_do_as_the_readable_one(name: str) -> None:
    page = Page(as_script(built(name=name), '{ nonce: "abc" }'))
    page.send({"type": "track", "event": "A"})
    assert [name for _, name, _ in page.calls] == ["A"]
    assert sdk_script(page)[2] == "abc"


@pytest.mark.parametrize("option", ["early", "analyticsGlobal"])
def test_how_a_script_registers_changes_no_module(option: str) -> None:
    project = {**EVERYTHING, "plugin": {**EVERYTHING["plugin"], option: False if option == "early" else "ajs"}}
    assert without_digest(built(project)) == without_digest(built())


@pytest.mark.parametrize("key", LONG_KEYS)
def test_the_presets_are_at_most_1920_bytes_of_brotli(key: str) -> None:
    project = flowplug.load({"settings": {"projectApiKey": key}})
    assert flowplug.build(project, formats=["module"])["1flow.min.mjs"].brotli_size <= 1920
