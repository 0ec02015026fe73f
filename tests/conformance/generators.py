"""Generated subscriptions, and events that are made to fit them.

An author writes one subscription and remembers what it reads; events are then written so that these paths are
often there and the trigger often holds. Everything is drawn from one ``random.Random``, so a seed is a case.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.conformance.reference import Json

Path: TypeAlias = tuple[str, ...]

EVENT_TYPES = ("track", "track", "identify", "identify", "page", "group", "alias")
FIELDS = {
    "trackEvent": ("event_name", "userId", "anonymousId", "properties"),
    "identifyUser": ("userId", "traits"),
}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = (*_words("a b c n A _ plan items total email value length type and or null 0 1 -1 a-b $x é @path"), "a b")
PROTOTYPE_NAMES = ("constructor", "toString", "hasOwnProperty", "__proto__", "valueOf", "prototype")

# No opening brace ends a text: a placeholder in the data is one of the documented differences.
WORDS = _words(
    "a b aab pro Pro u1 x* * *x 5 -1.5 007 -0 1e3 true null undefined constructor a.b $& $1 é İI ß 😀 }"
)
TEXTS = (
    *WORDS,
    *("", " ", "\n", "\u2028", "\ud83d", "\ude00", "\\", "'", '"', "a b", "Order Completed", "</script>"),
    *("[1, 2]", '{"a": {"b": null}, "__proto__": 1}', "{ }"),
)
NUMBERS = (0, 1, -1, 5, 7, 1.5, -1.5, 3, 100, 2**53 - 1, 1e21, 1e-7, 0.1)
SPECIAL: tuple[Json, ...] = (
    *({"$": name} for name in ("undefined", "undefined", "undefined", "nan", "-0", "infinity", "-infinity")),
    *({"$": name} for name in ("function", "symbol")),
    {"$": "bigint", "value": "12"},
    {"$": "date", "value": 1700000000000},
    {"$": "date", "value": "never"},
    {"$": "boxed", "value": "text"},
    {"$": "boxed", "value": 0},
    {"$": "boxed", "value": False},
    {"$": "map", "value": 1},
    {"$": "array", "items": [1, {"$": "hole"}, None]},
    {"$": "array", "items": [{"$": "hole"}]},
)


@dataclass
class Author:
    """Writes one subscription; ``reads`` has what it reads, with values that its trigger asks for."""

    random: random.Random
    reads: list[tuple[Path, Sequence[Json]]] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Values

    def name(self) -> str:
        return self.random.choice(PROTOTYPE_NAMES if self.chance(0.06) else NAMES)

    def plain(self, depth: int = 2) -> Json:
        """Any JSON value, without directives."""
        kind = self.random.random()
        if depth and kind < 0.2:
            return {self._plain_name(): self.plain(depth - 1) for _ in range(self.random.randrange(4))}
        if depth and kind < 0.3:
            return [self.plain(depth - 1) for _ in range(self.random.randrange(3))]
        if kind < 0.7:
            return self.random.choice(TEXTS)
        return self.random.choice((None, True, False, *NUMBERS))

    def _plain_name(self) -> str:
        name = self.name()
        return "at" if name.startswith(("@", "__proto__")) else name

    def data(self, depth: int = 3) -> Json:
        """Any value that an event may hold."""
        kind = self.random.random()
        if depth and kind < 0.25:
            return self.record(depth - 1)
        if depth and kind < 0.4:
            return [self.data(depth - 1) for _ in range(self.random.randrange(4))]
        if kind < 0.5:
            special = self.random.choice(SPECIAL)
            if depth and self.chance(0.2):
                form = self.random.choice(("instance", "bare"))
                return {"$": form, "entries": [list(entry) for entry in self.record(depth - 1).items()]}
            return special
        return self.plain(0)

    def record(self, depth: int = 2) -> dict[str, Json]:
        return {self.name(): self.data(depth) for _ in range(self.random.randrange(5))}

    # Triggers

    def trigger(self) -> str:
        """A trigger that flowplug takes: conditions joined by ``and`` and ``or``, some in parentheses."""
        terms = [self._term() for _ in range(self.random.choice((1, 1, 2, 2, 3, 4)))]
        if self.chance(0.3):
            terms.insert(0, self._condition("type"))
        text = self._space() + self._joined(terms) + self._space()
        # So close to the end Segment's lexer loses what follows an n, and flowplug refuses it (docs/fidelity.md).
        return text + " " * bool(re.search(r"n[^ \t\n,\])]{1,2}$", text))

    def _joined(self, terms: Sequence[str]) -> str:
        usual = self.random.choice(("and", "or"))
        text = terms[0]
        for term in terms[1:]:
            joint = usual if self.chance(0.8) else self.random.choice(("and", "or"))
            text += self._gap() + joint + self._gap() + term
        return text

    def _term(self) -> str:
        if self.chance(0.15):
            terms = [self._simple() for _ in range(self.random.choice((1, 2, 2, 3)))]
            return "(" + self._space() + self._joined(terms) + self._space() + ")"
        return self._simple()

    def _simple(self) -> str:
        return self._function() if self.chance(0.3) else self._condition()

    def _space(self) -> str:
        return self.random.choice(("", "", "", " ", "\t", "\n ")) if self.chance(0.3) else ""

    def _gap(self) -> str:
        return self.random.choice(("  ", "\t", "\n", " \n\t")) if self.chance(0.1) else " "

    def _field(self) -> tuple[str, Path]:
        if self.chance(0.4):
            whole = self.random.choice(("event", "name", "userId"))
            return whole, (whole,)
        root = self.random.choice(("properties", "properties", "traits", "context"))
        parts = [self.name() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        text = ".".join((root, *map(self._escaped, parts)))
        if self.chance(0.05):
            text, parts = f"{text}\\.b\\[0\\]", [*parts, "b", "0"]
        return text, (root, *parts)

    def _escaped(self, part: str) -> str:
        escaped = re.sub(r"[^A-Za-z0-9_-]", r"\\\g<0>", part)
        if re.match(r"[0-9-]", escaped) or part in ("and", "or", "null"):
            escaped = "\\" + escaped
        return escaped

    def _quoted(self, text: str) -> tuple[str, str]:
        """The text in quotes, and what Segment makes of it: single quotes are part of the value."""
        if self.chance(0.12):
            text = "'" + text.replace("'", "") + "'"
            return text, text
        text = text.replace('"', "")
        return f'"{text}"', text

    def _condition(self, name: str = "") -> str:
        text, path = (name, (name,)) if name else self._field()
        if name:
            operator, value = self._type_test()
        else:
            operator, value = self._test(path)
        before = self._space() if operator in ("=", "!=") and self.chance(0.2) else self._gap()
        after = self._space() if operator in ("=", "<", ">") and self.chance(0.2) else self._gap()
        return text + before + operator + after + value

    def _type_test(self) -> tuple[str, str]:
        wanted = self.random.choice(EVENT_TYPES)
        self.reads.append((("type",), (wanted,)))
        if self.chance(0.1):
            return "!=", f'"{wanted}"'
        return "=", f'"{wanted}"' if self.chance(0.97) else "null"

    def _test(self, path: Path) -> tuple[str, str]:
        operator = self.random.choice(("=", "=", "=", "=", "!=", "<", "<=", ">", ">="))
        kind = self.random.random()
        hints: Sequence[Json]
        if kind < 0.45 or operator not in ("=", "!="):
            value = self.random.choice(("0", "5", "-1.5", "007", "+3", "100", "1.50", "-.5", "9007199254740993"))
            hints = (float(value), float(value) + 1, float(value) - 1, value, str(float(value)))
            if self.chance(0.15):
                value, hints = '"5"', (5, 4, 6, "5")
        elif kind < 0.6:
            value = self.random.choice(("true", "false"))
            hints = (value == "true", value)
        elif kind < 0.7:
            value, hints = "null", (None, {"$": "undefined"}, "null", 1)
        else:
            value, text = self._quoted(self.random.choice(TEXTS))
            hints = (text,)
        self.reads.append((path, hints))
        return operator, value

    def _function(self) -> str:
        text, path = self._field()
        negation = "!" if self.chance(0.3) else ""
        if self.chance(0.5):
            name = "contains"
            value, plain = self._quoted(self.random.choice(TEXTS))
            if self.chance(0.15):
                value = plain = self.random.choice(("5", "true", "null", "-1.5"))
            hints: Sequence[Json] = (plain, f"x{plain}y")
        else:
            name = "match"
            plain = self.random.choice(TEXTS)
            start, end = self.random.choice((("", "*"), ("*", ""), ("*", "*"), ("", "")))
            value, _ = self._quoted(start + plain + end)
            hints = (plain, plain + "z", "z" + plain, plain[1:], value[1:-2])
        self.reads.append((path, hints))
        spaces = [self._space() for _ in range(4)]
        return f"{negation}{name}({spaces[0]}{text}{spaces[1]},{spaces[2]}{value}{spaces[3]})"

    # Mappings

    def mapping(self, action: str) -> dict[str, Json]:
        """The mapping of a subscription: the fields of its action, mostly such that a call can be made."""
        fields: dict[str, Json] = {}
        for name in FIELDS[action]:
            if name in ("properties", "traits"):
                if self.chance(0.95):
                    fields[name] = self.value(self.random.choice((1, 2, 3, 4, 5)))
            elif self.chance(0.7):
                fields[name] = {"@path": f"$.{self._usual(name)}"}
            elif self.chance(0.9):
                fields[name] = self.value(2)
        if self.chance(0.06):
            return {"__segment_internal_directive": self._transforming_root(), **fields}
        if self.chance(0.05):
            return {"__segment_internal_directive": self._lone_root()}
        return fields

    def _usual(self, name: str) -> str:
        return {"event_name": self.random.choice(("event", "type", "name"))}.get(name, name)

    def _transforming_root(self) -> Json:
        """A root directive that the fields of the mapping read from."""
        names = self.random.sample(("event", "userId", "anonymousId", "properties", "traits", "type"), 4)
        applied = {name: self.value(2) for name in names} if self.chance(0.7) else self.directive(2)
        return {"@transform": {"apply": applied}}

    def _lone_root(self) -> Json:
        """A root directive that gives all fields itself."""
        applied = self._table(2, inside=False)
        return self.random.choice(
            (
                {"@merge": {"direction": "right", "objects": [applied, {"event_name": "merged", "userId": "u"}]}},
                {"@if": {"exists": self.directive(1), "then": {"event_name": "then"}, "else": {"userId": "else"}}},
                {"@excludeWhenNull": {"event_name": self.directive(1), "userId": "u"}},
                {"@flatten": {"value": {"event_name": "flat", "a": self.value(1)}, "separator": "_"}},
            )
        )

    def value(self, depth: int, *, inside: bool = False) -> Json:
        """A mapped value; ``inside`` an item or a transformed payload its paths start anywhere."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.1:
            return {"@path": self.path(inside=inside)} if self.chance(0.6) else self.plain(1)
        if kind < 0.3:
            return self._table(depth - 1, inside=inside)
        if kind < 0.38:
            return [self.value(depth - 1, inside=inside) for _ in range(self.random.randrange(3))]
        return self.directive(depth, inside=inside)

    def directive(self, depth: int, *, inside: bool = False) -> Json:
        """One directive, with others inside it to the depth given."""
        write = self.random.choice(
            (
                self._path,
                self._path,
                self._template,
                self._if,
                self._case,
                self._replace,
                self._array_path,
                self._literal,
                self._flatten,
                self._json,
                self._merge,
                self._transform,
                self._exclude_when_null,
            )
        )
        written = write(depth - 1, inside=inside)
        if self.chance(0.05):
            written["_metadata"] = self.plain(1)
        return written

    def path(self, *, inside: bool = False) -> str:
        """A path as people write it, and sometimes as nobody should."""
        if self.chance(0.05):
            return self.random.choice(("", *_words(". $ $. .. $..a a..b $.a. [0] a[ a]b $.$.a ['a'] a[0]]['b']")))
        if inside and self.chance(0.8):
            parts = [self.name() for _ in range(self.random.choice((1, 1, 2)))]
        else:
            parts = [self.random.choice(("properties", "properties", "traits", "context"))]
            parts += [self.name() for _ in range(self.random.choice((0, 1, 1, 2, 3)))]
            if self.chance(0.25):
                parts = [self.random.choice(("event", "name", "userId", "anonymousId", "timestamp", "type"))]
            self.reads.append((tuple(parts), ()))
        text = self.random.choice(("$.", "$.", "")) + parts[0]
        for part in parts[1:]:
            forms = [f".{part}"] * 4 + [f"['{part}']", f'["{part}"]'] + [f"[{part}]"] * part.isdigit()
            text += self.random.choice(forms)
        return text

    def _path(self, depth: int, *, inside: bool) -> Json:
        if depth > 0 and self.chance(0.08):
            return {"@path": self._text(depth, inside=inside)}
        return {"@path": self.path(inside=inside)}

    def _text(self, depth: int, *, inside: bool) -> Json:
        """A directive that mostly gives text."""
        if self.chance(0.2):
            return self.directive(depth, inside=inside)
        if self.chance(0.5):
            return {"@template": self.template(inside=inside)}
        return {"@literal": self.path(inside=inside)}

    def template(self, *, inside: bool = False) -> str:
        """A template whose placeholders do not touch other braces."""
        pieces = []
        for _ in range(self.random.randrange(4)):
            pieces.append(self.random.choice(("", " ", "Hi ", "-", "$&", "a } b", "a { b", "\n")))
            path = self.path(inside=inside).removeprefix("$.")
            # In a template of nothing these differ, as docs/fidelity.md says; in other directives they do not.
            if inside and (not path.strip("$.[]'\"") or any(name in path for name in PROTOTYPE_NAMES)):
                path = "name"
            pieces.append(self.random.choice(("{{%s}}", "{{ %s }}", "{{{%s}}}", "{{{ %s\n}}}")) % (path or " "))
        pieces.append(self.random.choice(("", " end")))
        return "".join(pieces)

    def _template(self, depth: int, *, inside: bool) -> Json:
        if depth > 0 and self.chance(0.08):
            return {"@template": self._text(depth, inside=inside)}
        return {"@template": self.template(inside=inside)}

    def _if(self, depth: int, *, inside: bool) -> Json:
        tested = self.directive(depth, inside=inside) if self.chance(0.9) else self.random.choice(("a", 1, True))
        options: dict[str, Json] = {self.random.choice(("exists", "blank")): tested}
        for option in ("then", "else"):
            if self.chance(0.85):
                options[option] = self.value(depth, inside=inside)
        return {"@if": options}

    def _case(self, depth: int, *, inside: bool) -> Json:
        operator = self.random.choice(("lower", "upper"))
        return {"@case": {"operator": operator, "value": self._string_or_directive(depth, inside=inside)}}

    def _string_or_directive(self, depth: int, *, inside: bool) -> Json:
        return self.directive(depth, inside=inside) if self.chance(0.9) else self.random.choice(TEXTS)

    def _replace(self, depth: int, *, inside: bool) -> Json:
        patterns = ("a b", " ", "\n", "\ud83d", *_words("a A o . $ [ ] ( * \\ - ^a é ß i / aaaaaaaaaa 😀 # ,"))
        replacements = ("", *_words("b $& $$ $1 $` $' $<a> \\ / xxxxxxxxxx"))
        options: dict[str, Json] = {
            "pattern": self.random.choice(patterns),
            "value": self._string_or_directive(depth, inside=inside),
        }
        if self.chance(0.8):
            options["replacement"] = self.random.choice(replacements)
        if self.chance(0.3):
            options["pattern2"] = self.random.choice(patterns)
        if self.chance(0.3):
            options["replacement2"] = self.random.choice(replacements)
        for option in ("ignorecase", "global"):
            if self.chance(0.4):
                options[option] = self.chance(0.5)
        return {"@replace": options}

    def _array_path(self, depth: int, *, inside: bool) -> Json:
        path = self.path(inside=inside) if self.chance(0.9) else self.directive(depth, inside=inside)
        if self.chance(0.2):
            return {"@arrayPath": [path]}
        if self.chance(0.2):
            return {"@arrayPath": [path, self.directive(depth, inside=True)]}
        return {"@arrayPath": [path, self._table(depth, inside=True)]}

    def _literal(self, depth: int, *, inside: bool) -> Json:
        return {"@literal": self.value(depth, inside=inside) if self.chance(0.5) else self.plain()}

    def _flatten(self, depth: int, *, inside: bool) -> Json:
        options: dict[str, Json] = {
            "value": self.value(depth, inside=inside),
            "separator": self.random.choice((".", "_", ":", "  ", "ab")),
        }
        if self.chance(0.4):
            options["omitArrays"] = self.chance(0.6)
        return {"@flatten": options}

    def _json(self, depth: int, *, inside: bool) -> Json:
        plain = self.random.choice(("[1]", {"a": 1, "0": 2}, True))
        value = self.directive(depth, inside=inside) if self.chance(0.8) else plain
        return {"@json": {"mode": self.random.choice(("encode", "decode")), "value": value}}

    def _merge(self, depth: int, *, inside: bool) -> Json:
        objects: list[Json] = []
        for _ in range(self.random.randrange(4)):
            plain = self.chance(0.4)
            objects.append(self._table(depth, inside=inside) if plain else self.directive(depth, inside=inside))
        return {"@merge": {"direction": self.random.choice(("left", "right")), "objects": objects}}

    def _transform(self, depth: int, *, inside: bool) -> Json:
        applied = self._table(depth, inside=inside) if self.chance(0.8) else self.directive(depth, inside=inside)
        mapped = self._table(depth, inside=True) if self.chance(0.6) else self.directive(depth, inside=True)
        return {"@transform": {"apply": applied, "mapping": mapped}}

    def _table(self, depth: int, *, inside: bool) -> dict[str, Json]:
        return {self._plain_name(): self.value(depth, inside=inside) for _ in range(self.random.randrange(4))}

    def _exclude_when_null(self, depth: int, *, inside: bool) -> Json:
        return {"@excludeWhenNull": self.value(depth, inside=inside) if self.chance(0.9) else self.plain()}

    # Mistakes

    def edited_text(self, text: str) -> str:
        """The text with a few small edits."""
        characters = list(text)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            place = self.random.randrange(len(characters) + 1)
            kind = self.random.random()
            if kind < 0.4 and characters:
                del characters[min(place, len(characters) - 1)]
            elif kind < 0.75:
                characters.insert(place, self.random.choice(_TYPED))
            elif len(characters) > 1:
                place = min(place, len(characters) - 2)
                characters[place : place + 2] = reversed(characters[place : place + 2])
        return "".join(characters)

    def edited_mapping(self, mapping: Json) -> Json:
        """The mapping with one or two mistakes somewhere in it."""
        for _ in range(self.random.choice((1, 1, 2))):
            fields = [name for name in mapping if name in ("properties", "traits")] or list(mapping)
            if not fields:
                return mapping
            name = self.random.choice(fields)
            mapping = {**mapping, name: self._edited(mapping[name])}
        return mapping

    def _edited(self, node: Json) -> Json:
        if node and isinstance(node, dict | list) and self.chance(0.75):
            copy = node.copy()
            child = self.random.choice(list(node) if isinstance(node, dict) else range(len(node)))
            copy[child] = self._edited(copy[child])
            return copy
        if isinstance(node, dict) and self.chance(0.8):
            return self._edited_keys(node)
        if isinstance(node, str) and self.chance(0.7):
            return self.edited_text(node)
        return self.random.choice((self.plain(1), self.value(1), self.directive(1), {}, [], None, ""))

    def _edited_keys(self, node: dict[str, Json]) -> Json:
        keys = list(node)
        kind = self.random.random()
        word = self.random.choice(_KEYS)
        if kind < 0.3 and keys:
            return {key: node[key] for key in keys if key != keys[0]}
        if kind < 0.6 and keys:
            renamed = self.random.choice(keys)
            other = self.random.choice((renamed.upper(), renamed + "s", renamed.lstrip("@"), word))
            return {other if key == renamed else key: value for key, value in node.items()}
        return {**node, word: self.random.choice((self.plain(1), self.value(1), True, None, "upper", "Encode"))}

    # Subscriptions and events

    def subscription(self, name: str, *, near_trigger: bool, near_mapping: bool) -> dict[str, Json]:
        """A subscription as a project file has it, with a small mistake where that is wished."""
        action = self.random.choice(tuple(FIELDS))
        if near_mapping or self.chance(0.35):
            wanted = self.random.choice(EVENT_TYPES)
            trigger = f'type = "{wanted}"'
            self.reads.append((("type",), (wanted,)))
        else:
            trigger = self.trigger()
        mapping = self.mapping(action)
        return {
            "name": name,
            "partnerAction": action,
            "enabled": True,
            "subscribe": self.edited_text(trigger) if near_trigger else trigger,
            "mapping": self.edited_mapping(mapping) if near_mapping else mapping,
        }

    def event(self) -> Json:
        """An event that holds much of what the subscriptions read."""
        event: dict[str, Json] = {"type": self.random.choice(EVENT_TYPES), "messageId": "ajs-next-1"}
        for name in ("event", "name", "userId", "anonymousId"):
            if self.chance(0.8):
                event[name] = self.data() if self.chance(0.1) else self.random.choice(TEXTS)
        for name in ("properties", "traits", "context"):
            if self.chance(0.8):
                event[name] = self.data() if self.chance(0.1) else self.record()
        if self.chance(0.3):
            event["timestamp"] = {"$": "date", "value": 1700000000000}
        for path, hints in self.reads:
            if path == ("type",):
                if hints and self.chance(0.75):
                    event["type"] = self.random.choice(hints)
            elif self.chance(0.7):
                _put(event, path, self.random.choice(hints) if hints and self.chance(0.85) else self.data())
        return event


_TYPED = (*" \t\n\r\"'\\.,()=!<>*-+0a1Zn_[]{}|&é", *_words("and or null true type != $. {{ }}"), " and ", " or ")
_DIRECTIVES = _words(
    "@path @template @if @case @literal @json @merge @flatten @transform @liquid @arrayPath @replace @nope @"
)
_OPTIONS = _words(
    "value mode operator exists blank then pattern pattern2 replacement global separator omitArrays objects"
)
_KEYS = (*_DIRECTIVES, *_OPTIONS, "direction", "apply", "mapping", "a", "@excludeWhenNull")
_KEYS += ("__segment_internal_directive", "_metadata", "__proto__", "toString")


def _put(data: dict[str, Json], path: Path, value: Json) -> None:
    """Put a value at a path of the event, through whatever is on the way."""
    for name in path[:-1]:
        inner = data.get(name)
        if not isinstance(inner, dict) or "$" in inner:
            inner = data[name] = {}
        data = inner
    data[path[-1]] = value
