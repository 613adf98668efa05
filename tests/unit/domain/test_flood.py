"""How many messages of one sender are taken in."""

from datetime import UTC, datetime, timedelta

import pytest

from guardia.domain.flood import MOST, PAUSE, WINDOW, Flow, counted, is_stopped, sender_of

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FULL = Flow(sender="x", count=MOST, since=NOON)


def test_the_first_message_begins_a_window() -> None:
    assert counted(Flow(sender="x"), NOON) == Flow(sender="x", count=1, since=NOON)


def test_as_many_as_are_allowed_pass() -> None:
    almost = Flow(sender="x", count=MOST - 1, since=NOON)
    assert not is_stopped(counted(almost, NOON + SECOND), NOON + SECOND)


def test_one_more_is_too_much_and_stops_for_an_hour() -> None:
    late = NOON + timedelta(minutes=59)
    assert counted(FULL, late).until == late + PAUSE


@pytest.mark.parametrize(("after", "stopped"), [(SECOND, True), (PAUSE - SECOND, True), (PAUSE, False)])  # fmt: skip
def test_what_comes_while_it_is_stopped_is_set_aside_and_not_counted(
    after: timedelta, stopped: bool
) -> None:
    flow = counted(FULL, NOON)
    assert is_stopped(flow, NOON + after) is stopped
    assert (counted(flow, NOON + after) == flow) is stopped


@pytest.mark.parametrize("flow", [FULL, counted(FULL, NOON)])
def test_afterwards_the_count_begins_anew(flow: Flow) -> None:
    later = NOON + WINDOW + PAUSE
    assert counted(flow, later) == Flow(sender="x", count=1, since=later)


def test_a_message_that_comes_out_of_order_is_counted_with_the_others() -> None:
    assert counted(FULL, NOON - SECOND).count == MOST + 1


def test_who_proved_it_and_who_says_so_are_counted_apart() -> None:
    address = "ana@globex.example"
    assert sender_of(address, proved=True) != sender_of(address, proved=False)
