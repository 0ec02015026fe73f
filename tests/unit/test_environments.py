"""One project, many environments: overlays, files that extend others, and where each value was written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import flowplug
from flowplug.errors import Finding, Place
from flowplug.reading import Source, Written, parse
from flowplug.reading.bases import File
from flowplug.schema import schema
from tests.support.projects import KEY, PRESETS, with_subscriptions

OTHER_KEY = "oneflow_prod_b3RoZXI="
EU = "https://eu.example.com/1flow.js"

BASE = f"""
[settings]
projectApiKey = "{KEY}"

[sdk]
timeout = 5
regions = {{ eu = "{EU}" }}

[[subscriptions]]
name = "Orders"
partnerAction = "trackEvent"
subscribe = 'event = "Order Completed"'
[subscriptions.mapping]
event_name = {{ "@path" = "$.event" }}
properties = {{ plan = {{ "@path" = "$.properties.plan" }}, shop = "one" }}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def problems(source: Any, env: str | None = None, **environ: str) -> tuple[flowplug.Problem, ...]:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(source, env=env, environ=environ)
    return caught.value.problems


def lines(source: Any, env: str | None = None, **environ: str) -> list[str]:
    return [str(problem) for problem in problems(source, env, **environ)]


def names(project: flowplug.Project) -> list[str]:
    return [item.name for item in project.subscriptions if item.enabled]


# Overlays


def test_an_overlay_counts_where_its_environment_is_asked_for() -> None:
    source = {**PRESETS, "env": {"prod": {"sdk": {"start": "idle"}}, "staging": {"sdk": {"retries": 0}}}}
    assert flowplug.load(source) == flowplug.load(PRESETS)
    assert flowplug.load(source, env="prod").sdk == flowplug.Sdk(start="idle")
    assert flowplug.load(source, env="staging").sdk == flowplug.Sdk(retries=0)


def test_tables_are_merged_key_by_key_and_other_values_replaced() -> None:
    source = {
        "settings": {"projectApiKey": {"env": "NOT_SET"}, "region": "us"},
        "sdk": {"timeout": 5, "regions": {"us": "/a.js", "eu": "/b.js"}},
        "build": {"formats": ["script", "module"]},
        "consent": {"categories": ["C1", "C2"]},
        "env": {
            "prod": {
                "settings": {"projectApiKey": KEY},
                "sdk": {"regions": {"eu": "/c.js"}},
                "build": {"formats": ["module"]},
                "consent": None,
            }
        },
    }
    assert flowplug.load(source, env="prod", environ={}) == flowplug.load(
        {
            "settings": {"projectApiKey": KEY, "region": "us"},
            "sdk": {"timeout": 5, "regions": {"us": "/a.js", "eu": "/c.js"}},
            "build": {"formats": ["module"]},
        }
    )


def overlaid(mapping: dict[str, Any], overlay: dict[str, Any]) -> Any:
    """The mapping of the only subscription, with that of an overlay put over it."""
    source = with_subscriptions({"name": "a", "mapping": mapping})
    source["env"] = {"prod": {"subscriptions": [{"name": "a", "mapping": overlay}]}}
    return flowplug.load(source, env="prod").subscriptions[0].mapping


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        ("x", {"@path": "$.name"}, {"@path": "$.name"}),
        ({"@path": "$.event"}, {"@template": "{{name}}"}, {"@template": "{{name}}"}),
        ({"@path": "$.event"}, "x", "x"),
    ],
)
def test_a_directive_is_one_value(lower: Any, upper: Any, result: Any) -> None:
    fields = {"event_name": lower, "properties": {"a": 1}}
    assert overlaid(fields, {"event_name": upper}) == {"event_name": result, "properties": {"a": 1}}


@pytest.mark.parametrize(
    ("lower", "upper", "result"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"d": 3}}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"a": 1}, {"@path": "$.properties"}, {"@path": "$.properties"}),
        ({"@path": "$.properties"}, {"a": 1}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    ],
)
def test_objects_of_a_mapping_are_merged(lower: Any, upper: Any, result: Any) -> None:
    fields = {"event_name": "x", "properties": lower}
    assert overlaid(fields, {"properties": upper}) == {"event_name": "x", "properties": result}


