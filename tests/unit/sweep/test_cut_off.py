"""Tickets on which the whole invocation ends: they stop no other, and are given up in the end."""

import json
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.sweep.app import DIRECTLY
from guardia.ports import Commit, DueTicket
from guardia.sweeping import BACKOFF, LEASE, MOST_FAILURES, Failure, lent, was_begun
from tests.unit.sweep.minutes import Minutes
from tests.unit.sweep.world import AT, MINUTE, CutOff, World, entry

DAY = timedelta(days=1)


def _minutes(*broken: str, others: int = 0) -> Minutes:
    """Tickets on which the invocation ends, and others that come after them in the same minute."""
    world = Minutes()
    for n, id_ in enumerate(broken):
        world.ticket(id_, due_at=AT - timedelta(seconds=10 - n))
        world.guardia.broken[id_] = CutOff()
    for n in range(others):
        world.ticket(f"T{n:04}")
    return world


def _pass(world: Minutes, minutes: int) -> None:
    """Let minutes pass, each with its sweep and what that handed over."""
    for _ in range(minutes):
        with suppress(CutOff):
            world.minute()
        world.carry()
        world.now += MINUTE


def _given_up(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(one) for one in caplog.records if one.message == "given up"]


# -- the minute ------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [1, 3])
def test_tickets_on_which_the_run_ends_delay_the_others_by_one_minute(broken: int) -> None:
    world = _minutes(*(f"A{n}" for n in range(broken)), others=5)
    _pass(world, 2)
    assert sorted(set(world.guardia.woken) - set(world.guardia.broken)) == [
        f"T{n:04}" for n in range(5)
    ]
    assert [one.ticket for one in world.due(AT + DAY)] == sorted(world.guardia.broken)


def test_what_comes_due_later_does_not_wait_for_a_ticket_on_which_the_run_ended() -> None:
    world = _minutes("A")
    _pass(world, 3)
    world.ticket("B", due_at=world.now)
    assert world.minute()["woken"] == 1


def test_digests_do_not_wait_behind_a_ticket_on_which_the_run_ends() -> None:
    world = _minutes("A")
    with pytest.raises(CutOff):
        world.minute()
    assert world.digests.asked == 1


def test_a_ticket_on_which_the_run_ends_is_tried_eight_times_alone_and_then_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = _minutes("A")
    caplog.set_level(logging.INFO)
    tried: list[datetime] = []
    while not _given_up(caplog):
        before = len(world.guardia.woken)
        _pass(world, 1)
        tried += [world.now - MINUTE] * (len(world.guardia.woken) - before)
    waits = [later - sooner for sooner, later in pairwise(tried[1:])]
    assert tried[:2] == [AT, AT + MINUTE]
    assert waits == [LEASE + one for one in (timedelta(), *BACKOFF[:-1])]
    assert [(one["ticket"], one["attempt"]) for one in _given_up(caplog)] == [("A", MOST_FAILURES)]
    assert [(one.ticket, one.failures) for one in world.store.stuck(10, None)[0]] == [
        ("A", MOST_FAILURES)
    ]
    assert world.due(AT + 400 * DAY) == []


def test_a_parcel_on_which_the_function_ends_is_handed_over_again_ticket_by_ticket() -> None:
    world = Minutes()
    for n in range(DIRECTLY + 10):
        world.ticket(f"T{n:04}")
    last = f"T{DIRECTLY:04}"
    world.guardia.broken[last] = CutOff()
    world.minute()
    assert len(world.over.parcels) == 1
    world.carry()
    assert len(world.due(AT + LEASE)) == 10
    assert world.minute(after=LEASE)["handed"] == 10
    assert [len(one["tickets"]) for one in world.over.parcels] == [1] * 10
    world.carry()
    assert [(one.ticket, one.failures) for one in world.due(AT + DAY)] == [(last, 1)]


