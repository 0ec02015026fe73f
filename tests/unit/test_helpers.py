"""The helpers: run as they stand in their file, and cut out with what they need."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import quickjs

from flowplug import helpers
from tests.support.documents import ROOT

HELPERS = (ROOT / "templates" / "helpers.js").read_text(encoding="ascii")
ACORN = ROOT / "node_modules" / "acorn" / "dist" / "acorn.js"
FREE_NAMES = ROOT / "tests" / "support" / "scripts" / "free_names.js"


def evaluate(expression: str, source: str = HELPERS) -> Any:
    """The value of an expression beside the helpers; what is undefined is the text "undefined", also inside."""
    page = quickjs.Context()
    page.eval("globalThis.sent = []; globalThis.send = (...call) => { sent.push(call); };")
    page.eval(source)
    show = '(key, value) => (value === undefined ? "undefined" : value)'
    return json.loads(page.eval(f"JSON.stringify({expression}, {show})"))


def parsed() -> dict[str, list[str]]:
    """The free names of each helper, as a JavaScript parser finds them."""
    engine = quickjs.Context()
    engine.eval(ACORN.read_text(encoding="utf-8"))
    engine.eval(FREE_NAMES.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = json.loads(engine.eval(f"JSON.stringify(freeNames({json.dumps(HELPERS)}))"))
    return found


def test_a_helper_needs_just_the_helpers_that_a_parser_finds_in_it() -> None:
    known = helpers.helpers()
    expected = {name: (set(free) & known.keys()) - {name} for name, free in parsed().items()}
    assert {name: set(helper.needs) for name, helper in known.items()} == expected


def test_a_helper_uses_nothing_but_helpers_the_language_and_the_runtime_s_send() -> None:
    engine = quickjs.Context()
    free = {name for names in parsed().values() for name in names} - helpers.helpers().keys()
    unknown = {name for name in free if engine.eval(f"typeof {name}") == "undefined"}
    assert unknown - {"undefined"} == {"send"}


def test_no_helper_has_a_name_that_the_runtime_declares() -> None:
    declared: set[str] = set()
    for template in sorted((ROOT / "templates").rglob("*.js.jinja")):
        code = re.sub(r"""\{\{ (["'])(.*?)\1 if .*?\}\}""", r"\2", template.read_text(encoding="utf-8"))
        for names in re.findall(r"\b(?:const|let) (\w+(?:, \w+)*)", code):
            declared.update(names.split(", "))
    assert {"find", "queue", "stop", "timer", "attempts", "tell"} <= declared
    assert declared & helpers.helpers().keys() == set()


def test_every_line_of_the_file_but_its_first_comment_belongs_to_a_helper() -> None:
    sources = [helper.source for helper in helpers.helpers().values()]
    assert HELPERS.endswith("\n\n".join(sources) + "\n")
    rest = HELPERS.removesuffix("\n\n".join(sources) + "\n")
    assert [line for line in rest.splitlines() if line and not line.startswith("//")] == []


@pytest.mark.parametrize("name", helpers.helpers())
def test_a_helper_that_is_cut_out_has_all_that_it_needs(name: str) -> None:
    source = "\n".join(helpers.cut([name]))
    others = helpers.helpers().keys() - {other for other in helpers.helpers() if f"const {other} =" in source}
    assert f"const {name} =" in source
    assert [other for other in parsed()[name] if other in others] == []


def test_helpers_come_in_the_order_of_their_file_and_once() -> None:
    sources = helpers.cut(["withoutNulls", "render", "get", "no helper"])
    assert [source.split("const ")[1].split(" ")[0] for source in sources] == [
        "isObject",
        "read",
        "get",
        "text",
        "render",
        "withoutNulls",
    ]


def test_what_is_wanted_of_no_helper_is_nothing() -> None:
    assert helpers.cut(["event", "JSON"]) == ()


@pytest.mark.parametrize("beside", [[], ["flatten"]], ids=["alone", "beside another that asks for objects"])
def test_a_copy_is_the_same_whatever_other_helpers_there_are(beside: list[str]) -> None:
    source = "\n".join(helpers.cut(["clean", *beside]))
    value = '{ a: [1, { b: undefined, c: null }], d: new Date(0), e: new Map(), ["__proto__"]: 1, f: 1n }'
    assert evaluate(f"clean({value})", source) == {
        "a": [1, {"c": None}],
        "d": "1970-01-01T00:00:00.000Z",
        "e": {},
        "f": "1",
    }
    assert ("isObject" in source) is bool(beside)


BEHAVIOUR = [
    # A share of all IDs, and a size
    ('share("8f3c9c4e-5d0b-4a55-9f0c-2f6f7f1a7c11")', 0.317848218139261),
    ('share("7") === share(7)', True),
    ("exceeds(new Date(0), 4)", False),
    ("exceeds({ a: undefined, b: () => 1, c: Symbol() }, 40)", False),
    ("exceeds(new Uint8Array(100), 90)", True),
    ("exceeds(new DataView(new ArrayBuffer(100)), 90)", False),
    # A time
    ("isoTime(0)", "1970-01-01T00:00:00.000Z"),
    # A copy, and the same for an object that was made just now
    ('isObject({}) && !isObject([]) && !isObject(null) && !isObject(new Date()) && !isObject("a")', True),
    ("clean(undefined)", "undefined"),
    ("clean(null)", None),
    ("clean([undefined, 1n])", ["undefined", "1"]),
    ("clean(5)", 5),
    ("(value => clean(value) !== value && clean(value).a !== value.a)({ a: {} })", True),
    ("(value => tidy(value) === value)({ a: 1, b: [] })", True),
    ("(item => tidy({ item }).item !== item)({})", True),
    ("tidy({ a: undefined, b: 1 })", {"b": 1}),
    ("tidy({ a: 1n })", {"a": "1"}),
    # The same for what directives have put together
    ("(value => finish(value) === value)({ a: 1, b: [] })", True),
    ("((a, b) => { const made = finish({ a, b }, 'b'); return made.a !== a && made.b === b; })([], [])", True),
    ("finish({ a: new Date(0) }, 'a')", {"a": "1970-01-01T00:00:00.000Z"}),
    ("finish({ a: undefined, b: 1n })", {"b": "1"}),
    ("finish({ a: 1, toJSON() { return { of: this.a }; } })", {"of": 1}),
    ("Object.keys(finish({ ['__proto__']: 1, a: 2 }))", ["a"]),
    # The actions
    ('(identifyUser("u", { a: 1 }), sent)', [["identify", "u", {"a": 1}]]),
    ("record({ a: 1 })", {"a": 1}),
    ("record('ab')", {"0": "a", "1": "b"}),
    ("record(null)", {}),
    ("record(undefined)", {}),
    ("record([1])", {"0": 1}),
    ("record(() => 1)", {}),
    ("record({ constructor: 1 })", {"constructor": 1}),
    ("(value => record(value) === value)({ a: 1 })", True),
    (
        '(trackEvent("E", { a: 1 }, "u", "x"), sent)',
        [["track", "E", {"userId": "u", "anonymousId": "x", "properties": {"a": 1}}]],
    ),
    (
        '(trackEvent("E", null), sent)',
        [["track", "E", {"userId": "undefined", "anonymousId": "undefined", "properties": {}}]],
    ),
    # Paths and templates that come from the event
    ('read({ a: [{ b: 1 }] }, "a[0].b")', 1),
    ("read({ a: { 'b.c': 1, b: { c: 2 } } }, 'a[\"b\"].c')", 2),
    ('read({ a: 0 }, "a.b")', 0),
    ('get({ a: { b: 1 } }, "$.a.b")', 1),
    ('get({ a: 1 }, "a")', 1),
    ('[text(null), text(undefined), text(0), text("a")]', ["", "", "0", "a"]),
    ('render("{{a}} {{{ b.c }}} {{none}}", { a: 1, b: { c: "<" } })', "1 < "),
    # Values
    ("[null, undefined, '', 0, false, 'a', 1, {}].map(filled)", [False] * 5 + [True] * 3),
    ('[lowerCase("aB"), lowerCase(1), upperCase("aB"), upperCase(null)]', ["ab", 1, "AB", None]),
    ('[replace("aba", /a/g, "x"), replace(101, /1/, ""), replace(true, /t/, "T")]', ["xbx", "01", "True"]),
    ("[replace(null, /a/, 'b'), replace([], /a/, 'b')]", ["", ""]),
    ("mapItems([1, 2], item => item * 2)", [2, 4]),
    ("mapItems({ a: 1 }, item => item.a)", [1]),
    ("mapItems('a', item => 1)", "a"),
    ('flatten({ a: { b: [1, { c: 2 }] }, d: null }, ".")', {"a.b.0": 1, "a.b.1.c": 2, "d": None}),
    ('flatten({ a: { b: [1] } }, "_", true)', {"a_b": [1]}),
    ('Object.keys(flatten(JSON.parse(\'{"__proto__": 1}\'), "."))', ["__proto__"]),
    ("merge({ a: 1, b: 1 }, null, { b: 2 }, undefined)", {"a": 1, "b": 2}),
    ('merge(JSON.parse(\'{"__proto__": {"a": 1}}\')).a', "undefined"),
    ("[parseJson('{\"a\": 1}'), parseJson('{'), parseJson(1)]", [{"a": 1}, "{", 1]),
    ("[ofObject({}, 1), ofObject(undefined, 2)]", [1, 2]),
    ("prune({ a: undefined, b: [{ c: undefined }], d: null })", {"b": [{}], "d": None}),
    (
        "withoutNulls({ a: null, b: [null], c: { d: null } })",
        {"a": "undefined", "b": [None], "c": {"d": "undefined"}},
    ),
    ("withoutNulls(null)", "undefined"),
    # The tables of event names
    ('(seen => (lookUp(byName([[event => seen.push(event.n), "A", "B"]]), { event: "B", n: 1 }), seen))([])', [1]),
    ('lookUp(byName([]), { event: "constructor" })', "undefined"),
]


@pytest.mark.parametrize(("expression", "value"), BEHAVIOUR)
def test_a_helper_gives_what_it_should(expression: str, value: Any) -> None:
    assert evaluate(f"[{expression}]") == [value]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("get({}, 1)", "@path: expected text"),
        ("render(1, {})", "@template: expected text"),
        ("ofObject([], 1)", "@transform: expected an object"),
    ],
)
def test_a_helper_refuses_what_segment_refuses(call: str, message: str) -> None:
    attempt = f"(() => {{ try {{ {call}; }} catch (error) {{ return [error.name, error.message]; }} }})()"
    assert evaluate(attempt) == ["TypeError", message]


V4 = "Array.from({ length: 10000 }, (_, n) => uuid(n))"
NUMBERS = "Array.from({ length: 10000 }, (_, n) => n)"
# As crypto.randomUUID makes them, but the same each time.
UUID = """
  const uuid = seed => {
    const digits = Array.from({ length: 31 }, (_, n) => {
      seed = (Math.imul(seed + n, 1664525) + 1013904223) >>> 0;
      return (seed >>> 16 & 15).toString(16);
    }).join("");
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-a${digits.slice(15, 18)}-${
      digits.slice(18, 30)}`;
  };
"""


@pytest.mark.parametrize(
    "ids",
    [
        V4,
        NUMBERS,
        "Array.from({ length: 10000 }, (_, n) => `8f3c9c4e-5d0b-4a55-9f0c-${String(n).padStart(12, '0')}`)",
        "Array.from({ length: 10000 }, (_, n) => `${String(n).padStart(8, '0')}-5d0b-4a55-9f0c-2f6f7f1a7c11`)",
    ],
    ids=["UUIDs", "numbers", "one prefix", "one ending"],
)
@pytest.mark.parametrize("part", [0.01, 0.05, 0.5])
def test_a_share_of_ids_is_just_that_share(ids: str, part: float) -> None:
    chosen = evaluate(f"{ids}.filter(id => share(id) < {part}).length", HELPERS + UUID)
    spread = 70 * (part * (1 - part) / (0.05 * 0.95)) ** 0.5  # 0.7 % at 5 %
    assert abs(chosen - 10_000 * part) <= spread


# Counted by how many values are read: what is not read costs nothing.
READS = """
  let reads = 0;
  const counted = value => new Proxy(value, {
    get: (target, key) => {
      if (typeof key === "string" && key !== "toJSON" && key !== "length") reads += 1;
      const item = target[key];
      return typeof item === "object" && item ? counted(item) : item;
    },
  });
  const shared = depth => (depth ? Array(10).fill(shared(depth - 1)) : "leaf");
  const cycle = { a: {} };
  cycle.a.b = cycle;
  const tried = value => [exceeds(counted(value), 32000), reads <= 32000];
"""


@pytest.mark.parametrize(
    "value",
    [
        "Array.from({ length: 100000 }, (_, n) => ({ n, text: `text ${n}` }))",
        "{ deep: Array(9000).fill(['abcd']) }",
        "shared(8)",
        "cycle",
        "{ text: 'x'.repeat(2600000) }",
        "['x'.repeat(2600000)]",
        "Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key ${n}`, n]))",
    ],
)
def test_what_is_too_large_is_known_by_the_values_within_the_limit(value: str) -> None:
    assert evaluate(f"tried({value})", HELPERS + READS) == [True, True]


def test_a_nest_is_walked_however_deep_it_is() -> None:
    nest = "Array.from({ length: 4000 }).reduce(inner => ({ a: inner }), 1)"
    assert evaluate(f"[exceeds({nest}, 32000), exceeds({nest}, 64000)]") == [True, False]


@pytest.mark.parametrize(
    "value",
    [
        {"event": "Order Completed", "total": 27.5, "paid": True, "coupon": None, "items": [{"sku": "G-32"}] * 9},
        list(range(1000)),
        ["text"] * 500,
        {f"key {number}": "value" for number in range(200)},
    ],
)
def test_a_size_is_nearly_that_of_the_json(value: Any) -> None:
    size = len(json.dumps(value, separators=(",", ":")))
    text = json.dumps(value)
    limits = [round(size * 0.65), round(size * 1.35)]
    assert [evaluate(f"exceeds({text}, {limit})") for limit in limits] == [True, False]


def test_every_helper_is_tried_here() -> None:
    tried = " ".join(expression for expression, _ in BEHAVIOUR)
    assert [name for name in helpers.helpers() if f"{name}(" not in tried and f"({name})" not in tried] == ["copy"]
