"""The browser, the demo site that it visits, and the shop that a test is given."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, cast, get_args

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from demo_site import create_app
from flowplug.standin import Generation
from tests.browser.bare import Bare
from tests.browser.shop import Shop
from tests.browser.watched import SDK_ADDRESS
from tests.support.chromium import launch_options
from tests.support.serving import serving

_numbers = count(1)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str, playwright: Playwright
) -> dict[str, Any]:
    """pytest-playwright's own options, and for Chromium what this machine needs."""
    if browser_name != "chromium" or "executable_path" in browser_type_launch_args:
        return browser_type_launch_args
    return {**launch_options(playwright.chromium.executable_path), **browser_type_launch_args}


@pytest.fixture(scope="session")
def site() -> Iterator[int]:
    """The port of the demo site, whose plugin loads the SDK from 1Flow's real address."""
    with serving(create_app(sdk_url=SDK_ADDRESS)) as port:
        yield port


@pytest.fixture
def origin(site: int) -> str:
    """An origin of the demo site that no other test has: nothing that one test stores is seen by another."""
    return f"http://shop-{next(_numbers)}.localhost:{site}"


@pytest.fixture(scope="session")
def window(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """A browser window, kept open by an empty page: to open a window takes longer than most tests do."""
    context = browser.new_context(**browser_context_args)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def tab(window: BrowserContext) -> Iterator[Page]:
    """A new page in the window that all tests share."""
    page = window.new_page()
    yield page
    page.close()
    window.set_offline(False)


@pytest.fixture(params=get_args(Generation))
def generation(request: pytest.FixtureRequest) -> Generation:
    """Each generation of the SDK's API."""
    return cast("Generation", request.param)


@pytest.fixture
def shop(tab: Page, origin: str, generation: Generation) -> Iterator[Shop]:
    """The shop; a page error, an unhandled rejection or a request to another host fails the test."""
    shop = Shop(tab, origin, generation)
    yield shop
    assert shop.problems == []


@pytest.fixture
def bare(tab: Page, origin: str, generation: Generation) -> Iterator[Bare]:
    """A page with nothing but the plugin; what fails a test of the shop fails one of it."""
    bare = Bare(tab, origin, generation)
    yield bare
    assert bare.problems == []
