"""Triggers: Segment's subscription language (FQL), read, folded for a type of event, and compiled.

The meaning is that of ``@segment/destination-subscriptions`` 3.37 with ``@segment/fql-ts`` 1.10. Its parser is no
grammar: it walks over a flat list of tokens. So a trigger is read twice here: once by a strict grammar, which
finds what is malformed and what was meant, and once as Segment walks over it. The second reading is compiled;
where the two differ, that is a warning.
"""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

from .javascript import MAX_PARTS, Binary, Call, Expression, Member, Unary, Value, chain, number_text

EventType: TypeAlias = Literal["track", "identify", "page", "group", "alias"]
"""The types of event that Segment's web destinations hear (@segment/browser-destination-runtime 1.6, plugin)."""

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

MAX_LENGTH = 10_000

Path: TypeAlias = tuple[str, ...]
Read: TypeAlias = Callable[[Path], Expression]
"""Gives the expression that reads a path of the event."""

_EVENT: Path = ("event",)
_WHOLE_FIELDS = ("type", "event", "name", "userId")
_FIELDS_WITH_PARTS = ("properties", "traits", "context")
_FUNCTIONS = ("contains", "match")
_KEYWORDS = ("and", "or", "null")
_ORDERINGS = ("<", "<=", ">", ">=")


class FqlError(ValueError):
    """The trigger cannot be read; the message tells where."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one field: ``operator`` is one of Segment's, such as ``=`` or ``not_contains``.

    ``text`` is the condition as it was written; ``value`` is text or a number, or None where the operator
    needs none.
    """

    path: Path
    operator: str
    value: str | float | None
    text: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that must ``and`` may hold."""

    operator: Literal["and", "or"]
    children: tuple[Tree, ...]


Tree: TypeAlias = "Condition | Group"
Folded: TypeAlias = "Condition | Group | bool"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as Segment reads it, and what its author should know of that."""

    tree: Tree
    warnings: tuple[str, ...]


@lru_cache(maxsize=1024)
def parse(source: str) -> Trigger:
    """Read a trigger. Raises FqlError where it is malformed, or where Segment would misread it in silence."""
    if len(source) > MAX_LENGTH:
        raise FqlError(f"longer than {MAX_LENGTH} characters")
    terms = _Parser(source).parse()
    meant, read = _meant(terms), _read_as_segment_does(terms)
    warnings = [warning for term in _flat(terms) if isinstance(term, Condition) for warning in _oddities(term)]
    if meant != read:
        warnings.append(_mixed(terms, meant, read))
    return Trigger(read, tuple(warnings))


def fold(tree: Tree, event_type: EventType) -> Folded:
    """The tree for events of one type: its conditions on ``type`` are decided; so may be the whole."""
    if isinstance(tree, Condition):
        return _decide(tree, event_type) if tree.path == ("type",) else tree
    decisive = tree.operator == "or"
    children: list[Tree] = []
    for child in tree.children:
        folded = fold(child, event_type)
        if folded is decisive:
            return decisive
        if not isinstance(folded, bool):
            children.append(folded)
    if tree.operator == "and" and _contradict(children):
        return False
    if not children:
        return not decisive
    return children[0] if len(children) == 1 else Group(tree.operator, tuple(children))


def can_be_of_a_type(tree: Tree) -> bool:
    """Whether the conditions on ``type``, taken alone, leave a type that web destinations hear."""
    return any(_can_be(tree, event_type) for event_type in EVENT_TYPES)


def _can_be(tree: Tree, event_type: EventType) -> bool:
    if isinstance(tree, Condition):
        return tree.path != ("type",) or _decide(tree, event_type)
    return (all if tree.operator == "and" else any)(_can_be(child, event_type) for child in tree.children)


def split_event_names(tree: Folded) -> tuple[tuple[str, ...], Folded]:
    """The event names that a tree demands, and the rest of what it demands; no names where it demands none."""
    if names := _names(tree):
        return names, True
    if isinstance(tree, Group) and tree.operator == "and":
        for index, child in enumerate(tree.children):
            if names := _names(child):
                rest = tree.children[:index] + tree.children[index + 1 :]
                return names, rest[0] if len(rest) == 1 else Group("and", rest)
    return (), tree


def compile_tree(tree: Tree, read: Read) -> Expression:
    """The JavaScript expression that is true for the events that match."""
    if isinstance(tree, Condition):
        return _compile_condition(tree, lambda: read(tree.path))
    operator = "&&" if tree.operator == "and" else "||"
    return chain(operator, [compile_tree(child, read) for child in tree.children])


