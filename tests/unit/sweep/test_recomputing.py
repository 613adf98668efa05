"""A new version of the desk reaches every open ticket, once, and never by an older version."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from guardia.adapters.memory_jobs import MemoryJobs
from guardia.jobs import BACKOFF, MOST_FAILURES, Runner
from guardia.ports import Commit
from guardia.recomputing import SETTLED, Publications, Recomputing
from guardia.remaining import Remaining
from tests.unit.sweep.world import AT, MINUTE, Config, Kept, World, entry


@dataclass
class Desk(World):
    config: Config = field(default_factory=Config)
    queue: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.failed: list[str] = []
        self.jobs = MemoryJobs(self.store)
        worker = Recomputing(
            self.store, self.config, self.guardia, lambda id_, _error: self.failed.append(id_)
        )
        self.runner = Runner(self.jobs, self.queue, {"recompute": lambda: worker}, lambda: self.now)
        self.publications = Publications(self.config, lambda: self.runner)

    def publish(self) -> None:
        live = self.config.live()
        number = self.config.publish({}, author="eva", message="", at=self.now, parent=live)
        self.guardia.version = str(number)

    def settle(self) -> None:
        self.now += SETTLED

    def work(self, id_: str, left: int = 60_000) -> Any:
        return self.runner.work(id_, Remaining(lambda: left))


def _open(desk: Desk, count: int, **more: Any) -> list[str]:
    ids = [f"T{n:04}" for n in range(count)]
    for n, id_ in enumerate(ids):
        desk.ticket(id_, due_at=None, updated_at=AT - n * MINUTE, **more)
    return ids


def test_a_version_is_followed_by_its_job_once_it_is_old_enough() -> None:
    desk = Desk()
    desk.publish()
    assert desk.publications.due_at() == AT + SETTLED
    assert desk.publications.follow(AT + SETTLED - timedelta(microseconds=1)) is None
    job = desk.publications.follow(AT + SETTLED)
    assert job is not None
    assert (job.id, job.kind, job.asked) == ("recompute-1", "recompute", {"version": 1})
    assert desk.publications.due_at() is None


def test_a_version_is_followed_once_whoever_looks() -> None:
    desk = Desk()
    desk.publish()
    desk.settle()
    another = Publications(desk.config, lambda: desk.runner)
    assert [one.follow(desk.now) is not None for one in (desk.publications, another)] == [
        True,
        False,
    ]
    assert desk.queue.parcels == [{"job": "recompute-1"}]


def test_a_desk_without_a_version_has_nothing_to_follow() -> None:
    desk = Desk()
    assert desk.publications.follow(AT + timedelta(days=1)) is None


def test_every_open_ticket_is_recomputed_once_in_as_many_pieces_as_it_takes() -> None:
    desk = Desk()
    ids = _open(desk, 250)
    desk.publish()
    desk.settle()
    job = desk.publications.follow(desk.now)
    assert job is not None
    states = [desk.work(job.id, left=0).state for _ in range(3)]
    assert states == ["running", "running", "done"]
    assert sorted(desk.guardia.woken) == ids
    assert desk.jobs.get(job.id).counts == {"seen": 250, "recomputed": 250, "failed": 0}


@pytest.mark.parametrize("status", ["new", "open", "pending", "hold", "solved"])
def test_a_ticket_that_is_not_closed_is_recomputed(status: str) -> None:
    desk = Desk()
    _open(desk, 1, status=status)
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    assert desk.work("recompute-1").counts["recomputed"] == 1


def test_closed_tickets_and_those_that_know_the_version_are_left_alone() -> None:
    desk = Desk()
    desk.ticket("A", due_at=None, status="closed")
    desk.ticket("B", due_at=None, config="1")
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    assert desk.work("recompute-1").counts == {"seen": 1, "recomputed": 0, "failed": 0}
    assert desk.guardia.woken == []


def test_time_passes_on_a_ticket_up_to_the_versions_instant_and_no_further() -> None:
    desk = Desk()
    desk.publish()
    desk.ticket("A", due_at=AT + MINUTE)
    desk.now += 5 * MINUTE
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    desk.work("recompute-1")
    assert desk.store.heads["A"].due_at == AT + MINUTE


def test_a_ticket_that_fails_delays_no_other_and_has_another_turn_after_them() -> None:
    desk = Desk()
    _open(desk, 3)
    desk.guardia.broken["T0000"] = ValueError()
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    job = desk.work("recompute-1")
    assert (job.state, job.taken_until, job.wake_at) == ("running", None, AT + MINUTE)
    assert job.counts == {"seen": 3, "recomputed": 2, "failed": 0}
    desk.guardia.broken.clear()
    desk.now += MINUTE
    job = desk.work("recompute-1")
    assert (job.state, job.counts) == ("done", {"seen": 3, "recomputed": 3, "failed": 0})
    assert desk.failed == ["T0000"]


def test_a_ticket_that_always_fails_has_eight_turns_and_is_counted() -> None:
    desk = Desk()
    _open(desk, 250)
    desk.guardia.broken["T0120"] = ValueError()
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    rests = []
    while (job := desk.work("recompute-1")).state == "running":
        assert job.wake_at is not None
        rests.append(job.wake_at - desk.now)
        desk.now = job.wake_at
    assert rests == list(BACKOFF)
    assert (job.state, job.counts) == ("done", {"seen": 250, "recomputed": 249, "failed": 1})
    assert desk.failed == ["T0120"] * MOST_FAILURES


def test_a_newer_version_ends_the_job_of_the_older_one() -> None:
    desk = Desk()
    _open(desk, 250)
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    desk.work("recompute-1", left=0)
    desk.publish()
    job = desk.work("recompute-1")
    assert (job.state, job.answer) == ("done", {"superseded_by": 2})
    assert len(desk.guardia.woken) == 100


def test_a_ticket_that_changes_while_the_job_runs_hides_no_other() -> None:
    desk = Desk()
    ids = _open(desk, 250)
    desk.publish()
    desk.runner.start("recompute-1", "recompute", {"version": 1})
    desk.work("recompute-1", left=0)
    for id_ in ids[150:200]:
        head = desk.store.heads[id_]
        after = replace(head, version=2, config="1", updated_at=AT + MINUTE)
        desk.store.commit(Commit(ticket=after, expected=1, entries=(entry(2),)))
    desk.work("recompute-1")
    assert set(ids) - set(desk.guardia.woken) == set(ids[150:200])
