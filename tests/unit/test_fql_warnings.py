"""What a trigger warns of: what Segment reads otherwise, and types of event that it misses or catches unawares."""

from __future__ import annotations

import random

import pytest

from flowplug import fql
from flowplug.events import EVENT_TYPES
from tests.conformance.generators import Author

ONLY_TYPES = "Segment's web destinations get only track, identify, page, group and alias events"

WARNED = {
    "trigger-mixed-and-or": [
        (
            'type = "track" and event = "A" or event = "B"',
            'Segment reads this as type = "track" or event = "A" or event = "B": it joins all conditions '
            "with the last "
            '"and" or "or"; if you do not mean that, write (type = "track" and event = "A") or event = "B"',
        ),
        (
            'type = "page" or type = "track" and event  =  "A  B" or event = "C"',
            'Segment reads this as type = "page" or type = "track" or event = "A  B" or event = "C": it joins all '
            'conditions with the last "and" or "or"; if you do not mean that, write type = "page" or '
            '(type = "track" and event = "A  B") or event = "C"',
        ),
        (
            'type = "track" and (event = "A" or event = "B") or userId != null',
            'Segment reads this as type = "track" or event = "A" or event = "B" or userId != null: it joins all '
            'conditions with the last "and" or "or"; if you do not mean that, write (type = "track" and '
            '(event = "A" or event = "B")) or userId != null',
        ),
    ],
    "trigger-cut-parentheses": [
        (
            'type = "track" and (contains(event, "A") or contains(event, "B"))',
            'Segment reads this as type = "track" or contains(event, "A") or contains(event, "B"): it '
            "ends parentheses "
            "at the first contains() or match() inside; use a subscription for each alternative",
        ),
    ],
    "trigger-single-quotes": [
        (
            """type = 'track' or type = "page\"""",
            "type = 'track': Segment keeps single quotes as part of the text; use double quotes",
        ),
        ("event = 'A'", "event = 'A': Segment keeps single quotes as part of the text; use double quotes"),
        (
            "contains(event, 'A' )",
            "contains(event, 'A' ): Segment keeps single quotes as part of the text; use double quotes",
        ),
    ],
    "trigger-unquoted-value": [
        (
            'type = "track" and properties.on != true',
            'properties.on != true: compares with the text "true"; put it in double quotes if you mean that',
        ),
        (
            "event = null",
            'event = null: compares with the text "null"; put it in double quotes if you mean that',
        ),
    ],
    "trigger-star": [
        (
            'match(event, "foo")',
            'match(event, "foo"): without a star at one end, Segment drops the first character and '
            "matches any text "
            'that ends in "oo"',
        ),
        (
            'match(event, "**")',
            'match(event, "**"): only the last star is a wildcard for Segment; use contains() to look inside a '
            "text",
        ),
        (
            'match(event, "a,*,b")',
            'match(event, "a,*,b"): without a star at one end, Segment drops the first character and matches any '
            'text that ends in ",*,b"',
        ),
        (
            'match(event, "*foo*")',
            'match(event, "*foo*"): only the last star is a wildcard for Segment; use contains() to look '
            "inside a text",
        ),
    ],
    "unknown-event-type": [
        ('type = "track" or type = "screen"', f'type = "screen": never holds, since {ONLY_TYPES}; remove it'),
        (
            'type = "track" or type = "Page"',
            f'type = "Page": never holds, since {ONLY_TYPES} (did you mean "page"?); remove it',
        ),
        (
            'type != "tracks" and userId != null',
            f'type != "tracks": always holds, since {ONLY_TYPES} (did you mean "track"?)',
        ),
        ('type = "track" or type > 5', f"type > 5: never holds, since {ONLY_TYPES}; remove it"),
    ],
    "unmatched-event-type": [
        (
            '(type = "track" or type = "identify") and event = "A"',
            "never matches identify events, although it names them: identify events have no event; leave "
            "this type "
            "out, or use a subscription for each type",
        ),
        (
            '(type = "track" or type = "page") and event = "Home"',
            "never matches page events, although it names them: page events have no event (did you mean "
            "name?); leave "
            "this type out, or use a subscription for each type",
        ),
        (
            '(type = "track" or type = "page") and type != "page"',
            "never matches page events, although it names them: its conditions exclude each other; leave "
            "this type "
            "out, or use a subscription for each type",
        ),
        (
            '(type = "identify" or type = "page") and traits.plan = "pro"',
            "never matches page events, although it names them: page events have no traits (did you mean "
            "context.traits.…?); leave this type out, or use a subscription for each type",
        ),
    ],
    "needless-alternative": [
        (
            'type = "track" or event = "A"',
            'event = "A": adds nothing, since type = "track" holds for every event that this could match; did you '
            'mean "and"?',
        ),
        (
            'type = "track" or type = "page" or properties.plan = "pro"',
            'properties.plan = "pro": adds nothing, since type = "track" holds for every event that this '
            "could match; "
            'did you mean "and"?',
        ),
        (
            'type = "track" and (event = "A" or name = "A")',
            'name = "A": never holds here: track events have no name (did you mean event?); remove it',
        ),
        (
            'type = "track" or (event = "A" and event = "B")',
            'event = "A" and event = "B": never holds here: its conditions exclude each other; remove it',
        ),
        (
            'type = "page" or (event = "A" and name = "B")',
            'event = "A" and name = "B": never holds here: no event has all the fields that it tests (event is of '
            "track events, name is of page events); remove it",
        ),
    ],
    "matches-other-types": [
        (
            'event != "Test"',
            'also matches identify, page, group and alias events: they have no event, so event != "Test" '
            "holds; name "
            'the types that you mean, such as type = "track"',
        ),
        (
            'type = "page" or event != "Test"',
            'also matches identify, group and alias events: they have no event, so event != "Test" '
            "holds; name the "
            'types that you mean, such as type = "track"',
        ),
        (
            'name = "A" or event != "Test"',
            'also matches identify, group and alias events: they have no event, so event != "Test" holds; name '
            'the types that you mean, such as type = "track"',
        ),
        (
            'event != "Test" and traits.plan = null',
            'also matches identify, page, group and alias events: they have no event, so event != "Test" holds; '
            'name the types that you mean, such as type = "track"',
        ),
        (
            "userId != null and properties.coupon = null",
            "also matches identify, group and alias events: they have no properties, so properties.coupon = null "
            'holds; name the types that you mean, such as type = "track"',
        ),
    ],
    "never-matches": [
        ('type = "screen"', f"never matches: {ONLY_TYPES}"),
        ('type = "trak"', f'never matches: {ONLY_TYPES} (did you mean "track"?)'),
        ('type = "screen" and event = "A" and event = "B"', f"never matches: {ONLY_TYPES}"),
        (
            '(type = "screen" or type = "track") and event = "A" and event = "B"',
            "never matches: its conditions exclude each other",
        ),
        ('type > 5 and event = "A"', "never matches: its conditions exclude each other"),
        ('type = "track" and event = "A" and event = "B"', "never matches: its conditions exclude each other"),
        ('type = "page" and event = "Home"', "never matches: page events have no event (did you mean name?)"),
        (
            'type = "identify" and name = "x"',
            "never matches: identify events have no name (did you mean traits.name?)",
        ),
        (
            'type = "group" and properties.a = 1',
            "never matches: group events have no properties (did you mean traits.…?)",
        ),
        ('type = "alias" and properties.a = 1', "never matches: alias events have no properties"),
        ('type = "alias" and event != "A" and properties.a = 1', "never matches: alias events have no properties"),
        (
            '(type = "alias" or type = "identify") and properties.a = 1',
            "never matches: identify and alias events have no properties",
        ),
        ('type = "alias" and (event = "A" or name = "B")', "never matches: alias events have no event or name"),
        (
            'event = "A" and traits.plan = "pro"',
            "never matches: no event has all the fields that it tests (event is of track events, traits "
            "is of identify "
            "and group events)",
        ),
    ],
}


