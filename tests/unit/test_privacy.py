"""Privacy: what leaves the page is what ``[privacy]`` lets go, in every format and for both kinds of SDK."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

import flowplug
from flowplug.formats import FORMATS
from tests.support.command import flow
from tests.support.hosts import FILES, event_of, open_on
from tests.support.modules import as_script
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, PRESETS, with_subscriptions
from tests.unit.test_bundle import emitted, words_in

WORDS = ("isDenied", "scrub", "protect", "crypto", "only(", "pass(")

# An SDK of the generation that has methods: what its functions get is a call.
METHODS = """
  globalThis._1flow = {
    logUser: (...given) => { calls.push(["identify", ...given]); },
    logEvent: (...given) => { calls.push(["track", ...given]); },
  };
"""

# As much of the page's crypto as the plugin asks for: a digest of four bytes, which comes when a timer goes off.
CRYPTO = """
  globalThis.TextEncoder = class { encode(text) { return [...text].map(character => character.charCodeAt(0)); } };
  globalThis.digested = [];
  globalThis.crypto = {
    subtle: {
      digest: (name, bytes) => new Promise(resolve => {
        digested.push([name, String.fromCharCode(...bytes)]);
        setTimeout(() => resolve(Uint8Array.of(0, 255, 16, bytes.length).buffer));
      }),
    },
  };
