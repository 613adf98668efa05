"""A timetable laid out in real time: the stretch in which every opening and closing is known.

Instants are whole seconds since 1970-01-01T00:00Z. What is open is kept as one ascending list of
edges, opening and closing in turn, and the open seconds up to each of them; every question is
then a bisection, whether it spans a day or ten years.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from guardia.domain.timetable import Interval, Timetable

DAY: Final = 86_400
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_DAYS_BEFORE: Final = 3
"""An interval of this many dates earlier cannot reach an instant any more: one day for an offset
from UTC, one for running past midnight, one for a clock change (Apia left out a whole date)."""
_DAYS_AFTER: Final = 1
"""No interval starts more than this many UTC dates before its own date."""

Span = tuple[int, int]
"""Two instants, the second not included."""


def instant_of(zone: ZoneInfo, day: date, minute: int) -> int:
    """The instant at which the wall clock shows the minute of the date.

    A time that a clock change skips moves forward by the length of the gap; of a time that comes
    twice the first is meant. Both follow from taking the offset of fold 0 (PEP 495).
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - the wall clock, before the zone is asked
    offset = zone.utcoffset(wall) or timedelta()
    return (day.toordinal() - _EPOCH_ORDINAL - offset.days) * DAY + minute * 60 - offset.seconds


def spans_of(zone: ZoneInfo, day: date, intervals: tuple[Interval, ...]) -> list[Span]:
    """The intervals of a date in real time; one that a clock change leaves empty is not there."""
    spans = []
    for start, end in intervals:
        opening = instant_of(zone, day, start)
        closing = instant_of(zone, day, end if end > start else end + 1440)
        if opening < closing:
            spans.append((opening, closing))
    return spans


def _paint(edges: list[int], span: Span, *, is_open: bool) -> None:
    """Make the span open (or closed) in an ascending list of edges, in place.

    An even number of edges before an instant means closed there. Every edge within the span goes;
    its ends become edges where what lies outside differs. So touching periods become one.
    """
    start, end = span
    before, after = bisect_left(edges, start), bisect_right(edges, end)
    ends = [at for at, n in ((start, before), (end, after)) if bool(n & 1) is not is_open]
    edges[before:after] = ends


def lay_out(timetable: Timetable, first: int, last: int) -> list[int]:
    """The edges of what is open from `first` up to `last`, cut off at both."""
    if first >= last:
        return []
    zone = ZoneInfo(timetable.timezone)
    days = range(
        _EPOCH_ORDINAL + first // DAY - _DAYS_BEFORE, _EPOCH_ORDINAL + last // DAY + _DAYS_AFTER + 1
    )
    edges: list[int] = []
    for day in map(date.fromordinal, days):
        if intervals := timetable.opening(day):
            for span in spans_of(zone, day, intervals):
                _paint(edges, span, is_open=True)
    for day, intervals in timetable.breaks.items():
        if day.toordinal() in days:
            for span in spans_of(zone, day, intervals):
                _paint(edges, span, is_open=False)
    _paint(edges, (first - DAY * (_DAYS_BEFORE + 2), first), is_open=False)
    _paint(edges, (last, last + DAY * (_DAYS_AFTER + 4)), is_open=False)
    return edges


