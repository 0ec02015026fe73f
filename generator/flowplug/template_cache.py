"""Compiled templates are kept, as Python keeps compiled modules: compiling them is most of the work of a build."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket


class TemplateCache(jinja2.FileSystemBytecodeCache):
    """The compiled templates of a folder, in its ``__pycache__`` (or where ``PYTHONPYCACHEPREFIX`` says).

    A template is compiled anew when it has changed, or the version of Python or of Jinja2, or ``settings``:
    whatever else decides how templates are compiled. It is also compiled anew where the file that was kept is
    damaged. Where the folder cannot be read or written, nothing is kept.
    """

    def __init__(self, folder: Path, settings: bytes) -> None:
        cache = Path(cache_from_source(str(folder / "template.py")))
        super().__init__(str(cache.parent), f"%s.{sys.implementation.cache_tag}.pyc")
        self._settings = settings + jinja2.__version__.encode()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name.replace("/", ".")

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(self._settings + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - a damaged file may make pickle and marshal raise anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                os.makedirs(self.directory, exist_ok=True)
                super().dump_bytecode(bucket)