def test_a_subscription_is_merged_over_the_one_of_its_name_and_another_is_put_behind() -> None:
    source = with_subscriptions({"name": "a"}, {"name": "b"}, {"name": "c"})
    new = {"name": "d", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'}
    source["env"] = {
        "staging": {
            "subscriptions": [{"name": "c", "subscribe": 'type = "page"'}, new, {"name": "a", "enabled": False}]
        }
    }
    project = flowplug.load(source, env="staging")
    assert [item.name for item in project.subscriptions] == ["a", "b", "c", "d"]
    assert [item.enabled for item in project.subscriptions] == [False, True, True, True]
    assert project.subscriptions[2].subscribe == 'type = "page"'
    assert names(flowplug.load(source)) == ["a", "b", "c"]


def test_where_the_project_lists_no_subscriptions_those_of_the_overlay_are_all() -> None:
    new = {"name": "d", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'}
    source = {**PRESETS, "env": {"prod": {"subscriptions": [new]}}}
    assert names(flowplug.load(source)) == ["Track Event", "Identify User"]
    assert names(flowplug.load(source, env="prod")) == ["d"]


def test_two_subscriptions_of_a_name_in_one_overlay_are_a_mistake() -> None:
    source = with_subscriptions({"name": "a"})
    source["env"] = {"prod": {"subscriptions": [{"name": "a", "enabled": False}, source["subscriptions"][0]]}}
    assert lines(source, "prod") == [
        'env.prod.subscriptions[1] "a".name: is also the name of subscriptions[0]; '
        "give each subscription a name of its own [duplicate-name]"
    ]


@pytest.mark.parametrize(
    ("overlays", "message"),
    [
        (
            {"prod": {}, "staging": {}},
            'env: no environment "prd" (did you mean "prod"?); the project has "prod" and "staging" [unknown-env]',
        ),
        (None, 'no environment "prd"; the project has none [unknown-env]'),
    ],
)
def test_an_unknown_environment_is_answered_with_those_there_are(overlays: Any, message: str) -> None:
    (line,) = lines({**PRESETS, **({"env": overlays} if overlays else {})}, "prd")
    assert line.removeprefix("env: ") == message.removeprefix("env: ")


def test_an_empty_name_is_no_way_to_ask_for_no_environment() -> None:
    assert [problem.code for problem in problems({**PRESETS, "env": {"prod": {}}}, "")] == ["unknown-env"]


@pytest.mark.parametrize("env", [None, "prod", "staging"])
def test_every_overlay_is_checked_for_types_and_unknown_keys(env: str | None) -> None:
    overlay = {"sdk": {"timeout": "5"}, "plugn": {}, "subscriptions": [{"name": "a", "enabeld": False}]}
    source = {**with_subscriptions({"name": "a"}), "env": {"prod": {}, "staging": overlay}}
    assert lines(source, env) == [
        "env.staging.sdk.timeout: expected a number, got a string [wrong-type]",
        'env.staging.plugn: unknown key (did you mean "plugin"?) [unknown-key]',
        'env.staging.subscriptions[0] "a".enabeld: unknown key (did you mean "enabled"?) [unknown-key]',
    ]


def test_an_overlay_need_not_be_complete_and_takes_nothing_from_the_environment_unasked() -> None:
    source = {**PRESETS, "env": {"prod": {"settings": {"projectApiKey": {"env": "NOT_SET"}}, "consent": {}}}}
    assert flowplug.load(source, environ={}).settings.project_api_key == KEY
    assert [problem.code for problem in problems(source, "prod")] == ["missing-variable", "missing-field"]


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (3, "env: expected a table, got a whole number [wrong-type]"),
        ({"prod": [1]}, "env.prod: expected a table, got a list [wrong-type]"),
        ({"prod": {"env": {}}}, "env.prod.env: unknown key [unknown-key]"),
        ({"prod": {"extends": "x.toml"}}, "env.prod.extends: unknown key [unknown-key]"),
    ],
)
def test_what_is_no_overlay_is_a_problem(env: Any, message: str) -> None:
    assert lines({**PRESETS, "env": env}) == [message]


