"""The plan: what the plugin does for each type of event, as JavaScript expressions."""

from __future__ import annotations

from dataclasses import dataclass

from . import fql, mapping
from .errors import Problem, ProjectError
from .javascript import Call, Expression, Name, Undefined
from .project import ActionName, FromEnvironment, Project, Subscription, check

EVENT = Name("event")
"""The Segment event, in the emitted plugin."""


@dataclass(frozen=True, slots=True)
class Step:
    """One subscription at work in a hook: the SDK call that it makes."""

    name: str
    call: Expression


@dataclass(frozen=True, slots=True)
class Hook:
    """What the plugin does with one type of event: its steps, in the order of the project."""

    event_type: fql.EventType
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A project, compiled: everything the templates need, and nothing that is not used."""

    api_key: str
    sdk_address: str
    analytics_global: str
    hooks: tuple[Hook, ...]
    actions: frozenset[ActionName]


def compile_project(project: Project) -> Plan:
    """Compile a project. Raises ProjectError with every error found."""
    problems = list(check(project))
    key = project.settings.project_api_key
    if isinstance(key, FromEnvironment):
        message = "is still to be read from the environment; flowplug.load does that"
        problems.append(Problem(message, "settings.projectApiKey"))
    if problems or isinstance(key, FromEnvironment):
        raise ProjectError(problems)
    enabled = [item for item in project.subscriptions if item.enabled]
    return Plan(
        api_key=key,
        sdk_address=project.sdk_address,
        analytics_global=project.plugin.analytics_global,
        hooks=tuple(
            Hook(event_type, tuple(Step(item.name, _call(item)) for item in triggered))
            for event_type in fql.EVENT_TYPES
            if (triggered := [item for item in enabled if fql.parse(item.subscribe) == event_type])
        ),
        actions=frozenset(item.partner_action for item in enabled),
    )


_ARGUMENTS: dict[ActionName, tuple[str, ...]] = {
    "identifyUser": ("userId", "traits"),
    "trackEvent": ("event_name", "properties", "userId", "anonymousId"),
}
"""The fields of each action, in the order in which the plugin's function of that name takes them."""


def _call(subscription: Subscription) -> Expression:
    fields = {name: mapping.compile_value(value, EVENT) for name, value in subscription.fields.items()}
    arguments = tuple(fields.get(name, Undefined()) for name in _ARGUMENTS[subscription.partner_action])
    while arguments and isinstance(arguments[-1], Undefined):
        arguments = arguments[:-1]
    return Call(Name(subscription.partner_action), arguments)
