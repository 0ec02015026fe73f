"""Rendering: a plan becomes the text of the plugin, through the templates of its format.

Templates hold JavaScript with holes, and one-line conditions. Three rules keep them readable:

- A hole that is filled with nothing (None, an empty text, a condition that does not hold) vanishes with a space
  before it; where it is alone in its line, or before a semicolon, the line vanishes.
- A hole that is filled with whole lines, by a macro, is not followed by an empty one.
- Several empty lines in a row are one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from textwrap import indent

import jinja2
import msgspec
from jinja2.runtime import Context

from . import __version__, helpers, javascript
from .control import Control
from .facts import facts_of
from .formats import SCRIPT
from .hosts import Host
from .javascript import Array, Chain, Expression, JsonValue, Name, Node, Value
from .plan import Plan, Program
from .plan.code import CompiledCode, compile_code
from .plan.reasons import compile_reasons
from .project import ACTIONS, PLUGIN_NAME, ActionName
from .resources import resource_dir
from .template_cache import TemplateCache

_NOTHING, _HELPERS = "\0", "\1"
"""Stand where a hole is filled with nothing, and where the helpers come, until the text is whole.

No template and no value holds them.
"""


def render(
    plan: Plan,
    template: Path = SCRIPT.template,
    host: Host = SCRIPT.host,
    *,
    debug: bool = False,
    balanced: bool = False,
) -> str:
    """The text that a template makes of a plan for a host, in ASCII: the readable plugin (ES2015), or its types.

    With ``debug`` it also logs every step, on the console and as DOM events. With ``balanced`` it is for a parser
    that allows few levels (:func:`flowplug.javascript.balanced`).
    """
    plan = msgspec.structs.replace(
        plan, plugin=msgspec.structs.replace(plan.plugin, **dict.fromkeys(host.lacks, False))
    )

    def code_of(program: Program) -> CompiledCode:
        code = compile_code(program.hooks, program.tables, traced=True) if debug else program.code
        return code.balanced() if balanced else code

    code = code_of(plan.programs[host])
    used = code.variables
    facts = facts_of(plan, host, used, debug=debug)

    def code_by_action() -> list[tuple[ActionName, CompiledCode]]:
        codes = ((action, code_of(plan.program(host, action))) for action in ACTIONS)
        return [(action, code) for action, code in codes if code.handlers]

    text = _fill_in(
        template,
        name=PLUGIN_NAME,
        version=__version__,
        digest=plan.digest,
        alternative_names=Array(tuple(map(_alternative_name, facts.actions))),
        api_key=plan.api_key,
        destination_id=plan.destination_id,
        sdk_address=plan.sdk_address,
        control=Control(plan),
        sdk=plan.sdk,
        plugin=plan.plugin,
        privacy=plan.privacy,
        debug=debug,
        facts=facts,
        count=facts.count,
        tell=facts.tell,
        wait=facts.wait,
        code=code,
        declarations=code.declarations,
        code_by_action=code_by_action,
        reasons=compile_reasons(plan.trees if debug else (), host),
        placeholder="",
        helpers=_HELPERS,
    )
    if _HELPERS in text:
        sources = helpers.cut(used | helpers.called(text))
        text = text.replace(_HELPERS, indent("\n\n".join(sources), "  ") or _NOTHING)
    return _tidy(text)


def _alternative_name(action: ActionName) -> Expression:
    """The name by which pages switch an action off: at Segment, each is a destination of its own."""
    return Chain("+", (Name("NAME"), Value(f" {action}")))


def render_text(template: str, **values: object) -> str:
    """The text of one of flowplug's templates. Raises jinja2.UndefinedError for a value that is missing."""
    return _tidy(_fill_in(resource_dir("templates") / template, **values))


def _fill_in(template: Path, **values: object) -> str:
    return _environment(template.parent).get_template(template.name).render(values)


@cache
def _environment(folder: Path) -> jinja2.Environment:
    """The environment of the templates in a folder, which may include flowplug's own."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, resource_dir("templates")]),
        bytecode_cache=TemplateCache(folder, settings=Path(__file__).read_bytes()),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is JavaScript; the js filter writes every value
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        finalize=_fill,
    )
    environment.filters["js"] = _js
    return environment


@jinja2.pass_context  # so that nothing it writes becomes part of a compiled template, which is kept
def _js(_: Context, value: Node | JsonValue, indent: int = 0) -> str:
    return javascript.write(value if isinstance(value, Node) else Value(value), indent)


def _fill(value: object) -> str:
    return _NOTHING if value is None else str(value).removesuffix("\n") or _NOTHING


def _tidy(text: str) -> str:
    text = re.sub(rf"\n *{_NOTHING};?(?=\n)", "", text)
    text = text.replace(f" {_NOTHING}", "").replace(_NOTHING, "")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text
