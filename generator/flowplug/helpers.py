"""Helpers: the JavaScript functions that compiled code calls, cut out of ``templates/helpers.js``.

That file is plain JavaScript, written by hand. What a helper needs is computed from its text, which a test
compares with what a JavaScript parser finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

import msgspec

from .resources import resource_dir

_DECLARATION = re.compile(r"^const (\w+) =", re.MULTILINE)
_LOCAL = re.compile(r"^ +(?:const|let) (\w+)", re.MULTILINE)
# Comments, texts and regular expressions. A slash before a space would divide.
_NO_CODE = re.compile(r'//.*|"(?:[^"\\]|\\.)*"|/(?! )(?:[^/\\\[\n]|\\.|\[(?:[^\]\\]|\\.)*\])+/\w*')
# A name behind a dot is a property, but behind three of them it is a variable again.
_VARIABLE = re.compile(r"(?<![\w$])(?<!(?<!\.\.)\.)[A-Za-z_$][\w$]*")

_OBJECT_TEST = '({}).toString.call(value) !== "[object Object]"'
"""What ``copy`` asks of a value. Where another helper needs ``isObject`` anyway, it calls that instead."""


class Helper(msgspec.Struct, frozen=True):
    """A declaration with its comment, and the other helpers that it needs by itself."""

    source: str
    needs: frozenset[str]


def cut(wanted: Iterable[str]) -> tuple[str, ...]:
    """The sources of the helpers among ``wanted``, and of all that these need, in the order of the file."""
    known = helpers()
    chosen: set[str] = set()
    rest = [name for name in wanted if name in known]
    while rest:
        name = rest.pop()
        if name not in chosen:
            chosen.add(name)
            rest.extend(known[name].needs)
    sources = [helper.source for name, helper in known.items() if name in chosen]
    if "isObject" in chosen:
        sources = [source.replace(_OBJECT_TEST, "!isObject(value)") for source in sources]
    return tuple(sources)


def called(source: str) -> set[str]:
    """The names of the helpers that some JavaScript calls."""
    code = _NO_CODE.sub("", source)
    # Fixed text that a pattern begins with is searched for at once, so what may not be before it comes after it.
    return {name for name in helpers() if re.search(rf"{name}\((?<![\w$.]{name}\()", code)}


@cache
def helpers() -> Mapping[str, Helper]:
    """All helpers by name, in the order of the file."""
    text = (resource_dir("templates") / "helpers.js").read_text(encoding="ascii")
    sources: dict[str, str] = {}
    for part in re.split(r"\n\n(?=\S)", text.rstrip("\n")):
        if declared := _DECLARATION.search(part):
            sources[declared.group(1)] = part
    return {
        name: Helper(source, frozenset((_free(source) & sources.keys()) - {name}))
        for name, source in sources.items()
    }


def _free(source: str) -> set[str]:
    """The names that a declaration uses and does not declare itself."""
    code = _NO_CODE.sub("", source)
    return set(_VARIABLE.findall(code)) - set(_LOCAL.findall(code))
