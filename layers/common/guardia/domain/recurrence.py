"""Wall-clock times that come back: 09:00 on weekdays, holidays left out."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from guardia.domain.desk import Desk, Recurrence
from guardia.domain.moment import Moment
from guardia.domain.times import SECOND, Span

_FARTHEST: Final = 800
"""How many days are looked ahead: a schedule may have years of holidays written out."""


def next_at(every: Recurrence, desk: Desk, at: datetime) -> datetime | None:
    """The earliest occurrence from an instant on, in UTC; None where there is none in two years.

    09:00 stays 09:00 whatever the clocks do. A time that the clocks skip comes later by the length
    of the gap, one that they repeat comes once, the first time.
    """
    zone = ZoneInfo(every.timezone)
    day = at.astimezone(zone).date() - timedelta(days=1)
    for _ in range(_FARTHEST):
        if day.weekday() in every.days and not _is_skipped(every, desk, day):
            found = _instant(day, every.minute, zone)
            if found >= at:
                return found
        day += timedelta(days=1)
    return None


def _is_skipped(every: Recurrence, desk: Desk, day: date) -> bool:
    schedule = desk.schedules.get(every.skip or "")
    return schedule is not None and schedule.hours.timetable.is_holiday(day)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    return local.astimezone(UTC)


def span_of(every: Recurrence) -> Span:
    """The span of a recurrence: it holds at each occurrence, and for no longer than a second."""

    def on(moment: Moment, at: datetime) -> datetime | None:
        return next_at(every, moment.desk, at)

    def off(moment: Moment, at: datetime) -> datetime | None:
        return at + SECOND if next_at(every, moment.desk, at) == at else at

    return Span(on, off)
