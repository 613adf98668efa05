"""A schedule as the desk document states it: weekly hours, and the dates that differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

Interval = tuple[int, int]
"""Start and end in minutes of the local day, 0 to 1440 (1440 is "24:00"). An end before the start
lies on the next date; the interval belongs to the date it starts on."""

CLOSED_WEEK: Final[tuple[tuple[Interval, ...], ...]] = ((),) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What is open when, on the wall clock of one place.

    `timezone` is an IANA name, `weekly` seven days, Monday first. `holidays` are the schedule's
    own: they close what starts on that date even where a shift names it. `shared_holidays` come
    from calendars that other schedules use too; a shift overrides them. `shifts` stand instead of
    a date's weekly hours (none: the date is closed), `breaks` are taken away from what is left.
    """

    timezone: str = "UTC"
    weekly: tuple[tuple[Interval, ...], ...] = CLOSED_WEEK
    holidays: frozenset[date] = frozenset()
    shared_holidays: frozenset[date] = frozenset()
    breaks: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)
    shifts: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def is_holiday(self, day: date) -> bool:
        """Whether the local date is a holiday; one that a shift overrides is none."""
        return day in self.holidays or (day in self.shared_holidays and day not in self.shifts)

    def opening(self, day: date) -> tuple[Interval, ...]:
        """The intervals that start on the local date, breaks not yet taken away.

        A holiday closes these and no others: what began the evening before runs on past midnight.
        """
        if self.is_holiday(day):
            return ()
        shift = self.shifts.get(day)
        return self.weekly[day.weekday()] if shift is None else shift
