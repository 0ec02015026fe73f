"""``python -m tools.mutants --sample 300 --seed 1``: check that the tests notice small changes to the compiler.

Results are kept in ``.mutants``, so that a run that was stopped goes on. A mutant that was noticed is not run
again while its module is as it was; one that survived is run again when anything has changed. ``--fresh`` forgets
all.

Fails if fewer than 95 % are noticed, or if one survives that ``survivors.toml`` does not list with a reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import msgspec

from .mutations import Mutant, mutants, mutate
from .tests import FILES, Measured
from .worker import Job, Outcome

ROOT = Path(__file__).parents[2]
PACKAGE = Path("generator", "flowplug")
LEAST = 95
"""Percent of the mutants that must be noticed."""

STATE = ROOT / ".mutants"
SURVIVORS = Path(__file__).with_name("survivors.toml")


class Survivor(msgspec.Struct, frozen=True):
    """A mutant that no test can notice, or that none needs to, and why."""

    module: str
    before: str
    after: str
    reason: str
    function: str = ""
    nth: int = 0

    def is_of(self, mutant: Mutant) -> bool:
        """Whether this is the mutant."""
        mine = (self.module, self.function, self.before, self.after, self.nth)
        return mine == (mutant.module, mutant.function, mutant.before, mutant.after, mutant.nth)


class _Result(msgspec.Struct, frozen=True):
    """What became of a mutant: ``mutant`` is a digest of its source, ``state`` of the whole checkout."""

    mutant: str
    state: str
    noticed_by: str


class Results:
    """What earlier runs have found, in a file with one result a line."""

    def __init__(self, path: Path, state: str) -> None:
        self._path = path
        self._state = state
        lines = path.read_bytes().splitlines() if path.exists() else []
        known = (msgspec.json.decode(line, type=_Result) for line in lines)
        self._known = {item.mutant: item for item in known if item.noticed_by or item.state == state}

    def __contains__(self, mutant: str) -> bool:
        return mutant in self._known

    def __getitem__(self, mutant: str) -> str:
        """What noticed the mutant, or ``""``."""
        return self._known[mutant].noticed_by

    def add(self, mutant: str, noticed_by: str) -> None:
        """Keep a result."""
        self._known[mutant] = _Result(mutant, self._state, noticed_by)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(self._known[mutant]) + b"\n")


class Worker:
    """A copy of the checkout, and a process that runs tests in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.mutants.worker"],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, module: str, source: str, tests: dict[str, float]) -> str:
        """Run tests of the package with another source of one module; return what noticed, or ``""``."""
        path = self._folder / PACKAGE / module
        original = path.read_bytes()
        try:
            _replace(path, source.encode())
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(msgspec.json.encode(Job(tests)) + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            _replace(path, original)
        return msgspec.json.decode(answer, type=Outcome).noticed_by

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _replace(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()  # two mutants may have one size and one time


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{folder / 'generator'}{os.pathsep}{folder}"}


def main(arguments: Sequence[str] | None = None) -> str | None:
    """Run a sample; return what is wrong."""
    options = _options(arguments)
    if options.fresh:
        shutil.rmtree(STATE, ignore_errors=True)
    paths = files()
    state = _digest(paths)
    workers = [STATE / f"copy-{number}" for number in range(options.jobs)]
    for folder in workers:
        copy(paths, folder)
    measured = _measured(workers[0], state)
    sources = {path.relative_to(ROOT / PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in mutated()}
    everything = [mutant for module, source in sources.items() for mutant in mutants(source, module)]
    chosen = [mutant for mutant in everything if mutant.module.startswith(options.only)]
    sample = chosen
    if options.sample != "all":
        sample = random.Random(options.seed).sample(chosen, min(int(options.sample), len(chosen)))
    results = Results(STATE / "results.jsonl", state)
    print(f"{len(sample)} of {len(chosen)} mutants", flush=True)
    noticed = dict(_run(sample, sources, measured, results, workers))
    return _report(noticed, everything)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--sample", default="300", help="how many, or all")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--only", default="", metavar="MODULE", help="of these modules, such as fql/ or files.py")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fresh", action="store_true", help="forget the results of earlier runs")
    return parser.parse_args(arguments)


def files() -> list[Path]:
    """The files of the checkout, by their paths in it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (Path(name) for name in listed.split("\0") if name)
    return sorted(path for path in paths if (ROOT / path).is_file())


def _digest(paths: Iterable[Path]) -> str:
    """Of all that decides what a test finds."""
    digest = hashlib.sha256()
    for path in paths:
        if ROOT / path != SURVIVORS:
            digest.update(f"{path}\0".encode() + hashlib.sha256((ROOT / path).read_bytes()).digest())
    return digest.hexdigest()


def copy(paths: Iterable[Path], folder: Path) -> None:
    """Copy these files of the checkout, for a worker."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / path)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")


def survivors() -> list[Survivor]:
    """What ``survivors.toml`` lists."""
    return msgspec.toml.decode(SURVIVORS.read_bytes(), type=dict[str, list[Survivor]])["survivors"]


def _measured(folder: Path, state: str) -> Measured:
    """Which tests run which lines; measured once for each state of the checkout."""
    path = STATE / f"tests-{state[:16]}.json"
    if not path.exists():
        print("measuring which tests run which lines", flush=True)
        for earlier in STATE.glob("tests-*.json"):  # hundreds of megabytes each
            earlier.unlink()
        command = (sys.executable, "-m", "tools.mutants.tests", path)
        if subprocess.run(
            command, cwd=folder, env=_environment(folder), stdout=sys.stderr, check=False
        ).returncode:
            sys.exit("error: the tests fail without any change")
    return msgspec.json.decode(path.read_bytes(), type=Measured)


def mutated() -> Iterator[Path]:
    """The files that are mutated."""
    for name in FILES:
        folder = ROOT / PACKAGE / name
        yield from sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def _run(
    sample: Sequence[Mutant],
    sources: dict[str, str],
    measured: Measured,
    results: Results,
    folders: Sequence[Path],
) -> Iterator[tuple[Mutant, str]]:
    """What noticed each mutant of the sample, or ``""``."""
    idle: Queue[Worker] = Queue()
    for folder in folders:
        idle.put(_proven(Worker(folder), sources, measured))

    def outcome(mutant: Mutant) -> str:
        source = mutate(sources[mutant.module], mutant.index)
        key = hashlib.sha256(f"{mutant.module}\0{source}".encode()).hexdigest()[:24]
        if key not in results:
            tests = measured.of(mutant.module, mutant.lines)
            worker = idle.get()
            try:
                found = worker.run(mutant.module, source, tests)
            finally:
                idle.put(worker)
            results.add(key, found)
        return results[key]

    with ThreadPoolExecutor(len(folders)) as pool:
        for number, (mutant, noticed_by) in enumerate(zip(sample, pool.map(outcome, sample), strict=True), 1):
            if not noticed_by:
                print(f"survived: {mutant}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(sample)}", flush=True)
            yield mutant, noticed_by
    while not idle.empty():
        idle.get().close()


def _proven(worker: Worker, sources: dict[str, str], measured: Measured) -> Worker:
    """The worker, which has seen that its tests pass without any change: else every mutant would be noticed."""
    module, source = next(iter(sources.items()))
    quickest = list(measured.of(module, (1, source.count("\n"))).items())[:100]
    spawning = {test: measured.seconds[test] for test in measured.spawning}  # of which the limits may be too low
    noticed_by = worker.run(module, source, {**dict(quickest), **spawning})
    if noticed_by:
        sys.exit(f"error: noticed without any change: {noticed_by}")
    return worker


def _report(noticed: dict[Mutant, str], everything: Sequence[Mutant]) -> str | None:
    """Print the figures and the survivors that are not listed; return what is wrong."""
    listed = survivors()
    for module in sorted({mutant.module for mutant in noticed}):
        outcomes = [noticed_by for mutant, noticed_by in noticed.items() if mutant.module == module]
        print(f"{module:24}{len(outcomes):6}  noticed {sum(map(bool, outcomes)):6}")
    wrong = []
    share = 100 * sum(map(bool, noticed.values())) / len(noticed)
    print(f"{share:.1f} % noticed")
    if share < LEAST:
        wrong.append(f"fewer than {LEAST} % are noticed")
    unlisted = [
        mutant for mutant, by in noticed.items() if not by and not any(item.is_of(mutant) for item in listed)
    ]
    for mutant in unlisted:
        print(_entry(mutant))
    if unlisted:
        wrong.append(f"{len(unlisted)} survive that {SURVIVORS.name} does not list")
    for item in listed:
        same = next(filter(item.is_of, everything), None)
        if same is None:
            wrong.append(f"{SURVIVORS.name}: no such mutant: {item.module}: {item.before} -> {item.after}")
        elif noticed.get(same):
            print(f"{SURVIVORS.name}: listed, but noticed by {noticed[same]}: {same}")
    return "\n".join(f"error: {item}" for item in wrong) or None


def _entry(mutant: Mutant) -> str:
    """A survivor as a table of TOML, for a reason to be written."""
    lines = [f"\n[[survivors]]  # line {mutant.lines[0]}", f"module = {json.dumps(mutant.module)}"]
    if mutant.function:
        lines.append(f"function = {json.dumps(mutant.function)}")
    lines += [f"before = {json.dumps(mutant.before)}", f"after = {json.dumps(mutant.after)}"]
    if mutant.nth:
        lines.append(f"nth = {mutant.nth}")
    return "\n".join([*lines, 'reason = ""'])


if __name__ == "__main__":
    sys.exit(main())
