"""Content security policies: what a page must allow for the plugin and 1Flow's SDK to work, for each format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from .bundle import Bundle
from .formats import FORMATS, Format
from .hosts import SEGMENT_LOADER
from .project import DEFAULT_REGIONS, Project

NONCE = "'nonce-NONCE'"
"""What stands for the nonce that a server makes for each page."""

TRUSTED_TYPES = "flowplug"
"""The name of the plugin's policy under Trusted Types (templates/runtime/sdk.js.jinja)."""

_KNOWN_ORIGIN = "https://1flow.app"
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "connect-src": ("https://api.1flow.app",),
    "style-src": (_KNOWN_ORIGIN,),
    "img-src": (_KNOWN_ORIGIN,),
    "font-src": (_KNOWN_ORIGIN,),
}
"""What 1Flow's SDK itself asks for, if it is the one of the region us (its public build of 2022)."""


class Policy(msgspec.Struct, frozen=True, rename="camel"):
    """What a page with a ``file`` of a format must allow: sources by directive, as they are in a policy.

    ``trusted_types`` are the names to allow in the directive ``trusted-types``, under Trusted Types.
    """

    format: str
    file: str
    directives: dict[str, tuple[str, ...]]
    trusted_types: tuple[str, ...]


def policies(project: Project, bundle: Bundle, public_path: str, *, nonce: bool) -> tuple[Policy, ...]:
    """The policy for each way to install a bundle of the project, which is served at ``public_path``.

    With ``nonce`` the page's nonce allows scripts where it reaches them, in place of hashes and addresses.
    """
    sdk = _source(project.sdk_address)
    requests = _KNOWN if is_known(project) else {}
    security = project.plugin.security
    # A nonce is handed on to the SDK's script by plugin.security alone.
    sdk_sources = (NONCE,) if nonce and security else (sdk,)
    made: list[Policy] = []
    for name in bundle.formats:
        for file, sources in _scripts(FORMATS[name], bundle, _source(public_path), nonce=nonce):
            scripts = tuple(dict.fromkeys((*sources, *sdk_sources)))
            types = (TRUSTED_TYPES,) if security else ()
            made.append(Policy(name, file, {"script-src": scripts, **requests}, types))
    return tuple(made)


def is_known(project: Project) -> bool:
    """Whether the SDK is the one whose own requests are publicly known."""
    return project.sdk_address == DEFAULT_REGIONS["us"]


def _scripts(form: Format, bundle: Bundle, served: str, *, nonce: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The files of which a page chooses one, and what allows the plugin's own scripts."""
    for file, text in form.fragments.items():
        inline = bundle[file].policy
        assert inline, "a fragment begins with a script"
        if nonce:
            yield file, (NONCE,)
        else:
            yield file, (inline, served) if "{element}" in text else (inline,)
    if form.types:  # a module, which is a part of the site's own scripts
        yield form.minified, ()
    elif form.host is SEGMENT_LOADER:  # which gives the script that it adds no nonce
        yield form.minified, (served,)
    elif not form.fragments:
        yield form.minified, (NONCE,) if nonce else (served,)


def _source(address: str) -> str:
    """The source for ``script-src`` that allows what is at an address: its origin, or the page's own."""
    if address.startswith("/"):
        return "'self'"
    from ada_url import URL  # noqa: PLC0415 - imported late, as in addresses.py

    return URL(address).origin
