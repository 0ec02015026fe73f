"""Preview: which calls an event becomes, and why not. The file that ships runs in QuickJS, without a browser."""

from .engine import Generation, Preview, previewed_project
from .result import Answer, Entry, Explanation

__all__ = ["Answer", "Entry", "Explanation", "Generation", "Preview", "previewed_project"]
