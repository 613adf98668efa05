"""Business hours worked out the slow way: every minute of a few weeks is marked open or closed.

Shares nothing with the code under test but the timetable. Wall-clock times are found by reading
the clock at every minute; questions are answered by walking from minute to minute. An answer of
None means that it lies outside the window that was marked.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from guardia.domain.timetable import Timetable

MINUTES_OF_A_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minute_number(wall: datetime) -> int:
    """Count minutes of a naive clock since 1970, as if every day had 1,440 of them."""
    return (wall - datetime(1970, 1, 1)) // timedelta(minutes=1)  # noqa: DTZ001 - a wall clock


@cache
def _clock_readings(timezone: str, first: int, minutes: int) -> dict[int, int]:
    """Map each reading of the wall clock to the first minute (since 1970, UTC) that shows it."""
    zone = ZoneInfo(timezone)
    shown: dict[int, int] = {}
    for minute in range(first, first + minutes):
        wall = (_EPOCH + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None)
        shown.setdefault(minute_number(wall), minute)
    return shown


class MinuteWalk:
    """The hours of a timetable within a window of whole days around a date."""

    def __init__(self, timetable: Timetable, middle: date, days: int) -> None:
        self.timetable = timetable
        self.zone = ZoneInfo(timetable.timezone)
        noon = datetime(middle.year, middle.month, middle.day, tzinfo=UTC)
        self.first = (noon - _EPOCH) // timedelta(minutes=1) - days * MINUTES_OF_A_DAY
        self.minutes = 2 * days * MINUTES_OF_A_DAY
        margin = 4 * MINUTES_OF_A_DAY
        self.readings = _clock_readings(
            timetable.timezone, self.first - margin, self.minutes + 2 * margin
        )
        dates = [middle + timedelta(days=n) for n in range(-days - 3, days + 3)]
        self.open = bytearray(self.minutes)
        self.breaking = bytearray(self.minutes)
        for day in dates:
            for start, end in self._intervals(day):
                self._mark(self.open, day, start, end, 1)
        for day in dates:
            for start, end in timetable.breaks.get(day, ()):
                self._mark(self.open, day, start, end, 0)
                self._mark(self.breaking, day, start, end, 1)

    def _intervals(self, day: date) -> tuple[tuple[int, int], ...]:
        if day in self.timetable.holidays:
            return ()
        if day in self.timetable.shifts:
            return self.timetable.shifts[day]
        if day in self.timetable.shared_holidays:
            return ()
        return self.timetable.weekly[day.weekday()]

    def _mark(self, marks: bytearray, day: date, start: int, end: int, mark: int) -> None:
        first = self._when(day, start)
        last = self._when(day, end) if end > start else self._when(day + timedelta(days=1), end)
        inside = range(max(first, 0), min(last, self.minutes))
        if inside:
            marks[inside.start : inside.stop] = bytes([mark]) * len(inside)

    def _when(self, day: date, minute: int) -> int:
        """The minute of the window in which the clock first shows a time of the date.

        A time that the clock skips comes as long after the last time it did show as it would have
        come without the skip.
        """
        wall = minute_number(datetime(day.year, day.month, day.day)) + minute  # noqa: DTZ001 - a wall clock
        late = 0
        while wall - late not in self.readings:
            late += 1
        return self.readings[wall - late] + late - self.first

    def _split(self, at: datetime) -> tuple[int, int]:
        """The minute of the window, and the second within it, of an instant."""
        minute, rest = divmod(at - _EPOCH, timedelta(minutes=1))
        return minute - self.first, rest.seconds

    def _instant(self, minute: int, second: int = 0) -> datetime:
        return _EPOCH + timedelta(minutes=self.first + minute, seconds=second)

    def _was_open(self, minute: int) -> bool:
        return bool(self.open[minute])

    def is_open(self, at: datetime) -> bool:
        return self._was_open(self._split(at)[0])

    def on_holiday(self, at: datetime) -> bool:
        day = at.astimezone(self.zone).date()
        if day in self.timetable.holidays:
            return True
        return day in self.timetable.shared_holidays and day not in self.timetable.shifts

    def on_break(self, at: datetime) -> bool:
        return bool(self.breaking[self._split(at)[0]])

    def between(self, start: datetime, end: datetime) -> int:
        (first, after_first), (last, after_last) = self._split(start), self._split(end)
        if (last, after_last) <= (first, after_first):
            return 0
        whole = 60 * self.open[first:last].count(1)
        return whole - after_first * self.open[first] + after_last * self.open[last]

    def _closings(self) -> list[int]:
        """Each minute that is closed and follows an open one."""
        return [found.start() + 1 for found in re.finditer(b"\x01\x00", self.open)]

    def _openings(self) -> list[int]:
        """Each minute that is open and follows a closed one."""
        return [found.start() + 1 for found in re.finditer(b"\x00\x01", self.open)]

    def next_open(self, at: datetime) -> datetime | None:
        if self.is_open(at):
            return at
        return next((self._instant(m) for m in self._openings() if self._instant(m) > at), None)

    def previous_open(self, at: datetime) -> datetime | None:
        return at if self.is_open(at) else self.previous_close(at)

    def next_close(self, at: datetime) -> datetime | None:
        return next((self._instant(m) for m in self._closings() if self._instant(m) >= at), None)

    def previous_close(self, at: datetime) -> datetime | None:
        found = [m for m in self._closings() if self._instant(m) <= at]
        return self._instant(found[-1]) if found else None

    def add(self, start: datetime, seconds: int) -> datetime | None:
        if seconds == 0:
            return self.next_open(start)
        minute, second = self._split(start)
        left = seconds
        while minute < self.minutes:
            if self.open[minute]:
                if second + left <= 60:
                    return self._instant(minute, second + left)
                left -= 60 - second
            minute, second = minute + 1, 0
        return None

    def subtract(self, start: datetime, seconds: int) -> datetime | None:
        if seconds == 0:
            return self.previous_open(start)
        minute, second = self._split(start)
        left = seconds
        while minute >= 0:
            if self.open[minute]:
                if left <= second:
                    return self._instant(minute, second - left)
                left -= second
            minute, second = minute - 1, 60
        return None

    def periods(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        found = []
        minute, last = self._split(start)[0], self._split(end)[0]
        while minute <= last:
            if self.open[minute]:
                opening = minute
                while minute <= last and self.open[minute]:
                    minute += 1
                piece = (max(start, self._instant(opening)), min(end, self._instant(minute)))
                if piece[0] < piece[1]:
                    found.append(piece)
            minute += 1
        return found

    def periods_after(self, start: datetime, count: int) -> list[tuple[datetime, datetime]] | None:
        closings = [self._instant(m) for m in self._closings() if self._instant(m) > start]
        openings = [self._instant(m) for m in self._openings() if self._instant(m) > start]
        if self.is_open(start):
            openings.insert(0, start)
        found = list(zip(openings, closings, strict=False))[:count]
        return found if len(found) == count else None

    def periods_before(self, start: datetime, count: int) -> list[tuple[datetime, datetime]] | None:
        openings = [self._instant(m) for m in self._openings() if self._instant(m) < start]
        closings = [self._instant(m) for m in self._closings() if self._instant(m) < start]
        if openings and (not closings or closings[-1] < openings[-1]):
            closings.append(start)
        found = list(zip(reversed(openings), reversed(closings), strict=False))[:count]
        return found if len(found) == count else None
