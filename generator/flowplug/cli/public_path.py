"""Where the files of a build will be served: what goes before their names in a page's HTML."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import click

from ..addresses import SERVED_FOLDER, served_folder

WEB_ROOTS = frozenset(
    {"_site", "build", "dist", "htdocs", "html", "out", "public", "public_html", "webroot", "www", "wwwroot"}
)
"""Folders that web servers, frameworks and site generators serve as ``/``."""


def assumed_path(folder: Path) -> str:
    """The path at which a folder is most likely served.

    It is seen from the innermost web root on the way to the folder, else from the current folder: so ``static/js``
    is ``/static/js/``, as with Django and Flask.
    """
    parts = Path(os.path.normpath(folder)).parts
    root = max((index for index, part in enumerate(parts) if part in WEB_ROOTS), default=-1)
    if root < 0 and (folder.is_absolute() or os.pardir in parts):
        return "/"
    return "/" + "".join(f"{quote(os.fsencode(part))}/" for part in parts[root + 1 :])


def checked_path(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of ``--public-path``, with a slash at its end. Raises click.BadParameter."""
    if value is None:
        return None
    folder = served_folder(value)
    if folder is None:
        raise click.BadParameter(SERVED_FOLDER, ctx, option)
    return folder
