"""``python -m tests.conformance.fuzz``: as many generated subscriptions and events as time allows."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from flowplug import ProjectError
from tests.conformance.generators import EVENT_TYPES, FIELDS, Author
from tests.conformance.reference import Case, Json, Reference
from tests.conformance.shrink import shrink

CASES = 40
EVENTS = 8


@dataclass(frozen=True)
class Failure:
    """A case on which flowplug is not as it says, as small as it could be made."""

    message: str
    case: Case

    def __str__(self) -> str:
        subscriptions = "\n".join(json.dumps(item) for item in self.case.subscriptions)
        events = "\n".join(json.dumps(event) for event in self.case.events)
        return f"{self.message}\nsubscriptions:\n{subscriptions}\nevents:\n{events}\n"


@dataclass(frozen=True)
class Summary:
    """What came of some cases.

    ``matched`` and ``called`` count the pairs whose trigger held, and that called the SDK; ``failed`` the cases
    with a difference, of which ``failures`` shows one a batch.
    """

    pairs: int = 0
    matched: int = 0
    called: int = 0
    refused: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()

    def __add__(self, other: Summary) -> Summary:
        return Summary(*(mine + theirs for mine, theirs in zip(_fields(self), _fields(other), strict=True)))

    def __str__(self) -> str:
        share = self.matched / max(self.pairs, 1)
        return (
            f"{self.pairs:,} pairs, {self.matched:,} matched ({share:.0%}), {self.called:,} called, "
            f"{self.refused:,} subscriptions refused, {self.failed:,} cases differ"
        )


def _fields(summary: Summary) -> tuple[Json, ...]:
    return summary.pairs, summary.matched, summary.called, summary.refused, summary.failed, summary.failures


@dataclass(frozen=True)
class Plan:
    """What to generate: how many subscriptions, and whether with mistakes in them."""

    subscriptions: int = 1
    near_trigger: bool = False
    near_mapping: bool = False

    def case(self, author: Author) -> Case:
        """A new case."""
        subscriptions = [
            author.subscription(f"{index}", near_trigger=self.near_trigger, near_mapping=self.near_mapping)
            for index in range(self.subscriptions)
        ]
        return Case(subscriptions, [author.event() for _ in range(EVENTS)])


def choose_plan(choice: random.Random) -> Plan:
    """Mostly one subscription without mistakes."""
    return choice.choices(
        (Plan(), Plan(choice.randint(2, 6)), Plan(near_trigger=True), Plan(near_mapping=True)), (55, 15, 15, 15)
    )[0]


def run_batch(seed: str, reference: Reference, cases: int = CASES) -> Summary:
    """Generate cases from a seed, compare them, and shrink those that fail."""
    chance = random.Random(seed)
    compared: list[tuple[Plan, Case, Mapping[str, str]]] = []
    failed: list[tuple[Plan, Case]] = []
    summary = Summary()
    for _ in range(cases):
        plan = choose_plan(chance)
        case = plan.case(Author(chance))
        files, problem = _compile(plan, case)
        if problem:
            failed.append((plan, case))
        elif files:
            compared.append((plan, case, files))
        else:
            summary += Summary(refused=len(case.subscriptions))
    reports = reference.compare([(case, files) for _, case, files in compared])
    for (plan, case, _), report in zip(compared, reports, strict=True):
        summary += Summary(report.pairs, report.matched, report.called)
        if report.differences:
            failed.append((plan, Case(case.subscriptions, [case.events[report.differences[0].event]])))
    shown = tuple(_smallest(plan, case, reference) for plan, case in failed[:1])
    return summary + Summary(failed=len(failed), failures=shown)


def _compile(plan: Plan, case: Case) -> tuple[Mapping[str, str], str]:
    """The compiled files, none where flowplug rightly refuses; and what is wrong if it does so wrongly."""
    try:
        return case.compiled(), ""
    except ProjectError as error:
        mistake = "subscribe" if plan.near_trigger else "mapping" if plan.near_mapping else "none"
        if all(problem.place[:3] == ("subscriptions", 0, mistake) for problem in error.problems):
            return {}, ""
        return {}, f"refused: {error}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        return {}, f"{type(error).__name__}: {error}"


def problem_with(plan: Plan, case: Case, reference: Reference) -> str:
    """What is wrong with a case, or ``""``."""
    files, problem = _compile(plan, case)
    if problem or not files:
        return problem
    [report] = reference.compare([(case, files)])
    if not report.differences:
        return ""
    found = report.differences[0]
    sides = f"expected: {json.dumps(found.expected)}\nactual:   {json.dumps(found.actual)}"
    return f"differs: {found.file} at {found.place}\n{sides}"


def _smallest(plan: Plan, case: Case, reference: Reference) -> Failure:
    """The failure of a case, shrunk for as long as it fails in the same way."""
    way = _way(problem_with(plan, case, reference))

    def fails(data: Json) -> bool:
        smaller = _well_formed(data)
        try:
            return smaller is not None and _way(problem_with(plan, smaller, reference)) == way
        except ValueError:  # no event any more
            return False

    smallest = _well_formed(shrink([list(case.subscriptions), list(case.events)], fails)) or case
    return Failure(problem_with(plan, smallest, reference), smallest)


def _way(problem: str) -> str:
    """A kind of failure: a difference, or an error's words without what they quote."""
    return "differs" if problem.startswith("differs") else re.sub(r"""("|').*?\1|\d+""", "", problem)


def _well_formed(data: Json) -> Case | None:
    """The case that was shrunk to this, if it still is one."""
    match data:
        case [[_, *_] as subscriptions, [_, *_] as events] if all(
            isinstance(item, dict)
            and item.keys() == {"name", "partnerAction", "enabled", "subscribe", "mapping"}
            and isinstance(item["mapping"], dict)
            and isinstance(item["subscribe"], str)
            and item["partnerAction"] in FIELDS
            for item in subscriptions
        ) and all(isinstance(event, dict) and event.get("type") in EVENT_TYPES for event in events):
            return Case(subscriptions, events)
    return None


# The command

_reference: Reference | None = None


def _worker(seed: str) -> Summary:
    """A batch in a process of its own, with a Node process that lives as long."""
    global _reference  # noqa: PLW0603 - one a process
    _reference = _reference or Reference().__enter__()
    return run_batch(seed, _reference)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.fuzz", description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000, help="how many pairs of subscription and event")
    parser.add_argument("--seed", default=str(int(time.time())), help="the same seed gives the same cases")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    summary, started, batch = Summary(), time.monotonic(), 0
    print(f"seed {options.seed}", flush=True)
    # Spawned, for the minifier's Go runtime does not survive a fork.
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        while summary.pairs < options.pairs:
            seeds = [f"{options.seed}-{batch + index}" for index in range(options.jobs * 4)]
            batch += len(seeds)
            for part in pool.map(_worker, seeds):
                summary += part
                for failure in part.failures:
                    print(f"\n{failure}", flush=True)
            print(f"{summary}; {summary.pairs / (time.monotonic() - started):,.0f} pairs/s", flush=True)
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main())
