"""Where a message goes: the ticket, a new one that names it, a note, or aside."""

from dataclasses import replace
from typing import Any

import pytest

from guardia.domain.arrival import Arrival
from guardia.domain.model import Contact, Ticket
from guardia.domain.threading import Place, place
from tests.unit.domain.builders import ANA, NOON, a_desk, a_ticket, said

OTHER = replace(ANA, id="P2")


def an_arrival(**values: Any) -> Arrival:
    base: dict[str, Any] = {
        "id": "m1",
        "at": NOON,
        "channel": "email",
        "sender": "ana@globex.example",
        "sender_name": None,
        "subject": "Re: VPN",
        "comment": said(),
    }
    return Arrival(**{**base, **values})


def placed(
    writer: Contact | None = ANA, tickets: tuple[Ticket, ...] = (a_ticket(),), **values: Any
) -> Place:
    known = {one.id: one for one in tickets}
    arrival = an_arrival(**values)
    return place(a_desk(), arrival, known, {"<ref@x>": "T1"}, writer)


def test_a_stored_message_id_leads_to_the_ticket() -> None:
    assert placed(references=("<ref@x>",)) == Place(ticket=a_ticket())


def test_a_new_mail_opens_a_ticket() -> None:
    assert placed() == Place()


def test_a_signed_address_wins_over_a_reference() -> None:
    other = a_ticket(id="T2")

    found = placed(
        tickets=(a_ticket(), other), proved_ticket="T2", candidates=("T2",), references=("<ref@x>",)
    )

    assert found.ticket == other


def test_a_reference_wins_over_a_subjects_token() -> None:
    found = placed(
        tickets=(a_ticket(), a_ticket(id="T2")), candidates=("T2",), references=("<ref@x>",)
    )

    assert found.ticket == a_ticket()


@pytest.mark.parametrize("sender", [None, OTHER])
def test_a_stranger_with_a_known_reference_gets_a_ticket_of_their_own(
    sender: Contact | None,
) -> None:
    found = placed(sender, sender="bea@mail.example", references=("<ref@x>",))

    assert found == Place(follows="T1")


def test_somebody_in_copy_may_write() -> None:
    ticket = a_ticket(ccs=("bea@mail.example",))

    found = placed(None, (ticket,), sender="bea@mail.example", references=("<ref@x>",))

    assert found == Place(ticket=ticket)


def test_an_answer_to_a_closed_ticket_follows_it() -> None:
    assert placed(tickets=(a_ticket(status="closed"),), references=("<ref@x>",)) == Place(
        follows="T1"
    )


def test_a_robot_leaves_a_note_on_its_ticket_and_is_set_aside_elsewhere() -> None:
    robot: dict[str, Any] = {"robot": True, "automatic": "auto_submitted"}

    assert placed(references=("<ref@x>",), **robot) == Place(ticket=a_ticket(), note=True)
    assert placed(**robot) == Place(suspend="auto_submitted")
    assert (
        placed(OTHER, sender="x@y.example", references=("<ref@x>",), **robot).suspend
        == "auto_submitted"
    )


@pytest.mark.parametrize(("proved", "by_agent"), [(True, True), (False, False)])
def test_an_agents_mail_is_a_note_unless_it_is_proved_theirs(proved: bool, by_agent: bool) -> None:
    found = placed(None, sender="luis@acme.example", references=("<ref@x>",), proved_agent=proved)

    assert found == Place(ticket=a_ticket(), by_agent=by_agent, note=not by_agent)


def test_a_reply_to_is_a_claim_that_only_a_signed_address_bears_out() -> None:
    claimed = placed(references=("<ref@x>",), on_behalf=True)
    borne_out = placed(references=("<ref@x>",), on_behalf=True, proved_ticket="T1")

    assert claimed == Place(follows="T1")
    assert borne_out == Place(ticket=a_ticket())


def test_a_reason_to_suspend_wins_over_everything() -> None:
    assert placed(references=("<ref@x>",), suspend="spam") == Place(suspend="spam")


# -- what had been set aside and is taken in after all ----------------------------------------------


def test_what_was_set_aside_opens_a_ticket_when_it_is_recovered() -> None:
    assert placed(suspend="spam", recovers="S1") == Place()


def test_a_robots_answer_that_belongs_nowhere_opens_a_ticket_when_it_is_recovered() -> None:
    assert placed(robot=True, automatic="auto_vacation", recovers="S1") == Place()


def test_a_robots_answer_that_is_recovered_is_still_a_note_on_its_ticket() -> None:
    found = placed(robot=True, automatic="auto_vacation", recovers="S1", references=("<ref@x>",))

    assert found == Place(ticket=a_ticket(), note=True)


def test_an_agents_robot_that_is_recovered_is_a_note() -> None:
    found = placed(sender="luis@acme.example", robot=True, automatic="auto_mailer", recovers="S1")

    assert found == Place(note=True)
