"""The line of a problem: that of its key in the file, or of the nearest parent that the file has."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import flowplug
from flowplug.errors import Place
from flowplug.reading import parse
from flowplug.reading.lines import line_finder

TOML = r"""# a comment with a key = 1
[settings]                       # 2: [sdk]
projectApiKey = "a # no \" comment"
"quoted \u006Bey" = 'a'          # 4
dotted . inner."x.y" = [         # 5
  1,
  { deep = { "a" = [ 0,
      true ] } },                # 8
  QQQ
  [not.a.header]
  QQQ"",
]

[[subscriptions]]                # 14
name = '''
[[subscriptions]]
''' # 17
mapping = { event_name = { "@path" = "x" },
            properties = { b = 1979-05-27 07:32:00 } }
[[subscriptions]]                # 20
[subscriptions.mapping]
event_name = 1
[subscriptions.mapping.properties."a.b"]
c = +1.5e3
[a.b.c]                          # 25
x = 1
[a]
y = 1                            # 28
""".replace("QQQ", '"""')

JSON = """
{ "settings": {
    "project\\u0041piKey": "}",
    "list": [1, 2,
      3, [
      4]],
    "a": 1, "b":
      {"c": null}
  }
}"""

YAML = """# comment
settings:
  projectApiKey: >
    folded
    text: no key
  "b\\u0062": &b
    c: 1
  alias: *b
subscriptions:
  - name: a
    mapping: {x: 1,
      y: [1,
        2]}
  -
    name: b
"""


@pytest.mark.parametrize(
    ("ending", "text", "place", "line"),
    [
        (".toml", TOML, (), 1),
        (".toml", TOML, ("none",), 1),
        (".toml", TOML, ("settings",), 2),
        (".toml", TOML, ("settings", "missing"), 2),
        (".toml", TOML, ("settings", "projectApiKey"), 3),
        (".toml", TOML, ("settings", "quoted key"), 4),
        (".toml", TOML, ("settings", "dotted", "inner", "x.y"), 5),
        (".toml", TOML, ("settings", "dotted", "inner", "x.y", 0), 6),
        (".toml", TOML, ("settings", "dotted", "inner", "x.y", 1, "deep", "a", 0), 7),
        (".toml", TOML, ("settings", "dotted", "inner", "x.y", 1, "deep", "a", 1), 8),
        (".toml", TOML, ("settings", "dotted", "inner", "x.y", 2), 9),
        (".toml", TOML, ("subscriptions",), 14),
        (".toml", TOML, ("subscriptions", 0, "name"), 15),
        (".toml", TOML, ("subscriptions", 0, "enabled"), 14),
        (".toml", TOML, ("subscriptions", 0, "mapping", "event_name", "@path"), 18),
        (".toml", TOML, ("subscriptions", 0, "mapping", "properties", "b"), 19),
        (".toml", TOML, ("subscriptions", 1), 20),
        (".toml", TOML, ("subscriptions", 1, "mapping"), 21),
        (".toml", TOML, ("subscriptions", 1, "mapping", "event_name"), 22),
        (".toml", TOML, ("subscriptions", 1, "mapping", "properties", "a.b", "c"), 24),
        (".toml", TOML, ("a", "b"), 25),
        (".toml", TOML, ("a", "b", "c", "x"), 26),
        (".toml", TOML, ("a",), 27),
        (".toml", TOML, ("a", "y"), 28),
        (".toml", "\r\na = 1\r\nb = 2\r\n", ("b",), 3),
        (".toml", "", ("b",), 1),
        (".json", JSON, ("settings",), 2),
        (".json", JSON, ("settings", "projectApiKey"), 3),
        (".json", JSON, ("settings", "list", 1), 4),
        (".json", JSON, ("settings", "list", 2), 5),
        (".json", JSON, ("settings", "list", 3, 0), 6),
        (".json", JSON, ("settings", "b"), 7),
        (".json", JSON, ("settings", "b", "c"), 8),
        (".json", "[\n1,\n\t2]", (1,), 3),
        (".yaml", YAML, ("settings",), 2),
        (".yaml", YAML, ("settings", "projectApiKey"), 3),
        (".yaml", YAML, ("settings", "bb", "c"), 7),
        (".yaml", YAML, ("settings", "alias"), 8),
        (".yaml", YAML, ("settings", "alias", "c"), 7),
        (".yaml", YAML, ("subscriptions", 0), 10),
        (".yaml", YAML, ("subscriptions", 0, "mapping", "y"), 12),
        (".yaml", YAML, ("subscriptions", 0, "mapping", "y", 1), 13),
        (".yaml", YAML, ("subscriptions", 1), 15),
        (".yml", "\u2028a: '\U0001f600'\nb: \u0085\nc: 1", ("c",), 3),
        (".yaml", "", ("a",), 1),
    ],
)
def test_the_line_is_that_of_the_key(ending: str, text: str, place: Place, line: int) -> None:
    assert line_finder(text, ending)(place) == line


