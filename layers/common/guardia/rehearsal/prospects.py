"""What the clocks of a ticket read, piece by piece, and what is to come if nothing happens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from guardia import shapes
from guardia.domain import agenda, counting
from guardia.domain.clock import Clock, Segment, fold
from guardia.domain.desk import Desk
from guardia.domain.event import Due, Event, State
from guardia.domain.hours import Hours
from guardia.domain.model import SYSTEM, Entry, Ticket
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import SLA_METRICS
from guardia.rehearsal import plain
from guardia.rehearsal.explain import DeskAt

CLOSED: Final = "closed"
HOLIDAY: Final = "holiday"
NO_TARGET: Final = "no target"
_MOST_PARTS: Final = 120
"""Of a segment of more pieces, three months of office hours, only the sum is told."""
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A ticket as it stands at an instant, and what is needed to look at it: `desk` is the one that
    decides on it then, `entries` are those up to then, `desk_at` gives their desks."""

    ticket: Ticket
    state: State
    desk: Desk
    at: datetime
    entries: Sequence[Entry]
    desk_at: DeskAt

    def at_another(self, ticket: Ticket, config: str, at: datetime) -> "View":
        """The ticket as it stood at another instant, under the desk of a config version."""
        desk = self.desk_at(config)
        return replace(self, ticket=ticket, desk=desk, at=at)

    def moment(self, at: datetime) -> Moment:
        """A moment at which nothing happens but time."""
        event = Event(
            id="", at=at, kind="tick", actor=SYSTEM, channel=self.ticket.channel, ticket=self.ticket
        )
        return Moment(
            desk=self.desk,
            state=self.state,
            event=event,
            before=self.ticket,
            ticket=self.ticket,
            at=at,
        )


# -- clocks ---------------------------------------------------------------------------------------


def _in_full(view: View) -> tuple[Clock, ...]:
    """The ticket's clocks with what its head does not keep, where its whole history is at hand."""
    if not view.entries or view.entries[0].seq != 1:
        return view.ticket.clocks
    return fold((line for one in view.entries for line in one.ledger), whole=True)


def clocks(view: View) -> list[dict[str, Any]]:
    """The SLA clocks in the shapes of the outside, each with the `targets` that applied to it. Each
    segment also tells its `parts`: when it counted, when the schedule was closed, and which target
    applied. They are null where they are too many, or where the hours they were counted by are not
    known any more."""
    ticket = replace(view.ticket, clocks=_in_full(view))
    found = [one for one in ticket.clocks if one.had_target]
    found.sort(key=lambda one: (SLA_METRICS.index(one.metric), one.instance))
    shown = shapes.sla_clocks(ticket, lambda _version: view.desk, view.at)
    for clock, shape in zip(found, shown, strict=True):
        targets = _targets(view, clock)
        open_ = counting.closing(view.desk, clock, view.at)
        pieces = (*clock.segments, *((open_,) if open_ else ()))
        segments = counting.segments(view.desk, clock, view.at)
        shape["segments"] = [_segment(view, one, pieces, targets) for one in segments]
        shape["targets"] = targets
        shape["now"] = _now(clock)
    return shown


def _targets(view: View, clock: Clock) -> list[dict[str, Any]]:
    """The targets that applied to a clock, each from an instant and an entry on."""
    name = (clock.metric, clock.instance)
    return [
        {
            "at": shapes.instant(line.at),
            "seq": entry.seq,
            "policy": line.policy,
            "target_seconds": line.target,
            "hours": line.hours,
        }
        for entry in view.entries
        for line in entry.ledger
        if line.type == "apply_sla" and (line.metric, line.instance) == name
    ]


