"""The system rules S1 to S8, whose turn it is, and who may do what."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from guardia.domain.automations import compile_automations
from guardia.domain.desk import AddComment, Automation, Condition, CustomField, Set, Tag
from guardia.domain.model import ClosedError, InvalidError, RefusedError, undo
from guardia.domain.placeholders import parse
from tests.unit.domain.builders import (
    CUSTOMER,
    EVA,
    LEO,
    LUIS,
    NOON,
    a_desk,
    a_ticket,
    a_trigger,
    changed,
    created,
    said,
)


def test_s1_assigning_a_new_ticket_opens_it() -> None:
    after = changed(a_desk(), a_ticket(), LUIS, changes={"assignee": "luis@acme.example"}).ticket

    assert (after.status, after.assigned_at, after.group) == ("open", NOON, "tech")


@pytest.mark.parametrize(
    "event", [{"changes": {"assignee": "luis@acme.example"}}, {"comment": said()}]
)
def test_nobody_takes_a_ticket_of_a_group_they_are_not_in(event: dict[str, Any]) -> None:
    after = changed(a_desk(), a_ticket(group="bills"), LUIS, **event).ticket

    assert (after.assignee, after.group) == ("luis@acme.example", "tech")


def test_s2_a_ticket_that_left_new_cannot_go_back() -> None:
    with pytest.raises(InvalidError, match="new"):
        changed(a_desk(), a_ticket(status="open"), LUIS, changes={"status": "new"})


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
def test_s3_a_customers_comment_reopens(status: str) -> None:
    after = changed(a_desk(), a_ticket(status=status), comment=said()).ticket

    assert after.status == "open"
    assert after.reopens == (1 if status == "solved" else 0)


def test_s3_a_machines_comment_reopens_nothing() -> None:
    comment = replace(said(), automatic="bulk")

    assert changed(a_desk(), a_ticket(status="solved"), comment=comment).ticket.status == "solved"


def test_s4_solving_without_an_assignee_assigns_the_solver() -> None:
    after = changed(a_desk(), a_ticket(status="open"), LUIS, changes={"status": "solved"}).ticket

    assert (after.assignee, after.solved_at) == ("luis@acme.example", NOON)


def test_s4_a_ticket_that_a_rule_solves_stays_unassigned() -> None:
    desk = a_desk(a_trigger("solve", None, Set(values={"status": "solved"})))

    assert created(desk).ticket.assignee is None


def test_s5_an_assignee_who_is_not_in_the_new_group_lets_go() -> None:
    ticket = a_ticket(status="open", group="tech", assignee="luis@acme.example")

    after = changed(a_desk(), ticket, EVA, changes={"group": "bills"}).ticket

    assert (after.group, after.assignee) == ("bills", None)


def test_s5_a_solved_ticket_goes_to_the_groups_first_member_who_can_own() -> None:
    ticket = a_ticket(status="solved", group="tech", assignee="luis@acme.example")

    after = changed(a_desk(), ticket, EVA, changes={"group": "bills"}).ticket

    assert after.assignee == "eva@acme.example"


@pytest.mark.parametrize("before", [None, "tech", "bills"])
def test_s5_a_group_and_an_assignee_outside_it_cannot_both_be_asked_for(before: str | None) -> None:
    asked = {"group": "bills", "assignee": "luis@acme.example"}

    with pytest.raises(InvalidError, match="not in the group") as refusal:
        changed(a_desk(), a_ticket(status="open", group=before), EVA, changes=asked)

    assert refusal.value.path == "assignee"


@pytest.mark.parametrize(
    "asked",
    [
        {"group": "tech", "assignee": "luis@acme.example"},
        {"group": "none", "assignee": "luis@acme.example"},
        {"group": "bills", "assignee": "none"},
    ],
)
def test_s5_a_group_and_a_member_of_it_are_both_had(asked: dict[str, str]) -> None:
    after = changed(a_desk(), a_ticket(status="open"), EVA, changes=asked).ticket

    assert str(after.assignee).lower() == asked["assignee"]


def test_a_ticket_takes_200_tags_of_an_agent_and_no_more() -> None:
    full = a_ticket(tags=tuple(f"t{n}" for n in range(200)))

    with pytest.raises(InvalidError, match="200 tags"):
        changed(a_desk(), full, LUIS, add_tags=("more",))


def test_a_ticket_with_too_many_tags_already_can_still_be_changed() -> None:
    over = a_ticket(tags=tuple(f"t{n}" for n in range(250)))

    after = changed(a_desk(), over, LUIS, remove_tags=("t1",), changes={"priority": "low"}).ticket

    assert (after.priority, len(after.tags)) == ("low", 249)


def test_a_customers_mail_is_taken_in_whatever_tags_it_brings() -> None:
    full = a_ticket(tags=tuple(f"t{n}" for n in range(200)))

    after = changed(a_desk(), full, comment=said(), add_tags=("more",)).ticket

    assert "more" in after.tags


def test_the_fields_of_a_ticket_stay_small_together() -> None:
    own = {f"f{n}": CustomField(id=f"f{n}", type="text") for n in range(8)}
    asked = {f"fields.f{n}": "x" * 16_000 for n in range(8)}

    with pytest.raises(InvalidError, match="all fields together") as refusal:
        changed(a_desk(fields=own), a_ticket(), LUIS, changes=asked)

    assert refusal.value.path == "fields"


def test_s6_a_priority_can_be_changed_but_not_emptied() -> None:
    with pytest.raises(InvalidError, match="emptied"):
        changed(a_desk(), a_ticket(priority="low"), LUIS, changes={"priority": "none"})


@pytest.mark.parametrize("event", [{"comment": said()}, {"changes": {"priority": "low"}}])
def test_s8_a_closed_ticket_takes_nothing(event: dict[str, Any]) -> None:
    with pytest.raises(ClosedError):
        changed(a_desk(), a_ticket(status="closed"), LUIS, **event)


def test_an_agents_public_reply_opens_and_takes_the_ticket() -> None:
    after = changed(a_desk(), a_ticket(), LUIS, comment=said(by=LUIS.email)).ticket

    assert (after.status, after.assignee, after.awaiting) == (
        "open",
        "luis@acme.example",
        "requester",
    )
    assert (after.replies, after.unanswered_since) == (1, None)


def test_an_agents_reply_takes_nothing_where_the_desk_says_so() -> None:
    desk = a_desk(assign_on_reply=False)

    assert changed(desk, a_ticket(), LUIS, comment=said()).ticket.assignee is None


def test_a_note_changes_neither_turn_nor_status() -> None:
    before = a_ticket()

    after = changed(a_desk(), before, LUIS, comment=said(public=False)).ticket

    assert (after.status, after.awaiting, after.assignee) == ("new", "agent", None)


def test_a_creation_by_an_agent_is_no_reply() -> None:
    after = created(a_desk(), LUIS, comment=said(by=LUIS.email)).ticket

    assert (after.status, after.assignee, after.replies) == ("new", None, 0)


def test_an_agents_public_reply_goes_to_the_customer() -> None:
    (row,) = changed(a_desk(), a_ticket(), LUIS, comment=said("Restart it")).outbox

    assert (row.to, row.text, row.rule, row.automatic) == (
        ("ana@globex.example",), "Restart it", None, False,
    )  # fmt: skip


def test_a_light_agent_writes_no_public_reply_and_owns_nothing() -> None:
    with pytest.raises(RefusedError, match="notes only"):
        changed(a_desk(), a_ticket(), LEO, comment=said())
    with pytest.raises(RefusedError, match="notes only"):
        changed(a_desk(), a_ticket(), LEO, changes={"status": "solved"})
    with pytest.raises(RefusedError, match="notes only"):
        changed(a_desk(), a_ticket(), LEO, add_tags=("vip",))
    with pytest.raises(RefusedError, match="own"):
        changed(a_desk(), a_ticket(), EVA, changes={"assignee": "leo@acme.example"})


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"status": "bogus"}, "status"),
        ({"group": "bogus"}, "group"),
        ({"assignee": "who@acme.example"}, "assignee"),
        ({"fields.bogus": 1}, "fields.bogus"),
        ({"fields.seats": "many"}, "fields.seats"),
        ({"fields.seats": float("nan")}, "fields.seats"),
        ({"fields.seats": True}, "fields.seats"),
        ({"fields.day": "2026-02-30"}, "fields.day"),
        ({"fields.plan": "tin"}, "fields.plan"),
        ({"subject": "x" * 501}, "subject"),
        ({"subject": ["x"]}, "subject"),
        ({"assignee": ["luis@acme.example"]}, "assignee"),
        ({"language": "spanish please"}, "language"),
        ({"colour": "red"}, "colour"),
        ({"version": 77}, "version"),
        ({"requester": "bea@mail.example"}, "requester"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused_by_name(
    changes: dict[str, Any], path: str
) -> None:
    own = (
        CustomField(id="seats", type="number"),
        CustomField(id="day", type="date"),
        CustomField(id="plan", type="dropdown", options=("gold",)),
    )
    desk = a_desk(fields={one.id: one for one in own})

    with pytest.raises(InvalidError) as refusal:
        changed(desk, a_ticket(), LUIS, changes=changes)

    assert refusal.value.path == path


def test_a_rules_comment_is_an_entry_of_its_own() -> None:
    action = AddComment(text={"en": parse("We are on it")}, public=True, by="luis@acme.example")
    decision = created(a_desk(a_trigger("hello", None, action)))

    assert [one.seq for one in decision.entries] == [1, 2]
    assert decision.ticket.version == 2
    assert (decision.ticket.awaiting, decision.ticket.status) == ("requester", "new")
    assert [row.text for row in decision.outbox] == ["We are on it"]


def test_a_late_event_takes_the_place_after_the_latest() -> None:
    ticket = a_ticket(updated_at=NOON + timedelta(hours=1))

    entry = changed(a_desk(), ticket, comment=said()).entries[0]

    assert (entry.at, entry.received_at) == (NOON + timedelta(hours=1), NOON)


def test_what_was_due_before_an_event_is_decided_first() -> None:
    due = NOON - timedelta(minutes=5)
    quiet = Condition(field="hours_since.updated", operator="at_least", value=55 * 60)
    nudge = Automation(id="nudge", when=quiet, actions=(Tag(mode="add", tags=("quiet",)),))
    desk = a_desk(automations=compile_automations((nudge,), {}))
    ticket = a_ticket(due_at=due, updated_at=NOON - timedelta(hours=1))

    decision = changed(desk, ticket, comment=said())

    assert [(one.event, one.at) for one in decision.entries] == [("clock", due), ("change", NOON)]
    assert (decision.ticket.version, decision.ticket.tags) == (3, ("quiet",))
    assert decision.ticket.due_at == NOON + timedelta(minutes=55), "it was updated: armed again"


def test_history_can_be_undone_step_by_step() -> None:
    desk = a_desk()
    first = created(desk)
    second = changed(desk, first.ticket, LUIS, comment=said(), changes={"status": "pending"})

    assert undo(second.ticket, second.entries[0]) == first.ticket
    assert undo(first.ticket, first.entries[0]) is None
    assert CUSTOMER.contact == first.ticket.requester
