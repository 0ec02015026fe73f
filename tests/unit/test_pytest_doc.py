"""The reference in docs/pytest.md, which is made from the fixture's own docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from flowplug.pytest_plugin import async_api, sync_api
from tests.support.documents import ROOT

DOCUMENT = ROOT / "docs" / "pytest.md"


def members(cls: type) -> dict[str, Any]:
    return {name: member for name, member in vars(cls).items() if not name.startswith("_")}


def plain(signature: inspect.Signature) -> str:
    """A signature as a caller sees it: without self, types and what is returned."""
    parameters = [
        parameter.replace(annotation=parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    return str(inspect.Signature(parameters))


def reference() -> str:
    sections = []
    for name, member in members(sync_api.OneFlow).items():
        called = "" if isinstance(member, property) else plain(inspect.signature(member))
        text = re.sub(r":\w+:`(\w+)`", r"`\1`", inspect.getdoc(member) or "").replace("``", "`")
        sections.append(f"### `oneflow.{name}{called}`\n\n{text}\n")
    return "\n".join(sections)


def test_the_reference_is_the_code_s(pytestconfig: pytest.Config) -> None:
    before, heading, written = DOCUMENT.read_text(encoding="utf-8").partition("\n## Reference\n\n")
    if pytestconfig.getoption("--record"):
        DOCUMENT.write_text(before + heading + reference(), encoding="utf-8")
        written = reference()
    assert written == reference()


def test_both_apis_have_the_same_members() -> None:
    synchronous, asynchronous = members(sync_api.OneFlow), members(async_api.OneFlow)
    assert synchronous.keys() == asynchronous.keys()
    for name, member in synchronous.items():
        assert inspect.getdoc(member) == inspect.getdoc(asynchronous[name])
        if not isinstance(member, property):
            assert plain(inspect.signature(member)) == plain(inspect.signature(asynchronous[name]))
