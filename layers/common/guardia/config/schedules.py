"""One schedule of the desk document, and the dates of shared calendars, as plain values.

Neither YAML nor pydantic is needed here: the functions read schedules from the checked JSON, and
`guardia hours` reads them from its lines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from guardia.config.node import Path
from guardia.config.problem import listed, suggestion, written_path
from guardia.domain.hours import FIRST_YEAR, LAST_YEAR
from guardia.domain.timetable import CLOSED_WEEK, Interval, Timetable
from guardia.domain.vocabulary import WEEKDAYS

KEYS: Final = ("id", "name", "timezone", "hours", "holidays", "breaks", "shifts", "calendars")
_RANGE_KEYS: Final = ("from", "to", "name")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LOOSE_TIME: Final = re.compile(r"(\d{1,2})[:.h](\d{2})", re.ASCII)
_DAY: Final = 1440
_NOT_A_PLACE: Final = frozenset({"localtime", "posixrules", "Factory"})
"""Names that zone databases carry besides places: they mean another thing on each machine."""

Dates = dict[date, tuple[Interval, ...]]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about the value that `path` leads to, counted from the schedule."""

    path: Path
    message: str

    def __str__(self) -> str:
        """Write place and message for people."""
        return f"{written_path(self.path)}: {self.message}" if self.path else self.message


