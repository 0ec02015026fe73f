"""What all tests share: the options, and fixed seeds."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

collect_ignore = ["sample_site"]  # another site's tests, which tests/browser/test_sample_site.py runs

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=100)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


# A shell lets what it starts in the background ignore Ctrl-C, and so would the commands that tests send one to.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the golden records anew")
