"""flowplug compiles one project file into the 1Flow plugin for Analytics.js.

>>> import flowplug
>>> project = flowplug.load({"settings": {"projectApiKey": "oneflow_sandbox_ZmxvdzE="}})
>>> bundle = flowplug.build(project)
>>> bundle["1flow.min.js"].content.startswith(b"/*! flowplug ")
True
"""

# Nothing is imported before it is asked for, not even typing: the command imports this package first, must start
# at once, and can catch Ctrl-C only from then on. Type checkers take this name for typing's.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from .bundle import Asset, Bundle, build
    from .errors import FlowplugError, OutsideError, Problem, ProjectError, UsageError
    from .plan import check
    from .project import (
        Allowed,
        Build,
        Consent,
        Defaults,
        Mappings,
        Plugin,
        Privacy,
        Project,
        RudderStack,
        Sdk,
        Settings,
        Subscription,
    )
    from .reading import load

__version__ = "0.1.0"

__all__ = [
    "Allowed",
    "Asset",
    "Build",
    "Bundle",
    "Consent",
    "Defaults",
    "FlowplugError",
    "Mappings",
    "OutsideError",
    "Plugin",
    "Privacy",
    "Problem",
    "Project",
    "ProjectError",
    "RudderStack",
    "Sdk",
    "Settings",
    "Subscription",
    "UsageError",
    "build",
    "check",
    "load",
]

if not TYPE_CHECKING:
    _MODULES = ("errors", "project", "reading", "plan", "bundle")  # lower ones first

    def __getattr__(name):
        if name in __all__:
            from importlib import import_module  # noqa: PLC0415 - see above

            for module in _MODULES:
                found = vars(import_module(f"{__name__}.{module}")).get(name)
                if found is not None:
                    globals()[name] = found
                    return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
