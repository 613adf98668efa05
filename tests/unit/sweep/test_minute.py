"""A minute of the sweep: everything that is due is done or handed over, whatever else fails."""

from collections import Counter
from datetime import timedelta

import pytest

from functions.sweep.app import DIRECTLY
from guardia.ports import Job
from tests.unit.sweep.minutes import Minutes
from tests.unit.sweep.world import AT, MINUTE


def test_a_thousand_tickets_of_one_minute_are_done_or_handed_over_none_lost_none_twice() -> None:
    world = Minutes()
    for n in range(1_000):
        world.ticket(f"T{n:04}")
    said = world.minute()
    assert (said["woken"], said["handed"]) == (DIRECTLY, 1_000 - DIRECTLY)
    assert world.minute(after=MINUTE) == {"offered": 0, "woken": 0, "handed": 0, "jobs": 0}
    assert world.carry() == []
    assert Counter(world.guardia.woken) == Counter(f"T{n:04}" for n in range(1_000))
    assert world.due(AT + timedelta(days=400)) == []


def test_the_oldest_go_first() -> None:
    world = Minutes()
    for n in range(DIRECTLY + 1):
        world.ticket(f"T{n:04}", due_at=AT - timedelta(milliseconds=n))
    world.minute()
    assert world.guardia.woken[0] == f"T{DIRECTLY:04}"
    (parcel,) = world.over.parcels
    assert [one["ticket"] for one in parcel["tickets"]] == ["T0000"]


def test_whoever_runs_out_of_time_hands_over_the_rest() -> None:
    world = Minutes()
    for n in range(5):
        world.ticket(f"T{n}")
    left = iter((60_000, 60_000, 60_000, 45_000, 30_000, *[30_000] * 9))
    world.left = lambda: next(left)
    assert world.minute()["woken"] == 1
    world.left = lambda: 60_000
    assert world.carry() == []
    assert sorted(world.guardia.woken) == [f"T{n}" for n in range(5)]


def test_whoever_runs_out_of_time_with_what_was_handed_over_gives_it_back() -> None:
    world = Minutes()
    for n in range(DIRECTLY + 3):
        world.ticket(f"T{n:04}")
    world.minute()
    world.left = lambda: 10_000
    assert world.carry() == []
    assert len(world.guardia.woken) == DIRECTLY
    world.left = lambda: 60_000
    assert world.minute(after=MINUTE)["handed"] == 3
    assert world.carry() == []
    assert len(world.guardia.woken) == DIRECTLY + 3


def test_rows_jobs_and_a_new_version_each_have_their_queue() -> None:
    world = Minutes()
    world.ticket("A", due_at=None)
    world.row("A")
    world.config.publish({}, author="eva", message="", at=AT - MINUTE, parent=0)
    world.jobs.create(Job(id="J1", kind="x", created_at=AT, updated_at=AT, wake_at=AT))
    assert world.minute() == {"offered": 1, "woken": 0, "handed": 0, "jobs": 2}
    assert world.deliver.parcels == [{"ticket": "A", "seq": 2, "n": 0}]
    assert world.queue.parcels == [{"job": "J1"}, {"job": "recompute-1"}]


@pytest.mark.parametrize("queue", ["deliver", "over", "queue"])
def test_a_queue_that_takes_nothing_stops_no_other_work_and_is_told(queue: str) -> None:
    world = Minutes()
    for n in range(DIRECTLY + 1):
        world.ticket(f"T{n:04}")
    world.ticket("A", due_at=None)
    world.row("A")
    world.jobs.create(Job(id="J1", kind="x", created_at=AT, updated_at=AT, wake_at=AT))
    getattr(world, queue).broken = True
    with pytest.raises(RuntimeError, match="1 parts of the sweep failed"):
        world.minute()
    done = {
        "deliver": world.deliver.parcels,
        "over": world.over.parcels,
        "queue": world.queue.parcels,
    }
    assert {name: bool(parcels) for name, parcels in done.items()} == {
        name: name != queue for name in done
    }
    assert len(world.guardia.woken) == DIRECTLY


def test_a_ticket_that_always_fails_delays_no_other() -> None:
    world = Minutes()
    for n in range(10):
        world.ticket(f"T{n}", due_at=AT - timedelta(seconds=n == 0))
    world.guardia.broken["T0"] = ValueError()
    assert world.minute()["woken"] == 10
    assert [one.ticket for one in world.due(AT + timedelta(days=400))] == ["T0"]


def test_a_message_that_makes_no_sense_goes_back_alone() -> None:
    world = Minutes()
    world.ticket("A")
    world.sweeping.lend(world.due(), world.over, AT)
    world.over.parcels.insert(0, {})
    assert world.carry() == ["0"]
    assert world.guardia.woken == ["A"]
