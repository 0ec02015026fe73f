"""Tests that must fail, each with a message that names the cause: the title has it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from flowplug.pytest_plugin.sync_api import Event, OneFlow

from ..conftest import INDEX, SITE

SOON = 0.4
"""Seconds that these tests wait, since they wait in vain."""


@pytest.fixture
def shop(page: Page, oneflow: OneFlow) -> Page:
    """The shop's page, with a fresh build of the plugin."""
    oneflow.serve("flowplug.toml", debug=True)
    oneflow.segment("shop")
    page.route(f"{SITE}/", lambda route: route.fulfill(path=INDEX))
    page.goto(f"{SITE}/")
    return page


def test_another_name(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    oneflow.expect_event("Order Complete", timeout=SOON)


def test_other_data(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    oneflow.expect_event("Order Completed", {"total": 10}, timeout=SOON)


def test_more_data_than_exactly_that(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    oneflow.expect_event("Order Completed", {"total": 9.5}, exact=True, timeout=SOON)


def test_a_condition_that_does_not_hold(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#cheap")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_an_opt_out(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#quiet")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_one_call_too_many(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    shop.click("#sign-in")
    oneflow.expect_calls(Event("Order Completed", {"total": 9.5, "items": [{"sku": "a"}]}), timeout=5)


def test_a_call_where_none_should_be(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    oneflow.expect_nothing()


def test_a_request_where_none_should_be(shop: Page, oneflow: OneFlow) -> None:
    oneflow.expect_no_requests()


def test_a_blocked_sdk(shop: Page, oneflow: OneFlow) -> None:
    oneflow.block_sdk()
    shop.reload()
    oneflow.clear()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_a_slow_sdk(shop: Page, oneflow: OneFlow) -> None:
    oneflow.slow(60)
    shop.reload()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_a_status(shop: Page, oneflow: OneFlow) -> None:
    oneflow.status(503)
    shop.reload()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_no_session_capture(shop: Page, oneflow: OneFlow) -> None:
    oneflow.session_capture(False)
    shop.reload()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_no_network(shop: Page, oneflow: OneFlow) -> None:
    oneflow.offline()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_no_plugin(page: Page, oneflow: OneFlow) -> None:
    page.route(f"{SITE}/", lambda route: route.fulfill(body="<title>Empty</title>", content_type="text/html"))
    page.goto(f"{SITE}/")
    oneflow.expect_user("u1", timeout=SOON)


def test_another_write_key(page: Page, oneflow: OneFlow) -> None:
    oneflow.serve("flowplug.toml")
    oneflow.segment("another")
    page.route(f"{SITE}/", lambda route: route.fulfill(path=INDEX))
    page.goto(f"{SITE}/")
    page.click("#buy")
    oneflow.expect_event("Order Completed", timeout=SOON)


def test_a_generation_that_is_not_known(oneflow: OneFlow) -> None:
    oneflow.generation("functions")  # type: ignore[arg-type] # what is tested


def test_a_project_with_a_mistake(oneflow: OneFlow) -> None:
    oneflow.serve({"settings": {"projectApiKey": "none"}})
