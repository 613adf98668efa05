"""Mail in, on moto: what it costs, what it leaves behind, and what happens twice."""

import hashlib

import pytest

from functions.email_ingress import app
from guardia import wiring
from tests.integration.stage import INSTALL, Stage, golden, written

SES_SAYS_NO = {"spamVerdict": "FAIL"}


def first_mail(stage: Stage) -> str:
    """Take in a mail, so that Ana is known and the container is warm; return its ticket."""
    stage.mail(written(id="first"))
    (ticket,) = stage.tickets()
    stage.calls.clear()
    return ticket.id


def test_a_mail_becomes_a_ticket_of_its_sender_and_the_customer_hears_of_it(stage: Stage) -> None:
    stage.mail(written())
    (ticket,) = stage.tickets()
    assert (ticket.subject, ticket.channel, ticket.department, ticket.heard_from) == (
        "VPN",
        "email",
        "soporte",
        "ana@globex.example",
    )
    assert len(stage.rows()) == 1


def test_the_golden_event_is_read_as_it_is(stage: Stage) -> None:
    key = "in/o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"
    wiring.client("s3").put_object(Bucket=stage.bucket, Key=key, Body=written().as_bytes())
    assert stage.take_in(*golden("email_received")["Records"]) == []
    assert [one.subject for one in stage.tickets()] == ["VPN"]


def test_a_new_ticket_from_a_known_contact_costs_three_round_trips(stage: Stage) -> None:
    first_mail(stage)
    stage.mail(written(id="second", subject="Impresora"))
    assert stage.calls.total() <= 3, stage.calls
    assert stage.calls["TransactWriteItems"] == 1
    assert len(stage.tickets()) == 2


def test_an_answer_that_refers_to_its_ticket_costs_three_round_trips(stage: Stage) -> None:
    ticket = first_mail(stage)
    stage.mail(written("Sigue igual", id="second", refers="<first@mail.example>"))
    assert stage.calls.total() <= 3, stage.calls
    assert [(one.id, one.version) for one in stage.tickets()] == [(ticket, 2)]


def test_an_answer_to_the_reply_address_costs_three_round_trips(stage: Stage) -> None:
    ticket = first_mail(stage)
    stage.mail(written("Sigue igual", id="second", to=stage.reply_address(ticket)))
    assert stage.calls.total() <= 3, stage.calls
    assert [(one.id, one.version) for one in stage.tickets()] == [(ticket, 2)]


def test_a_repeat_costs_no_transaction(stage: Stage) -> None:
    first_mail(stage)
    stage.mail(written(id="first"))
    assert set(stage.calls) == {"BatchGetItem"}
    assert stage.calls.total() <= 2, stage.calls


def test_the_same_mail_delivered_twice_is_one_ticket_and_writes_nothing(stage: Stage) -> None:
    first_mail(stage)
    before = stage.items()
    stage.mail(written(id="first"))
    assert stage.items() == before
    assert stage.objects("in/") == []


def test_the_same_mail_twice_in_one_batch_is_one_ticket(stage: Stage) -> None:
    assert stage.take_in(stage.deposit(written()), stage.deposit(written())) == []
    assert len(stage.tickets()) == 1


def test_a_message_id_that_somebody_else_used_suppresses_nothing(stage: Stage) -> None:
    stage.mail(written("No conecta.", id="same"))
    stage.mail(written("Otra cosa.", id="same", sender="bea@mail.example"))
    assert len(stage.tickets()) == 2


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("poison", ["no notice", '{"notificationType": "Bounce"}', "{}"])
def test_a_record_that_cannot_be_read_fails_alone(stage: Stage, place: int, poison: str) -> None:
    records = [stage.deposit(written(id=f"{n}", subject=f"Consulta {n}")) for n in range(2)]
    records.insert(place, {"messageId": "poison", "body": poison})
    assert stage.take_in(*records) == ["poison"]
    assert {one.subject for one in stage.tickets()} == {"Consulta 0", "Consulta 1"}


def test_a_mail_whose_raw_object_is_nowhere_fails_and_changes_nothing(stage: Stage) -> None:
    before = stage.items()
    assert stage.take_in(stage.notice("in/lost", written())) == ["in/lost"]
    assert stage.items() == before


