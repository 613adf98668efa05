"""Durations that conditions ask for: time since something, time until something, time left.

Each is read in whole seconds, on the calendar or on the hours of a schedule. `value` gives it at an
instant, `holding` the stretches of time in which a condition on it holds; both come from the same
gauge, so a rule is due at the very instant at which its conditions would say yes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from guardia.domain import counting
from guardia.domain.clock import Clock
from guardia.domain.desk import Condition
from guardia.domain.hours import ALWAYS_OPEN, Hours, NoAnswerError
from guardia.domain.model import Ticket
from guardia.domain.moment import Moment

Stretch = tuple[datetime | None, datetime | None]
"""From an instant on (None: ever since), until before another (None: for ever)."""

SINCE: Final = {
    "created": "created_at",
    "opened": "opened_at",
    "pending": "pending_at",
    "on_hold": "on_hold_at",
    "solved": "solved_at",
    "closed": "closed_at",
    "assigned": "assigned_at",
    "updated": "updated_at",
    "requester_update": "requester_update_at",
    "agent_update": "agent_update_at",
    "unanswered": "unanswered_since",
}
"""What `hours_since` counts from: attributes of the ticket."""

_SECOND: Final = timedelta(seconds=1)
_NEVER: Final[tuple[Stretch, ...]] = ()
_EVER: Final[tuple[Stretch, ...]] = ((None, None),)


class _Gauge(NamedTuple):
    """Something that is read in seconds.

    `at` reads it. `reaches` gives the instant from which it is at least (`grows`), else at most, so
    many seconds: None where it has always been so; it raises `NoAnswerError` where it never will.
    `ends` is the last instant at which there is anything to read, None: there is no last one.
    """

    at: Callable[[datetime], int]
    reaches: Callable[[int], datetime | None]
    grows: bool
    ends: datetime | None = None


def is_duration(field: str) -> bool:
    """Whether a field holds a duration that time moves."""
    head = field.partition(".")[0]
    return (
        head in ("hours_since", "until")
        or field == "due_in"
        or (head == "sla" and field.endswith(".remaining"))
    )


def value(one: Condition, moment: Moment, ticket: Ticket | None) -> int | None:
    """Read the duration of a condition at the moment's instant, in seconds; None: there is none."""
    gauge = _gauge(one, moment, ticket) if ticket else None
    at = moment.event.at
    if gauge is None or (gauge.ends is not None and at > gauge.ends):
        return None
    return gauge.at(at)


def holding(one: Condition, moment: Moment) -> tuple[Stretch, ...]:
    """The stretches in which a condition on a duration holds, the ticket staying as it is."""
    denied = one.operator.startswith("not_") or one.operator == "is_not"
    gauge = _gauge(one, moment, moment.ticket)
    if gauge is None:
        return _EVER if denied else _NEVER
    many = one.value if isinstance(one.value, list | tuple) else (one.value,)
    asked = "is" if one.operator == "is_not" else one.operator
    found: list[Stretch] = []
    for seconds in sorted({int(each) for each in many if each != "none"}):
        found += _stretches(gauge, asked, seconds)
    return _outside(found) if denied else tuple(found)


def _stretches(gauge: _Gauge, asked: str, seconds: int) -> list[Stretch]:
    """Where the gauge is less than, at most, at least, more than, or exactly so many seconds."""
    low, high = _BOUNDS[asked](seconds)
    first, last = (low, high) if gauge.grows else (high, low)
    start, end = _edge(gauge, first), None
    if start is _UNREACHED:
        return []
    if last is not None:
        end = _edge(gauge, last + 1 if gauge.grows else last - 1)
        if end is None:
            return []
        end = None if end is _UNREACHED else end
    if gauge.ends is not None:
        beyond = gauge.ends + _SECOND
        end = beyond if end is None else min(end, beyond)
        if start is not None and start > gauge.ends:
            return []
    return [(start, end)] if start is None or end is None or start < end else []


_BOUNDS: Final[dict[str, Callable[[int], tuple[int | None, int | None]]]] = {
    # the least and the most seconds that answer yes; None: no bound
    "at_least": lambda seconds: (seconds, None),
    "greater_than": lambda seconds: (seconds + 1, None),
    "at_most": lambda seconds: (None, seconds),
    "less_than": lambda seconds: (None, seconds - 1),
    "is": lambda seconds: (seconds, seconds),
}
_UNREACHED: Final = datetime.max.replace(tzinfo=UTC)


