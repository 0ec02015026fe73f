"""When the plugin begins to load the SDK, and the pages and visitors for whom it never does."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
import quickjs

import flowplug
from flowplug import javascript
from flowplug.javascript import Glob
from tests.support.page import Page
from tests.support.projects import PRESETS

NAME = "1Flow Web (Actions)"
TRACK, IDENTIFY = f"{NAME} trackEvent", f"{NAME} identifyUser"

STILL_LOADING = 'document.readyState = "loading";'
RECORDS_TIMERS = """
  globalThis.delays = [];
  const set = setTimeout;
  globalThis.setTimeout = (run, delay, ...given) => (delays.push(delay), set(run, delay, ...given));
"""


def page_of(
    project: dict[str, Any], *, before: str = "", analytics: str = "", name: str = "1flow.js", **page: Any
) -> Page:
    """A page with the plugin, loaded by an Analytics.js of which ``analytics`` says more."""
    register = f"""
      const queue = {{ plugins, on() {{}} }};
      const host = {{ queue, register: plugin => {{ plugins.push(plugin); }}, {analytics} }};
      analytics.register = plugin => {{
        plugins.push(plugin);
        plugin.load({{}}, host).catch(error => {{ failure = String(error); }});
        return true;
      }};
    """
    everything = {**PRESETS, "plugin": {"stats": True}, **project}
    source = flowplug.build(flowplug.load(everything), debug=True)[name].content
    return Page(source, before=register + before, **page)


def scripts(page: Page) -> int:
    return int(page.context.eval("document.scripts.length"))


def stats(page: Page, *names: str) -> list[Any]:
    counts = json.loads(page.context.eval("JSON.stringify(plugins[0].stats())"))
    return [counts[name] for name in names]


def fire(page: Page, event: str) -> None:
    page.context.eval(f"hearing.forEach(({{ type, hear }}) => type === '{event}' && hear({{ target: {{}} }}))")


def track(name: str) -> dict[str, Any]:
    return {"type": "track", "event": name}


# The page, and the deadline


def test_the_sdk_is_loaded_after_the_page() -> None:
    page = page_of({}, before=STILL_LOADING, outcome="nothing")
    assert (scripts(page), stats(page, "waitsFor")) == (0, ["load"])
    fire(page, "load")
    assert (scripts(page), stats(page, "waitsFor")) == (1, [None])


def test_a_call_does_not_hasten_it() -> None:
    page = page_of({}, before=STILL_LOADING, outcome="nothing")
    page.send(track("A"))
    assert (scripts(page), stats(page, "queued")) == (0, [1])


@pytest.mark.parametrize("start", ["load", "idle"])
@pytest.mark.parametrize(("within", "delays"), [(5, [5000]), (0.5, [500]), (0, [])])
def test_a_page_that_never_has_loaded_waits_until_the_deadline(
    start: str, within: float, delays: list[int]
) -> None:
    before = STILL_LOADING + RECORDS_TIMERS
    page = page_of({"sdk": {"start": start, "startWithin": within}}, before=before, outcome="nothing")
    assert (scripts(page), json.loads(page.context.eval("JSON.stringify(delays)"))) == (0, delays)
    page.context.eval("timers.splice(0).forEach(run => run())")
    page.context.execute_pending_job()
    assert scripts(page) == len(delays)


@pytest.mark.parametrize("start", ["load", "idle"])
def test_what_comes_after_the_deadline_begins_nothing_again(start: str) -> None:
    page = page_of({"sdk": {"start": start}}, before=STILL_LOADING, outcome="nothing")
    page.context.eval("timers.splice(0).forEach(run => run())")
    page.context.execute_pending_job()
    fire(page, "load")
    page.context.eval("timers.slice(1).forEach(run => run())")
    page.context.execute_pending_job()
    assert (scripts(page), stats(page, "attempts")) == (1, [1])


def test_a_debug_build_logs_what_it_waits_for() -> None:
    page = page_of({}, before=STILL_LOADING, name="1flow.debug.js", outcome="nothing")
    assert [detail["for"] for _, detail in page.steps if detail["step"] == "waiting"] == ["load"]


# The first call


def test_with_start_at_a_call_the_first_call_begins() -> None:
    page = page_of({"sdk": {"start": "call"}})
    assert (scripts(page), stats(page, "waitsFor")) == (0, ["call"])
    page.send({"type": "track"})
    assert scripts(page) == 0
    page.send(track("A"))
    page.run_timers()
    assert (scripts(page), page.calls) == (1, [["track", "A", {"properties": {}}]])


def test_further_calls_do_not_begin_again_nor_shorten_a_pause() -> None:
    page = page_of({"sdk": {"start": "call"}}, outcome="error")
    page.send(track("A"))
    page.send(track("B"))
    page.context.eval("timers.shift()()")
    page.send(track("C"))
    assert (scripts(page), stats(page, "attempts")) == (1, [1])


def test_nor_do_they_while_the_browser_is_offline() -> None:
    page = page_of({"sdk": {"start": "call"}}, outcome="error")
    page.context.eval("navigator.onLine = false")
    page.send(track("A"))
    page.context.eval("timers.shift()()")
    page.send(track("B"))
    assert stats(page, "attempts", "queued") == [1, 2]


def test_where_nothing_has_begun_analytics_ready_waits_for_nothing() -> None:
    page = page_of({"sdk": {"start": "call"}})
    page.context.eval("globalThis.ready = []; plugins[0].ready().then(there => ready.push(there))")
    page.run_timers()
    assert page.context.eval("String(ready)") == "false"


def test_with_consent_and_start_at_a_call_both_are_waited_for() -> None:
    project = {"sdk": {"start": "call"}, "consent": {"categories": ["C4"]}}
    page = page_of(project)

    def consented(event: dict[str, Any], yes: bool) -> dict[str, Any]:
        return {**event, "context": {"consent": {"categoryPreferences": {"C4": yes}}}}

    assert stats(page, "waitsFor") == ["consent"]
    page.send(consented({"type": "track"}, yes=True))
    assert (scripts(page), stats(page, "waitsFor")) == (0, ["call"])
    page.send(consented(track("A"), yes=True))
    assert scripts(page) == 1
    page.send(consented(track("B"), yes=False))
    assert stats(page, "waitsFor") == ["consent"]
    page.send(consented(track("C"), yes=True))
    page.run_timers()
    assert [name for _, name, _ in page.calls] == ["C"]


# An opt-out when Analytics.js is loaded


VALUES: tuple[Any, ...] = ("absent", False, True, None, {"an": "option"})


def wanted_by_the_library(integrations: dict[str, Any], *alternatives: str) -> bool:
    """Whether Analytics.js 1.84 gives events to a plugin of these names (its ``availableExtensions``)."""
    chosen = {name: bool(value) for name, value in integrations.items()}
    found = chosen.get("All", True)
    for name in (*alternatives, NAME):
        found = chosen.get(name, found)
    return found


@pytest.mark.parametrize("file", ["1flow.js", "1flow.min.js"])
def test_an_opt_out_at_load_loads_nothing_and_all_else_loads_the_sdk(file: str) -> None:
    for values in product(VALUES[:3], VALUES, VALUES[:3], VALUES[:3]):
        names = ("All", NAME, TRACK, IDENTIFY)
        integrations = {name: value for name, value in zip(names, values, strict=True) if value != "absent"}
        page = page_of({}, analytics=f"integrations: {json.dumps(integrations)}", name=file, outcome="nothing")
        wanted = wanted_by_the_library(integrations, TRACK) or wanted_by_the_library(integrations, IDENTIFY)
        assert scripts(page) == wanted, integrations


ONE_HOOK = [
    {"name": "A", "partnerAction": "trackEvent", "subscribe": 'type = "track"'},
    {"name": "B", "partnerAction": "identifyUser", "subscribe": 'type = "track"'},
]


@pytest.mark.parametrize(("subscriptions", "names"), [(ONE_HOOK, (TRACK, IDENTIFY)), (ONE_HOOK[:1], (TRACK,))])
def test_a_project_with_one_plugin_goes_by_its_names(
    subscriptions: list[dict[str, str]], names: tuple[str, ...]
) -> None:
    for values in product(VALUES[:3], repeat=3):
        given = zip(("All", TRACK, IDENTIFY), values, strict=True)
        integrations = {name: value for name, value in given if value != "absent"}
        analytics = f"integrations: {json.dumps(integrations)}"
        page = page_of({"subscriptions": subscriptions}, analytics=analytics, outcome="nothing")
        assert scripts(page) == wanted_by_the_library(integrations, *names), integrations


def test_a_choice_that_is_undefined_is_an_opt_out_as_in_analytics_js() -> None:
    page = page_of({}, analytics=f'integrations: {{ "{NAME}": undefined }}', outcome="nothing")
    assert scripts(page) == 0


def test_an_event_that_opts_in_again_begins_and_arrives() -> None:
    page = page_of({}, analytics="integrations: { All: false }")
    assert (scripts(page), stats(page, "waitsFor")) == (0, ["call"])
    page.send(track("A"))
    page.run_timers()
    assert (scripts(page), [name for _, name, _ in page.calls]) == (1, ["A"])


# Pages and visitors without 1Flow


def open_at(path: str, project: dict[str, Any], **page: Any) -> Page:
    return page_of(project, before=f"globalThis.location = {{ pathname: {json.dumps(path)} }};", **page)


EXCLUDED = {"sdk": {"start": "now", "exclude": ["/checkout/*", "/*/private"]}}


@pytest.mark.parametrize("start", ["now", "load", "idle", "call"])
def test_on_an_excluded_page_nothing_is_loaded_and_no_call_is_sent(start: str) -> None:
    page = open_at("/checkout/pay", {"sdk": {**EXCLUDED["sdk"], "start": start}})
    page.send(track("A"))
    page.run_timers()
    assert (scripts(page), page.calls) == (0, [])
    assert stats(page, "received", "barred", "matched") == [1, 1, 0]
    if start != "call":
        assert stats(page, "waitsFor") == ["page"]


def test_the_first_call_on_another_page_of_the_site_begins() -> None:
    page = open_at("/checkout/pay", EXCLUDED)
    page.send(track("A"))
    page.context.eval("location.pathname = '/'")
    page.run_timers()
    assert scripts(page) == 0
    page.send(track("B"))
    page.run_timers()
    page.context.eval("location.pathname = '/a/private'")
    page.send(track("C"))
    page.context.eval("location.pathname = '/a'")
    page.send(track("D"))
    assert (scripts(page), [name for _, name, _ in page.calls]) == (1, ["B", "D"])


def test_a_retry_is_not_made_on_an_excluded_page() -> None:
    page = open_at("/", EXCLUDED, outcome="error")
    page.context.eval("timers.shift()(); location.pathname = '/checkout/pay'")
    page.run_timers()
    assert stats(page, "attempts", "state") == [1, "loading"]
    page.context.eval("location.pathname = '/'; outcome = 'load'")
    page.send(track("A"))
    page.run_timers()
    assert [name for _, name, _ in page.calls] == ["A"]


def test_include_names_the_only_pages() -> None:
    project = {"sdk": {"include": ["/shop", "/shop/*"], "exclude": ["/shop/cart"]}}
    loaded = [scripts(open_at(path, project)) for path in ("/shop", "/shop/a", "/", "/shopping", "/shop/cart")]
    assert loaded == [1, 1, 0, 0, 0]


@pytest.mark.parametrize("signal", [True, False])
def test_global_privacy_control_is_respected_where_the_project_says_so(signal: bool) -> None:
    for gpc in (True, False):
        before = f"navigator.globalPrivacyControl = {json.dumps(signal)};"
        page = page_of({"privacy": {"gpc": gpc}}, before=before)
        page.send(track("A"))
        page.run_timers()
        silent = gpc and signal
        assert (scripts(page), len(page.calls)) == ((0, 0) if silent else (1, 1))
        assert page.context.eval("error") is None


def test_a_debug_build_says_which_events_were_kept_back_there() -> None:
    page = open_at("/checkout/pay", EXCLUDED, name="1flow.debug.js")
    page.send(track("A"))
    assert [detail["step"] for _, detail in page.steps] == ["waiting", "received", "barred"]


# Patterns


@pytest.mark.parametrize(
    ("patterns", "like", "unlike"),
    [
        (["/checkout/*"], ["/checkout/", "/checkout/a/b"], ["/checkout", "/a/checkout/"]),
        (["/checkout"], ["/checkout"], ["/checkout/", "/checkouts"]),
        (["*/cart"], ["/cart", "/a/cart"], ["/cart/", "/carts"]),
        (["/*/cart/*.html"], ["/a/cart/x.html", "/a/b/cart/c/.html"], ["/cart/x.html", "/a/cart/xhtml"]),
        (["/a*a"], ["/aa", "/a/a"], ["/a"]),
        (["/**/b**"], ["/a/b", "/a/bc"], ["/b"]),
        (["/a", "/b/*", "*c*d*"], ["/a", "/b/", "/cd", "/c/d/e"], ["/dc", "/b", "/aa"]),
        (["/stra\u00dfe/*"], ["/stra%C3%9Fe/1"], ["/strasse/1"]),
        (["/a b"], ["/a%20b"], ["/a b"]),
        (["/</script>(x|y)+"], ["/%3C/script%3E(x|y)+"], ["/%3C/script%3Ex"]),
    ],
)
def test_a_star_stands_for_any_characters_and_all_else_for_itself(
    patterns: list[str], like: list[str], unlike: list[str]
) -> None:
    project = {"sdk": {"start": "now", "exclude": patterns}}
    assert [scripts(open_at(path, project)) for path in like] == [0] * len(like)
    assert [scripts(open_at(path, project)) for path in unlike] == [1] * len(unlike)


def test_a_pattern_takes_time_in_proportion_to_the_path() -> None:
    """Twelve stars on 20,000 characters that nearly fit: by trying again, it would not end."""
    expression = javascript.write(Glob(("/" + "*a" * 12 + "b",)))
    path = "/" + "a" * 20_000
    context = quickjs.Context()
    context.set_time_limit(5)
    assert context.eval(f"{expression}.test({json.dumps(path)})") is False
    assert context.eval(f"{expression}.test({json.dumps(path + 'b')})") is True


@pytest.mark.parametrize("pattern", ["checkout", "https://shop.example/*", "", "/a?b", "/a#b"])
def test_what_is_no_pattern_is_reported(pattern: str) -> None:
    for option in ("include", "exclude"):
        with pytest.raises(flowplug.ProjectError) as caught:
            flowplug.load({**PRESETS, "sdk": {option: ["/fine", pattern]}})
        assert f"sdk.{option}[1]: is not a pattern for paths" in str(caught.value)
        assert "[invalid-path]" in str(caught.value)


def test_to_include_no_page_is_a_mistake() -> None:
    with pytest.raises(flowplug.ProjectError, match=r"sdk\.include: is empty"):
        flowplug.load({**PRESETS, "sdk": {"include": []}})
