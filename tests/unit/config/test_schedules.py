"""Reading a schedule: what is understood, and what is said about what is not."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from guardia.config.schedules import (
    Remark,
    ScheduleError,
    normalise,
    read_dates,
    read_schedule,
    warnings,
)

OFFICE = {
    "id": "oficina",
    "timezone": "Europe/Madrid",
    "hours": {"mon": [["16:00", "19:00"], ["09:00", "14:00"]], "fri": [["22:00", "06:00"]]},
    "holidays": ["2026-12-25", {"from": "2027-08-09", "to": "2027-08-11", "name": "Cierre"}],
    "breaks": {"2026-12-24": [["12:00", "14:00"]]},
    "shifts": {"2026-12-31": [["09:00", "24:00"]], "2026-01-02": []},
    "calendars": ["festivos"],
}
CALENDARS = {"festivos": [date(2026, 12, 8)]}


def remarks(document: Any, **more: Any) -> list[str]:
    with pytest.raises(ScheduleError) as caught:
        read_schedule(document, **more)
    return [str(one) for one in caught.value.remarks]


def test_a_schedule_is_read_whole() -> None:
    read = read_schedule(OFFICE, CALENDARS)

    assert read.timezone == "Europe/Madrid"
    assert read.weekly == (((540, 840), (960, 1140)), (), (), (), ((1320, 360),), (), ())
    assert sorted(read.holidays) == [date(2026, 12, 25)] + [date(2027, 8, n) for n in (9, 10, 11)]
    assert read.shared_holidays == {date(2026, 12, 8)}
    assert read.breaks == {date(2026, 12, 24): ((720, 840),)}
    assert read.shifts == {date(2026, 12, 31): ((540, 1440),), date(2026, 1, 2): ()}


def test_dates_are_read_as_text_and_as_dates() -> None:
    texts = {"holidays": ["2026-12-25"], "shifts": {"2026-12-31": []}}
    dates = {"holidays": [date(2026, 12, 25)], "shifts": {date(2026, 12, 31): []}}

    assert read_schedule(texts) == read_schedule(dates)


def test_an_empty_schedule_is_closed_in_the_zone_of_the_desk() -> None:
    read = read_schedule({"hours": None, "timezone": None}, timezone="Europe/Madrid")

    assert (read.timezone, any(read.weekly)) == ("Europe/Madrid", False)


@pytest.mark.parametrize("hours", [[["09:00", "12:00"], ["12:00", "15:00"]], [["22:00", "00:00"]]])
def test_intervals_that_touch_or_end_at_midnight_are_fine(hours: list[list[str]]) -> None:
    document = {"hours": {"mon": hours, "tue": [["00:00", "08:00"]]}}

    assert len(read_schedule(document).weekly[0]) == len(hours)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], "a schedule is a mapping with the keys `id`, `name`, `timezone`, `hours`, `holidays`, "
             "`breaks`, `shifts`, `calendars`"),
        ({"holiday": []}, "holiday: unknown key `holiday`; did you mean `holidays`?"),
        ({"timezone": "Europe/Madird"},
         "timezone: unknown time zone `Europe/Madird`; did you mean `Europe/Madrid`?"),
        ({"timezone": "../etc/passwd"},
         "timezone: unknown time zone `../etc/passwd`; write a name like `Europe/Madrid`"),
        ({"timezone": "localtime"},
         "timezone: unknown time zone `localtime`; write a name like `Europe/Madrid`"),
        ({"timezone": 1}, "timezone: `1` is not a time zone; write a name like `Europe/Madrid`"),
        ({"hours": []}, 'hours: hours are written by weekday: {mon: [["09:00", "17:00"]]}'),
        ({"hours": {"monday": []}}, "hours.monday: unknown weekday `monday`; did you mean `mon`?"),
        ({"hours": {"lun": []}},
         "hours.lun: unknown weekday `lun`; the days are "
         "`mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`"),
        ({"hours": {"mon": ["09:00"]}},
         "hours.mon[0]: write a list of pairs of start and end: "
         '[["09:00", "14:00"], ["16:00", "19:00"]]'),
        ({"hours": {"mon": "09:00-14:00"}},
         "hours.mon: write a list of pairs of start and end: "
         '[["09:00", "14:00"], ["16:00", "19:00"]]'),
        ({"hours": {"mon": [["10:00", "11:00"], ["9:00", "10:00"]]}},
         'hours.mon[1][0]: `9:00` is not a time; write "09:00"'),
        ({"hours": {"mon": [["09:00", "24:01"]]}},
         'hours.mon[0][1]: `24:01` is not a time; write "HH:MM", from "00:00" to "24:00"'),
        ({"hours": {"mon": [["09:00", 840]]}},
         'hours.mon[0][1]: `840` is not a time; write "HH:MM", from "00:00" to "24:00"'),
        ({"hours": {"mon": [["09:00", "09:00"]]}},
         "hours.mon[0]: the interval is empty: it ends when it starts"),
        ({"hours": {"mon": [["00:00", "00:00"]]}},
         "hours.mon[0]: the interval is empty: it ends when it starts; "
         'the whole day is ["00:00", "24:00"]'),
        ({"hours": {"mon": [["24:00", "08:00"]]}},
         'hours.mon[0][0]: nothing starts at "24:00"; write "00:00" on the next day'),
        ({"hours": {"mon": [["11:00", "15:00"], ["09:00", "12:00"]]}},
         "hours.mon[0]: 11:00 overlaps 09:00 to 12:00"),
        ({"hours": {"mon": [["20:00", "06:00"], ["23:00", "24:00"]]}},
         "hours.mon[1]: 23:00 overlaps 20:00 to 06:00"),
        ({"hours": {"sun": [["22:00", "06:00"]], "mon": [["05:00", "08:00"]]}},
         "hours.mon: 05:00 on `mon` overlaps what `sun` has until 06:00 of that morning"),
        ({"shifts": {"2026-12-31": [["09:00", "12:00"], ["11:00", "13:00"]]}},
         "shifts.2026-12-31[1]: 11:00 overlaps 09:00 to 12:00"),
        ({"breaks": ["2026-12-24"]},
         'breaks: write intervals by date: {2026-12-24: [["12:00", "14:00"]]}'),
        ({"breaks": {"24.12.2026": []}},
         "breaks.24.12.2026: `24.12.2026` is not a date; write it as `2026-12-25`"),
        ({"holidays": "2026-12-25"},
         "holidays: write a list of dates: [2026-12-25, {from: …, to: …}]"),
        ({"holidays": ["2026-02-30"]}, "holidays[0]: there is no 2026-02-30 in the calendar"),
        ({"holidays": ["20261225"]},
         "holidays[0]: `20261225` is not a date; write it as `2026-12-25`"),
        ({"holidays": [datetime(2026, 12, 25)]},  # noqa: DTZ001 - as YAML gives it
         "holidays[0]: `2026-12-25 00:00:00` is not a date; write it as `2026-12-25`"),
        ({"holidays": ["2626-12-25"]},
         "holidays[0]: 2626-12-25 lies outside the years 1900 to 2199"),
        ({"holidays": [{"from": "2027-08-20", "to": "2027-08-09"}]},
         "holidays[0].to: the range ends on 2027-08-09, before it starts on 2027-08-20"),
        ({"holidays": [{"from": "2027-08-20"}]},
         "holidays[0]: a range needs `from` and `to`; `to` is missing"),
        ({"holidays": [{"from": "2027-08-20", "to": "2027-08-32"}]},
         "holidays[0].to: there is no 2027-08-32 in the calendar"),
        ({"holidays": [{"from": "2027-08-20", "to": "2027-08-20", "nmae": "x"}]},
         "holidays[0].nmae: unknown key `nmae`; did you mean `name`?"),
        ({"calendars": "festivos"},
         "calendars: write a list of the ids of calendars: [festivos-madrid]"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_to_write(document: Any, expected: str) -> None:
    assert remarks(document) == [expected]


def test_a_folder_of_time_zones_is_no_time_zone() -> None:
    (said,) = remarks({"timezone": "Europe"})

    assert said.startswith("timezone: unknown time zone `Europe`; ")


def test_a_calendar_that_does_not_exist_is_named_with_its_like() -> None:
    document = {"calendars": ["festivos", "festivo"]}

    assert remarks(document, calendars=CALENDARS) == [
        "calendars[1]: there is no calendar `festivo`; did you mean `festivos`?"
    ]


def test_references_to_calendars_are_left_alone_where_none_are_given() -> None:
    assert read_schedule({"calendars": ["festivos"]}).shared_holidays == frozenset()


def test_all_mistakes_are_found_in_one_run() -> None:
    document = {
        "timezone": "Mars/Base",
        "hours": {"mon": [["9", "10:00"], ["11:00", "11:00"]]},
        "holidays": ["2026-02-30"],
    }

    assert [one.split(":")[0] for one in remarks(document)] == [
        "timezone",
        "hours.mon[0][0]",
        "hours.mon[1]",
        "holidays[0]",
    ]


def test_the_one_form_is_json_that_reads_as_the_same_timetable() -> None:
    written = normalise({**OFFICE, "holidays": [OFFICE["holidays"][1], date(2026, 12, 25)]})  # type: ignore[index] # the list above

    assert read_schedule(json.loads(json.dumps(written)), CALENDARS) == read_schedule(
        OFFICE, CALENDARS
    )
    assert written["hours"]["mon"] == [["09:00", "14:00"], ["16:00", "19:00"]]
    assert written["holidays"] == OFFICE["holidays"]
    assert list(written["shifts"]) == ["2026-01-02", "2026-12-31"]


def test_the_one_form_names_the_time_zone() -> None:
    assert normalise({}, timezone="Europe/Madrid")["timezone"] == "Europe/Madrid"


def test_a_shift_on_an_own_holiday_is_a_warning_and_no_error() -> None:
    document = {
        "hours": {"mon": [["09:00", "10:00"]]},
        "holidays": [{"from": "2026-12-24", "to": "2026-12-31"}],
        "shifts": {"2026-12-31": [["09:00", "12:00"]], "2027-01-02": [["09:00", "12:00"]]},
    }

    assert warnings(document) == [
        Remark(
            ("shifts", "2026-12-31"),
            "2026-12-31 stays closed: the schedule's own holidays name it too; take it out of one",
        )
    ]


def test_a_schedule_that_never_opens_is_a_warning() -> None:
    assert [str(one) for one in warnings({"shifts": {"2026-12-31": []}})] == [
        "this schedule never opens: it has neither hours nor shifts"
    ]


def test_the_dates_of_a_calendar_are_read_in_order_and_once() -> None:
    found = read_dates(["2026-12-25", {"from": "2026-12-24", "to": "2026-12-25"}])

    assert found == [date(2026, 12, 24), date(2026, 12, 25)]


def test_a_wrong_date_of_a_calendar_is_named() -> None:
    with pytest.raises(ScheduleError, match=r"^\[1\]: there is no 2026-02-30 in the calendar$"):
        read_dates(["2026-12-25", "2026-02-30"])
