"""Rendering: a plan becomes the text of the plugin, through one Jinja2 template."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version

import jinja2

from . import javascript
from .javascript import JsonValue, Literal, Node
from .plan import Plan
from .plan.code import compile_code
from .project import ACTIONS
from .resources import resource_dir

PLUGIN_NAME = "1Flow Web (Actions)"
"""The destination's name in Segment; pages switch it off by this name."""


_NORMAL_ADDRESS = re.compile(
    r"https://(?:[a-z0-9-]+\.)+[a-z]{2,}(?::(?!443/)[1-9][0-9]{0,4})?(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]*)+"
)
"""An address that a browser's URL parser gives back as it is (WHATWG URL); others are resolved on the page."""


def render(plan: Plan, *, debug: bool = False) -> str:
    """The readable plugin: JavaScript (ES2015, ASCII) that registers itself with Analytics.js.

    With ``debug`` it also tells every step, on the console and as DOM events.
    """
    code = compile_code(plan.hooks, plan.tables)
    return render_text(
        "plugin.js.jinja",
        name=PLUGIN_NAME,
        version=version("flowplug"),
        actions=list(ACTIONS),
        api_key=plan.api_key,
        sdk_address=plan.sdk_address,
        absolute=bool(_NORMAL_ADDRESS.fullmatch(plan.sdk_address)),
        sdk=plan.sdk,
        plugin=plan.plugin,
        debug=debug,
        code=code,
        helpers=code.variables,
    )


def render_text(template: str, **values: object) -> str:
    """The text of one of flowplug's templates. Raises jinja2.UndefinedError for a value that is missing."""
    return _template(template).render(values)


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_dir("templates")),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is JavaScript; the js filter writes every value
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["js"] = _js
    return environment.get_template(name)


def _js(value: Node | JsonValue, indent: int = 0) -> str:
    return javascript.write(value if isinstance(value, Node) else Literal(value), indent)
