"""Doing long work in pieces: a checkpoint after each, so that it goes on wherever it stopped.

A job is worked on by whoever takes it under its revision. Its `wake_at` is the promise that it goes
on: if a worker, a message or a whole queue is lost, the sweep hands the job out again. A piece on
which its worker ends, out of time or memory, counts as failed once somebody takes the job again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from guardia.ports import Courier, Job, Jobs, StaleError
from guardia.remaining import CutOffError, Remaining

LEASE: Final = timedelta(minutes=6)
"""How long a piece of work may take, and a message may be on its way."""

MOST_FAILURES: Final = 8
BACKOFF: Final = tuple(timedelta(minutes=one) for one in (1, 2, 4, 8, 16, 32, 60))
"""How long a job rests after each failure in a row, before it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a piece of work came to: where the next one begins (None: there is none), what was done
    in it by name, the answer where it is known, and how long to wait before the next one."""

    cursor: str | None
    counts: Mapping[str, int] = field(default_factory=dict)
    answer: Mapping[str, Any] | None = None
    rest: timedelta | None = None


class Worker(Protocol):
    """Does the work of one kind of job."""

    def __call__(self, job: Job) -> Piece:
        """Do the next piece. The same piece may be done again, after a crash: that must not
        matter."""


class Runner:
    """Starts jobs and works on them. `workers` has what does each kind, `now` is the clock."""

    def __init__(
        self,
        jobs: Jobs,
        queue: Courier,
        workers: Mapping[str, Callable[[], Worker]],
        now: Callable[[], datetime],
    ) -> None:
        """Take the jobs, the queue that brings them here, and who does them."""
        self.jobs, self._queue, self._workers, self._now = jobs, queue, workers, now

    def start(
        self,
        id_: str,
        kind: str,
        asked: Mapping[str, Any],
        *,
        expires_at: datetime | None = None,
    ) -> Job:
        """Begin a job, once: where there is one of this id, that one is returned."""
        now = self._now()
        job = Job(
            id=id_,
            kind=kind,
            asked=asked,
            created_at=now,
            updated_at=now,
            wake_at=now + BACKOFF[0],
            expires_at=expires_at,
        )
        if not self.jobs.create(job):
            return self.jobs.get(id_)
        self.hand_out(id_)
        return job

    def hand_out(self, id_: str) -> None:
        """Have a job worked on."""
        self._queue.hand({"job": id_})

    def work(
        self,
        id_: str,
        remaining: Remaining,
        failed: Callable[[Job, Exception], None] = lambda _job, _error: None,
    ) -> Job:
        """Do pieces of a job while there is time; hand it out again for the rest.

        `failed` hears of a piece that failed: the job rests and goes on later, or is given up. One
        that was never heard of again failed, too, and the job goes on at once. A job that somebody
        else works on is left to them.

        Raises:
            NotFoundError: there is no such job.
        """
        job, now = self.jobs.get(id_), self._now()
        if job.ended or (job.taken_until is not None and job.taken_until > now):
            return job
        try:
            if job.taken_until is not None:
                error = CutOffError()
                job = _after_failure(job, error, now)
                if job.ended:
                    job = self.jobs.save(job)
                failed(job, error)
            if not job.ended:
                job = self._take(job)
            while not job.ended:
                try:
                    piece = self._workers[job.kind]()(job)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                    job = self.jobs.save(_after_failure(job, error, self._now()))
                    failed(job, error)
                    return job
                job = self._take(_after(job, piece))
                if piece.rest is not None and not job.ended:  # the sweep hands it out again
                    rested = self._now() + piece.rest
                    return self.jobs.save(replace(job, taken_until=None, wake_at=rested))
                if not job.ended and not remaining.enough():
                    job = self.jobs.save(replace(job, taken_until=None))
                    self.hand_out(id_)
                    break
        except StaleError:
            return self.jobs.get(id_)
        return job

    def _take(self, job: Job) -> Job:
        """Write how a job stands; one that goes on is ours for a while."""
        now = self._now()
        until = None if job.ended else now + LEASE
        state = job.state if job.ended else "running"
        return self.jobs.save(
            replace(job, state=state, updated_at=now, wake_at=until, taken_until=until)
        )


def _after(job: Job, piece: Piece) -> Job:
    counts = dict(job.counts)
    for name, more in piece.counts.items():
        counts[name] = counts.get(name, 0) + more
    return replace(
        job,
        state="done" if piece.cursor is None else "running",
        cursor=piece.cursor,
        counts=counts,
        answer=job.answer if piece.answer is None else piece.answer,
        failures=0,
        error=None,
    )


def _after_failure(job: Job, error: Exception, now: datetime) -> Job:
    failures = job.failures + 1
    ended = failures >= MOST_FAILURES
    return replace(
        job,
        state="failed" if ended else "running",
        failures=failures,
        error=type(error).__name__,
        updated_at=now,
        wake_at=None if ended else now + BACKOFF[failures - 1],
        taken_until=None,
    )
