"""What a clock of an SLA metric reads: closed segments, the open one, the instant of a reading."""

from dataclasses import replace
from datetime import datetime

from guardia.domain.clock import Clock, Segment
from guardia.domain.desk import Desk
from guardia.domain.hours import Hours, NoAnswerError


def hours_of(desk: Desk, clock: Clock) -> Hours:
    """The hours that a clock's open segment is counted by."""
    found = desk.schedules.get(clock.schedule or "") if clock.hours == "business" else None
    return desk.hours_of(found)


def closing(desk: Desk, clock: Clock, at: datetime) -> Segment | None:
    """The clock's open segment as it closes at an instant; None where it has no length."""
    if clock.since is None or clock.since >= at:
        return None
    counts = clock.reason is None and clock.hours is not None
    return Segment(
        start=clock.since,
        end=at,
        schedule=clock.schedule,
        status=clock.status,
        policy=clock.policy,
        hours=clock.hours,
        seconds=hours_of(desk, clock).between(clock.since, at) if counts else 0,
        reason=clock.reason,
    )


def segments(desk: Desk, clock: Clock, at: datetime) -> list[Segment]:
    """The stretches of a clock up to an instant, those that only bookkeeping parted joined."""
    open_ = closing(desk, clock, at)
    found: list[Segment] = []
    for one in (*clock.segments, *((open_,) if open_ else ())):
        before = found[-1] if found else None
        if before is not None and _alike(before) == _alike(one) and before.end == one.start:
            found[-1] = replace(before, end=one.end, seconds=before.seconds + one.seconds)
        else:
            found.append(one)
    return found


def _alike(one: Segment) -> tuple[str | None, ...]:
    return one.schedule, one.status, one.policy, one.hours, one.reason


def elapsed(desk: Desk, clock: Clock, at: datetime) -> int:
    """Seconds that a clock reads at an instant, on the hours of its target."""
    open_ = closing(desk, clock, at)
    return clock.counted + (open_.seconds if open_ else 0)


def due_at(desk: Desk, clock: Clock, at: datetime) -> datetime | None:
    """The instant at which a clock's target is reached, no earlier than `at`; None while it stands
    still, or where its schedule never opens again."""
    return None if clock.target is None else reads(desk, clock, clock.target, at)


def reads(desk: Desk, clock: Clock, seconds: int, at: datetime) -> datetime | None:
    """The instant, from `at` on, at which a clock reads so many seconds if nothing changes."""
    if not clock.runs or clock.since is None or clock.target is None:
        return None
    missing = seconds - clock.counted
    if missing <= 0:
        return at
    try:
        return max(at, hours_of(desk, clock).add(clock.since, missing))
    except NoAnswerError:
        return None
