"""``flowplug check``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from ..errors import Problem, printable
from ..plan import check, notes
from ..project import Project
from ..reading import origin_of
from .command import Command
from .environments import check_environments
from .options import LocalPath, env_option, example, json_option, output_option, project_argument, strict_option
from .results import Result, as_errors


class _Subscription(msgspec.Struct, frozen=True):
    name: str
    action: str
    enabled: bool
    trigger: str


class _Checked(Result, frozen=True, kw_only=True):
    """``subscriptions`` are those in the environment ``env``; ``environments`` are others that were checked."""

    file: str
    env: str | None
    subscriptions: tuple[_Subscription, ...]
    environments: dict[str, tuple[_Subscription, ...]]

    def text(self) -> list[str]:
        if self.exit_status:
            return []
        checked = ((self.env, self.subscriptions), *self.environments.items())
        return [
            printable(f"{self.file}{'' if env is None else f' in {env}'}: no errors; {_enabled(subscriptions)}")
            for env, subscriptions in checked
        ]


def _enabled(subscriptions: tuple[_Subscription, ...]) -> str:
    names = [item.name for item in subscriptions if item.enabled]
    plural = "" if len(names) == 1 else "s"
    if not names:
        return "no subscription is enabled"
    return f"{len(names)} subscription{plural} enabled: {', '.join(names)}"


@click.command("check", cls=Command, epilog=example("flowplug check --strict"))
@project_argument
@env_option
@click.option(
    "--plan",
    type=LocalPath(),
    help="A tracking plan, from Segment or as a JSON Schema: warn of events, properties and traits that it lacks.",
)
@strict_option
@output_option
@json_option("Short for --output json.")
def command(project: str, env: str | None, plan: Path | None, strict: bool) -> _Checked:
    """Report all errors and warnings in a project; write nothing.

    Without --env, the project is checked without an environment and in each that it has.
    Notes, of what its author may think of, are reported here only, and are no errors under --strict.
    """
    checked = _beside(plan) if plan else check
    projects, problems = check_environments(project, env, lambda one: (*checked(one), *notes(one)))
    (first, subscriptions), *others = ((name, _listed(loaded)) for name, loaded in projects.items())
    return _Checked(
        problems=as_errors(problems) if strict else problems,
        file="<stdin>" if project == "-" else project,
        env=first,
        subscriptions=subscriptions,
        environments={name: listed for name, listed in others if name is not None},
    )


def _beside(file: Path) -> Callable[[Project], tuple[Problem, ...]]:
    """A check that compares a project with a tracking plan, too."""
    from ..tracking_plan import check_plan, read_plan  # noqa: PLC0415 - imported late: few checks have a plan

    events = read_plan(file)
    return lambda project: origin_of(project).ordered((*check(project), *check_plan(project, events)))


def _listed(project: Project) -> tuple[_Subscription, ...]:
    return tuple(
        _Subscription(item.name, item.partner_action, item.enabled, item.subscribe)
        for item in project.subscriptions
    )
