"""Where the files of a build will be served: what goes before their names in a page's HTML."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..addresses import is_script_address

WEB_ROOTS = frozenset({"_site", "dist", "htdocs", "html", "public", "public_html", "webroot", "www", "wwwroot"})
"""Folders that web servers, frameworks and site generators serve as ``/``.

Not ``static``: Hugo and SvelteKit serve it as ``/``, but Django and Flask as ``/static/``.
"""


def assumed_path(folder: Path) -> str:
    """The path at which a folder is most likely served: seen from the innermost web root that it is in."""
    parts = Path(os.path.normpath(folder)).parts
    roots = [index for index, part in enumerate(parts) if part in WEB_ROOTS]
    below = parts[roots[-1] + 1 :] if roots else ()
    if not below:
        return "/"
    from urllib.parse import quote  # noqa: PLC0415 - imported late: it is not needed for dist

    return "/" + "".join(f"{quote(os.fsencode(part))}/" for part in below)


def checked_path(ctx: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of ``--public-path``, with a slash at its end. Raises click.BadParameter."""
    if value is None:
        return None
    if not is_script_address(value) or "?" in value:
        raise click.BadParameter(
            'write a path such as "/js/", or an address such as "https://cdn.example.com/js/"', ctx, option
        )
    return value if value.endswith("/") else f"{value}/"