def _segment(
    view: View, one: Segment, pieces: Sequence[Segment], targets: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """A segment with its parts; `pieces` are what the ledger keeps of it."""
    inside = [each for each in pieces if one.start <= each.start and each.end <= one.end]
    found = (part for each in inside for part in _parts(_desk_of(view, each), each))
    parts = list(_cut(_joined(found), targets))
    whole = len(parts) <= _MOST_PARTS and sum(each["seconds"] for each in parts) == one.seconds
    return {**shapes.segment(one), "hours": one.hours, "parts": parts if whole else None}


def _desk_of(view: View, one: Segment) -> Desk:
    """The desk whose hours a piece was counted by: the one of the entry that it began with."""
    began = [each.config for each in view.entries if each.at <= one.start]
    return view.desk_at(began[-1]) if began else view.desk


def _joined(parts: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The parts, those that only bookkeeping had cut as one."""
    last: dict[str, Any] | None = None
    for part in parts:
        if last is not None and (last["to"], last["reason"]) == (part["from"], part["reason"]):
            last |= {"to": part["to"], "seconds": last["seconds"] + part["seconds"]}
            continue
        if last is not None:
            yield last
        last = dict(part)
    if last is not None:
        yield last


def _parts(desk: Desk, one: Segment) -> Iterator[dict[str, Any]]:
    """A segment cut where its schedule opens and closes."""
    schedule = desk.schedules.get(one.schedule or "")
    start, end = (each.replace(microsecond=0) for each in (one.start, one.end))
    if one.reason is not None or one.hours is None or one.hours == "calendar" or not schedule:
        counts = one.reason is None and one.hours is not None
        seconds = int((end - start).total_seconds()) if counts else 0
        yield _part(start, end, seconds, one.reason or (None if counts else NO_TARGET))
        return
    open_ = schedule.hours.periods(start, end)
    edges = [start, *(edge for period in open_ for edge in period), end]
    starts = {period[0] for period in open_}
    for begins, ends in pairwise(edges):
        if begins == ends:
            continue
        if begins in starts:
            yield _part(begins, ends, int((ends - begins).total_seconds()), None)
        else:
            yield _part(begins, ends, 0, _why_closed(schedule.hours, begins, ends))


def _part(start: datetime, end: datetime, seconds: int, reason: str | None) -> dict[str, Any]:
    return {
        "from": shapes.instant(start),
        "to": shapes.instant(end),
        "seconds": seconds,
        "reason": reason,
    }


def _cut(
    parts: Iterable[dict[str, Any]], targets: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The pieces cut where another target began to apply. Instants are compared as they are
    written: all are UTC and of one form."""
    for part in parts:
        rest, target = part, None
        for one in targets:
            if one["at"] > rest["from"] and one["at"] < rest["to"]:
                first, rest = _cut_at(rest, one["at"])
                yield first | {"target_seconds": target}
            if one["at"] <= rest["from"]:
                target = one["target_seconds"]
        yield rest | {"target_seconds": target}


def _cut_at(part: dict[str, Any], at: str) -> tuple[dict[str, Any], dict[str, Any]]:
    gone = datetime.fromisoformat(at) - datetime.fromisoformat(part["from"])
    seconds = int(gone.total_seconds()) if part["reason"] is None else 0
    return (
        part | {"to": at, "seconds": seconds},
        part | {"from": at, "seconds": part["seconds"] - seconds},
    )


def _why_closed(hours: Hours, start: datetime, end: datetime) -> str:
    zone = ZoneInfo(hours.timetable.timezone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        if hours.timetable.is_holiday(day):
            return HOLIDAY
        day += _ONE_DAY
    return CLOSED


def _now(clock: Clock) -> str:
    """How a clock stands, in a sentence's words."""
    if clock.cancelled_at is not None and clock.target is None:
        return "nothing is promised any more"
    if clock.fulfilled_at is not None and not clock.lives:
        return "kept" if clock.breached_at is None else "fulfilled too late"
    if clock.reason is not None:
        still = f"stands still: {clock.reason}"
        return still if clock.breached_at is None else f"missed, {still}"
    return "runs" if clock.breached_at is None else "missed, and runs on"


# -- what is to come ------------------------------------------------------------------------------


def coming(view: View) -> list[dict[str, Any]]:
    """Everything that is due if nothing else happens, the earliest first; what should have come
    already is `overdue`. An automation that comes back is told of once."""
    found = dues(view)
    later = [each for one in found if one.kind == "breach" for each in _escalations(view, one)]
    both = sorted([*found, *later], key=lambda one: (one.at, one.order))
    return [told(one, view.desk, view.at) for one in both]


def dues(view: View) -> list[Due]:
    """What the ticket is due for since its last entry, if nothing else happens."""
    since = min(view.ticket.updated_at or view.at, view.at)
    return agenda.upcoming(view.moment(since), since)


def told(due: Due, desk: Desk, now: datetime) -> dict[str, Any]:
    """A due instant in the shapes of the outside and in plain words."""
    return {
        "at": shapes.instant(due.at),
        "in_seconds": int((due.at - now).total_seconds()),
        "overdue": due.at < now,
        "kind": due.kind,
        "rule": due.rule,
        "metric": due.metric,
        "instance": due.instance or None,
        "before_seconds": due.offset if due.kind == "warn" else None,
        "level": due.offset + 1 if due.kind == "escalate" else None,
        "what": plain.what(due, desk),
        "if": plain.unless(due, desk),
    }


def _escalations(view: View, breach: Due) -> Iterator[Due]:
    """The escalations that a missed target will bring, if it is not fulfilled until then."""
    policy = next((one for one in view.desk.promises.policies if one.id == breach.rule), None)
    clock = next(
        one
        for one in view.ticket.clocks
        if (one.metric, one.instance) == (breach.metric, breach.instance)
    )
    if policy is None or clock.target is None:
        return
    for number, one in enumerate(policy.escalate):
        if one.metric != clock.metric or number in clock.escalated:
            continue
        at = counting.reads(view.desk, clock, clock.target + one.after, breach.at)
        if at is not None:
            yield Due(
                at=at,
                kind="escalate",
                rule=policy.id,
                metric=clock.metric,
                instance=clock.instance,
                offset=number,
                order=(*breach.order[:2], 2),
            )