@pytest.mark.parametrize(("key", "meant"), [("envs", "env"), ("extend", "extends")])
def test_a_slip_in_a_heading_is_answered_with_the_right_one(key: str, meant: str) -> None:
    assert lines({**PRESETS, key: {}}) == [f'{key}: unknown key (did you mean "{meant}"?) [unknown-key]']


def test_what_only_the_merged_project_shows_is_at_the_value_that_the_overlay_set() -> None:
    write("flowplug.toml", f"{BASE}\n[env.prod.settings]\nregion = 'us'\n\n[env.asia.settings]\nregion = 'as'\n")
    (problem,) = problems("flowplug.toml", "asia")
    assert (problem.file, problem.line, problem.code) == ("flowplug.toml", 21, "unknown-region")
    assert problem.where == "env.asia.settings.region"
    assert flowplug.load("flowplug.toml", env="prod").settings.region == "us"


def test_a_project_that_only_its_environments_complete_says_which_there_are() -> None:
    write("flowplug.toml", f"[settings]\nregion = 'us'\n[env.prod.settings]\nprojectApiKey = '{KEY}'\n[env.qa]\n")
    assert flowplug.load("flowplug.toml", env="prod").settings.project_api_key == KEY
    assert lines("flowplug.toml") == [
        "flowplug.toml:1: settings: projectApiKey is missing; add it, or choose an environment: "
        '"prod" or "qa" [missing-field]'
    ]
    assert lines("flowplug.toml", "qa") == ["flowplug.toml:1: settings: projectApiKey is missing [missing-field]"]


def test_a_warning_is_at_the_line_of_the_overlay() -> None:
    overlay = "[[env.prod.subscriptions]]\nname = 'Orders'\nsubscribe = 'type = \"screen\"'\n"
    write("flowplug.toml", BASE + overlay)
    (warning,) = flowplug.check(flowplug.load("flowplug.toml", env="prod"))
    assert str(warning).startswith(
        'flowplug.toml:18: env.prod.subscriptions[0] "Orders".subscribe: warning: never'
    )
    assert flowplug.check(flowplug.load("flowplug.toml")) == ()


def test_an_environment_may_be_named_as_any_table() -> None:
    source = {
        **PRESETS,
        "env": {"subscriptions": {"subscriptions": [{"name": "a"}]}, "env": {"sdk": {"start": 1}}},
    }
    assert lines(source, "subscriptions") == [
        "env.env.sdk.start: expected a string, got a whole number [wrong-type]",
        'env.subscriptions.subscriptions[0] "a": partnerAction is missing [missing-field]',
        'env.subscriptions.subscriptions[0] "a": subscribe is missing [missing-field]',
    ]


@pytest.mark.parametrize(("count", "is_too_large"), [(100, False), (101, True)])
def test_a_file_may_have_100_environments(count: int, is_too_large: bool) -> None:
    source = {**PRESETS, "env": {f"e{number}": {} for number in range(count)}}
    if is_too_large:
        assert lines(source) == ["env: more than 100 environments; use several projects [too-large]"]
    else:
        assert flowplug.load(source, env="e99") == flowplug.load(PRESETS)


# The region


def test_the_region_can_come_from_the_environment() -> None:
    source = {"settings": {"projectApiKey": KEY, "region": {"env": "REGION"}}, "sdk": {"regions": {"eu": EU}}}
    project = flowplug.load(source, environ={"REGION": "eu"})
    assert project.settings.region == "eu"
    assert project.sdk_address == EU
    assert flowplug.build(project) == flowplug.build(
        flowplug.load({**source, "settings": {"projectApiKey": KEY, "region": "eu"}})
    )
    assert [problem.code for problem in problems(source)] == ["missing-variable"]


def test_a_region_from_the_environment_is_checked_and_never_shown() -> None:
    source = {"settings": {"projectApiKey": KEY, "region": {"env": "REGION"}}, "sdk": {"regions": {"eu": EU}}}
    (line,) = lines(source, REGION="SECRET")
    assert line == (
        "settings.region: no address of the SDK is known for the region in this environment variable; set the "
        'variable to "us" or "eu", or add the region to sdk.regions with the address that 1Flow gave you '
        "[unknown-region]"
    )


# Files that extend others


def as_json(text: str) -> str:
    return json.dumps(parse("base", text.encode(), ".toml")[0], indent=1)


