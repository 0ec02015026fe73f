"""Minifying: fewer bytes, and every string literal still as it was written."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import minify
import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st

from flowplug.javascript.writer import literal, string
from flowplug.minify import minified
from tests.unit.test_javascript import json_values


def returned(source: str) -> str:
    """What the program's ``out`` returns, as JSON."""
    context = quickjs.Context()
    context.eval(source)
    text = context.eval("JSON.stringify(out())")
    assert isinstance(text, str)
    return text


@given(st.lists(json_values, min_size=1, max_size=5))
def test_minifying_changes_no_value(values: list[Any]) -> None:
    source = "globalThis.out = () => " + literal(values)
    assert returned(minified(source)) == returned(source)
    assert minified(source).isascii()


def test_text_that_looks_like_the_shield_is_no_shield() -> None:
    values = ["\n", "-lit0-", "-lit-0-"]
    assert json.loads(returned(minified("globalThis.out = () => " + literal(values)))) == values


def test_a_quote_in_a_comment_begins_no_literal() -> None:
    assert minified('// not "a literal, "\\x3e" \nlet a = "\\x3c";') == 'let a="\\x3c"\n'


def test_a_literal_that_the_minifier_would_change_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minify, "string", lambda _, source: source.replace('"-', '"x-'))
    with pytest.raises(ValueError, match="the minifier changed a string literal"):
        minified(f"out = {string('<')}")


def test_threads_may_minify_at_the_same_time() -> None:
    sources = [f"globalThis.out = () => {index}" for index in range(500)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(minified, sources)) == list(map(minified, sources))


def test_only_a_declaration_is_written_otherwise_not_the_word_in_a_text_or_a_name() -> None:
    source = """const made = { const: "const a = 1", "const b": "const" };
const out = () => [made, made.const, made["const b"]];
"""
    assert json.loads(returned(minified(source))) == [
        {"const": "const a = 1", "const b": "const"},
        "const a = 1",
        "const",
    ]


def test_only_the_minifier_s_own_undefined_is_written_otherwise() -> None:
    source = "out = [undefined, x0[0], $0[0], a.b0[0], 10[0]];"
    assert minified(source) == "out=[void 0,x0[0],$0[0],a.b0[0],10[0]]\n"
