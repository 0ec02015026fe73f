"""Where the files of a build will be served: what goes before their names in a page's HTML."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import click

from ..addresses import SERVED_FOLDER, served_folder
from ..formats import FORMATS

WEB_ROOTS = frozenset(
    {"_site", "build", "dist", "htdocs", "html", "out", "public", "public_html", "webroot", "www", "wwwroot"}
)
"""Folders that web servers, frameworks and site generators serve as ``/``."""

_FILES = frozenset(name for form in FORMATS.values() for name in form.files)


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
    names_file = value.rstrip("/").rpartition("/")[2] in _FILES
    folder = None if names_file else served_folder(value)
    if folder is None:
        raise click.BadParameter(SERVED_FOLDER + ", without the name of the file" * names_file, ctx, option)
    return folder if folder.isascii() else _encoded(folder)


def _encoded(address: str) -> str:
    """The address as browsers request it, in ASCII, which every page and terminal can show."""
    from ada_url import URL  # noqa: PLC0415 - imported late: few addresses need it

    return URL(f"https://any.example{address}").pathname if address.startswith("/") else URL(address).href
