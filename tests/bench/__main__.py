"""`make bench`: every figure beside a peer's, measured in the same run on this machine.

    python -m tests.bench [--only NAME]... [--mails N]

Prints a table and, of a whole run, writes `results.json` beside this file.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench import post
from tests.bench.row import Row
from tests.bench.why import reasons, unexplained

RESULTS: Final = Path(__file__).with_name("results.json")
NAMES: Final = (
    "rules",
    "hours",
    "mails",
    "replies",
    "cold_start",
    "units",
    "promises",
    "sweep",
    "backtest",
    "post",
    "bill",
)

_WIDTH: Final = 170
"""Columns that the table needs where nobody says how many there are."""


def main(arguments: list[str]) -> int:
    """Measure what is asked for; return the exit status: 1 where something could not run."""
    parser = argparse.ArgumentParser(prog="make bench", description="Ours beside its peers.")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME",
                        help=f"measure this alone: {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--mails", type=int, default=post.MAILS, help="how many `post` sends")
    asked = parser.parse_args(arguments)
    chosen = asked.only or NAMES
    rows, broken = [], False
    for name in chosen:
        _say(f"{name}…")
        started = time.perf_counter()
        try:
            told = (asked.mails,) if name == "post" else ()
            rows += importlib.import_module(f"tests.bench.{name}").measure(*told)
        except Exception as error:  # noqa: BLE001 - the others are measured all the same
            broken = True
            _say(f"{name} broke off: {type(error).__name__}: {error}")
        _say(f"{name}: {time.perf_counter() - started:.0f} s")
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(_table(rows))
    for reason in reasons(rows):
        console.print(f"missed, {reason}", highlight=False, markup=False)
    for name in unexplained(rows):
        console.print(f"missed, {name}: nobody knows why yet", highlight=False, markup=False)
    if tuple(chosen) == NAMES and not broken:
        RESULTS.write_text(
            json.dumps([one.plain() for one in rows], indent=1, allow_nan=False) + "\n", "utf-8"
        )
        _say(f"written to {RESULTS.relative_to(Path.cwd())}")
    return int(broken)


def _table(rows: list[Row]) -> Table:
    table = Table(caption="ratio: how many times better ours is; of rates more is better")
    for title, side in (
        ("what", "left"), ("ours", "right"), ("peer", "right"), ("unit", "left"),
        ("ratio", "right"), ("target", "right"), ("", "left"), ("peer's name", "left"),
    ):  # fmt: skip
        table.add_column(title, justify="right" if side == "right" else "left")
    for one in rows:
        limit = "" if one.limit is None else _figure(one.limit)
        missed = f"[red]{one.missed_by:.0%} off" if one.missed_by else "[green]met" if limit else ""
        table.add_row(
            one.name, _figure(one.ours), _figure(one.peer), one.unit, f"{_figure(one.ratio)}x",
            limit, missed, one.peer_name,
        )  # fmt: skip
    return table


def _figure(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress, beside the answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
