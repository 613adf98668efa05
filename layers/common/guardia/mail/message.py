"""A mail as we understood it: addresses, texts, files and what was wrong with it.

Values only; `parse` makes them and `document` writes them for programs. Nothing here judges.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

TIERS: Final = ("full", "compat", "unparsable")
"""How a mail was read: by the fast parser, by the patient one, or hardly at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A mailbox as the header wrote it; `address` is empty where there was only a name."""

    name: str = ""
    address: str = ""

    @property
    def key(self) -> str:
        """The address to compare and look up by: without regard to case."""
        return self.address.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """A file of a mail with its bytes. `sha256` is the hex digest, `size` counts bytes."""

    name: str
    type: str
    size: int
    sha256: str
    content: bytes
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """What a mail says.

    `headers` are the top-level fields in their order, decoded. `sender` is the From field,
    `on_behalf` the Sender field. `references` are Message-IDs with their angle brackets, newest
    last. `date` is the sender's own claim, in UTC. `html` is the markup as it came and must be
    cleaned whenever it is shown; `reply` is the new part of the text. `language` is what
    Content-Language states. `remarks` name what an agent should know (`calendar_reply`,
    `read_receipt`, `encrypted`), `defects` what was broken.
    """

    headers: tuple[tuple[str, str], ...] = ()
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime | None = None
    sender: Address | None = None
    reply_to: Address | None = None
    on_behalf: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str | None = None
    reply: str = ""
    language: str | None = None
    files: tuple[MailFile, ...] = ()
    remarks: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    tier: str = "full"

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address the mail names as its goal, delivery headers first."""
        delivered = tuple(
            value.strip(" <>")
            for name, value in self.headers
            if name.lower() in {"delivered-to", "x-original-to"}
        )
        return delivered + tuple(one.address for one in self.to + self.cc if one.address)


def document(
    mail: ParsedMail,
    *,
    html: str | None,
    language: str | None,
    automatic: tuple[bool, str | None],
    verdict: str,
    token: str | None,
) -> dict[str, Any]:
    """Return the mail as JSON-ready values, under the names of the outside contract.

    `html` is the cleaned markup; `automatic` is the judgement and its reason.
    """
    return {
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "date": _instant(mail.date),
        "from": _address(mail.sender),
        "reply_to": _address(mail.reply_to),
        "sender": _address(mail.on_behalf),
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "subject": mail.subject,
        "text": mail.text,
        "html": html,
        "reply": mail.reply,
        "language": language,
        "attachments": [
            {
                "name": one.name,
                "type": one.type,
                "size": one.size,
                "sha256": one.sha256,
                "inline": one.inline,
                "content_id": one.content_id,
            }
            for one in mail.files
        ],
        "automatic": {"value": automatic[0], "reason": automatic[1]},
        "verdict": verdict,
        "token": token,
        "defects": list(mail.defects),
        "tier": mail.tier,
    }


def _address(value: Address | None) -> dict[str, str | None] | None:
    if value is None:
        return None
    return {"name": value.name or None, "address": value.address or None}


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
