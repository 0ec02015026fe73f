"""Writing files so that no reader sees half of one, and a failure leaves those that were there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .errors import OutsideError


def write_all(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files, by name, into a folder, which is made if need be; return their paths.

    Each is written beside its place first and then renamed; if the disk refuses, the files that were there are put
    back. Raises OutsideError then.
    """
    targets = tuple(folder / name for name in contents)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".flowplug-", dir=folder) as name:
            staging = Path(name)
            for file, content in contents.items():
                (staging / file).write_bytes(content)
            _replace_all(targets, staging)
    except OSError as error:
        where = error.filename2 or error.filename or folder
        raise OutsideError(f"{where}: cannot be written: {error.strerror}") from None
    return targets


def _replace_all(targets: tuple[Path, ...], staging: Path) -> None:
    """Put the staged files in their places: all of them, or none."""
    before = {target: target.read_bytes() if target.exists() else None for target in targets}
    try:
        for target in targets:
            os.replace(staging / target.name, target)
    except OSError:
        for target, content in before.items():
            if content is None:
                target.unlink(missing_ok=True)
            elif target.read_bytes() != content:
                (staging / target.name).write_bytes(content)
                os.replace(staging / target.name, target)
        raise
