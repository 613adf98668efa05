"""An outbox row to the bytes of a mail. No text of a stranger can write a header of it."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from guardia.domain.model import OutboxRow
from guardia.mail.automatic import LOOP_HEADER
from guardia.mail.charsets import tidy, tidy_line
from guardia.mail.tokens import reference, sign_address

MAX_SUBJECT: Final = 400
_MAX_REFERENCES: Final = 30
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,900}>")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_POLICY: Final = SMTP.clone(cte_type="7bit")


class UnsendableError(Exception):
    """The row can never become a mail: an address is none, or a file is missing."""


def compose(
    row: OutboxRow,
    *,
    secret: bytes,
    install_id: str,
    inbound_domain: str,
    date: datetime,
    files: Mapping[str, bytes],
) -> bytes:
    """Return the mail of a row, with CR LF line ends and 7-bit throughout.

    `secret` signs the reply address and the reference, which are at `inbound_domain`, where answers
    arrive. `install_id` goes into the loop header; `date` is the instant of sending. `files` holds
    the bytes of the row's attachments by `sha256`. A row always gives the same Message-ID.

    Raises:
        UnsendableError: an address is none that can be written, or the bytes of a file are missing.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(row.sender, row.sender_name)
    mail["To"] = [_address(one) for one in row.to]
    mail["Subject"] = tidy_line(row.subject)[:MAX_SUBJECT]
    mail["Date"] = format_datetime(date)
    if row.reply != "none":
        mail["Reply-To"] = _address(_answer_to(row, secret, inbound_domain), row.sender_name)
    if row.automatic:
        mail["Auto-Submitted"] = "auto-replied" if row.acknowledges else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_HEADER] = tidy_line(install_id)
    mail.set_content(tidy(row.text), subtype="plain", charset="utf-8")
    _attach(mail, row, files)
    if _LANGUAGE.fullmatch(row.language):
        # Content fields set before the content are dropped with the content they described.
        mail["Content-Language"] = row.language
    return _ids(row, secret, inbound_domain) + mail.as_bytes()


def _answer_to(row: OutboxRow, secret: bytes, domain: str) -> str:
    agent = row.to[0] if row.reply == "agent" and row.to else None
    local = row.sender.rpartition("@")[0]
    try:
        return sign_address(f"{local}@{domain}", row.ticket, (secret,), agent=agent)
    except ValueError as error:
        raise UnsendableError(f"no reply address: {error}") from error


def _address(address: str, name: str = "") -> Address:
    """Return an address with its domain in ASCII (IDNA) and a display name without controls."""
    clean = tidy_line(address)
    local, at, domain = clean.rpartition("@")
    try:
        if (
            not (local and at and domain)
            or clean != address.strip()
            or re.search(r"[\s<>,;:\"()\\\[\]]", clean)
        ):
            raise ValueError
        return Address(
            display_name=tidy_line(name)[:200],
            username=local.encode("ascii").decode("ascii"),
            domain=domain.encode("idna").decode("ascii"),
        )
    except (ValueError, IndexError) as error:
        raise UnsendableError("an address of the mail cannot be written") from error


def _attach(mail: EmailMessage, row: OutboxRow, files: Mapping[str, bytes]) -> None:
    for one in row.attachments:
        content = files.get(one.sha256)
        if content is None:
            raise UnsendableError(f"the bytes of attachment {one.sha256[:12]} are missing")
        kind = one.type.lower()
        # A message or a container may not be written in base64 (RFC 2046 §5.2.1).
        if not _TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
            kind = "application/octet-stream"
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=tidy_line(one.name))


def _ids(row: OutboxRow, secret: bytes, inbound_domain: str) -> bytes:
    """Write Message-ID, In-Reply-To and References, each id on its own line.

    Not through `EmailMessage`: it writes ids longer than a line as encoded words, which no mail
    program reads. Only what is wholly an id gets in.
    """
    domain = _address(f"id@{inbound_domain}").domain
    digest = hmac.new(secret, b"guardia\0message-id\0" + row.id.encode(), hashlib.sha256)
    name = base64.b32encode(digest.digest()[:20]).decode("ascii").lower()
    answered = [one for one in row.thread if _MESSAGE_ID.fullmatch(one)][-_MAX_REFERENCES:]
    lines = [f"Message-ID: <{name}@{domain}>"]
    if answered:
        lines.append(f"In-Reply-To: {answered[-1]}")
    if row.reply != "none":
        own = reference(row.ticket, (secret,), domain)
        lines.append("References: " + "\r\n ".join(dict.fromkeys((own, *answered))))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
