"""Triggers: what they compile to, and what is refused with its code and its place."""

from __future__ import annotations

import pytest

import flowplug
from flowplug import fql
from flowplug.events import EventType
from flowplug.fql.tree import Condition, Tree
from flowplug.javascript import Name, write
from tests.support.projects import with_subscriptions


def compiled(source: str, event_type: EventType = "track") -> str:
    """The JavaScript of a trigger for events of one type, paths written as names."""
    folded = fql.fold(fql.parse(source).tree, event_type)
    return str(folded).lower() if isinstance(folded, bool) else as_javascript(folded)


def as_javascript(tree: Tree) -> str:
    return write(fql.compile_tree(tree, lambda path: Name("_".join(path))))


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
        ("properties.total <= 5", 'typeof properties_total === "number" && properties_total <= 5'),
        ('properties.total < "5"', 'typeof properties_total === "number" && properties_total < 5'),
        ("properties.total = +5", "properties_total === 5"),
        ("properties.total != 5", 'typeof properties_total === "number" && properties_total !== 5'),
        ("traits.admin = true", "traits_admin === true"),
        ("userId = false", "userId === false"),
        ("properties.n =0", "properties_n === 0"),
        ("userId = null", "userId == null"),
        ("type = null", "false"),
        ("event = null", 'event === "null"'),
        ("event != null", 'event !== "null"'),
        ("name = null", "name == null"),
        ("name = true", 'name === "true"'),
        ("event = 5", 'event === "5"'),
        ("userId = 5", 'userId === "5"'),
        ("properties.a != true", 'properties_a !== "true"'),
        ("properties.a = 'x'", """properties_a === "'x'\""""),
        ("context.page.url != null", "context_page_url != null"),
        ('contains(event, "A")', 'typeof event === "string" && event.includes("A")'),
        ('!contains(name, "A")', 'typeof name === "string" && !name.includes("A")'),
        ('match(event, "A*")', 'typeof event === "string" && event.startsWith("A")'),
        ('!match(event, "*A")', 'typeof event === "string" && !event.endsWith("A")'),
        ("properties.\\1.a\\$b = 1", "properties_1_a$b === 1"),
        ("properties.m=0", "properties_m === 0"),
        ('match(event, "\U0001f600ab")', r'typeof event === "string" && event.endsWith("\ude00ab")'),
        ('match(event, "\U00010000")', r'typeof event === "string" && event.endsWith("\udc00")'),
        ('match(event, "\U0010ffffa")', r'typeof event === "string" && event.endsWith("\udfffa")'),
        ('match(event, "\uffffa")', 'typeof event === "string" && event.endsWith("a")'),
        ('match(event, "")', 'typeof event === "string" && event.endsWith("")'),
        ("userId = 1", 'userId === "1"'),
        ("properties" + ".a" * 50 + " = 1", "properties" + "_a" * 50 + " === 1"),
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


@pytest.mark.parametrize("sign", ["1", "$", "\n", " ", "\\"], ids=ascii)
def test_a_backslash_takes_a_sign_into_a_name(sign: str) -> None:
    tree = fql.parse(f"properties.a\\{sign}b = 1").tree
    assert isinstance(tree, Condition)
    assert tree.field == ("properties", f"a{sign}b")


@pytest.mark.parametrize(
    ("value", "holds", "fails"),
    [
        (
            "= 5",
            ("= 5", "!= 6", "< 6", "<= 5", "> 4", ">= 5", "!= null", '!= "5"'),
            ("!= 5", "< 5", "<= 4", "> 5"),
        ),
        ("= 5", (), (">= 6", "= null", '= "5"', "= true")),
        ('= "xyz"', ('= "xyz"', '!= "x"', "!= null"), ('!= "xyz"', "> 5", "!= 5", "= null", "= 5")),
        ("= null", ('!= "x"', "= null"), ("!= null", "< 5", "!= 5", '= "x"')),
        ("= true", ("= true", "!= null", '!= "x"'), ("= false", "= null", "> 0", "= 1")),
    ],
)
def test_a_field_with_one_value_meets_some_conditions_and_no_others(
    value: str, holds: tuple[str, ...], fails: tuple[str, ...]
) -> None:
    source = f"properties.a {value} and properties.a"
    assert [test for test in holds if compiled(f"{source} {test}") == "false"] == []
    assert [test for test in fails if compiled(f"{source} {test}") != "false"] == []


