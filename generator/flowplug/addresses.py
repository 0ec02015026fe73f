"""Addresses of scripts: which of them a browser would load."""

from __future__ import annotations

import re

SERVED_FOLDER = 'write a path such as "/js/", or an address such as "https://cdn.example.com/js/"'
"""What to write where files are served."""

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def is_script_address(address: str) -> bool:
    """Whether a page can load a script from here: ``https://…``, ``/…`` or, on this machine, ``http://…``.

    The URL parser is that of browsers (WHATWG URL). What it would take away or escape is refused, and so are user
    names and passwords.
    """
    if re.search(r"""[\s"'<>\\`{}|^#]""", address):
        return False
    if address.startswith("/"):
        return not address.startswith("//")
    if not address.lower().startswith(("https://", "http://")):
        return False
    from ada_url import URL  # noqa: PLC0415 - imported late: most projects name no address

    try:
        url = URL(address)
    except ValueError:
        return False
    is_safe = url.protocol == "https:" or url.hostname in _LOCAL_HOSTS
    return is_safe and not url.username and not url.password


def served_folder(address: str) -> str | None:
    """A folder's address with a slash at its end, where a page can load scripts from there; else None."""
    if not is_script_address(address) or "?" in address:
        return None
    return address if address.endswith("/") else f"{address}/"
