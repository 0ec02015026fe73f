"""Triggers: what is read, what it warns of, and what is refused with its place."""

from __future__ import annotations

import pytest

import flowplug
from flowplug import fql
from flowplug.javascript import Name, write
from tests.support.projects import with_subscriptions


def compiled(source: str, event_type: fql.EventType = "track") -> str:
    """The JavaScript of a trigger for events of one type, paths written as names."""
    folded = fql.fold(fql.parse(source).tree, event_type)
    if isinstance(folded, bool):
        return str(folded).lower()
    return write(fql.compile_tree(folded, lambda path: Name("_".join(path))))


@pytest.mark.parametrize(
    ("source", "javascript"),
    [
        ('type = "track"', "true"),
        ('type = "page"', "false"),
        ('type != "page"', "true"),
        ('type = "track" and event = "A"', 'event === "A"'),
        ('type = "page" or event = "A"', 'event === "A"'),
        ('type="track" and (event = "A" or event = "B")', 'event === "A" || event === "B"'),
        ('event != "A"', 'event !== "A"'),
        ("properties.total > 5", 'typeof properties_total === "number" && properties_total > 5'),
        ("properties.total >= -1.50", 'typeof properties_total === "number" && properties_total >= -1.5'),
        ("properties.total > -.5", 'typeof properties_total === "number" && properties_total > -0.5'),
        ('properties.total < "5"', 'typeof properties_total === "number" && properties_total < 5'),
        ("properties.total = +5", "properties_total === 5"),
        ("properties.total != 5", 'typeof properties_total === "number" && properties_total !== 5'),
        ("traits.admin = true", "traits_admin === true"),
        ("userId = false", "userId === false"),
        ("properties.n =0", "properties_n === 0"),
        ("userId = null", "userId == null"),
        ("context.page.url != null", "context_page_url != null"),
        ('contains(event, "A")', 'typeof event === "string" && event.includes("A")'),
        ('!contains(name, "A")', 'typeof name === "string" && !name.includes("A")'),
        ('match(event, "A*")', 'typeof event === "string" && event.startsWith("A")'),
        ('!match(event, "*A")', 'typeof event === "string" && !event.endsWith("A")'),
        ("properties.\\1.a\\$b = 1", "properties_1_a$b === 1"),
        ('event = "A" and event = "B"', "false"),
        ('event = "A" and event != "A"', "false"),
        ('event = "A" and (event = "B" or event = "C")', "false"),
        ('event = "A" and (event = "B" or event = "A")', 'event === "A" && (event === "B" || event === "A")'),
        ('event = "A" and !match(event, "A*")', "false"),
        (
            'event = "Ab" and match(event, "A*")',
            'event === "Ab" && typeof event === "string" && event.startsWith("A")',
        ),
        ("properties.a = 1 and properties.a = 2", "false"),
        ('properties.a = 1 and properties.a = "x"', "false"),
        ("properties.a = true and properties.a = false", "false"),
        ("properties.a = null and properties.a != null", "false"),
        ("properties.a = 5 and properties.a < 3", "false"),
        ('properties.a = 5 and properties.a != "5"', 'properties_a === 5 && properties_a !== "5"'),
        ("properties.a = 5 and traits.a = 6", "properties_a === 5 && traits_a === 6"),
        ('event = "A" and event = "A"', 'event === "A" && event === "A"'),
    ],
)
def test_a_trigger_becomes_a_predicate(source: str, javascript: str) -> None:
    assert compiled(source) == javascript


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        (
            'type = "track" and event = "A" or event = "B"',
            'Segment reads this as type = "track" or event = "A" or event = "B": the last of its and/or joins '
            'everything; if that is not what you mean, write (type = "track" and event = "A") or event = "B"',
        ),
        (
            'type = "track" and (contains(event, "A") or contains(event, "B"))',
            'Segment reads this as type = "track" or contains(event, "A") or contains(event, "B"): a parenthesis '
            "ends for it at the first contains() or match() inside; use a subscription for each alternative",
        ),
        ("event = 'A'", "event = 'A': Segment keeps single quotes as part of the text; write double quotes"),
        (
            "properties.on != true",
            'properties.on != true: compares with the text "true"; write it in double quotes if that is meant',
        ),
        (
            'match(event, "foo")',
            'match(event, "foo"): without a star at an end, Segment takes the first character off, and matches '
            'any text that ends in "oo"',
        ),
        (
            'match(event, "*foo*")',
            'match(event, "*foo*"): only the last star is a wildcard for Segment; write contains() to look '
            "inside a text",
        ),
    ],
)
def test_what_segment_reads_otherwise_is_a_warning_that_says_what_to_write(source: str, warning: str) -> None:
    assert fql.parse(source).warnings == (warning,)


