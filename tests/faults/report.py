"""The table at the end: handlers, their calls, what was spoiled, and what did not hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

PROPERTY: Final = "faults"
"""The name under which a test tells its figures."""


def row(kind: str, name: str, calls: int, runs: int, violations: int) -> dict[str, Any]:
    """A line's figures."""
    return {"kind": kind, "name": name, "calls": calls, "runs": runs, "violations": violations}


def lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The table, a line each; rows of one name are one line."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in rows:
        line = sums[one["kind"], one["name"]]
        line[0] = max(line[0], one["calls"])
        line[1] += one["runs"]
        line[2] += one["violations"]
    yield f"{'':34}{'':44}{'calls':>6}{'runs':>7}{'violations':>12}"
    for (kind, name), (calls, runs, violations) in sums.items():
        yield f"{kind:34}{name:44}{calls:>6}{runs:>7}{violations:>12}"
    yield f"{'in all':78}{'':6}{sum(one[1] for one in sums.values()):>7}" + (
        f"{sum(one[2] for one in sums.values()):>12}"
    )
