"""SLA policies: which one holds for a ticket, and what its clocks read.

Policies are matched after the triggers, the first of the document's order wins. Business time is
counted by segments, each by the schedule that applied in it; `measure: last_schedule` counts the
whole span by the last one. The state of a clock changes only by events of its ledger (`clock`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from guardia.domain import clock as clocks, conditions, metrics
from guardia.domain.clock import Clock, MetricEvent, Segment
from guardia.domain.desk import Action, Desk, Promises, SlaPolicy, Target
from guardia.domain.durations import counting
from guardia.domain.hours import Hours, NoAnswerError
from guardia.domain.model import Actor, Comment, Due, Ticket
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import SLA_METRICS

Ledger = Sequence[MetricEvent]
_PHASES: Final = {"warn": 0, "breach": 1, "escalate": 2}


def compile_policies(policies: tuple[SlaPolicy, ...], custom: Mapping[str, str]) -> Promises:
    """Compile policies. `custom` maps ids of the desk's fields to their types."""
    known: dict[int, conditions.Judge] = {}
    return Promises(
        policies=policies,
        judges=tuple(
            conditions.compile_tree(one.when, custom, known) if one.when is not None else None
            for one in policies
        ),
        pauses=tuple(
            tuple(conditions.compile_tree(each.when, custom, known) for each in one.pause)
            for one in policies
        ),
        metrics=frozenset(each.metric for one in policies for each in one.targets),
    )


def match(desk: Desk, moment: Moment) -> int | None:
    """The place of the policy that holds for a ticket: the first whose conditions do."""
    promises = desk.promises
    for place, (policy, judge) in enumerate(zip(promises.policies, promises.judges, strict=True)):
        if not policy.dead and (judge is None or judge.holds(moment)):
            return place
    return None


def target_of(policy: SlaPolicy, metric: str, priority: str | None) -> Target | None:
    """The first target of a policy that fits a metric and a priority."""
    for one in policy.targets:
        if one.metric == metric and (one.priorities is None or priority in one.priorities):
            return one
    return None


def follow(
    moment: Moment, said: list[tuple[Comment, Actor]]
) -> tuple[tuple[Clock, ...], tuple[MetricEvent, ...]]:
    """Return the clocks after an event and what it wrote into the ledger.

    `said` are the comments that rules wrote in the event, each with its author.
    """
    desk, ticket = moment.desk, moment.ticket
    if not desk.promises.policies and not ticket.clocks:
        return ticket.clocks, ()
    place = match(desk, moment)
    policy = None if place is None else desk.promises.policies[place]
    person = moment.requester if ticket.requester else None
    facts = metrics.facts_of(desk, moment.event, moment.before, ticket, person, said, policy)
    book = _Book(moment=moment, policy=policy, pause=_pause(moment, place))
    for metric in SLA_METRICS:
        latest = _latest(ticket, metric)
        if moment.event.kind == "job" and latest is None and metric in desk.promises.metrics:
            began = metrics.began(metric, ticket)
            latest = book.begin(metric, 1, began) if began else None
        if metric in desk.promises.metrics or (latest is not None and latest.lives):
            book.take(metric, latest, metrics.step(metric, facts, latest))
    return book.closed()


def previewed(moment: Moment) -> tuple[Clock, ...]:
    """The clocks of the ticket as it stands, if the event ended now."""
    return follow(moment, [])[0]


def _latest(ticket: Ticket, metric: str) -> Clock | None:
    found = [one for one in ticket.clocks if one.metric == metric]
    return max(found, key=lambda one: one.instance, default=None)


