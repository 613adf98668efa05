"""Automations on one ticket: lateness, the guard against going on for ever, catching up in parts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardia.domain.automations import MAX_FIRINGS, compile_automations
from guardia.domain.decide import MAX_DUE, MAX_ITEMS
from guardia.domain.desk import Action, Automation, Condition, Desk, Notify, Recurrence, Set, Tag
from guardia.domain.event import Decision, State
from guardia.domain.model import SYSTEM, Ticket
from tests.unit.domain.builders import ANA, LUIS, NOON, a_desk, a_ticket, an_event, changed, decided

HOUR = timedelta(hours=1)


def an_automation(id: str, field: str, seconds: int, *actions: Action, **more: Any) -> Automation:
    when = Condition(field=field, operator="at_least", value=seconds)
    return Automation(id=id, when=when, actions=actions, **more)


def a_desk_with(*rules: Automation) -> Desk:
    return a_desk(automations=compile_automations(rules, {}))


def passed(desk: Desk, ticket: Ticket, until: datetime, kind: str = "tick") -> Decision:
    """Let time pass on a ticket."""
    event = an_event(kind, SYSTEM, at=until, ticket=ticket)
    state = State(ticket=ticket, requester=ANA, latest_comment="Hello")
    return decided(desk, state, event)


NUDGE = an_automation("nudge", "hours_since.created", 3_600, Tag(mode="add", tags=("quiet",)))


def test_it_is_due_at_the_instant_at_which_its_conditions_become_true() -> None:
    ticket = changed(a_desk_with(NUDGE), a_ticket(), LUIS, add_tags=("x",)).ticket

    assert ticket.due_at == NOON + HOUR


@pytest.mark.parametrize(
    ("late", "acts", "told"),
    [
        (timedelta(minutes=1), True, None),
        (timedelta(minutes=3), True, 180),
        (timedelta(minutes=15), True, 900),
        (timedelta(minutes=15, seconds=1), False, 901),
        (timedelta(days=1), False, 86_400),
    ],
)
def test_what_has_lost_its_sense_is_left_out_and_the_trace_says_how_late(
    late: timedelta, acts: bool, told: int | None
) -> None:
    desk = a_desk_with(replace(NUDGE, if_late="skip"))
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    decision = passed(desk, ticket, NOON + HOUR + late)

    (entry,) = decision.entries
    assert entry.at == NOON + HOUR
    assert ("quiet" in decision.ticket.tags) is acts
    assert entry.rules[0].late == told
    assert entry.rules[0].suppressed == (() if acts else ("too late: not carried out",))
    assert passed(desk, decision.ticket, NOON + 48 * HOUR).entries == (), "once, late or not"


def test_one_that_says_nothing_acts_however_late() -> None:
    desk = a_desk_with(NUDGE)
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    decision = passed(desk, ticket, NOON + 30 * 24 * HOUR)

    assert "quiet" in decision.ticket.tags
    assert decision.entries[0].rules[0].late == 30 * 86_400 - 3_600


def test_a_refresh_stops_before_what_is_due_at_its_instant() -> None:
    desk = a_desk_with(NUDGE)
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    assert passed(desk, ticket, NOON + HOUR, "refresh").entries == ()
    assert len(passed(desk, ticket, NOON + HOUR, "tick").entries) == 1


def an_endless_pair() -> Desk:
    def when(word: str) -> Condition:
        return Condition(field="status", operator="is", value=word)

    return a_desk_with(
        Automation(id="wait", when=when("open"), actions=(Set(values={"status": "pending"}),)),
        Automation(id="go-on", when=when("pending"), actions=(Set(values={"status": "open"}),)),
    )


def all_of(desk: Desk, ticket: Ticket, until: datetime) -> list[Decision]:
    """Let time pass as often as it takes."""
    found = []
    while True:
        found.append(passed(desk, ticket, until))
        ticket = found[-1].ticket
        if found[-1].whole:
            return found


def test_an_endless_pair_is_stopped_and_reported_until_a_person_comes() -> None:
    desk = an_endless_pair()
    ticket = changed(desk, a_ticket(status="open"), LUIS, add_tags=("x",)).ticket
    assert ticket.due_at == NOON

    decisions = all_of(desk, ticket, NOON + HOUR)

    entries = [one for each in decisions for one in each.entries]
    assert sum(one.event == "clock" for one in entries) == 2 * MAX_FIRINGS
    notes = [one.comment for one in entries if one.comment]
    assert len(notes) == 2, "each is reported once"
    assert not any(one.public for one in notes)
    stopped = decisions[-1].ticket
    assert stopped.due_at is None
    assert dict(stopped.firings) == {"wait": MAX_FIRINGS, "go-on": MAX_FIRINGS}

    touched = changed(desk, stopped, LUIS, at=NOON + 2 * HOUR, add_tags=("y",)).ticket
    assert touched.firings == {}
    assert touched.due_at == NOON + 2 * HOUR


def test_what_is_more_than_one_commit_can_hold_is_decided_in_parts() -> None:
    rules = [
        an_automation(f"r{n}", "hours_since.created", 60 * n, Tag(mode="add", tags=(f"t{n}",)))
        for n in range(1, 2 * MAX_DUE)
    ]
    desk = a_desk_with(*rules)
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    first, second = all_of(desk, ticket, NOON + HOUR)

    assert (len(first.entries), first.whole) == (MAX_DUE, False)
    assert (len(second.entries), second.whole) == (MAX_DUE - 1, True)
    assert [one.at for one in (*first.entries, *second.entries)] == [
        NOON + timedelta(minutes=n) for n in range(1, 2 * MAX_DUE)
    ]


def test_many_messages_go_in_parts_too() -> None:
    rules = [
        an_automation(f"r{n}", "hours_since.created", 60, *[Notify(target="group", id="tech")] * 10)
        for n in range(6)
    ]
    desk = a_desk_with(*rules)
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    sizes = [len(one.outbox) for one in all_of(desk, ticket, NOON + HOUR)]

    assert sum(sizes) == 6 * 20
    assert max(sizes) <= MAX_ITEMS


def test_a_recurring_one_comes_at_each_of_its_times_and_is_no_loop() -> None:
    every = Recurrence(minute=9 * 60, days=frozenset(range(7)), timezone="UTC")
    daily = Automation(
        id="daily", when=None, actions=(Tag(mode="add", tags=("seen",)),), every=every
    )
    desk = a_desk_with(daily)
    ticket = changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket

    entries = [one for each in all_of(desk, ticket, NOON + 30 * 24 * HOUR) for one in each.entries]

    assert len(entries) == 30
    assert {one.at.hour for one in entries} == {9}
    assert {one.at.date() for one in entries} == {
        (NOON + n * 24 * HOUR).date() for n in range(1, 31)
    }
