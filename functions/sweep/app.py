"""Every minute: what time alone does to tickets, and what lies undelivered is offered again.

What is more than one run can do is handed over to a queue, which wakes this function too; what the
queue loses comes up again by itself. What an earlier run did not finish is handed over one by one:
should the function end on it, it takes nothing else along.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from guardia import wiring
from guardia.digests import Digests
from guardia.logs import Handler, Log
from guardia.ports import Courier, DueJob, DueRow, DueTicket, Store
from guardia.recomputing import Publications
from guardia.records import one_by_one
from guardia.remaining import Remaining
from guardia.sweeping import Failure, Sweeping, lent, was_begun

MOST: Final = 2_000
"""How many rows, tickets and jobs one run looks at; the next one, a minute later, goes on."""

DIRECTLY: Final = 100
"""How many tickets a run does itself: what is more is done side by side, by way of the queue."""


def build(
    store: Callable[[], Store],
    sweeping: Callable[[], Sweeping],
    publications: Callable[[], Publications],
    digests: Callable[[], Digests],
    *,
    deliver: Callable[[], Courier],
    over: Callable[[], Courier],
    jobs: Callable[[], Courier],
) -> Handler:
    """Build the handler over the store, those who do the work, and the queues of the relay, of what
    is handed over, and of jobs."""
    log = Log("sweep")

    def wake(due: DueTicket, until: datetime) -> bool:
        failure = sweeping().wake(due, until)
        if failure is not None:
            tell(failure)
        return failure is None

    def tell(failure: Failure) -> None:
        ticket, attempt = failure.ticket, failure.failures
        log.failure("not carried out", failure.error, ticket=ticket, attempt=attempt)
        if failure.given_up:
            # A metric filter of the template reads this line.
            log.info("given up", ticket=ticket, attempt=attempt)

    def carry_out(body: str, remaining: Remaining) -> None:
        tickets, until = lent(json.loads(body))
        for place, due in enumerate(tickets):
            if not remaining.enough():
                return sweeping().give_back(tickets[place:])
            wake(due, until)
        return None

    def alone(tickets: Sequence[DueTicket], at: datetime, remaining: Remaining) -> int:
        return sweeping().lend_alone(tickets, over(), at, enough=remaining.enough, failed=tell)

    def directly(tickets: Sequence[DueTicket], at: datetime, remaining: Remaining) -> int:
        for place, due in enumerate(tickets):
            if not remaining.enough():
                sweeping().lend(tickets[place:], over(), at)
                return place
            wake(due, at)
        return len(tickets)

    def minute(at: datetime, context: Any) -> dict[str, Any]:
        parts = _Parts(log)

        def remaining() -> Remaining:
            return Remaining(context.get_remaining_time_in_millis)

        due = store().due(at, MOST)
        rows = [one for one in due if isinstance(one, DueRow)]
        tickets = [one for one in due if isinstance(one, DueTicket)]
        begun = [one for one in tickets if was_begun(one, at)]
        fresh = [one for one in tickets if not was_begun(one, at)]
        stalled = [{"job": one.job} for one in due if isinstance(one, DueJob)]
        offered = parts.do(lambda: _handed(deliver, [_row(one) for one in rows]))
        handed = parts.do(lambda: alone(begun, at, remaining()))
        handed += parts.do(lambda: sweeping().lend(fresh[DIRECTLY:], over(), at))
        started = parts.do(lambda: _handed(jobs, stalled))
        started += parts.do(lambda: int(publications().follow(at) is not None))
        digested = parts.do(lambda: len(digests().send(at)))
        # Last, since it may end the run: then all else was done, and the next run hands these over.
        woken = parts.do(lambda: directly(fresh[:DIRECTLY], at, remaining()))
        oldest = max((_seconds(at - one.wake_at) for one in rows), default=0)
        late = max((_seconds(at - one.due_at) for one in tickets), default=0)
        # Metric filters of the template read this line.
        log.info(
            "sweep",
            offered=offered,
            woken=woken,
            handed=handed,
            jobs=started,
            digests=digested,
            failed=parts.failed,
            oldest=oldest,
            late=late,
        )
        if parts.failed:
            raise RuntimeError(f"{parts.failed} parts of the sweep failed")
        return {"offered": offered, "woken": woken, "handed": handed, "jobs": started}

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if "Records" not in event:
            return minute(datetime.fromisoformat(event["time"]), context)
        remaining = Remaining(context.get_remaining_time_in_millis)
        return one_by_one(lambda body: carry_out(body, remaining), log)(event, context)

    return handle


class _Parts:
    """The parts of a run: one that fails stops no other."""

    def __init__(self, log: Log) -> None:
        self.failed, self._log = 0, log

    def do(self, part: Callable[[], int]) -> int:
        try:
            return part()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            self.failed += 1
            self._log.failure("part of the sweep failed", error)
            return 0


def _handed(queue: Callable[[], Courier], parcels: Sequence[dict[str, Any]]) -> int:
    if parcels:
        queue().hand_all(parcels)
    return len(parcels)


def _row(due: DueRow) -> dict[str, Any]:
    return {"ticket": due.ticket, "seq": due.seq, "n": due.n}


def _seconds(passed: timedelta) -> int:
    return int(passed.total_seconds())


handler = build(
    wiring.store,
    wiring.sweeping,
    wiring.publications,
    wiring.digests,
    deliver=wiring.deliver_queue,
    over=wiring.due_queue,
    jobs=wiring.jobs_queue,
)
wiring.prepare(wiring.store, wiring.sweeping, wiring.publications, clients=("sqs",))