@pytest.mark.parametrize(
    ("value", "holds", "fails"),
    [
        (
            '"xyz"',
            (
                *('contains(a, "y")', 'match(a, "x*")', 'match(a, "*z")'),
                *('!contains(a, "q")', '!match(a, "y*")', '!match(a, "*y")'),
            ),
            (
                *('contains(a, "q")', 'match(a, "y*")', 'match(a, "*y")'),
                *('!contains(a, "y")', '!match(a, "x*")', '!match(a, "*z")'),
            ),
        ),
        (
            "5",
            (),
            ('contains(a, "5")', 'match(a, "5*")', 'match(a, "*5")', '!contains(a, "x")', '!match(a, "x*")'),
        ),
        ("null", (), ('contains(a, "null")', '!contains(a, "x")')),
    ],
)
def test_only_text_can_have_something_in_it_or_not(
    value: str, holds: tuple[str, ...], fails: tuple[str, ...]
) -> None:
    def both(test: str) -> str:
        return compiled(f"properties.a = {value} and {test.replace('(a', '(properties.a')}")

    assert [test for test in holds if both(test) == "false"] == []
    assert [test for test in fails if both(test) != "false"] == []


@pytest.mark.parametrize(
    ("source", "can_hold"),
    [
        ("(a = 1 or a = 2) and a = 2", True),
        ("(a = 1 or a = 2) and a = 3", False),
        ("a = 3 and (a = 1 or a = 2)", False),
        ("(a = 1 or a = 2) and (a = 3 or a = 4)", False),
        ("(a = 1 or a = 2) and (a = 2 or a = 3)", True),
        ("(a = 1 or a = 2) and a > 2", False),
        ("(a = 1 or a = 2) and a > 1", True),
        ("(a = 1 or b = 2) and a = 3", True),
        ("(a = 1 or b = 2) and a = 3 and b = 3", True),
        ("(a = 1 or a > 2) and a = 3", True),
        ("(a > 2 or a = 1) and a = 3", True),
        ("a = 1 or a = 2", True),
    ],
)
def test_alternatives_for_a_field_are_all_that_it_can_have(source: str, can_hold: bool) -> None:
    written = source.replace("a ", "properties.a ").replace("b ", "properties.b ")
    assert (compiled(written) != "false") is can_hold


@pytest.mark.parametrize(
    ("source", "names", "rest"),
    [
        ('type = "track"', (), True),
        ('event = "A"', ("A",), True),
        ('event != "A"', (), 'event !== "A"'),
        ('name = "A"', (), 'name === "A"'),
        ('event = "A" or event = "B" or event = "A"', ("A", "B"), True),
        ('event = "A" or name = "B"', (), 'event === "A" || name === "B"'),
        (
            '(event = "A" or event = "B") and (event = "B" or event = "C")',
            ("A", "B"),
            'event === "B" || event === "C"',
        ),
        ('event = "A" and userId = "u"', ("A",), 'userId === "u"'),
        ('userId = "u" and event = "A"', ("A",), 'userId === "u"'),
        ('name = "n" and event = "A" and userId = "u"', ("A",), 'name === "n" && userId === "u"'),
        ('userId = "u" and (event = "A" or event = "B")', ("A", "B"), 'userId === "u"'),
        ('(event = "A" and userId = "u") or event = "B"', (), 'event === "A" && userId === "u" || event === "B"'),
        ('type = "track" and event = "A"', ("A",), True),
        ('name = "n" and userId = "u"', (), 'name === "n" && userId === "u"'),
    ],
)
def test_what_a_trigger_demands_is_its_event_names_and_the_rest(
    source: str, names: tuple[str, ...], rest: str | bool
) -> None:
    found, left = fql.split_event_names(fql.fold(fql.parse(source).tree, "track"))
    assert found == names
    assert (left if isinstance(left, bool) else as_javascript(left)) == rest


