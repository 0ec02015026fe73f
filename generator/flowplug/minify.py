"""Minifying a plugin, with every string literal kept as :mod:`flowplug.javascript` wrote it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

import minify

# Once, since the minifier has no mimetypes while it is configured.
minify.config({"js-version": 2015})
_LOCK = threading.Lock()


class TooDeepError(Exception):
    """The source is nested more deeply than the minifier can read."""


# Fixed text that a pattern begins with is searched for at once, so what may not be before it comes after it.
_CONST = re.compile(r"const (?<![\w$.]const )(?=[\w$\[{])")
_UNDEFINED = re.compile(r"0\[0\](?<![\w$.]0\[0\])")

_PLAIN_TEXT = re.compile(r'"(?![0-9+.-])(?!.*const )[^\\`$\[]*"')
"""A literal that the minifier leaves alone, and in which nothing looks like a declaration."""


def minified(source: str) -> str:
    """The same program in fewer bytes, ES2015 still.

    ``source`` is text of this project's own writing: string literals are in double quotes, which are used for
    nothing else but in comments that begin with ``//``. Raises TooDeepError.
    """
    shielded, literals = _shield(source)
    # Nothing assigns to a constant: where all declarations are of one kind, more of them are joined into one.
    declared_alike = _CONST.sub("let ", shielded)
    with _LOCK:  # The minifier is one for all threads.
        try:
            smaller = minify.string("application/javascript", declared_alike)
        except minify.MinifyError as error:  # What it reads is right, so all that can be is too much.
            raise TooDeepError(str(error).partition(" on line ")[0]) from None
    # The minifier's name for undefined is a property of a number, which engines look up anew each time.
    smaller = _UNDEFINED.sub("void 0", smaller)
    # It also moves a comment out of the export, where a bundler keeps it even for a site that drops the export.
    smaller = re.sub(r"^(/\*!.*?\*/)export default ", r"export default \1", smaller)
    return _unshield(smaller, literals) + "\n"


def _shield(source: str) -> tuple[str, Mapping[str, str]]:
    """Hide string literals from a minifier that would change them, and from what is done to code here.

    The minifier decodes escapes, and takes the quotes off a key that looks like a number, which may round it.
    Returns the source with a plain token in the place of each such literal, and the literals by token;
    ``_unshield`` puts them back.
    """
    literals: dict[str, str] = {}
    prefix = "-lit"
    while prefix in source:
        prefix += "-"

    def hide(match: re.Match[str]) -> str:
        text = match.group()
        if _PLAIN_TEXT.fullmatch(text):
            return text
        token = f"{prefix}{len(literals)}-"
        literals[token] = text
        return f'"{token}"'

    return re.sub(r'"(?:[^"\\\n]|\\.)*"', hide, source), literals


def _unshield(source: str, literals: Mapping[str, str]) -> str:
    """The reverse of ``_shield``, whatever quotes the minifier chose, and whatever code it found dead.

    Raises ValueError if a literal has become part of another one.
    """
    if not literals:
        return source
    tokens = "|".join(map(re.escape, literals))
    rest = re.sub(rf"([\"'`])({tokens})\1", "", source)
    if re.search(tokens, rest):
        raise ValueError("the minifier changed a string literal")
    return re.sub(rf"([\"'`])({tokens})\1", lambda match: literals[match.group(2)], source)