# Reading


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Joint:
    """An ``and`` or ``or`` between two terms."""

    operator: Literal["and", "or"]


@dataclass(frozen=True, slots=True)
class _Parenthesis:
    """A parenthesis, which holds no other."""

    items: tuple[_Item, ...]


_Item: TypeAlias = "Condition | _Joint | _Parenthesis"

_SPACE = " \t\n"
_ENDS_WORD = _SPACE + ",])"
_TOKENS = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<string>"[^"]*"|'[^']*')
      | (?P<number>[+-](?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|[0-9]+(?:\.[0-9]+)?)
      | (?P<word>(?:[A-Za-z_]|\\[^\ud800-\udfff\U00010000-\U0010ffff])
                 (?:[A-Za-z0-9_-]|\\[^\ud800-\udfff\U00010000-\U0010ffff])*)
      | (?P<operator>!=|<=|>=|[=<>!])
      | (?P<sign>[.,()])""",
    re.VERBOSE | re.DOTALL,
)


def _tokens(source: str) -> Iterator[_Token]:
    """The tokens, without white space. Raises FqlError where Segment's lexer would give up or read another."""
    position = 0
    while position < len(source):
        match = _TOKENS.match(source, position)
        if not match:
            raise _error(_unreadable(source[position]), position)
        kind, text, start, position = str(match.lastgroup), match.group(), match.start(), match.end()
        follower = source[position : position + 1]
        if follower == "\r":
            raise _error(
                "Segment takes a carriage return for no white space; end lines with a line feed", position
            )
        if kind in ("number", "string") and follower and follower not in _ENDS_WORD:
            raise _error(f"put a space between {text} and {follower!r}", position)
        if kind == "word" and follower and follower not in _ENDS_WORD + ".(=!":
            raise _error(f"put a space before {follower!r}", position)
        if (
            follower
            and text[0] == "n"
            and kind == "word"
            and re.fullmatch(r"[^ \t\n,\])]{1,2}", source[start + 1 :])
        ):
            # Looking for "null", its lexer runs into the end and does not come back.
            raise _error(
                f"put a space before {follower!r}; Segment loses what follows this close to the end", position
            )
        if kind == "operator":
            _check_operator(text, follower, start)
        if kind == "word" and text in _KEYWORDS and (not follower or follower in _ENDS_WORD):
            kind = "keyword"
        if kind != "space":
            yield _Token(kind, text, start, position)
    yield _Token("end", "", len(source), len(source))


def _unreadable(character: str) -> str:
    if character in "\"'":
        return "a string that does not end"
    if character == "[":
        return '"[" is no part of a name; write items.\\0 for the first item'
    if character == "\\":
        return "nothing that can be escaped follows the backslash"
    return f"unexpected {character!r}"


def _check_operator(operator: str, follower: str, start: int) -> None:
    if operator == "!":
        if follower == "(":
            raise _error('Segment leaves out a "!" before parentheses; negate each condition in them', start)
        if not re.match("[A-Za-z]", follower):
            raise _error('"!" stands right before contains( or match(', start)
    elif len(operator) == 2 and follower and follower not in _ENDS_WORD:
        raise _error(f'put a space after "{operator}"; Segment reads it otherwise', start)


def _error(message: str, position: int) -> FqlError:
    return FqlError(f"{message} (at character {position + 1})")


class _Parser:
    """The strict grammar: conditions joined by ``and`` and ``or``, in parentheses one deep at most."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(_tokens(source))
        self.index = 0

    def parse(self) -> tuple[_Item, ...]:
        return self._items(closed_by="end", inside=False)

    def _items(self, closed_by: str, *, inside: bool) -> tuple[_Item, ...]:
        items: list[_Item] = [self._term(inside=inside)]
        while True:
            token = self._next()
            if closed_by in (token.kind, token.text):
                return tuple(items)
            if token.kind != "keyword" or token.text == "null":
                raise _error(self._expected('"and" or "or"', token, closed_by), token.start)
            items.append(_Joint("and" if token.text == "and" else "or"))
            items.append(self._term(inside=inside))

    def _expected(self, what: str, token: _Token, closed_by: str) -> str:
        if token.kind == "end":
            return 'a parenthesis that is not closed: expected ")"'
        if token.text == ")" and closed_by == "end":
            return 'a ")" that closes nothing'
        return f"expected {what}, got {_name(token)}"

    def _term(self, *, inside: bool) -> _Item:
        token = self._next()
        if token.text == "(" and token.kind == "sign":
            if inside:
                raise _error("Segment cannot read parentheses inside parentheses, and never matches", token.start)
            return _Parenthesis(self._items(")", inside=True))
        if token.text == "!" and token.kind == "operator":
            function = self._next()
            if _unescape(function.text) not in _FUNCTIONS:
                raise _error('"!" stands right before contains( or match(', token.start)
            return self._function(function, token.start, negated=True)
        if token.kind != "word":
            raise _error(f"expected a condition, got {_name(token)}", token.start)
        if _unescape(token.text) in _FUNCTIONS and self._peek().text == "(":
            return self._function(token, token.start, negated=False)
        return self._condition(token)

    def _condition(self, first: _Token) -> Condition:
        path = self._path(first)
        operator = self._next()
        if operator.kind != "operator" or operator.text == "!":
            raise _error(f"expected an operator (= != < <= > >=), got {_name(operator)}", operator.start)
        value = self._value()
        text = self.source[first.start : value.end]
        return Condition(path, *_test(path, operator.text, value), text)

    def _function(self, name: _Token, start: int, *, negated: bool) -> Condition:
        function = _unescape(name.text)
        self._expect("(")
        first = self._next()
        path = self._path(first) if first.kind == "word" else None
        if path is None or path == ("type",):
            raise _error(f"{function}() takes event, name, userId or a property, trait or context", first.start)
        self._expect(",")
        value = self._value()
        self._expect(")")
        text = self.source[start : self.tokens[self.index - 1].end]
        if function == "contains":
            return Condition(path, "not_contains" if negated else "contains", _text(value), text)
        if value.kind != "string":
            raise _error('match() takes text in double quotes with a star at one end, as in "Order*"', value.start)
        return Condition(path, *_match_test(value, negated=negated), text)

    def _path(self, first: _Token) -> Path:
        name, last = _unescape(first.text), first
        while self._peek().text == "." and self._peek().kind == "sign":
            dot = self._next()
            last = self._next()
            if last.kind != "word":
                hint = f"; write .\\{last.text}" if last.kind in ("number", "keyword") else ""
                raise _error(f"expected a name after the dot, got {_name(last)}{hint}", dot.start)
            name += "." + _unescape(last.text)
        root, dot_, rest = name.partition(".")
        if root in _WHOLE_FIELDS and not dot_:
            return (root,)
        parts = tuple(re.findall(r"[^\[.\]]+", rest))
        if len(parts) > MAX_PARTS:
            raise _error(f"a name of more than {MAX_PARTS} parts", first.start)
        if root in _FIELDS_WITH_PARTS and parts:
            return (root, *parts)
        if root in _FIELDS_WITH_PARTS:
            raise _error(f"{root} wants the name of a part, as in {root}.plan", first.start)
        if root in _WHOLE_FIELDS:
            raise _error(f"{root} has no parts", first.start)
        known = ", ".join(_WHOLE_FIELDS)
        raise _error(
            f"unknown field {name!r}; a field is {known}, properties.…, traits.… or context.…", first.start
        )

    def _value(self) -> _Token:
        token = self._next()
        if token.kind in ("string", "number") or token.text in ("true", "false", "null"):
            return token
        if token.kind == "word":
            raise _error(f'put text in double quotes: "{_unescape(token.text)}"', token.start)
        raise _error(f"expected a value, got {_name(token)}", token.start)

    def _expect(self, sign: str) -> None:
        token = self._next()
        if token.text != sign or token.kind != "sign":
            raise _error(f'expected "{sign}", got {_name(token)}', token.start)

    def _peek(self) -> _Token:
        return self.tokens[self.index]

    def _next(self) -> _Token:
        token = self.tokens[self.index]
        self.index += token.kind != "end"
        return token


def _name(token: _Token) -> str:
    return "the end" if token.kind == "end" else f'"{token.text}"' if len(token.text) < 40 else f"a {token.kind}"


def _unescape(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)


def _content(token: _Token) -> str:
    """The text of a string: Segment takes double quotes off, and leaves single ones on."""
    return token.text[1:-1] if token.text.startswith('"') else token.text


def _text(value: _Token) -> str:
    if value.kind == "string":
        return _content(value)
    return number_text(float(value.text)) if value.kind == "number" else value.text


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")


def _test(path: Path, operator: str, value: _Token) -> tuple[str, str | float | None]:
    """Segment's name for the test that a condition makes, and what it compares with."""
    equality = operator in ("=", "!=")
    with_parts = path[0] in _FIELDS_WITH_PARTS
    if equality and value.text == "null" and path[0] not in ("type", "event"):
        return ("exists" if operator == "!=" else "not_exists"), None
    if operator == "=" and value.text in ("true", "false") and (with_parts or path == ("userId",)):
        return f"is_{value.text}", None
    if equality and value.kind == "number" and with_parts:
        return ("number_equals" if operator == "=" else "number_not_equals"), float(value.text)
    if operator in _ORDERINGS:
        number = value.text if value.kind == "number" else _content(value)
        if value.kind not in ("number", "string") or not _NUMBER.fullmatch(number):
            raise _error(f'"{operator}" compares numbers; {_name(value)} is none', value.start)
        return operator, float(number)
    return operator, _text(value)


def _match_test(value: _Token, *, negated: bool) -> tuple[str, str]:
    prefix = "not_" if negated else ""
    content = _content(value)
    if value.text.endswith('*"'):
        return f"{prefix}starts_with", content[:-1]
    return f"{prefix}ends_with", _without_first_unit(content)


def _without_first_unit(text: str) -> str:
    """The text without its first UTF-16 code unit, as JavaScript's ``slice(1)`` gives it."""
    if text and ord(text[0]) > 0xFFFF:
        return chr(0xDC00 + (ord(text[0]) - 0x10000) % 0x400) + text[1:]
    return text[1:]


# The two readings


def _flat(items: Sequence[_Item]) -> Iterator[_Item]:
    for item in items:
        if isinstance(item, _Parenthesis):
            yield from _flat(item.items)
        else:
            yield item


def _meant(items: Sequence[_Item]) -> Tree:
    """The usual reading: ``and`` binds more tightly than ``or``, and parentheses hold together."""
    alternatives: list[list[Tree]] = [[]]
    for item in items:
        if isinstance(item, _Joint):
            if item.operator == "or":
                alternatives.append([])
        else:
            alternatives[-1].append(_meant(item.items) if isinstance(item, _Parenthesis) else item)
    return _group("or", [_group("and", terms) for terms in alternatives])


def _read_as_segment_does(items: Sequence[_Item]) -> Tree:
    """Segment's reading: all terms are joined by the last ``and`` or ``or`` that was seen.

    A parenthesis ends for it at the first ``)``, which may be that of a function inside: what follows the
    function then stands outside.
    """
    terms: list[Tree] = []
    operator: Literal["and", "or"] = "and"
    waiting = list(items)
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, _Joint):
            operator = item.operator
        elif isinstance(item, _Parenthesis):
            end = next((i for i, inner in enumerate(item.items) if _is_function(inner)), len(item.items)) + 1
            terms.append(_read_as_segment_does(item.items[:end]))
            waiting = [*item.items[end:], *waiting]
        else:
            terms.append(item)
    return _group(operator, terms)


