"""The sample: for which users the SDK is loaded, and that nothing is done for the others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import flowplug
from tests.support.hosts import open_on
from tests.support.modules import as_script
from tests.support.page import Page
from tests.support.projects import EVERYWHERE
from tests.unit.test_helpers import evaluate

FORMS = ("script", "module", "remote", "rudderstack", "getanalytics")
IDS = [f"8f3c9c4e-5d0b-4a55-9f0c-{number:012}" for number in range(12)]

# Analytics.js hands itself to load(), and knows the user by then.
ANALYTICS_JS = """
  analytics.user = () => ({ anonymousId: () => anonymousId });
  analytics.register = plugin => {
    plugins.push(plugin);
    globalThis.settled = "waiting";
    const loading = plugin.load({}, { user: analytics.user });
    loading.then(() => { settled = "loaded"; }, error => { failure = String(error); });
    plugin.ready && plugin.ready().then(ready => { globalThis.ready = ready; });
    return true;
  };
"""
LOADER = b"""
  for (const plugin of oneFlowDestination({})) {
    plugins.push(plugin);
    plugin.load({}, { queue: { plugins: [] } });
  }
"""


def page_of(form: str, anonymous_id: str, project: dict[str, Any], said: str = "") -> Page:
    """A page of a user, with the plugin and its host, in a format."""
    before = f"globalThis.anonymousId = {json.dumps(anonymous_id)}; {said}"
    if form in ("rudderstack", "getanalytics"):
        return open_on(form, project, before=before)
    bundle = flowplug.build(flowplug.load(project), formats=[form], debug=True)
    if form == "script":
        return Page(bundle["1flow.js"].content, before=ANALYTICS_JS + before)
    if form == "module":
        return Page(as_script(bundle["1flow.mjs"].content), before=ANALYTICS_JS + before)
    return Page(bundle["1flow.remote.js"].content + LOADER, before=before)


def sampled(part: float, **tables: Any) -> dict[str, Any]:
    return {**EVERYWHERE, "sdk": {"sample": part}, **tables}


def chosen(part: float) -> list[bool]:
    found: list[bool] = evaluate(f"{json.dumps(IDS)}.map(id => share(id) < {part})")
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_same_id_decides_the_same_in_every_format(form: str) -> None:
    loaded = []
    for anonymous_id in IDS:
        page = page_of(form, anonymous_id, sampled(0.5))
        page.send({"type": "track", "event": "A", "anonymousId": anonymous_id})
        page.run_timers()
        scripts = page.context.eval("document.scripts.length")
        assert len(page.calls) == scripts
        loaded.append(bool(scripts))
    assert loaded == chosen(0.5)
    assert set(loaded) == {True, False}


@pytest.mark.parametrize("form", ["script", "module", "rudderstack", "getanalytics"])
def test_a_page_without_an_event_loads_the_sdk_for_who_is_in_the_sample(form: str) -> None:
    pages = [page_of(form, anonymous_id, sampled(0.5)) for anonymous_id in IDS]
    assert [bool(page.context.eval("document.scripts.length")) for page in pages] == chosen(0.5)


def test_the_loader_s_format_decides_at_the_first_event() -> None:
    anonymous_id = IDS[chosen(0.5).index(True)]
    page = page_of("remote", anonymous_id, sampled(0.5))
    page.run_timers()
    assert page.context.eval("document.scripts.length") == 0
    page.send({"type": "track", "event": "A", "anonymousId": anonymous_id})
    page.run_timers()
    assert [name for _, name, _ in page.calls] == ["A"]


def test_for_who_is_not_in_the_sample_nothing_is_pending() -> None:
    page = page_of("script", IDS[0], sampled(0, plugin={"stats": True}))
    for name in ("A", "B"):
        page.send({"type": "track", "event": name, "anonymousId": "another"})
    page.run_timers()
    stats = json.loads(page.context.eval("JSON.stringify(plugins[0].stats())"))
    assert (stats["state"], stats["sampledOut"], stats["queued"]) == ("sampled out", 2, 0)
    assert (page.context.eval("settled"), page.context.eval("ready"), page.failure) == ("loaded", False, "")
    assert page.calls == []


def test_the_id_is_asked_for_once_a_page() -> None:
    page = page_of("script", IDS[0], sampled(0.999999))
    page.send({"type": "track", "event": "A", "anonymousId": IDS[1]})
    page.send({"type": "track", "event": "B"})
    assert [name for _, name, _ in page.calls] == ["A", "B"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("said", "loads"), [("1", True), ("0", False), ("'1'", False), ("NaN", False)])
def test_the_page_s_sample_is_taken_if_it_is_a_number(form: str, said: str, loads: bool) -> None:
    project = sampled(0, plugin={"control": ["sample"]})
    page = page_of(form, IDS[0], project, f"window.flowplug = {{ sample: {said} }};")
    page.send({"type": "track", "event": "A", "anonymousId": IDS[0]})
    page.run_timers()
    assert bool(page.context.eval("document.scripts.length")) is loads
    assert len(page.calls) == loads


@pytest.mark.parametrize("form", ["script", "remote", "rudderstack"])
@pytest.mark.parametrize("part", [1e-9, 0.999999])
def test_consent_and_sample_must_both_let_a_user_in(form: str, part: float) -> None:
    project = sampled(part, consent={"categories": ["C1"]})
    page = page_of(form, IDS[0], project)
    given = {
        "consent": {"categoryPreferences": {"C1": True}},
        "consentManagement": {"allowedConsentIds": ["C1"]},
    }
    for name, context in (("A", {}), ("B", given)):
        page.send({"type": "track", "event": name, "anonymousId": IDS[0], "context": context})
        page.run_timers()
    assert [name for _, name, _ in page.calls] == (["B"] if part > 0.5 else [])
    assert page.context.eval("document.scripts.length") == (part > 0.5)


def test_without_a_sample_there_is_no_code_of_one() -> None:
    words = ("share", "chosen", "anonymousId()")
    for sample, expected in ((0.05, list(words)), (1, [])):
        source = flowplug.build(flowplug.load(sampled(sample)))["1flow.js"].content.decode()
        assert [word for word in words if re.search(rf"\b{re.escape(word)}", source)] == expected


@pytest.mark.parametrize("part", [-0.1, 1.1, "5 %"])
def test_a_sample_is_from_0_to_1(part: Any) -> None:
    with pytest.raises(flowplug.ProjectError, match=r"sdk\.sample"):
        flowplug.load(sampled(part))
