"""SLA policies: which one holds for a ticket, and what its clocks read.

Policies are matched after the triggers, the first of the document's order wins. Business time is
counted by segments, each by the schedule that applied in it; `measure: last_schedule` counts the
whole span by the last one. The state of a clock changes only by events of its ledger (`clock`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from guardia.domain import conditions, counting, metrics
from guardia.domain.clock import Clock, MetricEvent
from guardia.domain.desk import Action, Desk, Promises, SlaPolicy
from guardia.domain.event import Due
from guardia.domain.ledger import Book
from guardia.domain.model import Actor, Comment, Ticket
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import SLA_METRICS

Ledger = Sequence[MetricEvent]
MAX_BREACHES: Final = 10
"""How often a metric is missed on a ticket, instance after instance, until a person has touched it:
a rule that answers each breach with a reply would begin the next clock for ever."""

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
    book = Book(moment=moment, policy=policy, pause=_pause(moment, place))
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


def dues(desk: Desk, ticket: Ticket, at: datetime) -> Iterator[Due]:
    """What the clocks of a ticket are due for, from an instant on."""
    policies = {one.id: one for one in desk.promises.policies}
    for clock in ticket.clocks:
        policy = policies.get(clock.policy or "")
        if policy is None or clock.target is None or clock.cancelled_at or not clock.runs:
            continue
        if ticket.firings.get(f"sla:{clock.metric}", 0) >= MAX_BREACHES and not clock.breached_at:
            continue
        for kind, offset, seconds in _points(policy, clock, clock.target):
            found = counting.reads(desk, clock, seconds, at)
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
        segment = None if same else counting.closing(old, one, moment.at)
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
