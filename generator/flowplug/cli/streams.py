"""Standard output and standard error, whatever they are connected to."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO


def escape_unencodable() -> None:
    r"""From now on, print as ``\u2192`` what a stream's encoding does not have, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write to standard output. Raises OSError where it is closed or refuses."""
    if sys.stdout is None:  # Python's word for a file descriptor that was closed when it started
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    sys.stdout.write(text)


def flush() -> None:
    """Write what is still in memory, while the command can still say that this failed. Raises OSError."""
    sys.stdout.flush()


def complain(line: str) -> None:
    """Write a line to standard error, or nothing where that is closed or refuses: there is nobody left to tell."""
    complain_with(lambda file: print(line, file=file))


def complain_with(show: Callable[[Any], object]) -> None:
    """Let something show itself on standard error; see :func:`complain`."""
    if sys.stderr is not None:
        try:
            show(sys.stderr)
            sys.stderr.flush()
        except OSError:
            abandon(sys.stderr)


def abandon(stream: TextIO | None) -> None:
    """Give up a stream that has refused: what is still in memory must not fail once more at exit."""
    with suppress(OSError):  # no file at all
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
