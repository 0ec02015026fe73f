"""The pytest plugin, as a site's own tests use it: from the wheel, in another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Playwright

from tests.support.chromium import launch_options
from tests.support.documents import ROOT, blocks_in

CAUSES = {
    "another_name": 'It got the event "Order Completed" with {"total": 9.5, "items": [{"sku": "a"}]}.',
    "other_data": 'It got the event "Order Completed" with {"total": 9.5, "items": [{"sku": "a"}]}.',
    "more_data_than_exactly_that": 'with exactly {"total": 9.5}',
    "a_condition_that_does_not_hold": '"Orders": properties.total > 5',
    "an_opt_out": "The page's integrations keep the event from 1Flow.",
    "one_call_too_many": '+ user "u1" with {"plan": "pro", "seats": 2}',
    "a_call_where_none_should_be": "1Flow should have got nothing, but it got:",
    "a_request_where_none_should_be": "  GET https://1flow.app/js/1flow.js",
    "a_blocked_sdk": "The SDK's script is blocked, as the test asked for.",
    "a_slow_sdk": "The SDK's script comes 60 s late, as the test asked for.",
    "a_status": "The SDK's script is answered 503, as the test asked for.",
    "no_session_capture": "Session capture is off, as the test asked for",
    "no_network": "The page is offline, as the test asked for.",
    "no_plugin": "Nothing was asked of 1Flow. Are the plugin and Analytics.js on the page?",
    "another_write_key": 'the page uses the write key "shop", but the test answers "another"',
    "a_generation_that_is_not_known": '"functions" is not a generation of the SDK; write "methods" or "commands"',
    "a_project_with_a_mistake": "invalid-api-key",
}
"""What the message of each wrong test has to say."""


PAGES = """

@pytest.fixture(autouse=True)
def pages(page, oneflow):
    oneflow.serve("flowplug.toml")
    oneflow.segment("shop")
    for address in ("https://shop.example/cart", "http://localhost:3000/"):
        page.route(address, lambda route: route.fulfill(path=INDEX))
"""
"""Fixtures that the documentation's site would have: its pages."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as the wheel installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    _run("build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    _run("pip", "install", "--quiet", "--no-deps", "--target", target, wheel)
    return target


def _run(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The sample site in a folder of its own, with Analytics.js from npm."""
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "tests" / "sample_site", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def run_tests(site: Path, installed: Path, playwright: Playwright, *arguments: str) -> dict[str, str]:
    """The tests of the site by name, each with the message of its failure; empty if it passed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COVERAGE_"))}
    environment |= {
        "PYTHONPATH": str(installed),
        "LAUNCH_OPTIONS": json.dumps(launch_options(playwright.chromium.executable_path)),
    }
    others = ["playwright"] if "asynchronous" in arguments else ["playwright-asyncio", "asyncio"]
    options = [f"-pno:{name}" for name in ("cacheprovider", *others)]
    command = [sys.executable, "-m", "pytest", "-q", "--junit-xml=report.xml", "-Wignore", *options, *arguments]
    run = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode in {0, 1}, run.stdout + run.stderr
    cases = ElementTree.parse(site / "report.xml").iter("testcase")
    return {case.attrib["name"].partition("[")[0]: _failure(case) for case in cases}


def _failure(case: ElementTree.Element) -> str:
    return "".join(found.text or "" for found in case if found.tag in {"failure", "error"})


def test_the_tests_of_a_site_pass(site: Path, installed: Path, playwright: Playwright) -> None:
    results = run_tests(site, installed, playwright, "test_shop.py")
    assert len(results) == 8
    assert results == dict.fromkeys(results, "")


def test_the_asynchronous_tests_of_a_site_pass(site: Path, installed: Path, playwright: Playwright) -> None:
    results = run_tests(site, installed, playwright, "asynchronous")
    assert len(results) == 3
    assert results == dict.fromkeys(results, "")


def test_the_tests_of_the_documentation_pass(site: Path, installed: Path, playwright: Playwright) -> None:
    """On the pages that they name, with a plugin where they do not say which."""
    examples = [block.text for block in blocks_in("python") if block.file == "pytest.md"]
    (configuration,) = (block.text for block in blocks_in("ini"))
    (site / "pytest.ini").write_text(configuration, encoding="utf-8")
    for number, example in enumerate(example for example in examples if "async def" not in example):
        (site / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    with (site / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(PAGES)
    results = run_tests(site, installed, playwright, "--ignore=asynchronous", "-k", "test_example")
    assert len(results) == 3
    assert results == dict.fromkeys(results, "")


def test_each_wrong_test_fails_with_the_cause(site: Path, installed: Path, playwright: Playwright) -> None:
    results = run_tests(site, installed, playwright, "wrong")
    assert {name.removeprefix("test_") for name in results} == CAUSES.keys()
    for name, cause in CAUSES.items():
        assert cause in results[f"test_{name}"], results[f"test_{name}"]
