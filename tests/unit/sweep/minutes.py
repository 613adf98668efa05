"""The sweep's function over a world in memory, minute by minute."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from functions.sweep.app import build
from guardia.adapters.memory_jobs import MemoryJobs
from guardia.digests import Digests
from guardia.domain.model import OutboxRow
from guardia.jobs import Runner
from guardia.ports import Commit
from guardia.recomputing import Publications
from tests.unit.sweep.world import AT, MINUTE, Config, CutOff, Kept, World, entry


class NoDigests(Digests):
    """A desk without digests, which counts how often somebody asked for them."""

    def __init__(self) -> None:
        self.asked = 0

    def send(self, until: datetime) -> tuple[OutboxRow, ...]:
        self.asked += bool(until)
        return ()


@dataclass
class Minutes(World):
    """The function, over tickets, rows and jobs in memory; `left` is the time it is told of."""

    config: Config = field(default_factory=Config)
    deliver: Kept = field(default_factory=Kept)
    queue: Kept = field(default_factory=Kept)
    left: Callable[[], int] = lambda: 60_000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.digests = NoDigests()
        self.jobs = MemoryJobs(self.store)
        runner = Runner(self.jobs, self.queue, {}, lambda: self.now)
        publications = Publications(self.config, lambda: runner)
        self.handler = build(
            lambda: self.store,
            lambda: self.sweeping,
            lambda: publications,
            lambda: self.digests,
            deliver=lambda: self.deliver,
            over=lambda: self.over,
            jobs=lambda: self.queue,
        )

    def get_remaining_time_in_millis(self) -> int:
        return self.left()

    def minute(self, *, after: timedelta = timedelta()) -> dict[str, Any]:
        self.now += after
        return self.handler({"time": self.now.isoformat()}, self)

    def carry(self) -> list[str]:
        """Give the function what it handed over, one by one; return the messages that failed. One
        on which the function ends is not seen again, as if its queue had lost it."""
        failed = []
        for n, parcel in enumerate(self.over.parcels):
            record = {"messageId": str(n), "body": json.dumps(parcel)}
            with suppress(CutOff):
                answer = self.handler({"Records": [record]}, self)
                failed += [one["itemIdentifier"] for one in answer["batchItemFailures"]]
        self.over.parcels.clear()
        return failed

    def row(self, id_: str) -> None:
        row = OutboxRow(
            ticket=id_, seq=2, n=0, at=AT - 5 * MINUTE, kind="email", channel="email",
            to=("ana@globex.example",), subject="", text="", sender="", sender_name="",
            language="es",
        )  # fmt: skip
        head = self.store.heads[id_]
        self.store.commit(
            Commit(
                ticket=replace(head, version=2),
                expected=1,
                entries=(entry(2),),
                outbox=(row,),
            )
        )