"""


def private(project: dict[str, Any] = PRESETS, **privacy: Any) -> dict[str, Any]:
    return {**EVERYWHERE, **project, "privacy": privacy}


def opened(project: dict[str, Any], form: str = "script", *, before: str = "") -> Page:
    """A page with the plugin of a project in this format, as it ships."""
    file = FORMATS[form].minified
    if form in FILES:
        return open_on(form, project, file=file, before=before)
    content = flowplug.build(flowplug.load(project), formats=[form])[file].content
    if form == "module":
        return Page(as_script(content), before=before)
    host = b"for (const plugin of oneFlowDestination({})) plugin.load({}, { queue: { plugins: [] } });"
    take = b"globalThis.plugins = [oneFlowDestination({}).reduce((all, one) => Object.assign(all, one), {})];"
    return Page(content + take + host, before=before)


def calls_of(
    project: dict[str, Any], *events: dict[str, Any], form: str = "script", before: str = ""
) -> list[Any]:
    """The calls that events lead to."""
    page = opened(project, form, before=before)
    for event in events:
        page.send(event_of(form if form in FILES else "script", event))
        assert page.context.eval("String(error)") == "undefined"
    page.run_timers()
    return page.calls


def track(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Signed Up", "userId": "u1", "properties": properties}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "u1", "traits": traits}


def properties_of(project: dict[str, Any], **properties: Any) -> Any:
    ((_, _, data),) = calls_of(project, track(**properties))
    return data["properties"]


def test_a_project_without_privacy_has_no_code_for_it() -> None:
    on = emitted(
        private(deny=["email"], scrub=["email", "card"], hash=["userId"], allow={"traits": ["plan"]}),
    )["1flow.js"]
    assert words_in(on, WORDS) == list(WORDS)
    assert words_in(emitted(PRESETS)["1flow.js"], WORDS) == []
    assert emitted(private()) == emitted(PRESETS)


@pytest.mark.parametrize(
    ("privacy", "words"),
    [
        ({"deny": ["email"]}, ("scrub", "[email]", "[card]", "only(", "crypto", "whole")),
        ({"scrub": ["email"]}, ("denied", "isDenied", "[card]", "isCard", "only(", "crypto")),
        ({"scrub": ["card"]}, ("denied", "isDenied", "[email]", "isMail", "only(", "crypto")),
        ({"hash": ["userId"]}, ("denied", "scrub", "only(", "whole")),
        ({"allow": {"traits": ["plan"]}}, ("denied", "scrub", "crypto", "whole")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_each_option_brings_its_own_code_alone(privacy: dict[str, Any], words: tuple[str, ...]) -> None:
    assert words_in(emitted(private(**privacy))["1flow.js"], words) == []


# deny


@pytest.mark.parametrize("key", ["email", "EMAIL", "eMaIl", "ema\u0130l", "EMA\u0131L"])
def test_a_key_is_denied_in_any_letter_case_and_at_any_depth(key: str) -> None:
    sent = properties_of(private(deny=["email"]), **{key: 1, "a": {"b": [{key: 2, "kept": [[{key: 3}]]}]}})
    assert sent == {"a": {"b": [{"kept": [[{}]]}]}}


@pytest.mark.parametrize(
    ("pattern", "denied", "kept"),
    [
        (
            "*password*",
            ["password", "oldPassword", "PASSWORDS", "pa\u017f\u017fword", "a password b"],
            ["pass", "word"],
        ),
        ("card*", ["card", "Card Number"], ["discard"]),
        ("*token", ["token", "CSRF-Token", "to\u212aen"], ["tokens"]),
        ("a*b", ["ab", "a*b", "axxB"], ["a", "b", "abc", "xab"]),
        ("*a*a*a*b", ["aaab", "xaxaxaxb", "aaaaaaab"], ["aab", "aaaba", "baaa"]),
        ("ab*ba", ["abba", "ab-ba"], ["aba"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba"]),
        ("**x**", ["x", "axb"], ["y"]),
        ("stra\u00dfe", ["stra\u00dfe", "STRASSE", "STRA\u1e9eE"], ["strase"]),
        ("\u03bf\u03b4\u03cc\u03c2", ["\u039f\u0394\u038c\u03a3"], ["\u03bf\u03b4\u03cc"]),
        ('a.b[c]?(d)|^$\\/"', ['A.B[C]?(D)|^$\\/"'], ['axb[c]?(d)|^$\\/"', "a"]),
        ("</script>\u2028", ["</SCRIPT>\u2028"], ["</script>"]),
        ("*1", ["a1"], ["1a"]),
        ("*a*1b*2", ["a1b2", "xa-1B-2"], ["a1b", "a2"]),
        ("\U0001f511", ["\U0001f511"], ["\U0001f512"]),
        ("toJSON", ["toJSON", "tojson"], ["to"]),
        ("constructor", ["constructor"], ["construct"]),
        ("*", ["anything", ""], []),
    ],
)
def test_a_star_is_any_text_and_nothing_else_is_special(pattern: str, denied: list[str], kept: list[str]) -> None:
    sent = properties_of(private(deny=[pattern]), **dict.fromkeys([*denied, *kept], 1))
    assert list(sent) == kept
    privacy = flowplug.load(private(deny=[pattern])).privacy
    assert [key for key in (*denied, *kept) if not privacy.denies(key)] == kept


@pytest.mark.parametrize("pattern", ["*a*a*a*b", "*a*", "a*b*c", "*aaaaaaaa*b", "email"])
def test_long_keys_and_texts_take_no_more_time_than_their_length(pattern: str) -> None:
    project = private(deny=[pattern, "*a*b*c*d*e*f*g"], scrub=["email", "card"])
    long = [
        "a" * 100_000,
        "ab" * 50_000,
        "a@" * 50_000,
        "a." * 50_000,
        "4 " * 20_000,
        "4" * 100_000,
        "%40" * 33_000,
    ]
    began = time.process_time()
    properties_of(project, **dict.fromkeys(long, 1), texts=long)
    assert time.process_time() - began < 8
    began = time.process_time()
    privacy = flowplug.load(project).privacy
    assert [privacy.denies(key) for key in long[:2]] == [pattern in ("*a*",), pattern in ("*a*a*a*b", "*a*")]
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"@json": {"mode": "encode", "value": {"@path": "$.properties"}}}, '{"kept":1,"in":{"kept":2}}'),
        ({"@json": {"mode": "encode", "value": {"email": "a", "kept": 1}}}, '{"kept":1}'),
        ({"@flatten": {"value": {"@path": "$.properties"}, "separator": "."}}, {"kept": 1, "in.kept": 2}),
        ({"@json": {"mode": "decode", "value": '{"email": 1, "kept": 2}'}}, {"kept": 2}),
        (
            {"@arrayPath": ["$.properties", {"x": {"@json": {"mode": "encode", "value": {"@path": "$.in"}}}}]},
            [{"x": '{"kept":2}'}],
        ),
        (
            {
                "@transform": {
                    "apply": {"all": {"@path": "$.properties"}},
                    "mapping": {"x": {"@json": {"mode": "encode", "value": {"@path": "$.all.in"}}}},
                }
            },
            {"x": '{"kept":2}'},
        ),
        ({"@merge": {"direction": "right", "objects": [{"@path": "$.properties.in"}, {"Email": 1}]}}, {"kept": 2}),
    ],
)
def test_what_is_denied_is_gone_before_a_mapping_makes_text_of_it(value: Any, text: Any) -> None:
    project = with_subscriptions({"mapping": {"event_name": "E", "properties": {"made": value}}})
    sent = properties_of(private(project, deny=["email"]), email=1, kept=1, **{"in": {"EMAIL": 1, "kept": 2}})
    assert sent == {"made": text}


def test_a_key_of_the_mapping_itself_is_denied_too() -> None:
    mapping = {"event_name": "E", "properties": {"email": "fixed", "kept": {"Email": {"@path": "$.event"}}}}
    assert properties_of(private(with_subscriptions({"mapping": mapping}), deny=["email"])) == {"kept": {}}


def test_ids_are_keys_too() -> None:
    ((_, name, data), *others) = calls_of(private(deny=["*id"]), track(a=1), identify(b=1))
    assert (name, data) == ("Signed Up", {"properties": {"a": 1}})
    assert others == []


# scrub


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to jane@example.com, please", "write to [email], please"),
        ("mailto:Jane.Doe+news@mail.example.co.uk?subject=Hi", "mailto:[email]?subject=Hi"),
        ("https://shop.example/?mail=jane%40example.com&x=1", "https://shop.example/?mail=[email]&x=1"),
        (
            "https://a.example/?to=https%3A%2F%2Fb.example%3Fm%3Djane%2540example.com",
            "https://a.example/?to=[email]",
        ),
        ('{"mail":"jane@example.com"}', '{"mail":"[email]"}'),
        ("<jane@example.com>;john@example.org", "<[email]>;[email]"),
        ("o'hara@example.com", "[email]"),
        ("j\u00f6rg@ex\u00e4mple.de", "[email]"),
        ("a@b@example.com", "[email]"),
        ("react@18.2.0 is @tagged by foo@bar", "react@18.2.0 is @tagged by foo@bar"),
        ("jane @ example.com", "jane @ example.com"),
        ("@example.com", "@example.com"),
    ],
)
def test_mail_addresses_are_taken_out_of_texts(text: str, left: str) -> None:
    sent = properties_of(private(scrub=["email"]), text=text, nested=[{"a": [text]}], **{text: 1})
    assert sent == {"text": left, "nested": [{"a": [left]}], left: 1}


VISA, AMEX = "4111111111111111", "378282246310005"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"card {VISA}.", "card [card]."),
        ("4111 1111 1111 1111", "[card]"),
        ("4111-1111-1111-1111", "[card]"),
        ("3782 822463 10005 exp 12/27", "[card] exp 12/27"),
        ("12 4111 1111 1111 1111 123", "12 [card] 123"),
        (f"no{VISA}x", "no[card]x"),
        (f"{VISA} {AMEX}", "[card] [card]"),
        ("4222222222222", "[card]"),
        ("6304000000000000000", "[card]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("4111  1111 1111 1111", "4111  1111 1111 1111"),
        ("1700000000000", "1700000000000"),
        ("0.4111111111111111", "0.4111111111111111"),
        ("41111111111111110000", "41111111111111110000"),
        ("8f3c9c4e-5d0b-4a55-9f0c-2f6f7f1a7c11", "8f3c9c4e-5d0b-4a55-9f0c-2f6f7f1a7c11"),
        ("41111111-1111-1111-8111-111111111111", "41111111-1111-1111-8111-111111111111"),
    ],
)
def test_card_numbers_are_taken_out_of_texts(text: str, left: str) -> None:
    assert properties_of(private(scrub=["card"]), text=[text], **{text: 1}) == {"text": [left], left: 1}


def test_a_number_that_is_a_card_s_becomes_text_and_others_stay_numbers() -> None:
    numbers = [int(VISA), int(VISA) + 1, 1700000000000, 0.4111111111111111, -5, 2.5]
    assert properties_of(private(scrub=["card"]), numbers=numbers) == {"numbers": ["[card]", *numbers[1:]]}


def test_an_event_s_name_is_scrubbed() -> None:
    event = {**track(), "event": "Mail from jane@example.com"}
    assert [name for _, name, _ in calls_of(private(scrub=["email"]), event)] == ["Mail from [email]"]


def test_an_id_is_sent_whole_or_not_at_all() -> None:
    """Scrubbed, it would be the ID of everybody."""
    mail = {"userId": "jane@example.com", "anonymousId": "a1"}
    calls = calls_of(private(scrub=["email"]), {**track(), **mail}, {**identify(), **mail}, identify(plan="pro"))
    assert calls == [
        ["track", "Signed Up", {"anonymousId": "a1", "properties": {}}],
        ["identify", "u1", {"plan": "pro"}],
    ]


def test_what_is_hashed_is_not_scrubbed_first() -> None:
    event = {**identify(), "userId": "jane@example.com"}
    page = opened(private(scrub=["email"], hash=["userId"]), before=CRYPTO)
    page.send(event)
    page.run_timers()
    assert json.loads(page.context.eval("JSON.stringify(digested)")) == [["SHA-256", "jane@example.com"]]
    assert page.calls == [["identify", "00ff1010", {}]]


def test_a_key_is_denied_for_what_it_was_and_for_what_it_has_become() -> None:
    project = private(deny=["jane*", "[email]"], scrub=["email"])
    assert properties_of(project, **{"jane@example.com": 1, "john@example.com": 2, "kept": 3}) == {"kept": 3}


# allow


@pytest.mark.parametrize("form", FORMATS)
def test_only_what_is_allowed_leaves(form: str) -> None:
    project = private(allow={"traits": ["plan", "constructor"], "properties": ["total", "items"]})
    given = {"plan": "pro", "Plan": 1, "total": 5, "items": [{"sku": "a"}], "email": "x"}
    tracked, identified = calls_of(project, track(**given), identify(**given), form=form)
    assert tracked[2]["properties"] == {"total": 5, "items": [{"sku": "a"}]}
    assert identified[2] == {"plan": "pro"}


@pytest.mark.parametrize("value", ["text", ["jane"], 5, None])
def test_what_is_no_object_has_nothing_that_is_allowed(value: Any) -> None:
    mapping = {"event_name": "E", "properties": {"@path": "$.properties.x"}}
    project = private(with_subscriptions({"mapping": mapping}), allow={"properties": ["total"]})
    assert properties_of(project, x=value) == {}


# hash


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("before", [CRYPTO, CRYPTO + METHODS], ids=["commands", "methods"])
def test_ids_leave_as_hashes_and_calls_keep_their_order(form: str, before: str) -> None:
    project = private(hash=["userId", "anonymousId"])
    events = [track(n=1), identify(n=2), {**track(n=3), "userId": "u10"}, identify(n=4), track(n=5)]
    calls = calls_of(project, *events, form=form, before=before)
    assert [data.get("n", data.get("properties", {}).get("n")) for _, _, data in calls] == [1, 2, 3, 4, 5]
    assert not re.search("u1|9c7865ef", json.dumps(calls))
    assert [subject for command, subject, _ in calls if command == "identify"] == ["00ff1002", "00ff1002"]


def test_an_id_is_hashed_once_and_then_calls_are_sent_at_once() -> None:
    page = opened(private(hash=["userId"]), before=CRYPTO)
    page.send(track(n=1))
    page.run_timers()
    page.send(track(n=2))
    assert [data["properties"]["n"] for _, _, data in page.calls] == [1, 2]
    assert page.context.eval("digested.length") == 1


def test_a_call_without_an_id_waits_for_those_before_it() -> None:
    page = opened(private(hash=["userId"]), before=CRYPTO)
    page.send(track(n=1))
    page.send({"type": "track", "event": "E", "properties": {"n": 2}})
    assert page.calls == []
    page.run_timers()
    assert [data["properties"]["n"] for _, _, data in page.calls] == [1, 2]


def test_without_an_id_nothing_is_hashed_or_waited_for() -> None:
    page = opened(private(hash=["userId"]), before=CRYPTO)
    page.send({"type": "track", "event": "E", "properties": {}})
    page.send({"type": "identify", "traits": {}})
    assert page.calls == [["track", "E", {"properties": {}}]]


@pytest.mark.parametrize("crypto", ["", "globalThis.crypto = {};", "globalThis.crypto = { subtle: 5 };"])
def test_where_the_page_cannot_hash_no_call_with_an_id_is_sent(crypto: str) -> None:
    logged = "globalThis.logged = []; console.error = (...said) => { logged.push(said.join(' ')); };"
    page = opened(private({**PRESETS, "plugin": {"stats": True}}, hash=["userId"]), before=crypto + logged)
    for event in (track(n=1), {"type": "track", "event": "E"}, identify(n=2)):
        page.send(event)
    page.run_timers()
    assert page.calls == [["track", "E", {"properties": {}}]]
    messages = json.loads(page.context.eval("JSON.stringify(logged)"))
    assert [text.count("call not sent, since privacy.hash needs crypto.subtle") for text in messages] == [1, 1]
    assert "u1" not in "".join(messages)
    assert json.loads(page.context.eval("JSON.stringify(plugins[0].stats())"))["failed"] == 2


def test_consent_that_is_revoked_while_an_id_is_hashed_stops_the_call() -> None:
    def stamped(event: dict[str, Any], *, given: bool) -> dict[str, Any]:
        return {**event, "context": {"consent": {"categoryPreferences": {"C0004": given}}}}

    project = {**private(hash=["userId"]), "consent": {"categories": ["C0004"]}}
    page = opened(project, before=CRYPTO)
    page.send(stamped(track(n=1), given=True))
    page.send(stamped(track(n=2), given=False))
    page.run_timers()
    assert page.calls == []


def test_a_debug_build_tells_which_call_waits_for_a_hash_without_the_plain_id() -> None:
    bundle = flowplug.build(flowplug.load(private(hash=["userId"])), debug=True)
    page = Page(bundle["1flow.debug.js"].content, before=CRYPTO)
    page.send(track(n=1))
    page.run_timers()
    steps = {detail["step"]: detail for _, detail in page.steps}
    assert (steps["hashing"]["subscription"], steps["hashing"]["subject"]) == ("Track Event", "Signed Up")
    assert steps["sent"]["subscription"] == "Track Event"
    assert "u1" not in json.dumps(steps["sent"]["data"])


# What the build says


@pytest.mark.parametrize(
    ("privacy", "problem"),
    [
        ({"deny": []}, ("privacy.deny", "empty")),
        ({"deny": [""]}, ("privacy.deny[0]", "empty")),
        ({"deny": "email"}, ("privacy.deny", "wrong-type")),
        ({"deny": ["email", 5]}, ("privacy.deny[1]", "wrong-type")),
        ({"deny": ["email", "EMAIL"]}, ("privacy.deny[1]", "duplicate-entry")),
        ({"deny": ["*a", "**A"]}, ("privacy.deny[1]", "duplicate-entry")),
        ({"deny": ["$.properties.email"]}, ("privacy.deny[0]", "not-a-key")),
        ({"deny": ["traits.email"]}, ("privacy.deny[0]", "not-a-key")),
        ({"scrub": []}, ("privacy.scrub", "empty")),
        ({"scrub": ["phone"]}, ("privacy.scrub[0]", "unknown-value")),
        ({"scrub": ["card", "card"]}, ("privacy.scrub[1]", "duplicate-entry")),
        ({"hash": []}, ("privacy.hash", "empty")),
        ({"hash": ["email"]}, ("privacy.hash[0]", "unknown-value")),
        ({"hash": ["userId", "userId"]}, ("privacy.hash[1]", "duplicate-entry")),
        ({"allow": {"traits": []}}, ("privacy.allow.traits", "empty")),
        ({"allow": {"properties": ["a", "a"]}}, ("privacy.allow.properties[1]", "duplicate-entry")),
        ({"allow": {"propertys": ["a"]}}, ("privacy.allow.propertys", "unknown-key")),
        ({"allow": {"traits": ["Email"]}, "deny": ["*mail"]}, ("privacy.allow.traits[0]", "conflicting-options")),
        ({"hash": ["userId"], "deny": ["*id"]}, ("privacy.hash[0]", "conflicting-options")),
        ({"denied": ["a"]}, ("privacy.denied", "unknown-key")),
    ],
)
def test_what_is_wrong_with_privacy(privacy: dict[str, Any], problem: tuple[str, str]) -> None:
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(private(**privacy))
    assert [(found.where, found.code) for found in caught.value.problems] == [problem]


def test_privacy_needs_the_copy() -> None:
    plugin = {"copy": False, "middleware": False}
    with pytest.raises(flowplug.ProjectError, match=r"privacy: needs plugin\.copy.*\[conflicting-options\]"):
        flowplug.load({**private(deny=["a"]), "plugin": plugin})
    flowplug.load({**private(), "plugin": plugin})


def warned(mapping: dict[str, Any], action: str = "trackEvent", **privacy: Any) -> list[tuple[str, str]]:
    """The warnings of a project with this mapping: the place in it, and the code."""
    project = private(with_subscriptions({"partnerAction": action, "mapping": mapping}), **privacy)
    return [
        (problem.where.partition(".mapping.")[2], problem.code)
        for problem in flowplug.check(flowplug.load(project))
        if problem.code in ("denied-path", "plain-id", "sends-nothing")
    ]


EMAIL = {"@path": "$.properties.email"}


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ({"mail": EMAIL}, 'mail["@path"]'),
        ({"mail": {"@path": "$.properties.Email.domain"}}, 'mail["@path"]'),
        ({"text": {"@template": "to {{properties.email}}"}}, 'text["@template"]'),
        ({"x": {"@case": {"operator": "lower", "value": EMAIL}}}, 'x["@case"].value["@path"]'),
        ({"x": {"@path": {"@path": "$.properties.path"}}}, 'x["@path"]["@path"]'),
        ({"x": {"@template": {"@path": "$.properties.text"}}}, 'x["@template"]["@path"]'),
        ({"email": EMAIL}, None),
        ({"EMAIL": {"in": [EMAIL]}}, None),
        ({"kept": {"@path": "$.properties.kept"}}, None),
        ({"x": {"@if": {"exists": {"@path": "$.event"}, "then": {"email": EMAIL}}}}, None),
    ],
)
def test_a_denied_key_that_leaves_under_another_name_is_a_warning(properties: Any, place: str | None) -> None:
    expected = [(f"properties.{place}".replace('["@', ".@").replace('"]', ""), "denied-path")] if place else []
    assert warned({"event_name": "E", "properties": properties}, deny=["email"]) == expected


def test_a_transform_has_names_that_do_not_leave() -> None:
    transform = {"@transform": {"apply": {"email": EMAIL}, "mapping": {"x": {"@path": "$.email"}}}}
    found = warned({"event_name": "E", "properties": transform}, deny=["email"])
    assert found == [("properties.@transform.apply.email.@path", "denied-path")]


def test_an_id_that_is_hashed_and_sent_as_it_is_elsewhere_is_a_warning() -> None:
    fields = {"event_name": "E", "userId": {"@path": "$.userId"}}
    for value in ({"@path": "$.userId"}, {"@template": "{{userId}}"}, {"@path": "$."}):
        found = warned({**fields, "properties": {"who": value}}, hash=["userId"])
        assert [code for _, code in found] == ["plain-id"]
        assert warned({**fields, "properties": {"who": value}}, hash=["userId"], deny=["who"]) == []
    assert warned({**fields, "anonymousId": {"@path": "$.userId"}}, hash=["userId", "anonymousId"]) == []
    assert warned({**fields, "anonymousId": {"@path": "$.userId"}}, hash=["userId"]) == [
        ("anonymousId.@path", "plain-id")
    ]


def test_a_denied_user_id_leaves_nothing_to_identify() -> None:
    assert [code for _, code in warned({"userId": {"@path": "$.userId"}}, "identifyUser", deny=["userID"])] == [
        "sends-nothing"
    ]
    assert warned({"event_name": "E", "userId": {"@path": "$.userId"}}, deny=["userID"]) == []


NOTE = (
    'privacy: note: 1Flow gets all properties ("Track Event") and all traits ("Identify User"); '
    "docs/privacy.md says how to keep back what it must not have [sends-everything]"
)


@pytest.mark.parametrize("strict", [(), ("--strict",)])
def test_check_notes_that_a_project_sends_everything_and_strict_does_not_mind(
    strict: tuple[str, ...], tmp_path: Path
) -> None:
    result = flow("check", "-", *strict, stdin=json.dumps(PRESETS))
    assert (result.exit_code, result.stderr) == (0, f"<stdin>:1: {NOTE}\n")
    github = flow("check", "-", "--output", "github", *strict, stdin=json.dumps(PRESETS)).stdout
    assert github.startswith("::notice line=1,title=sends-everything::privacy: 1Flow gets all")
    assert flow("build", "-", "--out", str(tmp_path), *strict, stdin=json.dumps(PRESETS)).stderr == ""


@pytest.mark.parametrize(
    "project",
    [
        private(deny=["password"]),
        private(allow={"traits": ["plan"]}),
        with_subscriptions({"mapping": {"event_name": "E", "properties": {"a": {"@path": "$.properties.a"}}}}),
        with_subscriptions({"enabled": False}, {"mapping": {"event_name": "E"}}),
    ],
)
def test_check_notes_nothing_where_that_is_decided(project: dict[str, Any]) -> None:
    assert "sends-everything" not in flow("check", "-", stdin=json.dumps(project)).stderr