def _edge(gauge: _Gauge, bound: int | None) -> datetime | None:
    if bound is None:
        return None
    try:
        return gauge.reaches(bound)
    except NoAnswerError:
        return _UNREACHED


def _outside(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """All time but these stretches."""
    found: list[Stretch] = []
    start: datetime | None = None
    open_ = True
    for first, last in stretches:
        if first is not None and (start is None or start < first):
            found.append((start, first))
        start, open_ = last, last is not None
    if open_:
        found.append((start, None))
    return tuple(found)


# -- what is read ---------------------------------------------------------------------------------


def _gauge(one: Condition, moment: Moment, ticket: Ticket) -> _Gauge | None:
    head, _, rest = one.field.partition(".")
    if head == "sla":
        return _left(moment, latest(ticket, rest.rpartition(".")[0]))
    hours = _hours(one, moment, ticket)
    if head == "hours_since":
        start = since(moment, ticket, rest)
        return None if start is None else _elapsed(hours, start)
    end = _until(ticket, rest if head == "until" else "due")
    return None if end is None else _remaining(hours, end)


def _hours(one: Condition, moment: Moment, ticket: Ticket) -> Hours:
    if one.hours == "calendar" and one.schedule is None:
        return ALWAYS_OPEN
    own = moment.desk.schedules.get(one.schedule) if one.schedule else moment.schedule(ticket)
    return moment.desk.hours_of(own)


def since(moment: Moment, ticket: Ticket, name: str) -> datetime | None:
    """The instant that `hours_since.<name>` counts from.

    What the rule at work did itself is no update for it: it would wind itself up again.
    """
    if name == "due":
        missed = [
            one.due_at for one in ticket.clocks if one.lives and one.breached_at and one.due_at
        ]
        return min(missed, default=None)
    if name == "updated" and moment.rule is not None and ticket.updated_by == moment.rule:
        return ticket.updated_before
    found: datetime | None = getattr(ticket, SINCE[name])
    return found


def _until(ticket: Ticket, name: str) -> datetime | None:
    """The instant that `until.<name>` counts down to: of `due` the next target that is missed."""
    clocks: tuple[Clock | None, ...] = ticket.clocks
    if name != "due":
        clocks = (latest(ticket, name.removeprefix("sla.")),)
    return min(
        (
            one.due_at
            for one in clocks
            if one is not None and one.runs and one.due_at and not one.breached_at and one.target
        ),
        default=None,
    )


def latest(ticket: Ticket | None, metric: str) -> Clock | None:
    """The latest instance of a metric that has or had a target."""
    found = [
        one for one in (ticket.clocks if ticket else ()) if one.metric == metric and one.had_target
    ]
    return max(found, key=lambda one: one.instance, default=None)


def _elapsed(hours: Hours, start: datetime) -> _Gauge:
    return _Gauge(
        at=lambda now: hours.between(start, now),
        reaches=lambda seconds: hours.add(start, seconds) if seconds > 0 else None,
        grows=True,
    )


def _remaining(hours: Hours, end: datetime) -> _Gauge:
    """Time until an instant. It is at most so much one second after the last instant at which it
    was a second more."""

    def reaches(seconds: int) -> datetime | None:
        if seconds < 0:
            raise NoAnswerError("it never runs below zero")
        try:
            return hours.subtract(end, seconds + 1) + _SECOND
        except NoAnswerError:
            return None

    return _Gauge(at=lambda now: hours.between(now, end), reaches=reaches, grows=False, ends=end)


def _left(moment: Moment, clock: Clock | None) -> _Gauge | None:
    """What is left of a target, on the target's own clock; below zero once it was missed."""
    if clock is None or clock.target is None:
        return None
    left = clock.target - clock.counted
    if not clock.runs or clock.since is None:
        return _Gauge(at=lambda _now: left, reaches=lambda seconds: _settled(left, seconds),
                      grows=False)  # fmt: skip
    hours, start = counting.hours_of(moment.desk, clock), clock.since
    return _Gauge(
        at=lambda now: left - hours.between(start, now),
        reaches=lambda seconds: hours.add(start, left - seconds) if left > seconds else None,
        grows=False,
    )


def _settled(left: int, seconds: int) -> None:
    if left > seconds:
        raise NoAnswerError("it stands still")
