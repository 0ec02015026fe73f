"""Reading a project: every format, and every mistake answered with one line that says what would be right."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml
from msgspec.structs import fields, replace

import flowplug
from flowplug.errors import quote
from flowplug.project import FromEnvironment, Plugin
from flowplug.schema import schema
from tests.support.command import run_command
from tests.support.projects import FORMAT_NAMES, KEY, PRESETS, with_subscriptions

SWITCHES = [option.encode_name for option in fields(Plugin) if isinstance(option.default, bool)]

TOML = f"""
[settings]
projectApiKey = "{KEY}"

[[subscriptions]]
name = "Pages"
partnerAction = "trackEvent"
subscribe = 'type = "page"'
[subscriptions.mapping]
event_name = {{ "@path" = "$.name" }}
"""

PAGES = with_subscriptions(
    {"name": "Pages", "subscribe": 'type = "page"', "mapping": {"event_name": {"@path": "$.name"}}}
)


def refusal(source: Any, **environ: str) -> flowplug.ProjectError:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(source, environ=environ)
    return caught.value


def errors(source: Any, **environ: str) -> list[str]:
    return str(refusal(source, **environ)).splitlines()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", TOML),
        ("p.json", json.dumps(PAGES)),
        ("p.yaml", yaml.safe_dump(PAGES)),
        ("p.yml", yaml.safe_dump(PAGES)),
        ("p.json", "\ufeff" + json.dumps(PAGES)),
    ],
)
def test_every_format_gives_the_same_project(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert flowplug.load(path) == flowplug.load(PAGES)


def test_without_subscriptions_the_two_presets_apply() -> None:
    project = flowplug.load(PRESETS)
    assert [(item.name, item.partner_action, item.subscribe) for item in project.subscriptions] == [
        ("Track Event", "trackEvent", 'type = "track"'),
        ("Identify User", "identifyUser", 'type = "identify"'),
    ]


def test_the_key_can_come_from_the_environment() -> None:
    project = flowplug.load({"settings": {"projectApiKey": {"env": "FLOW_KEY"}}}, environ={"FLOW_KEY": KEY})
    assert project.settings.project_api_key == KEY


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "a=b"])
def test_a_variable_that_cannot_exist_is_not_set(name: str) -> None:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load({"settings": {"projectApiKey": {"env": name}}})
    (problem,) = caught.value.problems
    assert problem.code == "missing-variable"


def test_a_variable_beyond_the_encoding_of_the_environment_is_not_set() -> None:
    options = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    project = json.dumps({"settings": {"projectApiKey": {"env": "\xe9"}}})
    done = run_command("check", "-", input=project, env={**os.environ, **options})
    assert done.returncode == 1
    assert "[missing-variable]" in done.stderr


def test_variables_that_are_no_text_are_the_caller_s_mistake() -> None:
    environ: Any = {"FLOW_KEY": 5}
    with pytest.raises(TypeError, match='environ\\["FLOW_KEY"\\] is not text'):
        flowplug.load({"settings": {"projectApiKey": {"env": "FLOW_KEY"}}}, environ=environ)


def test_a_region_takes_its_address_from_the_project() -> None:
    address = "https://eu.example.com/js/1flow.js"
    project = flowplug.load(
        {"settings": {"projectApiKey": KEY, "region": "eu"}, "sdk": {"regions": {"eu": address}}}
    )
    assert project.sdk_address == address


def test_the_options_are_those_of_the_file() -> None:
    options = {"start": "idle", "timeout": 2.5, "retries": 0, "queue": 5, "crossorigin": "anonymous"}
    project = flowplug.load({**PRESETS, "sdk": options, "plugin": {"stats": False}})
    assert {name: getattr(project.sdk, name) for name in options} == options
    assert not project.plugin.stats
    assert project.plugin.early


def settings(**changes: Any) -> dict[str, Any]:
    return {"settings": {"projectApiKey": KEY, **changes}}


def sdk(**options: Any) -> dict[str, Any]:
    return {**PRESETS, "sdk": options}


def formats(*names: Any) -> dict[str, Any]:
    return {**PRESETS, "build": {"formats": names}}


def plugin(**options: Any) -> dict[str, Any]:
    return {**PRESETS, "plugin": options}


def consent(*categories: Any) -> dict[str, Any]:
    return {**PRESETS, "consent": {"categories": list(categories)}}


def regions(**addresses: Any) -> dict[str, Any]:
    return sdk(regions=addresses)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "settings is missing"),
        ({"setings": {}, **PRESETS}, 'setings: unknown key (did you mean "settings"?)'),
        (settings(regoin="us"), 'settings.regoin: unknown key (did you mean "region"?)'),
        ({"settings": {}}, "settings: projectApiKey is missing"),
        (
            settings(projectApiKey=""),
            'settings.projectApiKey: is empty; 1Flow shows the key under project settings, as "oneflow_prod_…"',
        ),
        (
            settings(projectApiKey={"env": "NOT_SET"}),
            'settings.projectApiKey: the environment variable "NOT_SET" is not set',
        ),
        (
            settings(projectApiKey={"env": "EMPTY"}),
            'settings.projectApiKey: the environment variable "EMPTY" is empty',
        ),
        (
            settings(projectApiKey=7),
            "settings.projectApiKey: expected a string or a table, got a whole number",
        ),
        (
            settings(region="eu"),
            'settings.region: no address of the SDK is known for region "eu"; '
            "set sdk.regions.eu to the one that 1Flow gave you",
        ),
        (
            settings(region="uss"),
            'settings.region: no address of the SDK is known for region "uss" (did you mean "us"?); '
            "set sdk.regions.uss to the one that 1Flow gave you",
        ),
        (settings(region=["us"]), "settings.region: expected a string or a table, got a list"),
        (settings(projectApiKey=[KEY]), "settings.projectApiKey: expected a string or a table, got a list"),
        (sdk(start=["now"]), "sdk.start: expected a string, got a list"),
        (sdk(timeout=[1]), "sdk.timeout: expected a number, got a list"),
        (sdk(regions=["x"]), "sdk.regions: expected a table, got a list"),
        (regions(eu=1), "sdk.regions.eu: expected a string, got a whole number"),
        (
            plugin(analyticsGlobal="a.b"),
            'plugin.analyticsGlobal: is not the name of a global: "a.b"; write one such as "analytics"',
        ),
        (sdk(startt="now"), 'sdk.startt: unknown key (did you mean "start"?)'),
        (
            sdk(start="Idle"),
            'sdk.start: expected "now", "load", "idle" or "call", got "Idle" (did you mean "idle"?)',
        ),
        (sdk(prerender="yes"), "sdk.prerender: expected true or false, got a string"),
        (sdk(timeout="10"), "sdk.timeout: expected a number, got a string"),
        (sdk(timeout=-1), "sdk.timeout: must be at least 0, got -1"),
        (sdk(timeout=301), "sdk.timeout: must be at most 300, got 301"),
        (sdk(timeout=float("inf")), "sdk.timeout: inf is not a JSON number"),
        (sdk(retries=1.5), "sdk.retries: expected a whole number, got 1.5"),
        (sdk(retries=-1), "sdk.retries: must be at least 0, got -1"),
        (sdk(retries=11), "sdk.retries: must be at most 10, got 11"),
        (sdk(queue=True), "sdk.queue: expected a whole number, got true or false"),
        (sdk(queue=-1), "sdk.queue: must be at least 0, got -1"),
        (sdk(queue=100_001), "sdk.queue: must be at most 100,000, got 100001"),
        (sdk(reuse=0), "sdk.reuse: expected true or false, got a whole number"),
        (
            sdk(crossorigin="anonymos"),
            'sdk.crossorigin: expected "anonymous" or "use-credentials", got "anonymos" '
            '(did you mean "anonymous"?)',
        ),
        (
            sdk(integrity="sha1-YQ==", crossorigin="anonymous"),
            'sdk.integrity: is not an integrity hash: "sha1-YQ=="; write one such as "sha384-…"',
        ),
        (
            sdk(integrity="sha384-YQ==", crossorigin=1),
            "sdk.crossorigin: expected a string or null, got a whole number",
        ),
        (plugin(copy=False, middleware="no"), "plugin.middleware: expected true or false, got a string"),
        (
            sdk(integrity="sha384-YQ=="),
            'sdk.integrity: needs crossorigin = "anonymous", or browsers block the script',
        ),
        (
            plugin(copy=False),
            "plugin.copy: must be true, since destination middleware changes the copy; or set middleware = false",
        ),
        (plugin(slice=False), 'plugin.slice: unknown key (did you mean "slices"?)'),
        (formats(), 'build.formats: names no format; choose at least one, such as "script"'),
        (
            formats("skript"),
            f'build.formats[0]: "skript" is not a format; choose from {FORMAT_NAMES} (did you mean "script"?)',
        ),
        (formats("script", "script"), 'build.formats[1]: "script" is named twice; remove one of the two'),
        (formats("script", 3), "build.formats[1]: expected a string, got a whole number"),
        ({**PRESETS, "build": {"formats": "script"}}, "build.formats: expected a list, got a string"),
        *(
            (plugin(**{option: "no"}), f"plugin.{option}: expected true or false, got a string")
            for option in SWITCHES
        ),
        (consent(), "consent.categories: is empty; name the categories that 1Flow needs, or leave out consent"),
        ({**PRESETS, "consent": {}}, "consent: categories is missing"),
        ({**PRESETS, "consent": True}, "consent: expected a table, got true or false"),
        ({**PRESETS, "consent": {"categories": "C4"}}, "consent.categories: expected a list, got a string"),
        ({**PRESETS, "consent": {"categories": {"C4": True}}}, "consent.categories: expected a list, got a table"),
        (consent("C4", 4, "C4 "), "consent.categories[1]: expected a string, got a whole number"),
        (consent(None, "C4"), "consent.categories[0]: expected a string, got null"),
        (consent("C4", ""), "consent.categories[1]: is empty"),
        (
            consent("C2", "C4", "C2"),
            'consent.categories[2]: "C2" is already consent.categories[0]; remove one of them',
        ),
        (
            {**PRESETS, "consent": {"category": "C4", "categories": ["C4"]}},
            'consent.category: unknown key (did you mean "categories"?)',
        ),
        ({**PRESETS, "subscriptions": {}}, "subscriptions: expected a list, got a table"),
        ({**PRESETS, "subscriptions": [3]}, "subscriptions[0]: expected a table, got a whole number"),
        (
            {**PRESETS, "subscriptions": []},
            "subscriptions: is empty; leave it out for the two presets, Track Event and Identify User",
        ),
        (with_subscriptions({"name": ""}), "subscriptions[0].name: is empty"),
        (
            with_subscriptions({"partnerAction": "trackEvnt"}),
            'subscriptions[0] "subscription 0".partnerAction: expected "trackEvent" or "identifyUser", '
            'got "trackEvnt" (did you mean "trackEvent"?)',
        ),
        (
            with_subscriptions({"enabled": "yes"}),
            'subscriptions[0] "subscription 0".enabled: expected true or false, got a string',
        ),
        (
            with_subscriptions({"name": "a"}, {"name": "b"}, {"name": "a"}),
            'subscriptions[2] "a".name: is also the name of subscriptions[0]; '
            "give each subscription a name of its own",
        ),
        (
            with_subscriptions({"mapping": {"event_nam": "x"}}),
            'subscriptions[0] "subscription 0".mapping.event_nam: trackEvent has no such field '
            '(did you mean "event_name"?)',
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(source: Any, message: str) -> None:
    (line,) = errors(source, EMPTY="")
    assert re.sub(r" \[[A-Za-z-]+\]$", "", line) == message


@pytest.mark.parametrize(
    "key",
    [
        'oneflow_prod_"+alert(1)+"',
        "oneflow_prod_</script><script>alert(1)</script>",
        "oneflow_prod_a\nb",
        "oneflow_prod_a\x00",
        "oneflow_prod_\u2028",
        " oneflow_prod_a",
        "oneflow_prod_",
        "sk_live_1234",
    ],
)
def test_what_is_no_api_key_is_refused_on_one_line(key: str) -> None:
    (line,) = errors(settings(projectApiKey=key))
    assert line.startswith('settings.projectApiKey: must start with "oneflow_prod_" or "oneflow_sandbox_", ')
    assert line.isprintable()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://1flow.app/js/1flow.js",
        "//1flow.app/js/1flow.js",
        "https://",
        "https://1flow.app/a b.js",
        'https://1flow.app/"><script>',
        "https://user:pass@1flow.app/x.js",
        "https://user@1flow.app/x.js",
        "https://:pass@1flow.app/x.js",
        "data:text/javascript,alert(1)",
        "1flow.js",
        "",
        "https:1flow.app/x.js",
        "/\\1flow.app/x.js",
        "https://host:99999/x.js",
        "https://256.256.256.256/x.js",
        "https://a.b.c.09/x.js",
        "https://host:\u0664\u0664\u0663/x.js",
        "http\u017f://host/x.js",
        "http://localhost.evil.com/x.js",
        "https://host/\ud800.js",
        "https:///x.js",
        "https://h\u00ad.com/x.js",
        "https://h\ufeff.com/x.js",
        "https://h\ufe0f.com/x.js",
        "https://h%41.com/x.js",
        "https://@h/x.js",
        "https://:@h/x.js",
        "/x\0",
        "/x\x1b",
        "/x\x9b",
        "/\ud800",
    ],
)
def test_what_is_no_address_of_a_script_is_refused(address: str) -> None:
    (line,) = errors(regions(us=address))
    assert line.startswith("sdk.regions.us: is not the address of a script: ")


@pytest.mark.parametrize(
    "address",
    [
        "https://eu.1flow.app/js/1flow.js",
        "https://cdn.example.com:8443/a/1flow.js?v=1",
        "/vendor/1flow.js",
        "http://localhost:5000/1flow.js",
        "http://127.0.0.1:5000/1flow.js",
        "http://[::1]:5000/1flow.js",
        "https://192.0.2.1/1flow.js",
        "HTTPS://Cdn.Example.com/1flow.js",
        "https://cdn.example.com:443/1flow.js",
        "https://cdn.example.com./1flow.js",
        "https://xn--bcher-kva.example/1flow.js",
        "https://B\u00fccher.example/gr\u00f6\u00dfe.js",
        "https://fa\u00df.example/1flow.js",
        "https://\ufb01.example/1flow.js",
        "https://a\u3002example/1flow.js",
        "https://[2001:DB8:0::1]/1flow.js",
        "http://127.1/1flow.js",
        "/gr\u00f6\u00dfe.js",
        "/",
    ],
)
def test_an_address_may_be_https_or_of_the_site_or_of_this_machine(address: str) -> None:
    assert flowplug.load(regions(us=address)).sdk_address == address


def test_all_errors_of_a_file_are_shown_at_once_and_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(
        """
        [settings]
        projectApiKey = { env = "NOT_SET" }
        region = "eu"
        colour = "red"
        [[subscriptions]]
        name = "a"
        partnerAction = "trackEvnt"
        subscribe = 'type = "track'
        mapping = { event_name = { "@pathh" = "$.event" } }
        [[subscriptions]]
        name = "a"
        partnerAction = "trackEvnt"
        mapping = { colour = "red" }
        """,
        encoding="utf-8",
    )
    lines = errors(path)
    assert all(line.startswith(f"{path}:") for line in lines)
    assert [line.removeprefix(f"{path}:").rpartition(": ")[0].split(": ")[:2] for line in lines] == [
        ["3", "settings.projectApiKey"],
        ["4", "settings.region"],
        ["5", "settings.colour"],
        ["8", 'subscriptions[0] "a".partnerAction'],
        ["9", 'subscriptions[0] "a".subscribe'],
        ["10", 'subscriptions[0] "a".mapping.event_name'],
        ["11", 'subscriptions[1] "a"'],
        ["12", 'subscriptions[1] "a".name'],
        ["13", 'subscriptions[1] "a".partnerAction'],
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.toml", b"[settings\n", "not TOML: "),
        ("p.toml", b"a = 1\na = 2\n", "not TOML: "),
        ("p.json", b'{"a": 1,}', "not JSON: "),
        ("p.json", b'{"a": 1, "a": 2}', '1: key "a" appears twice in one object [duplicate-key]'),
        ("p.json", b'\n{"a": 1,\n"a": 2}', '3: key "a" appears twice in one object [duplicate-key]'),
        ("p.json", b'{"a": NaN}', "1: a: nan is not a JSON number"),
        ("p.yaml", b"a: [", "not YAML: "),
        ("p.yaml", b"a: 1\na: 2\n", 'not YAML: key "a" appears twice'),
        ("p.yaml", b"a: !!python/object/apply:os.system [true]", "not YAML: "),
        ("p.yaml", b"a: &a [*a]", "nested more than 50 deep"),
        ("p.json", b"[" * 100_000, "nested more than 50 deep [too-deep]"),
        ("p.toml", b"a = " + b"[" * 100_000, "nested more than 50 deep"),
        ("p.json", b'{"a":' * 300 + b"1" + b"}" * 300, "nested more than 50 deep"),
        ("p.toml", b'\na = "\xff"', "2: not UTF-8 text (byte 7) [not-text]"),
        ("p.json", b"3", "expected an object, got a whole number"),
        ("p.json", b"[1]", "expected an object, got a list"),
        ("p.toml", b"settings = 3", "settings: expected a table, got a whole number"),
        ("p.yaml", b"# nothing", "expected a table, got null"),
        ("p.toml", b"", "1: the file is empty [empty]"),
        ("p.yaml", b"\n", "1: the file is empty [empty]"),
        ("p.json", b" ", "1: the file is empty [empty]"),
        ("p.toml", b"a = 2020-01-01", "a: a date is not a JSON value; put it in quotes"),
        ("p.toml", b"a = nan", "a: nan is not a JSON number"),
        ("p.toml", b"a = 9007199254740993", "a: 9007199254740993 is past 2**53 - 1"),
        ("p.yaml", b"1: x", "a key must be a string, not 1; put it in quotes"),
        ("p.yaml", b"a: !!binary aGk=", "a: bytes is not a JSON value"),
        ("p.yaml", b"b: 1\na: !!map [b]", "2: not YAML: expected a mapping node, but found sequence"),
        ("p.yaml", b"b: 1\na: 2001-01-01 00:00:00 +99:99", "2: not YAML: a value does not fit the tag"),
        ("p.yaml", b"\na: \x00", "2: not YAML: control characters are not allowed"),
        ("p.yaml", b"a: 1\n--- b", "2: not YAML: expected a single document in the stream"),
        ("p.yaml", b"2001-01-01: x", "a key must be a string, not 2001-01-01; put it in quotes"),
        ("p.yaml", b"true: x", "a key must be a string, not true; put it in quotes"),
        ("p.toml", b'a = "' + b"." * 1_000, "1: not TOML: "),
        ("p.yaml", b"a: !!timestamp foo", "not YAML: a value does not fit the tag"),
        ("p.yaml", b"a: !!bool foo", "not YAML: a value does not fit the tag"),
        ("p.yaml", b"a: !!int ''", "not YAML: a value does not fit the tag"),
        ("p.yaml", b"a: &a {k: 1}\nb: {<<: [*a, *a]}", "not YAML: merges (<<) are not read"),
        ("p.toml", b"a" + b".a" * 50_000 + b" = 1", "nested more than 50 deep"),
        ("p.json", b" " * 2**20, "1: the file is empty [empty]"),
        ("p.json", b" " * (2**20 + 1), "larger than 1 MiB [too-large]"),
    ],
)
def test_what_is_not_plain_data_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (line,) = errors(path)
    assert line.startswith(f"{path}:")
    assert message in line


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "p.toml",
            'a = { @path = "$.event" }',
            'put a key that starts with @ in double quotes: "@path" (at column 7)',
        ),
        (
            "p.toml",
            '[x]\r\n@path = "$.event"',
            'put a key that starts with @ in double quotes: "@path" (at column 1)',
        ),
        (
            "p.toml",
            "a = {\n b = 1 }",
            "an inline table ends on its line; write { … } on one line, or use a [header]",
        ),
        (
            "p.toml",
            "a = { b = 1\n}",
            "an inline table ends on its line; write { … } on one line, or use a [header]",
        ),
        ("p.toml", "a = { b = 1,\n c = 1 }", "an inline table ends on its line; write { … } on one line, or"),
        ("p.toml", "a = { b = 1, }", 'remove the comma before "}" (at column 14)'),
        ("p.toml", 'a = "b\nc = 1', "this text has no closing quote; add it at the end of the line (at column 7)"),
        ("p.toml", "a =\nb = 1", 'a value is missing after "=" (at column 4)'),
        ("p.toml", "a: 1", 'write = instead of ":" (at column 2)'),
        ("p.toml", "a = True", "write true in lower case (at column 5)"),
        ("p.toml", "a = None", "write null (at column 5)"),
        ("p.toml", "a = now", 'put text in double quotes: "now" (at column 5)'),
        ("p.toml", "a = \u201cnow\u201d", "write straight double quotes (at column 5)"),
        (
            "p.toml",
            'a = "type = "track""',
            "the text ended at the quote before this; put single quotes around text",
        ),
        ("p.toml", r'a = "\d"', r"write a backslash in double quotes as \\, or put the text in single quotes"),
        ("p.toml", "{}", "this looks like JSON; give the file a name that ends in .json (at column 1)"),
        ("p.toml", "[a]\n[a]", "table [a] appears twice; put all of its keys below the first one (at column 3)"),
        ("p.toml", "a = 1\na = 2", 'key "a" appears twice in one table; remove one of them (at '),
        ("p.toml", "a = { b = 1, b = 2 }", 'key "b" appears twice in one table; remove one of them (at '),
        ("p.toml", "a = 1\n[[a]]", '"[[a]]" appears twice in one table; remove one of them (at '),
        ("p.yaml", "a:\n\tb: 1", "YAML takes no tabs here; indent with spaces (at column 1)"),
        ("p.yaml", "a:\n  @path: x", 'put what starts with @ in quotes: "@path" (at column 3)'),
        ("p.yaml", "a: {@path: x}", 'put what starts with @ in quotes: "@path" (at column 5)'),
        ("p.yaml", 'a: "b\nc: 1', "this text has no closing quote; add it (at column 4)"),
        ("p.yaml", "a: b: c", 'there is a ":" too many; put text that has ": " in it in quotes, and indent keys'),
        ("p.yaml", "a: {{event}}", "put text that has {{ in it in quotes (at column 5)"),
        (
            "p.yaml",
            'a: "type = "track""',
            "the text ended at the quote before this; put single quotes around text",
        ),
        ("p.json", '{"a": 1} // b', "JSON has no comments; remove this one, or write the project in TOML or YAML"),
        (
            "p.json",
            '{ /* b */ "a": 1}',
            "JSON has no comments; remove this one, or write the project in TOML or YAML",
        ),
        ("p.json", '{"a": 1,}', "remove the comma before the closing bracket (at column "),
        ("p.json", '{"a": [1, ]}', "remove the comma before the closing bracket (at column "),
        ("p.json", "{a: 1}", 'put the key in double quotes: "a" (at column 2)'),
        ("p.json", "{'a': 1}", "put text in double quotes, not in single ones (at column 2)"),
        ("p.json", '{"a": "b', "this text has no closing quote; add it (at column 7)"),
        (
            "p.json",
            '{"a": "b\n}',
            "this text has no closing quote; add it at the end of the line, or write a line",
        ),
        (
            "p.json",
            '{"a": "b\r\n}',
            "this text has no closing quote; add it at the end of the line, or write a line",
        ),
        ("p.json", '{"a": 1 "b": 1}', "a comma is missing before this (at column 9)"),
        ("p.json", '{"a": 1', "a closing bracket is missing at the end (at column 8)"),
        (
            "p.json",
            '{"a": "type = "track""}',
            "the text ended at the quote before this; write a double quote inside",
        ),
        ("p.json", r'{"a": "\d"}', r"write a backslash as \\ (at column 8)"),
        ("p.json", '{"a": None}', "write null (at column 7)"),
        ("p.json", '{"a": False}', "write false in lower case (at column 7)"),
        ("p.json", '{"a": 1 c}', "a comma is missing before this (at column 9)"),
        ("p.json", '{"a": "b" 5}', "a comma is missing before this (at column 11)"),
        ("p.toml", "a = [1, x]", 'put text in double quotes: "x" (at column 9)'),
        ("p.toml", "a =", 'a value is missing after "=" (at the end)'),
        ("p.toml", f"[{'a' * 59}]\n" * 2, f"table [{'a' * 59} appears twice; put"),
        (
            "p.yaml",
            'a: "b": c',
            'there is a ":" too many; put text that has ": " in it in quotes, and indent keys',
        ),
        # What is not one of the likely mistakes is answered in the parser's words.
        ("p.toml", "a = { b }", "Expected '=' after a key"),
        ("p.toml", "a {}", "Expected '=' after a key"),
        ("p.toml", "= 1", "Invalid statement (at column 1)"),
        ("p.toml", "a = 1 b", "Expected newline or end of document"),
        ("p.toml", 'a = { b = "c" d = 1}', "Unclosed inline table"),
        ("p.json", '{"a" 1}', "Expecting ':' delimiter (at column 6)"),
        ("p.json", '{"a": "\t"}', "Invalid control character at (at column 8)"),
        ("p.json", '{"a": [}', "Expecting value (at column 8)"),
        ("p.json", '{"a":', "Expecting value (at column 6)"),
        ("p.yaml", r'a: "\q"', "while parsing a quoted scalar, found unknown escape character (at column 4)"),
    ],
)
def test_a_likely_mistake_of_syntax_is_answered_with_what_to_do(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    (line,) = errors(path)
    language = path.suffix[1:].upper()
    assert line.split(f": not {language}: ")[1].startswith(message)


@pytest.mark.parametrize(
    ("name", "once", "twice"),
    [
        ("p.toml", "a = 1\nb = ", "a = 1\na = 2"),
        ("p.toml", "[a]\n[", "[a]\n[a]"),
        ("p.json", '{"a": 1, "b" 2}', '{"a": 1, "a": 2}'),
        ("p.yaml", "a: 1\nb: {", "a: 1\na: 2"),
    ],
)
def test_a_key_that_is_there_twice_has_another_code_than_a_mistake_of_syntax(
    tmp_path: Path, name: str, once: str, twice: str
) -> None:
    for text, code in ((once, "syntax-error"), (twice, "duplicate-key")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [problem.code for problem in refusal(tmp_path / name).problems] == [code]


DIGITS = "9" * 5_000
PARTS = ".a" * 200_000


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("p.json", f'{{\n"a": {DIGITS}}}', "2: a: this number is past 2**53 - 1"),
        ("p.json", f'{{\n"a": -{DIGITS}}}', "2: a: this number is past 2**53 - 1"),
        (
            "p.toml",
            f"\na = {DIGITS}",
            "2: a number of thousands of digits, which JavaScript cannot hold exactly; put it in quotes [unsafe-",
        ),
        ("p.toml", f"b = 1\na = 0x{DIGITS}", "2: a: this number is past 2**53 - 1"),
        ("p.yaml", f"b: 1\na: {DIGITS}", "2: not YAML: a number of more than 100 characters"),
        ("p.yaml", f"b: 1\na: 0x{DIGITS}", "2: not YAML: a number of more than 100 characters"),
        ("p.yaml", f"b: 1\na: 1{':1' * 400_000}", "2: not YAML: a number of more than 100 characters"),
        ("p.yaml", f"b: 1\na: 1{':1' * 200}.5", "2: not YAML: a number of more than 100 characters"),
        ("p.yaml", f"b: 1\na: !!int {DIGITS}", "2: not YAML: a number of more than 100 characters"),
        ("p.yaml", f"b: 1\n? {DIGITS}\n: a", "2: not YAML: a number of more than 100 characters"),
        ("p.toml", f"b = 1\na{PARTS} = 1", "2: nested more than 50 deep"),
        ("p.toml", f'b = 1\n"="{PARTS} = 1', "2: nested more than 50 deep"),
        ("p.toml", f"b = 1\n'='{PARTS} = 1", "2: nested more than 50 deep"),
        ("p.toml", f'b = 1\n"\u2028"{PARTS} = 1', "2: nested more than 50 deep"),
        ("p.toml", f'b = 1\na = {{ "#" = 1, a{PARTS} = 1 }}', "2: nested more than 50 deep"),
        ("p.toml", f"b = 1\na = [[{{ a{PARTS.replace('.', ' . ')} = 1 }}]]", "2: nested more than 50 deep"),
        ("p.toml", f'b = """\n"""\n[x{PARTS}]', "3: nested more than 50 deep"),
        ("p.toml", "\na" + 50 * ".a" + " = 1", "2: nested more than 50 deep"),
        ("p.toml", "\n" + 30 * "a." + "'x'" + 30 * ".a" + " = 1", "2: nested more than 50 deep"),
        ("p.toml", "b = 1\n" + 30 * "a." + "." + 30 * ".a" + " = 1", "2: not TOML"),
        ("p.toml", "b = 1\na." + 50 * ".a" + " = 1", "2: not TOML"),
    ],
    ids=str,
)
def test_what_parsers_choke_on_is_a_problem_at_once(tmp_path: Path, name: str, text: str, line: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    started = process_time()
    (only,) = errors(path)
    assert process_time() - started < 2
    assert only.startswith(f"{path}:{line}")


def test_a_long_text_with_many_dots_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    dots = "." * 1_000
    path.write_text(f"{TOML}[sdk]\nregions = {{ x = '/{dots}', y = \"/{dots}\" }} # {dots}\n", encoding="utf-8")
    assert flowplug.load(path).sdk.regions["x"] == f"/{dots}"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("partnerAction", "unknown-value"),
        ("subscribe", "trigger-syntax"),
        ("enabled", "wrong-type"),
        ("mapping", "wrong-type"),
    ],
)
def test_half_a_surrogate_pair_is_no_traceback(tmp_path: Path, key: str, code: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(with_subscriptions({key: "\ud800"})), encoding="utf-8")
    (problem,) = refusal(path).problems
    assert problem.place == ("subscriptions", 0, key)
    assert problem.code == code
    assert str(problem).isprintable()


@pytest.mark.parametrize("before", ["", "b = 1\n", "b = [1.5, '.'] # a.b\n"])
def test_a_key_as_long_as_allowed_is_read(tmp_path: Path, before: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f"{before}a{'.a' * 49} = 1 # ..", encoding="utf-8")
    assert {problem.code for problem in refusal(path).problems} == {"unknown-key", "missing-field"}


@pytest.mark.parametrize(("more", "is_too_large"), [(5, False), (6, True)])
def test_aliases_may_make_1000_values_of_a_short_file(tmp_path: Path, more: int, is_too_large: bool) -> None:
    path = tmp_path / "p.yaml"
    # The file, a list of 30, a list of 31 of it, and a last list: 1 + 31 + 1 + 31 * 31 + 1 + more values.
    lists = ["a: &a [" + 30 * "x, " + "]", "b: [" + 31 * "*a, " + "]", "c: [" + more * "x, " + "]"]
    path.write_text("\n".join(lists), encoding="utf-8")
    codes = [problem.code for problem in refusal(path).problems]
    assert (codes == ["too-large"]) == is_too_large


def test_without_standard_input_a_file_is_read_and_standard_input_is_a_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.toml"
    path.write_text(TOML, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", None)
    assert flowplug.load(path) == flowplug.load(PAGES)
    with pytest.raises(flowplug.UsageError, match=r"^<stdin>: is closed$"):
        flowplug.load("-")


def test_json_in_a_yaml_file_may_escape_what_is_beyond_16_bits(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(json.dumps(with_subscriptions({"mapping": {"event_name": "\U0001f600"}})), encoding="utf-8")
    script = flowplug.build(flowplug.load(path))["1flow.min.js"].content.decode()
    assert "\\ud83d\\ude00" in script


def test_no_message_shows_what_came_from_the_environment() -> None:
    for value in ("AKIA-SECRET", "   ", "oneflow_prod_ SECRET"):
        (line,) = errors(settings(projectApiKey={"env": "AWS_SECRET"}), AWS_SECRET=value)
        assert "SECRET" not in line.replace("AWS_SECRET", "")


def test_more_values_than_anyone_writes_are_refused_without_a_hang(tmp_path: Path) -> None:
    path = tmp_path / "laughs.yaml"
    rows = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert errors(path) == [f"{path}:1: more than 1,000 values; repeat fewer with aliases (*) [too-large]"]


def test_a_kilobyte_of_aliases_is_a_problem_at_once(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    head = yaml.safe_dump(with_subscriptions({"mapping": {"event_name": "x"}}))
    levels = [f"p{i}: &p{i} {{'@if': {{exists: *p{i - 1}, then: *p{i - 1}}}}}" for i in range(1, 17)]
    text = head.replace("event_name: x", f"properties: {{p0: &p0 {{'@path': a}}, {', '.join(levels)}}}")
    path.write_text(text, encoding="utf-8")
    began = process_time()
    assert [problem.code for problem in refusal(path).problems] == ["too-large"]
    assert process_time() - began < 1


def test_an_alias_may_repeat_what_is_not_much(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    items = [{"name": f"s{i}", "partnerAction": "trackEvent", "subscribe": f'event = "{i}"'} for i in range(100)]
    shared = {"event_name": {"@path": "$.event"}, "properties": {f"p{i}": i for i in range(20)}}
    data = {**PRESETS, "subscriptions": [{**item, "mapping": shared} for item in items]}
    text = yaml.safe_dump(data)
    path.write_text(text, encoding="utf-8")
    assert "*id001" in text
    assert flowplug.load(path) == flowplug.load(data)


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(flowplug.UsageError, match=r'no such file; "flowplug init" writes one'):
        flowplug.load(tmp_path / "flowplug.toml")


def test_a_file_of_another_kind_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(flowplug.UsageError, match=r"reads \.toml, \.json, \.yaml, \.yml"):
        flowplug.load(tmp_path / "flowplug.ini")


def test_a_name_that_no_file_can_have_is_a_wrong_use() -> None:
    with pytest.raises(flowplug.UsageError, match=r"^a\\x00b\.toml: embedded null"):
        flowplug.load("a\0b.toml")


def test_a_folder_in_the_place_of_the_file_is_the_disk_s_fault(tmp_path: Path) -> None:
    (tmp_path / "p.toml").mkdir()
    with pytest.raises(flowplug.OutsideError, match="cannot be read"):
        flowplug.load(tmp_path / "p.toml")


def test_a_project_made_in_python_is_checked_by_build() -> None:
    project = flowplug.Project(
        settings=flowplug.Settings(project_api_key="no key", region="eu"),
        subscriptions=(flowplug.Subscription(name="a", partner_action="trackEvent", subscribe="?"),),
    )
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.build(project)
    assert [problem.place for problem in caught.value.problems] == [
        ("settings", "projectApiKey"),
        ("subscriptions", 0, "subscribe"),
        ("settings", "region"),
    ]
    assert caught.value.problems == flowplug.check(project)


@pytest.mark.parametrize("other", ["flowplug.toml", None, 3, ()])
def test_what_is_no_project_is_a_problem(other: Any) -> None:
    (problem,) = flowplug.check(other)
    assert (problem.place, problem.code) == ((), "wrong-type")


OWN = flowplug.Settings(project_api_key=KEY)


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ({"sdk": flowplug.Sdk(start="bogus")}, 'sdk.start: expected "now", "load", "idle" or "call", got "bogus"'),  # type: ignore[arg-type]
        ({"sdk": flowplug.Sdk(timeout=-1)}, "sdk.timeout: must be at least 0, got -1"),
        ({"sdk": flowplug.Sdk(timeout=float("nan"))}, "sdk.timeout: nan is not a JSON number"),
        ({"sdk": flowplug.Sdk(retries=1.5)}, "sdk.retries: expected a whole number"),  # type: ignore[arg-type]
        ({"sdk": flowplug.Sdk(regions=None)}, "sdk.regions: expected a table, got null"),  # type: ignore[arg-type]
        ({"sdk": flowplug.Sdk(regions={"us": "x"})}, "sdk.regions.us: is not the address"),
        ({"sdk": None}, "sdk: expected a table, got null"),
        ({"plugin": flowplug.Plugin(stats="no")}, "plugin.stats: expected true or"),  # type: ignore[arg-type]
        ({"build": flowplug.Build(formats=())}, "build.formats: names no format"),
        ({"consent": flowplug.Consent(categories=())}, "consent.categories: is empty"),
        ({"consent": flowplug.Consent(categories="C4")}, "consent.categories: expected a list"),  # type: ignore[arg-type]
        ({"subscriptions": ()}, "subscriptions: is empty"),
        ({"subscriptions": 3}, "subscriptions: expected a list, got a whole number"),
        ({"subscriptions": (3,)}, "subscriptions[0]: expected a table, got a whole number"),
        ({"subscriptions": (object(),)}, "subscriptions[0]: object is not a JSON value"),
        ({"schema": 7}, "$schema: expected a string, got a whole number"),
    ],
)
def test_in_a_project_made_in_python_the_same_is_found_as_in_a_file(tables: dict[str, Any], line: str) -> None:
    project = flowplug.Project(settings=OWN, **tables)
    (problem,) = flowplug.check(project)
    assert str(problem).startswith(line)
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.build(project)
    assert caught.value.problems == (problem,)


def test_a_project_made_in_python_takes_its_key_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOW_KEY", KEY)
    project = flowplug.Project(settings=flowplug.Settings(project_api_key=FromEnvironment(env="FLOW_KEY")))
    assert flowplug.build(project) == flowplug.build(flowplug.Project(settings=OWN))


def test_a_loaded_project_has_nothing_left_to_find() -> None:
    assert flowplug.check(flowplug.load(PAGES)) == ()


def test_a_loaded_project_that_was_changed_is_checked_again() -> None:
    project = flowplug.load(PAGES)
    changed = replace(project, sdk=replace(project.sdk, queue=-1))
    assert [problem.place for problem in flowplug.check(changed)] == [("sdk", "queue")]


def test_a_loaded_project_shares_no_data_with_its_caller() -> None:
    data = with_subscriptions({"mapping": {"event_name": "x", "properties": {"list": [{"a": 1}]}}})
    data["sdk"] = {"regions": {"us": "/1flow.js"}}
    project, same = flowplug.load(data), flowplug.load(json.loads(json.dumps(data)))
    properties = data["subscriptions"][0]["mapping"]["properties"]
    properties["list"][0]["@nope"] = properties["list"]
    properties["new"] = 1
    data["sdk"]["regions"]["us"] = "javascript:alert(1)"
    assert project == same
    assert flowplug.build(project) == flowplug.build(same)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"@nope": 1}, "unknown-directive"),
        (float("nan"), "not-json"),
        (10**400, "unsafe-integer"),
        (object(), "not-json"),
        ({1: 2}, "key-not-text"),
    ],
)
def test_a_mapping_of_a_loaded_project_that_was_changed_in_place_is_checked_again(value: Any, code: str) -> None:
    project = flowplug.load(with_subscriptions({"mapping": {"event_name": "x", "properties": {}}}))
    mapping: Any = project.subscriptions[0].mapping
    mapping["properties"]["a"] = value
    assert [problem.code for problem in flowplug.check(project)] == [code]
    with pytest.raises(flowplug.ProjectError):
        flowplug.build(project)


@pytest.mark.parametrize(
    ("key", "shown"), [(b"a" * 57, f"b'{'a' * 57}'"), (b"a" * 58, f"b'{'a' * 57}…"), (2**201, "this number")]
)
def test_a_key_that_is_no_text_is_shown_if_it_is_short(key: Any, shown: str) -> None:
    (line,) = errors({**PRESETS, key: 1})
    assert line == f"a key must be a string, not {shown}; put it in quotes [key-not-text]"


def test_a_mapping_of_a_loaded_project_that_holds_itself_is_a_problem() -> None:
    project = flowplug.load(with_subscriptions({"mapping": {"event_name": "x", "properties": {}}}))
    mapping: Any = project.subscriptions[0].mapping
    mapping["properties"]["a"] = mapping
    assert [problem.code for problem in flowplug.check(project)] == ["too-deep"]


def test_a_region_of_a_loaded_project_that_was_changed_in_place_is_checked_again() -> None:
    project = flowplug.load(sdk(regions={"us": "/1flow.js"}))
    addresses: Any = project.sdk.regions
    addresses["us"] = "javascript:alert(1)"
    assert [problem.code for problem in flowplug.check(project)] == ["invalid-address"]


def test_a_loaded_project_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    project = flowplug.load(PAGES)
    monkeypatch.setattr(flowplug.Sdk, "problems", lambda values: 1 / 0)
    assert flowplug.check(project) == ()


def test_a_warning_for_a_file_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(TOML.replace("page", "screen"), encoding="utf-8")
    (warning,) = flowplug.build(flowplug.load(path)).warnings
    assert (warning.file, warning.line, warning.subscription) == (str(path), 8, "Pages")


def test_what_is_wrong_twice_in_one_place_is_said_once() -> None:
    def codes(template: str) -> list[str]:
        project = with_subscriptions({"mapping": {"event_name": {"@template": template}}})
        try:
            return [problem.code for problem in flowplug.check(flowplug.load(project))]
        except flowplug.ProjectError as error:
            return [problem.code for problem in error.problems]

    assert codes("{{evnt}} {{other}} " * 100) == ["unknown-event-field"] * 2
    assert codes(f"{{{{{'a.' * 50}a}}}}" * 2) == ["too-long"]


def test_check_tells_warnings_where_there_are_no_errors() -> None:
    project = flowplug.load(with_subscriptions({"enabled": False}))
    assert [(problem.level, problem.code) for problem in flowplug.check(project)] == [
        ("warning", "nothing-enabled")
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[consent]\ncategories = []", "p.toml:4: consent.categories: is empty"),
        ("[consent]\ncategories = [\n'a',\n'b',\n'a',\n]", 'p.toml:7: consent.categories[2]: "a" is already'),
    ],
)
def test_what_is_wrong_with_consent_has_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'[settings]\nprojectApiKey = "{KEY}"\n{text}\n', encoding="utf-8")
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    (problem,) = caught.value.problems
    assert str(problem).removeprefix(f"{tmp_path}/").startswith(line)


def test_no_consent_is_asked_for_unless_the_project_says_so() -> None:
    assert flowplug.load(PRESETS).consent is None
    assert flowplug.load({**PRESETS, "consent": None}).consent is None
    assert flowplug.load(consent("C4")).consent == flowplug.Consent(categories=("C4",))


def test_the_schema_names_every_key_and_refuses_others() -> None:
    definitions = schema()["$defs"]
    assert set(definitions["ProjectFile"]["properties"]) == {
        "$schema",
        "extends",
        "env",
        "settings",
        "sdk",
        "plugin",
        "build",
        "consent",
        "privacy",
        "rudderstack",
        "mappings",
        "defaults",
        "subscriptions",
    }
    for name in set(definitions) - {"FromEnvironment"}:
        assert definitions[name]["additionalProperties"] is False
        assert all("description" in field or "$ref" in field for field in definitions[name]["properties"].values())


def test_a_text_in_a_message_has_at_most_60_characters() -> None:
    assert quote("a" * 60) == f'"{"a" * 60}"'
    assert quote("a" * 61) == f'"{"a" * 59}…"'
