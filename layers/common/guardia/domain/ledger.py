"""The ledger of one event: how it moves the clocks of the SLA metrics, line by line.

A line is the only thing that changes a clock (`clock.told`), so what is kept with the entry folds
to what the ticket holds.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from guardia.domain import clock as clocks, counting, metrics
from guardia.domain.clock import Clock, MetricEvent, Segment
from guardia.domain.desk import Desk, SlaPolicy, Target
from guardia.domain.hours import Hours
from guardia.domain.moment import Moment


def target_of(policy: SlaPolicy, metric: str, priority: str | None) -> Target | None:
    """The first target of a policy that fits a metric and a priority."""
    for one in policy.targets:
        if one.metric == metric and (one.priorities is None or priority in one.priorities):
            return one
    return None


class _Promise(NamedTuple):
    """What is promised on a clock; without a `target` nothing is."""

    policy: str | None
    target: int | None
    hours: str | None
    measure: str


_NOTHING: Final = _Promise(None, None, None, "segments")
_TURNS: Final = {(True, False): "pause", (False, True): "resume"} | dict.fromkeys(
    ((True, True), (False, False)), "update_status"
)


@dataclass(slots=True, kw_only=True)
class Book:
    """The ledger of one event, while it is written."""

    moment: Moment
    policy: SlaPolicy | None
    pause: str | None
    now: dict[tuple[str, int], Clock] = field(init=False)
    events: list[MetricEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the ticket's clocks."""
        self.now = {(one.metric, one.instance): one for one in self.moment.ticket.clocks}

    def closed(self) -> tuple[tuple[Clock, ...], tuple[MetricEvent, ...]]:
        """The clocks and the events that led to them."""
        return clocks.kept(self.now.values()), tuple(self.events)

    def take(self, metric: str, latest: Clock | None, what: metrics.Step) -> None:
        """Do with a metric what the event asks for."""
        current = latest
        if what.ends and current is not None:
            self._end(current)
        if what.begins:
            current = self.begin(metric, (latest.instance if latest else 0) + 1, self.moment.at)
        elif what.goes_on and current is not None:
            current = self._go_on(current)
        if current is None or not current.lives or (what.ends and not what.begins):
            return
        current = self._settle(current)
        if what.at_once:
            self._end(current)

    def _tell(self, event: MetricEvent) -> Clock:
        key = (event.metric, event.instance)
        self.now[key] = clocks.told(self.now.get(key), event)
        self.events.append(event)
        return self.now[key]

    def _event(self, clock: Clock, type_: str, **more: Any) -> MetricEvent:
        return MetricEvent(
            metric=clock.metric, instance=clock.instance, type=type_, at=self.moment.at, **more
        )

    def _here(self, metric: str) -> dict[str, Any]:
        """Where a clock's segment lies: the ticket's schedule and status, and why it stands."""
        schedule = self.moment.schedule(self.moment.ticket)
        return {
            "schedule": schedule.id if schedule else None,
            "status": self.moment.ticket.status,
            "reason": self._reason(metric),
        }

    def _reason(self, metric: str) -> str | None:
        if self.pause and self._target(metric) is not None:
            return self.pause
        switches = self.policy.settings.get(metric, frozenset()) if self.policy else frozenset()
        return metrics.stands_still(metric, self.moment.ticket.status, switches)

    def begin(self, metric: str, instance: int, at: datetime) -> Clock:
        """Let a new clock begin at an instant."""
        group = self.moment.ticket.group if metric == "group_ownership_time" else None
        here = self._here(metric)
        return self._tell(
            MetricEvent(
                metric=metric, instance=instance, type="activate", at=at, group=group, **here
            )
        )

    def _go_on(self, clock: Clock) -> Clock:
        ended, gap = clock.fulfilled_at or self.moment.at, None
        if ended < self.moment.at:
            before = self.moment.before
            gap = Segment(
                start=ended,
                end=self.moment.at,
                schedule=clock.schedule,
                status=before.status if before else "",
                policy=clock.policy,
                hours=clock.hours,
                reason=before.status if before else None,
            )
        return self._tell(
            self._event(
                clock, "activate", **self._here(clock.metric), segment=gap, group=clock.group
            )
        )

    def _end(self, clock: Clock) -> None:
        segment = counting.closing(self.moment.desk, clock, self.moment.at)
        self._tell(self._event(clock, "fulfill", segment=segment))

    def _settle(self, clock: Clock) -> Clock:
        """Bring a living clock to what holds from now on: its segment, its target, its due
        instant. The last event about it says when it is due."""
        here, wanted = self._here(clock.metric), self._wanted(clock)
        stays = (clock.schedule, clock.status, clock.reason) == tuple(here.values())
        if not stays or (clock.policy, clock.hours) != (wanted.policy, wanted.hours):
            segment = counting.closing(self.moment.desk, clock, self.moment.at)
            if segment is not None or not stays:
                type_ = _TURNS[clock.reason is None, here["reason"] is None]
                clock = self._tell(self._event(clock, type_, **here, segment=segment))
        clock = self._apply(clock, wanted)
        due = counting.due_at(self.moment.desk, clock, self.moment.at)
        if clock.breached_at is None and due != clock.due_at:
            clock = self._dated(clock, due)
        return clock

    def _dated(self, clock: Clock, due: datetime | None) -> Clock:
        """Let the last event about a clock say when its target is reached."""
        last = self.events[-1] if self.events else None
        mine = last and (last.metric, last.instance) == (clock.metric, clock.instance)
        if last is None or not mine or last.type not in clocks.DATED:
            return self._tell(self._event(clock, "reckon", due_at=due))
        self.events[-1] = replace(last, due_at=due)
        self.now[clock.metric, clock.instance] = found = replace(clock, due_at=due)
        return found

    def _target(self, metric: str) -> Target | None:
        priority = self.moment.ticket.priority
        return target_of(self.policy, metric, priority) if self.policy else None

    def _promises(self, clock: Clock) -> bool:
        return self._target(clock.metric) is not None

    def _wanted(self, clock: Clock) -> _Promise:
        """What is promised now; what was missed goes on being read by what was promised last."""
        found = self._target(clock.metric)
        if self.policy is not None and found is not None:
            return _Promise(self.policy.id, found.within, found.hours, self.policy.measure)
        if clock.breached_at is not None:
            return _Promise(clock.policy, clock.target, clock.hours, clock.measure)
        return _NOTHING

    def _apply(self, clock: Clock, wanted: _Promise) -> Clock:
        if wanted.target is None or not self._promises(clock):
            lost = clock.target is not None and clock.cancelled_at is None
            return self._tell(self._event(clock, "apply_sla")) if lost else clock
        segments = _measured(self.moment.desk, clock, wanted)
        same = (clock.policy, clock.target, clock.hours, clock.measure) == wanted
        same = same and clock.cancelled_at is None
        if same and not segments:
            return clock
        counted = sum(one.seconds for one in segments) if segments else clock.counted
        moved = clock.target != wanted.target
        warned = _still_warned(clock, wanted.target, counted) if moved else clock.warned
        more = {"segments": segments, "warned": warned}
        return self._tell(self._event(clock, "apply_sla", **wanted._asdict(), **more))


def _still_warned(clock: Clock, target: int, counted: int) -> tuple[int, ...]:
    """Warnings that were given and whose instant a new target has not moved into the future."""
    return tuple(one for one in clock.warned if target - one <= counted)


def _measured(desk: Desk, clock: Clock, wanted: _Promise) -> tuple[Segment, ...]:
    """The closed segments counted again, where they must be: what ran before any target applied,
    and, by the last schedule, all of it. Empty: nothing changes."""
    last = wanted.measure == "last_schedule"
    found = []
    for one in clock.segments:
        if one.reason is not None or one.condensed or not (last or one.hours is None):
            found.append(one)
            continue
        schedule = clock.schedule if last else one.schedule
        hours = wanted.hours if last or one.hours is None else one.hours
        seconds = _hours_of(desk, hours, schedule).between(one.start, one.end)
        found.append(replace(one, schedule=schedule, hours=hours, seconds=seconds))
    return tuple(found) if tuple(found) != clock.segments else ()


def _hours_of(desk: Desk, hours: str | None, schedule: str | None) -> Hours:
    found = desk.schedules.get(schedule or "") if hours == "business" else None
    return desk.hours_of(found)
