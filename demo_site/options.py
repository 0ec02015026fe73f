"""How the demo's pages are put together: chosen by query parameters, remembered in cookies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, get_args, get_type_hints

from flask import Response

from flowplug.standin import Generation

Setup: TypeAlias = Literal[
    "inline", "async", "module", "rudderstack", "snippet", "loaded", "npm", "first", "first-npm"
]
BuildName: TypeAlias = Literal["debug", "shipped"]
Switch: TypeAlias = Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class Options:
    """The choices a tester has.

    ``setup``: which host the page has, and how the plugin comes to it; ``build``: the debug build of the plugin,
    whose steps the inspector shows, or the files that ship; ``generation``: of the stand-in SDK's API;
    ``capture``: session capture, as 1Flow has it for the project; ``integrations``: ``off`` makes every call on
    the page opt out of the plugin, under the name that the host has for it.
    """

    setup: Setup = "inline"
    build: BuildName = "debug"
    generation: Generation = "methods"
    capture: Switch = "on"
    integrations: Switch = "on"

    @classmethod
    def read(cls, query: Mapping[str, str], cookies: Mapping[str, str]) -> Options:
        """The options asked for, else those remembered; a value that is no choice counts as none."""
        chosen = {
            name: value
            for name, choices in CHOICES.items()
            for source in (cookies, query)
            if (value := source.get(name)) in choices
        }
        return cls(**chosen)  # type: ignore[arg-type]  # CHOICES holds nothing else

    def remember(self, response: Response) -> None:
        """Set the cookies that :meth:`read` takes the remembered options from."""
        for name in CHOICES:
            response.set_cookie(name, getattr(self, name), samesite="Lax")


CHOICES: Mapping[str, tuple[str, ...]] = {
    field.name: get_args(get_type_hints(Options)[field.name]) for field in fields(Options)
}
"""The values that each option may have, the preset one first."""
