"""Tickets on which something is due: done, lent, tried again, given up."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from guardia.domain.model import RefusedError
from guardia.ports import Commit, DueTicket, StaleError
from guardia.sweeping import BACKOFF, LEASE, MOST_FAILURES, lent, retry
from tests.unit.sweep.world import AT, MINUTE, World, entry

BROKEN = ValueError("never to be logged")


def _fail(world: World, id_: str) -> None:
    """Let a ticket fail at the instant it comes up."""
    (due,) = world.due()
    world.guardia.broken[id_] = BROKEN
    assert world.sweeping.wake(due, world.now) is not None


def test_what_was_carried_out_is_not_due_any_more() -> None:
    world = World()
    world.ticket("A")
    (due,) = world.due()
    assert world.sweeping.wake(due, world.now) is None
    assert world.due(AT + timedelta(days=400)) == []


def test_a_ticket_that_is_gone_is_no_failure() -> None:
    world = World()
    gone = DueTicket(ticket="A", wake_at=AT, due_at=AT)
    assert world.sweeping.wake(gone, AT) is None


def test_a_ticket_that_fails_is_left_alone_for_longer_each_time() -> None:
    world = World()
    world.ticket("A")
    waits = []
    for _ in BACKOFF:
        _fail(world, "A")
        before = world.now
        world.now = min(at for at, _ in world.store.timers.order)
        assert world.due(world.now - timedelta(microseconds=1)) == []
        waits.append(world.now - before)
    assert waits == list(BACKOFF)


def test_the_eighth_failure_gives_a_ticket_up_and_says_so() -> None:
    world = World()
    world.ticket("A")
    world.guardia.broken["A"] = BROKEN
    told = []
    for _ in range(MOST_FAILURES):
        (due,) = world.due()
        told.append(world.sweeping.wake(due, world.now))
        world.now += timedelta(hours=1)
    assert [(one.failures, one.given_up) for one in told if one] == [
        *((n, False) for n in range(1, MOST_FAILURES)),
        (MOST_FAILURES, True),
    ]
    assert world.due(AT + timedelta(days=400)) == []
    assert [one.ticket for one in world.store.stuck(10, None)[0]] == ["A"]


def test_a_ticket_that_was_given_up_starts_from_the_beginning_when_it_is_retried() -> None:
    world = World()
    world.ticket("A")
    world.store.give_up("A", seen=AT, at=AT, failures=MOST_FAILURES)
    again = retry(world.store, "A", AT + MINUTE)
    assert (again.wake_at, again.failures) == (AT + MINUTE, 0)
    assert world.due(AT + MINUTE) == [again]
    assert world.sweeping.wake(again, AT + MINUTE) is None


def test_a_ticket_that_was_not_given_up_is_not_retried() -> None:
    world = World()
    world.ticket("A")
    with pytest.raises(RefusedError):
        retry(world.store, "A", AT)


def test_a_failure_does_not_move_a_ticket_that_somebody_has_written_to_meanwhile() -> None:
    world = World()
    head = world.ticket("A")
    (due,) = world.due()
    world.guardia.broken["A"] = BROKEN
    newer = replace(head, version=2, due_at=AT + MINUTE)
    world.store.commit(Commit(ticket=newer, expected=1, entries=(entry(2),)))
    failure = world.sweeping.wake(replace(due, failures=MOST_FAILURES - 1), world.now)
    assert failure is not None
    assert not failure.given_up
    assert [one.wake_at for one in world.due(AT + MINUTE)] == [AT + MINUTE]


def test_what_is_lent_comes_with_all_that_loading_it_needs() -> None:
    world = World()
    for n in range(25):
        world.ticket(f"T{n:02}", organization="globex")
    due = world.due()
    assert world.sweeping.lend(due, world.over, world.now) == 25
    read = [lent(json.loads(json.dumps(one))) for one in world.over.parcels]
    assert [len(tickets) for tickets, _ in read] == [10, 10, 5]
    assert [one for tickets, _ in read for one in tickets] == [
        replace(one, wake_at=AT + LEASE) for one in due
    ]
    assert {until for _, until in read} == {AT}


def test_what_is_lent_is_not_due_until_the_lease_ends() -> None:
    world = World()
    world.ticket("A")
    world.sweeping.lend(world.due(), world.over, AT)
    assert world.due(AT + LEASE - timedelta(microseconds=1)) == []
    assert [one.ticket for one in world.due(AT + LEASE)] == ["A"]


def test_what_another_sweep_has_taken_is_not_lent_a_second_time() -> None:
    world = World()
    world.ticket("A")
    seen = world.due()
    assert [world.sweeping.lend(seen, world.over, AT) for _ in range(2)] == [1, 0]
    assert len(world.over.parcels) == 1


def test_what_the_queue_did_not_take_comes_up_again_by_itself() -> None:
    world = World()
    world.over.broken = True
    world.ticket("A")
    with pytest.raises(RuntimeError):
        world.sweeping.lend(world.due(), world.over, AT)
    assert [one.ticket for one in world.due(AT + LEASE)] == ["A"]


def test_what_is_given_back_is_due_at_once() -> None:
    world = World()
    world.ticket("A")
    world.sweeping.lend(world.due(), world.over, AT)
    tickets, _ = lent(json.loads(json.dumps(world.over.parcels[0])))
    world.now += MINUTE
    world.sweeping.give_back(tickets)
    assert [one.wake_at for one in world.due()] == [AT + MINUTE]


def test_a_ticket_whose_failure_cannot_even_be_written_down_stops_nobody() -> None:
    world = World()
    world.ticket("A")
    (due,) = world.due()

    def broken(*_args: object, **_named: object) -> None:
        raise OSError

    world.store.postpone = broken  # type: ignore[method-assign]  # the table is away
    world.guardia.broken["A"] = BROKEN
    failure = world.sweeping.wake(due, AT)
    assert failure is not None
    assert failure.error is BROKEN
    assert world.due() == [due]


def test_a_conflict_with_a_commit_leaves_the_ticket_to_whoever_committed() -> None:
    world = World()
    world.ticket("A")
    (due,) = world.due()
    world.guardia.broken["A"] = StaleError()
    failure = world.sweeping.wake(due, AT)
    assert failure is not None
    assert failure.failures == 1
