"""Stopping while there is time left."""

import pytest

from guardia.remaining import LEAST, Remaining


def _asked(*left: int) -> list[bool]:
    """Ask once for each instant but the first, at which the work begins."""
    told = iter(left)
    remaining = Remaining(lambda: next(told))
    return [remaining.enough() for _ in left[1:]]


def test_there_is_enough_while_more_than_ten_seconds_are_left() -> None:
    assert _asked(LEAST + 2, LEAST + 2, LEAST + 1, LEAST) == [True, True, False]


@pytest.mark.parametrize(("left", "enough"), [(24_001, True), (24_000, False)])
def test_three_times_the_slowest_thing_must_fit(left: int, enough: bool) -> None:
    assert _asked(40_000, 40_000, 32_000, left) == [True, True, enough]


def test_a_quick_thing_does_not_make_a_slow_one_forgotten() -> None:
    assert _asked(60_000, 40_000, 39_999) == [False, False]