REFUSED = {
    "trigger-syntax": [
        ('type = "track" null', 'expected "and" or "or", got "null" (at character 16)'),
        (
            '(type = "track" and event = "A"))',
            'this ")" closes nothing; remove it, or add "(" before it (at character 33)',
        ),
        ('event "is"', 'expected an operator (= != < <= > >=), got "is" (at character 7)'),
        ("properties.a !true", 'expected an operator (= != < <= > >=), got "!" (at character 14)'),
        ('event "A" null', 'expected an operator (= != < <= > >=), got "A" (at character 7)'),
        (
            'type = "track" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
            'expected "and" or "or", got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (at character 16)',
        ),
        (
            'type = "track" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
            'expected "and" or "or", got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (at character 16)',
        ),
        (
            'type = "track" "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
            'expected "and" or "or", got a long string (at character 16)',
        ),
        (
            'type = "track" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
            'expected "and" or "or", got a long word (at character 16)',
        ),
        ("name has not", 'expected an operator (= != < <= > >=), got "has" (at character 6)'),
        ('type = "track" "and"', 'expected "and" or "or", got "and" (at character 16)'),
        ("", 'expected a condition, such as type = "track", got the end (at character 1)'),
        ("()", 'expected a condition, such as type = "track", got ")" (at character 2)'),
        ('type = "track" and', 'expected a condition, such as type = "track", got the end (at character 19)'),
        ('(type = "track"', 'a "(" is not closed; add ")" (at character 16)'),
        ('(type = "track" end', 'expected "and" or "or", got "end" (at character 17)'),
        ('type = "track")', 'this ")" closes nothing; remove it, or add "(" before it (at character 15)'),
        ('type = "track" event = "A"', 'expected "and" or "or", got "event" (at character 16)'),
        ('type = "track" end or so', 'expected "and" or "or", got "end" (at character 16)'),
        ('type has "track"', 'expected an operator (= != < <= > >=), got "has" (at character 6)'),
        ('(type = "track", event = "A")', 'expected "and" or "or", got "," (at character 16)'),
        ('(type = "track" ")")', 'expected "and" or "or", got ")" (at character 17)'),
        ("properties.a = null.b", 'expected "and" or "or", got "." (at character 20)'),
        ("event = )", 'expected a value, got ")" (at character 9)'),
        ('contains(event "A")', 'expected ",", got "A" (at character 16)'),
        (
            "properties.a = 1 \\",
            "the backslash must be followed by the character that it escapes (at character 18)",
        ),
        (
            "event = Signed/Up",
            'unexpected "/"; put text in double quotes; in a name, put a backslash before it (at character 15)',
        ),
        ('event = "A" \ud800', 'unexpected "\\ud800"; put text in double quotes'),
        ('type = "track";', 'remove ";" (at character 15)'),
        ("properties.a = 5;", 'remove ";" (at character 17)'),
        ('type = "track";x', 'write "and" or "or" instead of ";" (at character 15)'),
        ('type = "track"; event = "A"', 'write "and" or "or" instead of ";" (at character 15)'),
        ('type = "track" # all', 'a trigger has no comments; remove "#" and what follows (at character 16)'),
        ("event = Order*", 'a star works only in the quotes of match(), such as match(event, "Order*") (at'),
        ("\0", 'unexpected "\\u0000"; put text in double quotes'),
    ],
    "trigger-operator": [
        ("userId contains null", 'write contains(field, "text") instead of "contains" (at character 8)'),
        (
            "not exists()",
            "there is no function exists(); the functions are contains() and match() (at character 5)",
        ),
        ("exists()", "there is no function exists(); the functions are contains() and match() (at character 1)"),
        (
            'userId != null and isNull(userId) and name = "A"',
            'write userId = null instead of "isNull(userId)" (at character 20)',
        ),
        (
            "userId != null and event is null",
            'write type != "track" instead of "event is null" (at character 20)',
        ),
        (
            "exists(userId",
            "there is no function exists(); the functions are contains() and match() (at character 1)",
        ),
        ('name equals not "A"', 'write != instead of "equals not" (at character 6)'),
        ('name contains not "A"', 'write contains(field, "text") instead of "contains" (at character 6)'),
        ("userId != null and name is null", 'write = null instead of "is null" (at character 25)'),
        ("properties.a =!5", 'write != instead of "=!" (at character 14)'),
        ('type == "track"', 'write = instead of "==" (at character 6)'),
        ("userId is null", 'write = null instead of "is null" (at character 8)'),
        ("userId is not null", 'write != null instead of "is not null" (at character 8)'),
        ("event is null", 'write type != "track" instead of "event is null" (at character 1)'),
        ("event is not null", 'write type = "track" instead of "event is not null" (at character 1)'),
        ('name is not "A"', 'write != instead of "is not" (at character 6)'),
        ('type: "track"', 'write = instead of ":" (at character 5)'),
        ("exists(properties.a)", 'write properties.a != null instead of "exists(properties.a)" (at character 1)'),
        ("!exists(userId)", 'write userId = null instead of "!exists(userId)" (at character 1)'),
        ("not exists(userId)", 'write userId = null instead of "not exists(userId)" (at character 1)'),
        ("isNull(userId)", 'write userId = null instead of "isNull(userId)" (at character 1)'),
        ("exists(event)", 'write type = "track" instead of "exists(event)" (at character 1)'),
        ('is(event, "A")', "there is no function is(); the functions are contains() and match() (at character 1)"),
        ('in(event, "A")', 'write (field = "one" or field = "other") instead of "in()" (at character 1)'),
        ('startsWith(event, "A")', 'write match(field, "text*") instead of "startsWith()" (at character 1)'),
        (
            "length(properties.a) > 3",
            "there is no function length(); the functions are contains() and match() (at",
        ),
        ('!lowercase(event) = "a"', "there is no function lowercase(); the functions are contains() and match()"),
        ('event = lower("A")', "there is no function lower(); the functions are contains() and match() (at char"),
        ('event IN ("A", "B")', 'write (field = "one" or field = "other") instead of "IN" (at character 7)'),
    ],
    "trigger-negation": [
        ('type ! "track"', '"!" must come directly before contains( or match('),
        ("not not", 'there is no "not"; negate each condition by itself, such as event != "A" (at character 1)'),
        ("! !", '"!" must come directly before contains( or match('),
        (
            "!userId",
            '"!" must come directly before contains( or match(; negate each condition by itself',
        ),
        ("not type", 'there is no "not"; negate each condition by itself, such as event != "A" (at character 1)'),
        ('not type = "track"', 'there is no "not"; write type != "track" (at character 1)'),
        ('type = "track" and NOT contains(event, "A")', 'there is no "NOT"; write !contains(event, "A") (at'),
        ('not match(event, "*A")', 'there is no "not"; write !match(event, "*A") (at character 1)'),
        ('not match(event, "A*")', 'there is no "not"; write !match(event, "A*") (at character 1)'),
        ('not !match(event, "A*")', 'there is no "not"; write match(event, "A*") (at character 1)'),
        ('not event != "A"', 'there is no "not"; write event = "A" (at character 1)'),
        ("not properties.a = true", 'there is no "not"; write properties.a = false (at character 1)'),
        ("not properties.a = false", 'there is no "not"; write properties.a = true (at character 1)'),
        ("!null", '"!" must come directly before contains( or match(; negate each condition by itself'),
        ("not properties.a >= 5", 'there is no "not"; write properties.a < 5 (at character 1)'),
        ("not userId = null", 'there is no "not"; write userId != null (at character 1)'),
        (
            'not (type = "track")',
            'there is no "not"; negate each condition inside the parentheses instead (at character 1)',
        ),
        (
            'not ((type = "track"))',
            'there is no "not"; negate each condition inside the parentheses instead (at character 1)',
        ),
        (
            "not " * 2_400,
            'there is no "not"; negate each condition by itself, such as event != "A" (at character 1)',
        ),
        ('not not event = "A"', 'there is no "not"; negate each condition by itself, such as event != "A" (at'),
        ("not", 'there is no "not"; negate each condition by itself, such as event != "A" (at character 1)'),
        (
            '!type = "track"',
            '"!" must come directly before contains( or match(; write type != "track" (at character 1)',
        ),
        ('! contains(event, "A")', '"!" must come directly before contains( or match('),
        (
            '!(type = "track")',
            'Segment ignores a "!" before parentheses; negate each condition inside them instead',
        ),
    ],
    "trigger-quotes": [
        ("event = Order or name = B", 'put text in double quotes: "Order" (at character 9)'),
        ('event = Order AND type = "track"', 'put text in double quotes: "Order" (at character 9)'),
        ("event = nil", 'write null for a missing value, or put text in double quotes: "nil" (at character 9)'),
        ("event = False", 'put text in double quotes: "False", or write false in lower case (at character 9)'),
        ("event = Null", 'put text in double quotes: "Null", or write null in lower case (at character 9)'),
        ('event = lower and type = "x"', 'put text in double quotes: "lower" (at character 9)'),
        ('type = "track', 'this text has no closing quote; add " at its end (at character 8)'),
        ("type = 'track", "this text has no closing quote; add ' at its end (at character 8)"),
        ("type = \u201ctrack\u201d", 'write straight double quotes instead of "\u201c" (at character 8)'),
        ("type = `track`", 'write straight double quotes instead of "`" (at character 8)'),
        (
            'event = "A and name = "B"',
            'a quote is missing before this place: "A and name = " is read as one text (at character 24)',
        ),
        ("event = Signup", 'put text in double quotes: "Signup" (at character 9)'),
        (
            "userId = undefined",
            'write null for a missing value, or put text in double quotes: "undefined" (at character 10)',
        ),
        ("event = n0", 'put text in double quotes: "n0" (at character 9)'),
        (
            'event = Order Completed 2 and type = "track"',
            'put text in double quotes: "Order Completed 2" (at character 9)',
        ),
        (
            "properties.on = TRUE",
            'put text in double quotes: "TRUE", or write true in lower case (at character 17)',
        ),
    ],
    "trigger-space": [
        ("properties.a <=5", 'put a space after "<="; without it, Segment reads something else (at character 14)'),
        ('event !="A"', 'put a space after "!="; without it, Segment reads something else (at character 7)'),
        ("properties.a = 5x", 'put a space after 5, before "x" (at character 17)'),
        ("properties.a<5", 'put a space before "<" (at character 13)'),
        ('type = "track" and(event = "A")', 'put a space after "and", before "(" (at character 19)'),
        ('type = "track" or.event = "A"', 'put a space after "or", before "." (at character 18)'),
        ('event != ""and name = "x"', 'put a space after "", before "a" (at character 12)'),
        (
            "properties.n=0",
            'put a space before "="; so close to the end, Segment loses what follows (at character 13)',
        ),
        (f'event = "{"x" * 58}"a', f'put a space after "{"x" * 58}", before "a" (at character 69)'),
        (f'event = "{"x" * 59}"a', 'put a space after the text, before "a" (at character 70)'),
        ('type\u00a0= "track"', "replace this non-breaking space with a plain space (at character 5)"),
        ('type =\u00a0"track"', "replace this non-breaking space with a plain space (at character 7)"),
        ('type = "track"\u2003and', "replace this space (U+2003) with a plain space (at character 15)"),
        (
            "properties.a\r = 1",
            "a carriage return is not white space for Segment; end lines with a line feed alone (at character 13)",
        ),
    ],
    "trigger-field": [
        ('contains(type, "t") or', "contains() needs one of event, name, userId, properties.…, traits.…"),
        ('contains = "x"', 'unknown field "contains"'),
        ("match.a = 1", 'unknown field "match.a"'),
        ("properties.(", 'expected a name after the dot, got "(" (at character 11)'),
        ('properties."a" = 1', 'expected a name after the dot, got "a" (at character 11)'),
        ("not.a = 1", 'unknown field "not.a"'),
        ("not = 1", 'unknown field "not"'),
        ("not != 1", 'unknown field "not"'),
        ("properties.null = 1", 'expected a name after the dot, got "null"; write .\\null (at character 11)'),
        ('foo = "x"', 'unknown field "foo"; the fields are type, event, name, userId, properties.…, traits.…'),
        (
            "propertis.total > 5",
            'unknown field "propertis.total" (did you mean "properties.total"?); the fields are',
        ),
        ("propertis.a.b > 5", 'unknown field "propertis.a.b" (did you mean "properties.a.b"?); the fields are'),
        (
            f"propertis.{'a' * 38} > 5",
            f'unknown field "propertis.{"a" * 38}" (did you mean "properties.{"a" * 38}"?); the fields are',
        ),
        (
            f"propertis.{'a' * 39} > 5",
            f'unknown field "propertis.{"a" * 39}" (did you mean "properties"?); the fields are',
        ),
        ('Type = "track"', 'unknown field "Type" (did you mean "type"?); the fields are'),
        ("user_id != null", 'unknown field "user_id" (did you mean "userId"?); the fields are'),
        ('$.event = "A"', 'write fields without "$." (at character 1)'),
        ('event.name = "x"', "event has no keys; write event alone (at character 1)"),
        ("properties = 1", "properties needs a key, such as properties.plan (at character 1)"),
        ("traits = 1", "traits needs a key, such as traits.plan (at character 1)"),
        ('context != "x"', "context needs a key, such as context.page.path (at character 1)"),
        ("properties.1 = 1", 'expected a name after the dot, got "1"; write .\\1 (at character 11)'),
        ("properties.or = 1", 'expected a name after the dot, got "or"; write .\\or (at character 11)'),
        (
            "properties.items[0] = 1",
            '"[" cannot be part of a name; write .\\0 for the first item of a list (at character 17)',
        ),
        (
            'contains(type, "t")',
            "contains() needs one of event, name, userId, properties.…, traits.… or context.…, got type",
        ),
        (
            'match("A", event)',
            'match() needs one of event, name, userId, properties.…, traits.… or context.…, got "A" (at',
        ),
        ("properties" + ".a" * 51 + " = 1", "more than 50 keys in one name (at character 1)"),
    ],
    "trigger-value": [
        ('properties.a > "abc"', '">" needs a number, got "abc" (at character 16)'),
        ("properties.a > true", '">" needs a number, got "true" (at character 16)'),
        ("properties.a > null", '">" needs a number, got "null" (at character 16)'),
        (
            "match(event, 5)",
            'match() needs text in double quotes with a star at one end, such as "Order*"; got "5"',
        ),
        ("properties.a = " + "9" * 400, "a number larger than JavaScript has (at character 16)"),
        ("event = " + "9" * 400, "a number larger than JavaScript has (at character 9)"),
        ("properties.a > " + "9" * 400, "a number larger than JavaScript has (at character 16)"),
    ],
    "trigger-parentheses": [
        (
            '((type = "track"))',
            "Segment cannot read parentheses inside parentheses, so this would never match (at character 2)",
        ),
        ("(" * 5_000 + 'type = "track"' + ")" * 4_900, "Segment cannot read parentheses inside parentheses"),
        ("(" * 10_000, "Segment cannot read parentheses inside parentheses"),
    ],
    "trigger-too-long": [
        ('event = "' + "x" * 1_000_000 + '"', "longer than 10000 characters; use several subscriptions"),
    ],
}


