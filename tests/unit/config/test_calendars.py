"""Holiday lists in iCalendar files."""

from datetime import date

import pytest

from guardia.config.calendars import calendar_dates
from guardia.config.schedules import ScheduleError

CHRISTMAS = "DTSTART;VALUE=DATE:20261225"


def ics(*events: str) -> str:
    """A calendar of events whose lines are separated by blanks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Acme//Festivos//ES"]
    for event in events:
        lines += ["BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *event.split(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def within(found: list[date], first: int, last: int) -> list[date]:
    return [day for day in found if first <= day.year <= last]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (CHRISTMAS, ["2026-12-25"]),
        (f"{CHRISTMAS} DTEND;VALUE=DATE:20261226", ["2026-12-25"]),
        (f"{CHRISTMAS} DTEND;VALUE=DATE:20261225", ["2026-12-25"]),
        (f"{CHRISTMAS} DTEND;VALUE=DATE:20261228", ["2026-12-25", "2026-12-26", "2026-12-27"]),
        (f"{CHRISTMAS} DURATION:P2D", ["2026-12-25", "2026-12-26"]),
        (f"{CHRISTMAS} STATUS:CANCELLED", []),
        (f"{CHRISTMAS} RDATE;VALUE=DATE:20270106", ["2026-12-25", "2027-01-06"]),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;COUNT=2", ["2026-12-25", "2027-12-25"]),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;UNTIL=20271225", ["2026-12-25", "2027-12-25"]),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;UNTIL=20271225T000000Z", ["2026-12-25", "2027-12-25"]),
        (
            f"{CHRISTMAS} RRULE:FREQ=YEARLY;COUNT=3 EXDATE;VALUE=DATE:20271225",
            ["2026-12-25", "2028-12-25"],
        ),
        (
            "DTSTART;VALUE=DATE:20261231 DTEND;VALUE=DATE:20270102 RRULE:FREQ=YEARLY;COUNT=2",
            ["2026-12-31", "2027-01-01", "2027-12-31", "2028-01-01"],
        ),
    ],
)
def test_whole_days_count_as_often_as_they_are_repeated(event: str, expected: list[str]) -> None:
    assert calendar_dates(ics(event)) == days(*expected)


def test_a_rule_without_an_end_holds_for_all_known_years() -> None:
    found = calendar_dates(ics(f"{CHRISTMAS} RRULE:FREQ=YEARLY"))

    assert within(found, 2190, 2300) == [date(year, 12, 25) for year in range(2190, 2200)]


def test_a_holiday_of_the_leap_day_is_there_in_leap_years_only() -> None:
    found = calendar_dates(ics("DTSTART;VALUE=DATE:20240229 RRULE:FREQ=YEARLY"))

    assert within(found, 2024, 2032) == days("2024-02-29", "2028-02-29", "2032-02-29")


def test_days_of_several_events_come_in_order_and_once() -> None:
    text = ics("DTSTART;VALUE=DATE:20270101", CHRISTMAS, CHRISTMAS)

    assert calendar_dates(text) == days("2026-12-25", "2027-01-01")


def test_a_repetition_that_was_moved_counts_where_it_went() -> None:
    series = f"UID:a {CHRISTMAS} RRULE:FREQ=YEARLY;COUNT=2"
    moved = "UID:a RECURRENCE-ID;VALUE=DATE:20271225 DTSTART;VALUE=DATE:20271227"

    assert calendar_dates(ics(series, moved)) == days("2026-12-25", "2027-12-27")


def test_a_repetition_that_was_cancelled_is_none() -> None:
    series = f"UID:a {CHRISTMAS} RRULE:FREQ=YEARLY;COUNT=2"
    gone = "UID:a RECURRENCE-ID;VALUE=DATE:20261225 DTSTART;VALUE=DATE:20261225 STATUS:CANCELLED"

    assert calendar_dates(ics(series, gone)) == days("2027-12-25")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20261225T100000Z SUMMARY:Cena", r"event 1 \(Cena\): it has a time of day"),
        ("SUMMARY:Nada", r"event 1 \(Nada\): it has no DTSTART"),
        ("DTSTART;VALUE=DATE:20260230", "event 1: DTSTART cannot be read"),
        (f"{CHRISTMAS} DTEND;VALUE=DATE:20261201", "event 1: it does not last whole days"),
        (f"{CHRISTMAS} DURATION:PT2H", "event 1: it does not last whole days"),
        (f"{CHRISTMAS} DTEND;VALUE=DATE:20281201", "event 1: it lasts longer than a year"),
        (f"{CHRISTMAS} RRULE:FREQ=HOURLY", "event 1: RRULE needs one of YEARLY"),
        (f"{CHRISTMAS} RRULE:FREQ=DAILY;BYHOUR=3", "event 1: RRULE with times of day"),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;BYMONTH=99", "event 1: RRULE names days that never come"),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;INTERVAL=0", "event 1: RRULE needs an INTERVAL of 1"),
        (f"{CHRISTMAS} RRULE:FREQ=YEARLY;COUNT=2;UNTIL=20301225", "event 1: RRULE has both COUNT"),
        (f"{CHRISTMAS} {CHRISTMAS}", "event 1: it has DTSTART twice"),
        (f"{CHRISTMAS} DURATION:P1D DURATION:P2D", "event 1: it has DURATION twice"),
        (f"{CHRISTMAS} RDATE;VALUE=PERIOD:20260101T000000Z/P1D", "event 1: RDATE with periods"),
        (f"{CHRISTMAS} RECURRENCE-ID:foo", "event 1: RECURRENCE-ID cannot be read"),
    ],
)
def test_an_event_that_cannot_be_used_is_named(event: str, expected: str) -> None:
    with pytest.raises(ScheduleError, match=f"^{expected}"):
        calendar_dates(ics(event))


@pytest.mark.parametrize(
    "text", ["", "hola", "<html>", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "\0"]
)
def test_what_is_no_calendar_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ScheduleError, match="this is not an iCalendar file"):
        calendar_dates(text)


def test_every_event_that_cannot_be_used_is_named_in_one_run() -> None:
    with pytest.raises(ScheduleError) as caught:
        calendar_dates(ics("SUMMARY:Uno", CHRISTMAS, "SUMMARY:Tres"))

    assert [one.message.split(":")[0] for one in caught.value.remarks] == [
        "event 1 (Uno)",
        "event 3 (Tres)",
    ]
