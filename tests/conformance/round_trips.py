"""``python -m tests.conformance.round_trips``: generated projects, written in each format and loaded again."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import flowplug
from tests.conformance.generators import Author
from tests.conformance.reference import Json
from tests.support.projects import KEY
from tests.support.round_trip import exact, written_and_loaded

BATCH = 250
ENDINGS = (".toml", ".json", ".yaml")
HOLDS_NO_NULL = "TOML has no "


def project(author: Author) -> dict[str, Json]:
    """A project of a few subscriptions, with keys and texts that are too long for a line among its data."""
    count = author.random.randint(1, 4)
    made = [author.subscription(f"{index}", near_trigger=False, near_mapping=False) for index in range(count)]
    return {
        "settings": {"projectApiKey": KEY},
        "plugin": {"copy": author.chance(0.5), "middleware": False},
        "subscriptions": [
            {**item, "name": f"{item['name']} {author.plain(0)}", "mapping": _stretched(item["mapping"], author)}
            for item in made
        ],
    }


def _stretched(value: Json, author: Author) -> Json:
    """Plain data with some keys and texts repeated; what stands in a directive stays as it is."""
    if isinstance(value, dict) and not any(key.startswith("@") for key in value):
        names = {key: key * (60 if key and author.chance(0.05) else 1) for key in value}
        kept = ("event_name", "userId", "anonymousId", "properties", "traits", "__segment_internal_directive")
        return {key if key in kept else names[key]: _stretched(item, author) for key, item in value.items()}
    if isinstance(value, list):
        return [_stretched(item, author) for item in value]
    return value * 60 if isinstance(value, str) and author.chance(0.05) else value


def failures(seed: str) -> list[str]:
    """What is wrong in a batch of projects."""
    author = Author(random.Random(seed))
    with tempfile.TemporaryDirectory() as folder:
        return [line for _ in range(BATCH) for line in _lost(project(author), Path(folder, "flowplug"))]


def _lost(data: dict[str, Json], path: Path) -> Iterator[str]:
    expected = exact(flowplug.load(data))
    for ending in ENDINGS:
        try:
            found = written_and_loaded(data, path.with_suffix(ending))
        except flowplug.ProjectError as error:
            if ending != ".toml" or any(HOLDS_NO_NULL not in problem.message for problem in error.problems):
                yield f"{ending}: {error}\n{json.dumps(data)}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            yield f"{ending}: {type(error).__name__}: {error}\n{json.dumps(data)}"
        else:
            if found != expected:
                yield f"{ending}: loads as another project\n{json.dumps(data)}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.round_trips", description=__doc__)
    parser.add_argument("--projects", type=int, default=20_000, help="how many projects to write and load")
    parser.add_argument("--seed", default=str(int(time.time())), help="the same seed gives the same projects")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    started, done, wrong = time.monotonic(), 0, 0
    batches = -(-options.projects // BATCH)
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(failures, map("{}-{}".format, repeat(options.seed), range(batches))):
            done, wrong = done + BATCH, wrong + len(found)
            for failure in found[:1]:
                print(f"\n{failure}", flush=True)
            rate = done / (time.monotonic() - started)
            print(f"{done:,} projects, {wrong:,} not as they were; {rate:,.0f} projects/s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