def test_what_was_handed_over_alone_and_done_has_no_failures_any_more() -> None:
    world = _minutes("A")
    _pass(world, 2)
    assert world.store.failures == {"A": 1}
    world.guardia.broken.clear()
    _pass(world, 7)
    assert world.store.failures == {}
    assert world.due(AT + DAY) == []


def test_an_error_after_an_end_counts_once_and_lets_the_ticket_rest() -> None:
    world = _minutes("A")
    with pytest.raises(CutOff):
        world.minute()
    world.guardia.broken["A"] = ValueError()
    world.minute(after=MINUTE)
    world.carry()
    assert [(one.failures, one.wake_at) for one in world.due(AT + DAY)] == [
        (1, AT + MINUTE + BACKOFF[0])
    ]


def test_a_queue_that_takes_nothing_for_hours_lets_no_ticket_be_given_up() -> None:
    world = Minutes()
    world.ticket("A", due_at=AT - 2 * MINUTE)
    world.over.broken = True
    for _ in range(4 * 60):
        with pytest.raises(RuntimeError):
            world.minute(after=MINUTE)
    assert [one.failures for one in world.due()] == [0]
    world.over.broken = False
    assert world.minute(after=MINUTE)["handed"] == 1
    world.carry()
    assert world.guardia.woken == ["A"]


def test_what_there_is_no_time_to_hand_over_stays_due() -> None:
    world = Minutes()
    for n in range(3):
        world.ticket(f"T{n}", due_at=AT - 2 * MINUTE)
    world.left = lambda: 10_000
    assert world.minute()["handed"] == 0
    assert [(one.failures, one.wake_at) for one in world.due()] == [(0, AT - 2 * MINUTE)] * 3


# -- handing over alone ----------------------------------------------------------------------------


def _alone(world: World, due: list[DueTicket]) -> tuple[int, list[Failure]]:
    told: list[Failure] = []
    handed = world.sweeping.lend_alone(
        due, world.over, world.now, enough=lambda: True, failed=told.append
    )
    return handed, told


def test_a_ticket_that_is_handed_over_alone_comes_with_the_failures_before_this_try() -> None:
    world = World()
    world.ticket("A")
    assert _alone(world, [replace(one, failures=3) for one in world.due()]) == (1, [])
    tickets, until = lent(json.loads(json.dumps(world.over.parcels[0])))
    wake_at = AT + LEASE + BACKOFF[2]
    assert ([(one.failures, one.wake_at) for one in tickets], until) == ([(3, wake_at)], AT)
    assert [(one.failures, one.wake_at) for one in world.due(AT + DAY)] == [(4, wake_at)]


def test_a_ticket_is_handed_over_alone_by_one_of_two_sweeps() -> None:
    world = World()
    world.ticket("A")
    seen = world.due()
    assert [_alone(world, seen)[0] for _ in range(2)] == [1, 0]
    assert [one.failures for one in world.due(AT + DAY)] == [1]


def test_a_ticket_that_somebody_has_written_to_meanwhile_is_not_given_up() -> None:
    world = World()
    head = world.ticket("A")
    seen = [replace(one, failures=MOST_FAILURES) for one in world.due()]
    newer = replace(head, version=2, due_at=AT + MINUTE)
    world.store.commit(Commit(ticket=newer, expected=1, entries=(entry(2),)))
    assert _alone(world, seen) == (0, [])
    assert [one.failures for one in world.due(AT + DAY)] == [0]


@pytest.mark.parametrize(
    ("changed", "begun"),
    [
        ({}, False),
        ({"wake_at": AT - MINUTE, "due_at": AT - MINUTE}, True),
        ({"wake_at": AT - MINUTE + timedelta(microseconds=1)}, True),
        ({"due_at": AT - MINUTE}, True),
        ({"failures": 1}, True),
    ],
    ids=["due in this minute", "due a minute ago", "moved", "lent", "failed"],
)
def test_what_an_earlier_run_has_begun_with_is_known(changed: dict[str, Any], begun: bool) -> None:
    due = DueTicket(ticket="A", wake_at=AT, due_at=AT)
    assert was_begun(replace(due, **changed), AT) is begun
