"""The demo's plugin: built when it is asked for, and again when the project file has changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

import flowplug
from flowplug.project import RudderStack

from .rudderstack import DESTINATION_ID

FORMAT_NAMES = ("script", "module", "rudderstack")
"""The formats that pages can have."""

SERVED_AT = "/plugin/"
"""The folder that the plugin's files are in, as browsers see it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A project and the plugin that was made of it."""

    project: flowplug.Project
    bundle: flowplug.Bundle


class FreshPlugin:
    """The plugin of one project file, with ``key`` in place of the file's where there is one."""

    def __init__(self, project_file: Path, key: str | None) -> None:
        self._file = project_file
        self._key = key
        self._lock = threading.Lock()
        self._built: dict[str, tuple[int, Built]] = {}

    def get(self, sdk_url: str) -> Built:
        """The plugin that loads the SDK from ``sdk_url``, as the project file is now.

        Raises flowplug.FlowplugError where the project file has errors.
        """
        with self._lock:
            changed = self._file.stat().st_mtime_ns
            known = self._built.get(sdk_url)
            if known is None or known[0] != changed:
                known = self._built[sdk_url] = (changed, self._build(sdk_url))
            return known[1]

    def _build(self, sdk_url: str) -> Built:
        project = flowplug.load(self._file)
        settings, sdk = project.settings, project.sdk
        if self._key is not None:
            settings = replace(settings, project_api_key=self._key)
        sdk = replace(sdk, regions={**sdk.regions, str(settings.region): sdk_url})
        # The only destination that the demo's RudderStack knows.
        host = RudderStack(destination_id=DESTINATION_ID)
        project = replace(project, settings=settings, sdk=sdk, rudderstack=host)
        return Built(project, flowplug.build(project, formats=FORMAT_NAMES, public_path=SERVED_AT, debug=True))