def joined(earlier: list[int], later: list[int]) -> list[int]:
    """Two lists of edges as one; a period that the seam cut in two is whole again."""
    if earlier and later and earlier[-1] == later[0]:
        return earlier[:-1] + later[1:]
    return earlier + later


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is known from `first` up to `last`: nothing outside. Never changed once made.

    `edges[2k]` opens period k and `edges[2k + 1]` closes it; a period is cut off where it crosses
    a border of the horizon. Questions answer None where the answer lies outside what is known.
    The instants asked about lie inside it.
    """

    first: int
    last: int
    edges: list[int]
    worked: list[int] = field(init=False)
    """`worked[k]`: the open seconds before period k; one more entry than periods."""
    counted: list[int] = field(init=False)
    """By the number of edges passed: the open seconds so far, to which in a period (after an odd
    number) the instant itself is added."""

    def __post_init__(self) -> None:
        """Sum up the periods."""
        lengths = (
            end - start for start, end in zip(self.edges[::2], self.edges[1::2], strict=True)
        )
        object.__setattr__(self, "worked", list(accumulate(lengths, initial=0)))
        counted = [
            self.worked[passed >> 1] - (self.edges[passed - 1] if passed & 1 else 0)
            for passed in range(len(self.edges) + 1)
        ]
        object.__setattr__(self, "counted", counted)

    def is_open(self, at: int) -> bool:
        """Whether the instant lies in a period; a closing instant does not."""
        return bool(bisect_right(self.edges, at) & 1)

    def open_seconds(self, at: int) -> int:
        """Open seconds from the horizon's beginning to the instant."""
        passed = bisect_right(self.edges, at)
        return self.counted[passed] + at if passed & 1 else self.counted[passed]

    def between(self, start: int, end: int) -> int:
        """Open seconds from one instant to a later one."""
        edges, counted = self.edges, self.counted
        passed = bisect_right(edges, end)
        total = counted[passed] + end if passed & 1 else counted[passed]
        passed = bisect_right(edges, start)
        return total - (counted[passed] + start if passed & 1 else counted[passed])

    def next_open(self, at: int) -> int | None:
        """The instant itself when open, else the next opening."""
        passed = bisect_right(self.edges, at)
        if passed & 1:
            return at
        return self.edges[passed] if passed < len(self.edges) else None

    def previous_open(self, at: int) -> int | None:
        """The instant itself when open, else the last closing."""
        passed = bisect_right(self.edges, at)
        if passed & 1:
            return at
        return self.edges[passed - 1] if passed else None

    def next_close(self, at: int) -> int | None:
        """The first closing at the instant or later."""
        edges = self.edges
        closing = bisect_left(edges, at) | 1
        if closing >= len(edges) or edges[closing] == self.last:
            return None
        return edges[closing]

    def previous_close(self, at: int) -> int | None:
        """The latest closing at the instant or earlier."""
        closed = bisect_right(self.edges, at) >> 1
        return self.edges[2 * closed - 1] if closed else None

    def after(self, at: int, seconds: int) -> int | None:
        """The earliest instant with so many open seconds (above 0) since `at`."""
        edges, worked = self.edges, self.worked
        passed = bisect_right(edges, at)
        target = self.counted[passed] + seconds + (at if passed & 1 else 0)
        done = bisect_left(worked, target, (passed >> 1) + 1)
        if done == len(worked):
            return None
        return edges[2 * done - 1] - worked[done] + target

    def before(self, at: int, seconds: int) -> int | None:
        """The latest instant with so many open seconds (above 0) until `at`."""
        target = self.open_seconds(at) - seconds
        if target < 0:
            return None
        period = bisect_right(self.worked, target, hi=len(self.worked) - 1) - 1
        return self.edges[2 * period] + target - self.worked[period]

    def periods(self, start: int, end: int) -> list[Span]:
        """Everything open between the two, cut off at both."""
        found = []
        for opening in range(bisect_right(self.edges, start) & ~1, len(self.edges), 2):
            if self.edges[opening] >= end:
                break
            found.append((max(self.edges[opening], start), min(self.edges[opening + 1], end)))
        return found

    def periods_after(self, at: int, count: int) -> list[Span] | None:
        """So many periods from the instant on, the nearest first, cut off at it."""
        opening = bisect_right(self.edges, at) & ~1
        beyond = opening + 2 * count
        if beyond > len(self.edges) or (count and self.edges[beyond - 1] == self.last):
            return None
        return [
            (max(self.edges[one], at), self.edges[one + 1]) for one in range(opening, beyond, 2)
        ]

    def periods_before(self, at: int, count: int) -> list[Span] | None:
        """So many periods up to the instant, the nearest first, cut off at it."""
        beyond = (bisect_left(self.edges, at) + 1) & ~1
        opening = beyond - 2 * count
        if opening < 0 or (count and self.edges[opening] == self.first):
            return None
        return [
            (self.edges[one], min(self.edges[one + 1], at))
            for one in range(beyond - 2, opening - 1, -2)
        ]