def _is_function(item: _Item) -> bool:
    return isinstance(item, Condition) and item.text.endswith(")")


def _group(operator: Literal["and", "or"], terms: Sequence[Tree]) -> Tree:
    """One group of all terms; a group of the same operator inside it adds nothing of its own."""
    if len(terms) == 1:
        return terms[0]
    children: list[Tree] = []
    for term in terms:
        children.extend(term.children if isinstance(term, Group) and term.operator == operator else [term])
    return Group(operator, tuple(children))


def _mixed(items: Sequence[_Item], meant: Tree, read: Tree) -> str:
    head = f"Segment reads this as {unparse(read)}"
    if any(isinstance(item, _Parenthesis) and any(map(_is_function, item.items)) for item in items):
        return (
            f"{head}: a parenthesis ends for it at the first contains() or match() inside; "
            "use a subscription for each alternative"
        )
    return f"{head}: the last of its and/or joins everything; if that is not what you mean, write {unparse(meant)}"


def canonical(tree: Folded) -> object:
    """What two trees share that differ in the order of their conditions only."""
    if isinstance(tree, Group):
        return tree.operator, frozenset(map(canonical, tree.children))
    return tree


def unparse(tree: Tree, *, inside: bool = False) -> str:
    """The tree as FQL, on one line, with parentheses around every inner group."""
    if isinstance(tree, Condition):
        return " ".join(tree.text.split())
    text = f" {tree.operator} ".join(unparse(child, inside=True) for child in tree.children)
    return f"({text})" if inside else text


