"""ARCHITECTURE.md is true of the checkout, and what any document names is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, ROOT

PACKAGE = Path("generator", "flowplug")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([^`\s]+)`", ARCHITECTURE)

FILE = re.compile(r"`([\w./-]+(?:/|\.(?:cjs|jinja|js|json|md|mjs|py|svg|toml|yaml)))`")
EMITTED = re.compile(
    r"(?:.*/)?1flow\.[\w.]+|.*\.debug\.js|flowplug\.(?:json|yaml)|dist/|public/.*|settings\.json|plan\.json"
)


def tracked(under: str = "") -> list[Path]:
    """The files of the checkout, which git knows or would."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", under or "."]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in listed.splitlines() if (ROOT / line).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_file_that_a_document_names_is_there(document: Path) -> None:
    names = [name for name in FILE.findall(document.read_text(encoding="utf-8")) if not EMITTED.fullmatch(name)]
    assert [name for name in names if not any((ROOT / base / name).exists() for base in ("", PACKAGE))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not anchor or anchor in anchors, link


def parts_of(folder: Path) -> set[str]:
    """The modules and folders directly in a folder, as ARCHITECTURE.md names them."""
    inside = [path.relative_to(folder) for path in tracked(str(folder)) if path.suffix != ".typed"]
    return {path.name if len(path.parts) == 1 else f"{path.parts[0]}/" for path in inside}


def test_every_part_of_the_package_is_named() -> None:
    assert parts_of(PACKAGE) - {"__init__.py"} <= set(NAMED)


@pytest.mark.parametrize("folder", ["templates", "tests"])
def test_every_part_of_the_templates_and_the_tests_is_named(folder: str) -> None:
    parts = {f"{folder}/{name}" for name in parts_of(Path(folder)) if not name.endswith(".py")}
    assert parts <= set(NAMED)


def test_every_folder_of_the_checkout_is_named() -> None:
    folders = {f"{path.parts[0]}/" for path in tracked() if len(path.parts) > 1 and path.parts[0] != ".ci"}
    assert {folder for folder in folders if not any(name.startswith(folder) for name in NAMED)} == set()


def test_the_package_is_described_from_low_to_high() -> None:
    """In the order of the layers that import-linter checks."""
    layers = re.search(
        r"^layers = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M | re.S
    )
    assert layers
    from_high_to_low = [re.findall(r"\w+", line) for line in layers.group(1).splitlines()]
    rows = [
        name.removesuffix("/").removesuffix(".py") for name in re.findall(r"^\| `([^`/]+/?)` ", ARCHITECTURE, re.M)
    ]
    rows = rows[: rows.index("__main__") + 1]
    for layer in reversed(from_high_to_low):
        assert sorted(rows[: len(layer)]) == sorted(layer)
        rows = rows[len(layer) :]
    assert rows == []
