"""The inspector of the demo site: a tester sees each call travel, whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from demo_site import create_app
from tests.support.serving import serving


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The origin of the demo site as `make demo` starts it, with the stand-in and the debug build."""
    with serving(create_app()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def opened(page: Page, demo: str) -> Iterator[Page]:
    """The demo site's first page; an error on it fails the test."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(demo)
    expect(row(page, "Home")).to_contain_text("→ sent")
    yield page
    assert problems == []


def row(page: Page, title: str) -> Locator:
    return page.locator("#inspector-rows li.row", has=page.get_by_text(title, exact=True))


def test_a_call_is_seen_at_each_stage_of_its_way(opened: Page) -> None:
    opened.evaluate("analytics.identify('u1', {plan: 'pro'}).then(() => 0)")
    for text in ('identify("u1")', "received → sent", "_1flow.logUser", "log-user", "200"):
        expect(row(opened, "u1")).to_contain_text(text)


def test_a_call_whose_data_has_no_json_is_seen_too(opened: Page) -> None:
    opened.evaluate("analytics.track('Big', {n: 10n}).then(() => 0)")
    expect(row(opened, "Big")).to_contain_text("received → sent")
    expect(row(opened, "Big")).to_contain_text('"n": "10n"')
    opened.evaluate("analytics.track('Round', {get self() { return window; }}).then(() => 0)")
    expect(row(opened, "Round")).to_contain_text("cannot be shown")


def test_an_sdk_that_does_not_come_is_seen_to_be_given_up(page: Page, demo: str) -> None:
    page.add_init_script("Math.random = () => 0;")
    page.route("**/1flow/js/**", lambda route: route.abort())
    page.goto(demo)
    expect(page.locator("#inspector-rows")).to_contain_text("given up")
    expect(row(page, "Home")).to_contain_text("queued → dropped")