class ScheduleError(Exception):
    """A schedule or calendar is wrong; `remarks` says all that is."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        """Keep every remark."""
        super().__init__("\n".join(str(one) for one in remarks))
        self.remarks = tuple(remarks)


def read_schedule(
    document: Any,
    calendars: Mapping[str, Sequence[date]] | None = None,
    *,
    timezone: str = "UTC",
) -> Timetable:
    """Read a schedule of the desk document.

    Dates may be `date` values or ISO text. `calendars` are the dates of the shared calendars by
    id; None leaves references to them unlooked at. `timezone` holds where the schedule names none.

    Raises:
        ScheduleError: something in it is wrong.
    """
    reader = _Reader()
    timetable = reader.schedule(document, calendars, timezone)
    reader.finish()
    return timetable


def read_dates(items: Any) -> list[date]:
    """Read a list of dates and ranges (`{from, to}`, both included), as of `holidays`.

    Returns them in order, each once.

    Raises:
        ScheduleError: something in it is wrong.
    """
    reader = _Reader()
    found = set(reader.dates(items, ()))
    reader.finish()
    return sorted(found)


def normalise(document: Mapping[str, Any], *, timezone: str = "UTC") -> dict[str, Any]:
    """Write a schedule in its one form, fit for JSON: intervals and dates in order, dates as ISO
    text, the time zone always named. Reading it again gives the same timetable.

    Raises:
        ScheduleError: something in it is wrong.
    """
    read = read_schedule(document, timezone=timezone)
    kept = {key: document[key] for key in ("id", "name") if document.get(key) is not None}
    weekly = zip(WEEKDAYS, read.weekly, strict=True)
    return kept | {
        "timezone": read.timezone,
        "hours": {day: _written(intervals) for day, intervals in weekly if intervals},
        "holidays": sorted(
            (_written_holiday(one) for one in document.get("holidays") or ()), key=_first_date
        ),
        "breaks": _written_dates(read.breaks),
        "shifts": _written_dates(read.shifts),
        "calendars": list(document.get("calendars") or ()),
    }


def warnings(document: Mapping[str, Any]) -> list[Remark]:
    """Say what a schedule without errors allows but hardly means.

    Raises:
        ScheduleError: something in it is wrong.
    """
    read = read_schedule(document)
    found = [
        Remark(
            ("shifts", day.isoformat()),
            f"{day} stays closed: the schedule's own holidays name it too; take it out of one",
        )
        for day in sorted(set(read.shifts) & read.holidays)
    ]
    if not any(read.weekly) and not any(read.shifts.values()):
        found.append(Remark((), "this schedule never opens: it has neither hours nor shifts"))
    return found


def read_date(value: Any) -> date | str:
    """Read a date, or say what is wrong with it."""
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    elif not isinstance(value, str) or not _DATE.fullmatch(value):
        return f"`{value}` is not a date; write it as `2026-12-25`"
    else:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return f"there is no {value} in the calendar"
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return f"{day} lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
    return day


def read_time(value: Any) -> int | str:
    """Read a time as minutes of the day, or say what is wrong with it."""
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            return int(value[:2]) * 60 + int(value[3:])
        loose = _LOOSE_TIME.fullmatch(value)
        padded = f"{int(loose[1]):02}:{loose[2]}" if loose else ""
        if _TIME.fullmatch(padded):
            return f'`{value}` is not a time; write "{padded}"'
    return f'`{value}` is not a time; write "HH:MM", from "00:00" to "24:00"'


@dataclass(slots=True)
class _Reader:
    """Reads on after a mistake, so that one run finds all of them."""

    remarks: list[Remark] = field(default_factory=list)

    def finish(self) -> None:
        if self.remarks:
            raise ScheduleError(self.remarks)

    def wrong(self, path: Path, message: str) -> None:
        self.remarks.append(Remark(path, message))

    def schedule(
        self, document: Any, calendars: Mapping[str, Sequence[date]] | None, timezone: str
    ) -> Timetable:
        if not isinstance(document, Mapping):
            self.wrong((), f"a schedule is a mapping with the keys {listed(KEYS)}")
            return Timetable()
        self.known_keys(document, KEYS, ())
        stated = document.get("timezone")
        return Timetable(
            timezone=self.timezone(timezone if stated is None else stated),
            weekly=self.weekly(document.get("hours")),
            holidays=frozenset(self.dates(document.get("holidays"), ("holidays",))),
            shared_holidays=frozenset(self.shared(document.get("calendars"), calendars)),
            breaks=self.by_date(document.get("breaks"), ("breaks",)),
            shifts=self.by_date(document.get("shifts"), ("shifts",)),
        )

    def known_keys(self, document: Mapping[Any, Any], known: Sequence[str], path: Path) -> None:
        for key in document:
            if key not in known:
                message = f"unknown key `{key}`{suggestion(key, known)}"
                self.wrong((*path, str(key)), message)

    def timezone(self, name: Any) -> str:
        path = ("timezone",)
        if not isinstance(name, str):
            self.wrong(path, f"`{name}` is not a time zone; write a name like `Europe/Madrid`")
            return "UTC"
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            known = False  # OSError: the name of a folder, or one too long for a file
        else:
            known = name not in _NOT_A_PLACE
        if not known:
            near = suggestion(name, _zones()) or "; write a name like `Europe/Madrid`"
            self.wrong(path, f"unknown time zone `{name}`{near}")
            return "UTC"
        return name

    def weekly(self, hours: Any) -> tuple[tuple[Interval, ...], ...]:
        path = ("hours",)
        if hours is None:
            return CLOSED_WEEK
        if not isinstance(hours, Mapping):
            self.wrong(path, 'hours are written by weekday: {mon: [["09:00", "17:00"]]}')
            return CLOSED_WEEK
        for day in hours:
            if day not in WEEKDAYS:
                message = f"unknown weekday `{day}`{_weekday_meant(day)}"
                self.wrong((*path, str(day)), message)
        week = [self.intervals(hours.get(day), (*path, day)) for day in WEEKDAYS]
        for index, (day, intervals) in enumerate(zip(WEEKDAYS, week, strict=True)):
            following = week[(index + 1) % 7]
            tail = max((end for start, end in intervals if end < start), default=0)
            if following and following[0][0] < tail:
                after = WEEKDAYS[(index + 1) % 7]
                self.wrong(
                    (*path, after),
                    f"{_clock(following[0][0])} on `{after}` overlaps what `{day}` has until "
                    f"{_clock(tail)} of that morning",
                )
        return tuple(week)

    def by_date(self, items: Any, path: Path) -> Dates:
        if items is None:
            return {}
        if not isinstance(items, Mapping):
            self.wrong(path, 'write intervals by date: {2026-12-24: [["12:00", "14:00"]]}')
            return {}
        found: Dates = {}
        for key, value in items.items():
            place = (*path, str(key))
            day = read_date(key)
            intervals = self.intervals(value, place)
            if isinstance(day, str):
                self.wrong(place, day)
            else:
                found[day] = intervals
        return dict(sorted(found.items()))

    def intervals(self, items: Any, path: Path) -> tuple[Interval, ...]:
        if items is None:
            return ()
        if not isinstance(items, list | tuple):
            self.wrong(path, _PAIRS)
            return ()
        found = []
        for index, item in enumerate(items):
            interval = self.interval(item, (*path, index))
            if interval is not None:
                found.append((interval, index))
        found.sort()
        for ((start, end), _), ((later, _until), index) in pairwise(found):
            if later < (end if end > start else end + _DAY):
                message = f"{_clock(later)} overlaps {_clock(start)} to {_clock(end)}"
                self.wrong((*path, index), message)
        return tuple(interval for interval, _ in found)

    def interval(self, item: Any, path: Path) -> Interval | None:
        if not isinstance(item, list | tuple) or len(item) != 2:  # noqa: PLR2004 - a start and an end
            self.wrong(path, _PAIRS)
            return None
        times = []
        for index, value in enumerate(item):
            time = read_time(value)
            if isinstance(time, str):
                self.wrong((*path, index), time)
            else:
                times.append(time)
        if len(times) != len(item):
            return None
        start, end = times
        if start == end:
            whole = '; the whole day is ["00:00", "24:00"]' if start in (0, _DAY) else ""
            self.wrong(path, f"the interval is empty: it ends when it starts{whole}")
            return None
        if start == _DAY:
            self.wrong((*path, 0), 'nothing starts at "24:00"; write "00:00" on the next day')
            return None
        return start, end

    def dates(self, items: Any, path: Path) -> Iterator[date]:
        if items is None:
            return
        if not isinstance(items, list | tuple):
            self.wrong(path, "write a list of dates: [2026-12-25, {from: …, to: …}]")
            return
        for index, item in enumerate(items):
            yield from self.holiday(item, (*path, index))

    def holiday(self, item: Any, path: Path) -> Iterator[date]:
        if not isinstance(item, Mapping):
            day = read_date(item)
            if isinstance(day, str):
                self.wrong(path, day)
            else:
                yield day
            return
        self.known_keys(item, _RANGE_KEYS, path)
        ends = [self.end_of_range(item, key, path) for key in ("from", "to")]
        first, last = ends
        if first is None or last is None:
            return
        if last < first:
            self.wrong((*path, "to"), f"the range ends on {last}, before it starts on {first}")
            return
        for ahead in range((last - first).days + 1):
            yield first + timedelta(days=ahead)

    def end_of_range(self, item: Mapping[Any, Any], key: str, path: Path) -> date | None:
        if key not in item:
            self.wrong(path, f"a range needs `from` and `to`; `{key}` is missing")
            return None
        day = read_date(item[key])
        if isinstance(day, str):
            self.wrong((*path, key), day)
            return None
        return day

    def shared(self, ids: Any, calendars: Mapping[str, Sequence[date]] | None) -> Iterator[date]:
        if ids is None:
            return
        if not isinstance(ids, list | tuple) or not all(isinstance(one, str) for one in ids):
            self.wrong(("calendars",), "write a list of the ids of calendars: [festivos-madrid]")
            return
        if calendars is None:
            return
        for index, one in enumerate(ids):
            if one in calendars:
                yield from calendars[one]
            else:
                message = f"there is no calendar `{one}`{suggestion(one, calendars)}"
                self.wrong(("calendars", index), message)


_PAIRS: Final = 'write a list of pairs of start and end: [["09:00", "14:00"], ["16:00", "19:00"]]'


def _zones() -> list[str]:
    return sorted(available_timezones() - _NOT_A_PLACE)


def _weekday_meant(word: Any) -> str:
    known = [day for day in WEEKDAYS if str(word).lower().startswith(day)]
    return f"; did you mean `{known[0]}`?" if known else f"; the days are {listed(WEEKDAYS)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _written(intervals: Sequence[Interval]) -> list[list[str]]:
    return [[_clock(start), _clock(end)] for start, end in intervals]


def _written_dates(dates: Mapping[date, Sequence[Interval]]) -> dict[str, list[list[str]]]:
    return {day.isoformat(): _written(intervals) for day, intervals in dates.items()}


def _written_holiday(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return str(item)
    ends = {key: str(item[key]) for key in ("from", "to")}
    return ends | ({"name": item["name"]} if item.get("name") is not None else {})


def _first_date(item: Any) -> str:
    first: str = item["from"] if isinstance(item, Mapping) else item
    return first
