"""Runs the tests of one mutant after another, each in a fork of this process.

A fork starts with pytest and the other libraries loaded, which takes longer than most tests do. It must be made
before the package is imported: the package loads a minifier written in Go, which does not survive a fork.

Standard input has a ``Job`` a line, as JSON; standard output has an ``Outcome`` for each.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import suppress

import click.testing
import hypothesis
import jinja2
import msgspec
import pytest
import quickjs
import rich.table
import yaml

from .tests import OPTIONS

_LOADED_EARLY = (click.testing, hypothesis, jinja2, quickjs, rich.table, yaml)

CPU_SECONDS = 5
"""A test may take this long, and ten times what it takes without a change: then it does not end."""
WALL_SECONDS = 120
MEMORY = 4 << 30
"""Bytes of address space; Go's runtime reserves more than it uses."""


class Job(msgspec.Struct, frozen=True):
    """The tests to run, in this order, and the seconds that each takes."""

    tests: dict[str, float]


class Outcome(msgspec.Struct, frozen=True):
    """What noticed the mutant: a test, ``"import"`` or ``"limit"`` (of time or memory); ``""`` if nothing did."""

    noticed_by: str


class _Chosen:
    """A plugin of pytest that runs some tests, each within limits, until one fails."""

    def __init__(self, tests: dict[str, float], pipe: int) -> None:
        self.tests = tests
        self.pipe = pipe

    def pytest_sessionstart(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # a failure is not shrunk
        hypothesis.settings.register_profile("mutants", hypothesis.settings(), phases=phases, database=None)
        hypothesis.settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        by_id = {item.nodeid: item for item in items}
        items[:] = [by_id[test] for test in self.tests if test in by_id]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS + 10 * self.tests[nodeid])
        signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self.pipe, report.nodeid.encode())


def run(job: Job) -> Outcome:
    """Run the tests of one job in a fork."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run_here(job, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        noticed_by = pipe.read()
    _, status = os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests have left running
    if os.WIFSIGNALED(status):
        return Outcome("limit")
    if os.WEXITSTATUS(status) in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED}:
        sys.exit(f"error: no such tests: {job.tests}")
    return Outcome(noticed_by or ("import" if status else ""))


def _run_here(job: Job, pipe: int) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    files = dict.fromkeys(test.partition("::")[0] for test in job.tests)
    rewriting = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # of hypothesis, which is loaded early
    arguments = [*files, "--exitfirst", *OPTIONS, *rewriting]
    status = 3
    try:
        status = pytest.main(arguments, plugins=[_Chosen(job.tests, pipe)])
    finally:
        os._exit(status)


def main() -> None:
    """Answer each job. Python's path and the working folder are those of a copy of the checkout."""
    assert "flowplug" not in sys.modules
    for line in sys.stdin:
        print(msgspec.json.encode(run(msgspec.json.decode(line, type=Job))).decode(), flush=True)


if __name__ == "__main__":
    main()
