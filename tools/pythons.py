"""Runs the unit tests on every supported Python of this machine, and compares the bytes that each emits.

Each Python has a virtual environment of its own in ``.venv-pythons``. The unit tests compare the golden records;
the files of ``flowplug.toml`` are compared here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


def find(version: str) -> Path | None:
    """An interpreter of this version (``"3.12"``) that runs.

    One on the path may be a shim of pyenv that refuses to run, so pyenv's versions are tried too.
    """
    for path in _candidates(version):
        program = "import sys, venv; print('.'.join(map(str, sys.version_info[:2])))"
        run = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
        if run.stdout.strip() == version:
            return path
    return None


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/{name}"))


def set_up(python: Path, folder: Path) -> Path:
    """Make a virtual environment with flowplug and its tests' packages; return its interpreter."""
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = folder / "pyproject.sha256"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        pip = (inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run((*pip, "--editable", f"{ROOT}[test]"), check=True)
        stamp.write_text(wanted)
    return inside


def emitted(python: Path, out: Path) -> dict[str, str]:
    """Build ``flowplug.toml`` with this Python; return the SHA-256 of each file by its name."""
    shutil.rmtree(out, ignore_errors=True)
    command = (python, "-m", "flowplug", "build", ROOT / "flowplug.toml", "--debug", "--out", out)
    subprocess.run(command, check=True, capture_output=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def main(arguments: list[str]) -> str | None:
    """Test each Python; return what is wrong. ``arguments`` go to pytest."""
    failures: list[str] = []
    digests: dict[str, dict[str, str]] = {}
    for version in SUPPORTED:
        found = find(version)
        if not found:
            print(f"Python {version}: not on this machine")
            continue
        print(f"Python {version}: {found}", flush=True)
        folder = ROOT / ".venv-pythons" / version
        python = set_up(found, folder)
        tests = subprocess.run([python, "-m", "pytest", "tests/unit", "-q", *arguments], cwd=ROOT, check=False)
        if tests.returncode != 0:
            failures.append(f"the unit tests fail on Python {version}")
        digests[version] = emitted(python, folder / "dist")
    if len(set(map(str, digests.values()))) > 1:
        failures.append(f"the emitted bytes differ: {digests}")
    return "\n".join(f"error: {failure}" for failure in failures) or None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
