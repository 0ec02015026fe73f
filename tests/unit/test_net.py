"""The safety net: a move of code that changes a byte of any plugin is seen, for every combination that matters.

`make test ARGS=--record` writes the tables anew. What changes there changes what users get: say so in the
commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import combinations, islice, product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import flowplug
from flowplug.formats import FORMATS
from flowplug.mapping.directives import DIRECTIVES
from tests.support.projects import PRESETS, with_subscriptions
from tests.unit.test_bundle import RECORDED

TABLES = Path(__file__).parents[1] / "golden" / "net"

Row: TypeAlias = "tuple[str, dict[str, Any]]"
"""A project, and what tells it from the others of its table."""

ACTIONS = {
    "both": PRESETS,
    "track": with_subscriptions({"name": "Track"}),
    "identify": with_subscriptions(
        {"name": "Identify", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'}
    ),
}

# What a directive makes of an event, each by other helpers than the next.
VALUES: dict[str, Any] = {
    "path": {"@path": "$.properties.a"},
    "path of an event": {"@path": {"@path": "$.properties.path"}},
    "template": {"@template": "{{properties.a}}: {{properties.b}}"},
    "template of an event": {"@template": {"@path": "$.properties.template"}},
    "if exists": {"@if": {"exists": {"@path": "$.properties.a"}, "then": 1, "else": "no"}},
    "if blank": {"@if": {"blank": {"@path": "$.properties.a"}, "then": 1}},
    "lower": {"@case": {"operator": "lower", "value": {"@path": "$.event"}}},
    "upper": {"@case": {"operator": "upper", "value": {"@path": "$.event"}}},
    "replace": {"@replace": {"pattern": "a", "replacement": "<b>", "value": {"@path": "$.event"}}},
    "array path": {"@arrayPath": ["$.properties.items", {"sku": {"@path": "$.sku"}}]},
    "flatten": {"@flatten": {"value": {"@path": "$.properties"}, "separator": "."}},
    "encode": {"@json": {"mode": "encode", "value": {"@path": "$.properties"}}},
    "decode": {"@json": {"mode": "decode", "value": {"@path": "$.properties.text"}}},
    "merge": {"@merge": {"direction": "right", "objects": [{"@path": "$.properties"}, {"a": 1}]}},
    "transform": {"@transform": {"apply": {"a": {"@path": "$.properties.a"}}, "mapping": {"b": {"@path": "$.a"}}}},
    "without nulls": {"@excludeWhenNull": {"@path": "$.properties"}},
    "literal": {"@literal": {"</script>": [1, None, "\u2028"]}},
    "object": {"a": {"@path": "$.properties.a"}, "b": [{"@path": "$.userId"}, 1.5, "text"]},
}

TRIGGERS = {
    "one name": 'event = "A"',
    "names": 'type = "track" and (event = "A" or event = "B")',
    "name and more": 'type = "track" and event = "A" and properties.n > 5',
    "property": 'type = "track" and properties.plan = "pro"',
    "text": 'type = "track" and contains(event, "x") and !match(properties.a, "b*")',
    "all types": 'type != "nothing"',
    "two types": 'type = "page" or type = "group"',
    "user": "userId != null",
}


def switches() -> Iterator[Row]:
    """Every subset of the parts whose code is woven together, for each set of actions."""
    parts = {
        "timeout": ("sdk", "timeout", 0),
        "retries": ("sdk", "retries", 0),
        "queue": ("sdk", "queue", 0),
        "reuse": ("sdk", "reuse", False),
        "stats": ("plugin", "stats", False),
        "slices": ("plugin", "slices", False),
        "security": ("plugin", "security", False),
    }
    copies: dict[str, dict[str, Any]] = {
        "": {},
        "middleware": {"middleware": False},
        "middleware copy": {"middleware": False, "copy": False},
    }
    sets = [chosen for count in range(len(parts) + 1) for chosen in combinations(parts, count)]
    for (actions, project), chosen, (more, plugin) in product(ACTIONS.items(), sets, copies.items()):
        tables: dict[str, dict[str, Any]] = {"sdk": {}, "plugin": {"stats": True, **plugin}}
        for part in chosen:
            table, option, value = parts[part]
            tables[table][option] = value
        yield f"{actions} without {' '.join([*chosen, *more.split()])}", {**project, **tables}


def starts() -> Iterator[Row]:
    """When the SDK is loaded and how the plugin registers."""
    flags = {"prerender": "sdk", "early": "plugin", "duplicates": "plugin", "late": "plugin", "stats": "plugin"}
    for start, retries, values in product(
        ("now", "load", "idle", "call"), (0, 2), product((True, False), repeat=5)
    ):
        tables: dict[str, dict[str, Any]] = {"sdk": {"start": start, "retries": retries}, "plugin": {}}
        for (flag, table), value in zip(flags.items(), values, strict=True):
            tables[table][flag] = value
        on = " ".join(flag for flag, value in zip(flags, values, strict=True) if value)
        yield f"{start} {retries} {on}", {**PRESETS, **tables}


def options() -> Iterator[Row]:
    """Values that stand in the code as they are."""
    tables: dict[str, dict[str, Any]] = {
        "timeout": {"timeout": 0.0001},
        "numbers": {"timeout": 2.5, "retries": 7, "queue": 321},
        "crossorigin": {"crossorigin": "use-credentials"},
        "integrity": {"crossorigin": "anonymous", "integrity": "sha384-YQ=="},
    }
    for name, sdk in tables.items():
        for security, reuse in product((True, False), repeat=2):
            yield (
                f"{name} {security} {reuse}",
                {**PRESETS, "sdk": {**sdk, "reuse": reuse}, "plugin": {"security": security}},
            )
    for address in (
        "/x.js",
        "https://a.example/x.js",
        "https://a.example/",
        "http://localhost:5000/",
        "https://A.example/a/../b?c=d&e=f",
    ):
        yield address, {**PRESETS, "sdk": {"regions": {"us": address}}}
    for name in ("ajs", "$", "_a1"):
        for early in (True, False):
            yield f"{name} {early}", {**PRESETS, "plugin": {"analyticsGlobal": name, "early": early}}


def controls() -> Iterator[Row]:
    """What a page may set, for whom the SDK is loaded, and how large an event may be."""
    names = ("off", "nonce", "sample", "key", "region")
    chosen = [*((name,) for name in names), *combinations(names, 2), (), names]
    for control, security in product(chosen, (True, False)):
        plugin = {"control": list(control), "security": security, "report": security}
        yield f"{control} {security}", {**PRESETS, "sdk": {"regions": {"eu": "/x.js"}}, "plugin": plugin}
    for sample, limit, stats in product((1, 0.5, 0), (0, 32000), (True, False)):
        tables = {"sdk": {"sample": sample, "maxBytes": limit}, "plugin": {"stats": stats}}
        yield f"{sample} {limit} {stats}", {**PRESETS, **tables}


def mappings() -> Iterator[Row]:
    """Directives alone and by two, so that each helper is seen with and without the others."""
    chosen = [(name,) for name in VALUES] + list(combinations(VALUES, 2))
    for names, (more, plugin) in product(
        chosen,
        {"": {}, "no middleware": {"middleware": False}, "no copy": {"middleware": False, "copy": False}}.items(),
    ):
        properties = {name: VALUES[name] for name in names}
        project = with_subscriptions({"mapping": {"event_name": "E", "properties": properties}}, plugin=plugin)
        yield f"{', '.join(names)} {more}".strip(), project


def subscriptions() -> Iterator[Row]:
    """Triggers alone, by two and by three: hooks, tables, constants and what one failure may stop."""
    mapping = {
        "event_name": {"@path": "$.properties.order.name"},
        "properties": {"a": {"@path": "$.properties.order"}},
    }
    for count in (1, 2, 3):
        for names in combinations(TRIGGERS, count):
            rules = [{"name": name, "subscribe": TRIGGERS[name], "mapping": mapping} for name in names]
            yield ", ".join(names), with_subscriptions(*rules)
    for action in ("trackEvent", "identifyUser"):
        for subscribe in TRIGGERS.values():
            yield f"{action} {subscribe}", with_subscriptions({"partnerAction": action, "subscribe": subscribe})


def consent() -> Iterator[Row]:
    """Consent, with the parts whose code it is woven into."""
    parts = {
        "timeout": ("sdk", "timeout", 0),
        "retries": ("sdk", "retries", 0),
        "reuse": ("sdk", "reuse", False),
        "stats": ("plugin", "stats", False),
        "middleware": ("plugin", "middleware", False),
    }
    sets = [chosen for count in range(len(parts) + 1) for chosen in combinations(parts, count)]
    for (actions, project), chosen in product(ACTIONS.items(), sets):
        tables: dict[str, dict[str, Any]] = {"sdk": {}, "plugin": {"stats": True}}
        tables["consent"] = {"categories": ["C0004"]}
        for part in chosen:
            table, option, value = parts[part]
            tables[table][option] = value
        yield f"{actions} without {' '.join(chosen)}", {**project, **tables}
    for sample, stats in product((0.5, 0), (True, False)):
        tables = {"sdk": {"sample": sample}, "plugin": {"stats": stats}, "consent": {"categories": ["C0004"]}}
        yield f"sample {sample} {stats}", {**PRESETS, **tables}
    several = {**PRESETS, "consent": {"categories": ["C0002", "a b", "</script>"]}}
    for start, prerender in product(("now", "load", "idle", "call"), (True, False)):
        yield f"{start} {prerender}", {**several, "sdk": {"start": start, "prerender": prerender}}


SCRIPTS = (switches, starts, options, controls, mappings, subscriptions, consent)


def modules() -> Iterator[Row]:
    """Some of each table, as modules."""
    yield from in_format("module", every=5)


def remotes() -> Iterator[Row]:
    """Some of each table, for Segment's loader."""
    yield from in_format("remote", every=10)