def _pause(moment: Moment, place: int | None) -> str | None:
    """The reason why the policy's clocks stand still."""
    if place is None:
        return None
    promises = moment.desk.promises
    for one, judge in zip(promises.policies[place].pause, promises.pauses[place], strict=True):
        if judge.holds(moment):
            return one.reason
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
class _Book:
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
        segment = closing(self.moment.desk, clock, self.moment.at)
        self._tell(self._event(clock, "fulfill", segment=segment))

    def _settle(self, clock: Clock) -> Clock:
        """Bring a living clock to what holds from now on: its segment, its target, its due
        instant. The last event about it says when it is due."""
        here, wanted = self._here(clock.metric), self._wanted(clock)
        stays = (clock.schedule, clock.status, clock.reason) == tuple(here.values())
        if not stays or (clock.policy, clock.hours) != (wanted.policy, wanted.hours):
            segment = closing(self.moment.desk, clock, self.moment.at)
            if segment is not None or not stays:
                type_ = _TURNS[clock.reason is None, here["reason"] is None]
                clock = self._tell(self._event(clock, type_, **here, segment=segment))
        clock = self._apply(clock, wanted)
        due = due_at(self.moment.desk, clock, self.moment.at)
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
        if one.reason is not None or not (last or one.hours is None):
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
        seconds=counting(desk, clock).between(clock.since, at) if counts else 0,
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
        return max(at, counting(desk, clock).add(clock.since, missing))
    except NoAnswerError:
        return None


def dues(desk: Desk, ticket: Ticket, at: datetime) -> Iterator[Due]:
    """What the clocks of a ticket are due for, from an instant on."""
    policies = {one.id: one for one in desk.promises.policies}
    for clock in ticket.clocks:
        policy = policies.get(clock.policy or "")
        if policy is None or clock.target is None or clock.cancelled_at or not clock.runs:
            continue
        for kind, offset, seconds in _points(policy, clock, clock.target):
            found = reads(desk, clock, seconds, at)
            if found is not None:
                place = SLA_METRICS.index(clock.metric) * 1_000_000 + clock.instance
                yield Due(
                    at=found,
                    kind=kind,
                    rule=policy.id,
                    metric=clock.metric,
                    instance=clock.instance,
                    offset=offset,
                    order=(0, place, _PHASES[kind]),
                )


def _points(policy: SlaPolicy, clock: Clock, target: int) -> Iterator[tuple[str, int, int]]:
    """What is to come on a clock: the kind, the offset, and what the clock reads then."""
    if clock.breached_at is None:
        for offset in sorted(policy.warn, reverse=True):
            if offset not in clock.warned:
                yield "warn", offset, target - offset
        yield "breach", 0, target
        return
    for number, one in enumerate(policy.escalate):
        if one.metric == clock.metric and number not in clock.escalated:
            yield "escalate", number, target + one.after


def struck(due: Due) -> MetricEvent:
    """The line that says that a warning, a breach or an escalation has come."""
    return MetricEvent(
        metric=due.metric or "",
        instance=due.instance,
        type={"warn": "warn", "breach": "breach"}.get(due.kind, "escalate"),
        at=due.at,
        offset=None if due.kind == "breach" else due.offset,
    )


def escalated(desk: Desk, due: Due) -> tuple[Action, ...]:
    """What an escalation does; a warning or a breach itself does nothing but tell the rules."""
    found = [one for one in desk.promises.policies if one.id == due.rule]
    if due.kind != "escalate" or not found or due.offset >= len(found[0].escalate):
        return ()
    return found[0].escalate[due.offset].actions


def measured_by(old: Desk, new: Desk, moment: Moment) -> Ledger:
    """Close the segments that the old desk counted by hours which the new one has changed: what
    has passed keeps the hours that held then. The moment is the old desk's last."""
    found = []
    for one in moment.ticket.clocks:
        if not one.runs or one.hours != "business" or one.schedule is None:
            continue
        was, now = old.schedules.get(one.schedule), new.schedules.get(one.schedule)
        same = was and now and was.hours.timetable == now.hours.timetable
        segment = None if same else closing(old, one, moment.at)
        if segment is not None:
            found.append(
                MetricEvent(
                    metric=one.metric,
                    instance=one.instance,
                    type="update_status",
                    at=moment.at,
                    schedule=one.schedule,
                    status=one.status,
                    segment=segment,
                    due_at=one.due_at,
                )
            )
    return tuple(found)
