"""Segment's own packages, run beside compiled plugins by one Node process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import flowplug
from tests.support.documents import ROOT
from tests.support.projects import KEY

Json: TypeAlias = Any
"""Plain data; in events, also the values that reference.cjs writes with the key "$"."""


@dataclass(frozen=True)
class Case:
    """Subscriptions, as in a project file, and the events to try them with."""

    subscriptions: Sequence[Mapping[str, Json]]
    events: Sequence[Json]

    @property
    def project(self) -> dict[str, Json]:
        """The project of these subscriptions, as plain data."""
        return {"settings": {"projectApiKey": KEY}, "subscriptions": self.subscriptions}

    def compiled(self) -> dict[str, str]:
        """The emitted files by name. Raises ProjectError where flowplug refuses a subscription."""
        bundle = flowplug.build(flowplug.load(self.project))
        return {name: bundle[name].content.decode() for name in ("1flow.js", "1flow.min.js")}


@dataclass(frozen=True)
class Difference:
    """An event that flowplug and Segment do not answer with the same calls."""

    event: int
    file: str
    place: str
    expected: Json
    actual: Json


@dataclass(frozen=True)
class Report:
    """What came of a case: how many (subscription, event) pairs ran, and where the two sides differ.

    ``matched`` counts the pairs whose trigger held, ``called`` those that called the SDK. ``outcomes`` has, for
    each event and where they were asked for, what ``segment`` and ``flowplug`` did.
    """

    pairs: int
    matched: int
    called: int
    differences: tuple[Difference, ...]
    outcomes: tuple[Json, ...]


class Reference:
    """A Node process that compares; it runs until the ``with`` block ends."""

    def __enter__(self) -> Reference:
        node = shutil.which("node") or str(ROOT / ".venv/bin/node")
        self._process = subprocess.Popen(
            [node, str(Path(__file__).with_name("reference.cjs"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def compare(self, cases: Sequence[tuple[Case, Mapping[str, str]]], *, show: bool = False) -> list[Report]:
        """Run cases with the files compiled from them, of which there may be none.

        Raises ValueError for an event that is not written as reference.cjs wants it.
        """
        requests = [
            {
                "subscriptions": case.subscriptions,
                "documented": [{**item, "mapping": _documented(item["mapping"])} for item in case.subscriptions],
                "events": case.events,
                "files": files,
                "show": show,
            }
            for case, files in cases
        ]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(requests) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the Node process has ended"
        return [_report(item) for item in json.loads(answer)]


def _documented(mapping: Json) -> Json:
    """The mapping with its keys in the order in which flowplug says that it sends them (docs/fidelity.md)."""
    return mapping if _keeps_its_order(mapping) else _sorted(mapping)


def _keeps_its_order(value: Json) -> bool:
    if isinstance(value, dict):
        return not value.keys().isdisjoint(("@json", "@flatten")) or any(map(_keeps_its_order, value.values()))
    return isinstance(value, list) and any(map(_keeps_its_order, value))


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _report(data: Json) -> Report:
    if "broken" in data:
        raise ValueError(data["broken"])
    differences = tuple(Difference(**item) for item in data["differences"])
    outcomes = tuple(data.get("outcomes", ()))
    return Report(data["pairs"], data["matched"], data["called"], differences, outcomes)
