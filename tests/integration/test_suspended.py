"""Messages that were set aside: found, looked at, taken in after all, thrown away."""

from typing import Any

import pytest

from guardia import wiring
from tests.integration.asking import ask
from tests.integration.stage import Answer, Stage, golden, written

SPAM = {"spamVerdict": "FAIL"}
FORGED = {"dmarcVerdict": "FAIL"}


def aside(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(stage, "GET", "/v1/suspended").body["items"]
    return found


def many(stage: Stage, count: int, sender: str = "ana@globex.example", **verdicts: str) -> None:
    """Take in so many mails of one sender, one after the other."""
    for number in range(count):
        stage.mail(written(id=str(number), subject=f"n{number}", sender=sender), **verdicts)


def post(stage: Stage, number: int) -> Answer:
    """Post the golden form once more, from another neighbourhood."""
    event = golden("form_posted_json")
    event["requestContext"]["requestId"] = f"form{number}"
    event["requestContext"]["http"]["sourceIp"] = f"203.0.{number}.7"
    return stage.form(event)


def to_customers(stage: Stage) -> list[str]:
    rows = [wiring.store().outbox(one.id) for one in stage.tickets()]
    return [to for found in rows for one in found if not one.row.team for to in one.row.to]


def test_mail_that_was_set_aside_is_listed_with_why_and_until_when(stage: Stage) -> None:
    stage.mail(written(subject="Oferta"), **SPAM)
    (one,) = aside(stage)
    assert {key: one[key] for key in ("at", "channel", "reason", "from", "subject")} == {
        "at": "2026-03-06T17:30:00Z",
        "channel": "email",
        "reason": "spam",
        "from": "ana@globex.example",
        "subject": "Oferta",
    }
    assert one["expires_at"] == "2026-03-20T17:30:00Z"


@pytest.mark.parametrize(("language", "word"), [("en-GB", "took it for spam"), ("es", "no deseado"), ("", "no deseado")])  # fmt: skip
def test_the_reason_is_told_in_the_readers_language(stage: Stage, language: str, word: str) -> None:
    stage.mail(written(), **SPAM)
    (one,) = ask(stage, "GET", "/v1/suspended", language=language).body["items"]
    assert word in one["explanation"]


def test_its_raw_bytes_lie_where_they_end_by_themselves(stage: Stage) -> None:
    stage.mail(written(), **SPAM)
    assert [len(stage.objects(one)) for one in ("in/", "raw/", "suspended/")] == [0, 0, 1]


def test_the_list_is_paged_newest_first(stage: Stage) -> None:
    many(stage, 3, **SPAM)
    first = ask(stage, "GET", "/v1/suspended?limit=2").body
    second = ask(stage, "GET", f"/v1/suspended?limit=2&cursor={first['next']}").body
    subjects = [one["subject"] for one in (*first["items"], *second["items"])]
    assert (len(first["items"]), sorted(subjects)) == (2, ["n0", "n1", "n2"])
    assert second["next"] is None


def test_one_can_look_at_what_it_says(stage: Stage) -> None:
    mail = written("Compre ya.")
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename="precio.txt")
    stage.mail(mail, **SPAM)
    (one,) = aside(stage)
    seen = ask(stage, "GET", f"/v1/suspended/{one['id']}").body
    assert (seen["text"].strip(), seen["attachments"]) == ("Compre ya.", ["precio.txt"])


def test_recovered_mail_is_a_ticket_as_if_it_had_not_been_set_aside(stage: Stage) -> None:
    stage.mail(written("No conecta."), **SPAM)
    (one,) = aside(stage)
    answer = ask(stage, "POST", f"/v1/suspended/{one['id']}/recover")
    (ticket,) = stage.tickets()
    ((entry,), _) = wiring.store().entries(ticket.id, 0, 9)
    assert (answer.status, answer.body) == (200, {"ticket": ticket.id})
    assert entry.comment is not None
    assert (entry.comment.text, entry.comment.raw) == ("No conecta.", stage.objects("raw/")[0])
    assert (aside(stage), stage.objects("suspended/")) == ([], [])


def test_recovering_again_gives_the_same_ticket_and_does_nothing(stage: Stage) -> None:
    stage.mail(written(), **SPAM)
    (one,) = aside(stage)
    first = ask(stage, "POST", f"/v1/suspended/{one['id']}/recover").body
    before = stage.items()
    assert ask(stage, "POST", f"/v1/suspended/{one['id']}/recover").body == first
    assert stage.items() == before


def test_the_same_mail_delivered_again_after_that_is_no_second_ticket(stage: Stage) -> None:
    record = stage.deposit(written(), **SPAM)
    stage.take_in(record)
    (one,) = aside(stage)
    ask(stage, "POST", f"/v1/suspended/{one['id']}/recover")
    assert stage.take_in(record) == []
    assert len(stage.tickets()) == 1


def test_a_robot_that_is_recovered_gets_no_automatic_answer(stage: Stage) -> None:
    stage.publish(
        {
            "desk": {"addresses": ["soporte@acme.example"]},
            "triggers": [
                {"id": "acuse", "do": [{"email": {"to": "requester", "subject": "s", "body": "b"}}]}
            ],
        }
    )
    mail = written()
    mail["Auto-Submitted"] = "auto-replied"
    stage.mail(mail)
    (one,) = aside(stage)
    ask(stage, "POST", f"/v1/suspended/{one['id']}/recover")
    assert one["reason"] == "auto_vacation"
    assert (len(stage.tickets()), to_customers(stage)) == (1, [])


