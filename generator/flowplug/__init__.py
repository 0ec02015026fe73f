"""flowplug compiles one project file into the 1Flow plugin for Analytics.js.

>>> import flowplug
>>> project = flowplug.load({"settings": {"projectApiKey": "oneflow_sandbox_ZmxvdzE="}})
>>> bundle = flowplug.build(project)
>>> bundle["1flow.min.js"].content.startswith(b"/*! 1Flow plugin for Analytics.js")
True
"""

from .bundle import Asset, Bundle, build
from .errors import FlowplugError, OutsideError, Problem, ProjectError, UsageError
from .plan import check
from .project import Plugin, Project, Sdk, Settings, Subscription
from .reading import load

__all__ = [
    "Asset",
    "Bundle",
    "FlowplugError",
    "OutsideError",
    "Plugin",
    "Problem",
    "Project",
    "ProjectError",
    "Sdk",
    "Settings",
    "Subscription",
    "UsageError",
    "build",
    "check",
    "load",
]
