"""The ``flowplug`` command, called in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from flowplug.cli import main

from .projects import KEY

PRESETS_TOML = f'[settings]\nprojectApiKey = "{KEY}"\n'

PRIVATE_TOML = f'{PRESETS_TOML}[privacy]\ndeny = ["password"]\n'
"""A project of which ``check`` has nothing to say."""


def flow(*arguments: str, stdin: str | None = None) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(main, arguments, input=stdin)


def write_project(text: str = PRESETS_TOML) -> None:
    """Write flowplug.toml into the current folder."""
    Path("flowplug.toml").write_text(text, encoding="utf-8")


def run_command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Call the command in a process of its own, with the options of ``subprocess.run``."""
    command = [sys.executable, "-m", "flowplug", *arguments]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    done: subprocess.CompletedProcess[str] = subprocess.run(command, check=False, **given)
    return done
