"""Every rule of the table both ways: the robot is seen, the person beside it is answered."""

import pytest

from guardia.mail.automatic import Judgement, judge

OWN = ("soporte@acme.example", "ventas@acme.example")
ANA = "ana@globex.example"
PERSON = Judgement(value=False, reason=None, verdict="ticket")


def judged(*headers: tuple[str, str], sender: str = ANA, path: str | None = ANA) -> Judgement:
    return judge(headers, sender, path, OWN, "acme-1")


@pytest.mark.parametrize(
    "header",
    [
        ("Subject", "VPN"),
        ("Auto-Submitted", "no"),
        ("Auto-Submitted", "No (a person wrote this)"),
        ("Auto-Submitted", "no; owner-email=ana@globex.example"),
        ("Auto-Submitted", ""),
        ("Precedence", "normal"),
        ("Precedence", "first-class"),
        ("X-Auto-Response-Suppress", "DR, RN, NRN"),
        ("X-Autoreply", "no"),
        ("X-Loop", ""),
        ("Delivered-To", "soporte@acme.example"),
        ("Feedback-ID", "1.eu-west-1.abc=:AmazonSES"),
        ("Content-Type", "multipart/mixed; boundary=report"),
        ("Content-Type", "multipart/report; report-type=disposition-notification; boundary=b"),
        ("Content-Type", "text/calendar; method=REPLY"),
        ("Content-Type", "multipart/encrypted; boundary=b"),
        ("Reply-To", "Ana <ana.perez@globex.example>"),
        ("Return-Path", "<ana@globex.example>"),
        ("Subject", "Respuesta automática no funciona en mi cuenta"),
        ("Subject", "Out of office"),
        ("Listen", "List-Id: x"),
    ],
)
def test_a_persons_mail_is_a_ticket_that_may_be_answered(header: tuple[str, str]) -> None:
    assert judged(header) == PERSON


@pytest.mark.parametrize(
    "header",
    [
        ("X-Guardia-Loop", "acme-1"),
        ("x-guardia-loop", " ACME-1 "),
        ("Feedback-ID", "acme-1:1.eu-west-1.abc=:AmazonSES"),
    ],
)
def test_our_own_mail_that_comes_back_is_a_loop(header: tuple[str, str]) -> None:
    found = judged(header)

    assert (found.value, found.reason, found.verdict) == (True, "loop", "suspend")
    assert found.note is False


@pytest.mark.parametrize(
    "sender", ["soporte@acme.example", "Ventas@Acme.Example", "soporte+k7q2m9xd.aaaa@acme.example"]
)
def test_mail_from_our_own_address_is_set_aside(sender: str) -> None:
    found = judged(sender=sender)

    assert (found.value, found.reason, found.verdict) == (True, "from_support_address", "suspend")


def test_a_colleague_at_our_domain_is_a_person() -> None:
    assert judged(sender="sergio@acme.example") == PERSON


@pytest.mark.parametrize(
    ("headers", "sender", "path", "reason"),
    [
        ([], ANA, "", "null_return_path"),
        ([], ANA, "<>", "null_return_path"),
        ([("Return-Path", "<>")], ANA, None, "null_return_path"),
        (
            [("Content-Type", "multipart/report; report-type=delivery-status")],
            ANA,
            ANA,
            "delivery_report",
        ),
        ([("Content-Type", "Multipart/Report; boundary=b")], ANA, ANA, "delivery_report"),
        ([], "MAILER-DAEMON@mx.example", ANA, "mail_system"),
        ([], "postmaster@mx.example", ANA, "mail_system"),
    ],
)
def test_a_mail_systems_report_is_matched_to_what_we_sent(
    headers: list[tuple[str, str]], sender: str, path: str | None, reason: str
) -> None:
    found = judge(headers, sender, path, OWN, "acme-1")

    assert (found.value, found.reason, found.verdict) == (True, reason, "delivery_status")


