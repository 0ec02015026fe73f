"""Hostile events: whatever their keys, letter cases and values, nothing that is denied or scrubbed leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import product
from random import Random
from typing import Any

import pytest

from flowplug.formats import FORMATS
from tests.support.hosts import FILES, event_of
from tests.support.javascript import script
from tests.support.projects import PRESETS, with_subscriptions
from tests.unit.test_net import VALUES
from tests.unit.test_privacy import METHODS, opened, private

EVENTS = 10_000

DENIED = ("email", "phone", "*password*", "*secret", "ki*s", "*a*a*a*b")
PRIVACY: dict[str, Any] = {"deny": list(DENIED), "scrub": ["email", "card"]}

MAILS = (
    "jane.doe@example.com",
    "J\u00f6rg@mail.example.de",
    "a+b@x.co",
    "jane%40example.com",
    "o'hara@example.ie",
)
CARDS = ("4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "3782 822463 10005")
MAIL = re.compile(r"[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]+")

WORDS = ("email", "phone", "password", "secret", "kiss", "kids", "xaxaxaxb", "mail", "name", "plan", "id")
ODD_KEYS = (
    "__proto__",
    "constructor",
    "toJSON",
    "hasOwnProperty",
    "length",
    "",
    "0",
    "\u2028",
    "\ud83d",
    "e-mail",
)
LOOKALIKES = {"s": "sS\u017f", "k": "kK\u212a", "i": "iI\u0130\u0131"}

KINDS = tuple(re.findall(r'^  "(.+?)":', script("hostile"), re.MULTILINE))

# Every way in which a mapping makes text of data, or keys of another form.
WHOLE = {"@path": "$.properties"}
ENCODED = {"@json": {"mode": "encode", "value": {"@path": "$."}}}
MAPPED = with_subscriptions(
    {
        "mapping": {
            "event_name": {"@template": "{{event}} {{properties.text}}"},
            "userId": {"@path": "$.properties.id"},
            "anonymousId": {"@path": "$.properties.text"},
            "properties": {
                "flat": {"@flatten": {"value": WHOLE, "separator": "\u2016"}},
                "encoded": {"@json": {"mode": "encode", "value": {"all": WHOLE, "Email": 1}}},
                "decoded": {"@json": {"mode": "decode", "value": {"@path": "$.properties.json"}}},
                "items": {"@arrayPath": ["$.properties.list", {"item": {"@path": "$."}, "encoded": ENCODED}]},
                "merged": {"@merge": {"direction": "left", "objects": [{"kept": 1}, {"@path": "$.properties"}]}},
                "moved": {"@transform": {"apply": {"x": WHOLE}, "mapping": {"encoded": ENCODED}}},
                "without": {"@excludeWhenNull": WHOLE},
            },
        }
    }
)


class Hostile:
    """Events, one after another."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def event(self) -> dict[str, Any]:
        data = self.object(depth=3)
        data["kept"] = "kept"
        if self.random.random() < 0.3:
            data.update(json=json.dumps(self.object(depth=2)), list=[self.value(2), self.object(depth=2)])
            data.update(text=self.text(), id=self.text())
        if self.random.random() < 0.5:
            return {"type": "track", "event": self.text(), "userId": "u1", "properties": data}
        return {"type": "identify", "userId": "u1", "traits": data}

    def object(self, depth: int) -> dict[str, Any]:
        return {self.key(): self.value(depth - 1) for _ in range(self.random.randrange(5))}

    def value(self, depth: int) -> Any:
        makers: list[Callable[[], Any]] = [self.text, lambda: None, lambda: 4111111111111111, lambda: 1.5]
        if depth > 0:
            makers += [lambda: self.object(depth)] * 3
            makers += [lambda: [self.value(depth - 1) for _ in range(self.random.randrange(3))]]
            makers += [lambda: {"kind": self.random.choice(KINDS), "value": self.object(depth)}]
        return self.random.choice(makers)()

    def key(self) -> str:
        roll = self.random.random()
        if roll < 0.2:
            return self.random.choice(ODD_KEYS)
        if roll < 0.3:
            return self.text()
        word = self.random.choice(WORDS)
        cased = "".join(self.random.choice(LOOKALIKES.get(letter, letter + letter.upper())) for letter in word)
        around = ("", "", "", " ", "x", "_", "\u2028", "my", "]")
        return self.random.choice(around) + cased + self.random.choice(around)

    def text(self) -> str:
        parts = self.random.choices(("", "see", ": ", "1 ", "\u00e9", "<", *MAILS, *CARDS), k=3)
        return self.random.choice((" ", "; ")).join(parts)


