"""The pytest plugin: a fixture ``oneflow`` that stands in for 1Flow on any page, and says what reached it.

It works on top of pytest-playwright's ``page``, or of pytest-playwright-asyncio's. Tests that do not ask for it
pay nothing: all but this module and a fixture's few lines is imported when the first test asks.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option for pytest's configuration file."""
    parser.addini(
        "oneflow_sdk",
        "Addresses of 1Flow's SDK that your site uses besides those at 1flow.app, one a line.",
        type="linelist",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixture that fits the ``page`` that tests have here."""
    is_async = config.pluginmanager.has_plugin("playwright-asyncio")
    name = "async_fixture" if is_async else "sync_fixture"
    if not config.pluginmanager.has_plugin(f"{__name__}.{name}"):
        config.pluginmanager.import_plugin(f"{__name__}.{name}")
