"""The stand-in's server side answers what the SDK asks, and remembers it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from flowplug.standin import GENERATIONS, Collector, Generation, Reply, sdk_source
from tests.support.projects import KEY

CONFIGURATION = "/v1/2021-06-15/survey-response/demo"
SITES = ["https://api.1flow.app", "http://127.0.0.1:5000/1flow"]


def result(reply: Reply) -> Any:
    assert reply.status == 200
    return json.loads(reply.body)["result"]


def configure(collector: Collector, site: str = SITES[0], key: str = KEY) -> Reply:
    return collector.handle("GET", site + CONFIGURATION, {"one_flow_key": key}, b"")


def post(collector: Collector, address: str, body: Mapping[str, object], key: str | None = KEY) -> Reply:
    """A step after the first, at the address that the first one gave out."""
    url = result(configure(collector))["data"]["au"][address]
    data = {"web": True, "one_flow_key": key, **body}
    return collector.handle("POST", url, {"content-type": "application/json"}, json.dumps(data).encode())


@pytest.mark.parametrize("site", SITES)
def test_the_configuration_gives_addresses_beside_its_own(site: str) -> None:
    data = result(configure(Collector(), site))["data"]

    assert data["m"] == "prod"
    assert set(data["au"]) == {"au_url", "cs_url", "lu_url", "ev_url", "su_url"}
    assert all(url.startswith(f"{site}/v1/") for url in data["au"].values())


@pytest.mark.parametrize("header", ["one_flow_key", "One_Flow_Key", "One-Flow-Key"])
def test_the_key_is_found_in_whatever_case_its_header_comes(header: str) -> None:
    assert Collector().handle("GET", SITES[0] + CONFIGURATION, {header: KEY}, b"").status == 200


def test_a_user_gets_an_id_and_the_device_back() -> None:
    device = {"device_id": "d", "unique_id": "u", "os": "web"}

    user = result(post(Collector(), "au_url", {"device": device, "system_id": "anonymous"}))

    assert user["analytic_user_id"]
    assert user["system_id"] == "anonymous"
    assert user["devices"] == [{"device_id": "d", "unique_id": "u"}]


def test_every_session_has_an_id_of_its_own() -> None:
    collector = Collector()

    first, second = (result(post(collector, "cs_url", {}))["_id"] for _ in range(2))

    assert first != second


def test_surveys_are_those_the_collector_was_made_with() -> None:
    survey = {"_id": "s", "trigger_event_name": ["Bought"], "question": "Why?", "answers": ["So"]}

    assert result(post(Collector(surveys=[survey]), "su_url", {})) == [survey]


def test_the_query_of_a_step_does_not_matter() -> None:
    body = json.dumps({"one_flow_key": KEY}).encode()

    reply = Collector().handle("POST", f"{SITES[0]}/v1/2021-06-15/surveys?mode=prod", {}, body)

    assert reply.status == 200


def test_events_are_remembered_in_order() -> None:
    collector = Collector()

    post(collector, "ev_url", {"events": [{"name": "a", "time": 1, "parameters": {"x": 1}}]})
    post(collector, "ev_url", {"events": [{"name": "b", "time": 2, "parameters": {}}]})

    assert collector.events == [("a", {"x": 1}), ("b", {})]


def test_a_logged_user_is_remembered_with_the_traits() -> None:
    collector = Collector()
    body = {"system_id": "u1", "session_id": "s1", "log_user": True, "parameters": {"plan": "free"}}

    answer = result(post(collector, "lu_url", body))

    assert answer["session_id"] == "s1"
    assert answer["analytic_user_id"]
    assert collector.users == [("u1", {"plan": "free"})]


def test_a_record_says_what_arrived() -> None:
    collector = Collector()

    configure(collector)

    (record,) = collector.records
    assert (record.number, record.step, record.method, record.key) == (1, "configuration", "GET", KEY)
    assert (record.url, record.body, record.status) == (SITES[0] + CONFIGURATION, {}, 200)


def test_a_preflight_is_allowed_and_not_recorded() -> None:
    collector = Collector()

    reply = collector.handle("OPTIONS", SITES[0] + CONFIGURATION, {}, b"")

    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "one_flow_key" in reply.headers["Access-Control-Allow-Headers"]
    assert collector.records == ()


def test_any_site_may_read_every_answer() -> None:
    refused, answered = configure(Collector(), key="nonsense"), configure(Collector())

    assert {reply.headers["Access-Control-Allow-Origin"] for reply in (refused, answered)} == {"*"}


@pytest.mark.parametrize("key", ["", "oneflow_dev_abc", "oneflow_prod_", "oneflow_prod_a b", " oneflow_prod_abc"])
def test_a_wrong_key_is_answered_404(key: str) -> None:
    collector = Collector()

    assert configure(collector, key=key).status == 404
    assert [record.status for record in collector.records] == [404]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"one_flow_key": null}'])
def test_a_body_without_a_key_is_answered_404(body: bytes) -> None:
    assert Collector().handle("POST", f"{SITES[0]}/v1/2021-06-15/sessions", {}, body).status == 404


def test_what_was_refused_counts_neither_as_event_nor_as_user() -> None:
    collector = Collector()

    post(collector, "ev_url", {"events": [{"name": "a", "parameters": {}}]}, key="nonsense")
    post(collector, "lu_url", {"system_id": "u1", "parameters": {}}, key=None)

    assert (collector.events, collector.users) == ([], [])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/2021-06-15/nothing"), ("POST", CONFIGURATION), ("GET", "/"), ("GET", "")]
)
def test_what_is_no_step_is_answered_404_and_not_recorded(method: str, path: str) -> None:
    collector = Collector()

    assert collector.handle(method, SITES[0] + path, {"one_flow_key": KEY}, b"").status == 404
    assert collector.records == ()


def test_session_capture_can_be_off_from_the_start_or_be_switched() -> None:
    collector = Collector(session_capture=False)
    assert result(configure(collector))["data"]["session_capture"] is False

    collector.session_capture = True
    assert result(configure(collector))["data"]["session_capture"] is True


def test_clearing_forgets_the_records_and_counts_on() -> None:
    collector = Collector()
    configure(collector)

    collector.clear()
    configure(collector)

    assert [record.number for record in collector.records] == [2]


def test_waiting_gives_the_records_after_a_number() -> None:
    collector = Collector()
    configure(collector)
    configure(collector)

    assert [record.number for record in collector.wait(after=1, timeout=0)] == [2]
    assert collector.wait(after=2, timeout=0) == ()


def test_waiting_ends_when_a_record_arrives() -> None:
    collector = Collector()
    arrival = threading.Thread(target=configure, args=(collector,))

    arrival.start()
    records = collector.wait(after=0, timeout=30)
    arrival.join()

    assert [record.step for record in records] == ["configuration"]


def test_requests_of_many_threads_are_all_recorded() -> None:
    collector = Collector()
    threads = [
        threading.Thread(target=lambda: [configure(collector) for _ in range(50)], daemon=True) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [record.number for record in collector.records] == list(range(1, 401))


def test_the_sdk_is_a_name_in_one_generation_and_a_property_of_window_in_the_other() -> None:
    assert sdk_source("methods").startswith(b"const _1flow = ")
    assert sdk_source("commands").startswith(b"window._1flow = ")


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_sdk_leaves_no_other_name_outside_its_closure(generation: Generation) -> None:
    first, *_, last = sdk_source(generation).decode().splitlines()

    assert first.endswith("(() => {")
    assert last == "})();"
