"""Where the files that are not Python live: in the wheel beside this module, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: Literal["templates", "static"]) -> Path:
    """The folder ``templates`` or ``static``, in an installed wheel or in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name