@pytest.mark.parametrize(
    ("code", "source", "message"),
    [
        pytest.param(code, source, message, id=f"{code} {source[:40]!a}")
        for code, cases in REFUSED.items()
        for source, message in cases
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write_instead(code: str, source: str, message: str) -> None:
    with pytest.raises(fql.FqlError) as caught:
        fql.parse(source)
    assert caught.value.code == code
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("functions", "operator"),
    [
        ("exists isset defined is_set has notnull isNotNull", "!="),
        ("isnull is_null isEmpty is_empty empty missing", "="),
    ],
)
def test_a_function_that_tests_for_a_value_is_a_comparison_with_null(functions: str, operator: str) -> None:
    for function in functions.split():
        with pytest.raises(fql.FqlError, match=f"^write userId {operator} null instead of "):
            fql.parse(f"{function}(userId)")


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("is equals EQ", "="),
        ("not isnt ne", "!="),
        ("contains includes LIKE", 'contains(field, "text")'),
        ("match matches startsWith starts", 'match(field, "text*")'),
        ("endsWith ends", 'match(field, "*text")'),
        ("in", '(field = "one" or field = "other")'),
        ("== ===", "="),
        ("!== <> =!", "!="),
        ("=<", "<="),
        ("=>", ">="),
        ("=~ ~", 'contains(field, "text")'),
    ],
)
def test_an_operator_of_another_language_is_answered_with_segment_s(words: str, right: str) -> None:
    for word in words.split():
        with pytest.raises(fql.FqlError) as caught:
            fql.parse(f'event {word} "A"')
        assert str(caught.value) == f'write {right} instead of "{word}" (at character 7)'


