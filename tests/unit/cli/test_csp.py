"""``flowplug csp``: the policy that a project needs. That it works is seen in tests/browser/test_install.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

import flowplug
from flowplug.formats import FORMATS
from flowplug.policies import Policy, policies
from tests.support.command import flow, write_project
from tests.support.projects import EVERYWHERE, KEY, PRESETS

SDK, NONCE = "https://1flow.app", "'nonce-NONCE'"


def needed(
    data: dict[str, Any] = PRESETS, *, public_path: str = "/", nonce: bool = False, **tables: Any
) -> dict[str, Policy]:
    """The policies of a project, by file."""
    project = flowplug.load({**data, **tables})
    bundle = flowplug.build(project, public_path=public_path)
    return {policy.file: policy for policy in policies(project, bundle, public_path, nonce=nonce)}


def scripts(found: dict[str, Policy]) -> dict[str, tuple[str, ...]]:
    return {file: policy.directives["script-src"] for file, policy in found.items()}


def of_formats(*names: str, **options: Any) -> dict[str, tuple[str, ...]]:
    return scripts(needed(EVERYWHERE, build={"formats": names}, **options))


def test_a_fragment_is_allowed_by_the_hash_of_its_script() -> None:
    bundle = flowplug.build(flowplug.load(PRESETS))
    assert scripts(needed()) == {
        "1flow.html": (bundle["1flow.html"].policy, SDK),
        "1flow.async.html": (bundle["1flow.async.html"].policy, "'self'", SDK),
    }


def test_a_script_on_another_host_is_allowed_by_its_origin() -> None:
    found = scripts(needed(public_path="https://cdn.example.com:8443/js/"))
    assert found["1flow.async.html"][1:] == ("https://cdn.example.com:8443", SDK)
    assert len(found["1flow.html"]) == 2


def test_a_nonce_is_enough_where_it_reaches_all_scripts() -> None:
    assert scripts(needed(nonce=True)) == {"1flow.html": (NONCE,), "1flow.async.html": (NONCE,)}


def test_without_security_a_nonce_does_not_reach_the_sdk() -> None:
    found = needed(nonce=True, plugin={"security": False})
    assert scripts(found)["1flow.html"] == (NONCE, SDK)
    assert found["1flow.html"].trusted_types == ()


def test_each_format_needs_what_its_host_does_with_its_file() -> None:
    served = {
        "module": ("1flow.min.mjs", (SDK,), (NONCE,)),
        "getanalytics": ("1flow.getanalytics.min.mjs", (SDK,), (NONCE,)),
        "rudderstack": ("1flow.rudderstack.min.js", ("'self'", SDK), (NONCE,)),
        # Segment's loader gives the script no nonce.
        "remote": ("1flow.remote.min.js", ("'self'", SDK), ("'self'", NONCE)),
    }
    assert {"script", *served} == set(FORMATS)
    for name, (file, sources, with_nonce) in served.items():
        assert of_formats(name) == {file: sources}
        assert of_formats(name, nonce=True) == {file: with_nonce}


def test_what_the_sdk_of_the_default_region_asks_for_is_known() -> None:
    assert {
        name: sources for name, sources in needed()["1flow.html"].directives.items() if name != "script-src"
    } == {
        "connect-src": ("https://api.1flow.app",),
        "style-src": (SDK,),
        "img-src": (SDK,),
        "font-src": (SDK,),
    }


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://eu.example.com/js/1flow.js?v=2", "https://eu.example.com"),
        ("/js/sdk.js", "'self'"),
        ("http://localhost:8000/sdk.js", "http://localhost:8000"),
    ],
)
def test_of_another_address_only_the_script_is_known(address: str, source: str) -> None:
    found = needed(settings={"projectApiKey": KEY, "region": "eu"}, sdk={"regions": {"eu": address}})
    assert found["1flow.html"].directives.keys() == {"script-src"}
    assert found["1flow.html"].directives["script-src"][-1] == source


def test_the_name_for_trusted_types_is_that_of_the_plugin_s_policy() -> None:
    (name,) = needed()["1flow.html"].trusted_types
    assert f'createPolicy("{name}"'.encode() in flowplug.build(flowplug.load(PRESETS))["1flow.js"].content


# The command


def test_the_command_prints_directives_to_paste() -> None:
    write_project()
    policy = flowplug.build(flowplug.load(PRESETS))["1flow.html"].policy
    first, *_, last = flow("csp").stdout.split("\n\n")
    assert first.splitlines() == [
        "script, with 1flow.html:",
        f"  script-src {policy} https://1flow.app;",
        "  connect-src https://api.1flow.app;",
        "  style-src https://1flow.app;",
        "  img-src https://1flow.app;",
        "  font-src https://1flow.app",
    ]
    assert last == "If the page requires Trusted Types: trusted-types flowplug\n"


def test_the_command_says_what_is_not_known_of_another_region() -> None:
    write_project(
        f'[settings]\nprojectApiKey = "{KEY}"\nregion = "eu"\n'
        '[sdk.regions]\neu = "https://eu.example.com/sdk.js"\n[plugin]\nsecurity = false\n'
    )
    assert flow("csp").stdout.splitlines()[-2:] == [
        "connect-src, style-src, img-src and font-src: what the SDK from https://eu.example.com/sdk.js asks for "
        "is not publicly known; your network tab shows it.",
        "If the page requires Trusted Types, the SDK is not loaded, since plugin.security is off.",
    ]
    assert json.loads(flow("csp", "--json").stdout)["sdkRequestsKnown"] is False


def test_the_command_takes_a_public_path_and_a_nonce() -> None:
    write_project()
    data = json.loads(flow("csp", "--json", "--public-path", "https://cdn.example.com/js").stdout)
    assert data["policies"][1]["directives"]["script-src"][1] == "https://cdn.example.com"
    assert data["policies"][1]["trustedTypes"] == ["flowplug"]
    assert f"script-src {NONCE};" in flow("csp", "--nonce").stdout
    assert flow("csp", "--public-path", "cdn").exit_code == 2
