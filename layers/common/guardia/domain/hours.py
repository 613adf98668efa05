"""Business hours: whether a schedule is open, and how much open time lies between two instants.

Rules, wherever a question could be read in two ways:

- Periods are half-open: the closing instant is closed. Touching periods are one, also at midnight.
- Time is real time: a night with a clock change is as long as it was. Wall-clock times that the
  change skips move forward by the length of the gap; of those that come twice the first counts.
- An interval belongs to the date it starts on: a holiday closes what starts on it, and not what
  runs past midnight from the evening before. Breaks are times on the wall clock of their date and
  take away from whatever is open then.
- A duration that ends with a period's last open second ends there and not at the next opening
  (zendesk/biz answers the opening; to a customer "within eight hours" ends on Friday at 17:00).
- An instant means the second it lies in: fractions are cut off first. So spans that follow each
  other add up exactly, and what is written, in whole seconds, is what was counted.
- An answer further away than ten years is none.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from guardia.domain.horizon import DAY, Horizon, Span, joined, lay_out, spans_of
from guardia.domain.timetable import Timetable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEN_YEARS: Final = 3_653 * DAY
_AHEAD: Final = 366 * DAY
_BEHIND: Final = 31 * DAY
"""How far around its first question a horizon reaches: a desk asks about what is to come."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""Hours are known within these years, both included."""

_FIRST: Final = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
_LAST: Final = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())

_Found = TypeVar("_Found", int, list[Span])

from_timestamp: Final = datetime.fromtimestamp
# What rules ask most (`between`, `add`, `next_close`) is written out below: where the horizon
# knows the answer, each further call would cost as much as finding it.


class NoAnswerError(Exception):
    """A schedule never does what was asked for, or not within ten years.

    Also raised for instants outside the years in which hours are known.
    """


def _seconds(at: datetime) -> int:
    since = at - _EPOCH
    return since.days * DAY + since.seconds


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _instants(spans: list[Span]) -> list[tuple[datetime, datetime]]:
    return [(_instant(start), _instant(end)) for start, end in spans]


