"""When an endpoint that keeps failing is left alone, and how it comes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guardia.domain.breaker import (
    FEWEST,
    MOST_ERRORS,
    REST,
    WINDOW,
    Breaker,
    DisabledError,
    heard,
    turn,
)

AT = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def told(good: int, bad: int, breaker: Breaker | None = None) -> Breaker:
    found = breaker or Breaker()
    for outcome in [True] * good + [False] * bad:
        found = heard(found, AT, good=outcome)
    return found


OPEN = told(0, FEWEST)


@pytest.mark.parametrize(("good", "bad"), [(0, FEWEST - 1), (4, 6), (31, 69)])
def test_calls_go_while_less_than_most_of_them_fail(good: int, bad: int) -> None:
    assert turn(told(good, bad), AT)[1] is None


@pytest.mark.parametrize(("good", "bad"), [(0, FEWEST), (3, 7), (600, MOST_ERRORS + 1)])
def test_it_opens_once_most_calls_fail_or_too_many_do(good: int, bad: int) -> None:
    assert turn(told(good, bad), AT + SECOND)[1] == AT + REST


def test_failures_of_an_earlier_window_do_not_count() -> None:
    found = heard(told(0, FEWEST - 1), AT + WINDOW, good=False)
    assert (found.bad, found.open_until) == (1, None)


def test_after_the_rest_one_call_goes_as_a_probe_and_no_second() -> None:
    probing, wait = turn(OPEN, AT + REST)
    assert wait is None
    assert turn(probing, AT + REST + SECOND)[1] == AT + 2 * REST


def test_a_probe_whose_outcome_never_came_is_followed_by_another() -> None:
    probing, _ = turn(OPEN, AT + REST)
    assert turn(probing, AT + 2 * REST)[1] is None


def test_a_good_probe_closes_it() -> None:
    probing, _ = turn(OPEN, AT + REST)
    assert turn(heard(probing, AT + REST, good=True), AT + REST)[1] is None


def test_a_bad_probe_opens_it_again() -> None:
    probing, _ = turn(OPEN, AT + REST)
    again = heard(probing, AT + REST, good=False)
    assert turn(again, AT + REST + SECOND)[1] == AT + 2 * REST


def test_outcomes_of_calls_from_before_it_opened_change_nothing() -> None:
    assert heard(OPEN, AT + SECOND, good=True) == OPEN


def test_a_disabled_endpoint_is_not_called() -> None:
    with pytest.raises(DisabledError, match="gone"):
        turn(replace(Breaker(), disabled="gone"), AT)