def in_format(name: str, every: int) -> Iterator[Row]:
    for rows in SCRIPTS:
        for row, project in islice(rows(), 0, None, every):
            yield f"{rows.__name__}: {row}", {**project, "build": {"formats": [name]}}


def rudderstack() -> Iterator[Row]:
    """Some of each table, for RudderStack."""
    for rows in SCRIPTS:
        for name, project in islice(rows(), 0, None, 9):
            tables = {"build": {"formats": ["rudderstack"]}, "rudderstack": {"destinationId": "2abc"}}
            yield f"{rows.__name__}: {name}", {**project, **tables}


def getanalytics() -> Iterator[Row]:
    """Some of each table, for the package analytics, but none with consent."""
    for rows in SCRIPTS:
        for name, project in islice(rows() if rows is not consent else (), 0, None, 9):
            yield f"{rows.__name__}: {name}", {**project, "build": {"formats": ["getanalytics"]}}


def privacy() -> Iterator[Row]:
    """Each option of privacy, and all, for each set of actions and in each format; and where data becomes text."""
    options: dict[str, dict[str, Any]] = {
        "deny": {"deny": ["email", "*password*", "a*b*c"]},
        "email": {"scrub": ["email"]},
        "card": {"scrub": ["card"]},
        "user": {"hash": ["userId"]},
        "visitor": {"hash": ["anonymousId"]},
        "traits": {"allow": {"traits": ["plan"]}},
        "properties": {"allow": {"properties": ["total", "</script>"]}},
    }
    everything = {
        **options["deny"],
        "scrub": ["email", "card"],
        "hash": ["userId", "anonymousId"],
        "allow": {"traits": ["plan"], "properties": ["total"]},
    }
    for name, option in {**options, "all": everything}.items():
        for actions, project in ACTIONS.items():
            yield f"{name} {actions}", {**project, "privacy": option}
    for form in FORMATS:
        tables = {"build": {"formats": [form]}, "rudderstack": {"destinationId": "2abc"}}
        yield f"all {form}", {**PRESETS, **tables, "privacy": everything}
    for name in ("flatten", "encode", "decode", "array path", "transform"):
        mapping = {"event_name": "E", "properties": {"made": VALUES[name]}}
        yield f"made by {name}", {**with_subscriptions({"mapping": mapping}), "privacy": options["deny"]}
    tables = {"consent": {"categories": ["C0004"]}, "plugin": {"stats": True}}
    yield "all with consent and stats", {**PRESETS, **tables, "privacy": everything}


