"""What a build emits: the same bytes every time, small, and recorded so that a reviewer sees a change."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import brotli
import minify
import pytest
import quickjs

import flowplug
from tests.support.page import Page
from tests.support.projects import EVERYTHING, LONG_KEYS, PRESETS, with_subscriptions

GOLDEN = Path(__file__).parents[1] / "golden"

RECORDED: dict[str, Any] = {
    "presets": PRESETS,
    "mapped": with_subscriptions(
        {"name": "Pages", "subscribe": 'type = "page"', "mapping": {"event_name": {"@path": "$.name"}}},
        {
            "name": "Every field, nested and plain",
            "mapping": {
                "event_name": "Fixed name",
                "properties": {
                    "order": {"@path": "$.properties.order.id"},
                    "first": {"@path": "$.properties.items[0]['sku']"},
                    "odd": {"@path": "$.context.app.build number"},
                    "plain": [1, True, None, {"a-b": "</script>"}],
                },
            },
        },
        {"name": "Off", "enabled": False},
        {"name": "User", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'},
        {"name": "Company", "partnerAction": "identifyUser", "subscribe": 'type = "group"'},
        plugin={"analyticsGlobal": "ajs"},
        sdk={"regions": {"us": "/vendor/1flow.js"}},
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_the_readable_plugin_is_as_recorded(name: str, pytestconfig: pytest.Config) -> None:
    """`make test ARGS=--record` writes the records anew, for a reviewer to read as a diff."""
    emitted = flowplug.build(flowplug.load(RECORDED[name]))["1flow.js"].content
    path = GOLDEN / f"{name}.js"
    if pytestconfig.getoption("--record"):
        path.write_bytes(emitted)
    assert emitted.decode() == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("file", ["1flow.js", "1flow.min.js"])
def test_what_is_emitted_parses_and_is_ascii(name: str, file: str) -> None:
    content = flowplug.build(flowplug.load(RECORDED[name]))[file].content
    source = content.decode("ascii")
    quickjs.Context().eval(f"() => {{ {source} }}")
    assert "</script" not in source


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_same_project_gives_the_same_bytes_whatever_the_hash_seed(seed: str) -> None:
    program = (
        "import flowplug, sys; from tests.unit.test_bundle import RECORDED;"
        "b = flowplug.build(flowplug.load(RECORDED['mapped']));"
        "sys.stdout.write(' '.join(a.integrity for a in b.assets))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    here = flowplug.build(flowplug.load(RECORDED["mapped"]))
    assert run.stdout == " ".join(asset.integrity for asset in here.assets)


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_project_gives_the_same_bytes_whatever_the_order_of_its_keys(name: str) -> None:
    project = RECORDED[name]
    assert flowplug.build(flowplug.load(reversed_keys(project))) == flowplug.build(flowplug.load(project))


def test_the_order_of_keys_is_kept_where_it_is_part_of_the_meaning() -> None:
    def encoding(*keys: str) -> str:
        value = {"@json": {"mode": "encode", "value": dict.fromkeys(keys, 1)}}
        project = with_subscriptions({"mapping": {"event_name": "x", "properties": {"text": value}}})
        return flowplug.build(flowplug.load(project))["1flow.js"].content.decode()

    assert "{ b: 1, a: 1 }" in encoding("b", "a")
    assert "{ a: 1, b: 1 }" in encoding("a", "b")


# What each part is switched off by, and words of its code in the readable plugin.
PARTS: dict[str, tuple[tuple[tuple[str, str, Any], ...], tuple[str, ...]]] = {
    "prerendered pages": ((("sdk", "prerender", True),), ("prerender",)),
    "timeout": ((("sdk", "timeout", 0),), ('"timeout"', "10000")),
    "retries": ((("sdk", "retries", 0),), ("online", "Math.random")),
    "bounded queue": ((("sdk", "queue", 0),), ("> 1000", "spare")),
    "another's SDK": ((("sdk", "reuse", False),), ("scripts()", "tried", "getEntriesByName")),
    "early": ((("plugin", "early", False),), ("defineProperty", "held")),
    "copies": (
        (("plugin", "copy", False), ("plugin", "middleware", False)),
        ("bigint", "isArray", "clean", "toString"),
    ),
    "slices": ((("plugin", "slices", False),), ("performance.now() + 8", '"pagehide", flush')),
    "security": (
        (("plugin", "security", False),),
        ("nonce", "trustedTypes"),
    ),
    "middleware": ((("plugin", "middleware", False),), ("iddleware",)),
    "duplicates": ((("plugin", "duplicates", False),), ("twice", "plugins")),
    "opt-out at load": ((("plugin", "optOut", False),), ("integrations", "wanted")),
    "too late": ((("plugin", "late", False),), ("registered late", "initialized")),
    "policies": ((("plugin", "policy", False),), ("securitypolicyviolation", "final")),
    "control": ((("plugin", "control", []),), ("said", "break")),
    "counts": (
        (("plugin", "stats", False), ("plugin", "report", False)),
        ("counts", "stats", "readyAt", "noticeSwap"),
    ),
    "reports": ((("plugin", "report", False),), ("onError", "hand(", "page.report")),
}


def switched_off(*parts: str, **sdk: Any) -> dict[str, Any]:
    """Every part of the plugin but these."""
    tables: dict[str, dict[str, Any]] = {**EVERYTHING, "sdk": sdk}
    for part in parts:
        for table, option, value in PARTS[part][0]:
            tables[table] = {**tables[table], option: value}
    return tables


def emitted(project: dict[str, Any], *, debug: bool = False) -> dict[str, bytes]:
    """The scripts of a build, by name."""
    assets = flowplug.build(flowplug.load(project), debug=debug).assets
    return {asset.name: asset.content for asset in assets if asset.name.endswith(".js")}


def words_in(source: bytes, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in source.decode()]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_switched_off_leaves_no_code(part: str) -> None:
    _, words = PARTS[part]
    on, off = emitted(EVERYTHING), emitted(switched_off(part))
    assert words_in(on["1flow.js"], words) == list(words)
    assert words_in(off["1flow.js"], words) == []
    assert len(off["1flow.min.js"]) < len(on["1flow.min.js"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"start": "idle"}, ("requestIdleCallback",)),
        ({"exclude": ["/checkout/*"]}, ("barred", "checkout")),
        ({"include": ["/shop/*"]}, ("barred", "shop")),
        ({"crossorigin": "anonymous"}, ('crossOrigin = "anonymous"',)),
        ({"crossorigin": "anonymous", "integrity": "sha384-YQ=="}, ('integrity = "sha384-YQ=="',)),
    ],
)
def test_an_option_that_is_not_set_leaves_no_code(option: dict[str, str], words: tuple[str, ...]) -> None:
    assert words_in(emitted(switched_off(**option))["1flow.js"], words) == list(words)
    assert words_in(emitted(PRESETS)["1flow.js"], words) == []


@pytest.mark.parametrize(
    ("sdk", "words"),
    [
        ({"start": "now"}, ('=== "complete"', "5000", '"load", attempt')),
        ({"start": "call"}, ('=== "complete"', "5000", '"load", attempt', "integrations")),
        ({"startWithin": 0}, ("5000",)),
    ],
)
def test_a_start_that_waits_for_nothing_else_leaves_no_code(sdk: dict[str, Any], words: tuple[str, ...]) -> None:
    assert words_in(emitted(PRESETS)["1flow.js"], words) == list(words)
    assert words_in(emitted({**PRESETS, "sdk": sdk})["1flow.js"], words) == []


def test_global_privacy_control_that_is_not_asked_for_leaves_no_code() -> None:
    asks = {**PRESETS, "privacy": {"gpc": True}}
    assert words_in(emitted(asks)["1flow.js"], ("globalPrivacyControl",))
    assert not words_in(emitted(PRESETS)["1flow.js"], ("globalPrivacyControl", "barred"))


def test_options_are_the_numbers_in_the_code() -> None:
    source = emitted({**PRESETS, "sdk": {"timeout": 2.5, "retries": 7, "queue": 321}})["1flow.js"]
    assert words_in(source, ("2500", "<= 7", "> 321")) == ["2500", "<= 7", "> 321"]


COMBINATIONS = [
    (),
    *((part,) for part in PARTS),
    *combinations(PARTS, 2),
    *(tuple(other for other in PARTS if other != part) for part in PARTS),
    tuple(PARTS),
]


def _id_of(parts: tuple[str, ...]) -> str:
    if len(parts) <= 2:
        return f"without {' and '.join(parts) or 'nothing'}"
    return f"only {', '.join(part for part in PARTS if part not in parts) or 'what cannot be switched off'}"


@pytest.mark.parametrize("start", ["now", "load", "idle", "call"])
@pytest.mark.parametrize("parts", COMBINATIONS, ids=_id_of)
def test_the_plugin_works_with_any_of_its_parts(parts: tuple[str, ...], start: str) -> None:
    """Alone, by two, all but one, all: an SDK that comes is called, and one that does not is given up."""
    for name, source in emitted(switched_off(*parts, start=start), debug=True).items():
        page = Page(source)
        page.run_timers()
        page.send({"type": "identify", "userId": "u1", "traits": {"plan": "pro"}})
        page.run_timers()
        assert page.calls == [["identify", "u1", {"plan": "pro"}]], name
        assert page.context.eval("error") is None, name
        assert page.failure == "", name

        page = Page(source, outcome="error")
        page.send({"type": "track", "event": "A"})
        page.run_timers()
        page.send({"type": "track", "event": "B"})
        assert "https://1flow.app/js/1flow.js" in page.failure, name
        assert page.context.eval("error") is None, name

        page = Page(source, outcome="nothing")
        page.send({"type": "track", "event": "A"})
        page.run_timers()
        assert ("timeout" in page.failure) is ("timeout" not in parts), name
        assert page.context.eval("error") is None, name


@pytest.mark.parametrize("key", LONG_KEYS)
def test_the_presets_are_at_most_2000_bytes_of_brotli(key: str) -> None:
    project = flowplug.load({"settings": {"projectApiKey": key}})
    assert flowplug.build(project)["1flow.min.js"].brotli_size <= 2000


def test_loading_a_queue_and_the_two_calls_alone_are_at_most_1000_bytes_of_brotli() -> None:
    assert flowplug.build(flowplug.load(switched_off(*PARTS, start="now")))["1flow.min.js"].brotli_size <= 1000


def test_a_debug_build_tells_each_step_of_a_call() -> None:
    page = Page(emitted(PRESETS, debug=True)["1flow.debug.js"])
    page.send({"type": "track", "event": "A", "properties": {"n": 1}})
    assert {type_ for type_, _ in page.steps} == {"flowplug"}
    assert [detail["step"] for _, detail in page.steps] == ["loading", "ready", "received", "sent", "explained"]
    assert page.steps[3][1]["subject"] == "A"


def test_a_debug_build_tells_what_becomes_of_calls_where_no_sdk_comes() -> None:
    project = {**PRESETS, "sdk": {"queue": 1, "retries": 0}}
    page = Page(emitted(project, debug=True)["1flow.debug.js"], outcome="nothing")
    for name in ("A", "B"):
        page.send({"type": "track", "event": name})
    page.run_timers()
    page.send({"type": "track", "event": "C"})
    told = [detail for _, detail in page.steps if detail["step"] not in ("received", "explained")]
    steps = [(detail["step"], detail.get("subject")) for detail in told]
    assert steps == [
        ("loading", None),
        ("queued", "A"),
        ("queued", "B"),
        ("dropped", "B"),
        ("failed", None),
        ("given up", None),
        ("dropped", "A"),
        ("dropped", "C"),
    ]


@pytest.mark.parametrize(
    ("action", "kept"), [("trackEvent", ["A"]), ("identifyUser", ["B"])], ids=["events", "users"]
)
def test_a_full_queue_of_one_kind_keeps_the_first_events_or_the_last_users(action: str, kept: list[str]) -> None:
    mapping = {
        "trackEvent": {"event_name": {"@path": "$.event"}},
        "identifyUser": {"userId": {"@path": "$.event"}},
    }
    project = with_subscriptions(
        {"partnerAction": action, "subscribe": 'type = "track"', "mapping": mapping[action]}
    )
    page = Page(emitted({**project, "sdk": {"queue": 1}})["1flow.js"], outcome="late")
    for name in ("A", "B"):
        page.send({"type": "track", "event": name})
    page.run_timers()
    assert [subject for _, subject, *_ in page.calls] == kept


def test_only_a_debug_build_holds_the_code_of_one() -> None:
    normal, debug = emitted(PRESETS), emitted(PRESETS, debug=True)
    words = ("console.debug", "CustomEvent", '"flowplug"', "tell(")
    assert {name: debug[name] for name in normal} == normal
    assert list(debug) == ["1flow.js", "1flow.min.js", "1flow.debug.js"]
    assert words_in(debug["1flow.debug.js"], words) == list(words)
    # The policy for Trusted Types has the name "flowplug" as well.
    for source in normal.values():
        assert words_in(source, ("console.debug", "CustomEvent", "tell(")) == []


@pytest.mark.parametrize(
    ("address", "is_resolved"),
    [
        ("https://cdn.example.com/a/x.js", False),
        ("https://cdn.example.com:8443/x.js", False),
        ("https://cdn.example.com/.a/..b/x.js", False),
        ("https://cdn.example.com:443/x.js", True),
        ("https://cdn.example.com/a/./x.js", True),
        ("https://cdn.example.com/a/../x.js", True),
        ("https://cdn.example.com/a/..", True),
        ("https://CDN.example.com/x.js", True),
        ("https://cdn.example.com", True),
        ("/x.js", True),
    ],
)
def test_an_address_that_a_browser_would_write_otherwise_is_resolved_on_the_page(
    address: str, is_resolved: bool
) -> None:
    bundle = flowplug.build(flowplug.load({**PRESETS, "sdk": {"regions": {"us": address}}}))
    assert (b"new URL(" in bundle["1flow.js"].content) is is_resolved


def test_sizes_and_integrity_are_those_of_the_content() -> None:
    asset = flowplug.build(flowplug.load(PRESETS))["1flow.min.js"]
    digest = base64.b64encode(hashlib.sha384(asset.content).digest()).decode()
    assert asset.raw_size == len(asset.content)
    assert asset.gzip_size == len(gzip.compress(asset.content, 9)) != len(gzip.compress(asset.content, 1))
    assert asset.brotli_size == len(brotli.compress(asset.content, quality=11))
    assert asset.integrity == f"sha384-{digest}"


def test_the_fragment_is_the_minified_plugin_inside_an_element() -> None:
    bundle = flowplug.build(flowplug.load(PRESETS))
    minified = bundle["1flow.min.js"].content.decode().strip()
    assert bundle["1flow.html"].content.decode() == f"<script>{minified}</script>\n"


def test_the_async_fragment_is_a_placeholder_and_the_element_that_loads_the_plugin() -> None:
    project = flowplug.load(PRESETS)
    bundle = flowplug.build(project)
    script, element = bundle["1flow.async.html"].content.decode().splitlines()
    assert script.startswith("<script>/*! flowplug ")
    assert element == (
        f'<script async src="/1flow.min.js" integrity="{bundle["1flow.min.js"].integrity}" '
        'crossorigin="anonymous"></script>'
    )
    for path in ("/a&b", "/a&b/"):
        fragment = flowplug.build(project, public_path=path)["1flow.async.html"].content.decode()
        assert fragment == script + "\n" + element.replace("/1flow", "/a&amp;b/1flow") + "\n"


@pytest.mark.parametrize("path", ["", "js", "http://cdn.example.com/", "/js?v=1"])
def test_a_public_path_that_no_browser_would_load_from_is_a_wrong_use(path: str) -> None:
    with pytest.raises(
        flowplug.UsageError, match=f'^public path "{re.escape(path)}": write a path such as "/js/"'
    ):
        flowplug.build(flowplug.load(PRESETS), public_path=path)


def test_the_placeholder_is_at_most_500_bytes() -> None:
    placeholder, _ = flowplug.build(flowplug.load(PRESETS))["1flow.async.html"].content.splitlines()
    assert len(brotli.compress(placeholder, quality=11)) <= 500


def test_a_fragment_has_the_hash_of_its_script_for_a_policy() -> None:
    bundle = flowplug.build(flowplug.load(PRESETS))
    for name in ("1flow.html", "1flow.async.html"):
        script = bundle[name].content.decode().split("<script>")[1].split("</script>")[0]
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert bundle[name].policy == f"'sha256-{digest}'"
    assert bundle["1flow.min.js"].policy is None


def test_an_asset_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        flowplug.build(flowplug.load(PRESETS))["other.js"]


def test_a_disabled_subscription_leaves_no_code() -> None:
    project = with_subscriptions(
        {"name": "On"}, {"name": "Off", "enabled": False, "mapping": {"event_name": "zzz"}}
    )
    source = flowplug.build(flowplug.load(project))["1flow.js"].content.decode()
    assert "zzz" not in source
    assert "Off" not in source
    assert "identifyUser = " not in source


def test_only_the_hooks_that_are_used_are_emitted() -> None:
    source = flowplug.build(flowplug.load(with_subscriptions({"subscribe": 'type = "page"'})))
    hooks = re.findall(r"^    (\w+): handle\(", source["1flow.js"].content.decode(), re.MULTILINE)
    assert hooks == ["page"]


def test_the_minified_plugin_has_no_eval_and_only_the_documented_globals() -> None:
    source = flowplug.build(flowplug.load(PRESETS))["1flow.min.js"].content.decode()
    assert not re.search(r"\b(eval|Function|innerHTML|setInterval)\b", source)


def test_the_minified_plugin_names_undefined_in_a_way_that_engines_know() -> None:
    text = "0[0] stays text"
    project = with_subscriptions(
        {"mapping": {"event_name": text, "properties": {"@if": {"exists": {"@path": "a"}}}}}
    )
    source = flowplug.build(flowplug.load(project))["1flow.min.js"].content.decode()
    assert text in source
    assert "0[0]" not in source.replace(text, "")
    assert "void 0" in source


def test_a_literal_in_code_that_the_minifier_finds_dead_is_no_loss() -> None:
    mapping = {"event_name": {"@if": {"exists": "$", "then": "same", "else": "same"}}}
    page = Page(emitted(with_subscriptions({"subscribe": 'type = "track"', "mapping": mapping}))["1flow.min.js"])
    page.send({"type": "track"})
    assert [name for _, name, _ in page.calls] == ["same"]


@pytest.mark.parametrize("template", ["{{event}} " * 498, "{{a}}" * 1000, "{{a}}x" * 833])
def test_a_template_may_have_any_number_of_placeholders(template: str) -> None:
    mapping = {"event_name": {"@case": {"operator": "lower", "value": {"@template": template}}}}
    bundle = flowplug.build(flowplug.load(with_subscriptions({"mapping": mapping})))
    for name in ("1flow.js", "1flow.min.js"):
        page = Page(bundle[name].content)
        page.send({"type": "track", "event": "E", "a": "b"})
        ((_, sent, _),) = page.calls
        assert sent == template.replace("{{event}}", "e").replace("{{a}}", "b")


@pytest.mark.parametrize(
    ("subscribe", "matching", "other"),
    [
        (" or ".join(f"event < {number}" for number in range(650)), 648, 649),
        (" and ".join(["event < 1"] * 700), 0, 1),
        ("event > 5 or (" + " and ".join(["event < 1"] * 680) + ")", 0, 3),
    ],
)
def test_a_trigger_may_have_any_number_of_conditions(subscribe: str, matching: int, other: int) -> None:
    project = with_subscriptions({"subscribe": subscribe, "mapping": {"event_name": {"@path": "event"}}})
    page = Page(flowplug.build(flowplug.load(project))["1flow.min.js"].content)
    page.send({"type": "track", "event": other})
    page.send({"type": "track", "event": matching})
    assert [name for _, name, _ in page.calls] == [matching]


@pytest.mark.parametrize("text", ["a<!--b", 'x="<SCRIPT"', "y=`</script`"])
def test_a_script_that_html_could_not_hold_is_never_emitted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = flowplug.load(PRESETS)
    monkeypatch.setattr(minify, "string", lambda *_: text)
    with pytest.raises(ValueError, match="the emitted script holds '<"):
        flowplug.build(project)


def test_what_the_minifier_refuses_is_one_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise minify.MinifyError("too many nested expressions on line 1 and column 10\n a + b")

    monkeypatch.setattr(minify, "string", refuse)
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.build(flowplug.load(PRESETS))
    reason = "too many nested expressions"
    assert str(caught.value) == (
        f"the plugin cannot be minified ({reason}); make triggers and mappings simpler [too-deep]"
    )


def broken_page(**plugin: Any) -> Page:
    """A page whose SDK throws on every call, and which keeps what is logged and what is handed to it."""
    page = Page(
        flowplug.build(flowplug.load({**PRESETS, "plugin": plugin}))["1flow.min.js"].content,
        before="globalThis.logged = []; globalThis.handed = []; console.error = (...all) => logged.push(all);"
        "calls.push = () => { throw new Error('broken'); };"
        "globalThis.flowplug = { onError(error, event) { handed.push(error.message, event.event); "
        "throw 'worse'; } };",
    )
    for number in range(7):
        page.send({"type": "track", "event": f"E{number}"})
        assert page.context.eval("error") is None
    return page


def test_at_most_five_errors_of_the_sdk_are_logged_and_all_are_counted() -> None:
    page = broken_page(stats=True)
    assert page.context.eval("logged.length") == 5
    assert page.context.eval("plugins[0].stats().failed") == 7
    assert page.context.eval("handed.length") == 0


def test_the_page_is_handed_each_error_with_its_event_and_may_throw() -> None:
    page = broken_page(report=True)
    assert page.context.eval("handed.length") == 14
    assert page.context.eval("handed.slice(0, 4).join()") == "broken,E0,broken,E1"


def test_the_page_is_handed_the_errors_of_mappings() -> None:
    page = Page(
        flowplug.build(flowplug.load({**PRESETS, "plugin": {"report": True}}))["1flow.min.js"].content,
        before="globalThis.handed = [];globalThis.flowplug = { onError(_, event) { handed.push(event.event); } };",
    )
    page.context.eval("""try {
        plugins[0].track({ event: { type: "track", event: "E", get properties() { throw new Error("read"); } } });
    } catch (error) {}""")
    assert page.context.eval("handed.join()") == "E"
