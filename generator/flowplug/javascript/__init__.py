"""JavaScript as a tree of expressions and statements, and the one place that writes it as text.

Nothing from a project file reaches the output except through :func:`write`. What it writes is ASCII and
valid ES2015, is inert inside an HTML ``<script>`` element, and means the same in sloppy and in strict mode.
"""

from .tree import (
    Array,
    Arrow,
    Assign,
    Binary,
    Body,
    Call,
    Chain,
    Comment,
    Conditional,
    Const,
    Evaluate,
    Expression,
    If,
    JsonValue,
    Let,
    Member,
    Name,
    Node,
    Object,
    Pattern,
    Shorthand,
    Statement,
    Throw,
    Try,
    Unary,
    Undefined,
    Value,
    Wildcards,
    balanced,
    chain,
    variables,
)
from .wildcards import first_match, fold
from .writer import MAX_SAFE_INTEGER, number_text, write

MAX_PARTS = 50
"""The most parts that a path may have: far more than any event has levels."""

__all__ = [
    "MAX_PARTS",
    "MAX_SAFE_INTEGER",
    "Array",
    "Arrow",
    "Assign",
    "Binary",
    "Body",
    "Call",
    "Chain",
    "Comment",
    "Conditional",
    "Const",
    "Evaluate",
    "Expression",
    "If",
    "JsonValue",
    "Let",
    "Member",
    "Name",
    "Node",
    "Object",
    "Pattern",
    "Shorthand",
    "Statement",
    "Throw",
    "Try",
    "Unary",
    "Undefined",
    "Value",
    "Wildcards",
    "balanced",
    "chain",
    "first_match",
    "fold",
    "number_text",
    "variables",
    "write",
]
