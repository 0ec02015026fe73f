"""What a page sets in `window.flowplug` before the plugin: whether it runs, and with what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug.formats import FORMATS
from tests.support.documents import Block, blocks_in
from tests.support.hosts import open_on
from tests.support.modules import as_script, type_errors, write_site
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, KEY, PRESETS

EVERY_NAME = ["off", "nonce", "sample", "key", "region"]
EU = "https://eu.example.com/1flow.js"
CONTROLLED: dict[str, Any] = {
    **EVERYWHERE,
    "sdk": {"regions": {"eu": EU}},
    "plugin": {"control": EVERY_NAME},
}


ANSWERS = (
    "globalThis.anonymousId = 'a1'; globalThis.warnings = []; console.warn = (...text) => warnings.push(text);"
)


def page_in(form: str, said: str, project: dict[str, Any] = CONTROLLED, **page: Any) -> Page:
    """A page that sets ``window.flowplug`` to some JavaScript, with the plugin and its host, in a format."""
    before = f"{ANSWERS} {said}"
    if form in ("script", "rudderstack", "getanalytics"):
        return open_on(form, project, before=before, **page)
    bundle = flowplug.build(flowplug.load(project), formats=[form])
    if form == "module":
        return Page(as_script(bundle["1flow.mjs"].content), before=before, **page)
    loader = b"if (window.oneFlowDestination) for (const plugin of oneFlowDestination({})) plugins.push(plugin);"
    return Page(bundle["1flow.remote.js"].content + loader, before=before, **page)


def seen(page: Page, expression: str) -> Any:
    return json.loads(page.context.eval(f"JSON.stringify({expression})"))


def loaded(page: Page) -> list[list[str]]:
    """The address, key and nonce of each script that the plugin has added."""
    found: list[list[str]] = seen(
        page, "document.scripts.map(({ src, dataset, nonce }) => [src, dataset.apiKey, nonce])"
    )
    return found


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("project", [EVERYWHERE, CONTROLLED], ids=["presets", "every name"])
def test_a_page_that_switches_the_plugin_off_sees_nothing_of_it(form: str, project: dict[str, Any]) -> None:
    page = page_in(form, "window.flowplug = { off: true };", project)
    page.run_timers()
    assert loaded(page) == []
    assert page.calls == []
    assert seen(page, "[hearing, timers.filter(timer => timer), warnings]") == [[], [], []]
    assert page.globals() - page.globals_before - {"install"} == set()
    assert page.failure == ""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "said",
    [
        "",
        "window.flowplug = undefined;",
        "window.flowplug = 5;",
        "window.flowplug = { off: false };",
        "window.flowplug = { off: 'true' };",
        "window.flowplug = { off: 1 };",
        "window.flowplug = { off: { value: 'on' } };",
        # As an element is, or a frame: what it has is inherited, or cannot be enumerated.
        "window.flowplug = Object.create({ off: true, nonce: 'n', key: 'k', region: 'eu', sample: 0 });",
        "window.flowplug = Object.defineProperty({}, 'off', { value: true });",
    ],
)
def test_only_true_in_an_object_of_the_page_s_own_switches_it_off(form: str, said: str) -> None:
    page = page_in(form, said)
    page.send({"type": "track", "event": "A", "anonymousId": "a1"})
    page.run_timers()
    assert [call[:2] for call in page.calls] == [["track", "A"]]
    assert loaded(page) == [["https://1flow.app/js/1flow.js", KEY, ""]]
    assert seen(page, "warnings") == []


@pytest.mark.parametrize("form", FORMATS)
def test_the_page_names_key_nonce_and_region(form: str) -> None:
    page = page_in(form, "window.flowplug = { key: 'oneflow_prod_b3RoZXI=', nonce: 'n0', region: 'eu' };")
    page.send({"type": "track", "event": "A", "anonymousId": "a1"})
    assert loaded(page) == [[EU, "oneflow_prod_b3RoZXI=", "n0"]]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("region", ["ue", "constructor", "__proto__", 5, ["eu"]])
def test_a_region_without_an_address_loads_nothing_and_is_said_once(form: str, region: Any) -> None:
    page = page_in(form, f"window.flowplug = {{ region: {json.dumps(region)} }};")
    page.run_timers()
    assert loaded(page) == []
    assert seen(page, "plugins.filter(plugin => plugin.track)") == []
    assert seen(page, "warnings") == [["1Flow Web (Actions)", "unknown region", region]]


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_project_does_not_let_the_page_set_is_as_the_project_says(form: str) -> None:
    said = "window.flowplug = { off: true, nonce: 'n', key: 'k', region: 'none', sample: 0 };"
    page = page_in(form, said, {**EVERYWHERE, "plugin": {"control": []}})
    page.send({"type": "track", "event": "A", "anonymousId": "a1"})
    page.run_timers()
    assert loaded(page) == [["https://1flow.app/js/1flow.js", KEY, ""]]
    assert [call[:2] for call in page.calls] == [["track", "A"]]


def test_a_nonce_that_is_nearer_than_the_page_s_is_taken() -> None:
    said = "window.flowplug = { nonce: 'page' }; document.currentScript = { nonce: 'script' };"
    page = page_in("script", said)
    page.send({"type": "track", "event": "A", "anonymousId": "a1"})
    assert [nonce for *_, nonce in loaded(page)] == ["script"]
    module = flowplug.build(flowplug.load(PRESETS), formats=["module"])["1flow.mjs"].content
    page = Page(as_script(module, '{ nonce: "option" }'), before="window.flowplug = { nonce: 'page' };")
    assert [nonce for *_, nonce in loaded(page)] == ["option"]


@pytest.mark.parametrize(("control", "code"), [(["of"], "unknown-value"), ("off", "wrong-type")])
def test_a_name_that_no_page_can_set_is_a_problem(control: Any, code: str) -> None:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load({**PRESETS, "plugin": {"control": control}})
    assert [problem.code for problem in caught.value.problems] == [code]


# The document

DOCUMENTED = {
    "{ off: true }": [],
    "{ sample: 0.01": [["https://eu.example.com/1flow.js", "oneflow_prod_b3RoZXI=", ""]],
    "{\n  report": [["https://1flow.app/js/1flow.js", KEY, ""]],
}


@pytest.mark.parametrize("block", [one for one in blocks_in("js") if one.file == "control.md"], ids=str)
def test_what_the_document_sets_does_what_it_says(block: Block) -> None:
    (expected,) = [
        does for start, does in DOCUMENTED.items() if block.text.startswith(f"window.flowplug = {start}")
    ]
    project = {**CONTROLLED, "plugin": {"control": EVERY_NAME, "report": True}}
    # An ID that is in a sample of 1 %.
    before = f"anonymousId = 'user 179'; globalThis.sent = []; {block.text}"
    before += "navigator.sendBeacon = (address, text) => sent.push([address, JSON.parse(text).reason]);"
    page = page_in("rudderstack", before, project)
    assert loaded(page) == expected
    assert seen(page, "sent") == ([["/flowplug", "ready"]] if "report" in block.text else [])


# Types


PAGE = """\
import oneFlow from "./FILE.mjs";
import withoutEnding from "./FILE";
window.flowplug = { off: true, sample: 0.01, nonce: "n", key: "k", region: "eu" };
window.flowplug = { report(stats, reason) { const last: "pagehide" | string = reason; stats.sent.toFixed(); } };
window.flowplug = undefined;
export default [oneFlow(), withoutEnding()];
"""
WRONG = """\
import "./FILE.mjs";
window.flowplug = { of: true };
window.flowplug = { off: "yes" };
window.flowplug = { region: "ue" };
window.flowplug = { report(stats) { stats.sended; } };
"""


@pytest.mark.parametrize(("form", "file"), [("module", "1flow"), ("getanalytics", "1flow.getanalytics")])
def test_typescript_knows_what_the_page_may_set(tmp_path: Path, form: str, file: str) -> None:
    project = {**CONTROLLED, "plugin": {"control": EVERY_NAME, "report": True}}
    files = {"page.ts": PAGE.replace("FILE", file), "wrong.ts": WRONG.replace("FILE", file)}
    write_site(tmp_path, project, files, form=form)
    assert type_errors(tmp_path, "page.ts") == ""
    lines = re.findall(r"^wrong\.ts\((\d+),", type_errors(tmp_path, "wrong.ts"), re.MULTILINE)
    assert lines == ["2", "3", "4", "5"]


def test_the_types_have_only_what_the_project_lets_the_page_set(tmp_path: Path) -> None:
    write_site(tmp_path, {**PRESETS, "plugin": {"control": ["off"]}}, {})
    types = (tmp_path / "1flow.d.ts").read_text(encoding="utf-8")
    assert "off?: boolean" in types
    for name in ("nonce?: string | undefined;\n  }", "sample?", "key?", "region?", "report?"):
        assert name not in types
    nothing = flowplug.load({**PRESETS, "plugin": {"control": []}})
    assert b"flowplug?" not in flowplug.build(nothing, formats=["module"])["1flow.d.ts"].content