def test_the_envelope_counts_more_than_a_return_path_header() -> None:
    assert judged(("Return-Path", "<>"), path=ANA) == PERSON


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("auto-replied", "auto_vacation"),
        ("Auto-Replied (vacation)", "auto_vacation"),
        ("auto-replied; owner-email=x", "auto_vacation"),
        ("auto-generated", "auto_mailer"),
        ("AUTO-GENERATED", "auto_mailer"),
        ("auto-notified", "auto_mailer"),
        ("yes", "auto_mailer"),
    ],
)
def test_what_says_it_was_sent_automatically_is_a_note_or_set_aside(
    value: str, reason: str
) -> None:
    found = judged(("Auto-Submitted", value))

    assert (found.value, found.reason, found.verdict) == (True, reason, "suspend")
    assert found.note is True


def test_a_second_header_of_the_same_name_is_read_too() -> None:
    found = judged(("Auto-Submitted", "no"), ("auto-submitted", "auto-replied"))

    assert found.reason == "auto_vacation"


def test_a_person_who_forwards_automatically_gets_a_ticket_without_an_automatic_answer() -> None:
    found = judged(("Auto-Submitted", "auto-forwarded"))

    assert found == Judgement(value=True, reason="auto_forwarded", verdict="ticket")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Precedence", "bulk", "precedence"),
        ("Precedence", "Bulk", "precedence"),
        ("Precedence", "list", "precedence"),
        ("precedence", "JUNK", "precedence"),
        ("Precedence", "auto_reply", "precedence"),
        ("List-Id", "<news.example>", "mailing_list"),
        ("List-Unsubscribe", "<mailto:x@y.example>", "mailing_list"),
        ("list-unsubscribe", "abc", "mailing_list"),
        ("X-Auto-Response-Suppress", "All", "response_suppressed"),
        ("X-Auto-Response-Suppress", "DR, OOF", "response_suppressed"),
        ("X-Auto-Response-Suppress", "autoreply", "response_suppressed"),
        ("X-Autoreply", "yes", "autoresponder"),
        ("X-Autorespond", "Out", "autoresponder"),
        ("X-Autoresponder", "1", "autoresponder"),
        ("X-Loop", "list@x.example", "autoresponder"),
        ("Delivered-To", "Autoresponder", "autoresponder"),
        ("X-Guardia-Loop", "another-desk", "other_desk"),
        ("Reply-To", "<soporte@acme.example>", "reply_to_us"),
        ("Reply-To", "Soporte <soporte+x.y@acme.example>", "reply_to_us"),
        ("Subject", "Respuesta automática: VPN", "absence_subject"),
        ("Subject", "Out of Office: VPN", "absence_subject"),
    ],
)
def test_bulk_and_robots_get_a_ticket_and_no_automatic_answer(
    name: str, value: str, reason: str
) -> None:
    assert judged((name, value)) == Judgement(value=True, reason=reason, verdict="ticket")


@pytest.mark.parametrize(
    "local",
    [
        "noreply",
        "No-Reply",
        "no_reply",
        "donotreply",
        "abuse",
        "root",
        "noreply-1234",
        "noresponder",
        "bounces+99",
    ],
)
def test_an_address_nobody_reads_gets_a_ticket_and_no_automatic_answer(local: str) -> None:
    found = judged(sender=f"{local}@shop.example")

    assert found == Judgement(value=True, reason="from_noreply", verdict="ticket")


@pytest.mark.parametrize(
    "local", ["norah", "rooter", "abusero", "noreplyfan", "replay", "ana+noreply"]
)
def test_an_address_that_only_resembles_one_is_a_persons(local: str) -> None:
    assert judged(sender=f"{local}@shop.example") == PERSON


def test_without_an_install_id_no_loop_header_is_ours() -> None:
    found = judge([("X-Guardia-Loop", "")], ANA, ANA, OWN, "")

    assert found == PERSON


def test_the_loop_rule_comes_before_the_delivery_status_rule() -> None:
    assert judged(("X-Guardia-Loop", "acme-1"), path="").reason == "loop"
