"""The fixture on top of pytest-playwright."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from .sync_api import OneFlow


@pytest.fixture
def oneflow(page: Page, pytestconfig: pytest.Config) -> Iterator[OneFlow]:
    """1Flow's stand-in for all pages of the test's context: it answers 1Flow's addresses, and records."""
    from .sync_api import OneFlow  # noqa: PLC0415 - most tests of a suite do not use it

    with OneFlow(page, sdk_addresses=pytestconfig.getini("oneflow_sdk"), folder=pytestconfig.rootpath) as oneflow:
        yield oneflow
