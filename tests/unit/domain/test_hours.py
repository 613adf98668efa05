"""Hours at their boundaries: closing instants, midnight, clock changes, dates that differ."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from guardia.domain.hours import ALWAYS_OPEN, Hours, NoAnswerError
from guardia.domain.timetable import Interval, Timetable

OFFICE: tuple[Interval, ...] = ((9 * 60, 14 * 60), (16 * 60, 19 * 60))
FRIDAY: tuple[Interval, ...] = ((9 * 60, 15 * 60),)
WORKING_WEEK = (OFFICE, OFFICE, OFFICE, OFFICE, FRIDAY, (), ())
ALL_DAY: tuple[Interval, ...] = ((0, 1440),)
NIGHT: tuple[Interval, ...] = ((22 * 60, 6 * 60),)


def office(**special: Any) -> Hours:
    return Hours(Timetable(timezone="Europe/Madrid", weekly=WORKING_WEEK, **special))


def every_day(zone: str, intervals: tuple[Interval, ...], **special: Any) -> Hours:
    return Hours(Timetable(timezone=zone, weekly=(intervals,) * 7, **special))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def minutes(start: str, end: str) -> Interval:
    first, last = (int(one[:2]) * 60 + int(one[3:]) for one in (start, end))
    return first, last


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T08:59:59+01:00", False),
        ("2026-03-06T09:00:00+01:00", True),
        ("2026-03-06T14:59:59+01:00", True),
        ("2026-03-06T15:00:00+01:00", False),
        ("2026-03-05T14:00:00+01:00", False),
        ("2026-03-05T16:00:00+01:00", True),
        ("2026-03-07T10:00:00+01:00", False),
    ],
)
def test_periods_are_open_at_their_start_and_closed_at_their_end(at: str, expected: bool) -> None:
    assert office().is_open(instant(at)) is expected


def test_the_last_half_minute_of_a_whole_day_is_open() -> None:
    hours = every_day("Europe/Madrid", ALL_DAY)

    assert hours.is_open(instant("2026-03-06T23:59:30+01:00"))


def test_a_duration_ends_at_closing_and_not_at_the_next_opening() -> None:
    eight_hours = 8 * 3600

    due = office().add(instant("2026-03-02T04:03:00+01:00"), eight_hours)

    assert due == instant("2026-03-02T19:00:00+01:00")


def test_one_second_more_than_the_day_has_left_ends_after_the_next_opening() -> None:
    due = office().add(instant("2026-03-06T14:00:00+01:00"), 3601)

    assert due == instant("2026-03-09T09:00:01+01:00")


def test_a_duration_counted_back_to_an_opening_ends_there_and_not_at_the_closing_before() -> None:
    begun = office().subtract(instant("2026-03-09T10:00:00+01:00"), 3600)

    assert begun == instant("2026-03-09T09:00:00+01:00")


@pytest.mark.parametrize(
    ("question", "at", "expected"),
    [
        ("next_open", "2026-03-06T10:00:00+01:00", "2026-03-06T10:00:00+01:00"),
        ("next_open", "2026-03-06T15:00:00+01:00", "2026-03-09T09:00:00+01:00"),
        ("previous_open", "2026-03-06T10:00:00+01:00", "2026-03-06T10:00:00+01:00"),
        ("previous_open", "2026-03-06T15:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("previous_open", "2026-03-08T12:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("next_close", "2026-03-06T10:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("next_close", "2026-03-06T15:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("next_close", "2026-03-06T15:00:01+01:00", "2026-03-09T14:00:00+01:00"),
        ("previous_close", "2026-03-06T15:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("previous_close", "2026-03-06T14:59:59+01:00", "2026-03-05T19:00:00+01:00"),
    ],
)
def test_the_nearest_opening_and_closing_count_the_instant_itself(
    question: str, at: str, expected: str
) -> None:
    assert getattr(office(), question)(instant(at)) == instant(expected)


@pytest.mark.parametrize(
    ("question", "at", "expected"),
    [
        ("add", "2026-03-06T16:00:00+01:00", "2026-03-09T09:00:00+01:00"),
        ("add", "2026-03-06T15:00:00+01:00", "2026-03-09T09:00:00+01:00"),
        ("add", "2026-03-06T14:00:00+01:00", "2026-03-06T14:00:00+01:00"),
        ("subtract", "2026-03-06T16:00:00+01:00", "2026-03-06T15:00:00+01:00"),
        ("subtract", "2026-03-06T09:00:00+01:00", "2026-03-06T09:00:00+01:00"),
    ],
)
def test_no_seconds_lead_from_a_closed_instant_to_the_nearest_open_time(
    question: str, at: str, expected: str
) -> None:
    assert getattr(office(), question)(instant(at), 0) == instant(expected)


def test_nothing_lies_between_an_instant_and_an_earlier_one() -> None:
    start, end = instant("2026-03-06T12:00:00+01:00"), instant("2026-03-06T10:00:00+01:00")

    assert office().between(start, end) == 0
    assert office().periods(start, end) == []


def test_spans_with_fractions_of_seconds_add_up() -> None:
    cuts = [instant(f"2026-03-06T10:00:0{n}.600000+01:00") for n in range(4)]
    hours = office()

    parts = [hours.between(a, b) for a, b in pairwise(cuts)]

    assert sum(parts) == hours.between(cuts[0], cuts[-1]) == 3


def test_answers_are_in_utc_and_whole_seconds_whatever_zone_was_asked_in() -> None:
    at = datetime(2026, 3, 6, 3, 30, 0, 999_999, tzinfo=ZoneInfo("America/New_York"))

    found = office().next_open(at)

    assert (found, found.tzinfo) == (datetime(2026, 3, 6, 8, 30, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("zone", "day", "hours_of_the_day"),
    [
        ("Europe/Madrid", "2025-03-30", 23),
        ("Europe/Madrid", "2025-10-26", 25),
        ("America/New_York", "2025-03-09", 23),
        ("America/New_York", "2025-11-02", 25),
        ("Australia/Lord_Howe", "2025-10-05", 23.5),
        ("Australia/Lord_Howe", "2025-04-06", 24.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Asia/Kathmandu", "2025-06-15", 24),
        ("Pacific/Apia", "2011-12-29", 24),
    ],
)
def test_a_whole_day_is_as_long_as_it_really_was(
    zone: str, day: str, hours_of_the_day: float
) -> None:
    weekday = date.fromisoformat(day).weekday()
    weekly = tuple(ALL_DAY if n == weekday else () for n in range(7))
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    ((start, end),) = Hours(Timetable(timezone=zone, weekly=weekly)).periods(
        noon - timedelta(days=2), noon + timedelta(days=2)
    )

    assert (end - start) / timedelta(hours=1) == hours_of_the_day


@pytest.mark.parametrize(("evening", "length"), [("2026-03-28", 7), ("2026-10-24", 9)])
def test_a_night_with_a_clock_change_is_an_hour_shorter_or_longer(
    evening: str, length: int
) -> None:
    noon = datetime.fromisoformat(f"{evening}T12:00:00+00:00")

    worked = every_day("Europe/Madrid", NIGHT).between(noon, noon + timedelta(days=1))

    assert worked == length * 3600


@pytest.mark.parametrize(
    ("interval", "day", "expected"),
    [
        (("02:30", "05:00"), "2026-03-29", ("01:30", "03:00")),  # a start in the gap: an hour later
        (("01:00", "02:30"), "2026-03-29", ("00:00", "01:30")),  # an end in the gap: an hour later
        (("02:30", "05:00"), "2026-10-25", ("00:30", "04:00")),  # a start that comes twice
        (("01:00", "02:30"), "2026-10-25", ("-", "00:30")),  # an end that comes twice
        (("01:00", "04:00"), "2026-10-25", ("-", "03:00")),
    ],
)
def test_times_in_a_gap_move_forward_and_repeated_ones_count_once(
    interval: tuple[str, str], day: str, expected: tuple[str, str]
) -> None:
    midnight = instant(f"{day}T00:00:00+00:00")

    ((start, end),) = every_day("Europe/Madrid", (minutes(*interval),)).periods(
        midnight, midnight + timedelta(hours=12)
    )

    opening = "00:00" if expected[0] == "-" else expected[0]  # it began before midnight in UTC
    assert (f"{start:%H:%M}", f"{end:%H:%M}") == (opening, expected[1])


def test_an_interval_that_a_clock_change_turns_round_is_empty() -> None:
    midnight = instant("2026-03-29T00:00:00+00:00")
    hours = every_day("Europe/Madrid", (minutes("02:30", "03:15"),))

    assert hours.periods(midnight, midnight + timedelta(hours=20)) == []


def test_whole_days_follow_each_other_without_a_gap_at_midnight() -> None:
    start, end = instant("2025-12-20T10:00:00+00:00"), instant("2027-02-01T10:00:00+00:00")

    assert every_day("Europe/Madrid", ALL_DAY).periods(start, end) == [(start, end)]


def test_an_evening_to_2400_and_a_morning_from_0000_are_one_period() -> None:
    hours = every_day("Europe/Madrid", (minutes("00:00", "06:00"), minutes("20:00", "24:00")))

    found = hours.periods_after(instant("2026-03-06T12:00:00+00:00"), 1)

    assert found == [(instant("2026-03-06T19:00:00+00:00"), instant("2026-03-07T05:00:00+00:00"))]


def test_a_holiday_closes_what_starts_on_it_and_not_the_night_before() -> None:
    hours = every_day("UTC", NIGHT, holidays=frozenset({date(2026, 3, 6)}))

    found = hours.periods(instant("2026-03-05T12:00Z"), instant("2026-03-08T12:00Z"))

    assert found == [
        (instant("2026-03-05T22:00Z"), instant("2026-03-06T06:00Z")),
        (instant("2026-03-07T22:00Z"), instant("2026-03-08T06:00Z")),
    ]


def test_a_holiday_on_the_day_of_a_clock_change_closes_all_of_its_hours() -> None:
    hours = every_day("Europe/Madrid", ALL_DAY, holidays=frozenset({date(2025, 10, 26)}))

    closed = hours.next_close(instant("2025-10-20T00:00Z"))

    assert hours.next_open(closed) - closed == timedelta(hours=25)


def test_a_holiday_over_new_year_delays_what_is_due() -> None:
    days = frozenset(date(2026, 12, 28) + timedelta(days=n) for n in range(10))

    due = office(holidays=days).add(instant("2026-12-24T18:30:00+01:00"), 3600)

    # Friday 25 December is open here; the second half hour starts it.
    assert due == instant("2026-12-25T09:30:00+01:00")
    assert office(holidays=days).next_open(instant("2026-12-25T16:00:00+01:00")) == instant(
        "2027-01-07T09:00:00+01:00"
    )


def test_two_schedules_with_different_holidays_give_different_deadlines() -> None:
    start, day = instant("2026-03-05T18:30:00+01:00"), frozenset({date(2026, 3, 6)})

    due = [one.add(start, 3600) for one in (office(), office(holidays=day))]

    assert due == [instant("2026-03-06T09:30:00+01:00"), instant("2026-03-09T09:30:00+01:00")]


def test_a_shift_stands_instead_of_the_weekly_hours() -> None:
    hours = office(shifts={date(2026, 3, 6): (minutes("20:00", "21:00"),)})

    found = hours.periods(instant("2026-03-06T00:00:00+01:00"), instant("2026-03-07T00:00+01:00"))

    assert found == [(instant("2026-03-06T20:00+01:00"), instant("2026-03-06T21:00+01:00"))]


def test_a_shift_without_intervals_closes_its_date() -> None:
    hours = office(shifts={date(2026, 3, 6): ()})

    assert not hours.is_open(instant("2026-03-06T10:00:00+01:00"))
    assert not hours.on_holiday(instant("2026-03-06T10:00:00+01:00"))


@pytest.mark.parametrize(("section", "is_open"), [("holidays", False), ("shared_holidays", True)])
def test_a_shift_overrides_shared_holidays_and_not_the_schedules_own(
    section: str, is_open: bool
) -> None:
    day, at = date(2026, 3, 6), instant("2026-03-06T10:00:00+01:00")
    hours = office(**{section: frozenset({day})}, shifts={day: (minutes("09:00", "12:00"),)})

    assert (hours.is_open(at), hours.on_holiday(at)) == (is_open, not is_open)


def test_a_holiday_is_a_date_of_the_schedules_own_zone() -> None:
    hours = every_day("Asia/Kathmandu", ALL_DAY, shared_holidays=frozenset({date(2026, 3, 6)}))

    asked = [hours.on_holiday(instant(f"2026-03-0{at}")) for at in ("5T18:14Z", "5T18:15Z")]

    assert asked == [False, True]


def test_breaks_are_taken_from_shifts_and_from_the_tail_of_the_evening_before() -> None:
    day = date(2026, 3, 6)
    hours = every_day(
        "UTC",
        NIGHT,
        shifts={day: (minutes("10:00", "14:00"),)},
        breaks={day: (minutes("02:00", "03:00"), minutes("12:00", "13:00"))},
    )

    found = hours.periods(instant("2026-03-06T00:00Z"), instant("2026-03-06T20:00Z"))

    assert [(f"{start:%H}", f"{end:%H}") for start, end in found] == [
        ("00", "02"),
        ("03", "06"),
        ("10", "12"),
        ("13", "14"),
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T22:59:59Z", False),
        ("2026-03-06T23:00:00Z", True),
        ("2026-03-07T00:59:59Z", True),
        ("2026-03-07T01:00:00Z", False),
    ],
)
def test_a_break_may_run_past_midnight(at: str, expected: bool) -> None:
    day = date(2026, 3, 6)
    hours = every_day("UTC", ALL_DAY, breaks={day: (minutes("23:00", "01:00"),)})

    assert hours.on_break(instant(at)) is expected
    assert hours.is_open(instant(at)) is not expected


def test_a_break_lasts_also_where_clocks_go_back_over_midnight() -> None:
    # St. John's went from 00:01 back to 23:01: the break of the 7th had begun before that.
    day = date(2010, 11, 7)
    hours = every_day("America/St_Johns", ALL_DAY, breaks={day: (minutes("00:00", "01:00"),)})

    assert hours.on_break(instant("2010-11-07T02:30:30Z"))
    assert hours.on_break(instant("2010-11-07T03:00:00Z"))


def test_periods_before_come_nearest_first_and_are_cut_off_at_the_start() -> None:
    found = office().periods_before(instant("2026-03-06T10:00:00+01:00"), 3)

    assert found == [
        (instant("2026-03-06T09:00+01:00"), instant("2026-03-06T10:00+01:00")),
        (instant("2026-03-05T16:00+01:00"), instant("2026-03-05T19:00+01:00")),
        (instant("2026-03-05T09:00+01:00"), instant("2026-03-05T14:00+01:00")),
    ]


def test_periods_after_are_cut_off_at_the_start() -> None:
    found = office().periods_after(instant("2026-03-06T10:00:00+01:00"), 2)

    assert found == [
        (instant("2026-03-06T10:00+01:00"), instant("2026-03-06T15:00+01:00")),
        (instant("2026-03-09T09:00+01:00"), instant("2026-03-09T14:00+01:00")),
    ]


NEVER = Hours(Timetable())


@pytest.mark.parametrize(
    ("hours", "question", "more"),
    [
        (NEVER, "next_open", ()),
        (NEVER, "previous_open", ()),
        (NEVER, "next_close", ()),
        (NEVER, "previous_close", ()),
        (NEVER, "add", (0,)),
        (NEVER, "add", (1,)),
        (NEVER, "subtract", (1,)),
        (NEVER, "periods_after", (1,)),
        (NEVER, "periods_before", (1,)),
        (every_day("UTC", ALL_DAY), "next_close", ()),
        (every_day("UTC", ALL_DAY), "previous_close", ()),
        (every_day("UTC", ALL_DAY), "periods_after", (1,)),
        (every_day("UTC", ALL_DAY), "periods_before", (1,)),
        (every_day("UTC", ALL_DAY), "add", (11 * 366 * 86_400,)),
        (every_day("UTC", ALL_DAY), "subtract", (11 * 366 * 86_400,)),
    ],
)
def test_what_does_not_happen_within_ten_years_is_no_answer(
    hours: Hours, question: str, more: tuple[int, ...]
) -> None:
    with pytest.raises(NoAnswerError, match="10 years"):
        getattr(hours, question)(instant("2026-03-06T10:00:00Z"), *more)


@pytest.mark.parametrize("years", [-9, 9])
def test_what_happens_after_nine_years_is_found(years: int) -> None:
    day = date(2026 + years, 3, 6)
    hours = Hours(Timetable(shifts={day: (minutes("10:00", "11:00"),)}))
    question = hours.next_open if years > 0 else hours.previous_open

    found = question(instant("2026-03-06T10:00:00Z"))

    assert found.date() == day


@pytest.mark.parametrize(
    ("day", "question", "more"),
    [
        ("2036-03-09", "next_open", ()),
        ("2036-03-09", "next_close", ()),
        ("2036-03-09", "add", (60,)),
        ("2036-03-09", "periods_after", (1,)),
        ("2016-03-03", "previous_open", ()),
        ("2016-03-03", "subtract", (60,)),
        ("2016-03-03", "periods_before", (1,)),
    ],
)
def test_what_lies_just_beyond_ten_years_is_no_answer_even_where_it_is_known(
    day: str, question: str, more: tuple[int, ...]
) -> None:
    hours = Hours(Timetable(shifts={date.fromisoformat(day): (minutes("10:00", "11:00"),)}))
    known = hours.is_open(instant(f"{day}T10:00:00Z"))

    with pytest.raises(NoAnswerError, match="10 years"):
        getattr(hours, question)(instant("2026-03-06T10:00:00Z"), *more)

    assert known


def test_one_schedule_answers_the_same_whatever_it_was_asked_before() -> None:
    asked = [instant(f"{year}-03-06T10:00:00+01:00") for year in (2026, 2046, 1990, 2027, 1985)]
    warm = office()

    together = [(warm.between(at, asked[0]), warm.next_close(at), warm.is_open(at)) for at in asked]

    assert together == [
        (office().between(at, asked[0]), office().next_close(at), office().is_open(at))
        for at in asked
    ]


def test_nights_are_whole_also_where_what_is_known_was_extended() -> None:
    hours, first = every_day("UTC", NIGHT), instant("2026-03-06T01:00:00Z")
    nights = [first + timedelta(days=n) for n in range(-800, 800)]

    assert hours.is_open(first)
    assert [at for at in nights if not hours.is_open(at)] == []
    assert hours.between(nights[0], nights[-1]) == 1599 * 8 * 3600


def test_a_morning_far_east_is_known_at_the_end_of_what_is_known() -> None:
    # Kiritimati's mornings lie on the UTC date before their own.
    hours, first = every_day("Pacific/Kiritimati", ALL_DAY), instant("2026-03-06T23:00:00Z")
    evenings = [first + timedelta(days=n) for n in range(800)]

    assert [at for at in evenings if not hours.is_open(at)] == []


@pytest.mark.parametrize(
    "at", ["1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "0001-01-01T00:00Z"]
)
def test_instants_outside_the_known_years_are_no_answer_and_spoil_nothing(at: str) -> None:
    hours = office()

    with pytest.raises(NoAnswerError, match="1900 to 2199"):
        hours.is_open(instant(at))

    assert hours.is_open(instant("2026-03-06T10:00:00+01:00"))


@pytest.mark.parametrize("hours", [office(), ALWAYS_OPEN])
@pytest.mark.parametrize("question", ["add", "subtract", "periods_after", "periods_before"])
def test_amounts_below_zero_are_refused(hours: Hours, question: str) -> None:
    with pytest.raises(ValueError, match="below 0"):
        getattr(hours, question)(instant("2026-03-06T10:00:00Z"), -1)


def test_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(TypeError):
        office().is_open(datetime(2026, 3, 6, 10))  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("question", "more", "expected"),
    [
        ("is_open", (), True),
        ("add", (90,), instant("2026-03-06T10:01:30Z")),
        ("subtract", (90,), instant("2026-03-06T09:58:30Z")),
        ("next_open", (), instant("2026-03-06T10:00:00Z")),
        ("previous_open", (), instant("2026-03-06T10:00:00Z")),
        ("between", (instant("2026-03-07T10:00:00Z"),), 86_400),
        ("between", (instant("2026-03-05T10:00:00Z"),), 0),
        ("periods_after", (0,), []),
        ("periods_before", (0,), []),
        ("on_holiday", (), False),
        ("on_break", (), False),
        (
            "periods",
            (instant("2026-03-07T10:00:00Z"),),
            [(instant("2026-03-06T10:00:00Z"), instant("2026-03-07T10:00:00Z"))],
        ),
    ],
)
def test_without_a_schedule_the_desk_answers_like_seven_whole_days(
    question: str, more: tuple[Any, ...], expected: Any
) -> None:
    at = instant("2026-03-06T10:00:00Z")

    assert getattr(ALWAYS_OPEN, question)(at, *more) == expected
    assert getattr(every_day("UTC", ALL_DAY), question)(at, *more) == expected


@pytest.mark.parametrize(
    ("question", "more"),
    [
        ("next_close", ()),
        ("previous_close", ()),
        ("periods_after", (1,)),
        ("periods_before", (1,)),
        ("add", (10**12,)),
        ("subtract", (10**12,)),
    ],
)
def test_without_a_schedule_there_is_no_closing_and_no_end(
    question: str, more: tuple[int, ...]
) -> None:
    with pytest.raises(NoAnswerError):
        getattr(ALWAYS_OPEN, question)(instant("2026-03-06T10:00:00Z"), *more)


def test_counting_hours_loads_nothing_of_aws() -> None:
    code = (
        "import sys, guardia.domain.hours\n"
        "sys.exit(any(one in sys.modules for one in ('boto3', 'botocore', 'pynamodb')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own line
