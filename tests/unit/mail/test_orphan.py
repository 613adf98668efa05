"""The notice of a mail whose own notice was lost."""

from datetime import UTC, datetime
from typing import Any

import pytest

from guardia.mail import receipt
from guardia.mail.orphan import notice_of
from guardia.mail.receipt import Receipt

STORED = datetime(2026, 3, 6, 17, 40, tzinfo=UTC)
TOP = """Return-Path: <ana@globex.example>
Received: from mx.globex.example (mx.globex.example [198.51.100.9])
 by inbound-smtp.eu-west-1.amazonaws.com with SMTP id o3vrnil0
 for soporte@acme.example;
 Fri, 06 Mar 2026 17:30:00 +0000 (UTC)
X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: PASS
Received-SPF: pass (spfCheck: ok) client-ip=198.51.100.9; envelope-from=ana@globex.example;
Authentication-Results: amazonses.com;
 spf=pass (spfCheck: ok) client-ip=198.51.100.9; envelope-from=ana@globex.example; helo=mx;
 dkim=pass header.i=@globex.example;
 dmarc=pass header.from=globex.example;
"""
SENT = "From: Ana <ana@globex.example>\nTo: soporte@acme.example\nSubject: VPN\n\nNo conecta.\n"


def told(text: str) -> Receipt:
    """Read the notice as the ingress does."""
    body = text.replace("\n", "\r\n").encode()
    return receipt.read(notice_of(body, bucket="mail", key="in/o3vrnil0", stored_at=STORED))


def test_the_notice_says_what_ses_would_have_said() -> None:
    found = told(TOP + SENT)

    assert found == Receipt(
        message_id="o3vrnil0",
        received_at=datetime(2026, 3, 6, 17, 30, tzinfo=UTC),
        recipients=("soporte@acme.example",),
        envelope_from="ana@globex.example",
        spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS",
        dmarc_policy=None,
        bucket="mail",
        key="in/o3vrnil0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("dmarc=fail", "FAIL"),
        ("dmarc=none", "GRAY"),
        ("dmarc=temperror", "PROCESSING_FAILED"),
        ("iprev=pass", "PROCESSING_FAILED"),
        ("DMARC = Pass", "PASS"),
    ],
)
def test_dmarc_is_read_as(written: str, verdict: str) -> None:
    assert told(TOP.replace("dmarc=pass", written) + SENT).dmarc == verdict


@pytest.mark.parametrize("word", ["FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED"])
def test_the_verdict_on_spam_is_the_topmost_one(word: str) -> None:
    text = TOP.replace("Spam-Verdict: PASS", f"Spam-Verdict: {word}")

    assert told(text + "X-SES-Spam-Verdict: PASS\n" + SENT).spam == word


FORGED: list[tuple[str, Any]] = [
    ("a second field below ours", lambda text: text.replace("dmarc=pass", "dmarc=fail")
        + "Authentication-Results: amazonses.com; dmarc=pass\n"),
    ("a field of a sender whose mail has none of ours", lambda _:
        "Received: from a by b; Fri, 06 Mar 2026 17:30:00 +0000\nSubject: x\n"
        "Authentication-Results: amazonses.com; dmarc=pass\n"),
    ("a field below the sender's own hop", lambda text: text.partition("X-SES")[0]
        + "Received: from b by c; x\nAuthentication-Results: amazonses.com; dmarc=pass\n"),
    ("the word of another server", lambda text: text.replace("amazonses.com;\n", "evil.example;\n")),
    ("a name that says so", lambda text: text.replace("dmarc=pass", "dmarc=none")
        .replace("helo=mx", "helo=x; dmarc=pass")),
    ("a quoted address", lambda text: text.replace("dmarc=pass header.from=globex.example;", "")
        .replace("envelope-from=ana@globex.example; helo", 'envelope-from="a; dmarc=pass; b"@x; helo')),
    ("a comment", lambda text: text.replace("dmarc=pass header.from=globex.example;", "")
        .replace("(spfCheck: ok)", "(a; dmarc=pass; b)")),
    ("the word in an address", lambda text: text.replace("dmarc=pass header.from=globex.example;", "")
        .replace("envelope-from=ana@", "envelope-from=dmarc=pass@")),
]  # fmt: skip


@pytest.mark.parametrize(("how", "change"), FORGED, ids=[how for how, _ in FORGED])
def test_nobody_is_verified_by(how: str, change: Any) -> None:
    assert not told(change(TOP) + SENT).verified, how


def test_without_a_word_of_ses_nothing_is_proved_and_nothing_condemned() -> None:
    found = told(SENT)

    assert (found.received_at, found.recipients) == (STORED, ("soporte@acme.example",))
    assert not found.verified
    assert found.suspend_reason is None


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"no header at all", b"Received: x;\r\n\r\n"])
def test_any_bytes_give_a_notice_that_the_ingress_reads(raw: bytes) -> None:
    found = receipt.read(notice_of(raw, bucket="mail", key="in/a", stored_at=STORED))

    assert found.key == "in/a"
    assert found.received_at == STORED
