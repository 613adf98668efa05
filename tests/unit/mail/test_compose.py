"""An outbox row becomes a mail that answers can find back to, and that says what it is."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardia.domain.model import Attachment, OutboxRow
from guardia.mail import tokens
from guardia.mail.automatic import judge
from guardia.mail.compose import UnsendableError, compose
from guardia.mail.parse import parse

SECRET = b"the secret of this desk"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FILES = {"ab12": b"%PDF-1.4", "cd34": b"From: x\r\n\r\ny"}


def a_row(**changes: Any) -> OutboxRow:
    values: dict[str, Any] = {
        "ticket": "K7Q2M9XD",
        "seq": 3,
        "n": 1,
        "at": AT,
        "kind": "email",
        "channel": "email",
        "to": ("ana@globex.example",),
        "subject": "Su petición",
        "text": "Hola, Ana:\nla hemos recibido.",
        "sender": "soporte@acme.example",
        "sender_name": "Soporte Acmé",
        "language": "es",
    }
    return OutboxRow(**{**values, **changes})


def composed(**changes: Any) -> bytes:
    return compose(
        a_row(**changes),
        secret=SECRET,
        install_id="acme-1",
        inbound_domain="in.acme.example",
        date=AT,
        files=FILES,
    )


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def test_the_mail_says_what_the_row_says() -> None:
    mail = read(composed())

    assert mail["From"] == "Soporte Acmé <soporte@acme.example>"
    assert mail["To"] == "ana@globex.example"
    assert mail["Subject"] == "Su petición"
    assert mail["Content-Language"] == "es"
    assert mail["Date"].datetime == AT
    assert mail.get_content().splitlines() == ["Hola, Ana:", "la hemos recibido."]


def test_every_line_is_short_seven_bit_and_ends_with_cr_lf() -> None:
    raw = composed(subject="ñ" * 300, text="á" * 3_000, sender_name="é" * 150)

    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(one) for one in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("automatic", "acknowledges", "expected"),
    [(True, True, "auto-replied"), (True, False, "auto-generated"), (False, False, None)],
)
def test_automatic_mail_says_so_and_a_persons_does_not(
    automatic: bool, acknowledges: bool, expected: str | None
) -> None:
    mail = read(composed(automatic=automatic, acknowledges=acknowledges))

    assert mail["Auto-Submitted"] == expected
    assert mail["X-Auto-Response-Suppress"] == ("All" if automatic else None)
    assert mail["X-Guardia-Loop"] == "acme-1"


@pytest.mark.parametrize("automatic", [True, False])
def test_our_mail_is_a_loop_to_us_and_unanswered_by_another_desk(automatic: bool) -> None:
    mail = parse(composed(automatic=automatic))
    sender = mail.sender.address if mail.sender else ""

    ours = judge(mail.headers, sender, sender, (), "acme-1")
    theirs = judge(mail.headers, sender, sender, (), "globex-7")

    assert ours.verdict == "suspend"
    assert ours.reason == "loop"
    assert theirs.value is True


def test_the_reply_address_is_signed_and_at_the_inbound_domain() -> None:
    address = str(read(composed())["Reply-To"].addresses[0].addr_spec)

    assert address.endswith("@in.acme.example")
    assert tokens.read_address(address, [SECRET], "ana@globex.example") == tokens.TokenMatch(
        ticket="K7Q2M9XD", agent=False
    )


def test_a_notices_reply_address_is_the_agents_own() -> None:
    mail = read(composed(kind="notify", to=("luis@acme.example",), reply="agent"))
    address = str(mail["Reply-To"].addresses[0].addr_spec)

    assert tokens.read_address(address, [SECRET], "luis@acme.example") == tokens.TokenMatch(
        ticket="K7Q2M9XD", agent=True
    )
    assert tokens.read_address(address, [SECRET], "eva@acme.example") is None


def test_mail_that_wants_no_answer_has_no_reply_address() -> None:
    assert read(composed(reply="none"))["Reply-To"] is None


def test_references_hold_our_own_one_and_the_thread_in_order() -> None:
    mail = parse(composed(thread=("<a@x.example>", "<b@x.example>")))

    assert tokens.read_reference(mail.references[0], [SECRET]) == "K7Q2M9XD"
    assert mail.references[1:] == ("<a@x.example>", "<b@x.example>")
    assert mail.in_reply_to == "<b@x.example>"


def test_a_first_mail_answers_nothing_and_still_has_our_reference() -> None:
    mail = parse(composed())

    assert mail.in_reply_to is None
    assert [tokens.read_reference(one, [SECRET]) for one in mail.references] == ["K7Q2M9XD"]


def test_a_long_message_id_is_not_encoded() -> None:
    long = f"<{'x' * 300}@mail.example>"

    assert parse(composed(thread=(long,))).in_reply_to == long


@pytest.mark.parametrize("bad", ["<a@b>\r\nBcc: x@y", "a@b", "<a b@c>", "<é@x>", "<a\x00@b>", ""])
def test_what_is_no_message_id_does_not_get_into_the_thread(bad: str) -> None:
    raw = composed(thread=("<a@x.example>", bad))

    assert parse(raw).references[1:] == ("<a@x.example>",)
    assert b"Bcc" not in raw


def test_a_row_keeps_its_message_id_and_another_one_has_another() -> None:
    first, again, other = parse(composed()), parse(composed()), parse(composed(n=2))

    assert first.message_id == again.message_id
    assert first.message_id != other.message_id
    assert "K7Q2M9XD" not in (first.message_id or "").upper()


@given(st.text(max_size=120), st.text(max_size=80), st.text(max_size=200))
def test_no_text_can_write_a_header(subject: str, name: str, text: str) -> None:
    hostile = "\r\nBcc: victim@x.example\r\n\x00\u202e"

    raw = composed(subject=subject + hostile, sender_name=name + hostile, text=text)

    names = {one.lower() for one, _ in parse(raw).headers}
    assert "bcc" not in names
    assert b"\x00" not in raw
    assert raw.isascii()


def test_attachments_travel_under_their_names() -> None:
    file = Attachment(name="factura nº 1.pdf", type="application/pdf", size=8, sha256="ab12")

    (found,) = parse(composed(attachments=(file,))).files

    assert (found.name, found.type) == ("factura nº 1.pdf", "application/pdf")
    assert found.content == FILES["ab12"]


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "no type", "a/b\r\nX: y"])
def test_a_type_that_cannot_be_written_becomes_plain_bytes(kind: str) -> None:
    file = Attachment(name="x.eml", type=kind, size=9, sha256="cd34")

    (found,) = parse(composed(attachments=(file,))).files

    assert (found.type, found.content) == ("application/octet-stream", FILES["cd34"])


def test_an_international_domain_is_written_in_ascii() -> None:
    assert read(composed(to=("ana@españa.example",)))["To"] == "ana@xn--espaa-rta.example"


def test_a_mail_can_have_several_recipients() -> None:
    mail = parse(composed(to=("ana@globex.example", "eva@globex.example")))

    assert [one.address for one in mail.to] == ["ana@globex.example", "eva@globex.example"]


@pytest.mark.parametrize(
    "to",
    ["ana", "@x.example", "ana@", "a b@x.example", "a@x.example\r\nBcc: b@x.example",
     "ñu@x.example", "a,b@x.example", "ana@x..example"],
)  # fmt: skip
def test_an_address_that_cannot_be_written_is_refused(to: str) -> None:
    with pytest.raises(UnsendableError):
        composed(to=(to,))


def test_a_missing_file_is_refused() -> None:
    file = Attachment(name="x", type="text/plain", size=1, sha256="ffff")

    with pytest.raises(UnsendableError, match="ffff"):
        composed(attachments=(file,))


def test_a_row_of_something_that_is_no_ticket_is_refused() -> None:
    with pytest.raises(UnsendableError, match="reply address"):
        composed(ticket="x")
