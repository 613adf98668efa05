"""Every reason to set a mail aside is told in words, and a receipt outlives it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from guardia.domain.suspension import EXPLANATIONS, explanation
from guardia.mail.arrival import unfit
from guardia.mail.automatic import RULES
from guardia.mail.message import Address, MailFile, ParsedMail
from guardia.mail.parse import parse
from guardia.mail.receipt import Receipt, restored

RECEIPT = Receipt(
    message_id="m1", received_at=datetime(2026, 3, 6, 17, 30, 0, 5, tzinfo=UTC),
    recipients=("soporte@acme.example",), envelope_from="ana@globex.example", spam="FAIL",
    virus="PASS", spf="GRAY", dkim="PASS", dmarc="FAIL", dmarc_policy="reject", bucket="b",
    key="in/m1",
)  # fmt: skip
PASSED = replace(RECEIPT, spam="PASS", dmarc="PASS")
FILE = MailFile(name="a", type="text/plain", size=1, sha256="0", content=b"x")
FULL = ParsedMail(sender=Address(address="ana@globex.example"), subject="VPN", text="Hola")

SET_ASIDE = [one.reason for _, one in RULES if one.verdict != "ticket"]


@pytest.mark.parametrize("reason", SET_ASIDE)
def test_every_rule_that_sets_mail_aside_is_explained(reason: str) -> None:
    assert reason in EXPLANATIONS


@pytest.mark.parametrize(
    "receipt",
    [
        replace(PASSED, virus="FAIL"),
        replace(PASSED, spam="FAIL"),
        replace(PASSED, dmarc="FAIL", dmarc_policy="quarantine"),
    ],
)
def test_every_verdict_that_sets_mail_aside_is_explained(receipt: Receipt) -> None:
    assert receipt.suspend_reason in EXPLANATIONS


@pytest.mark.parametrize("reason", EXPLANATIONS)
def test_a_reason_is_a_different_sentence_in_each_language(reason: str) -> None:
    assert explanation(reason, "es") != explanation(reason, "en")


def test_a_language_that_is_not_spoken_is_answered_in_english() -> None:
    assert explanation("spam", "fr") == explanation("spam", "en")


def test_a_word_that_a_later_version_wrote_is_explained_all_the_same() -> None:
    assert explanation("something new", "es")


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (FULL, None),
        (replace(FULL, sender=None), "unknown_author"),
        (replace(FULL, sender=Address(name="Ana")), "unknown_author"),
        (replace(FULL, subject="", text=" \n"), "blank"),
        (replace(FULL, subject="", text="x"), None),
        (replace(FULL, text=""), None),
        (replace(FULL, subject="", text="", files=(FILE,)), None),
        (parse(b""), "unknown_author"),
    ],
)
def test_mail_from_nobody_and_mail_that_says_nothing_make_no_ticket(
    mail: ParsedMail, reason: str | None
) -> None:
    assert unfit(mail) == reason


def test_a_receipt_that_was_kept_is_read_back_whole() -> None:
    assert restored(RECEIPT.kept()) == RECEIPT


@pytest.mark.parametrize(("dmarc", "disproved"), [("FAIL", True), ("GRAY", False), ("PASS", False)])
def test_only_a_failed_dmarc_proves_that_the_sender_is_somebody_else(
    dmarc: str, disproved: bool
) -> None:
    assert replace(RECEIPT, dmarc=dmarc).disproved is disproved
