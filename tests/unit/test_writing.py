"""Writing: a project becomes a file that loads as the same project, laid out as a person would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowplug
from flowplug.writing import format_project
from tests.support.projects import KEY, with_subscriptions
from tests.support.round_trip import SCHEMA, exact, written_and_loaded


def test_toml_is_laid_out_as_in_the_readme() -> None:
    many = {f"property_{number}": {"@path": f"$.properties.property_{number}"} for number in range(3)}
    merge = {"@merge": {"direction": "right", "objects": [{"@path": "$.properties"}, many]}}
    project = {
        "settings": {"projectApiKey": {"env": "ONEFLOW_PROJECT_API_KEY"}},
        "subscriptions": [
            {
                "name": "It's",
                "partnerAction": "trackEvent",
                "subscribe": 'type = "page"',
                "mapping": {"properties": many, "event_name": {"@template": 'The "{{name}}"'}},
            },
            {
                "name": "Merged",
                "partnerAction": "identifyUser",
                "enabled": False,
                "subscribe": "userId = 'x' or userId = \"y\"",
                "mapping": {"userId": "u", "traits": merge},
            },
        ],
    }
    assert format_project(project, Path("flowplug.toml"), SCHEMA) == (
        """\
#:schema ./flowplug.schema.json

[settings]
projectApiKey = { env = "ONEFLOW_PROJECT_API_KEY" }

[[subscriptions]]
name = "It's"
partnerAction = "trackEvent"
subscribe = 'type = "page"'
[subscriptions.mapping]
event_name = { "@template" = 'The "{{name}}"' }
[subscriptions.mapping.properties]
property_0 = { "@path" = "$.properties.property_0" }
property_1 = { "@path" = "$.properties.property_1" }
property_2 = { "@path" = "$.properties.property_2" }

[[subscriptions]]
name = "Merged"
partnerAction = "identifyUser"
enabled = false
subscribe = "userId = 'x' or userId = \\"y\\""
[subscriptions.mapping]
userId = "u"
[subscriptions.mapping.traits."@merge"]
direction = "right"
objects = [
  { "@path" = "$.properties" },
  { property_0 = { "@path" = "$.properties.property_0" }, """
        """property_1 = { "@path" = "$.properties.property_1" }, """
        """property_2 = { "@path" = "$.properties.property_2" } },
]
"""
    )


# Round trips

IDENTIFY = {"name": "Identify", "partnerAction": "identifyUser", "subscribe": 'type = "identify"'}

ODD_TEXTS = (
    *(
        "",
        "'",
        '"',
        "'\"",
        "\\",
        "\x7f",
        "\x00",
        "\r\n",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "😀",
        "#",
        "a.b",
        "a b",
        "=",
    ),
    *("<<", "1e5", "null", "~", "-", "@", "__proto__", "constructor", "k" * 120, "k " * 60, "'\"" * 60),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ODD_TEXTS)
HALVES_TOO = TEXTS | st.text(st.characters() | st.sampled_from("\ud800\udfff"))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


def mapped_values(texts: st.SearchStrategy[str], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = texts.filter(lambda key: not key.startswith("@") and key != "__proto__")
    return st.recursive(
        st.one_of(texts, NUMBERS, st.booleans(), st.builds(lambda text: {"@path": text}, texts), *others),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(keys, inner, max_size=4),
            st.builds(lambda value: {"@literal": value, "_metadata": {}}, inner),
            st.builds(lambda value, then: {"@if": {"exists": [value], "then": then}}, inner, inner),
            st.builds(lambda value: {"@arrayPath": ["$.properties.items", {"item": value}]}, inner),
        ),
        max_leaves=12,
    )


def projects(texts: st.SearchStrategy[str], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.sampled_from(["event_name", "properties", "userId", "anonymousId"])
    mapped = st.fixed_dictionaries({"mapping": st.dictionaries(fields, mapped_values(texts, *others))})
    subscriptions = st.lists(
        st.tuples(texts, mapped, st.booleans()), min_size=1, max_size=3, unique_by=lambda item: item[0]
    )
    return st.builds(
        lambda items, region: {
            "settings": {"projectApiKey": KEY, "region": region},
            "sdk": {"regions": {region: "/sdk.js"}, "timeout": 2.5},
            "subscriptions": [
                {
                    "name": name or "x" * 200,
                    "partnerAction": "trackEvent",
                    "enabled": enabled,
                    "subscribe": 'type = "track"\n  and event = "It\'s"',
                    **mapping,
                }
                for name, mapping, enabled in items
            ],
        },
        subscriptions,
        texts,
    )


@given(project=projects(TEXTS))
def test_a_written_toml_file_loads_as_the_same_project(
    tmp_path_factory: pytest.TempPathFactory, project: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "flowplug.toml"
    assert written_and_loaded(project, path) == exact(flowplug.load(project))


@pytest.mark.parametrize("ending", [".json", ".yaml", ".YML"])
@given(project=projects(HALVES_TOO, st.none()))
def test_json_and_yaml_hold_nulls_and_halves_of_pairs_too(
    tmp_path_factory: pytest.TempPathFactory, ending: str, project: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"flowplug{ending}"
    assert written_and_loaded(project, path) == exact(flowplug.load(project))


@pytest.mark.parametrize("ending", [".toml", ".json", ".yaml"])
@pytest.mark.parametrize("value", [{}, [], {"k" * 120: {}}, [{}], "x" * 120])
def test_what_is_too_long_for_a_line_is_written_and_read_back(tmp_path: Path, ending: str, value: Any) -> None:
    project = with_subscriptions({"mapping": {"event_name": "x", "properties": {"k" * 120: value}}})
    assert written_and_loaded(project, tmp_path / f"flowplug{ending}") == exact(flowplug.load(project))


@pytest.mark.parametrize("ending", [".toml", ".json", ".yaml"])
@pytest.mark.parametrize("subscriptions", [{}, {"subscriptions": [IDENTIFY]}], ids=["presets", "default mapping"])
def test_what_a_project_leaves_out_stays_out(tmp_path: Path, ending: str, subscriptions: dict[str, Any]) -> None:
    project = {"settings": {"projectApiKey": KEY}, "plugin": {"slices": False}, **subscriptions}
    assert written_and_loaded(project, tmp_path / f"flowplug{ending}") == exact(flowplug.load(project))


# Refusals


def test_what_toml_does_not_have_is_refused_with_its_place_and_the_way_out() -> None:
    project = with_subscriptions({"mapping": {"event_name": None, "properties": {"a": ["\ud800"]}}})
    with pytest.raises(flowplug.ProjectError) as caught:
        format_project(project, Path("site/flowplug.toml"), SCHEMA)
    assert str(caught.value).splitlines() == [
        'site/flowplug.toml: subscriptions[0] "subscription 0".mapping.event_name: TOML has no null; '
        "write JSON instead: --out site/flowplug.json [not-in-toml]",
        'site/flowplug.toml: subscriptions[0] "subscription 0".mapping.properties.a[0]: TOML has no text with '
        "half a surrogate pair; write JSON instead: --out site/flowplug.json [not-in-toml]",
    ]


@pytest.mark.parametrize("name", ["flowplug", "flowplug.ini"])
def test_only_formats_of_project_files_are_written(name: str) -> None:
    with pytest.raises(flowplug.UsageError, match=f"^{name}: not a project file; import writes .toml, .json"):
        format_project({}, Path(name), SCHEMA)
