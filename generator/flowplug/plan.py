"""The plan: what the plugin does for each type of event, as blocks of tests and calls.

Subscriptions are folded for each type of event, so that a type which none can match has no hook. Neighbours that
demand an event's name become one table with the names for keys. A path that is read more than once is read into
a constant first: for the whole block where subscriptions share it, else where its one subscription needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import TypeAlias

from . import fql, mapping
from .errors import Problem, ProjectError
from .javascript import Call, Expression, Member, Name, Undefined, chain, names
from .mapping import Path, Payload
from .project import ActionName, FromEnvironment, Project, Subscription, check

EVENT = Name("event")
"""The Segment event, in the emitted plugin."""

ARGUMENTS: dict[ActionName, tuple[str, ...]] = {
    "identifyUser": ("userId", "traits"),
    "trackEvent": ("event_name", "properties", "userId", "anonymousId"),
}
"""The fields of each action, in the order in which the plugin's function of that name takes them; the first is
the one without which nothing is sent."""

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
    analytics_global: str
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
        _Rule(f"subscriptions[{index}]", item, fql.parse(item.subscribe), mapping.canonical(item.fields))
        for index, item in enumerate(project.subscriptions)
        if item.enabled
    ]
    hooks, tables = _compile_hooks(rules)
    return Plan(
        api_key=key,
        sdk_address=project.sdk_address,
        analytics_global=project.plugin.analytics_global,
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
    """Who reads a path, or a path below it: items by index, and whether for a test or for a call."""

    reads: int = 0
    below: set[Path] = field(default_factory=set)
    by: set[tuple[int, bool]] = field(default_factory=set)


class _Allocation:
    """Compiles a block twice: once to see which paths are read where, once with the constants that follow."""

    def __init__(self, items: Sequence[_Case | Lookup]) -> None:
        self.items = items
        self.usage: dict[Path, _Usage] = {}
        self.constants: dict[Path, str] = {}
        for index, item in enumerate(items):
            if isinstance(item, _Case):
                _test(item, self._recorder(index, for_test=True))
                _call(item, self._recorder(index, for_test=False))
        numbers = count(1)
        for path in sorted(self.usage, key=len):
            if self.usage[path].reads > 1 or self.usage[path].below:
                self.constants[path] = f"value{next(numbers)}"

    def block(self) -> Block:
        items = tuple(
            item if isinstance(item, Lookup) else self._step(index, item) for index, item in enumerate(self.items)
        )
        return Block(self._constants(lambda by: len({index for index, _ in by}) > 1), items)

    def _step(self, index: int, case: _Case) -> Step:
        own = {(index, True), (index, False)}
        tested = self._constants(lambda by: by <= own and (index, True) in by)
        called = self._constants(lambda by: by == {(index, False)})
        return Step(case.rule.subscription.name, tested, _test(case, self._read), called, _call(case, self._read))

    def _constants(self, belongs: Callable[[set[tuple[int, bool]]], bool]) -> Constants:
        return tuple(
            (name, self._access(path)) for path, name in self.constants.items() if belongs(self.usage[path].by)
        )

    def _recorder(self, index: int, *, for_test: bool) -> mapping.Read:
        def record(path: Path) -> Expression:
            for length in range(1, len(path) + 1):
                usage = self.usage.setdefault(path[:length], _Usage())
                usage.by.add((index, for_test))
                if length < len(path):
                    usage.below.add(path[: length + 1])
                else:
                    usage.reads += 1
            return EVENT

        return record

    def _read(self, path: Path) -> Expression:
        if not path:
            return EVENT
        return Name(self.constants[path]) if path in self.constants else self._access(path)

    def _access(self, path: Path) -> Expression:
        """The event is always there; what it holds may not be, and then a path ends where it stops."""
        if len(path) == 1:
            return Member(EVENT, path[0])
        parent = Name(self.constants[path[:-1]])
        return chain("&&", [parent, Member(parent, path[-1])])


def _test(case: _Case, read: mapping.Read) -> Expression | None:
    return None if isinstance(case.test, bool) else fql.compile_tree(case.test, read)


def _call(case: _Case, read: mapping.Read) -> Expression:
    action = case.rule.subscription.partner_action

    def call(field_: Callable[[str], Expression]) -> Expression:
        arguments = [field_(name) for name in ARGUMENTS[action]]
        while arguments and isinstance(arguments[-1], Undefined):
            arguments.pop()
        return Call(Name(action), tuple(arguments))

    return mapping.compile_fields(case.rule.fields, Payload(read, is_object=True), call)


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
    first: dict[tuple[object, ...], _Rule] = {}
    for rule in rules:
        item = rule.subscription
        for message in rule.trigger.warnings:
            yield _warning(message, f"{rule.place}.subscribe")
        if all(fql.fold(rule.trigger.tree, event_type) is False for event_type in fql.EVENT_TYPES):
            message = f"never matches: Segment's web destinations hear {', '.join(fql.EVENT_TYPES)} events only"
            yield _warning(message, f"{rule.place}.subscribe")
        required = ARGUMENTS[item.partner_action][0]
        if required not in item.fields and not any(key.startswith(("@", "__")) for key in item.fields):
            message = f"{required} is not mapped, so {item.partner_action} has nothing to send"
            yield _warning(message, f"{rule.place}.mapping")
        work = (item.partner_action, rule.trigger.tree, repr(rule.fields))
        if work in first:
            yield _warning(f"does again what {first[work].place} does, so 1Flow gets it twice", rule.place)
        first.setdefault(work, rule)


def _warning(message: str, place: str) -> Problem:
    return Problem(message, place, level="warning")
