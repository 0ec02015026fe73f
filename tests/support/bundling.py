"""JavaScript modules as sites bundle them: with esbuild and the packages from npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.support.documents import ROOT


@cache
def bundled(source: str) -> str:
    """A module as one script for a page."""
    folder = Path(__file__).parents[2] / ".venv" / "bin"
    node = shutil.which("node", path=os.pathsep.join((os.environ["PATH"], str(folder))))
    assert node, "there is no node: run make test"
    command = [node, "node_modules/esbuild/bin/esbuild", "--bundle", "--format=iife", "--log-level=error"]
    done = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=True)
    return done.stdout
