"""The fixture on top of pytest-playwright-asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Page

    from .async_api import OneFlow


@pytest_asyncio.fixture(loop_scope="session")
async def oneflow(page: Page, pytestconfig: pytest.Config) -> AsyncIterator[OneFlow]:
    """1Flow's stand-in for all pages of the test's context: it answers 1Flow's addresses, and records."""
    from .async_api import OneFlow  # noqa: PLC0415 - most tests of a suite do not use it

    folder = pytestconfig.rootpath
    async with OneFlow(page, sdk_addresses=pytestconfig.getini("oneflow_sdk"), folder=folder) as oneflow:
        yield oneflow
