"""``flowplug check``."""

from __future__ import annotations

import click
import msgspec

from ..errors import joined, printable
from .command import Command
from .environments import check_environments
from .options import env_option, example, json_option, output_option, project_argument, strict_option
from .results import Result, as_errors


class _Subscription(msgspec.Struct, frozen=True):
    name: str
    action: str
    enabled: bool
    trigger: str


class _Checked(Result, frozen=True, kw_only=True):
    """``environments`` are those that were checked, besides the project without any unless one was chosen."""

    file: str
    environments: tuple[str, ...]
    subscriptions: tuple[_Subscription, ...]

    def text(self) -> list[str]:
        if self.exit_status:
            return []
        where = f" in {joined(self.environments, 'and')}" if self.environments else ""
        return [printable(f"{self.file}: no errors{where}; {self._enabled()}")]

    def _enabled(self) -> str:
        names = [item.name for item in self.subscriptions if item.enabled]
        plural = "" if len(names) == 1 else "s"
        if not names:
            return "no subscription is enabled"
        return f"{len(names)} subscription{plural} enabled: {', '.join(names)}"


@click.command("check", cls=Command, epilog=example("flowplug check --strict"))
@project_argument
@env_option
@strict_option
@output_option
@json_option("Short for --output json.")
def command(project: str, env: str | None, strict: bool) -> _Checked:
    """Report all errors and warnings in a project; write nothing.

    Without --env, they are those of the project without an environment and in each of its environments.
    """
    environments, loaded, warnings = check_environments(project, env)
    return _Checked(
        problems=as_errors(warnings) if strict else warnings,
        file="<stdin>" if project == "-" else project,
        environments=environments,
        subscriptions=tuple(
            _Subscription(item.name, item.partner_action, item.enabled, item.subscribe)
            for item in loaded.subscriptions
        ),
    )
