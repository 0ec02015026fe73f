"""Hostile text in every place that takes one: it stays data, and nothing of it runs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowplug
from tests.support.page import Page
from tests.support.projects import KEY

PAYLOAD = "globalThis.pwned = 1"
HOSTILE = (
    f'"; {PAYLOAD}; "',
    f"'; {PAYLOAD}; '",
    f"`; {PAYLOAD}; `",
    f"${{{PAYLOAD}}}",
    f'\\"; {PAYLOAD}; //',
    f"\n{PAYLOAD}\n",
    f"\r{PAYLOAD}\r",
    f"\u2028{PAYLOAD}\u2029",
    f"*/ {PAYLOAD} /*",
    f"</script><script>{PAYLOAD}</script>",
    f"<!--\n{PAYLOAD}\n-->",
    f"]]); {PAYLOAD}; ((([[",
    f"}});}});}}); {PAYLOAD}; (() => {{",
    f"{{{{ {PAYLOAD} }}}}{{% {PAYLOAD} %}}{{# {PAYLOAD} #}}",
    f"\ud800{PAYLOAD}",
    f"/; {PAYLOAD}; /",
    "$&$`$'$1",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "-lit0-",
)

hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
# Those that are refused as keys of a mapping are no danger.
keys = hostile.filter(lambda text: text != "__proto__" and not text.startswith("@"))
short = hostile.map(
    lambda text: text.encode("utf-16-le", "surrogatepass")[:20].decode("utf-16-le", "surrogatepass")
)


def fql_text(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def fql_name(text: str) -> str:
    """Every character escaped, those that cannot be left out; never empty."""
    return "".join(f"\\{character}" for character in text if ord(character) < 0xD800) + "\\x"


@st.composite
def projects(draw: st.DrawFn) -> dict[str, Any]:
    def path() -> dict[str, str]:
        return {"@path": "$.properties." + draw(hostile)}

    mapping = {
        "event_name": {"@template": draw(hostile) + " {{properties." + draw(hostile).replace("}", "") + "}}"},
        "userId": {"@literal": draw(hostile)},
        "anonymousId": {"@case": {"operator": "upper", "value": path()}},
        "properties": {
            draw(keys): draw(st.one_of(hostile, st.lists(hostile, max_size=3))),
            draw(keys): {"@if": {"exists": path(), "then": draw(hostile), "else": path()}},
            "replaced": {
                "@replace": {"pattern": draw(short) or "x", "replacement": draw(short), "value": draw(hostile)}
            },
            "flat": {"@flatten": {"separator": draw(hostile) or ".", "value": path()}},
            "list": {"@arrayPath": ["$." + draw(hostile), {draw(keys): {"@path": draw(hostile)}}]},
        },
    }
    triggers = (
        f'type = "track" and event = {fql_text(draw(hostile))}',
        f'type = "track" and properties.{fql_name(draw(hostile))} != {fql_text(draw(hostile))}',
        f'type = "track" and !contains(traits.{fql_name(draw(hostile))}, {fql_text(draw(hostile))})',
    )
    return {
        "settings": {"projectApiKey": KEY, "region": draw(hostile)},
        "sdk": {"regions": {}},
        "plugin": {"analyticsGlobal": "analytics"},
        "subscriptions": [
            {
                "name": f"{index} {draw(hostile)}",
                "partnerAction": "trackEvent",
                "subscribe": trigger,
                "mapping": mapping,
            }
            for index, trigger in enumerate(triggers)
        ],
    }


@pytest.mark.parametrize("file", ["1flow.js", "1flow.min.js"])
@given(project=projects())
def test_hostile_text_stays_data(file: str, project: dict[str, Any]) -> None:
    project["sdk"]["regions"] = {project["settings"]["region"]: "https://1flow.app/js/1flow.js"}
    source = flowplug.build(flowplug.load(project))[file].content
    page = Page(source)
    for event in ("Signup", *HOSTILE[:3]):
        page.send({"type": "track", "event": event, "properties": {text: text for text in HOSTILE}, "traits": {}})
    assert page.context.eval("typeof pwned") == "undefined"
    assert page.globals() - page.globals_before <= {"eventText", "error", "_1flow"}
    assert b"</script" not in source
    assert b"<!--" not in source


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_key_global_or_address_is_refused_or_inert(text: str) -> None:
    for project in (
        {"settings": {"projectApiKey": f"oneflow_prod_{text}"}},
        {"settings": {"projectApiKey": KEY}, "plugin": {"analyticsGlobal": text}},
        {"settings": {"projectApiKey": KEY}, "sdk": {"regions": {"us": f"https://1flow.app/{text}"}}},
    ):
        try:
            bundle = flowplug.build(flowplug.load(project))
        except flowplug.ProjectError as error:
            lines = str(error).splitlines()
            refused_on_one_line = len(lines) == 1 and lines[0].isprintable()
            assert refused_on_one_line, lines
        else:
            assert Page(bundle["1flow.min.js"].content).context.eval("typeof pwned") == "undefined"


def test_a_poisoned_prototype_changes_no_call_and_is_not_called() -> None:
    poison = """
      for (const target of [Object.prototype, Array.prototype]) {
        for (const name of ["extra", "0", "properties", "context", "then", "logUser"]) {
          if (name in target) continue;
          target[name] = () => { globalThis.pwned = 1; };
        }
      }
    """
    source = flowplug.build(flowplug.load({"settings": {"projectApiKey": KEY}}))["1flow.min.js"].content
    event = {"type": "track", "event": "A", "properties": {"items": [{"n": 1}]}, "userId": "u", "anonymousId": "a"}
    plain, poisoned = Page(source), Page(source, before="globalThis.later = () => {" + poison + "}")
    poisoned.context.eval("later()")
    for page in (plain, poisoned):
        page.send(event)
    assert poisoned.context.eval("typeof pwned") == "undefined"
    assert poisoned.calls == plain.calls


def test_what_a_poisoned_prototype_holds_is_sent_nowhere() -> None:
    mapping = {
        "event_name": "x",
        "properties": {"a": {"@path": "$.properties.a"}, "b": [{"@path": "$.properties.b"}]},
    }
    subscription = {"name": "a", "partnerAction": "trackEvent", "subscribe": 'type = "track"', "mapping": mapping}
    project = {"settings": {"projectApiKey": KEY}, "subscriptions": [subscription]}
    page = Page(flowplug.build(flowplug.load(project))["1flow.min.js"].content)
    page.context.eval("Object.prototype.extra = { leaked: 1 }; Array.prototype.more = { leaked: 1 }")
    page.send({"type": "track", "event": "E", "properties": {"a": {"c": 1}, "b": 2}})
    assert page.calls[0][2]["properties"] == {"a": {"c": 1}, "b": [2]}


def test_hostile_values_in_an_event_stay_values() -> None:
    source = flowplug.build(flowplug.load({"settings": {"projectApiKey": KEY}}))["1flow.min.js"].content
    page = Page(source)
    for text in HOSTILE:
        page.send({"type": "track", "event": text, "properties": {text: {"__proto__": {"polluted": text}}}})
        page.send({"type": "identify", "userId": text, "traits": {"__proto__": {"polluted": text}}})
    assert page.context.eval("typeof pwned") == "undefined"
    assert page.context.eval("({}).polluted === undefined")
