"""Shared holiday lists in iCalendar files (RFC 5545)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from dateutil.rrule import rrule, rruleset, rrulestr  # type: ignore[import-untyped] # icalendar's own dependency, published without types
from icalendar import Calendar, Event

from guardia.config.schedules import Remark, ScheduleError
from guardia.domain.hours import FIRST_YEAR, LAST_YEAR

_LONGEST: Final = timedelta(days=366)
_FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_PARTS_OF_A_DAY: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_FIRST: Final = date(FIRST_YEAR, 1, 1)
_LAST: Final = date(LAST_YEAR, 12, 31)


def calendar_dates(text: str) -> list[date]:
    """Read the dates of a holiday calendar, in order, each once.

    Whole-day events count with every day they last (DTEND is the day after the last one), as often
    as RRULE and RDATE repeat them and EXDATE does not take them out; a rule without an end holds
    for all the years in which hours are known. A single repetition that was moved or cancelled
    (RECURRENCE-ID) counts as it became. A cancelled event is none.

    An event at a time of day is an error: it would close the whole day.

    Raises:
        ScheduleError: it is not a calendar, or one of its events cannot be used.
    """
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise ScheduleError([Remark((), f"this is not an iCalendar file: {error}")]) from None
    if not calendars:
        raise ScheduleError([Remark((), "this is not an iCalendar file: it has no VCALENDAR")])
    events = [
        event
        for calendar in calendars
        for event in calendar.walk("VEVENT")
        if isinstance(event, Event)
    ]
    found: set[date] = set()
    remarks = []
    for number, event in enumerate(events, start=1):
        try:
            found.update(_days(event, _replaced(event, events)))
        except _UnusableError as error:
            name = " ".join(str(one) for one in _listed(event, "SUMMARY"))
            remarks.append(Remark((), f"event {number}{f' ({name})' if name else ''}: {error}"))
    if remarks:
        raise ScheduleError(remarks)
    return sorted(found)


class _UnusableError(Exception):
    """What is wrong with an event."""


def _replaced(event: Event, events: list[Event]) -> set[date]:
    """The repetitions of an event that other events stand in for."""
    if "RECURRENCE-ID" in event:
        return set()
    return {
        _day_of(one.dt)
        for other in events
        if other.get("UID") == event.get("UID")
        for one in _listed(other, "RECURRENCE-ID")
        if isinstance(getattr(one, "dt", None), date)  # one that cannot be read is told of its own
    }


def _days(event: Event, replaced: set[date]) -> Iterator[date]:
    if event.errors:
        name, reason = event.errors[0]
        raise _UnusableError(f"{name} cannot be read: {reason}")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start = _only(event, "DTSTART")
    if start is None:
        raise _UnusableError("it has no DTSTART")
    lasts = _length(event, start)
    for first in _repetitions(event, start):
        if first not in replaced:
            for ahead in range(lasts.days):
                day = first + timedelta(days=ahead)
                if _FIRST <= day <= _LAST:
                    yield day


def _length(event: Event, start: date) -> timedelta:
    end = _only(event, "DTEND")
    duration = _single(event, "DURATION")
    if end is not None:
        lasts = end - start
    elif duration is not None:
        lasts = duration.dt
    else:
        lasts = timedelta(days=1)
    # Some programs write the start again for one day (RFC 5545 asks for a later DTEND).
    if end == start:
        lasts = timedelta(days=1)
    if lasts <= timedelta() or lasts % timedelta(days=1):
        raise _UnusableError("it does not last whole days")
    if lasts > _LONGEST:
        raise _UnusableError("it lasts longer than a year")
    return lasts


def _repetitions(event: Event, start: date) -> Iterator[date]:
    rules = rruleset()
    rules.rdate(_midnight(start))
    for rule in _listed(event, "RRULE"):
        rules.rrule(_rule(rule, start))
    for name, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
        for dates in _listed(event, name):
            for one in dates.dts:
                if isinstance(one.dt, tuple):
                    raise _UnusableError(f"{name} with periods is not for whole days")
                add(_midnight(_day_of(one.dt)))
    for repetition in rules:
        if repetition.date() > _LAST:
            return
        yield repetition.date()


def _rule(parts: Any, start: date) -> rrule:
    if str(parts.get("FREQ", [""])[0]).upper() not in _FREQUENCIES:
        raise _UnusableError(f"RRULE needs one of {', '.join(_FREQUENCIES)} as FREQ")
    if any(part in parts for part in _PARTS_OF_A_DAY):
        raise _UnusableError("RRULE with times of day is not for whole days")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _UnusableError("RRULE has both COUNT and UNTIL; leave one out")
    if min(parts.get("INTERVAL", [1])) < 1:
        # The library would look for the next repetition for ever.
        raise _UnusableError("RRULE needs an INTERVAL of 1 or more")
    parts = parts.copy()
    if "UNTIL" in parts:
        # An UNTIL in UTC beside a DTSTART without a time is against RFC 5545 and yet common.
        parts["UNTIL"] = [_midnight(_day_of(one)) for one in parts["UNTIL"]]
    try:
        rule = rrulestr(parts.to_ical().decode(), dtstart=_midnight(start))
    except ValueError as error:
        raise _UnusableError(f"RRULE cannot be read: {error}") from None
    if next(iter(rule), None) is None:
        raise _UnusableError("RRULE names days that never come")
    return rule


def _only(event: Event, name: str) -> date | None:
    """The date of a property that must not have a time of day."""
    found = _single(event, name)
    if found is None:
        return None
    if isinstance(found.dt, datetime) or not isinstance(found.dt, date):
        raise _UnusableError("it has a time of day; holidays are whole days (VALUE=DATE)")
    return found.dt


def _single(event: Event, name: str) -> Any:
    found = event.get(name)
    if isinstance(found, list):
        raise _UnusableError(f"it has {name} twice")
    return found


def _listed(event: Event, name: str) -> list[Any]:
    found = event.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
