"""Long work, piece by piece: each message names a job that is to go on.

A job that cannot go on rests and is handed out again by the sweep; its message is done with.
"""

import json
from collections.abc import Callable
from typing import Any

from guardia import wiring
from guardia.jobs import Runner
from guardia.logs import Handler, Log
from guardia.ports import Job, NotFoundError
from guardia.records import one_by_one
from guardia.remaining import Remaining


def build(runner: Callable[[], Runner]) -> Handler:
    """Build the handler over what works on jobs."""
    log = Log("jobs")

    def failed(job: Job, error: Exception) -> None:
        log.failure("piece not done", error, job=job.id, kind=job.kind, attempt=job.failures)
        if job.state == "failed":
            # A metric filter of the template reads this line.
            log.info("given up", job=job.id, kind=job.kind, attempt=job.failures)

    def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
        remaining = Remaining(context.get_remaining_time_in_millis)

        def go_on(body: str) -> None:
            id_ = json.loads(body)["job"]
            try:
                job = runner().work(id_, remaining, failed)
            except NotFoundError:
                return log.info("no such job", job=id_)
            seen, not_done = job.counts.get("seen"), job.counts.get("failed")
            return log.info(
                "job", job=job.id, kind=job.kind, state=job.state, seen=seen, failed=not_done
            )

        return one_by_one(go_on, log)(event, context)

    return handle


handler = build(wiring.runner)
wiring.prepare(wiring.runner)
