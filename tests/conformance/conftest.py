"""One Node process for all conformance tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.reference import Reference


@pytest.fixture(scope="session")
def reference() -> Iterator[Reference]:
    with Reference() as running:
        yield running
