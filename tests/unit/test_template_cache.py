"""Compiled templates are kept between processes, and never used where they would give another plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

import flowplug
from flowplug.template_cache import TemplateCache
from tests.support.projects import PRESETS

BUILD = f"""
import sys
import flowplug
sys.stdout.buffer.write(flowplug.build(flowplug.load({PRESETS!r}))["1flow.js"].content)
"""
WITHOUT_COMPILER = """
import jinja2
def refuse(*_, **__): raise AssertionError("a template is compiled")
jinja2.Environment.compile = refuse
"""
WITH_OTHER_SETTINGS = """
from flowplug import render, template_cache
init = template_cache.TemplateCache.__init__
render.TemplateCache.__init__ = lambda self, folder, settings: init(self, folder, settings + b"changed")
"""

WITH_OTHER_JINJA = """
jinja2.__version__ = "0"
"""


def build(cache: Path, before: str = "", **environment: str) -> bytes:
    """Build in a process of its own whose compiled files are in a folder of their own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", before + BUILD],
        env={**kept, "PYTHONPYCACHEPREFIX": str(cache), **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout


def compiled_templates(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*.jinja.*") if path.is_file()]


@pytest.fixture(scope="module")
def expected() -> bytes:
    return flowplug.build(flowplug.load(PRESETS))["1flow.js"].content


def test_a_second_process_compiles_no_template(tmp_path: Path, expected: bytes) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        build(tmp_path, WITHOUT_COMPILER)
    assert build(tmp_path) == expected
    assert build(tmp_path, WITHOUT_COMPILER) == expected


def test_other_settings_compile_anew(tmp_path: Path, expected: bytes) -> None:
    build(tmp_path)
    for change in (WITH_OTHER_SETTINGS, WITH_OTHER_JINJA):
        with pytest.raises(subprocess.CalledProcessError) as caught:
            build(tmp_path, WITHOUT_COMPILER + change)
        assert b"a template is compiled" in caught.value.stderr


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_broken_file_is_compiled_anew(tmp_path: Path, content: bytes, expected: bytes) -> None:
    build(tmp_path)
    for path in compiled_templates(tmp_path):
        path.write_bytes(content)
    assert build(tmp_path) == expected
    assert content not in {path.read_bytes() for path in compiled_templates(tmp_path)}


def test_half_a_file_is_compiled_anew(tmp_path: Path, expected: bytes) -> None:
    build(tmp_path)
    for path in compiled_templates(tmp_path):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert build(tmp_path) == expected


def test_a_file_that_is_cut_off_anywhere_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    source = tmp_path / "t.jinja"
    source.write_text("{{ x }}", encoding="utf-8")

    def rendered() -> str:
        loader = jinja2.FileSystemLoader(tmp_path)
        return (
            jinja2.Environment(loader=loader, bytecode_cache=TemplateCache(tmp_path, b""))
            .get_template("t.jinja")
            .render(x="text")
        )

    assert rendered() == "text"
    (path,) = compiled_templates(tmp_path)
    whole = path.read_bytes()
    for size in (0, 15, 16, 35, 75, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert rendered() == "text"
        assert len(path.read_bytes()) == len(whole)  # marshal's flags may differ


def test_nothing_is_kept_where_python_keeps_nothing(tmp_path: Path, expected: bytes) -> None:
    assert build(tmp_path, PYTHONDONTWRITEBYTECODE="1") == expected
    assert compiled_templates(tmp_path) == []


def test_a_place_that_cannot_be_written_does_not_matter(tmp_path: Path, expected: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert build(file) == expected
