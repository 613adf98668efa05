"""When two deliveries are one mail, and when they are not."""

import pytest

from guardia.mail.fingerprint import mark

MAIL = (
    b"From: ana@globex.example\r\nMessage-ID: <m1@globex.example>\r\nSubject: VPN\r\n\r\nNo conecta"
)
PLAIN = MAIL.replace(b"Message-ID: <m1@globex.example>\r\n", b"")


def marked(
    raw: bytes = MAIL,
    mailbox: str = "soporte@acme.example",
    message_id: str | None = "<m1@globex.example>",
    sender: str = "ana@globex.example",
) -> str:
    return mark(raw=raw, mailbox=mailbox, message_id=message_id, sender=sender)


def test_a_second_try_of_the_senders_server_is_the_same_mail() -> None:
    again = b"Received: from mx2 by ses; later\r\nX-SES-Spam-Verdict: PASS\r\n" + MAIL + b"\r\n"

    assert marked(again) == marked()


def test_a_stranger_who_knows_the_message_id_suppresses_nothing() -> None:
    other_body = MAIL.replace(b"No conecta", b"Otra cosa")

    assert len({marked(), marked(sender="eve@x.example"), marked(other_body)}) == 3


def test_the_same_mail_to_two_of_our_mailboxes_is_two() -> None:
    assert marked() != marked(mailbox="ventas@acme.example")


def test_letter_case_of_addresses_does_not_make_another_mail() -> None:
    assert marked() == marked(mailbox="Soporte@Acme.example", sender="ANA@globex.example")


def test_without_a_message_id_the_headers_count_but_not_their_traces() -> None:
    def alone(raw: bytes) -> str:
        return marked(raw, message_id=None)

    traced = (
        b"Return-Path: <ana@globex.example>\r\nReceived: a\r\n by b\r\nReceived: c\r\n"
        b"Delivered-To: soporte@acme.example\r\nX-SES-RECEIPT: x\r\n"
        b"Authentication-Results: amazonses.com; spf=pass\r\n"
    )

    assert alone(traced + PLAIN) == alone(PLAIN)
    assert alone(PLAIN.replace(b"VPN", b"Wifi")) != alone(PLAIN)
    assert alone(PLAIN.replace(b"\r\n", b"\n")) == alone(PLAIN)


def test_parts_cannot_run_into_one_another() -> None:
    assert marked(message_id="<a>", sender="b") != marked(message_id="<a>b", sender="")


@pytest.mark.parametrize("before", [2**18 - 2, 2**18 - 1, 2**18, 2**19 - 1])
def test_a_large_mail_has_one_mark_whatever_ends_its_lines(before: int) -> None:
    large = MAIL.replace(b"No conecta", b"x" * before + b"\r\n" + b"Hola\r\n" * 100_000)
    tail = b" \r\n\t" * 100_000

    assert marked(large) == marked(large.replace(b"\r\n", b"\n")) == marked(large + tail)
    assert marked(large) != marked(large + tail + b".")


def test_any_bytes_have_a_mark() -> None:
    assert len(mark(raw=b"\xff\x00", mailbox="", message_id=None, sender="\udcff")) == 64
