"""When conditions hold: the instants at which time alone makes a tree of them true or false.

Between two events a ticket stands still, so each condition is either settled or flips at instants
that can be computed. `compile_span` turns a tree into a `Span`, which names the next instant from
which the tree holds, and the next from which it does not. Nothing is tried out minute by minute.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from guardia.domain import conditions, durations
from guardia.domain.desk import Condition, Tree
from guardia.domain.hours import Hours, NoAnswerError
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import CUSTOM_KINDS

Instant = Callable[[Moment, datetime], datetime | None]


class Span(NamedTuple):
    """`on` gives the earliest instant from one on at which the tree holds, `off` the earliest at
    which it does not; None: never, as long as the ticket stays as it is."""

    on: Instant
    off: Instant


SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FREE: Final = 3
"""Turns of one group of conditions that do not count: what they agree on shows by then."""

MAX_ROUNDS: Final = 400
"""How often conditions that wait for each other are asked again, all levels of a tree together,
before they count as never true: hours of two schedules that do not meet in half a year."""
_FARTHEST: Final = 800
"""How many days are looked ahead for a holiday."""


def compile_span(tree: Tree, custom: Mapping[str, str], known: dict[int, Any]) -> Span:
    """Build the span of a tree. `custom` maps ids of the desk's fields to their types, `known`
    keeps compiled conditions (see `conditions.compile_tree`)."""
    if isinstance(tree, Condition):
        return _leaf(tree, custom, known)
    items = [compile_span(one, custom, known) for one in tree.items]
    if tree.kind == "all":
        return every(items)
    if tree.kind == "any":
        return Span(_first([one.on for one in items]), _together([one.off for one in items]))
    return Span(_together([one.off for one in items]), _first([one.on for one in items]))


def every(items: Sequence[Span]) -> Span:
    """The span in which all of them hold."""
    return Span(_together([one.on for one in items]), _first([one.off for one in items]))


def always(_moment: Moment, at: datetime) -> datetime | None:
    """At any instant."""
    return at


def never(_moment: Moment, _at: datetime) -> datetime | None:
    """At no instant."""
    return None


ALWAYS: Final = Span(always, never)


def _together(items: Sequence[Instant]) -> Instant:
    """The earliest instant at which all of them agree."""

    def earliest(moment: Moment, at: datetime) -> datetime | None:
        for turn in count():
            if turn >= _FREE:
                moment.rounds += 1
            if moment.rounds > MAX_ROUNDS:
                break
            latest = at
            for one in items:
                found = one(moment, latest)
                if found is None:
                    return None
                latest = max(latest, found)
            if latest == at:
                return at
            at = latest
        return None

    return earliest


def _first(items: Sequence[Instant]) -> Instant:
    def earliest(moment: Moment, at: datetime) -> datetime | None:
        found = None
        for one in items:
            each = one(moment, at)
            if each == at:
                return at
            if each is not None and (found is None or each < found):
                found = each
        return found

    return earliest


# -- conditions that time moves -------------------------------------------------------------------


def _leaf(one: Condition, custom: Mapping[str, str], known: dict[int, Any]) -> Span:
    if durations.is_duration(one.field) and one.operator not in ("present", "not_present"):
        return _within(lambda moment: durations.holding(one, moment))
    if one.field == "in_business_hours":
        return _fact(one, lambda m: [m.desk.hours_of(m.schedule(m.ticket))], _opens, _closes)
    if one.field == "within_schedule":
        return _inside(one)
    if one.field == "on_holiday":
        return _fact(one, lambda m: [m.desk.hours_of(m.schedule(m.ticket))], _holiday, _no_holiday)
    kind = custom.get(one.field.removeprefix("fields."), "")
    if CUSTOM_KINDS.get(kind) == "date" and one.operator in ("within_previous", "within_next"):
        return _within(lambda moment: _days(one, moment))
    holds = conditions.compile_tree(one, custom, known).holds
    return Span(
        lambda m, at: at if holds(m) else None,
        lambda m, at: None if holds(m) else at,
    )


def _within(stretches: Callable[[Moment], Sequence[durations.Stretch]]) -> Span:
    """A condition that holds in stretches: from an instant on (None: ever since) until another
    (None: for ever), in order and apart."""

    def on(moment: Moment, at: datetime) -> datetime | None:
        for start, end in stretches(moment):
            if end is None or at < end:
                return at if start is None or start <= at else start
        return None

    def off(moment: Moment, at: datetime) -> datetime | None:
        for start, end in stretches(moment):
            if start is not None and at < start:
                return at
            if end is None:
                return None
            if at < end:
                return end
        return at

    return Span(on, off)


_Edge = Callable[[Hours, datetime], datetime | None]


def _fact(one: Condition, where: Callable[[Moment], list[Hours]], yes: _Edge, no: _Edge) -> Span:
    """A fact about hours: `yes` and `no` give the next instant at which it is so, and is not."""
    many = one.value if isinstance(one.value, list | tuple) else (one.value,)
    answers = {str(each).lower() == "true" for each in many}
    if one.operator == "is_not":
        answers = {True, False} - answers
    true = _first([lambda m, at: yes(where(m)[0], at)])
    false = _first([lambda m, at: no(where(m)[0], at)])
    if answers == {True}:
        return Span(true, false)
    return Span(false, true) if answers == {False} else ALWAYS if answers else Span(never, always)


def _inside(one: Condition) -> Span:
    """Inside any of the schedules that a condition names."""
    many = one.value if isinstance(one.value, list | tuple) else (one.value,)
    names = [str(each) for each in many]

    def hours(moment: Moment) -> list[Hours]:
        return [moment.desk.schedules[one].hours for one in names if one in moment.desk.schedules]

    def on(moment: Moment, at: datetime) -> datetime | None:
        found = [each for one in hours(moment) if (each := _opens(one, at)) is not None]
        return min(found, default=None)

    def off(moment: Moment, at: datetime) -> datetime | None:
        edges = [_edge(one) for one in hours(moment)]
        return _together(edges)(moment, at)

    return Span(off, on) if one.operator == "is_not" else Span(on, off)


def _edge(hours: Hours) -> Instant:
    return lambda _moment, at: _closes(hours, at)


def _opens(hours: Hours, at: datetime) -> datetime | None:
    try:
        return hours.next_open(at)
    except NoAnswerError:
        return None


def _closes(hours: Hours, at: datetime) -> datetime | None:
    try:
        return hours.next_close(at) if hours.is_open(at) else at
    except NoAnswerError:
        return None


def _holiday(hours: Hours, at: datetime) -> datetime | None:
    return _day_when(hours, at, holiday=True)


def _no_holiday(hours: Hours, at: datetime) -> datetime | None:
    return _day_when(hours, at, holiday=False)


def _day_when(hours: Hours, at: datetime, *, holiday: bool) -> datetime | None:
    try:
        if hours.on_holiday(at) is holiday:
            return at
    except NoAnswerError:
        return None  # beyond the years in which hours are known
    if not holiday and not hours.timetable.holidays | hours.timetable.shared_holidays:
        return at
    zone = ZoneInfo(hours.timetable.timezone)
    day = at.astimezone(zone).date()
    for _ in range(_FARTHEST):
        day += _DAY
        if hours.timetable.is_holiday(day) is holiday:
            return midnight(day, zone)
    return None


def _days(one: Condition, moment: Moment) -> list[durations.Stretch]:
    """The local days, by the desk's zone, on which a date lies within so many of today."""
    held = moment.ticket.fields.get(one.field.removeprefix("fields."))
    if held is None:
        return []
    day, span = date.fromisoformat(str(held)), timedelta(seconds=float(one.value))
    zone = ZoneInfo(moment.desk.timezone)
    try:
        first, last = (day, day + span) if one.operator == "within_previous" else (day - span, day)
        return [(midnight(first, zone), midnight(last + _DAY, zone))]
    except (OverflowError, ValueError):
        return []  # a date at the end of the calendar comes near to no day that anybody sees


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a local date begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
