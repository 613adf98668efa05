"""Local mail looks to the functions as SES's does."""

from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest

from guardia.mail.receipt import read
from infra.local.smtp import Mail, VerdictsError, notice, stored, take_off, verdicts
from infra.local.stack import Receipt

RECEIPT = Receipt(bucket="b", prefix="in/", topic="t")


def mail(content: bytes, said: str | None = None, sender: str = "ana@globex.example") -> Mail:
    return Mail(
        id="0" * 40,
        at=datetime(2026, 3, 6, 19, tzinfo=UTC),
        sender=sender,
        to=("soporte@acme.example",),
        host="client",
        content=content,
        judged=verdicts(said),
    )


CONTENT = b"From: Ana <ana@globex.example>\r\nSubject: =?utf-8?q?Hola_=C3=B1?=\r\n\r\nHola\r\n"


def test_mail_is_verified_unless_its_header_says_otherwise() -> None:
    receipt = read(notice(mail(CONTENT), RECEIPT))
    assert receipt.verified
    assert receipt.suspend_reason is None
    assert (receipt.key, receipt.received_at.isoformat()) == (
        "in/" + "0" * 40,
        "2026-03-06T19:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("dmarc=fail policy=reject", "failed_email_authentication"),
        ("dmarc=fail", None),
        ("spam=fail", "spam"),
        ("virus=FAIL, spf=fail", "malware_detected"),
    ],
)
def test_what_the_header_says_stands_in_the_notice(said: str, reason: str | None) -> None:
    receipt = read(notice(mail(CONTENT, said), RECEIPT))
    assert receipt.suspend_reason == reason


@pytest.mark.parametrize("said", ["dmarc", "colour=fail", "spf=maybe", "policy=none; dkim=x"])
def test_a_header_that_makes_no_sense_is_refused(said: str) -> None:
    with pytest.raises(VerdictsError, match="X-Local-Verdicts"):
        verdicts(said)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_the_header_is_taken_off_and_nothing_else(ending: bytes) -> None:
    head = [b"Subject: a", b"X-Local-Verdicts: dmarc=fail", b" spf=fail", b"From: b@c.example"]
    body = [b"", b"X-Local-Verdicts: of the text", b""]
    rest, said = take_off(ending.join(head + body))
    assert rest == ending.join([head[0], head[3], *body])
    assert said is not None
    assert verdicts(said).statuses["spf"] == "FAIL"


@pytest.mark.parametrize(
    "content", [b"", b"no header at all", b"X-Local-Verdicts: spf=fail", b"\n\n"]
)
def test_mail_of_any_bytes_is_taken(content: bytes) -> None:
    rest, _ = take_off(content)
    told: Any = notice(mail(rest, sender=""), RECEIPT)
    assert told["mail"]["source"] == ""
    assert stored(mail(rest)).endswith(rest)


def test_the_stored_mail_tells_how_it_came_and_keeps_every_byte() -> None:
    raw = stored(mail(CONTENT, "dmarc=fail"))
    head = message_from_bytes(raw)
    assert raw.endswith(CONTENT)
    assert head["Return-Path"] == "<ana@globex.example>"
    assert head["X-SES-Spam-Verdict"] == "PASS"
    assert "dmarc=fail header.from=globex.example" in head["Authentication-Results"]


def test_people_read_the_subject_decoded() -> None:
    assert notice(mail(CONTENT), RECEIPT)["mail"]["commonHeaders"]["subject"] == "Hola ñ"
