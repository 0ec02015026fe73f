"""The browser, the demo site that it visits, and the shop that a test is given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, cast, get_args

import pytest
from playwright.sync_api import Page, Playwright

from demo_site import create_app, make_server
from demo_site.collector import Generation
from tests.browser.shop import SDK_ADDRESS, Bare, Shop
from tests.support.chromium import launch_options


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str, playwright: Playwright
) -> dict[str, Any]:
    """pytest-playwright's own options, and for Chromium what this machine needs."""
    if browser_name != "chromium" or "executable_path" in browser_type_launch_args:
        return browser_type_launch_args
    return {**launch_options(playwright.chromium.executable_path), **browser_type_launch_args}


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The origin of the demo site, whose plugin loads the SDK from 1Flow's real address."""
    server = make_server(create_app(sdk_url=SDK_ADDRESS), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(params=get_args(Generation))
def generation(request: pytest.FixtureRequest) -> Generation:
    """Each generation of the SDK's API."""
    return cast("Generation", request.param)


@pytest.fixture
def shop(page: Page, site: str, generation: Generation) -> Iterator[Shop]:
    """The shop; a page error, an unhandled rejection or a request to another host fails the test."""
    shop = Shop(page, site, generation)
    yield shop
    assert shop.problems == []


@pytest.fixture
def bare(page: Page, site: str, generation: Generation) -> Iterator[Bare]:
    """A page with nothing but the plugin; what fails a test of the shop fails one of it."""
    bare = Bare(page, site, generation)
    yield bare
    assert bare.problems == []
