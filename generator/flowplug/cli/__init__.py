"""The ``flowplug`` command: each command has a module of its own, which is loaded when it is called.

:mod:`.root` lists the commands. A command returns a :class:`.results.Result`, and :mod:`.command` prints it.
"""

import sys

__all__ = ["main"]

try:
    from .root import root as main
except KeyboardInterrupt:  # Ctrl-C while click is imported
    sys.exit(130)
except RuntimeError as error:  # how Python before 3.12 passes it on from a class that is being made
    if isinstance(error.__cause__, KeyboardInterrupt):
        sys.exit(130)
    raise
