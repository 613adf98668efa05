"""Long work: piece by piece, resumed wherever it stopped, given up after eight failures."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from guardia.adapters.memory import MemoryStore
from guardia.adapters.memory_jobs import MemoryJobs
from guardia.jobs import BACKOFF, LEASE, MOST_FAILURES, Piece, Runner
from guardia.ports import DueJob, Job, NotFoundError, StaleError
from guardia.remaining import Remaining
from tests.unit.sweep.world import AT, MINUTE, CutOff, Kept


@dataclass
class Counting:
    """A worker that counts to five, one a piece; `before` is called first."""

    did: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def __call__(self, job: Job) -> Piece:
        self.before()
        place = int(job.cursor or 0) + 1
        self.did.append(str(place))
        if place == 5:
            return Piece(cursor=None, counts={"seen": 1}, answer={"last": place})
        return Piece(cursor=str(place), counts={"seen": 1})


@dataclass
class Desk:
    now: datetime = AT
    worker: Counting = field(default_factory=Counting)
    queue: Kept = field(default_factory=Kept)
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.jobs = MemoryJobs(self.store)
        self.runner = Runner(
            self.jobs, self.queue, {"count": lambda: self.worker}, lambda: self.now
        )
        self.failures: list[tuple[str, str]] = []

    def start(self) -> Job:
        return self.runner.start("J1", "count", {"to": 5})

    def work(self, pieces: int = 100) -> Job:
        """Work on the job as long as the time for so many pieces is left."""
        left = iter([60_000] * pieces + [0] * 100)
        return self.runner.work("J1", Remaining(lambda: next(left)), self._failed)

    def _failed(self, job: Job, error: Exception) -> None:
        self.failures.append((job.state, type(error).__name__))

    def due(self, at: datetime) -> list[str]:
        return [one.job for one in self.store.due(at, 10) if isinstance(one, DueJob)]


def test_a_job_is_done_piece_by_piece_to_its_answer() -> None:
    desk = Desk()
    desk.start()
    job = desk.work()
    assert (job.state, job.counts, job.answer) == ("done", {"seen": 5}, {"last": 5})
    assert desk.worker.did == ["1", "2", "3", "4", "5"]
    assert desk.due(AT + timedelta(days=400)) == []


def test_a_job_is_started_once() -> None:
    desk = Desk()
    first = desk.start()
    assert desk.start() == first
    assert desk.queue.parcels == [{"job": "J1"}]


def test_what_there_is_no_time_for_is_handed_out_again() -> None:
    desk = Desk()
    desk.start()
    job = desk.work(pieces=3)
    assert (job.state, job.cursor, job.taken_until) == ("running", "3", None)
    assert desk.queue.parcels == [{"job": "J1"}] * 2
    assert desk.work().state == "done"
    assert desk.worker.did == ["1", "2", "3", "4", "5"]


def test_a_job_whose_message_was_lost_is_due_after_a_minute() -> None:
    desk = Desk(queue=Kept(broken=True))
    with pytest.raises(RuntimeError):
        desk.start()
    assert desk.due(AT) == []
    assert desk.due(AT + MINUTE) == ["J1"]


def test_a_job_whose_worker_died_is_due_when_its_lease_ends_and_goes_on_from_its_checkpoint() -> (
    None
):
    desk = Desk()
    desk.start()

    def die() -> None:
        if desk.worker.did == ["1", "2"]:
            raise CutOff

    desk.worker.before = die
    with pytest.raises(CutOff):
        desk.work()
    desk.worker.before = lambda: None
    assert desk.due(AT + LEASE - timedelta(microseconds=1)) == []
    assert desk.due(AT + LEASE) == ["J1"]
    desk.now = AT + LEASE
    assert desk.work().state == "done"
    assert desk.worker.did == ["1", "2", "3", "4", "5"]


def _cut_off() -> None:
    raise CutOff


def test_a_job_on_whose_piece_its_worker_always_ends_fails_after_eight_of_them() -> None:
    desk = Desk(worker=Counting(before=_cut_off))
    desk.start()
    died = 0
    for _ in range(24 * 60):
        desk.now += MINUTE
        if desk.due(desk.now):  # what the sweep hands out
            with suppress(CutOff):
                died += 1
                desk.work()
    job = desk.jobs.get("J1")
    assert (job.state, job.failures, job.error) == ("failed", MOST_FAILURES, "CutOffError")
    assert died == MOST_FAILURES + 1  # the last of them only tells
    assert desk.failures == [("running", "CutOffError")] * 7 + [("failed", "CutOffError")]
    assert desk.worker.did == []


def test_an_end_and_an_error_of_one_piece_are_two_failures() -> None:
    desk = Desk(worker=Counting(before=_cut_off))
    desk.start()
    with pytest.raises(CutOff):
        desk.work()
    desk.worker.before = _fail
    desk.now += LEASE
    job = desk.work()
    assert (job.failures, job.error, job.wake_at) == (2, "ValueError", desk.now + BACKOFF[1])


def test_a_piece_that_is_done_makes_the_ends_before_it_forgotten() -> None:
    desk = Desk()
    desk.start()
    ends = iter([True, False] * 20)

    def now_and_then() -> None:
        if next(ends):
            raise CutOff

    desk.worker.before = now_and_then
    for _ in range(5):
        with pytest.raises(CutOff):
            desk.work(pieces=1)
        desk.now += LEASE
        job = desk.work(pieces=0)
        assert (job.failures, job.error) == (0, None)
    assert (job.state, desk.worker.did) == ("done", ["1", "2", "3", "4", "5"])


def test_a_job_that_was_handed_out_again_in_time_has_not_failed() -> None:
    desk = Desk()
    desk.start()
    desk.work(pieces=2)
    desk.now += LEASE
    desk.work(pieces=1)
    assert desk.failures == []


def test_a_second_message_leaves_a_job_to_whoever_works_on_it() -> None:
    desk = Desk()
    desk.start()
    seen: list[Job] = []
    desk.worker.before = lambda: seen.append(desk.work()) if not seen else None
    assert desk.work().state == "done"
    assert (seen[0].state, desk.worker.did) == ("running", ["1", "2", "3", "4", "5"])


def test_whoever_lost_a_job_to_another_stops_at_the_next_checkpoint() -> None:
    desk = Desk()
    desk.start()

    def taken_over() -> None:
        if desk.worker.did == ["1"]:
            desk.jobs.save(replace(desk.jobs.get("J1"), cursor="3"))

    desk.worker.before = taken_over
    assert desk.work().cursor == "3"
    assert desk.worker.did == ["1", "2"]


def _fail() -> None:
    raise ValueError("never to be written")


def test_a_piece_that_fails_is_tried_again_later_and_later() -> None:
    desk = Desk(worker=Counting(before=_fail))
    desk.start()
    for pause in BACKOFF:
        job = desk.work()
        assert (job.state, job.error, job.wake_at) == ("running", "ValueError", desk.now + pause)
        desk.now += pause
    assert desk.queue.parcels == [{"job": "J1"}]


def test_a_job_that_recovers_forgets_its_failures() -> None:
    desk = Desk(worker=Counting(before=_fail))
    desk.start()
    desk.work()
    desk.worker.before = lambda: None
    job = desk.work()
    assert (job.state, job.failures, job.error) == ("done", 0, None)


def test_the_eighth_failure_in_a_row_ends_a_job() -> None:
    desk = Desk(worker=Counting(before=_fail))
    desk.start()
    for _ in range(MOST_FAILURES):
        desk.work()
    assert desk.failures == [("running", "ValueError")] * 7 + [("failed", "ValueError")]
    assert desk.due(AT + timedelta(days=400)) == []
    assert desk.work().state == "failed"
    assert len(desk.failures) == MOST_FAILURES


def test_a_job_of_a_kind_that_nobody_does_fails() -> None:
    desk = Desk()
    desk.runner.start("J1", "unknown", {})
    assert desk.work().error == "KeyError"


def test_a_job_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotFoundError):
        Desk().work()


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten() -> None:
    desk = Desk()
    job = desk.start()
    desk.jobs.save(replace(job, cursor="1"))
    with pytest.raises(StaleError):
        desk.jobs.save(replace(job, cursor="2"))
