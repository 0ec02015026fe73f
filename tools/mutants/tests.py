"""Which tests run which lines of the package, and how long each takes.

``python -m tools.mutants.tests FILE`` runs in a copy of the checkout, and fails if a test does.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path

import msgspec
import pytest
from coverage import Coverage

FOLDER = "tests/unit"

COMPILED = ("test_plan", "test_mappings_doc", "test_problems_doc", "test_net")

FILES = {
    "fql": ("test_fql", "test_fql_warnings", "test_mapping", "cli/test_check", *COMPILED),
    "mapping": ("test_mapping", "test_injection", "test_importer", "test_privacy", *COMPILED),
    "plan": (
        "test_fql",
        "test_mapping",
        "test_bundle",
        "test_consent",
        "test_hosts",
        "test_project",
        "test_privacy",
        "cli/test_build",
        "cli/test_check",
        *COMPILED,
    ),
    "reading": (
        "test_project",
        "test_environments",
        "test_lines",
        "test_problems_doc",
        "test_importer",
        "test_writing",
        "test_consent",
        "cli/test_check",
        "cli/test_build",
        "cli/test_environments",
        "cli/test_import",
        "cli/test_streams",
        "test_formats",
        "test_short_forms",
    ),
    "short_forms": ("test_short_forms", "test_mappings_doc", "test_problems_doc"),
    "tracking_plan": ("test_tracking_plan", "test_problems_doc"),
    "files": ("test_files", "cli/test_build", "cli/test_init", "cli/test_import"),
}
"""The modules and packages that are mutated, and the files of the tests that are for them.

Nearly every test runs nearly every module, so running all that run a line would take a minute for each mutant that
survives.
"""

OPTIONS = ("--quiet", *("-p", "no:playwright", "-p", "no:base_url", "-p", "no:cacheprovider"))


class Measured(msgspec.Struct, frozen=True):
    """The tests, by their pytest IDs.

    ``by_line`` has, for each module (as a path inside the package) and line, the tests that run it; ``spawning``
    are the tests that start a process, whose lines are not seen; ``seconds`` is what each takes.
    """

    by_line: dict[str, dict[int, list[str]]]
    spawning: list[str]
    seconds: dict[str, float]

    def of(self, module: str, lines: tuple[int, int]) -> dict[str, float]:
        """The tests that may notice a change of these lines, with their seconds, the quickest first.

        What runs only when the module is imported may matter to every test that is for it.
        """
        of_module = self.by_line.get(module, {})
        first, last = lines
        running = {test for line in range(first, last + 1) for test in of_module.get(line, ())}
        files = {f"{FOLDER}/{file}.py" for file in FILES[module.partition("/")[0].removesuffix(".py")]}
        candidates = running.union(self.spawning) if running else set(self.seconds)
        chosen = (test for test in candidates if test.partition("::")[0] in files)
        return dict(sorted(((test, self.seconds[test]) for test in chosen), key=lambda pair: (pair[1], pair[0])))


class _Recorder:
    """A plugin of pytest that sees, for each test, which lines run."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.spawning: set[str] = set()
        self.running: str | None = None
        sys.addaudithook(self._audit)

    def _audit(self, event: str, _: object) -> None:
        if event == "subprocess.Popen" and self.running:
            self.spawning.add(self.running)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        _forget_results()
        self.coverage.switch_context(item.nodeid)
        self.running = item.nodeid
        start = _seconds_used()
        result = yield
        self.seconds[item.nodeid] = round(_seconds_used() - start, 3)
        self.running = None
        return result


def _seconds_used() -> float:
    """By this process and the ones that it has waited for, however busy the machine is."""
    return sum(os.times()[:4])


def _forget_results() -> None:
    """Empty the caches of the package's functions, so that each test runs the lines that it would run alone."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "flowplug":
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


def measure() -> Measured:
    """Run the tests. Raises SystemExit if one fails."""
    package = Path("generator/flowplug").resolve()
    coverage = Coverage(data_file=None, config_file=False, include=[f"{package}/*"])
    recorder = _Recorder(coverage)
    coverage.start()
    for module in pkgutil.walk_packages([str(package)], "flowplug."):  # else a test seems to run what it imports
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    files = {f"{FOLDER}/{file}.py" for files in FILES.values() for file in files}
    status = pytest.main([*sorted(files), *OPTIONS], plugins=[recorder])
    coverage.stop()
    if status != pytest.ExitCode.OK:
        sys.exit(int(status))
    data = coverage.get_data()
    by_line = {
        Path(file).relative_to(package).as_posix(): {
            line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Measured(by_line, sorted(recorder.spawning), recorder.seconds)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(msgspec.json.encode(measure()))
