"""Mappings: Segment's directives, checked when the plugin is built, and compiled to expressions.

The meaning is that of the mapping kit in ``@segment/actions-core`` 3.170 (``transform``), except where
docs/fidelity.md says otherwise. What the mapping kit does at its end, copying all data and taking out what is
undefined, is done here where the data comes in: objects of the mapping need no copy.
"""

from .fields import canonical, compile_fields, field_problems, field_readings
from .flows import Flow, Way, field_flows
from .paths import Parts, Reading, split_path
from .payload import Payload, Read, chained_read, helper
from .slips import slips
from .values import ROOT_DIRECTIVE, SHORT_FORMS, JsonObject, directive_name, is_directive, kind_of

__all__ = [
    "ROOT_DIRECTIVE",
    "SHORT_FORMS",
    "Flow",
    "JsonObject",
    "Parts",
    "Payload",
    "Read",
    "Reading",
    "Way",
    "canonical",
    "chained_read",
    "compile_fields",
    "directive_name",
    "field_flows",
    "field_problems",
    "field_readings",
    "helper",
    "is_directive",
    "kind_of",
    "slips",
    "split_path",
]