def as_yaml(text: str) -> str:
    return yaml.safe_dump(json.loads(as_json(text)), sort_keys=False)


@pytest.mark.parametrize("base", ["base.toml", "base.json", "base.yaml"])
@pytest.mark.parametrize("own", ["own.toml", "own.json", "own.yaml"])
def test_a_file_is_merged_over_the_one_that_it_extends_in_any_format(base: str, own: str) -> None:
    forms: dict[str, Callable[[str], str]] = {".toml": str, ".json": as_json, ".yaml": as_yaml}
    write(base, forms[Path(base).suffix](BASE))
    write(own, forms[Path(own).suffix](f"extends = '{base}'\n[sdk]\nretries = 0\n"))
    project = flowplug.load(own)
    assert (project.sdk.timeout, project.sdk.retries) == (5, 0)
    assert names(project) == ["Orders"]


def test_a_path_is_seen_from_the_folder_of_the_file_that_has_it() -> None:
    write("company/base.toml", BASE)
    write("company/web/base.toml", "extends = '../base.toml'\n[sdk]\nretries = 0\n")
    write("shop/flowplug.toml", "extends = '../company/web/base.toml'\n[sdk]\nqueue = 7\n")
    sdk = flowplug.load("shop/flowplug.toml").sdk
    assert (sdk.timeout, sdk.retries, sdk.queue) == (5, 0, 7)
    assert flowplug.load(Path("shop/flowplug.toml").resolve()).sdk == sdk


def test_a_link_to_a_project_extends_what_is_beside_the_link() -> None:
    write("base.toml", BASE)
    write("elsewhere/flowplug.toml", "extends = 'base.toml'\n")
    Path("linked.toml").symlink_to("elsewhere/flowplug.toml")
    assert flowplug.load("linked.toml") == flowplug.load("base.toml")


def test_environments_come_after_all_files_and_are_those_of_every_file() -> None:
    write("base.toml", f"{BASE}\n[env.prod.sdk]\nstart = 'idle'\nretries = 1\n[env.qa]\n")
    write("own.toml", "extends = 'base.toml'\n[sdk]\nstart = 'load'\n[env.prod.sdk]\nretries = 3\n[env.dev]\n")
    assert flowplug.load("own.toml").sdk.start == "load"
    prod = flowplug.load("own.toml", env="prod").sdk
    assert (prod.start, prod.retries) == ("idle", 3)
    (line,) = lines("own.toml", "x")
    assert 'the project has "prod", "qa" and "dev"' in line


def test_only_the_merged_project_must_be_complete() -> None:
    write("base.toml", "[settings]\nregion = 'us'\n[[subscriptions]]\nname = 'a'\n")
    own = "[[subscriptions]]\nname = 'a'\npartnerAction = 'trackEvent'\nsubscribe = 'type = \"page\"'\n"
    write("own.toml", f"extends = 'base.toml'\n{own}[settings]\nprojectApiKey = '{KEY}'\n")
    assert names(flowplug.load("own.toml")) == ["a"]
    assert [problem.code for problem in problems("base.toml")] == ["missing-field"] * 3


def test_a_problem_has_the_file_and_line_that_set_the_value() -> None:
    write("base.toml", BASE.replace("timeout = 5", "timeout = 500").replace("$.event", "$.evnt"))
    own = """extends = "base.toml"

[[subscriptions]]
name = "Mine"
partnerAction = "trackEvent"
subscribe = '?'

[[subscriptions]]
name = "Orders"
mapping.properties.shop = { "@nope" = 1 }
"""
    write("own.toml", own)
    found = [(item.file, item.line, item.where, item.code) for item in problems("own.toml")]
    assert found == [
        ("own.toml", 6, 'subscriptions[0] "Mine".subscribe', "trigger-syntax"),
        ("own.toml", 10, 'subscriptions[1] "Orders".mapping.properties.shop', "unknown-directive"),
        ("base.toml", 6, "sdk.timeout", "out-of-range"),
    ]


KEYS = st.sampled_from(["a", "b", "@c"])
VALUES = st.recursive(
    st.integers(0, 99),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=6,
)
SUBSCRIPTIONS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"mapping": VALUES}), max_size=3
)
TABLES = st.fixed_dictionaries({}, optional={"sdk": VALUES, "plugin": VALUES, "subscriptions": SUBSCRIPTIONS})


