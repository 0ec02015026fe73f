"""Which Chromium the tests run in; ``python -m tests.support.chromium`` installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def launch_options(bundled: str) -> dict[str, object]:
    """What Playwright needs to start a Chromium on this machine: its own (``bundled``), else the system's."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    if Path(bundled).exists():
        return {"args": arguments}
    return {"args": arguments, "executable_path": _system()}


def _bundled() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _system() -> str | None:
    return next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)


def install() -> None:
    """Make sure that there is a Chromium: Playwright's if it can be downloaded, else the system's package."""
    if Path(_bundled()).exists() or _system():
        return
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode == 0:
        return
    if not shutil.which("apt-get"):
        sys.exit("no Chromium: Playwright could not download one; install your system's package chromium")
    root = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run([*root, "apt-get", "update"], check=True)
    subprocess.run([*root, "apt-get", "install", "--yes", "chromium"], check=True)


if __name__ == "__main__":
    install()
