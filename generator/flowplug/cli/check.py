"""``flowplug check``."""

from __future__ import annotations

import click
import msgspec

from ..errors import printable
from ..plan import check, notes
from ..reading import load
from .command import Command
from .options import example, json_option, output_option, project_argument, strict_option
from .results import Result, as_errors


class _Subscription(msgspec.Struct, frozen=True):
    name: str
    action: str
    enabled: bool
    trigger: str


class _Checked(Result, frozen=True, kw_only=True):
    file: str
    subscriptions: tuple[_Subscription, ...]

    def text(self) -> list[str]:
        if self.exit_status:
            return []
        return [printable(f"{self.file}: no errors; {self._enabled()}")]

    def _enabled(self) -> str:
        names = [item.name for item in self.subscriptions if item.enabled]
        plural = "" if len(names) == 1 else "s"
        if not names:
            return "no subscription is enabled"
        return f"{len(names)} subscription{plural} enabled: {', '.join(names)}"


@click.command("check", cls=Command, epilog=example("flowplug check --strict"))
@project_argument
@strict_option
@output_option
@json_option("Short for --output json.")
def command(project: str, strict: bool) -> _Checked:
    """Report all errors and warnings in a project; write nothing.

    Notes, of what its author may think of, are reported here only, and are no errors under --strict.
    """
    loaded = load(project)
    warnings = check(loaded)
    return _Checked(
        problems=(*(as_errors(warnings) if strict else warnings), *notes(loaded)),
        file="<stdin>" if project == "-" else project,
        subscriptions=tuple(
            _Subscription(item.name, item.partner_action, item.enabled, item.subscribe)
            for item in loaded.subscriptions
        ),
    )
