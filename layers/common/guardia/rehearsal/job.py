"""A backtest as a job: the running desk's own tickets through its live document and another one."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from guardia.jobs import Piece
from guardia.ports import Blobs, Job, Store, TicketQuery
from guardia.rehearsal.backtest import Tally, compiled
from guardia.rehearsal.records import RecordError, record_of

KIND: Final = "backtest"
KEEP: Final = 100
"""The most tickets that differ which a job's answer tells of."""

_PIECE: Final = 50
_MOST: Final = 200_000
"""Bytes of an answer as JSON: an item of the table has 400 KB."""


def key_of(name: str) -> str:
    """Where the document that is tried lies, by its hash."""
    return f"backtests/{name}.json"


class Backtesting:
    """The worker of the job: the latest changed tickets first. What the job is asked for is
    `document` (its key), `before` (the version it is measured against), `last` and `since`."""

    def __init__(
        self, store: Store, blobs: Blobs, document: Callable[[int], Mapping[str, Any]]
    ) -> None:
        """Take the tickets, the objects, and what reads the document of a version."""
        self._store, self._blobs, self._document = store, blobs, document

    def __call__(self, job: Job) -> Piece:
        """Take some tickets through both desks."""
        asked, last, since = job.asked, job.asked.get("last"), job.asked.get("since")
        keep = min(asked.get("keep", KEEP), KEEP)
        version = int(asked["before"])
        test = compiled(
            self._document(version) if version else {},
            json.loads(self._blobs.get(asked["document"])),
            keep=keep,
        )
        tally = Tally.of(job.answer, keep) if job.answer else Tally(keep=keep)
        seen = job.counts.get("seen", 0)
        limit = _PIECE if last is None else min(_PIECE, last - seen)
        query = TicketQuery(
            updated_since=datetime.fromisoformat(since) if since else None,
            limit=limit,
            cursor=job.cursor,
        )
        tickets, following = self._store.tickets(query)
        failed = 0
        for one in tickets:
            try:
                test.take(record_of(self._store, one), tally)
            except RecordError:
                failed += 1
        ended = last is not None and seen + len(tickets) >= last
        return Piece(
            cursor=None if ended else following,
            counts={"seen": len(tickets), "failed": failed},
            answer=_bounded(tally),
        )


def _bounded(tally: Tally) -> dict[str, Any]:
    """The answer with as many of the tickets that differ as one item of the table holds."""
    answer = tally.answer()
    kept: list[Any] = []
    size = 0
    for one in answer["differences"]:
        size += len(json.dumps(one, ensure_ascii=False).encode())
        if size > _MOST:
            break
        kept.append(one)
    return answer | {"differences": kept}
