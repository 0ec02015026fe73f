"""YAML: a safe loader that refuses what loses or multiplies data, or takes for ever."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import yaml

from ..errors import quote

MAX_NUMBER_LENGTH = 100
"""Characters. YAML reads 1:30 as a number to the base of 60, in time by the square of its length."""

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A key that a mapping has already."""


class _Constructor(yaml.constructor.SafeConstructor):
    """Safe YAML that refuses a key given twice, which PyYAML would lose, and merges, which multiply."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                if key.tag == "tag:yaml.org,2002:merge":
                    raise yaml.MarkedYAMLError(problem="merges (<<) are not read", problem_mark=key.start_mark)
                if key.value in seen:
                    problem = f"key {quote(key.value)} appears twice in one mapping"
                    raise RepeatedKeyError(problem=problem, problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag in _NUMBERS and len(node.value) > MAX_NUMBER_LENGTH:
            problem = f"a number of more than {MAX_NUMBER_LENGTH} characters; put it in quotes"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            problem = "a value does not fit the tag (!!…) that it has"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None


class _PatientLoader(_Constructor, yaml.SafeLoader):
    """With PyYAML's own parser."""


if TYPE_CHECKING or yaml.__with_libyaml__:

    class _FastLoader(_Constructor, yaml.CSafeLoader):
        """With libyaml's parser."""

else:
    _FastLoader = _PatientLoader


def loader_of(text: str) -> type[yaml.CSafeLoader | yaml.SafeLoader]:
    """The loader to read a text with.

    JSON is YAML, and escapes what is beyond U+FFFF as two halves of a surrogate pair, which libyaml refuses.
    """
    return _PatientLoader if re.search(r"\\u[Dd][89A-Fa-f]", text) else _FastLoader
