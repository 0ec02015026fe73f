"""The same site, tested with Playwright's asynchronous API."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from flowplug.pytest_plugin.async_api import Event, OneFlow

from ..conftest import INDEX, SITE

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_shop(page: Page, oneflow: OneFlow) -> None:
    await oneflow.serve("flowplug.toml", debug=True)
    await oneflow.segment("shop")
    await page.route(f"{SITE}/", lambda route: route.fulfill(path=INDEX))
    await page.goto(f"{SITE}/")


async def test_a_slow_sdk_gets_what_was_kept(page: Page, oneflow: OneFlow) -> None:
    oneflow.slow(0.3)
    await open_shop(page, oneflow)
    await page.click("#sign-in")
    await oneflow.expect_user("u1", {"plan": "pro"})
    await page.click("#buy")
    await oneflow.expect_event("Order Completed", {"total": 9.5})
    oneflow.clear()
    await page.click("#buy")
    await oneflow.expect_calls(Event("Order Completed", {"total": 9.5, "items": [{"sku": "a"}]}))


async def test_without_1flow_the_page_works_on(page: Page, oneflow: OneFlow) -> None:
    oneflow.block_sdk()
    await open_shop(page, oneflow)
    await page.click("#buy")
    await oneflow.expect_nothing()
    await oneflow.offline()
    await oneflow.offline(False)


async def test_a_failure_says_why(page: Page, oneflow: OneFlow) -> None:
    await open_shop(page, oneflow)
    await page.click("#cheap")
    with pytest.raises(AssertionError, match=r'"Orders": properties\.total > 5'):
        await oneflow.expect_event("Order Completed", timeout=0.5)
