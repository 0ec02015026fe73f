"""The one writer: whatever the data, the text is inert, ASCII, and evaluates to that data again."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st

from flowplug import javascript as js
from flowplug.javascript.writer import literal

NASTY = (
    '"',
    "'",
    "`",
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "<!--",
    "-->",
    "]]>",
    "\u2028\u2029",
    "\ud800",
    "😀",
    "\\",
    "\\u0022",
    "\0",
    "\r\n",
    "__proto__",
    "constructor",
    "//",
    "*/",
    "\ufeff",
    "é",
)

strings = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=())))
numbers = st.one_of(
    st.integers(-js.MAX_SAFE_INTEGER, js.MAX_SAFE_INTEGER), st.floats(allow_nan=False, allow_infinity=False)
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, strings),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(strings, inner, max_size=4)),
    max_leaves=12,
)


def evaluate(expression: str) -> Any:
    """The value of a JavaScript expression, through JSON that keeps the sign of zero."""
    keep_zero = 'JSON.stringify(v, (k, x) => Object.is(x, -0) ? "-0" : x)'
    text = quickjs.Context().eval(f"(v => {keep_zero})({expression})")
    return json.loads(text, parse_int=float)


def expected(value: Any) -> Any:
    if isinstance(value, float) and value == 0 and math.copysign(1, value) < 0:
        return "-0"
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    return value


def joined_pairs(value: Any) -> Any:
    """Two surrogates side by side are one character to JavaScript, and so to json.loads."""
    return json.loads(json.dumps(value))


@given(json_values)
def test_a_literal_evaluates_to_the_value_it_was_written_from(value: Any) -> None:
    assert evaluate(literal(value)) == joined_pairs(expected(value))


@given(json_values)
def test_a_literal_is_ascii_and_inert_inside_html(value: Any) -> None:
    text = literal(value)
    assert text.isascii()
    assert "<" not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_a_number_that_javascript_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"JavaScript cannot hold|not a JSON number"):
        literal(value)


@given(strings)
def test_a_member_access_reads_the_property_of_that_name(key: str) -> None:
    target = js.Object((("x", js.Object(((key, js.Value(7)),))),))
    assert evaluate(js.write(js.Member(js.Member(target, "x"), key))) == 7


def test_a_proto_key_is_data_and_no_prototype() -> None:
    assert evaluate(f"Object.keys({literal({'__proto__': {'admin': True}})})") == ["__proto__"]


def test_a_name_is_never_anything_but_an_identifier() -> None:
    with pytest.raises(ValueError, match="not a JavaScript identifier"):
        js.Name("a; alert(1)")


X, Y, Z = js.Name("x"), js.Name("y"), js.Name("z")


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (js.Binary("&&", js.Binary("||", X, Y), Z), "(x || y) && z"),
        (js.Binary("||", X, js.Binary("&&", Y, Z)), "x || y && z"),
        (js.Binary("+", X, js.Binary("+", Y, Z)), "x + (y + z)"),
        (js.Unary("!", js.Binary("&&", X, Y)), "!(x && y)"),
        (js.Unary("typeof", js.Member(X, "a b")), 'typeof x["a b"]'),
        (js.Conditional(js.Conditional(X, Y, Z), X, Y), "(x ? y : z) ? x : y"),
        (js.Binary("===", js.Undefined(), X), "void 0 === x"),
        (js.Call(js.Member(js.Value("s"), "trim")), '("s").trim()'),
        (js.Member(js.Binary("&&", X, Y), "z"), "(x && y).z"),
        (js.Arrow(("a",), js.Object(())), "a => ({})"),
        (js.Arrow(("a", "b"), js.Array((X,))), "(a, b) => [x]"),
        (js.Call(js.Arrow((), X)), "(() => x)()"),
        (js.Member(js.Value(-1), "x"), "(-1).x"),
    ],
)
def test_an_expression_has_just_the_parentheses_it_needs(tree: js.Expression, text: str) -> None:
    assert js.write(tree) == text


RUN = js.Evaluate(js.Call(X))


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        (js.Const(X, js.Value(1)), ["const x = 1;"]),
        (js.Let(X), ["let x;"]),
        (js.Assign(X, js.chain("||", [X, js.Shorthand(Y)])), ["x = x || { y };"]),
        (RUN, ["x();"]),
        (js.Evaluate(js.Object(())), ["({});"]),
        (js.Throw(js.Member(X, "y")), ["throw x.y;"]),
        (js.If(X, (js.Throw(Y),)), ["if (x) throw y;"]),
        (js.If(X, (js.Let(Y), RUN)), ["if (x) {", "  let y;", "  x();", "}"]),
        (js.If(X, (js.If(Y, (RUN,)),)), ["if (x) {", "  if (y) {", "    x();", "  }", "}"]),
        (js.Try((RUN,), Z, (js.Throw(Z),)), ["try {", "  x();", "} catch (z) {", "  throw z;", "}"]),
        (js.Const(X, js.Arrow(("y",), (RUN,))), ["const x = y => {", "  x();", "};"]),
        (js.Const(X, js.Array((Y, Z), by_line=True)), ["const x = [", "  y,", "  z,", "];"]),
    ],
)
def test_a_statement_is_written_as_a_person_would(statement: js.Statement, lines: list[str]) -> None:
    assert js.write(statement).splitlines() == lines


def test_all_lines_of_a_statement_but_the_first_begin_at_its_indent() -> None:
    assert js.write(js.If(X, (RUN,)), 4) == "if (x) {\n      x();\n    }"


@given(strings)
def test_no_text_ends_a_comment(text: str) -> None:
    comment = js.write(js.Comment(text))
    assert comment.isascii()
    assert evaluate(f"[{comment}\n7]") == [7]


def test_variables_are_those_of_expressions_and_of_statements_at_any_depth() -> None:
    inner = js.Arrow(("item",), (js.If(X, (js.Evaluate(js.Call(js.Name("f"), (js.Value("g"), Y))),)),))
    assert js.variables(js.Const(Z, js.Object((("h", inner),)))) == {"x", "y", "z", "f"}


def test_a_long_object_is_broken_into_lines_at_its_indent() -> None:
    value = {f"key{index}": "x" * 20 for index in range(6)}
    lines = literal(value, indent=4).splitlines()
    assert lines[0] == "{"
    assert lines[1].startswith('      key0: "x')
    assert lines[-1] == "    }"