def _oddities(condition: Condition) -> Iterator[str]:
    """What a condition means to Segment that its author may not expect."""
    text, value = " ".join(condition.text.split()), condition.value
    if isinstance(value, str) and re.search(r"'\s*\)?$", condition.text):
        yield f"{text}: Segment keeps single quotes as part of the text; write double quotes"
    elif "with" in condition.operator:
        yield from _star_oddities(condition, text)
    elif isinstance(value, str) and condition.operator in ("=", "!=") and not text.endswith('"'):
        yield f'{text}: compares with the text "{value}"; write it in double quotes if that is meant'


def _star_oddities(condition: Condition, text: str) -> Iterator[str]:
    content = condition.text.rsplit(",", 1)[-1].strip(" \t\n)").strip('"')
    if content.startswith("*") and content.endswith("*") and len(content) > 1:
        yield f"{text}: only the last star is a wildcard for Segment; write contains() to look inside a text"
    elif "*" not in (content[:1], content[-1:]):
        end = f'takes the first character off, and matches any text that ends in "{condition.value}"'
        yield f"{text}: without a star at an end, Segment {end}"


# Folding and compiling


def _decide(condition: Condition, event_type: EventType) -> bool:
    """A condition on the type, which is known. The type is text, so no comparison of numbers holds."""
    return condition.operator in ("=", "!=") and (condition.value == event_type) == (condition.operator == "=")


