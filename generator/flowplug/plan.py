"""The plan: what the plugin does for each type of event, as blocks of tests and calls.

Subscriptions are folded for each type of event, so that a type which none can match has no hook. Neighbours that
demand an event's name become one table with the names for keys. A path that is read more than once is read into
a constant first: a field of the event for the whole block, a path below it for one subscription, since reading it
may throw and must then stop no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import TypeAlias

from . import fql, mapping
from .errors import Problem, ProjectError
from .javascript import Call, Expression, Literal, Member, Name, Undefined, chain, names, write
from .mapping import Path, Payload
from .project import ACTIONS, FromEnvironment, Plugin, Project, Sdk, Subscription, check

EVENT = Name("event")
"""The Segment event, in the emitted plugin."""

Constants: TypeAlias = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One subscription at work: ``outer`` constants, then the call, if the test holds, with ``inner`` ones."""

    name: str
    outer: Constants
    test: Expression | None
    inner: Constants
    call: Expression


@dataclass(frozen=True, slots=True)
class Table:
    """Blocks by event name: each entry has the names that lead to it."""

    name: str
    entries: tuple[tuple[tuple[str, ...], Block], ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Subscriptions that demand an event's name, found in a table."""

    table: str


@dataclass(frozen=True, slots=True)
class Block:
    """What happens with an event, in the order of the project."""

    constants: Constants
    items: tuple[Step | Lookup, ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """The types of event that share one block."""

    event_types: tuple[fql.EventType, ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Plan:
    """A project, compiled: everything the templates need, and nothing that is not used."""

    api_key: str
    sdk_address: str
    sdk: Sdk
    plugin: Plugin
    hooks: tuple[Hook, ...]
    tables: tuple[Table, ...]
    helpers: frozenset[str]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """An enabled subscription with its trigger, and its place in the project."""

    place: str
    subscription: Subscription
    trigger: fql.Trigger
    fields: mapping.Table
    is_copied: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """A rule for one type of event: what is left to test, and the event names that it demands."""

    rule: _Rule
    names: tuple[str, ...]
    test: fql.Folded


def compile_project(project: Project) -> Plan:
    """Compile a project. Raises ProjectError with every error found."""
    problems = list(check(project))
    key = project.settings.project_api_key
    if isinstance(key, FromEnvironment):
        message = "is still to be read from the environment; flowplug.load does that"
        problems.append(Problem(message, "settings.projectApiKey"))
    if problems or isinstance(key, FromEnvironment):
        raise ProjectError(problems)
    rules = [
        _Rule(
            f"subscriptions[{index}]",
            item,
            fql.parse(item.subscribe),
            mapping.canonical(item.fields),
            project.plugin.copy,
        )
        for index, item in enumerate(project.subscriptions)
        if item.enabled
    ]
    hooks, tables = _compile_hooks(rules)
    return Plan(
        api_key=key,
        sdk_address=project.sdk_address,
        sdk=project.sdk,
        plugin=project.plugin,
        hooks=hooks,
        tables=tables,
        helpers=_helpers(hooks, tables),
        warnings=tuple(_warnings(rules)),
    )


def _compile_hooks(rules: Sequence[_Rule]) -> tuple[tuple[Hook, ...], tuple[Table, ...]]:
    tables: dict[tuple[tuple[tuple[str, ...], Block], ...], Table] = {}
    hooks: dict[Block, tuple[fql.EventType, ...]] = {}
    for event_type in fql.EVENT_TYPES:
        cases = [case for rule in rules for case in _cases(rule, event_type)]
        if cases:
            block = _compile_block(cases, tables)
            hooks[block] = (*hooks.get(block, ()), event_type)
    return tuple(Hook(types, block) for block, types in hooks.items()), tuple(tables.values())


def _cases(rule: _Rule, event_type: fql.EventType) -> Iterable[_Case]:
    folded = fql.fold(rule.trigger.tree, event_type)
    if folded is not False:
        yield _Case(rule, *fql.split_event_names(folded))


def _compile_block(
    cases: Sequence[_Case], tables: dict[tuple[tuple[tuple[str, ...], Block], ...], Table]
) -> Block:
    """The block for cases in their order; neighbours that demand event names share a table."""
    items: list[_Case | Lookup] = []
    for named, run in groupby(cases, lambda case: bool(case.names)):
        if not named:
            items.extend(run)
            continue
        entries = _entries(list(run))
        table = tables.setdefault(entries, Table(f"byName{len(tables) + 1}", entries))
        items.append(Lookup(table.name))
    return _Allocation(items).block()


def _entries(cases: Sequence[_Case]) -> tuple[tuple[tuple[str, ...], Block], ...]:
    """The entries of a table: names that lead to the same cases share one."""
    by_name: dict[str, tuple[int, ...]] = {}
    for index, case in enumerate(cases):
        for name in case.names:
            by_name[name] = (*by_name.get(name, ()), index)
    shared: dict[tuple[int, ...], tuple[str, ...]] = {}
    for name, indices in by_name.items():
        shared[indices] = (*shared.get(indices, ()), name)
    return tuple(
        (names_, _Allocation([replace(cases[i], names=()) for i in indices]).block())
        for indices, names_ in shared.items()
    )


@dataclass(slots=True)
class _Usage:
    """How a path is read: how often, whether by a test, by which items, and whether something below it is."""

    reads: int = 0
    tested: bool = False
    has_below: bool = False
    items: set[int] = field(default_factory=set)


class _Allocation:
    """Compiles a block twice: once to see which paths are read where, once with the constants that follow."""

    def __init__(self, items: Sequence[_Case | Lookup]) -> None:
        self.items = items
        self.fields: dict[Path, _Usage] = {}
        self.below: list[dict[Path, _Usage]] = [{} for _ in items]
        for index, item in enumerate(items):
            if isinstance(item, _Case):
                _test(item, self._recorder(index, tested=True))
                _call(item, self._recorder(index, tested=False))
        numbers = count(1)
        self.names = {path: f"value{next(numbers)}" for path in _several(self.fields)}
        self.names_below = [{path: f"value{next(numbers)}" for path in _several(usage)} for usage in self.below]

    def block(self) -> Block:
        shared = [path for path in self.names if len(self.fields[path].items) > 1]
        items = tuple(
            item if isinstance(item, Lookup) else self._step(index, item) for index, item in enumerate(self.items)
        )
        return Block(_constants(shared, self.names), items)

    def _step(self, index: int, case: _Case) -> Step:
        alone = [path for path in self.names if self.fields[path].items == {index}]
        usage = {**self.fields, **self.below[index]}
        known = {**self.names, **self.names_below[index]}
        mine = [*alone, *self.names_below[index]]

        def read(path: Path) -> Expression:
            return Name(known[path]) if path in known else _access(path, known)

        return Step(
            name=case.rule.subscription.name,
            outer=_constants([path for path in mine if usage[path].tested], known),
            test=_test(case, read),
            inner=_constants([path for path in mine if not usage[path].tested], known),
            call=_call(case, read),
        )

    def _recorder(self, index: int, *, tested: bool) -> mapping.Read:
        def record(path: Path) -> Expression:
            for length in range(1, len(path) + 1):
                usage = (self.below[index] if length > 1 else self.fields).setdefault(path[:length], _Usage())
                usage.items.add(index)
                usage.tested |= tested
                usage.has_below |= length < len(path)
                usage.reads += length == len(path)
            return EVENT

        return record


def _several(usage: dict[Path, _Usage]) -> list[Path]:
    """The paths that are read more than once, those above others first."""
    return [path for path in sorted(usage, key=len) if usage[path].reads > 1 or usage[path].has_below]


def _constants(paths: Iterable[Path], known: dict[Path, str]) -> Constants:
    return tuple((known[path], _access(path, known)) for path in paths)


def _access(path: Path, known: dict[Path, str]) -> Expression:
    """The event is always there; what it holds may not be, and then a path ends where it stops."""
    if not path:
        return EVENT
    if len(path) == 1:
        return Member(EVENT, path[0])
    parent = Name(known[path[:-1]])
    return chain("&&", [parent, Member(parent, path[-1])])


def _test(case: _Case, read: mapping.Read) -> Expression | None:
    return None if isinstance(case.test, bool) else fql.compile_tree(case.test, read)


def _call(case: _Case, read: mapping.Read) -> Expression:
    action = case.rule.subscription.partner_action

    def call(field_: Callable[[str], Expression]) -> Expression:
        arguments = [field_(name) for name in ACTIONS[action].defaults]
        while arguments and isinstance(arguments[-1], Undefined):
            arguments.pop()
        return Call(Name(action), tuple(arguments))

    payload = Payload(read, is_object=True, is_copied=case.rule.is_copied)
    return mapping.compile_fields(case.rule.fields, payload, call)


def _helpers(hooks: Iterable[Hook], tables: Iterable[Table]) -> frozenset[str]:
    """The variables that compiled code uses: the template emits the helpers among them."""
    blocks = [hook.block for hook in hooks] + [block for table in tables for _, block in table.entries]
    found: set[str] = set()
    for block in blocks:
        for item in block.items:
            if isinstance(item, Step):
                found.update(names(item.call))
    return frozenset(found)


def _warnings(rules: Sequence[_Rule]) -> Iterable[Problem]:
    if not rules:
        yield _warning("none is enabled, so the plugin does nothing but load the SDK", "subscriptions")
    alike: dict[object, list[_Rule]] = {}
    for rule in rules:
        for message in rule.trigger.warnings:
            yield _warning(message, f"{rule.place}.subscribe")
        folded = [fql.fold(rule.trigger.tree, event_type) for event_type in fql.EVENT_TYPES]
        if not any(folded):
            yield _warning(_why_never(rule.trigger.tree), f"{rule.place}.subscribe")
        action = rule.subscription.partner_action
        required = next(iter(ACTIONS[action].defaults))
        if _is_empty(rule, required):
            yield _warning(f"{required} has no value, so {action} sends nothing", f"{rule.place}.mapping")
        others = alike.setdefault((action, *map(fql.canonical, folded)), [])
        for other in others:
            if _plain_call(other) == _plain_call(rule):
                yield _warning(f"does again what {other.place} does, so 1Flow gets it twice", rule.place)
                break
        else:
            others.append(rule)


def _plain_call(rule: _Rule) -> str:
    """The text of a rule's call: as values, 1 and true would be equal."""
    return write(_call(_Case(rule, (), True), _plain_read))


_plain_read = mapping.chained_read(EVENT, is_object=True)


def _why_never(tree: fql.Tree) -> str:
    if fql.can_be_of_a_type(tree):
        return "never matches: its conditions exclude each other"
    return f"never matches: Segment's web destinations hear {', '.join(fql.EVENT_TYPES)} events only"


def _is_empty(rule: _Rule, name: str) -> bool:
    """Whether a field is known to have no value, whatever the event."""
    found: list[Expression] = []

    def see(value: Callable[[str], Expression]) -> Expression:
        found.append(value(name))
        return EVENT

    mapping.compile_fields(rule.fields, Payload(_plain_read, is_object=True), see)
    return found[0] in (Undefined(), Literal(None), Literal(""))


def _warning(message: str, place: str) -> Problem:
    return Problem(message, place, level="warning")
