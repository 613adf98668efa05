"""Random automations and histories: they fire when a look at every quarter of an hour says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardia.domain.automations import compile_automations
from guardia.domain.desk import Action, Automation, Condition, Desk, Schedule, Set, Tag
from guardia.domain.event import Decision, Event, State
from guardia.domain.hours import Hours
from guardia.domain.model import SYSTEM, Entry, Ticket
from guardia.domain.timetable import Timetable
from tests.unit.domain.builders import (
    ANA,
    CUSTOMER,
    EVA,
    a_condition,
    a_desk,
    a_ticket,
    all_of,
    an_event,
    decided,
    said,
)
from tests.unit.domain.minute_walk import MinuteWalk
from tests.unit.domain.slow_automations import Asked, Change, SlowAutomations, SlowRule

QUARTER = timedelta(minutes=15)
START = datetime(2026, 3, 27, 8, tzinfo=UTC)
OFFICE = Timetable(
    timezone="Europe/Madrid",
    weekly=(((9 * 60, 14 * 60), (16 * 60, 19 * 60)),) * 5 + (((10 * 60, 12 * 60),), ()),
)
DAYS = 12
STATUSES = ("open", "pending", "hold", "solved")
CHANGES: tuple[Change, ...] = (
    *(("status", one) for one in STATUSES),
    *(("priority", one) for one in ("low", "high")),
    *((kind, one) for kind in ("tag", "untag") for one in ("a", "b")),
)


@dataclass(frozen=True)
class Story:
    rules: tuple[SlowRule, ...]
    acts: tuple[tuple[int, tuple[Change, ...]], ...]
    end: int


@cache
def open_quarters() -> tuple[bool, ...]:
    walk = MinuteWalk(OFFICE, START.date(), DAYS)
    return tuple(walk.is_open(START + one * QUARTER) for one in range((DAYS - 1) * 96))


SPANS = st.one_of(st.integers(1, 12), st.integers(1, 60))
TIMES = st.builds(
    Asked,
    field=st.sampled_from(("created", "updated", "opened", "pending", "on_hold", "solved")).map(
        lambda name: f"hours_since.{name}"
    ),
    operator=st.sampled_from(("at_least", "at_least", "at_least", "less_than", "is")),
    value=SPANS,
    hours=st.sampled_from(("calendar", "business")),
)
FACTS = st.one_of(
    st.builds(Asked, st.just("status"), st.just("is"), st.sampled_from(("new", *STATUSES))),
    st.builds(
        Asked,
        st.just("priority"),
        st.sampled_from(("is", "is_not")),
        st.sampled_from(("low", "high")),
    ),
    st.builds(
        Asked,
        st.just("tags"),
        st.sampled_from(("includes", "not_includes")),
        st.sampled_from(("a", "b")),
    ),
)


@st.composite
def rules(draw: st.DrawFn, number: int) -> SlowRule:
    asks = [draw(TIMES), *draw(st.lists(st.one_of(FACTS, TIMES), max_size=2))]
    does = draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2))
    return SlowRule(f"rule-{number}", tuple(asks), tuple(does))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    made = [draw(rules(number)) for number in range(draw(st.integers(1, 4)))]
    acts, at = [], 0
    gaps = st.one_of(st.integers(0, 4), st.integers(0, 50))
    for change in draw(st.lists(st.one_of(st.none(), st.sampled_from(CHANGES)), max_size=6)):
        at += draw(gaps)
        acts.append((at, (change,) if change else ()))
    return Story(tuple(made), tuple(acts), at + draw(st.integers(0, 200)))


# -- what the code under test makes of it ----------------------------------------------------------


def desk_of(story: Story) -> Desk:
    made = tuple(
        Automation(
            id=one.id,
            when=all_of(*map(_condition, one.asks)),
            actions=tuple(map(_action, one.does)),
        )
        for one in story.rules
    )
    office = Schedule(id="office", name="Office", hours=Hours(OFFICE))
    return a_desk(
        automations=compile_automations(made, {}),
        schedules={"office": office},
        schedule="office",
        close_after=None,
    )


def _condition(one: Asked) -> Condition:
    if one.field == "tags":
        return a_condition("tags", one.operator, (one.value,))
    if one.field.startswith("hours_since"):
        return a_condition(one.field, one.operator, one.value * 900, hours=one.hours)
    return a_condition(one.field, one.operator, one.value)


def _action(change: Change) -> Action:
    kind, value = change
    if kind in ("tag", "untag"):
        return Tag(mode="add" if kind == "tag" else "remove", tags=(value,))
    return Set(values={kind: value})


def lived(story: Story) -> tuple[Ticket, list[Entry]]:
    """Let the acts happen one by one, and all that is due until the end."""
    desk, entries = desk_of(story), list[Entry]()
    base = a_ticket(version=0, created_at=None, updated_at=None, awaiting="none")
    first = an_event("create", CUSTOMER, ticket=base, at=START, comment=said(by=CUSTOMER.email))
    ticket = _take(desk, None, first, entries)
    for at, changes in story.acts:
        more: dict[str, Any] = {"at": START + at * QUARTER, "ticket": ticket, **_asked(changes)}
        ticket = _take(desk, ticket, an_event("change", EVA, **more), entries)
    last = an_event("tick", SYSTEM, ticket=ticket, at=START + story.end * QUARTER)
    return _take(desk, ticket, last, entries), entries


def _asked(changes: tuple[Change, ...]) -> Mapping[str, Any]:
    return {
        "changes": {kind: value for kind, value in changes if kind in ("status", "priority")},
        "add_tags": tuple(value for kind, value in changes if kind == "tag"),
        "remove_tags": tuple(value for kind, value in changes if kind == "untag"),
    }


def _take(desk: Desk, ticket: Ticket | None, event: Event, entries: list[Entry]) -> Ticket:
    while True:
        decision: Decision = decided(desk, State(ticket=ticket, requester=ANA), event)
        entries.extend(decision.entries)
        ticket = decision.ticket
        if decision.whole:
            return ticket


def _fired(entries: list[Entry]) -> Iterator[tuple[float, str]]:
    for entry in entries:
        for rule in entry.rules:
            if rule.kind == "automation" and rule.matched:
                yield (entry.at - START) / QUARTER, rule.id


@given(stories())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_automations_fire_when_a_look_at_every_quarter_says_so(story: Story) -> None:
    def counts(start: int, end: int) -> int:
        return sum(open_quarters()[start:end])

    slow = SlowAutomations(story.rules, counts)
    slow.live(story.acts, story.end)
    ticket, entries = lived(story)
    assert list(_fired(entries)) == slow.fired
    assert ticket.status == slow.ticket.status
    assert ticket.priority == slow.ticket.priority
    assert sorted(ticket.tags) == sorted(slow.ticket.tags)
