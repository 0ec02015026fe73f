"""Addresses of scripts: which of them a browser would load."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ada_url import URL

SERVED_FOLDER = 'write a path such as "/js/", or an address such as "https://cdn.example.com/js/"'
"""What to write where files are served."""

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def is_script_address(address: str) -> bool:
    """Whether a page can load a script from here: ``https://…``, ``/…`` or, on this machine, ``http://…``.

    The URL parser is that of browsers (WHATWG URL). Where it would load another address than the one that was
    written, the address is refused, and so are user names, passwords, spaces and control characters.
    """
    if re.search(r"""[\s\x00-\x1f\x7f-\x9f\ud800-\udfff"'<>\\`{}|^#]""", address):
        return False
    if address.startswith("/"):
        return not address.startswith("//")
    if not address.lower().startswith(("https://", "http://")):
        return False
    import ada_url  # noqa: PLC0415 - imported late: most projects name no address

    try:
        url = ada_url.URL(address)
    except ValueError:
        return False
    is_safe = url.protocol == "https:" or url.hostname in _LOCAL_HOSTS
    return is_safe and _is_host(re.split("[/?]", address.partition("://")[2])[0], url)


def served_folder(address: str) -> str | None:
    """A folder's address with a slash at its end, where a page can load scripts from there; else None."""
    if not is_script_address(address) or "?" in address:
        return None
    return address if address.endswith("/") else f"{address}/"


def _is_host(written: str, url: URL) -> bool:
    """Whether what was written between ``//`` and the path is the host of the URL, and no more than that."""
    from ada_url import HostType, idna  # noqa: PLC0415 - see above

    if not written or "@" in written:
        return False
    if url.host_type != HostType.DEFAULT:  # an address in numbers, which may be written in several ways
        return True
    # The parser decodes escapes in a name, and drops characters that nobody sees.
    name = unicodedata.normalize("NFKC", re.sub(":[0-9]*$", "", written)).lower().replace("\u3002", ".")
    return name in (url.hostname, idna.decode(url.hostname))
