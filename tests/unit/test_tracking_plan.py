"""``flowplug check --plan``: what a project asks for and the tracking plan does not have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import flow
from tests.support.documents import blocks
from tests.support.projects import KEY

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def table(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def event(properties: Any = None, **others: Any) -> dict[str, Any]:
    """The schema of an event as Segment writes it."""
    return table(context={}, traits={}, properties=properties or {}) | others


ORDER = table(
    total={"type": ["number", "null"]},
    name=TEXT,
    gift={"type": "boolean"},
    ship=table(city=TEXT),
    items={"type": "array", "items": table(sku=TEXT)},
)
RULES: list[dict[str, Any]] = [
    {"key": "Order Completed", "type": "TRACK", "version": 1, "jsonSchema": event(ORDER)},
    {"key": "Cart Viewed", "type": "TRACK", "version": 1, "jsonSchema": event(table(cart_id=TEXT))},
    {"key": None, "type": "IDENTIFY", "version": 1, "jsonSchema": table(traits=table(plan=TEXT, age=NUMBER))},
    {"key": None, "type": "COMMON", "version": 1, "jsonSchema": table(context=table(userAgent=TEXT))},
]
PUBLIC_API = {"data": {"rules": RULES, "pagination": {"current": "MA==", "totalEntries": 4}}}
CONFIG_API = {
    "name": "workspaces/w/tracking-plans/rs_1",
    "display_name": "Shop",
    "rules": {
        "events": [
            {"name": rule["key"], "version": 1, "rules": rule["jsonSchema"]} for rule in RULES if rule["key"]
        ],
        "identify": RULES[2]["jsonSchema"],
        "group_traits": [],
        "global": RULES[3]["jsonSchema"],
    },
}
JSON_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "oneOf": [
        {"$ref": "#/$defs/order"},
        {"properties": {"event": {"const": "Cart Viewed"}, "properties": table(cart_id=TEXT)}},
        {"properties": {"type": {"const": "identify"}, "traits": table(plan=TEXT, age=NUMBER)}},
    ],
    "$defs": {"order": {"properties": {"event": {"const": "Order Completed"}, "properties": ORDER}}},
}
SHAPES = {
    "the Public API": PUBLIC_API,
    "the Public API's data alone": PUBLIC_API["data"],
    "a list of rules": RULES,
    "the Config API": CONFIG_API,
    "JSON Schema": JSON_SCHEMA,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(plan: Any, *subscriptions: str) -> None:
    Path("plan.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
    project = f'[settings]\nprojectApiKey = "{KEY}"\n'
    for index, text in enumerate(subscriptions):
        action = "identifyUser" if "traits" in text else "trackEvent"
        project += f'[[subscriptions]]\nname = "S{index}"\npartnerAction = "{action}"\n{text}\n'
    Path("flowplug.toml").write_text(project, encoding="utf-8")


def told(*arguments: str) -> str:
    """What ``check`` warns of in the project, without its notes."""
    result = flow("check", *arguments)
    assert result.exit_code == 0, result.stderr
    return "".join(line for line in result.stderr.splitlines(keepends=True) if ": note: " not in line)


def warnings(plan: Any, *subscriptions: str) -> list[str]:
    write(plan, *subscriptions)
    lines = told("--plan", "plan.json").splitlines()
    return [line.replace("flowplug.toml:", "").replace("subscriptions", "") for line in lines]


MISTAKES = """\
subscribe = 'type = "track" and event = "Order Complted"'
[[subscriptions]]
name = "Orders"
partnerAction = "trackEvent"
subscribe = 'type = "track" and event = "Order Completed" and properties.gft = true and properties.name > 5'
[subscriptions.mapping]
event_name = { "@path" = "$.event" }
[subscriptions.mapping.properties]
total = { "@path" = "$.properties.totl" }
cart = { "@template" = "{{properties.cart_id}}" }
city = { "@path" = "$.properties.ship.cty" }
all = { "@path" = "$.properties" }
page = { "@path" = "$.context.page.url" }
[[subscriptions]]
name = "Users"
partnerAction = "identifyUser"
subscribe = 'type = "identify" and traits.age = "old"'
[subscriptions.mapping]
userId = { "@path" = "$.userId" }
traits."@pick" = ["plann"]"""
FOUND = [
    '6: [0] "S0".subscribe: warning: the tracking plan has no event named "Order Complted" '
    '(did you mean "Order Completed"?) [unknown-event]',
    '10: [1] "Orders".subscribe: warning: the tracking plan has no properties.gft in "Order Completed" '
    '(did you mean "gift"?) [unknown-property]',
    '10: [1] "Orders".subscribe: warning: properties.name > 5: never holds, since properties.name is text in the '
    "tracking plan; correct the value here, or the type there [impossible-type]",
    '14: [1] "Orders".mapping.properties.total.@path: warning: the tracking plan has no properties.totl in '
    '"Order Completed" (did you mean "total"?) [unknown-property]',
    '15: [1] "Orders".mapping.properties.cart.@template: warning: the tracking plan has no properties.cart_id in '
    '"Order Completed"; correct it here, or add it to the plan [unknown-property]',
    '16: [1] "Orders".mapping.properties.city.@path: warning: the tracking plan has no properties.ship.cty in '
    '"Order Completed" (did you mean "city"?) [unknown-property]',
    '22: [2] "Users".subscribe: warning: traits.age = "old": never holds, since traits.age is a number in the '
    "tracking plan; correct the value here, or the type there [impossible-type]",
    '25: [2] "Users".mapping.traits.@pick[0]: warning: the tracking plan has no traits.plann '
    '(did you mean "plan"?) [unknown-property]',
]


@pytest.mark.parametrize("plan", SHAPES.values(), ids=list(SHAPES))
def test_what_a_plan_in_any_shape_does_not_have_is_told_with_its_line(plan: Any) -> None:
    assert warnings(plan, MISTAKES) == FOUND


def test_without_a_plan_nothing_of_it_is_told() -> None:
    write(RULES, MISTAKES)
    assert told() == ""


def test_strict_makes_what_the_plan_does_not_have_an_error() -> None:
    write(RULES, MISTAKES)
    result = flow("check", "--plan", "plan.json", "--strict")
    assert result.exit_code == 1
    assert result.stderr.count("(a warning that --strict makes an error)") == len(FOUND)


def test_warnings_of_the_plan_stand_among_others_in_the_order_of_the_file() -> None:
    found = warnings(RULES, "subscribe = 'event = \"A\"'", "subscribe = 'event = \"A\"'")
    assert [line.rpartition(" ")[2] for line in found] == ["[unknown-event]", "[sent-twice]", "[unknown-event]"]


def test_a_subscription_that_is_off_is_not_compared() -> None:
    assert warnings(RULES, "subscribe = 'event = \"A\"'\nenabled = false", "subscribe = 'type = \"track\"'") == []


def codes(plan: Any, trigger: str, path: str = "") -> list[str]:
    """The codes for one subscription with a trigger, and a mapping that reads a path."""
    reads = f'[subscriptions.mapping]\nevent_name = "x"\nproperties.a = {{ "@path" = "{path}" }}' if path else ""
    found = warnings(plan, f"subscribe = '{trigger}'\n{reads}")
    found = [line.rpartition("[")[2].removesuffix("]") for line in found]
    return [code for code in found if code in ("unknown-event", "unknown-property", "impossible-type")]


TRACK = 'type = "track"'
AN_ORDER = 'event = "Order Completed"'


@pytest.mark.parametrize(
    ("trigger", "found"),
    [
        ('event = "Cart Viewed" or event = "Order Completed"', []),
        ('event = "Cart Viewed" or event = "A"', ["unknown-event"]),
        ('type = "track" and event != "A"', ["unknown-event"]),
        ('type = "track" and event != "Cart Viewed"', []),
        ('match(event, "Order*")', []),
        ('match(event, "Ordr*")', ["unknown-event"]),
        ('match(event, "*wed")', []),
        ('match(event, "*wd")', ["unknown-event"]),
        ('contains(event, "View")', []),
        ('contains(event, "Veiw")', ["unknown-event"]),
        ('type = "track" and !contains(event, "Veiw")', ["unknown-event"]),
        ('type = "track" and event != null', []),
        ('type = "page" and name = "A"', []),
    ],
)
def test_a_name_that_no_planned_event_has_is_told(trigger: str, found: list[str]) -> None:
    assert codes(RULES, trigger) == found


@pytest.mark.parametrize(
    ("trigger", "path", "found"),
    [
        (TRACK, "$.properties.cart_id", []),  # of one of the events
        (TRACK, "$.properties.total", []),
        (TRACK, "$.properties.nothing", ["unknown-property"]),
        ('type = "track" and !match(event, "Order*")', "$.properties.total", ["unknown-property"]),
        ('type = "track" and event != "Order Completed"', "$.properties.total", ["unknown-property"]),
        ('type = "track" and event = "A"', "$.properties.total", ["unknown-event"]),  # of which nothing is known
        ('type = "track" or type = "page"', "$.properties.nothing", []),  # no page is planned
        (AN_ORDER, "$.properties.items[0].sku", []),
        (AN_ORDER, "$.properties.items[0].skuu", ["unknown-property"]),
        (AN_ORDER, "$.properties.items.length", []),
        (AN_ORDER, "$.properties.items.sku", ["unknown-property"]),
        (AN_ORDER, "$.properties.name.first", ["unknown-property"]),
        (AN_ORDER, "$.properties.name.length", []),
        (AN_ORDER, "$.context.campaign.nam", []),
    ],
)
def test_a_property_is_unknown_if_no_event_that_can_match_has_it(
    trigger: str, path: str, found: list[str]
) -> None:
    assert codes(RULES, trigger, path) == found


def test_what_a_shape_reads_from_the_items_of_a_list_is_compared() -> None:
    shape = '{ "@arrayPath" = ["$.properties.items", { id = { "@path" = "$.skuu" } }] }'
    fields = f'[subscriptions.mapping]\nevent_name = "x"\nproperties.items = {shape}'
    (line,) = warnings(RULES, f"subscribe = '{AN_ORDER}'\n{fields}")
    assert "the tracking plan has no properties.items[0].skuu" in line
    assert '(did you mean "sku"?)' in line


OPEN = {
    "no keys": {},
    "no keys in an object": table(),
    "others": {**table(a=TEXT), "additionalProperties": True},
    "others of a type": {**table(a=TEXT), "additionalProperties": {"type": "number"}},
    "a pattern": {"patternProperties": {"^tot": NUMBER}},
    "a pattern that Python does not read": {**table(a=TEXT), "patternProperties": {"\\p{L}": NUMBER}},
    "an alternative": {"anyOf": [table(a=TEXT), table(total=NUMBER)]},
    "a part": {"allOf": [table(a=TEXT), table(total=NUMBER)]},
    "a condition": {"if": table(a=TEXT), "then": table(total=NUMBER)},
    "a reference in the rule": {"$ref": "#/definitions/total"},
    "a reference in the file": {"$ref": "#/0/jsonSchema/definitions/total"},
    "a reference to elsewhere": {"$ref": "https://site.test/schema.json"},
    "a schema that refers to itself": {"allOf": [{"$ref": "#/properties/properties"}, table(total=NUMBER)]},
}
CLOSED = {
    "other keys": table(a=TEXT),
    "no others": {"type": "object", "additionalProperties": False},
    "other keys of parts": {"allOf": [table(a=TEXT), {}]},
    "another type": TEXT,
}


LISTS: list[tuple[Any, str, list[str]]] = [
    ({"prefixItems": [table(a=TEXT), table(b=TEXT)]}, "$.properties.list[1].b", []),
    ({"prefixItems": [table(a=TEXT), table(b=TEXT)]}, "$.properties.list[0].b", ["unknown-property"]),
    ({"items": [table(a=TEXT)]}, "$.properties.list[0].b", ["unknown-property"]),
    ({"prefixItems": [TEXT], "items": table(a=TEXT)}, "$.properties.list[1].b", ["unknown-property"]),
    ({"type": "array"}, "$.properties.list[1].b", []),
    ({}, "$.properties.list[1].b", []),
]


@pytest.mark.parametrize(("schema", "path", "found"), LISTS)
def test_items_of_lists_have_their_own_schemas(schema: Any, path: str, found: list[str]) -> None:
    assert codes(rules(table(list=schema)), TRACK, path) == found


SHAPED = [
    ('[{ "@arrayPath" = ["$.properties.items", { id = { "@path" = "$.skuu" } }] }]', ["unknown-property"]),
    ('{ "@arrayPath" = [{ "@path" = "$.properties.items" }, { id = { "@path" = "$.skuu" } }] }', []),
    (
        '{ "@transform" = { apply = { items = "x" }, mapping = '
        '{ a = { "@arrayPath" = ["$.items", { id = { "@path" = "$.skuu" } }] } } } }',
        [],
    ),
    ('{ "@arrayPath" = ["$.properties.items", { "@path" = "$.sku" }] }', []),
]


@pytest.mark.parametrize(("value", "found"), SHAPED)
def test_shapes_are_compared_where_they_read_from_the_event(value: str, found: list[str]) -> None:
    fields = f'[subscriptions.mapping]\nevent_name = "x"\nproperties.items = {value}'
    lines = warnings(RULES, f"subscribe = '{AN_ORDER}'\n{fields}")
    assert [line.rpartition("[")[2].removesuffix("]") for line in lines] == found


def test_traits_may_be_a_list_of_rules_in_the_config_api() -> None:
    plan = {"rules": {"identify_traits": [{"name": "plan", "rules": RULES[2]["jsonSchema"]}]}}
    (line,) = warnings(plan, 'subscribe = \'type = "identify" and traits.plann = "pro"\'')
    assert 'no traits.plann (did you mean "plan"?)' in line


def rules(properties: Any) -> list[dict[str, Any]]:
    schema = event(properties, definitions={"total": table(total=NUMBER)})
    return [{"key": "Order", "type": "TRACK", "jsonSchema": schema}]


@pytest.mark.parametrize("properties", OPEN.values(), ids=list(OPEN))
def test_a_property_may_be_there_where_a_schema_has_or_allows_it(properties: Any) -> None:
    assert codes(rules(properties), TRACK, "$.properties.total") == []


@pytest.mark.parametrize("properties", CLOSED.values(), ids=list(CLOSED))
def test_a_property_is_unknown_where_a_schema_names_only_others(properties: Any) -> None:
    assert codes(rules(properties), TRACK, "$.properties.total") == ["unknown-property"]


def test_a_property_of_any_version_of_an_event_is_known() -> None:
    versions = [*rules(table(a=TEXT)), *rules(table(total=NUMBER))]
    assert codes(versions, TRACK, "$.properties.total") == []
    assert codes(versions, TRACK, "$.properties.nothing") == ["unknown-property"]


COMPARED: list[tuple[Any, str, list[str]]] = [
    (NUMBER, '= "x"', ["impossible-type"]),
    (NUMBER, '!= "x"', ["impossible-type"]),
    (NUMBER, "= true", ["impossible-type"]),
    (NUMBER, "!= null", []),
    (NUMBER, "> 5", []),
    (NUMBER, '> "5"', []),
    ({"type": "integer"}, "<= 5", []),
    (TEXT, "> 5", ["impossible-type"]),
    (TEXT, "!= 5", ["impossible-type"]),
    (TEXT, '= "5"', []),
    ({"type": "boolean"}, "= false", []),
    ({"enum": ["a", "b"]}, "= 5", ["impossible-type"]),
    ({"const": 5}, "= 5", []),
    ({"const": True}, "= 5", ["impossible-type"]),
    ({"enum": [None, ["a"], {"a": 1}]}, "= 5", ["impossible-type"]),
    ({"type": ["string", "null"]}, "= 5", ["impossible-type"]),
    ({"type": ["string", "number"]}, "= 5", []),
    ({"anyOf": [TEXT, NUMBER]}, "= 5", []),
    ({"anyOf": [TEXT, {}]}, "= 5", []),
    ({"oneOf": [TEXT, {"type": "null"}]}, "= 5", ["impossible-type"]),
    ({"allOf": [TEXT, {}]}, "= 5", ["impossible-type"]),
    ({"$ref": "#/definitions/total"}, "= 5", ["impossible-type"]),
    ({"$ref": "#/properties/properties/properties/a"}, "= 5", []),
    ({}, "= 5", []),
    (True, "= 5", []),
]


@pytest.mark.parametrize(("schema", "comparison", "found"), COMPARED)
def test_a_type_that_a_comparison_cannot_have_is_told(schema: Any, comparison: str, found: list[str]) -> None:
    assert codes(rules(table(a=schema)), f'type = "track" and properties.a {comparison}') == found


def test_contains_needs_text() -> None:
    assert codes(RULES, f'{AN_ORDER} and contains(properties.gift, "a")') == ["impossible-type"]
    assert codes(RULES, f'{AN_ORDER} and !match(properties.name, "a*")') == []


BROKEN = {
    "no JSON": ("{", "plan.json:1: not JSON: "),
    "another thing": ('{"a": 1}', "plan.json:1: has none of the shapes that --plan reads"),
    "a text": ('"a"', "plan.json:1: has none of the shapes that --plan reads"),
    "no rule": ("[]", "plan.json:1: is empty; a plan needs a rule [empty]"),
    "a rule that is none": ("[\n1]", "plan.json:2: [0]: expected an object, got a number [wrong-type]"),
    "a page of the list": (
        json.dumps({"data": {"rules": RULES, "pagination": {"next": "x"}}}),
        "plan.json:1: data.pagination.next: this is only one page of the rules; "
        "put the rules of all pages into one list [incomplete-list]",
    ),
    "a type that is none": (
        '{"rules": [\n{"type": "TRAK"}]}',
        'plan.json:2: rules[0].type: expected "TRACK", "IDENTIFY", "GROUP", "PAGE", "SCREEN" or "COMMON", '
        'got "TRAK" (did you mean "TRACK"?) [unknown-value]',
    ),
    "no type": (
        '{"rules": [\n{}]}',
        "plan.json:2: rules[0].type: type is missing; write one of TRACK, IDENTIFY, ",
    ),
    "no name": (
        '{"rules": [\n{"type": "TRACK"}]}',
        "plan.json:2: rules[0].key: key is missing; it is the name of the event [missing-field]",
    ),
    "no schema": (
        '{"rules": [{"type": "TRACK", "key": "A",\n"jsonSchema": []}]}',
        "plan.json:2: rules[0].jsonSchema: expected an object, got a list [wrong-type]",
    ),
    "events that are no list": (
        '{"rules": {"events": {}}}',
        "plan.json:1: rules.events: expected a list, got an object [wrong-type]",
    ),
    "an event that is none": ('{"rules": {"events": [1]}}', "plan.json:1: rules.events[0]: expected an object"),
    "an event without a name": (
        '{"rules": {"events": [{}]}}',
        "plan.json:1: rules.events[0].name: name is missing; it is the name of the event [missing-field]",
    ),
    "an event without rules": (
        '{"rules": {"events": [{"name": "A"}]}}',
        "plan.json:1: rules.events[0].rules: rules is missing [missing-field]",
    ),
    "traits that are none": (
        '{"rules": {"identify_traits": [1]}}',
        "plan.json:1: rules.identify_traits[0]: expected an object, got a number [wrong-type]",
    ),
    "a reference to nothing": (
        '[{"type": "IDENTIFY", "jsonSchema": {"allOf": [\n{"$ref": "#/definitions/a"}]}}]',
        'plan.json:2: [0].jsonSchema.allOf[0].$ref: "#/definitions/a" leads to nothing in this file '
        "[broken-reference]",
    ),
    "a schema of nothing": (
        '{"oneOf": [\n{"properties": {}}]}',
        "plan.json:2: oneOf[0]: must say which event it is for: "
        'write {"event": {"const": "…"}} into its properties [unknown-shape]',
    ),
    "an alternative that is none": ('{"anyOf": [1]}', "plan.json:1: anyOf[0]: expected an object, got a number"),
    "too deep": ('{"oneOf":' + "[" * 60 + "]" * 60 + "}", "plan.json:1: nested more than 50 deep [too-deep]"),
}


@pytest.mark.parametrize(("plan", "message"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_wrong_with_a_plan_is_one_line_with_its_file(plan: str, message: str) -> None:
    write(RULES, MISTAKES)
    Path("plan.json").write_text(plan, encoding="utf-8")
    result = flow("check", "--plan", "plan.json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_each_environment_is_compared_with_the_plan() -> None:
    write(RULES, "subscribe = 'event = \"Cart Viewed\"'\n[env.prod]\n[env.dev]")
    project = Path("flowplug.toml").read_text(encoding="utf-8")
    project += '[[env.dev.subscriptions]]\nname = "S0"\nsubscribe = \'event = "Cart Vewed"\'\n'
    Path("flowplug.toml").write_text(project.replace("[env.dev]\n", ""), encoding="utf-8")
    (line,) = told("--plan", "plan.json").splitlines()
    assert line.startswith("flowplug.toml:10: ")
    assert line.endswith('(did you mean "Cart Viewed"?) [unknown-event]')
    assert told("--plan", "plan.json", "--env", "prod") == ""


def test_a_plan_that_is_not_there_is_named() -> None:
    write(RULES, MISTAKES)
    result = flow("check", "--plan", "pln.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("pln.json: no such file")


def test_a_plan_may_be_larger_than_a_project() -> None:
    large = {"key": "Large", "type": "TRACK", "jsonSchema": event({"description": "x" * 2**20})}
    assert warnings([*RULES, large], MISTAKES.partition("\n")[0]) == FOUND[:1]


def test_screens_are_of_no_web_page() -> None:
    screen = {"key": "Home", "type": "SCREEN", "jsonSchema": event(table(anything=TEXT))}
    assert codes([*RULES, screen], AN_ORDER, "$.properties.anything") == ["unknown-property"]


def test_named_pages_have_their_own_properties() -> None:
    pages = [
        {"key": name, "type": "PAGE", "jsonSchema": event(table(**{name: TEXT}))} for name in ("Home", "Docs")
    ]
    assert codes(pages, 'type = "page" and name = "Home"', "$.properties.Home") == []
    assert codes(pages, 'type = "page" and name = "Home"', "$.properties.Docs") == ["unknown-property"]
    assert codes(pages, 'type = "page"', "$.properties.Docs") == []


# docs/tracking-plan.md

DOCUMENTED = [block for block in blocks() if block.file == "tracking-plan.md"]


@pytest.mark.parametrize("plan", [block for block in DOCUMENTED if block.language == "json"], ids=str)
def test_the_documented_plans_give_the_documented_warnings(plan: Any) -> None:
    (project,) = (block.text for block in DOCUMENTED if block.language == "toml")
    (said,) = (block.text for block in DOCUMENTED if block.language == "text")
    Path("plan.json").write_text(plan.text, encoding="utf-8")
    Path("flowplug.toml").write_text(project, encoding="utf-8")
    assert told("--plan", "plan.json") == said
