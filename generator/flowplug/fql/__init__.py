"""Triggers: Segment's subscription language (FQL), read, folded for a type of event, and compiled.

The meaning is that of ``@segment/destination-subscriptions`` 3.37 with ``@segment/fql-ts`` 1.10. Its parser is no
grammar: it walks over a flat list of tokens. So a trigger is read twice here: once by a strict grammar, which
finds what is malformed and what was meant, and once as Segment walks over it. The second reading is compiled;
where the two differ, that is a warning.
"""

from __future__ import annotations

from .compiling import compile_reason, compile_tree, split_event_names
from .errors import FqlError
from .folding import decide_text, fold, fold_with
from .reading import Trigger, parse
from .tree import Condition, Folded, Tree, canonical, conditions

__all__ = [
    "Condition",
    "Folded",
    "FqlError",
    "Tree",
    "Trigger",
    "canonical",
    "compile_reason",
    "compile_tree",
    "conditions",
    "decide_text",
    "fold",
    "fold_with",
    "parse",
    "split_event_names",
]
