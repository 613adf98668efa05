"""Every minute: what time alone does to tickets, and what lies undelivered is offered again.

What is more than one run can do is handed over to a queue, which wakes this function too. Nothing
depends on that queue: what is lent to it comes up again by itself.
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
from guardia.sweeping import Sweeping, lent

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
            log.failure(
                "not carried out", failure.error, ticket=due.ticket, attempt=failure.failures
            )
            if failure.given_up:
                # A metric filter of the template reads this line.
                log.info("given up", ticket=due.ticket, attempt=failure.failures)
        return failure is None

    def carry_out(body: str, remaining: Remaining) -> None:
        tickets, until = lent(json.loads(body))
        for place, due in enumerate(tickets):
            if not remaining.enough():
                return sweeping().give_back(tickets[place:])
            wake(due, until)
        return None

    def directly(tickets: Sequence[DueTicket], at: datetime, remaining: Remaining) -> int:
        for place, due in enumerate(tickets):
            if not remaining.enough():
                sweeping().lend(tickets[place:], over(), at)
                return place
            wake(due, at)
        return len(tickets)

    def minute(at: datetime, context: Any) -> dict[str, Any]:
        failed = 0

        def part(do: Callable[[], int]) -> int:
            nonlocal failed
            try:
                return do()
            except Exception as error:  # noqa: BLE001 - one part's failure stops no other
                failed += 1
                log.failure("part of the sweep failed", error)
                return 0

        due = store().due(at, MOST)
        rows = [one for one in due if isinstance(one, DueRow)]
        tickets = [one for one in due if isinstance(one, DueTicket)]
        stalled = [{"job": one.job} for one in due if isinstance(one, DueJob)]
        offered = part(lambda: _handed(deliver, [_row(one) for one in rows]))
        handed = part(lambda: sweeping().lend(tickets[DIRECTLY:], over(), at))
        started = part(lambda: _handed(jobs, stalled))
        started += part(lambda: int(publications().follow(at) is not None))
        remaining = Remaining(context.get_remaining_time_in_millis)
        woken = part(lambda: directly(tickets[:DIRECTLY], at, remaining))
        digested = part(lambda: len(digests().send(at)))
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
            failed=failed,
            oldest=oldest,
            late=late,
        )
        if failed:
            raise RuntimeError(f"{failed} parts of the sweep failed")
        return {"offered": offered, "woken": woken, "handed": handed, "jobs": started}

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if "Records" not in event:
            return minute(datetime.fromisoformat(event["time"]), context)
        remaining = Remaining(context.get_remaining_time_in_millis)
        return one_by_one(lambda body: carry_out(body, remaining), log)(event, context)

    return handle


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
