"""Recorded tickets through two desks, a second: reading, deciding twice, comparing."""

import os
import time
from collections.abc import Callable
from typing import Any, Final

from guardia.config.compile import compile_desk
from guardia.config.load import load_document
from guardia.rehearsal import files
from guardia.rehearsal.backtest import compiled
from guardia.rehearsal.records import read, write
from guardia.rehearsal.replay import replay
from infra.local.recorded import EXAMPLE, Maker
from tests.bench.row import Row

TICKETS: Final = 1_000
_ROUNDS: Final = 2


def measure() -> list[Row]:
    """Try the example desk with one rule changed on tickets of the example desk."""
    before = load_document(EXAMPLE)
    after = _changed(before)
    made = Maker(compile_desk(before, version="1"), seed=1).tickets(TICKETS)
    lines = [f"{write(one)}\n".encode() for one in made]
    records = [read(one) for one in lines]
    test = compiled(before, after)

    def decide() -> None:
        for one in records:
            replay(test.before, one)
            replay(test.after, one, opened_by=test.before)

    cores = os.cpu_count() or 1
    alone, decided, together = _fastest(
        lambda: files.backtest(lines, before, after),
        decide,
        lambda: files.backtest(lines, before, after, jobs=cores),
    )
    return [
        Row(
            name=f"backtest: {TICKETS:,} recorded tickets, one process",
            ours=TICKETS / alone,
            peer=TICKETS / decided,
            peer_name="deciding both lives alone",
            unit="tickets/s",
        ),
        Row(
            name=f"backtest: {TICKETS:,} recorded tickets, {cores} processes",
            ours=TICKETS / together,
            peer=TICKETS / alone,
            peer_name="one process",
            unit="tickets/s",
            note="the start of the processes included",
        ),
    ]


def _changed(document: dict[str, Any]) -> dict[str, Any]:
    first, *others = document["triggers"]
    return {**document, "triggers": [{**first, "do": [{"add_tags": ["tried"]}]}, *others]}


def _fastest(*work: Callable[[], object]) -> list[float]:
    """The seconds that each takes at its best, taken in turns."""
    best = [float("inf")] * len(work)
    for _ in range(_ROUNDS):
        for place, one in enumerate(work):
            begun = time.perf_counter()
            one()
            best[place] = min(best[place], time.perf_counter() - begun)
    return best