WRONG_KEYS = """# TOML
[settings]
projectApiKey = "oneflow_sandbox_dGVzdA=="
[[subscriptions]]
name = "a"
partnerAction = "trackEvent"
subscribe = 'type = "track"'
[subscriptions.mapping]
properties.a = 1

event_nam = "x"                      # 11: unknown-field
[subscriptions.mapping.properties.b."@if"]
exists = true

thenn = 1                            # 15: unknown-option
[subscriptions.mapping.properties.c]
"@path" = "$.event"

d = 1                                # 19: mixed-directive
[subscriptions.mapping.properties.e]
f = 1

__proto__ = 1                        # 23: forbidden-key
"""


@pytest.mark.parametrize("ending", [".toml", ".json", ".yaml"])
def test_a_key_that_must_not_be_there_is_reported_at_its_own_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"p{ending}"
    text = WRONG_KEYS
    if ending != ".toml":
        data, _ = parse("p", WRONG_KEYS.encode(), ".toml")
        text = json.dumps(data, indent=1) if ending == ".json" else yaml.safe_dump(data, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    lines = text.splitlines()
    found = {item.code: lines[(item.line or 0) - 1].split()[0].strip('":') for item in caught.value.problems}
    assert found == {
        "unknown-field": "event_nam",
        "unknown-option": "thenn",
        "mixed-directive": "d",
        "forbidden-key": "__proto__",
    }


KEYS = st.text(min_size=1, max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, place: Place = ()) -> list[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place] + [inner for key, item in items for inner in places(item, (*place, key))]


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_each_value_of_a_json_text_is_found_in_its_order(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1)
    find = line_finder(text, ".json")
    # Written like this, each value begins on a line of its own, and so does the end of what is not empty.
    lines = [find(place) for place in places(data)]
    assert lines == sorted(set(lines))
    compact = line_finder(json.dumps(data), ".json")
    assert {compact(place) for place in places(data)} == {1}


@given(st.dictionaries(KEYS.filter(lambda key: key.isprintable()), VALUES, min_size=1, max_size=4))
def test_each_value_of_a_yaml_text_is_found_in_its_order(data: dict[str, Any]) -> None:
    find = line_finder(yaml.safe_dump(data, sort_keys=False), ".yaml")
    lines = [find(place) for place in places(data)]
    assert lines == sorted(lines)


@pytest.mark.parametrize("ending", [".toml", ".json", ".yaml"])
def test_the_lines_of_many_problems_in_a_large_file_take_no_time(tmp_path: Path, ending: str) -> None:
    subscription = {"name": "", "partnerAction": "none", "subscribe": "?", "mapping": {"event_name": "x" * 60}}
    data = {"settings": {}, "subscriptions": [subscription] * 1_500}
    path = tmp_path / f"p{ending}"
    if ending == ".toml":
        lines = "".join(
            f"{key} = {json.dumps(value)}\n" for key, value in subscription.items() if key != "mapping"
        )
        block = f"[[subscriptions]]\n{lines}[subscriptions.mapping]\nevent_name = 'x'\n"
        path.write_text("[settings]\n" + block * 1_500, encoding="utf-8")
    else:
        path.write_text(json.dumps(data, indent=1) if ending == ".json" else yaml.dump(data, Dumper=NoAliases))
    started = process_time()
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    assert process_time() - started < 4
    found = [problem.line or 0 for problem in caught.value.problems]
    assert len(found) == 1 + 1_500 * 3
    assert found == sorted(found)
    assert len(set(found)) == len(found)


class NoAliases(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