def test_every_directive_is_among_the_values() -> None:
    written = json.dumps(VALUES)
    assert [name for name in DIRECTIVES if f'"{name}"' not in written] == []


GROUPS = {rows.__name__: rows for rows in (*SCRIPTS, modules, remotes, rudderstack, getanalytics, privacy)}


@pytest.mark.parametrize("group", GROUPS)
def test_no_byte_of_any_plugin_is_other_than_recorded(group: str, pytestconfig: pytest.Config) -> None:
    seen = {name: _digests(project) for name, project in GROUPS[group]()}
    known = _recorded(group, seen, pytestconfig)
    assert [name for name in seen if seen[name] != known.get(name)] == []
    assert known.keys() == seen.keys()


def test_the_integrity_of_each_golden_plugin_is_as_recorded(pytestconfig: pytest.Config) -> None:
    seen = {
        name: flowplug.build(flowplug.load(project))["1flow.min.js"].integrity
        for name, project in RECORDED.items()
    }
    assert seen == _recorded("integrity", seen, pytestconfig)


def _digests(project: dict[str, Any]) -> str:
    """The first 40 bits of the SHA-256 of each file, in the order of the bundle, debug build and all."""
    bundle = flowplug.build(flowplug.load(project), debug=True)
    return " ".join(hashlib.sha256(asset.content).hexdigest()[:10] for asset in bundle.assets)


def _recorded(table: str, seen: dict[str, str], config: pytest.Config) -> dict[str, str]:
    path = TABLES / f"{table}.json"
    if config.getoption("--record"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(seen, indent=0, ensure_ascii=True) + "\n", encoding="ascii")
    known: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return known