def test_raw_mail_is_filed_under_its_day_and_the_ticket_names_it(stage: Stage) -> None:
    mail = written()
    stage.mail(mail)
    (ticket,) = stage.tickets()
    ((entry,), _) = wiring.store().entries(ticket.id, 0, 10)
    assert entry.comment is not None
    assert stage.objects("in/") == []
    assert stage.objects("raw/") == [entry.comment.raw] == ["raw/2026/03/06/mail1"]
    assert wiring.blobs().get(str(entry.comment.raw)) == mail.as_bytes()


def test_a_repeat_after_the_raw_mail_was_filed_still_works(stage: Stage) -> None:
    record = stage.deposit(written())
    assert stage.take_in(record) == []
    before = stage.items()
    assert stage.take_in(record) == []
    assert stage.items() == before
    assert stage.objects("raw/") == ["raw/2026/03/06/mail1"]


def test_a_crash_between_commit_and_filing_is_healed_by_the_repeat(stage: Stage) -> None:
    record = stage.deposit(written())

    class Dying:
        """Blobs whose owner dies before it can file anything."""

        get, put, keep = wiring.blobs().get, wiring.blobs().put, wiring.blobs().keep
        delete = wiring.blobs().delete

        def move(self, source: str, target: str) -> None:
            raise ConnectionError(f"{source} stays where it is, not at {target}")

    handler = app.build(wiring.guardia, Dying, wiring.mail_secrets, lambda: INSTALL)
    assert stage.take_in(record, handler=handler) == ["in/mail1"]
    assert (len(stage.tickets()), stage.objects("in/")) == (1, ["in/mail1"])
    assert stage.take_in(record) == []
    assert (len(stage.tickets()), stage.objects("in/")) == (1, [])


FILE = b"un registro\n" * 100


def test_files_lie_under_their_ticket_and_stay(stage: Stage) -> None:
    mail = written()
    mail.add_attachment(FILE, maintype="text", subtype="x-log", filename="vpn.log")
    stage.mail(mail)
    (ticket,) = stage.tickets()
    ((entry,), _) = wiring.store().entries(ticket.id, 0, 10)
    digest = hashlib.sha256(FILE).hexdigest()
    key = f"t/{ticket.id}/{digest}"
    tags = wiring.client("s3").get_object_tagging(Bucket=stage.bucket, Key=key)["TagSet"]
    assert entry.comment is not None
    assert [(one.name, one.sha256) for one in entry.comment.attachments] == [("vpn.log", digest)]
    assert (stage.objects("t/"), tags) == ([key], [])
    assert wiring.blobs().get(key) == FILE


def test_a_body_of_more_than_the_table_takes_is_kept_whole(stage: Stage) -> None:
    stage.mail(written("Una línea de registro.\n" * 8_000))
    (ticket,) = stage.tickets()
    ((entry,), _) = wiring.store().entries(ticket.id, 0, 10)
    assert entry.comment is not None
    assert entry.comment.text.count("registro") == 8_000
    tags = wiring.client("s3").get_object_tagging(Bucket=stage.bucket, Key=stage.objects("t/")[0])
    assert tags["TagSet"] == []


def test_mail_that_ses_condemns_is_set_aside_and_can_be_found_again(stage: Stage) -> None:
    stage.mail(written(), **SES_SAYS_NO)
    (aside,) = [one for one in stage.items() if one["pk"]["S"].startswith("S#")]
    assert (stage.tickets(), stage.rows()) == ([], [])
    assert aside["reason"]["S"] == "spam"
    assert stage.objects("suspended/") == [aside["key"]["S"]]
    assert (len(aside["sender"]["S"]), aside["address"]["S"]) == (32, "ana@globex.example")


def test_a_desk_that_changes_is_seen_by_the_very_next_mail(stage: Stage) -> None:
    stage.mail(written(id="1"))
    stage.publish({"desk": {"name": "Acme", "locale": "es", "addresses": ["soporte@acme.example"]}})
    stage.mail(written(id="2", subject="Impresora"))
    versions = {
        one.subject: wiring.store().entries(one.id, 0, 1)[0][0].config for one in stage.tickets()
    }
    assert versions == {"VPN": "1", "Impresora": "2"}
    assert len(stage.rows()) == 1