def leaves(value: Any, place: Place = ()) -> list[tuple[Place, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for key, item in items for leaf in leaves(item, (*place, key))]
    return inner or [(place, value)]


@given(TABLES, st.lists(TABLES, min_size=1, max_size=2))
def test_every_value_of_a_merged_project_is_found_where_it_was_written(base: Any, others: list[Any]) -> None:
    files = [{**base, "env": {"prod": others[0]}}, *others[1:]]
    texts = [File(Source(str(index)), data) for index, data in enumerate(files)]
    data, origin = Written(tuple(texts)).merged("prod")
    for place, value in leaves(data):
        (problem,) = origin.problems([Finding(place, "empty", "")], data)
        if place:
            found: Any = files[int(problem.file)]
            for part in problem.place:
                found = found[part]
            assert found == value


def test_a_warning_has_the_line_of_the_base() -> None:
    write("base.toml", BASE.replace("$.event", "$.evnt"))
    write("own.toml", "extends = 'base.toml'\n")
    (warning,) = flowplug.check(flowplug.load("own.toml"))
    assert (warning.file, warning.line, warning.subscription) == ("base.toml", 14, "Orders")


def test_a_value_that_is_wrong_is_a_problem_even_where_it_is_replaced() -> None:
    write("base.toml", BASE.replace("timeout = 5", "timeout = '5'"))
    write("own.toml", "extends = 'base.toml'\n[sdk]\ntimeout = 5\n")
    assert lines("own.toml") == ["base.toml:6: sdk.timeout: expected a number, got a string [wrong-type]"]


def test_a_base_that_is_no_table_is_a_problem() -> None:
    write("base.json", "[1]")
    write("own.toml", f"extends = 'base.json'\n{BASE}")
    assert lines("own.toml") == ["base.json:1: expected an object, got a list [wrong-type]"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[settings", "base.toml:1: not TOML: "),
        ("", "base.toml:1: the file is empty [empty]"),
        ("a = 1979-05-27", "base.toml:1: a: a date is not a JSON value; put it in quotes [not-json]"),
    ],
)
def test_a_base_that_cannot_be_read_as_a_project_is_named(text: str, line: str) -> None:
    write("base.toml", text)
    write("own.toml", f"extends = 'base.toml'\n{BASE}")
    (found,) = lines("own.toml")
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("bsae.toml", 'bsae.toml: no such file (did you mean "base.toml"?)'),
        ("folder.toml", "folder.toml: cannot be read: Is a directory"),
        ("base.txt", "base.txt: not a project file; flowplug reads .toml, .json, .yaml, .yml"),
        ("-", 'must be the path of a project file, got "-"'),
        ("./-", 'must be the path of a project file, got "./-"'),
        (
            "https://example.com/base.toml",
            'flowplug reads files, not web addresses, got "https://example.com/base.toml"',
        ),
        ("a\\base.toml", 'write "/" between folders, and no backslash, got "a\\\\base.toml"'),
        *(
            (
                path,
                f'must be a path as seen from the folder of this file, got "{path}"; write one such as '
                '"base.toml" or "../base.toml"',
            )
            for path in ("/etc/base.toml", "//server/base.toml", "C:/base.toml", "c:base.toml")
        ),
        ("a\0b.toml", "a\\x00b.toml: embedded null byte"),
    ],
)
def test_what_cannot_be_extended_is_a_problem_at_its_line(extends: str, message: str) -> None:
    write("base.toml", BASE)
    Path("folder.toml").mkdir()
    write("own.json", f'{{\n"extends": {json.dumps(extends)}\n}}')
    assert lines("own.json") == [f"own.json:2: extends: {message} [invalid-extends]"]


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("", "extends: is empty [empty]"),
        (["base.toml"], "extends: expected a string, got a list [wrong-type]"),
    ],
)
def test_what_is_no_path_is_a_problem(extends: Any, message: str) -> None:
    write("own.json", json.dumps({**PRESETS, "extends": extends}))
    assert lines("own.json") == [f"own.json:1: {message}"]


