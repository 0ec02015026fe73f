"""The tracking plan: which events a site means to send, and whether a project asks for others.

A plan is JSON: a tracking plan from Segment's Protocols, or a JSON Schema. docs/tracking-plan.md explains it.
"""

from __future__ import annotations

from .findings import check_plan
from .shapes import read_plan

__all__ = ["check_plan", "read_plan"]