def test_files_in_which_a_virus_was_found_are_not_recovered(stage: Stage) -> None:
    mail = written("Mire el adjunto.")
    mail.add_attachment(b"MZ", maintype="application", subtype="x-exe", filename="a.exe")
    stage.mail(mail, virusVerdict="FAIL")
    (one,) = aside(stage)
    ask(stage, "POST", f"/v1/suspended/{one['id']}/recover")
    (ticket,) = stage.tickets()
    ((entry,), _) = wiring.store().entries(ticket.id, 0, 9)
    assert entry.comment is not None
    assert (entry.comment.attachments, stage.objects("t/")) == ((), [])


def test_the_next_mail_of_somebody_who_was_recovered_is_not_set_aside(stage: Stage) -> None:
    stage.mail(written(id="1"), **SPAM)
    ask(stage, "POST", f"/v1/suspended/{aside(stage)[0]['id']}/recover")
    stage.mail(written(id="2", subject="Otra"))
    assert (len(stage.tickets()), aside(stage)) == (2, [])


def test_what_is_thrown_away_leaves_neither_entry_nor_bytes(stage: Stage) -> None:
    stage.mail(written(), **SPAM)
    (one,) = aside(stage)
    assert ask(stage, "DELETE", f"/v1/suspended/{one['id']}").status == 204
    assert (aside(stage), stage.objects("suspended/")) == ([], [])
    assert ask(stage, "POST", f"/v1/suspended/{one['id']}/recover").status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/recover"), ("DELETE", "")])
def test_an_entry_that_is_not_there_is_404(stage: Stage, method: str, path: str) -> None:
    assert ask(stage, method, f"/v1/suspended/NADA{path}").status == 404


def test_a_page_that_does_not_exist_is_refused(stage: Stage) -> None:
    assert ask(stage, "GET", "/v1/suspended?cursor=nada").status == 422


# -- who is not who they say -----------------------------------------------------------------------


def test_a_forged_sender_is_marked_and_hears_nothing(stage: Stage) -> None:
    stage.mail(written(), **FORGED)
    (ticket,) = stage.tickets()
    shown = ask(stage, "GET", f"/v1/tickets/{ticket.id}/entries").body["items"][0]
    assert shown["comment"]["verified"] is False
    assert to_customers(stage) == []


def test_a_forged_sender_stays_unverified_where_the_contact_is_verified(stage: Stage) -> None:
    stage.mail(written(id="1"))
    (ticket,) = stage.tickets()
    before = to_customers(stage)
    stage.mail(written(id="2", refers="<1@mail.example>"), **FORGED)
    entries = ask(stage, "GET", f"/v1/tickets/{ticket.id}/entries").body["items"]
    assert [one["comment"]["verified"] for one in entries] == [True, False]
    assert to_customers(stage) == before


def test_an_answer_to_an_address_that_we_signed_proves_who_forwards_breakingly(
    stage: Stage,
) -> None:
    stage.mail(written(id="1"))
    (ticket,) = stage.tickets()
    stage.mail(written(id="2", to=stage.reply_address(ticket.id)), **FORGED)
    entries = ask(stage, "GET", f"/v1/tickets/{ticket.id}/entries").body["items"]
    assert [one["comment"]["verified"] for one in entries] == [True, True]


# -- too many of one sender ------------------------------------------------------------------------


def test_the_twenty_first_mail_of_a_sender_in_an_hour_is_set_aside(stage: Stage) -> None:
    many(stage, 22)
    assert len(stage.tickets()) == 20
    assert [one["reason"] for one in aside(stage)] == ["flood", "flood"]


def test_who_only_claims_to_be_somebody_silences_nobody_else(stage: Stage) -> None:
    many(stage, 21, dmarcVerdict="GRAY")
    stage.mail(written(id="real", subject="De verdad"))
    assert "De verdad" in [one.subject for one in stage.tickets()]


def test_the_team_may_write_as_much_as_it_likes(stage: Stage) -> None:
    many(stage, 22, sender="luis@acme.example")
    assert (len(stage.tickets()), aside(stage)) == (22, [])


def test_forms_count_and_one_too_many_is_kept_and_can_be_recovered(stage: Stage) -> None:
    before = [post(stage, number).status for number in range(20)]
    answer = post(stage, 20)
    (one,) = aside(stage)
    seen = ask(stage, "GET", f"/v1/suspended/{one['id']}").body
    back = ask(stage, "POST", f"/v1/suspended/{one['id']}/recover")
    assert (set(before), answer.status, answer.body) == ({201}, 202, {"ticket": None})
    assert (one["channel"], one["reason"]) == ("form", "flood")
    assert "message: " in seen["text"]
    assert back.body["ticket"] in {one.id for one in stage.tickets()}
    assert (aside(stage), stage.objects("suspended/")) == ([], [])


# -- what makes no ticket --------------------------------------------------------------------------


def test_a_mail_that_says_nothing_at_all_is_set_aside(stage: Stage) -> None:
    stage.mail(written(" ", subject=""))
    assert [one["reason"] for one in aside(stage)] == ["blank"]


def test_a_mail_from_nobody_is_set_aside(stage: Stage) -> None:
    mail = written()
    del mail["From"]
    mail["From"] = "undisclosed"
    stage.mail(mail)
    assert [(one["reason"], one["from"]) for one in aside(stage)] == [("unknown_author", None)]