def _contradict(children: Iterable[Tree]) -> bool:
    """Whether conditions that must all hold leave a field no value, as far as fixed values tell."""
    conditions = [child for child in children if isinstance(child, Condition)]
    choices = [choice for child in children if (choice := _choice(child))]
    for path, values in choices:
        others = [allowed for where, allowed in choices if where == path]
        tests = [condition for condition in conditions if condition.path == path]
        if not any(
            all(value in allowed for allowed in others) and all(_holds(test, value) for test in tests)
            for value in values
        ):
            return True
    return False


def _choice(tree: Tree) -> tuple[Path, list[_Fixed]] | None:
    """The field, and the only values that it may have, where a tree says so."""
    if isinstance(tree, Condition):
        kind = _FIXING.get(tree.operator)
        return (tree.path, [(kind, tree.value)]) if kind else None
    parts = [_choice(child) for child in tree.children]
    found = [part for part in parts if part]
    if tree.operator == "and" or len(found) < len(parts) or len({path for path, _ in found}) > 1:
        return None
    return found[0][0], [value for _, values in found for value in values]


def _holds(condition: Condition, fixed: _Fixed) -> bool:
    """Whether a condition is true of a fixed value; one that fixes a value itself is no test here."""
    (kind, value), wanted, operator = fixed, condition.value, condition.operator
    if operator == "exists":
        return kind != "nothing"
    if operator == "!=":
        return kind != "text" or value != wanted
    if operator in _NUMBER_TESTS:
        return kind == "number" and _NUMBER_TESTS[operator](value, wanted)
    bare = operator.removeprefix("not_")
    if bare in _TEXT_TESTS:
        return kind == "text" and _TEXT_TESTS[bare](str(value), str(wanted)) == (operator == bare)
    return True


_Fixed: TypeAlias = "tuple[str, str | float | None]"
"""A value that a field must have: its kind, and the text or number."""

_FIXING: Mapping[str, str] = {
    "=": "text",
    "number_equals": "number",
    "is_true": "true",
    "is_false": "false",
    "not_exists": "nothing",
}
_NUMBER_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "number_not_equals": operators.ne,
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operators.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def _names(tree: Folded) -> tuple[str, ...]:
    if isinstance(tree, Condition) and tree.path == _EVENT and tree.operator == "=":
        return (str(tree.value),)
    if isinstance(tree, Group) and tree.operator == "or":
        found = [_names(child) for child in tree.children]
        if all(found):
            return tuple(dict.fromkeys(name for names in found for name in names))
    return ()


def _compile_condition(condition: Condition, actual: Callable[[], Expression]) -> Expression:
    operator, value = condition.operator, Value(condition.value)
    bare = operator.removeprefix("not_")
    if bare in _METHODS:
        call = Call(Member(actual(), _METHODS[bare]), (value,))
        return _typed("string", actual, call if bare == operator else Unary("!", call))
    if operator in ("number_not_equals", *_ORDERINGS):
        return _typed("number", actual, Binary(operator if operator in _ORDERINGS else "!==", actual(), value))
    if operator in ("exists", "not_exists"):
        return Binary("!=" if operator == "exists" else "==", actual(), Value(None))
    if operator in ("is_true", "is_false"):
        return Binary("===", actual(), Value(operator == "is_true"))
    return Binary("!==" if operator == "!=" else "===", actual(), value)


_METHODS = {"contains": "includes", "starts_with": "startsWith", "ends_with": "endsWith"}


def _typed(kind: str, actual: Callable[[], Expression], test: Expression) -> Expression:
    return chain("&&", [Binary("===", Unary("typeof", actual()), Value(kind)), test])
