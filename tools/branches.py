"""Fails if the tests cover too few of the package's branches: ``python -m tools.branches 97`` (percent).

It reads ``coverage json`` from standard input. Coverage's own floor counts lines and branches together, so many
covered lines hide a branch that no test takes.
"""

from __future__ import annotations

import json
import sys


def main(floor: float, report: str) -> str | None:
    """Compare a report of ``coverage json`` with the floor, in percent; return what is wrong."""
    totals = json.loads(report)["totals"]
    taken = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"branches covered: {totals['covered_branches']} of {totals['num_branches']}, {taken:.1f} %")
    return None if taken >= floor else f"error: less than {floor:g} % of the branches are covered"


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.stdin.read()))