@pytest.mark.parametrize(
    "source",
    [
        'type = "track"',
        'type = "track" and (event = "A" or event = "B")',
        '(type = "track" and event = "A") or event = "B"',
        'type = "track" and contains(event, "A") and !match(name, "*B")',
        'match(event, "A*")',
        "properties.total = 5 and traits.on = true and userId != null",
    ],
)
def test_what_means_the_same_to_everyone_has_no_warning(source: str) -> None:
    assert fql.parse(source).warnings == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "expected a condition, got the end (at character 1)"),
        ('type = "track', "a string that does not end (at character 8)"),
        ('(type = "track"', 'a parenthesis that is not closed: expected ")" (at character 16)'),
        ('type = "track")', 'a ")" that closes nothing (at character 15)'),
        ("()", 'expected a condition, got ")" (at character 2)'),
        ('type == "track"', 'expected a value, got "=" (at character 7)'),
        ('type ~ "track"', "unexpected '~' (at character 6)"),
        ('type is "track"', 'expected an operator (= != < <= > >=), got "is" (at character 6)'),
        ('type = "track" & event = "A"', "unexpected '&' (at character 16)"),
        ('type = "track" event = "A"', 'expected "and" or "or", got "event" (at character 16)'),
        ('type = "track" and', "expected a condition, got the end (at character 19)"),
        ('foo = "x"', "unknown field 'foo'; a field is type, event, name, userId, properties.…, traits.…"),
        ('event.name = "x"', "event has no parts (at character 1)"),
        ("properties = 1", "properties wants the name of a part, as in properties.plan (at character 1)"),
        ("properties.1 = 1", 'expected a name after the dot, got "1"; write .\\1 (at character 11)'),
        ("properties.or = 1", 'expected a name after the dot, got "or"; write .\\or (at character 11)'),
        ("properties.items[0] = 1", "put a space before '[' (at character 17)"),
        ("properties.a <=5", 'put a space after "<="; Segment reads it otherwise (at character 14)'),
        ('event !="A"', 'put a space after "!="; Segment reads it otherwise (at character 7)'),
        ("event = n0", 'put text in double quotes: "n0" (at character 9)'),
        ("event = Signup", 'put text in double quotes: "Signup" (at character 9)'),
        ('properties.a > "abc"', '">" compares numbers; ""abc"" is none (at character 16)'),
        ("properties.a > true", '">" compares numbers; "true" is none (at character 16)'),
        ("properties.a > null", '">" compares numbers; "null" is none (at character 16)'),
        ("properties.a = 5x", "put a space between 5 and 'x' (at character 17)"),
        ('event != ""and name = "x"', "put a space between \"\" and 'a' (at character 12)"),
        ("properties.n=0", "put a space before '='; Segment loses what follows this close to the end"),
        ('contains(type, "t")', "contains() takes event, name, userId or a property, trait or context"),
        ("match(event, 5)", "match() takes text in double quotes with a star at one end"),
        ('contains(event "A")', 'expected ",", got ""A"" (at character 16)'),
        ('!(type = "track")', 'Segment leaves out a "!" before parentheses; negate each condition in them'),
        ('!type = "track"', '"!" stands right before contains( or match( (at character 1)'),
        ('((type = "track"))', "Segment cannot read parentheses inside parentheses, and never matches"),
        ("properties.a\r = 1", "Segment takes a carriage return for no white space"),
        ("properties.a = 1 \\", "nothing that can be escaped follows the backslash (at character 18)"),
        ("properties" + ".a" * 51 + " = 1", "a name of more than 50 parts (at character 1)"),
        ('event = "' + "x" * 1_000_000 + '"', "longer than 10000 characters"),
        ("(" * 5_000 + 'type = "track"' + ")" * 4_900, "Segment cannot read parentheses inside parentheses"),
        ("(" * 10_000, "Segment cannot read parentheses inside parentheses"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(source: str, message: str) -> None:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(with_subscriptions({"subscribe": source}))
    (problem,) = caught.value.problems
    assert problem.place == ("subscriptions", 0, "subscribe")
    assert problem.message.startswith(message)


def test_a_long_list_of_alternatives_is_compiled_without_ado() -> None:
    source = " or ".join(f"properties.a = {index}" for index in range(450))
    assert compiled(source).count("||") == 449
    flowplug.build(flowplug.load(with_subscriptions({"subscribe": source})))
