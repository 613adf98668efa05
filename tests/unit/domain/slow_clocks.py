"""SLA clocks kept the slow way: from quarter to quarter of an hour, each one counted anew.

Shares nothing with the code under test. A clock is a list of the quarters it has lived through;
what it reads is found by going through all of them, and when it is due by going on until it reads
enough. Everything happens between two quarters; instants are counted in them from the start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

UNTIL_SOLVED: Final = ("requester_wait_time", "agent_work_time", "total_resolution_time")
UPDATES: Final = ("periodic_update_time", "pausable_update_time")
PAUSES: Final = {
    "requester_wait_time": ("pending",),
    "agent_work_time": ("pending", "hold"),
    "pausable_update_time": ("pending",),
}
QUARTER: Final = 900
"""Seconds of a quarter of an hour."""

HORIZON: Final = 960
"""How many quarters a due instant is looked for ahead: ten days."""


@dataclass(frozen=True)
class Promise:
    """What is promised on a metric: so many seconds, of all hours or of open ones."""

    seconds: int
    hours: str
    last_schedule: bool = False
    warn: tuple[int, ...] = ()
    escalate: tuple[int, ...] = ()


@dataclass(frozen=True)
class Happening:
    """What happened at an instant, and how the ticket stands after it.

    `said` is who spoke in public: `customer`, `agent`, or `opener`, an agent who opens the ticket,
    which is an update of it and answers nobody. `reason` is why clocks with a promise stand still.
    """

    at: int
    said: str | None
    status: str
    group: str | None
    schedule: str | None
    promises: dict[str, Promise]
    reason: str | None = None

    @property
    def solved(self) -> bool:
        return self.status in ("solved", "closed")


@dataclass
class Quarter:
    """A quarter that a clock lived through; `hours` is None as long as nothing was promised."""

    number: int
    schedule: str | None
    hours: str | None
    runs: bool


@dataclass
class SlowClock:
    metric: str
    instance: int
    started: int
    lives: bool = True
    runs: bool = True
    schedule: str | None = None
    quarters: list[Quarter] = field(default_factory=list)
    promise: Promise | None = None
    left_at: int = 0
    due: int | None = None
    fulfilled: int | None = None
    breached: int | None = None
    cancelled: int | None = None
    warned: dict[int, int] = field(default_factory=dict)
    warnings: list[tuple[int, int]] = field(default_factory=list)
    escalated: dict[int, int] = field(default_factory=dict)

    @property
    def was_promised(self) -> bool:
        return any(one is not None for one in (self.promise, self.cancelled, self.breached))

    @property
    def state(self) -> str:
        if self.breached is not None:
            return "breached"
        if self.cancelled is not None:
            return "cancelled"
        if self.fulfilled is not None:
            return "fulfilled"
        return "active" if self.runs else "paused"


class SlowDesk:
    """All clocks of one ticket. `is_open` says whether a schedule is open in a quarter; `metrics`
    are those that any policy promises something for."""

    def __init__(self, is_open: Callable[[str | None, int], bool], metrics: Sequence[str]) -> None:
        self.is_open, self.metrics = is_open, metrics
        self.clocks: list[SlowClock] = []
        self.answered = False
        """Whether an answer, or solving, has come since the customer's last word."""
        self.was_answered = False
        """Whether any has come at all."""
        self.before: Happening | None = None

    def live(self, story: Sequence[Happening], end: int) -> None:
        """Go through a story, quarter by quarter, up to and including an instant."""
        left = list(story)
        for at in range(end + 1):
            while left and left[0].at == at:
                self._take(left.pop(0))
            self._come_due(at)
            if at < end:
                self._pass(at)

    def counted(self, clock: SlowClock) -> int:
        """Seconds that a clock reads; without a promise it is not read any more."""
        if clock.promise is None:
            return clock.left_at
        return sum(QUARTER for one in clock.quarters if one.runs and self._counts(clock, one))

    def _counts(self, clock: SlowClock, quarter: Quarter) -> bool:
        hours, schedule = quarter.hours, quarter.schedule
        assert clock.promise is not None
        if clock.promise.last_schedule:
            hours, schedule = clock.promise.hours, clock.schedule
        return hours != "business" or self.is_open(schedule, quarter.number)

    def _pass(self, at: int) -> None:
        for one in self.clocks:
            if one.lives:
                hours = one.promise.hours if one.promise else None
                one.quarters.append(Quarter(at, one.schedule, hours, one.runs))

    def _come_due(self, at: int) -> None:
        for one in self.clocks:
            if not (one.lives and one.runs and one.promise):
                continue
            reads, target = self.counted(one), one.promise.seconds
            for offset in one.promise.warn:
                if offset not in one.warned and one.breached is None and reads >= target - offset:
                    one.warned[offset] = at
                    one.warnings.append((at, offset))
            if one.breached is None and reads >= target:
                one.breached = one.due = at
            for place, after in enumerate(one.promise.escalate):
                if one.breached is not None and reads >= target + after:
                    one.escalated.setdefault(place, at)

    def _take(self, now: Happening) -> None:
        for metric in self.metrics:
            self._step(metric, now)
        if now.said == "agent" or now.solved:
            self.answered = self.was_answered = True
        elif now.said == "customer":
            self.answered = False
        for one in self.clocks:
            if one.lives:
                self._settle(one, now)
        self.before = now

    def _step(self, metric: str, now: Happening) -> None:
        latest = self.latest(metric)
        running = latest if latest is not None and latest.lives else None
        replied = now.said == "agent"
        if metric == "first_reply_time":
            if latest is None and now.said == "customer" and not self.was_answered:
                self._begin(metric, now)
            elif running and (replied or now.solved):
                self._end(running, now)
        elif metric == "next_reply_time":
            if running and (replied or now.solved):
                self._end(running, now)
            elif running is None and now.said == "customer" and self.answered:
                self._begin(metric, now)
        elif metric in UPDATES:
            if running and (replied or now.solved):
                self._end(running, now)
            if now.said in ("agent", "opener") and not now.solved:
                self._begin(metric, now)
        elif metric in UNTIL_SOLVED:
            self._until_solved(metric, running, now)
        else:
            self._ownership(metric, running, now)

    def _creates(self) -> bool:
        return self.before is None

    def _until_solved(self, metric: str, running: SlowClock | None, now: Happening) -> None:
        if self._creates():
            self._begin(metric, now)
        elif running and now.solved:
            self._end(running, now)
        elif running is None and not now.solved:
            self._go_on(metric)

    def _ownership(self, metric: str, running: SlowClock | None, now: Happening) -> None:
        moved = now.group != (self.before.group if self.before else None)
        if running and (moved or now.solved):
            self._end(running, now)
        if now.group is None or now.solved:
            return
        if moved or self.latest(metric) is None:
            self._begin(metric, now)
        elif running is None:
            self._go_on(metric)

    def latest(self, metric: str) -> SlowClock | None:
        found = [one for one in self.clocks if one.metric == metric]
        return found[-1] if found else None

    def _begin(self, metric: str, now: Happening) -> None:
        number = sum(one.metric == metric for one in self.clocks) + 1
        self.clocks.append(SlowClock(metric, number, now.at))

    def _end(self, clock: SlowClock, now: Happening) -> None:
        clock.lives, clock.fulfilled = False, now.at

    def _go_on(self, metric: str) -> None:
        latest = self.latest(metric)
        assert latest is not None
        latest.lives, latest.fulfilled = True, None

    def _settle(self, one: SlowClock, now: Happening) -> None:
        """Apply what is promised now, and find when it is due."""
        one.schedule = now.schedule
        wanted = now.promises.get(one.metric)
        waits = wanted is not None and now.reason is not None
        one.runs = not waits and now.status not in PAUSES.get(one.metric, ())
        if wanted != one.promise:
            self._promise(one, wanted, now.at)
        if one.breached is None:
            one.due = self._due(one, now.at)

    def _promise(self, one: SlowClock, wanted: Promise | None, at: int) -> None:
        if wanted is None and one.breached is not None:
            return  # what was broken stays a broken promise
        one.left_at, one.promise = self.counted(one), wanted
        if wanted is None:
            one.cancelled = at
            return
        one.cancelled = None
        for each in one.quarters:
            each.hours = each.hours or wanted.hours
        reads = self.counted(one)
        one.warned = {w: when for w, when in one.warned.items() if reads >= wanted.seconds - w}

    def _due(self, one: SlowClock, at: int) -> int | None:
        if one.promise is None or not one.runs:
            return None
        reads = self.counted(one)
        for later in range(at, at + HORIZON):
            if reads >= one.promise.seconds:
                return later
            if self._counts(one, Quarter(later, one.schedule, one.promise.hours, True)):
                reads += QUARTER
        return None