@pytest.mark.parametrize(
    ("code", "source", "message"),
    [(code, source, message) for code, cases in WARNED.items() for source, message in cases],
)
def test_a_warning_says_what_is_wrong_and_what_to_write(code: str, source: str, message: str) -> None:
    assert [(found.place, found.code, found.message) for found in fql.parse(source).warnings] == [
        ((), code, message)
    ]


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('type = "track" or type = "identify" and event = "A"', ["trigger-mixed-and-or", "never-matches"]),
        ("type = 'track'", ["trigger-single-quotes", "never-matches"]),
        (
            'type = "screen" or type = "track" and event = "A" or name = "B"',
            ["trigger-mixed-and-or", "unknown-event-type"],
        ),
        ('type = "track" or type = null', ["trigger-unquoted-value", "unknown-event-type"]),
        ('type = "page" or event != "A" or name = "B"', ["needless-alternative", "matches-other-types"]),
    ],
)
def test_warnings_come_in_the_order_in_which_to_mend_them(source: str, codes: list[str]) -> None:
    assert [found.code for found in fql.parse(source).warnings] == codes


@pytest.mark.parametrize(
    "source",
    [
        'type = "track"',
        'type = "track" or type = "page"',
        'type = "track" or type = "page" or type = "track"',
        'type = "page" or event = "A"',
        'type = "identify" or properties.plan = "pro"',
        'event = "A" or name = "B"',
        'type != "screen"',
        'type != "track" or event != "Heartbeat"',
        'event != "Heartbeat" or userId != null',
        'type != "identify" and event != "Heartbeat"',
        '(type = "track" or type = "page") and event != "Heartbeat"',
        '(type = "track" and event = "A") or (type = "identify" and traits.plan = "pro")',
        '(type = "track" or type = "identify") and userId != null',
        '(type = "track" or type = "page") and properties.plan = "pro"',
        '(type = "track" or type = "identify") and context.locale = "de"',
        'type = "track" and (event = "A" or event = "B")',
        '(type = "track" and event = "A") or event = "B"',
        'type = "track" and contains(event, "A") and !match(context.page.path, "*B")',
        'type = "track" and properties.coupon = null',
        'type = "track" and (contains(event, "A") and properties.on = true)',
        'match(event, "A*")',
        'match(event, "*")',
        'match(event, "*, B")',
        'match(event, "A ,B)*" )',
        r'match(properties.\"a, "*A")',
        '!contains(event, "A")',
        "properties.total = 5 and context.on = true and userId != null",
        "userId != null",
    ],
)
def test_what_means_the_same_to_everyone_has_no_warning(source: str) -> None:
    assert fql.parse(source).warnings == ()


def test_a_trigger_that_never_matches_by_its_conditions_alone_always_says_so() -> None:
    found = 0
    for number in range(2_000):
        trigger = fql.parse(Author(random.Random(f"never {number}")).trigger())
        if not any(fql.fold(trigger.tree, event_type) for event_type in EVENT_TYPES):
            found += 1
            assert trigger.warnings[-1].code == "never-matches"
    assert found > 20
