"""Where time could go wrong: endless instants, the ends of the calendar, long lives, late news."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from guardia.domain import counting
from guardia.domain.automations import compile_automations
from guardia.domain.clock import MAX_SEGMENTS
from guardia.domain.desk import (
    AddComment,
    Automation,
    Branch,
    Condition,
    CustomField,
    Desk,
    Email,
    Recurrence,
    Schedule,
    Set,
    SlaPolicy,
    Tag,
    Target,
)
from guardia.domain.event import Decision, State
from guardia.domain.hours import Hours
from guardia.domain.model import SYSTEM, Comment, Entry, Ticket
from guardia.domain.placeholders import parse
from guardia.domain.sla import MAX_BREACHES, compile_policies
from guardia.domain.timetable import Timetable
from tests.unit.domain.builders import (
    ANA,
    LUIS,
    NOON,
    a_desk,
    a_ticket,
    a_trigger,
    an_event,
    changed,
    created,
    decided,
    said,
)

HOUR = timedelta(hours=1)
AT_ONE = Recurrence(minute=13 * 60, days=frozenset(range(7)), timezone="UTC")


def passed(desk: Desk, ticket: Ticket, until: datetime, **more: Any) -> Decision:
    event = an_event("tick", SYSTEM, at=until, ticket=ticket)
    return decided(desk, State(ticket=ticket, requester=ANA, **more), event)


def an_office(opens: int, closes: int) -> dict[str, Schedule]:
    weekly = (((opens * 60, closes * 60),),) * 7
    hours = Hours(Timetable(timezone="UTC", weekly=weekly))
    return {"office": Schedule(id="office", name="Office", hours=hours)}


def test_two_recurring_ones_that_undo_each_other_come_once_each() -> None:
    def rule(id: str, is_: str, becomes: str) -> Automation:
        when = Condition(field="status", operator="is", value=is_)
        actions = (Set(values={"status": becomes}),)
        return Automation(id=id, when=when, actions=actions, every=AT_ONE)

    rules = (rule("a", "open", "pending"), rule("b", "pending", "open"))
    desk = a_desk(automations=compile_automations(rules, {}))
    ticket = changed(desk, a_ticket(status="open"), LUIS, add_tags=("x",)).ticket

    decision = passed(desk, ticket, NOON + 2 * HOUR)

    assert decision.whole
    assert [one.rules[0].id for one in decision.entries] == ["a", "b"]
    assert decision.ticket.due_at == NOON + 26 * HOUR


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("operator", ["within_previous", "within_next"])
def test_a_date_at_the_end_of_the_calendar_hurts_nobody(value: str, operator: str) -> None:
    when = Condition(field="fields.visit", operator=operator, value=30 * 86_400)
    rule = Automation(id="visit", when=when, actions=(Tag(mode="add", tags=("soon",)),))
    desk = a_desk(
        fields={"visit": CustomField(id="visit", type="date")},
        automations=compile_automations((rule,), {"visit": "date"}),
    )

    after = changed(desk, a_ticket(), LUIS, changes={"fields.visit": value}).ticket

    assert after.due_at is None


@pytest.mark.parametrize("field", ["in_business_hours", "on_holiday", "within_schedule"])
def test_what_is_due_when_no_hours_are_known_any_more_is_not_due(field: str) -> None:
    far = Condition(field="hours_since.created", operator="at_least", value=99_999 * 86_400)
    fact = Condition(field=field, operator="is", value="office" if field[0] == "w" else "true")
    rule = Automation(
        id="far",
        when=Branch(kind="all", items=(far, fact)),
        actions=(Tag(mode="add", tags=("far",)),),
    )
    desk = a_desk(
        automations=compile_automations((rule,), {}),
        schedules=an_office(9, 18),
        schedule="office",
    )

    assert changed(desk, a_ticket(), LUIS, add_tags=("x",)).ticket.due_at is None


@pytest.mark.parametrize("measure", ["segments", "last_schedule"])
def test_a_clock_of_more_stretches_than_it_keeps_counts_on(measure: str) -> None:
    target = Target(metric="requester_wait_time", within=10**6, hours="business")
    policy = SlaPolicy(id="gold", when=None, targets=(target,), measure=measure)
    desk = a_desk(
        promises=compile_policies((policy,), {}), schedules=an_office(0, 24), schedule="office"
    )
    ticket, at = created(desk).ticket, NOON
    for _ in range(MAX_SEGMENTS):
        for status, long in (("pending", timedelta(minutes=1)), ("open", HOUR)):
            at += long
            ticket = changed(desk, ticket, LUIS, at=at, changes={"status": status}).ticket

    (clock,) = ticket.clocks
    assert len(clock.segments) == MAX_SEGMENTS
    assert counting.elapsed(desk, clock, at) == 60 * MAX_SEGMENTS


def two_versions() -> tuple[Desk, Desk]:
    """Before: nine to six. After: ten to eleven; and another automation."""
    target = Target(metric="first_reply_time", within=8 * 3_600, hours="business")
    promises = compile_policies((SlaPolicy(id="gold", when=None, targets=(target,)),), {})

    def nudge(word: str) -> Automation:
        when = Condition(field="hours_since.created", operator="at_least", value=3_600)
        return Automation(id="nudge", when=when, actions=(Tag(mode="add", tags=(word,)),))

    old, new = (
        a_desk(
            version=version,
            promises=promises,
            schedules=an_office(*hours),
            schedule="office",
            automations=compile_automations((nudge(version),), {}),
        )
        for version, hours in (("1", (9, 18)), ("2", (10, 11)))
    )
    return old, new


def test_an_event_that_is_older_than_a_publication_keeps_what_had_passed_by_the_old_hours() -> None:
    old, new = two_versions()
    ticket = created(old).ticket
    event = an_event("change", LUIS, at=NOON + 4 * HOUR, ticket=ticket, add_tags=("x",))
    state = State(
        ticket=ticket,
        requester=ANA,
        earlier=((old, NOON + 4 * HOUR + timedelta(seconds=1)),),
    )

    after = decided(new, state, event).ticket

    assert counting.elapsed(new, after.clocks[0], NOON + 4 * HOUR) == 4 * 3_600
    assert after.config == "2"


def test_a_tick_of_before_a_publication_is_decided_by_the_desk_of_then() -> None:
    old, new = two_versions()
    ticket = created(old).ticket
    earlier = ((old, NOON + HOUR + timedelta(seconds=20)),)

    decision = passed(new, ticket, NOON + HOUR, earlier=earlier)

    assert [(one.at, one.event) for one in decision.entries] == [(NOON + HOUR, "clock")]
    assert (decision.ticket.tags, decision.ticket.config) == (("1",), "1")

    later = passed(new, decision.ticket, NOON + 2 * HOUR, earlier=earlier)

    assert [one.event for one in later.entries] == ["job"], "the hours are others now"
    assert later.ticket.config == "2"


def test_a_desk_that_changed_nothing_for_the_ticket_leaves_no_entry() -> None:
    old, _ = two_versions()
    same = replace(old, version="2")
    ticket = created(old).ticket

    decision = passed(same, ticket, NOON + HOUR / 2, earlier=((old, NOON + HOUR / 4),))

    assert decision.entries == ()
    assert decision.ticket == replace(ticket, config="2")


def test_an_event_belongs_to_the_second_it_lies_in_and_so_does_what_it_makes_due() -> None:
    when = Condition(field="status", operator="is", value="pending")
    rule = Automation(id="now", when=when, actions=(Tag(mode="add", tags=("now",)),))
    desk = a_desk(automations=compile_automations((rule,), {}))
    at = NOON + timedelta(microseconds=400_000)

    ticket = changed(desk, a_ticket(), LUIS, at=at, changes={"status": "pending"}).ticket

    assert (ticket.updated_at, ticket.due_at) == (NOON, NOON)


def test_a_machines_answer_does_not_let_what_was_stopped_go_on() -> None:
    ticket = a_ticket(firings={"nudge": 10})
    robot = changed(a_desk(), ticket, comment=said(), automatic="auto-submitted").ticket
    person = changed(a_desk(), ticket, comment=said()).ticket

    assert (dict(robot.firings), dict(person.firings)) == ({"nudge": 10}, {})


def test_a_reply_of_a_rule_to_each_breach_ends_after_ten() -> None:
    target = Target(metric="periodic_update_time", within=60)
    policy = SlaPolicy(id="updates", when=None, targets=(target,))
    breach = Condition(field="update", operator="is", value="sla_breach")
    reply = AddComment(text={"en": parse("Still here")}, public=True, by="luis@acme.example")
    desk = a_desk(a_trigger("answer", breach, reply), promises=compile_policies((policy,), {}))
    ticket = changed(desk, a_ticket(), LUIS, comment=said()).ticket

    entries: list[Entry] = []
    while True:
        decision = passed(desk, ticket, NOON + 24 * HOUR, latest_comment="Hello")
        entries += decision.entries
        ticket = decision.ticket
        if decision.whole:
            break

    breaches = [line for one in entries for line in one.ledger if line.type == "breach"]
    assert len(breaches) == MAX_BREACHES
    notes = [one.comment for one in entries if one.comment and not one.comment.public]
    assert len(notes) == 1, "it is reported"
    assert ticket.due_at is None


def test_an_event_on_a_ticket_that_closed_meanwhile_is_planned_again() -> None:
    solved = NOON - timedelta(days=28, seconds=1)
    ticket = a_ticket(
        status="solved", solved_at=solved, updated_at=solved, due_at=NOON - timedelta(seconds=1)
    )

    decision = changed(a_desk(), ticket, comment=said())

    assert not decision.whole
    assert [one.event for one in decision.entries] == ["clock"]
    assert decision.ticket.status == "closed"


def test_a_publication_in_the_middle_of_a_second_counts_from_its_beginning() -> None:
    old, new = two_versions()
    ticket = created(old).ticket
    published = NOON + 2 * HOUR + timedelta(milliseconds=250)

    decision = passed(new, ticket, published, earlier=((old, published),))

    assert [one.event for one in decision.entries] == ["clock", "job"]
    assert decision.ticket.config == "2"


def test_words_that_nobody_proved_are_not_repeated_later() -> None:
    """Somebody in copy writes without proof; an hour later an automation quotes the latest words."""
    body = {"en": parse("{{latest_comment.text}}")}
    mail = Email(to=("requester",), subject=body, body=body)
    when = Condition(field="hours_since.created", operator="at_least", value=3_600)
    rule = Automation(id="quote", when=when, actions=(mail,))
    desk = a_desk(automations=compile_automations((rule,), {}))
    stranger = Comment(text="Pay here", by="bob@mail.example", verified=False)
    ticket = changed(desk, a_ticket(), comment=stranger, verified=False).ticket

    (row,) = passed(desk, ticket, NOON + HOUR, latest_comment="Pay here").outbox
    assert row.text == ""

    answered = changed(desk, ticket, LUIS, comment=said("Do not pay")).ticket
    (row,) = passed(desk, answered, NOON + HOUR, latest_comment="Do not pay").outbox
    assert row.text == "Do not pay"


def test_no_rule_of_time_writes_to_a_machine() -> None:
    body = {"en": parse("Still there?")}
    when = Condition(field="hours_since.created", operator="at_least", value=3_600)
    mail = Email(to=("requester",), subject=body, body=body)
    desk = a_desk(
        automations=compile_automations((Automation(id="ask", when=when, actions=(mail,)),), {})
    )
    list_mail = Comment(text="News", by="ana@globex.example", automatic="mailing_list")
    ticket = created(desk, comment=list_mail, automatic="mailing_list").ticket

    decision = passed(desk, ticket, NOON + HOUR)
    assert decision.outbox == ()
    assert decision.entries[0].rules[0].suppressed == ("mail: automatic (mailing_list)",)

    person = changed(desk, ticket, comment=said("It is me")).ticket
    assert len(passed(desk, person, NOON + HOUR).outbox) == 1
