"""Measuring: every number is of one run, and what is compared is measured in turns."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Any, TypeAlias, TypeVar
from unittest.mock import patch

from playwright.sync_api import Error as PlaywrightError

import flowplug
from flowplug import javascript
from flowplug.bundle import MINIFIED
from flowplug.formats import FORMATS
from flowplug.minify import minified
from flowplug.plan import compile_project
from flowplug.render import render
from flowplug.writing import format_project
from tests.support.hosts import event_of

from . import chromium, projects
from .painting import painting
from .projects import Case, Json

HERE = Path(__file__).parent
MODULES = HERE.parent / "node_modules"
PACKAGES = (
    "@segment/browser-destination-runtime",
    "@segment/analytics-next",
    "@rudderstack/analytics-js",
    "analytics",
    "@segment/actions-core",
    "@segment/destination-subscriptions",
    "esbuild",
)

Side: TypeAlias = str
"""What takes turns: flowplug's script or another of its formats, by name, ``by hand`` or ``segment``."""

SCRIPT, BY_HAND, SEGMENT = "script", "by hand", "segment"

Rounds: TypeAlias = Sequence[Mapping[Side, float]]
"""Nanoseconds an event by side, in each round."""

TIMED_FORMATS = ("module", "rudderstack", "getanalytics")
"""The formats whose events are timed beside those of the script; each has its host in time.mjs."""

OTHERS = tuple(name for name, form in FORMATS.items() if not form.host.is_analytics_js)
"""The formats for other hosts than Analytics.js."""

NEEDED: Json = {"rudderstack": {"destinationId": "2abcDEF"}}
"""What formats need in a project."""

_T = TypeVar("_T")