def test_a_file_that_the_system_does_not_let_us_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    write("own.toml", "extends = 'base.toml'\n")
    opened = open

    def refuse(file: Any, *arguments: Any, **options: Any) -> Any:
        if file == "base.toml":
            raise PermissionError(13, "Permission denied", file)
        return opened(file, *arguments, **options)

    monkeypatch.setattr("builtins.open", refuse)
    assert lines("own.toml") == [
        "own.toml:1: extends: base.toml: cannot be read: Permission denied [invalid-extends]"
    ]


def test_half_a_surrogate_pair_is_no_traceback() -> None:
    write("own.json", '{"extends": "\\ud800.toml", "env": {"\\ud800": {"\\ud800": 1}}}')
    (problem,) = problems("own.json")
    assert problem.code == "invalid-extends"
    assert str(problem).isprintable()


@pytest.mark.parametrize("source", [{**PRESETS, "extends": "base.toml"}, "-"])
def test_only_a_file_can_extend_another(source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write("base.toml", BASE)
    read, written = os.pipe()
    os.write(written, json.dumps({**PRESETS, "extends": "base.toml"}).encode())
    os.close(written)
    with open(read, encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        (line,) = lines(source)
    assert line.endswith("extends: only a project that is read from a file can extend another [invalid-extends]")


def test_a_circle_is_a_problem_that_names_its_files() -> None:
    write("own.toml", "extends = 'a.toml'\n")
    write("a.toml", "\nextends = 'more/b.json'\n")
    write("more/b.json", '{"extends": "../a.toml"}')
    (problem,) = problems("own.toml")
    assert (problem.file, problem.line, problem.code) == (os.path.join("more", "b.json"), 1, "extends-cycle")
    assert problem.message == (
        f"goes round in a circle: a.toml extends {problem.file} extends a.toml; extend another file, or none"
    )


@pytest.mark.parametrize("extends", ["own.toml", "./own.toml", "loop/own.toml", "link.toml"])
def test_a_file_that_extends_itself_is_a_circle_by_whatever_name(extends: str) -> None:
    write("own.toml", f"extends = '{extends}'\n")
    Path("loop").symlink_to(".")
    Path("link.toml").symlink_to("own.toml")
    assert [problem.code for problem in problems("own.toml")] == ["extends-cycle"]


@pytest.mark.parametrize(("count", "is_too_deep"), [(20, False), (21, True)])
def test_a_project_may_have_20_files(count: int, is_too_deep: bool) -> None:
    for number in range(1, count):
        write(f"{number}.toml", f"extends = '{number + 1}.toml'\n[sdk]\nqueue = {number}\n")
    write(f"{count}.toml", BASE)
    if is_too_deep:
        assert lines("1.toml") == ["20.toml:1: extends: more than 20 files; put some of them together [too-deep]"]
    else:
        assert flowplug.load("1.toml").sdk.queue == 1


def test_a_changed_project_of_several_files_is_checked_again() -> None:
    write("base.toml", BASE)
    write("own.toml", "extends = 'base.toml'\n[env.prod.build]\nformats = ['module']\n")
    project = flowplug.load("own.toml", env="prod")
    assert flowplug.check(project) == ()
    with pytest.raises(flowplug.ProjectError, match=r"needs the ID of the destination"):
        flowplug.build(project, formats=["rudderstack"])


# The schema


def test_the_schema_asks_for_a_whole_project_only_where_there_is_no_other_part() -> None:
    document = schema()
    assert document["if"] == {"anyOf": [{"required": ["extends"]}, {"required": ["env"]}]}
    assert document["else"] == {
        "required": ["settings"],
        "properties": {
            "settings": {"required": ["projectApiKey"]},
            "consent": {"required": ["categories"]},
            "rudderstack": {"required": ["destinationId"]},
            "subscriptions": {"items": {"required": ["name", "partnerAction", "subscribe"]}},
        },
    }
    required = {name: item["required"] for name, item in document["$defs"].items() if item.get("required")}
    assert required == {"Subscription": ["name"], "FromEnvironment": ["env"]}
    assert document["$defs"]["ProjectFile"]["properties"]["env"]["additionalProperties"] == {
        "$ref": "#/$defs/Project"
    }
