"""The demo's arguments: what would open a shop that cannot work is refused before it opens."""

from __future__ import annotations

from collections.abc import Iterable

import click

from flowplug.errors import Finding
from flowplug.project import Sdk, Settings

# https://fetch.spec.whatwg.org/#port-blocking
_LISTED_PORTS = (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 "
    "123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 "
    "990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
)

BAD_PORTS = frozenset(map(int, _LISTED_PORTS.split()))
"""Ports that browsers open no page on. Port 0, which is among theirs, means a free port here."""


class _RefusedError(click.ClickException):
    """An argument that is refused, in one line."""

    exit_code = 2


def checked_port(_: click.Context, __: click.Parameter, port: int) -> int:
    """A port that browsers open pages on. Raises click.ClickException."""
    if port in BAD_PORTS:
        raise _RefusedError(f"port {port}: browsers open no page there; choose another, such as 5000")
    return port


def checked_key(_: click.Context, __: click.Parameter, key: str | None) -> str | None:
    """A key as 1Flow has them. Raises click.ClickException."""
    if key is not None:
        _refuse("the key (KEY=…)", Settings.problems({"project_api_key": key}))
    return key


def checked_sdk_url(_: click.Context, __: click.Parameter, address: str | None) -> str | None:
    """An address that the plugin may load an SDK from. Raises click.ClickException."""
    if address is not None:
        _refuse("the SDK's address (SDK_URL=…)", Sdk.problems({"regions": {"demo": address}}))
    return address


def _refuse(argument: str, findings: Iterable[Finding]) -> None:
    for finding in findings:
        raise _RefusedError(f"{argument} {finding.message}")
