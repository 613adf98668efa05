"""Times that come back: 09:00 stays 09:00, holidays are left out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from guardia.domain.desk import Recurrence, Schedule
from guardia.domain.hours import Hours
from guardia.domain.recurrence import next_at
from guardia.domain.timetable import Timetable
from tests.unit.domain.builders import a_desk

HOLIDAY = date(2026, 3, 31)
DESK = a_desk(
    schedules={
        "office": Schedule(
            id="office",
            name="Office",
            hours=Hours(Timetable(timezone="Europe/Madrid", holidays=frozenset({HOLIDAY}))),
        )
    }
)
EVERY_DAY = frozenset(range(7))
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 95).map(lambda quarter: quarter * 15),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.booleans(),
    st.integers(0, 400),
)
def test_the_next_one_is_the_first_quarter_of_an_hour_that_shows_its_time(
    zone: str, minute: int, days: frozenset[int], skips: bool, hours: int
) -> None:
    every = Recurrence(minute=minute, days=days, timezone=zone, skip="office" if skips else None)
    at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(hours=hours)
    found = next_at(every, DESK, at)
    assert found is not None
    place = ZoneInfo(zone)
    now = at
    while True:
        local = now.astimezone(place)
        shown = local.hour * 60 + local.minute == minute and not local.fold
        skipped = skips and local.date() == HOLIDAY
        if shown and local.weekday() in days and not skipped:
            break
        now += timedelta(minutes=15)
        if now > found:
            # The clocks skip the time that day: it comes by the length of the gap later.
            gap = found.astimezone(place)
            assert gap.hour * 60 + gap.minute > minute
            return
    assert found == now


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 3, 27), 8),
        (date(2026, 3, 30), 7),
        (date(2026, 10, 23), 7),
        (date(2026, 10, 26), 8),
    ],
)
def test_nine_stays_nine_when_the_clocks_change(day: date, utc: int) -> None:
    every = Recurrence(minute=9 * 60, days=EVERY_DAY, timezone="Europe/Madrid")
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)

    assert next_at(every, DESK, start) == start + timedelta(hours=utc)


def test_a_time_that_comes_twice_comes_once() -> None:
    every = Recurrence(minute=150, days=EVERY_DAY, timezone="Europe/Madrid")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert next_at(every, DESK, datetime(2026, 10, 25, tzinfo=UTC)) == first
    assert next_at(every, DESK, first + timedelta(seconds=1)) == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


def test_it_is_due_at_its_own_instant_and_not_after() -> None:
    every = Recurrence(minute=9 * 60, days=EVERY_DAY, timezone="UTC")
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)

    assert next_at(every, DESK, nine) == nine
    assert next_at(every, DESK, nine + timedelta(seconds=1)) == nine + timedelta(days=1)
