"""The tests of a site, as the documentation shows them: what the visitor does, then what 1Flow gets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from flowplug.pytest_plugin.sync_api import Event, OneFlow, User

from .conftest import INDEX, SITE


@pytest.fixture
def shop(page: Page, oneflow: OneFlow) -> Page:
    """The shop's page, with a fresh build of the plugin."""
    oneflow.serve("flowplug.toml", debug=True)
    oneflow.segment("shop")
    page.route(f"{SITE}/", lambda route: route.fulfill(path=INDEX))
    page.goto(f"{SITE}/")
    return page


def test_a_visitor_who_signs_in_is_known_to_1flow(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#sign-in")
    oneflow.expect_user("u1", {"plan": "pro"})
    oneflow.expect_user("u1", {"plan": "pro", "seats": 2}, exact=True)


def test_an_order_reaches_1flow_and_nothing_else_does(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#sign-in")
    oneflow.expect_user("u1")
    shop.click("#buy")
    oneflow.expect_event("Order Completed", {"items": [{"sku": "a"}]})
    oneflow.expect_calls(
        User("u1", {"plan": "pro", "seats": 2}),
        Event("Order Completed", {"total": 9.5, "items": [{"sku": "a"}]}),
    )


@pytest.mark.parametrize("button", ["#cheap", "#quiet"])
def test_what_is_not_for_1flow_stays_here(shop: Page, oneflow: OneFlow, button: str) -> None:
    shop.click(button)
    oneflow.expect_nothing()


def test_what_came_before_can_be_forgotten(shop: Page, oneflow: OneFlow) -> None:
    shop.click("#buy")
    oneflow.expect_event("Order Completed")
    oneflow.clear()
    oneflow.expect_no_requests()
    assert oneflow.calls == []
    assert oneflow.requests == []


def test_an_sdk_that_is_slow_gets_what_was_kept(shop: Page, oneflow: OneFlow) -> None:
    oneflow.slow(0.5)
    shop.reload()
    shop.click("#buy")
    oneflow.expect_event("Order Completed")


def test_both_generations_of_the_sdk_are_served(shop: Page, oneflow: OneFlow) -> None:
    oneflow.generation("commands")
    shop.reload()
    shop.click("#buy")
    oneflow.expect_event("Order Completed", {"total": 9.5})


@pytest.mark.parametrize("fault", ["blocked", "gone", "no session capture", "offline"])
def test_without_1flow_the_page_works_on(shop: Page, oneflow: OneFlow, fault: str) -> None:
    errors: list[str] = []
    shop.on("pageerror", lambda error: errors.append(error.message))
    if fault == "blocked":
        oneflow.block_sdk()
    elif fault == "gone":
        oneflow.status(404)
    elif fault == "no session capture":
        oneflow.session_capture(False)
    shop.reload()
    if fault == "offline":
        oneflow.offline()
    shop.click("#buy")
    oneflow.expect_nothing()
    oneflow.offline(False)
    assert errors == []


def test_a_page_that_was_opened_by_the_site_is_answered_too(shop: Page, oneflow: OneFlow) -> None:
    other = shop.context.new_page()
    other.route(f"{SITE}/", lambda route: route.fulfill(path=INDEX))
    other.goto(f"{SITE}/")
    other.click("#buy")
    oneflow.expect_event("Order Completed")