class Hours:
    """The hours of one timetable.

    Takes aware datetimes of any zone and returns aware datetimes in UTC. What was worked out once
    is kept and grows with the questions; it is replaced as a whole, so threads may share it.
    """

    __slots__ = ("_horizon", "timetable")

    def __init__(self, timetable: Timetable) -> None:
        """Take the timetable.

        Raises:
            ZoneInfoNotFoundError: its time zone is unknown.
        """
        ZoneInfo(timetable.timezone)
        self.timetable = timetable
        self._horizon = Horizon(_LAST, _FIRST, [])

    def is_open(self, at: datetime) -> bool:
        """Whether the schedule is open at the instant.

        Raises:
            NoAnswerError: the instant lies outside the years in which hours are known.
        """
        second = _seconds(at)
        return self._cover(second, second).is_open(second)

    def between(self, start: datetime, end: datetime) -> int:
        """Open seconds from start to end; 0 when the end is before the start.

        Raises:
            NoAnswerError: an instant lies outside the years in which hours are known.
        """
        since = start - _EPOCH
        first = since.days * DAY + since.seconds
        since = end - _EPOCH
        last = since.days * DAY + since.seconds
        if last <= first:
            return 0
        known = self._horizon
        if first < known.first or last >= known.last:
            known = self._cover(first, last)
        return known.between(first, last)

    def add(self, start: datetime, seconds: int) -> datetime:
        """The earliest instant with so many open seconds since the start.

        Of 0 seconds: the start when open, else the next opening.

        Raises:
            NoAnswerError: it is more than ten years away.
            ValueError: the seconds are below 0.
        """
        if seconds <= 0:
            _checked(seconds)
            return self.next_open(start)
        since = start - _EPOCH
        first = since.days * DAY + since.seconds
        known = self._horizon
        if known.first <= first < known.last:
            found = known.after(first, seconds)
            if found is not None and found - first <= _TEN_YEARS:
                return from_timestamp(found, UTC)
        return _instant(self._ahead(first, lambda known: known.after(first, seconds)))

    def subtract(self, start: datetime, seconds: int) -> datetime:
        """The latest instant with so many open seconds until the start.

        Of 0 seconds: the start when open, else the last closing.

        Raises:
            NoAnswerError: it is more than ten years away.
            ValueError: the seconds are below 0.
        """
        if _checked(seconds) == 0:
            return self.previous_open(start)
        first = _seconds(start)
        return _instant(self._back(first, lambda known: known.before(first, seconds)))

    def next_open(self, at: datetime) -> datetime:
        """The instant itself when open, else the next opening.

        Raises:
            NoAnswerError: there is none within ten years.
        """
        second = _seconds(at)
        return _instant(self._ahead(second, lambda known: known.next_open(second)))

    def previous_open(self, at: datetime) -> datetime:
        """The instant itself when open, else the last closing.

        Raises:
            NoAnswerError: there is none within ten years.
        """
        second = _seconds(at)
        return _instant(self._back(second, lambda known: known.previous_open(second)))

    def next_close(self, at: datetime) -> datetime:
        """The next closing instant; the instant itself when it is one.

        Raises:
            NoAnswerError: there is none within ten years.
        """
        since = at - _EPOCH
        second = since.days * DAY + since.seconds
        known = self._horizon
        if known.first <= second < known.last:
            found = known.next_close(second)
            if found is not None and found - second <= _TEN_YEARS:
                return from_timestamp(found, UTC)
        return _instant(self._ahead(second, lambda known: known.next_close(second)))

    def previous_close(self, at: datetime) -> datetime:
        """The latest closing instant; the instant itself when it is one.

        Raises:
            NoAnswerError: there is none within ten years.
        """
        second = _seconds(at)
        return _instant(self._back(second, lambda known: known.previous_close(second)))

    def periods(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Everything open from start to end, in order, cut off at both.

        Raises:
            NoAnswerError: an instant lies outside the years in which hours are known.
        """
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return []
        return _instants(self._cover(first, last).periods(first, last))

    def periods_after(self, start: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """So many periods from the start on, the nearest first, cut off at the start.

        Raises:
            NoAnswerError: there are fewer that end within ten years.
            ValueError: the count is below 0.
        """
        first, wanted = _seconds(start), _checked(count)
        return _instants(self._ahead(first, lambda known: known.periods_after(first, wanted)))

    def periods_before(self, start: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """So many periods up to the start, the nearest first, cut off at the start.

        Raises:
            NoAnswerError: there are fewer that begin within ten years.
            ValueError: the count is below 0.
        """
        first, wanted = _seconds(start), _checked(count)
        return _instants(self._back(first, lambda known: known.periods_before(first, wanted)))

    def on_holiday(self, at: datetime) -> bool:
        """Whether the local date is a holiday that no shift overrides."""
        return self.timetable.is_holiday(self._local_date(at))

    def on_break(self, at: datetime) -> bool:
        """Whether a break lasts at the instant, be the schedule open around it or not."""
        breaks = self.timetable.breaks
        if not breaks:
            return False
        second, today = _seconds(at), self._local_date(at)
        zone = ZoneInfo(self.timetable.timezone)
        return any(
            start <= second < end
            # Yesterday's may run past midnight, and a date that the zone left out (Apia) moves its
            # breaks onto the next one. Tomorrow's may have begun where clocks go back over
            # midnight (St. John's).
            for day in (today + timedelta(days=ahead) for ahead in (-2, -1, 0, 1))
            for start, end in spans_of(zone, day, breaks.get(day, ()))
        )

    def _local_date(self, at: datetime) -> date:
        second = _seconds(at)
        _check_known(second)
        return _instant(second).astimezone(ZoneInfo(self.timetable.timezone)).date()

    def _cover(self, start: int, end: int) -> Horizon:
        """A horizon with first <= start and end < last."""
        known = self._horizon
        if known.first <= start and end < known.last:
            return known
        _check_known(start)
        _check_known(end)
        first, last = known.first, known.last
        if start < first:
            first = max(_FIRST, start - start % DAY - _BEHIND)
        if end >= last:
            last = min(_LAST, end - end % DAY + _AHEAD)
        if known.first > known.last:
            edges = lay_out(self.timetable, first, last)
        else:
            edges = joined(lay_out(self.timetable, first, known.first), known.edges)
            edges = joined(edges, lay_out(self.timetable, known.last, last))
        grown = Horizon(first, last, edges)
        self._horizon = grown
        return grown

    def _ahead(self, at: int, question: Callable[[Horizon], _Found | None]) -> _Found:
        """Ask a question about what follows, over an ever wider horizon."""
        horizon = self._cover(at, at)
        while (found := question(horizon)) is None:
            if horizon.last > at + _TEN_YEARS:
                raise NoAnswerError(_NOT_AHEAD)
            horizon = self._cover(at, horizon.last)
        if _furthest(found, at) > _TEN_YEARS:
            raise NoAnswerError(_NOT_AHEAD)
        return found

    def _back(self, at: int, question: Callable[[Horizon], _Found | None]) -> _Found:
        """Ask a question about what came before, over an ever wider horizon."""
        horizon = self._cover(at, at)
        while (found := question(horizon)) is None:
            if horizon.first < at - _TEN_YEARS:
                raise NoAnswerError(_NOT_BACK)
            horizon = self._cover(max(_FIRST - 1, horizon.first - _AHEAD), at)
        if _furthest(found, at) > _TEN_YEARS:
            raise NoAnswerError(_NOT_BACK)
        return found


_NOT_AHEAD: Final = "the schedule gives no answer within the next 10 years"
_NOT_BACK: Final = "the schedule gives no answer within the last 10 years"


def _furthest(found: int | list[Span], at: int) -> int:
    """How many seconds the answer lies away from the instant."""
    if isinstance(found, int):
        return abs(found - at)
    return max((abs(one - at) for one in found[-1]), default=0) if found else 0


def _checked(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is below 0: ask the other way round")
    return number


def _check_known(second: int) -> None:
    if not _FIRST <= second < _LAST:
        raise NoAnswerError(f"hours are known for the years {FIRST_YEAR} to {LAST_YEAR}")


class AlwaysOpen(Hours):
    """Hours that never close: what holds where there is no schedule.

    Answers as a schedule of seven whole days would, but for any distance in time. It is one
    period without beginning or end, so there is no closing instant, and no period can be
    named unless both its ends are given.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Nothing is needed."""
        super().__init__(Timetable(weekly=(((0, 1440),),) * 7))

    def is_open(self, at: datetime) -> bool:  # noqa: ARG002 - the answer is the same at any time
        """Always."""
        return True

    def between(self, start: datetime, end: datetime) -> int:
        """All seconds from start to end; 0 when the end is before the start."""
        return max(0, _seconds(end) - _seconds(start))

    def add(self, start: datetime, seconds: int) -> datetime:
        """So many seconds later.

        Raises:
            NoAnswerError: the calendar ends before.
            ValueError: the seconds are below 0.
        """
        return _moved(start, _checked(seconds))

    def subtract(self, start: datetime, seconds: int) -> datetime:
        """So many seconds earlier.

        Raises:
            NoAnswerError: the calendar begins later.
            ValueError: the seconds are below 0.
        """
        return _moved(start, -_checked(seconds))

    def next_open(self, at: datetime) -> datetime:
        """The instant itself."""
        return _moved(at, 0)

    def previous_open(self, at: datetime) -> datetime:
        """The instant itself."""
        return _moved(at, 0)

    def next_close(self, at: datetime) -> datetime:  # noqa: ARG002 - there is none at any time
        """Never.

        Raises:
            NoAnswerError: always.
        """
        raise NoAnswerError(_NEVER_CLOSES)

    def previous_close(self, at: datetime) -> datetime:  # noqa: ARG002 - there is none at any time
        """Never.

        Raises:
            NoAnswerError: always.
        """
        raise NoAnswerError(_NEVER_CLOSES)

    def periods(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The one period from start to end."""
        return [(_moved(start, 0), _moved(end, 0))] if self.between(start, end) else []

    def periods_after(self, start: datetime, count: int) -> list[tuple[datetime, datetime]]:  # noqa: ARG002 - there is none at any time
        """None can be named: the period has no end.

        Raises:
            NoAnswerError: any period is asked for.
            ValueError: the count is below 0.
        """
        if _checked(count):
            raise NoAnswerError(_NEVER_CLOSES)
        return []

    def periods_before(self, start: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """None can be named: the period has no beginning.

        Raises:
            NoAnswerError: any period is asked for.
            ValueError: the count is below 0.
        """
        return self.periods_after(start, count)

    def on_holiday(self, at: datetime) -> bool:  # noqa: ARG002 - the answer is the same at any time
        """Never."""
        return False

    def on_break(self, at: datetime) -> bool:  # noqa: ARG002 - the answer is the same at any time
        """Never."""
        return False


_NEVER_CLOSES: Final = "what is always open has no opening and no closing instant"


def _moved(at: datetime, seconds: int) -> datetime:
    try:
        return _instant(_seconds(at) + seconds)
    except (OverflowError, ValueError):
        raise NoAnswerError("the calendar ends with the year 9999") from None


ALWAYS_OPEN: Final = AlwaysOpen()
