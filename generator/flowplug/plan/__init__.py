"""The plan: what the plugin does for each type of event, as blocks of tests and calls, for each host.

Subscriptions are folded for each type of event, so that a type which none can match has no hook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from .. import fql, mapping, reading
from ..errors import Problem, ProjectError
from ..events import EVENT_TYPES, EventType
from ..formats import FORMATS
from ..hosts import Host
from ..project import ACTIONS, ActionName, Consent, Plugin, Privacy, Project, Sdk
from .advice import advice
from .blocks import Block, Entries, Hook, NameTable, compile_block
from .code import CompiledCode, compile_code
from .digest import digest_of
from .host_advice import host_advice
from .privacy_advice import privacy_advice, privacy_notes
from .reasons import NamedTree
from .rules import Rule, cases_of


class Program(msgspec.Struct, frozen=True, dict=True):
    """What the plugin does with the events of one host."""

    hooks: tuple[Hook, ...]
    tables: tuple[NameTable, ...]

    @cached_property
    def code(self) -> CompiledCode:
        """The code of the subscriptions, the same for all templates."""
        return compile_code(self.hooks, self.tables)


class Plan(msgspec.Struct, frozen=True):
    """A project, compiled: everything the templates need, and nothing that is not used."""

    api_key: str
    sdk_address: str
    sdk: Sdk
    plugin: Plugin
    formats: tuple[str, ...]
    consent: Consent | None
    privacy: Privacy
    destination_id: str
    """RudderStack's ID of the destination; empty where the project names none."""
    rules: tuple[Rule, ...]
    programs: Mapping[Host, Program]
    trees: tuple[NamedTree, ...]
    """The triggers of all subscriptions, in the order of the project."""
    actions: Mapping[EventType, tuple[ActionName, ...]]
    """The actions that an event of each type can trigger."""
    warnings: tuple[Problem, ...]
    digest: str
    addresses: Mapping[str, str]
    """The addresses of the SDK, by region in order."""

    def program(self, host: Host, action: ActionName) -> Program:
        """What a plugin for the subscriptions of one action does, for a host that has a plugin for each."""
        rules = [rule for rule in self.rules if rule.subscription.partner_action == action]
        return _compile_program(rules, host)


def compile_project(project: Project) -> Plan:
    """Compile a project. Raises ProjectError with every error found."""
    project = reading.verified(project)
    key = project.settings.project_api_key
    assert isinstance(key, str), "a verified project has its key"
    rules = tuple(
        Rule(
            ("subscriptions", index),
            item,
            fql.parse(item.subscribe),
            mapping.canonical(item.fields),
            project.plugin.copy,
            project.privacy,
        )
        for index, item in enumerate(project.subscriptions)
        if item.enabled
    )
    hosts = dict.fromkeys(FORMATS[name].host for name in project.build.formats)
    trees = {rule.subscription.name: rule.trigger.tree for rule in rules}
    return Plan(
        api_key=key,
        sdk_address=project.sdk_address,
        sdk=project.sdk,
        plugin=project.plugin,
        formats=project.build.formats,
        consent=project.consent,
        privacy=project.privacy,
        destination_id=project.rudderstack.destination_id if project.rudderstack else "",
        rules=rules,
        programs={host: _compile_program(rules, host) for host in hosts},
        trees=tuple((item.name, trees.get(item.name)) for item in project.subscriptions),
        actions={event_type: actions for event_type in EVENT_TYPES if (actions := _actions(rules, event_type))},
        warnings=_warnings(project, rules, hosts),
        digest=digest_of(project, rules),
        addresses=dict(sorted(project.sdk_addresses.items())),
    )


def check(project: Project) -> tuple[Problem, ...]:
    """Every error of a project; every warning where it has no error."""
    try:
        return compile_project(project).warnings
    except ProjectError as error:
        return error.problems


def notes(project: Project) -> tuple[Problem, ...]:
    """What the author of a project without errors may think of; nothing of it is a warning."""
    return reading.origin_of(project).problems(privacy_notes(project), None, "note")


def _warnings(project: Project, rules: Sequence[Rule], hosts: Iterable[Host]) -> tuple[Problem, ...]:
    findings = [*advice(rules), *privacy_advice(rules, project.privacy), *host_advice(rules, hosts)]
    data = reading.plain_data(project) if findings else None
    return reading.origin_of(project).problems(findings, data, "warning")


def _actions(rules: Sequence[Rule], event_type: EventType) -> tuple[ActionName, ...]:
    used = {rule.subscription.partner_action for rule in rules if rule.trigger.folded[event_type] is not False}
    return tuple(action for action in ACTIONS if action in used)


def _compile_program(rules: Sequence[Rule], host: Host) -> Program:
    tables: dict[Entries, NameTable] = {}
    hooks: dict[Block, tuple[EventType, ...]] = {}
    for event_type in host.event_types:
        cases = [case for rule in rules for case in cases_of(rule, event_type)]
        if cases:
            block = compile_block(cases, tables, host, event_type)
            hooks[block] = (*hooks.get(block, ()), event_type)
    return Program(tuple(Hook(types, block) for block, types in hooks.items()), tuple(tables.values()))
