"""The clock of a promise: one SLA metric of a ticket, counted by segments.

A clock is changed in no other way than by an event of its ledger (`told`), so the ledger of a
ticket's entries folds to the clocks of its head (`fold`). Which events there are is the business
of `sla`; what they do to a clock stands here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

MAX_SEGMENTS: Final = 40
"""How many segments a clock of a head keeps; of an older one only the seconds stay in the sum."""

MAX_SETTLED: Final = 20
"""How many clocks that ended a head keeps; the ledger keeps all of them."""

MAX_DETAILED: Final = 5
"""Of how many of these a head keeps the segments, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The longest stretch of one schedule, status and policy.

    `schedule` is the ticket's (None: always open), `hours` how it was counted: `calendar`,
    `business`, or None as long as no target applied. `reason` says why the clock stood still; then
    `seconds` is 0. Where it was `condensed` out of older ones, its seconds are what those counted.
    """

    start: datetime
    end: datetime
    schedule: str | None = None
    status: str = ""
    policy: str | None = None
    hours: str | None = None
    seconds: int = 0
    reason: str | None = None
    condensed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock as it stands after the ticket's last entry.

    `since` is where its open segment begins (None: it has ended), with the `schedule`, `status` and
    `reason` of it; `group` is whose time `group_ownership_time` counts. `counted` are the seconds
    of all closed segments. `target` are the seconds promised by `policy`, None while nothing is;
    `hours` is how they are counted, `measure` as in the policy. `due_at` is the instant the target
    is reached if nothing changes. `warned` are the offsets of warnings that were given, `escalated`
    the numbers of the policy's escalations that were carried out. `cancelled_at` is since when
    nothing is promised any more; what was missed before then stays missed.
    """

    metric: str
    instance: int
    started_at: datetime
    since: datetime | None = None
    schedule: str | None = None
    status: str = ""
    reason: str | None = None
    group: str | None = None
    counted: int = 0
    segments: tuple[Segment, ...] = ()
    policy: str | None = None
    target: int | None = None
    hours: str | None = None
    measure: str = "segments"
    due_at: datetime | None = None
    fulfilled_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    warned: tuple[int, ...] = ()
    escalated: tuple[int, ...] = ()

    @property
    def lives(self) -> bool:
        """Whether it has not ended: it counts, or stands still for a while."""
        return self.since is not None

    @property
    def runs(self) -> bool:
        """Whether it counts."""
        return self.since is not None and self.reason is None

    @property
    def had_target(self) -> bool:
        """Whether anything was ever promised."""
        return self.target is not None or self.cancelled_at is not None

    @property
    def state(self) -> str:
        """`active`, `paused`, `fulfilled`, `breached` or `cancelled`; a breach stays."""
        if self.breached_at is not None:
            return "breached"
        if self.cancelled_at is not None:
            return "cancelled"
        if self.fulfilled_at is not None:
            return "fulfilled"
        return "active" if self.runs else "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEvent:
    """A line of the ledger. `type` says what the other members mean:

    - `activate`: the clock begins, or goes on after its end (`segment` is the time between);
    - `update_status`: a segment closes (`segment`), another begins with `schedule`, `status` and
      `reason`; `pause` and `resume` do the same into and out of standing still;
    - `apply_sla`: `policy`, `target`, `hours`, `measure` and `warned` are those from now on, with
      `segments` where all were measured again; without a target nothing is promised any more;
    - `reckon`: nothing but `due_at` moved;
    - `fulfill`, `breach`: kept, or missed, at `at`;
    - `warn`, `escalate`: the warning of `offset` seconds, the escalation number `offset`, has come.

    All but the last two lines say when the target is reached as things stand (`due_at`).
    """

    metric: str
    instance: int
    type: str
    at: datetime
    schedule: str | None = None
    status: str = ""
    reason: str | None = None
    group: str | None = None
    segment: Segment | None = None
    segments: tuple[Segment, ...] = ()
    policy: str | None = None
    target: int | None = None
    hours: str | None = None
    measure: str = "segments"
    due_at: datetime | None = None
    warned: tuple[int, ...] = ()
    offset: int | None = None