@pytest.mark.parametrize(("words", "right"), [("&& & AND", "and"), ("|| | Or", "or")])
def test_a_joint_of_another_language_is_answered_with_segment_s(words: str, right: str) -> None:
    for word in words.split():
        with pytest.raises(fql.FqlError) as caught:
            fql.parse(f'type = "track" {word} event = "A"')
        assert str(caught.value) == f'write {right} instead of "{word}" (at character 16)'


@pytest.mark.parametrize(
    ("operator", "opposite"), [("<", ">="), (">=", "<"), (">", "<="), ("<=", ">"), ("=", "!="), ("!=", "=")]
)
def test_a_not_is_answered_with_the_opposite_operator(operator: str, opposite: str) -> None:
    with pytest.raises(fql.FqlError, match=f"write properties.a {opposite} 5 "):
        fql.parse(f"not properties.a {operator} 5")


def test_an_error_knows_its_position_which_its_text_counts_from_one() -> None:
    with pytest.raises(fql.FqlError) as caught:
        fql.parse('type == "track"')
    assert caught.value.position == 5
    assert str(caught.value) == f"{caught.value.message} (at character 6)"


def test_an_error_of_the_whole_trigger_has_no_position() -> None:
    with pytest.raises(fql.FqlError) as caught:
        fql.parse(" " * 10_001)
    assert caught.value.position is None
    assert str(caught.value) == caught.value.message


def test_a_trigger_that_cannot_be_read_is_a_problem_of_the_project() -> None:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(with_subscriptions({"subscribe": 'type == "track"'}))
    (problem,) = caught.value.problems
    assert (problem.place, problem.code) == (("subscriptions", 0, "subscribe"), "trigger-operator")
    assert problem.message == 'write = instead of "==" (at character 6)'


def test_a_long_list_of_alternatives_is_compiled_without_ado() -> None:
    source = " or ".join(f"properties.a = {index}" for index in range(450))
    assert compiled(source).count("||") == 449
    flowplug.build(flowplug.load(with_subscriptions({"subscribe": source})))
