"""Random policies, hours and histories: clocks are what a walk from quarter to quarter says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardia.domain import counting
from guardia.domain.clock import MetricEvent, fold
from guardia.domain.desk import Desk, Escalation, Group, Pause, Schedule, SlaPolicy, Target
from guardia.domain.event import Decision, Event, State
from guardia.domain.hours import Hours
from guardia.domain.model import SYSTEM, Ticket
from guardia.domain.sla import compile_policies
from guardia.domain.timetable import Interval, Timetable
from guardia.domain.vocabulary import SLA_METRICS
from tests.unit.domain.builders import (
    ANA,
    CUSTOMER,
    EVA,
    a_condition,
    a_desk,
    a_ticket,
    an_event,
    decided,
    said,
)
from tests.unit.domain.minute_walk import MinuteWalk
from tests.unit.domain.slow_clocks import QUARTER, Happening, Promise, SlowDesk

STARTS = (
    datetime(2026, 3, 4, 8, tzinfo=UTC),
    datetime(2026, 3, 28, 7, tzinfo=UTC),
    datetime(2026, 10, 24, 6, tzinfo=UTC),
)
DAYS = 30
"""The window that is walked: so many days before the start and after it."""

PRIORITIES = (None, "low", "high", "urgent")
ACTS: tuple[tuple[str, Any], ...] = (
    ("customer", None),
    ("agent", None),
    ("agent", "pending"),
    ("agent", "solved"),
    ("note", None),
    *(("status", one) for one in ("open", "pending", "hold", "solved")),
    *(("priority", one) for one in PRIORITIES[1:]),
    *(("group", one) for one in ("tech", "bills")),
    *(("tag", one) for one in ("vip", "waits")),
    *(("untag", one) for one in ("vip", "waits")),
)
WAITS = Pause(when=a_condition("tags", "includes", ("waits",)), reason="waiting for a release")


@dataclass(frozen=True)
class Story:
    """A desk, and what happens to one ticket of it; instants are quarters since the start."""

    start: datetime
    desk: Desk
    open: Mapping[str, tuple[bool, ...]]
    by_agent: bool
    acts: tuple[tuple[int, str, Any], ...]
    end: int

    def at(self, quarters: int) -> datetime:
        return self.start + timedelta(seconds=QUARTER * quarters)

    def quarters(self, at: datetime | None) -> float | None:
        return None if at is None else (at - self.start).total_seconds() / QUARTER


Q = 15
WEEKS: tuple[tuple[tuple[Interval, ...], ...], ...] = (
    (((9 * 60, 17 * 60),),) * 5 + ((), ()),
    (((9 * 60, 14 * 60), (16 * 60, 19 * 60)),) * 4 + (((9 * 60, 15 * 60),), (), ()),
    (((0, 1440),),) * 7,
    (((22 * 60, 6 * 60),),) * 7,
    (((60, 4 * 60),),) * 7,
    (((0, 2 * 60 + Q), (2 * 60 + 2 * Q, 2 * 60 + 3 * Q), (20 * 60, 1440)),) * 7,
    ((), (), ((10 * 60, 10 * 60 + Q),), (), (), ((2 * 60, 3 * 60),), ((2 * 60, 3 * 60),)),
    (((8 * 60, 12 * 60),), ((12 * 60, 20 * 60),)) * 3 + (((12 * 60, 13 * 60),),),
)
"""Weeks of every kind: an office, split days, always, nights, and edges within a clock change."""


@cache
def hours(week: int) -> Hours:
    return Hours(_timetable(week))


@cache
def open_quarters(week: int, start: datetime) -> tuple[bool, ...]:
    """Whether a week is open in each quarter from a start on."""
    walk = MinuteWalk(_timetable(week), start.date(), DAYS)
    step = timedelta(seconds=QUARTER)
    return tuple(walk.is_open(start + one * step) for one in range((DAYS - 1) * 96))


def _timetable(week: int) -> Timetable:
    return Timetable(timezone="Europe/Madrid", weekly=WEEKS[week])


def targets(metrics: list[str], *, plain: bool) -> st.SearchStrategy[tuple[Target, ...]]:
    one = st.builds(
        Target,
        metric=st.sampled_from(metrics),
        within=st.integers(1, 40).map(lambda quarters: quarters * QUARTER),
        hours=st.sampled_from(("calendar", "business")),
        priorities=st.none()
        if plain
        else st.one_of(st.none(), st.frozensets(st.sampled_from(PRIORITIES), min_size=1)),
    )
    unique = (lambda each: each.metric) if plain else None
    return st.lists(one, min_size=1, max_size=6, unique_by=unique).map(tuple)


@st.composite
def stories(draw: st.DrawFn, *, plain: bool = False) -> Story:
    """`plain` stories have one policy with a target for each metric, with warnings and escalations;
    in the others policies and priorities change what is promised."""
    start = draw(st.sampled_from(STARTS))
    weeks = {name: draw(st.sampled_from(range(len(WEEKS)))) for name in ("day", "night")}
    metrics = draw(st.lists(st.sampled_from(SLA_METRICS), min_size=1, max_size=4, unique=True))
    measure = "segments" if plain else draw(st.sampled_from(("segments", "last_schedule")))
    made = []
    for name in ("standard",) if plain else ("gold", "standard"):
        made.append(
            SlaPolicy(
                id=name,
                when=a_condition("tags", "includes", ("vip",)) if name == "gold" else None,
                targets=draw(targets(metrics, plain=plain)),
                pause=(WAITS,) if plain or draw(st.booleans()) else (),
                measure=measure,
                warn=draw(_offsets(1)) if plain else (),
                escalate=_escalations(draw(_offsets(0)), metrics) if plain else (),
            )
        )
    gap = st.one_of(st.integers(0, 4), st.integers(0, 60))
    acts, at = [], 0
    for kind, value in draw(st.lists(st.sampled_from(ACTS), max_size=10)):
        at += draw(gap)
        acts.append((at, kind, value))
    desk = a_desk(
        groups={
            "tech": Group(id="tech", name="Tech", agents=("eva@acme.example",), schedule="night"),
            "bills": Group(id="bills", name="Bills", agents=("eva@acme.example",)),
        },
        schedules={
            name: Schedule(id=name, name=name, hours=hours(one)) for name, one in weeks.items()
        },
        schedule="day",
        promises=compile_policies(tuple(made), {}),
        close_after=None,
    )
    opened = {name: open_quarters(one, start) for name, one in weeks.items()}
    return Story(start, desk, opened, draw(st.booleans()), tuple(acts), at + draw(gap))


def _offsets(least: int) -> st.SearchStrategy[tuple[int, ...]]:
    quarters = st.lists(st.integers(least, 12), max_size=3, unique=True)
    return quarters.map(lambda found: tuple(QUARTER * one for one in found))


def _escalations(offsets: tuple[int, ...], metrics: list[str]) -> tuple[Escalation, ...]:
    return tuple(
        Escalation(metric=metric, after=after, actions=())
        for metric in metrics
        for after in offsets
    )


# -- what the code under test makes of it ----------------------------------------------------------


@dataclass
class Lived:
    """What became of a story: the ticket, its ledger, and what the slow clocks are told."""

    ticket: Ticket
    ledger: list[MetricEvent]
    happenings: list[Happening]


def lived(story: Story) -> Lived:
    """Let the acts happen one by one, and all that is due until the end."""
    base = a_ticket(version=0, created_at=None, updated_at=None, awaiting="none")
    actor = EVA if story.by_agent else CUSTOMER
    first = an_event("create", actor, ticket=base, at=story.at(0), comment=said(by=actor.email))
    ledger: list[MetricEvent] = []
    ticket = _take(story.desk, None, first, ledger)
    spoke: str | None = "opener" if story.by_agent else "customer"
    found = [_happening(story, ticket, 0, spoke)]
    for at, kind, value in story.acts:
        if kind == "group" and ticket.status == "solved":
            continue  # nobody says whose time begins on what is solved
        ticket = _take(story.desk, ticket, _event(story, ticket, at, kind, value), ledger)
        spoke = kind if kind in ("customer", "agent") else None
        found.append(_happening(story, ticket, at, spoke))
    last = an_event("tick", SYSTEM, ticket=ticket, at=story.at(story.end))
    return Lived(_take(story.desk, ticket, last, ledger), ledger, found)


def _take(desk: Desk, ticket: Ticket | None, event: Event, ledger: list[MetricEvent]) -> Ticket:
    while True:
        decision: Decision = decided(desk, State(ticket=ticket, requester=ANA), event)
        for entry in decision.entries:
            ledger.extend(entry.ledger)
        ticket = decision.ticket
        if decision.whole:
            return ticket


def _event(story: Story, ticket: Ticket, at: int, kind: str, value: Any) -> Event:
    more: dict[str, Any] = {"id": f"act{at}", "at": story.at(at), "ticket": ticket}
    if kind == "customer":
        return an_event("change", CUSTOMER, comment=said(by=CUSTOMER.email), **more)
    if kind in ("agent", "note"):
        more["comment"] = said(by=EVA.email, public=kind == "agent")
        if value:
            more["changes"] = {"status": value}
    elif kind in ("tag", "untag"):
        more["add_tags" if kind == "tag" else "remove_tags"] = (value,)
    else:
        more["changes"] = {kind: value}
    return an_event("change", EVA, **more)


def _happening(story: Story, ticket: Ticket, at: int, spoke: str | None) -> Happening:
    policies = story.desk.promises.policies
    policy = next((one for one in policies if one.id == "standard" or "vip" in ticket.tags), None)
    promises: dict[str, Promise] = {}
    reason = None
    if policy is not None:
        for target in policy.targets:
            fits = target.priorities is None or ticket.priority in target.priorities
            if fits and target.metric not in promises:
                promises[target.metric] = _promise(policy, target)
        reason = WAITS.reason if policy.pause and "waits" in ticket.tags else None
    schedule = "night" if ticket.group == "tech" else "day"
    return Happening(at, spoke, ticket.status, ticket.group, schedule, promises, reason)


def _promise(policy: SlaPolicy, target: Target) -> Promise:
    return Promise(
        target.within,
        target.hours,
        last_schedule=policy.measure == "last_schedule",
        warn=policy.warn,
        escalate=tuple(one.after for one in policy.escalate if one.metric == target.metric),
    )


def walked(story: Story, found: Lived) -> SlowDesk:
    """The same story on the slow clocks."""

    def is_open(schedule: str | None, quarter: int) -> bool:
        return story.open[schedule or ""][quarter]

    metrics = [one for one in SLA_METRICS if one in story.desk.promises.metrics]
    slow = SlowDesk(is_open, metrics)
    slow.live(found.happenings, story.end)
    return slow


# -- and what it should be -------------------------------------------------------------------------

OFTEN = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(stories())
@OFTEN
def test_every_clock_reads_what_a_walk_from_quarter_to_quarter_counts(story: Story) -> None:
    found = lived(story)
    slow = walked(story, found)
    clocks = {(one.metric, one.instance): one for one in found.ticket.clocks if one.had_target}
    expected = {(one.metric, one.instance): one for one in slow.clocks if one.was_promised}
    assert set(clocks) == set(expected)
    end = story.at(story.end)
    for key, clock in clocks.items():
        one = expected[key]
        assert (key, clock.state) == (key, one.state)
        assert (key, story.quarters(clock.started_at)) == (key, one.started)
        assert (key, story.quarters(clock.breached_at)) == (key, one.breached)
        if one.state == "cancelled":
            continue
        assert (key, story.quarters(clock.fulfilled_at)) == (key, one.fulfilled)
        assert (key, counting.elapsed(story.desk, clock, end)) == (key, slow.counted(one))
        if one.due is not None or one.state == "paused":
            assert (key, story.quarters(clock.due_at)) == (key, one.due)


@given(stories())
@OFTEN
def test_the_ledger_folds_to_the_clocks(story: Story) -> None:
    found = lived(story)
    assert fold(found.ledger) == found.ticket.clocks


@given(stories())
@OFTEN
def test_the_segments_of_a_clock_sum_to_what_it_reads(story: Story) -> None:
    end = story.at(story.end)
    for clock in lived(story).ticket.clocks:
        segments = counting.segments(story.desk, clock, end)
        assert sum(one.seconds for one in segments) == counting.elapsed(story.desk, clock, end)
        assert all(one.start < one.end for one in segments)
        assert all(one.end == two.start for one, two in pairwise(segments))


@given(stories(plain=True))
@OFTEN
def test_warnings_and_escalations_come_when_the_clock_reads_so_much(story: Story) -> None:
    found = lived(story)
    escalations = story.desk.promises.policies[0].escalate
    told = {"warn": set[Any](), "escalate": set[Any]()}
    for line in found.ledger:
        if line.type in told:
            assert line.offset is not None
            offset = escalations[line.offset].after if line.type == "escalate" else line.offset
            told[line.type].add((line.metric, line.instance, offset, story.quarters(line.at)))
    slow = walked(story, found).clocks
    assert told["warn"] == {
        (one.metric, one.instance, offset, at) for one in slow for at, offset in one.warnings
    }
    assert told["escalate"] == {
        (one.metric, one.instance, one.promise.escalate[place], at)
        for one in slow
        if one.promise
        for place, at in one.escalated.items()
    }