def fold(
    events: Iterable[MetricEvent], start: Sequence[Clock] = (), *, whole: bool = False
) -> tuple[Clock, ...]:
    """Return the clocks that a ledger leads to, from those it starts with; with `whole` also those
    and the segments that a head does not keep."""
    clocks = {(one.metric, one.instance): one for one in start}
    for event in events:
        key = (event.metric, event.instance)
        clocks[key] = told(clocks.get(key), event)
    return tuple(clocks.values()) if whole else kept(clocks.values())


def kept(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """Leave out the oldest of the clocks that have ended, where there are too many, and of all but
    the last few the segments.

    The latest of each metric stays as it is: a reopened ticket goes on with it.
    """
    found = tuple(clocks)
    latest = {one.metric: one.instance for one in sorted(found, key=_instance)}
    ended = [one for one in found if not one.lives and one.instance < latest[one.metric]]
    if len(ended) <= MAX_DETAILED:
        return found
    ended.sort(key=lambda one: (one.started_at, one.metric, one.instance), reverse=True)
    keys = [(one.metric, one.instance) for one in ended]
    gone, bare = set(keys[MAX_SETTLED:]), set(keys[MAX_DETAILED:])
    return tuple(
        replace(one, segments=()) if (one.metric, one.instance) in bare and one.segments else one
        for one in found
        if (one.metric, one.instance) not in gone
    )


def _instance(clock: Clock) -> int:
    return clock.instance


def told(clock: Clock | None, event: MetricEvent) -> Clock:
    """Return the clock after an event of its ledger; the first one makes it."""
    now = clock or Clock(
        metric=event.metric, instance=event.instance, started_at=event.at, since=event.at
    )
    found: dict[str, Any] = {}
    if event.segment is not None:
        found["segments"], found["counted"] = _with(now, event.segment)
    if event.type in DATED and now.breached_at is None:
        found["due_at"] = event.due_at
    if event.type in _OPENING:
        found |= {
            "since": event.at,
            "schedule": event.schedule,
            "status": event.status,
            "reason": event.reason,
        }
        if event.type == "activate":
            found |= {"fulfilled_at": None, "group": event.group}
    elif event.type == "apply_sla":
        found |= _applied(now, event)
    elif event.type == "fulfill":
        found |= {"fulfilled_at": event.at, "since": None, "reason": None}
    elif event.type == "breach":
        found |= {"breached_at": event.at, "due_at": event.at}
    elif event.type == "warn" and event.offset is not None:
        found["warned"] = (*now.warned, event.offset)
    elif event.type == "escalate" and event.offset is not None:
        found["escalated"] = (*now.escalated, event.offset)
    return replace(now, **found)


_OPENING: Final = ("activate", "update_status", "pause", "resume")
DATED: Final = (*_OPENING, "apply_sla", "reckon")


def _applied(now: Clock, event: MetricEvent) -> dict[str, Any]:
    if event.target is None and now.breached_at is not None:
        return {"cancelled_at": event.at}  # what was missed stays as it was missed
    if event.target is None:
        return {"policy": None, "target": None, "hours": None, "cancelled_at": event.at}
    found: dict[str, Any] = {
        name: getattr(event, name) for name in ("policy", "target", "hours", "measure", "warned")
    }
    found["cancelled_at"] = None
    if event.segments:
        found["segments"] = event.segments
        found["counted"] = sum(one.seconds for one in event.segments)
    return found


def _with(clock: Clock, segment: Segment) -> tuple[tuple[Segment, ...], int]:
    """Add a closed segment; where there are too many, the two oldest become one."""
    segments = (*clock.segments, segment)
    if len(segments) > MAX_SEGMENTS:
        first, second = segments[:2]
        whole = replace(
            second,
            start=first.start,
            seconds=first.seconds + second.seconds,
            reason=first.reason and second.reason,
            condensed=True,
        )
        segments = (whole, *segments[2:])
    return segments, clock.counted + segment.seconds
