"""The digest of a project, by which a plugin on a page is known to be of this build or of another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import msgspec

from ..project import Project
from .rules import Rule


def digest_of(project: Project, rules: Iterable[Rule]) -> str:
    """The first 32 bits of the SHA-256 of what a project says, in hexadecimal.

    It is of the options that are not as preset, and of the enabled subscriptions: the same for all formats and
    machines, whatever the order of the keys, and in a later release that has more options. It is not of the API
    key and of RudderStack's ID of the destination, by which environments differ.
    """
    tables = {name: getattr(project, name) for name in ("sdk", "plugin", "consent")}
    said = {name: _options(table) for name, table in tables.items() if table}
    calls = [(rule.subscription.partner_action, rule.subscription.subscribe, rule.fields) for rule in rules]
    names = [rule.subscription.name for rule in rules]
    content = json.dumps([project.sdk_address, said, names, calls])  # in ASCII, also what no encoding has
    return hashlib.sha256(content.encode("ascii")).hexdigest()[:8]


def _options(table: msgspec.Struct) -> dict[str, object]:
    """The options that are not as preset; a table of theirs in order."""
    values = {field.name: getattr(table, field.name) for field in msgspec.structs.fields(table)}
    presets = {field.name: field.default for field in msgspec.structs.fields(table)}
    return {
        name: sorted(value.items()) if isinstance(value, dict) else value
        for name, value in values.items()
        if value != presets[name] and value != {}
    }
