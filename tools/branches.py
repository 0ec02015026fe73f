"""Fails if the tests take fewer of the package's branches than a floor: ``python -m tools.branches 97`` (percent).

It reads ``coverage json`` from standard input. Coverage's own floor counts lines and branches together, so that
many lines hide a branch that no test takes.
"""

from __future__ import annotations

import json
import sys


def main(floor: float, report: str) -> str | None:
    """Compare ``coverage json`` with the floor, in percent; return what is wrong."""
    totals = json.loads(report)["totals"]
    taken = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"branches taken: {totals['covered_branches']} of {totals['num_branches']}, {taken:.1f} %")
    return None if taken >= floor else f"error: fewer than {floor:g} % of the branches are taken by a test"


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.stdin.read()))
