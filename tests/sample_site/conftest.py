"""A site's own fixtures: its pages, on an address that no network has, and the browser of this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

SITE = "https://shop.example"
INDEX = Path(__file__).parent / "site" / "index.html"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **json.loads(os.environ.get("LAUNCH_OPTIONS", "{}"))}
