"""The trigger cycle: order, restart, once an event, stop, what is trusted to go out."""

from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from guardia.domain.desk import Email, Notify, Set, Stop, Tag
from guardia.domain.event import Decision, State
from guardia.domain.placeholders import parse
from tests.unit.domain.builders import (
    ANA,
    LUIS,
    a_condition,
    a_desk,
    a_template,
    a_ticket,
    a_trigger,
    all_of,
    an_event,
    changed,
    created,
    decided,
    fired,
    said,
)

IS_NEW = a_condition("update", "is", "create")


def test_an_earlier_trigger_runs_again_after_a_later_one_changed_the_ticket() -> None:
    desk = a_desk(
        a_trigger(
            "told", a_condition("priority", "changed_to", "urgent"), Tag(mode="add", tags=("told",))
        ),
        a_trigger("vip", IS_NEW, Set(values={"priority": "urgent"})),
    )

    decision = created(desk)

    assert fired(decision) == ["vip", "told"]
    assert decision.ticket.tags == ("told",)


def test_triggers_that_toggle_each_other_fire_once_each() -> None:
    low, high = (
        a_condition("priority", "is", "low"),
        a_condition("priority", "is", ["high", "none"]),
    )
    desk = a_desk(
        a_trigger("up", low, Set(values={"priority": "high"})),
        a_trigger("down", high, Set(values={"priority": "low"})),
    )

    decision = created(desk)

    assert fired(decision) == ["down", "up"]
    assert decision.ticket.priority == "high"


def test_stop_ends_the_cycle_and_nothing_before_it() -> None:
    desk = a_desk(
        a_trigger("first", None, Tag(mode="add", tags=("a",)), Stop()),
        a_trigger("second", None, Tag(mode="add", tags=("b",))),
    )

    assert created(desk).ticket.tags == ("a",)


def test_a_trigger_without_conditions_fires_on_every_event() -> None:
    desk = a_desk(a_trigger("always", None, Tag(mode="add", tags=("seen",))))

    assert fired(created(desk)) == ["always"]
    assert fired(changed(desk, a_ticket(), comment=said())) == ["always"]


def test_a_dead_trigger_never_fires() -> None:
    dead = replace(a_trigger("dead", None, Tag(mode="add", tags=("x",))), dead=("group gone",))

    assert created(a_desk(dead)).ticket.tags == ()


def test_context_stays_that_of_the_event_while_rules_run() -> None:
    told = all_of(a_condition("actor", "is", "end_user"), a_condition("tags", "includes", ["x"]))
    desk = a_desk(
        a_trigger("tag", None, Tag(mode="add", tags=("x",))),
        a_trigger("told", told, Tag(mode="add", tags=("told",))),
    )

    assert fired(created(desk)) == ["tag", "told"]


def test_who_caused_the_event_is_not_notified() -> None:
    desk = a_desk(a_trigger("tell", None, Notify(target="group", id="tech")))

    decision = changed(desk, a_ticket(group="tech"), LUIS, comment=said(public=False))

    assert [row.to for row in decision.outbox] == [("eva@acme.example",)]


def test_an_address_named_twice_gets_one_mail() -> None:
    mail = Email(
        to=("requester", "ana@globex.example", "boss@mail.example"),
        subject={"en": parse("s")},
        body={"en": parse("b")},
    )

    decision = created(a_desk(a_trigger("mail", IS_NEW, mail)))

    assert [row.to for row in decision.outbox] == [("ana@globex.example",), ("boss@mail.example",)]


def mailing(**event: Any) -> Decision:
    desk = a_desk(
        a_trigger("ack", IS_NEW, Email(to=("requester",), template="ack")),
        templates={
            "ack": a_template(
                "ack",
                'About "{{ticket.subject}}"',
                '{{requester.name | default:"you"}} wrote {{comment.text}} on {{ticket.id}}',
            )
        },
    )
    return created(desk, comment=said("buy pills"), **event)


def test_a_machine_is_not_answered_and_the_trace_says_so() -> None:
    decision = mailing(automatic="bulk")

    assert decision.outbox == ()
    assert decision.entries[0].rules[0].suppressed == ("mail: automatic (bulk)",)


def test_the_words_of_an_unverified_person_are_not_repeated() -> None:
    (row,) = mailing(verified=False).outbox

    assert row.subject == 'About ""'
    assert row.text == "you wrote  on T1"


def test_what_was_blanked_stands_in_the_trace() -> None:
    (rule,) = mailing(verified=False).entries[0].rules

    assert rule.suppressed == (
        "ticket.subject: unverified requester",
        "requester.name: unverified requester",
        "comment.text: unverified requester",
    )


@given(st.text(min_size=3).filter(lambda text: text.strip() == text and "T1" not in text))
def test_no_string_of_an_unverified_submission_reaches_anybody_outside(text: str) -> None:
    desk = a_desk(
        a_trigger("ack", IS_NEW, Email(to=("requester", "boss@mail.example"), template="ack")),
        templates={
            "ack": a_template(
                "ack",
                "{{ticket.subject}}",
                "{{comment.text}}{{comment.author}}{{latest_comment.text}}",
            )
        },
    )

    decision = created(
        desk, comment=said(text), ticket=a_ticket(version=0, subject=text), verified=False
    )

    assert all(text not in row.subject + row.text for row in decision.outbox)


def test_a_note_never_reaches_a_customer() -> None:
    desk = a_desk(
        a_trigger("mail", None, Email(to=("requester",), template="t")),
        templates={"t": a_template("t", "s", "{{comment.text}}|{{latest_comment.text}}")},
    )
    state = State(ticket=a_ticket(), requester=ANA, latest_comment="public words")
    event = an_event("change", LUIS, comment=said("SECRET", public=False))

    (row,) = decided(desk, state, event).outbox

    assert row.text == "|public words"