class BenchmarkError(Exception):
    """Nothing can be measured; the message tells why."""


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds in each sweep, builds, processes, milliseconds of warm-up and batch.

    ``calls`` are made while there is no SDK; ``visits`` is how often each script is evaluated in Chromium, none of
    which is started for 0 of them; ``seconds`` is how long a page is watched there, and ``paints`` how often each
    page is painted.
    """

    sweeps: int
    rounds: int
    builds: int
    processes: int
    warm_up: float
    batch: float
    calls: int
    visits: int
    seconds: float
    paints: int


FULL = Effort(
    sweeps=5, rounds=25, builds=50, processes=25, warm_up=250, batch=5, calls=1000, visits=15, seconds=5, paints=9
)
QUICK = Effort(
    sweeps=1, rounds=1, builds=1, processes=1, warm_up=0, batch=0.01, calls=10, visits=0, seconds=0, paints=0
)


@dataclass(frozen=True)
class Time:
    """What an event takes on each side, seen at the median of all rounds."""

    case: Case
    rounds: Rounds

    def has(self, side: Side) -> bool:
        """Whether the side took turns."""
        return side in self.rounds[0]

    def of(self, side: Side) -> float:
        """Nanoseconds an event."""
        return statistics.median(one[side] for one in self.rounds)

    def times(self, side: Side, other: Side) -> float:
        """How many times longer one side takes than another."""
        return statistics.median(one[side] / one[other] for one in self.rounds)


@dataclass(frozen=True)
class Size:
    """What a page loads for a project: our plugin, or their code and the settings with their subscriptions."""

    title: str
    plugin: flowplug.Asset
    settings: flowplug.Asset


@dataclass(frozen=True)
class Timers:
    """How many fire where the SDK's script never comes.

    ``first`` in the first 30 s, ``last`` in the 30 s after it was asked for last; ``left`` wait to fire then.
    """

    first: int
    last: int
    left: int


@dataclass(frozen=True)
class Visits:
    """What Chromium bears: milliseconds to evaluate, by title; how busy a page without an SDK is, by side.

    ``busy`` is the share of the main thread's time, over ``seconds``.
    """

    version: str
    evaluation: Mapping[str, float]
    busy: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Process:
    """Milliseconds of a command's whole process, and of one that only imports what it cannot do without.

    ``ratio`` is how many times longer the command takes. Each is the median of all rounds.
    """

    command: float
    floor: float
    ratio: float


@dataclass(frozen=True)
class Results:
    """Everything that one run has measured.

    ``bundles`` are by the names that bundle.mjs gives them; ``compiling`` is milliseconds by step;
    ``processes`` are by command. ``formats`` are the presets as each format ships them; ``placeholder`` is what
    stands in a page for the script, ``consent`` the script of a project that asks for it. ``switches`` are the
    presets with one switch in another position each. ``timers`` are by fault and side, for ``calls`` calls.
    ``visits`` is None where Chromium was not asked, and ``paints``, milliseconds by page, is empty.
    """

    environment: Sequence[str]
    times: Sequence[Time]
    growth: Sequence[Time]
    sizes: Sequence[Size]
    bundles: Mapping[str, flowplug.Asset]
    bytes_a_subscription: float
    whole: flowplug.Asset
    bare: flowplug.Asset
    switches: Mapping[str, flowplug.Asset]
    formats: Mapping[str, flowplug.Asset]
    placeholder: flowplug.Asset
    consent: flowplug.Asset
    calls: int
    timers: Mapping[str, Mapping[str, Timers]]
    visits: Visits | None
    paints: Mapping[str, float]
    compiling: Mapping[str, float]
    processes: Mapping[str, Process]


def measure(effort: Effort, announce: Callable[[str], object]) -> Results:
    """Measure everything; ``announce`` is told what is next.

    Raises BenchmarkError where Node or a package is missing, and where the two sides make different calls.
    """
    growth = [projects.by_name(count) for count in projects.GROWTH]
    cases = [
        projects.presets("track"),
        projects.presets("identify"),
        *map(projects.by_property, (1, 10, 50)),
        *map(projects.all_matching, (1, 10, 50)),
        projects.mapping_heavy(),
    ]
    groups = [*([case] for case in cases), growth]
    *times, grown = _times(groups, effort, announce)
    announce("Bundling Segment's runtime and the hosts")
    segment = bundles()
    announce("Counting timers")
    timers = _timers(effort.calls)
    announce("Evaluating in Chromium")
    visits = visits_of(segment, effort) if effort.visits else None
    announce("Painting in Chromium")
    paints = paints_of(effort) if effort.paints else {}
    announce("Compiling in Python")
    shipped = [*map(projects.by_name, (1, 10, 50)), projects.mapping_heavy()]
    return Results(
        environment=[*_environment(), *([f"Chromium {visits.version}"] if visits else [])],
        times=[time for (time,) in times],
        growth=grown,
        sizes=[
            _size("the presets", projects.presets("track")),
            *(_size(case.title, case) for case in shipped),
        ],
        bundles=segment,
        bytes_a_subscription=_bytes_a_subscription(),
        whole=_plugin(projects.presets("track")),
        bare=_plugin(projects.bare()),
        switches={case.title: _plugin(case) for case in projects.switches()},
        formats=_formats(projects.presets("track")),
        placeholder=_placeholder(projects.presets("track")),
        consent=_plugin(projects.consent()),
        calls=effort.calls,
        timers=timers,
        visits=visits,
        paints=paints,
        compiling=_compiling(projects.by_name(50).project, effort.builds),
        processes=_processes(projects.presets("track").project, effort.processes),
    )


# The page's side, in Node


def _times(
    groups: Sequence[Sequence[Case]], effort: Effort, announce: Callable[[str], object]
) -> Sequence[Sequence[Time]]:
    """Sweep over the groups again and again, since a machine has fast minutes and slow ones."""
    rounds: list[list[list[Mapping[Side, float]]]] = [[[] for _ in group] for group in groups]
    for sweep in range(effort.sweeps):
        for group, kept in zip(groups, rounds, strict=True):
            announce(f"Timing {group[0].title} ({sweep + 1} of {effort.sweeps})")
            for case, more in zip(kept, rounds_of(group, effort), strict=True):
                case.extend(more)
    return [list(map(Time, group, kept)) for group, kept in zip(groups, rounds, strict=True)]


def rounds_of(cases: Sequence[Case], effort: Effort) -> Sequence[Rounds]:
    """Measure cases that are to be compared with each other: all take turns, in one process.

    Raises BenchmarkError where the sides of a case do not make the same calls of the SDK.
    """
    rounds: Sequence[Rounds] = _node(
        "time.mjs",
        cases=[{"sides": _sides(case), "matching": case.matching} for case in cases],
        rounds=effort.rounds,
        milliseconds={"warmUp": effort.warm_up, "batch": effort.batch},
    )
    return rounds


def _sides(case: Case) -> Mapping[Side, Json]:
    """The sides of a case by name, as time.mjs takes them: the other formats where there is code by hand, too.

    A format is left out where its host has not all that the project reads, so that its calls are others.
    """
    sides = {}
    for name in (SCRIPT, *TIMED_FORMATS) if case.by_hand else (SCRIPT,):
        bundle = flowplug.build(flowplug.load({**case.project, **NEEDED}), formats=[name])
        if not any(problem.code == "absent-on-host" for problem in bundle.warnings):
            source = bundle[FORMATS[name].minified].content.decode()
            events = [event_of(name, dict(event)) if name in OTHERS else event for event in case.events]
            sides[name] = {"host": name, "source": source, "events": events}
    if case.by_hand:
        sides[BY_HAND] = {"host": "script", "source": case.hand_written, "events": case.events}
    return {**sides, SEGMENT: {"host": "segment", "subscriptions": case.subscriptions, "events": case.events}}


def _node(script: str, **data: object) -> Any:
    """What a script of this folder answers."""
    if missing := [name for name in PACKAGES if not (MODULES / name).is_dir()]:
        raise BenchmarkError(f"node_modules has no {', '.join(missing)}: run make bench")
    return json.loads(_run_node(str(HERE / script), given=json.dumps(data)))


def _run_node(*arguments: str, given: str = "") -> str:
    # Where the machine has no Node, set-up puts one beside this Python.
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    node = shutil.which("node", path=path)
    if not node:
        raise BenchmarkError("there is no node: run make bench")
    done = subprocess.run([node, *arguments], input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def bundles() -> Mapping[str, flowplug.Asset]:
    """Segment's code and the hosts', by the names that bundle.mjs gives."""
    return {name: flowplug.Asset(name, text.encode()) for name, text in _node("bundle.mjs").items()}


def _timers(calls: int) -> Mapping[str, Mapping[str, Timers]]:
    case = projects.presets("track")
    found = _node(
        "timers.mjs",
        source=_plugin(case).content.decode(),
        subscriptions=case.subscriptions,
        events=[*case.events] * calls,
    )
    return {fault: {side: Timers(**one) for side, one in sides.items()} for fault, sides in found.items()}


# The page's side, in Chromium


FLOWPLUG, LOADER = "flowplug", "a loader and a plugin, written by hand"
"""Scripts whose evaluation is compared, by the titles that they have in a report."""


def visits_of(segment: Mapping[str, flowplug.Asset], effort: Effort) -> Visits:
    """Measure in Chromium. Raises BenchmarkError where there is none."""
    case = projects.presets("track")
    texts = {name: asset.content.decode() for name, asset in segment.items()}
    whole, bare = (_plugin(one).content.decode() for one in (case, projects.bare()))
    scripts = {
        FLOWPLUG: whole,
        "flowplug, only loading, queue and the two calls": bare,
        LOADER: minified(case.hand_written),
        "Segment, without Liquid": texts["withoutLiquid"],
        "Segment": texts["destination"],
        "an empty script": "",
    }
    sides = {"ours": chromium.ours(whole), "theirs": chromium.theirs(texts["withoutLiquid"])}
    try:
        with chromium.start() as browser:
            return Visits(
                browser.version,
                browser.evaluation(scripts, effort.visits),
                {name: browser.busy(side, case, effort.calls, effort.seconds) for name, side in sides.items()},
                effort.seconds,
            )
    except PlaywrightError as error:
        raise BenchmarkError(f"Chromium: {error.message}") from None


def paints_of(effort: Effort) -> Mapping[str, float]:
    """Milliseconds to the largest paint, by page. Raises BenchmarkError where there is no Chromium."""
    try:
        return painting(effort.paints)
    except PlaywrightError as error:
        raise BenchmarkError(f"Chromium: {error.message}") from None


# Bytes


def _plugin(case: Case) -> flowplug.Asset:
    return flowplug.build(flowplug.load(case.project))[MINIFIED]


def _size(title: str, case: Case) -> Size:
    settings = json.dumps({"subscriptions": case.subscriptions}, separators=(",", ":"))
    return Size(title, _plugin(case), flowplug.Asset("settings.json", settings.encode()))


def _formats(case: Case) -> Mapping[str, flowplug.Asset]:
    bundle = flowplug.build(flowplug.load({**case.project, **NEEDED}), formats=FORMATS)
    return {name: bundle[form.minified] for name, form in FORMATS.items()}


def _placeholder(case: Case) -> flowplug.Asset:
    """The script of the fragment, without the element that loads the plugin."""
    fragment = flowplug.build(flowplug.load(case.project))["1flow.async.html"].content
    return flowplug.Asset("placeholder", fragment.partition(b"\n")[0])


def _bytes_a_subscription() -> float:
    """Brotli bytes for each further subscription, from 10 to 50 of them."""
    few, many = (_plugin(projects.by_name(count)).brotli_size for count in (10, 50))
    return (many - few) / 40


# The compiler, in this process


def _compiling(project: Json, rounds: int) -> Mapping[str, float]:
    """Milliseconds of each step, at the median; the floor is measured in the same rounds."""
    loaded = flowplug.load(project)
    plan = compile_project(loaded)
    flowplug.build(loaded)
    written: list[str] = []
    with patch.object(javascript, "write", _recording(javascript.write, written)):
        text = render(plan)
    passes: list[Mapping[str, float]] = []
    for _ in range(rounds):
        load, loaded = _clock(partial(flowplug.load, project))
        compile_, plan = _clock(partial(compile_project, loaded))
        rendered, _ = _clock(partial(render, plan))
        build, bundle = _clock(partial(flowplug.build, loaded))
        compress, _ = _clock(partial(_compress, bundle))
        with patch.object(javascript, "write", _replaying(written)):
            floor, same = _clock(partial(render, plan))
        if same != text:
            raise BenchmarkError("the floor renders another text")
        steps = {"load": load, "compile": compile_, "render": rendered, "minify": build - compile_ - rendered}
        passes.append({**steps, "total": load + build, "floor": floor, "compress": compress})
    return {step: statistics.median(one[step] for one in passes) for step in passes[0]}


def _compress(bundle: flowplug.Bundle) -> Sequence[int]:
    return [size for asset in bundle.assets for size in (asset.gzip_size, asset.brotli_size)]


def _recording(write: Callable[..., str], written: list[str]) -> Callable[..., str]:
    def record(*arguments: Any) -> str:
        written.append(write(*arguments))
        return written[-1]

    return record


def _replaying(written: Iterable[str]) -> Callable[..., str]:
    texts = iter(written)
    return lambda *_: next(texts)


def _clock(run: Callable[[], _T]) -> tuple[float, _T]:
    """Milliseconds, and what was returned."""
    start = perf_counter_ns()
    result = run()
    return (perf_counter_ns() - start) / 1e6, result


# The command, in processes of its own

FLOORS = {"--version": "click", "build": "jinja2"}
"""What is measured beside each command: importing the library that it cannot do without."""


def _processes(project: Json, rounds: int) -> Mapping[str, Process]:
    with TemporaryDirectory() as folder:
        Path(folder, "flowplug.toml").write_text(
            format_project(project, Path("flowplug.toml"), ""), encoding="utf-8"
        )
        return {
            argument: _process(argument, library, Path(folder), rounds) for argument, library in FLOORS.items()
        }


def _process(argument: str, library: str, folder: Path, rounds: int) -> Process:
    command = ["-c", "from flowplug.cli import main; main()", argument]  # what the installed script does
    floor = ["-c", f"import {library}"]
    for arguments in (command, floor):
        _run_python(arguments, folder)  # once, so that all modules are compiled to bytecode
    times = [
        (_clock(partial(_run_python, command, folder))[0], _clock(partial(_run_python, floor, folder))[0])
        for _ in range(rounds)
    ]
    return Process(
        command=statistics.median(ours for ours, _ in times),
        floor=statistics.median(theirs for _, theirs in times),
        ratio=statistics.median(ours / theirs for ours, theirs in times),
    )


def _run_python(arguments: Sequence[str], folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True
    )


def _environment() -> Sequence[str]:
    packages = [json.loads((MODULES / name / "package.json").read_bytes()) for name in PACKAGES]
    return [
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores",
        f"Python {platform.python_version()}",
        f"Node {_run_node('--version').strip().removeprefix('v')}",
        *(f"{package['name']} {package['version']}" for package in packages),
    ]