def keys_and_texts(value: Any) -> Iterator[tuple[str, str]]:
    """All keys with what they are made of, and all texts, also of the JSON that a mapping has made."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (("key", part) for part in (key, *key.split("\u2016")))
            yield "text", key
            yield from keys_and_texts(json.loads(item) if key == "encoded" and isinstance(item, str) else item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_and_texts(item)
    else:
        yield "text", str(value)


def leaks(calls: Any) -> list[str]:
    """What should not have left."""
    found = []
    for kind, text in keys_and_texts(calls):
        if kind == "key":
            plain = text.replace("\u0130", "i").replace("\u0131", "i").casefold()
            found += [text for pattern in DENIED if fnmatchcase(plain, pattern)]
        elif MAIL.search(text) or re.search("4111111111111111|378282246310005", re.sub("[ -]", "", text)):
            found.append(text)
    return found


COMBINATIONS = [
    *((form, before, PRESETS) for form, before in product(FORMATS, ("", METHODS))),
    ("script", "", MAPPED),
    ("remote", METHODS, MAPPED),
]


@pytest.mark.parametrize("seed", range(len(COMBINATIONS)))
def test_nothing_that_is_denied_or_scrubbed_leaves(seed: int) -> None:
    form, before, project = COMBINATIONS[seed]
    page = opened(private(project, **PRIVACY), form, before=script("hostile") + before)
    hostile = Hostile(seed)
    count = EVENTS // len(COMBINATIONS) + 1
    for _ in range(count):
        event = event_of(form if form in FILES else "script", hostile.event())
        page.context.get("sendHostile")(json.dumps(event))
    calls = page.calls
    assert leaks(calls) == []
    # What may leave does, except where the data's own toJSON gives other data.
    assert sum('"kept"' in json.dumps(call) for call in calls) > count * 0.4


def test_the_check_of_the_fuzz_sees_what_leaves_without_privacy() -> None:
    page = opened(private(), before=script("hostile"))
    hostile = Hostile(seed=11)
    for _ in range(50):
        page.context.get("sendHostile")(json.dumps(event_of("script", hostile.event())))
    assert len(leaks(page.calls)) > 20


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("action", ["trackEvent", "identifyUser"])
def test_what_is_not_private_leaves_as_it_does_without_privacy(name: str, action: str) -> None:
    """Whatever mapping it comes from: the copy that takes out what is private is the only one then."""
    field = "properties" if action == "trackEvent" else "traits"
    fields = {"event_name": {"@path": "$.event"}} if action == "trackEvent" else {}
    mapping = {**fields, "userId": {"@path": "$.properties.a"}, field: VALUES[name]}
    project = with_subscriptions({"partnerAction": action, "mapping": mapping})
    nested = with_subscriptions(
        {"partnerAction": action, "mapping": {**mapping, field: {"made": [VALUES[name]], "b": None}}}
    )
    pages = [opened(one) for one in (private(project), private(project, deny=["zz"], scrub=["card"]))]
    pages += [opened(one) for one in (private(nested), private(nested, deny=["zz"], scrub=["card"]))]
    data = {
        "a": "a1",
        "b": {"c": [1, None, {"d": "<"}]},
        "plan": "pro",
        "n": 7,
        "text": '{"e": [1]}',
        "total": 1e21,
    }
    items = [{"sku": "s1", "x": 1}, {"sku": None}, 5]
    for more in ({"items": items}, {"items": items[0]}, {"path": "$.properties.b", "template": "{{event}}"}):
        for page in pages:
            page.send({"type": "track", "event": "An event", "userId": "u1", "properties": {**data, **more}})
    assert pages[0].calls == pages[1].calls
    assert pages[2].calls == pages[3].calls
    assert pages[2].calls
