"""Signed reply addresses, references and subject tokens: what leads an answer to its ticket.

A token names a ticket and proves that we wrote it. Everything read comes from strangers: whatever
is not one of ours gives None, nothing raises, and signatures are compared in constant time.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SIGNATURE_BYTES: Final = 10
"""80 bits: 16 letters of base32."""

_TAG: Final = re.compile(r"([0-9a-hjkmnp-tv-z]{8})\.([a-z2-7]{16})", re.IGNORECASE)
_REFERENCE: Final = re.compile(
    r"<([0-9a-hjkmnp-tv-z]{8})\.([a-z2-7]{16})@[^<>@\s]{1,255}>", re.IGNORECASE
)
_SUBJECT: Final = re.compile(r"\[#([0-9A-HJKMNP-TV-Z]{8})-([a-z2-7]{6})\]", re.IGNORECASE)
_TICKET: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
_CHECK_LETTERS: Final = 6
_MAX_LOOKED_AT: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMatch:
    """The ticket that a reply address was signed for, and whether it was an agent's own one."""

    ticket: str
    agent: bool


def sign_address(
    address: str, ticket: str, secrets: Sequence[bytes], *, agent: str | None = None
) -> str:
    """Return the reply address of a ticket: `soporte+k7q2m9xd.<16 letters>@acme.example`.

    `ticket` is a ticket id (8 characters of Crockford's base32, upper case); the first of the
    `secrets` signs. With `agent` the address works for the mail of that agent alone.

    Raises:
        ValueError: the address has no domain, or the ticket's id is none.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("an address to sign needs a local part and a domain")
    _check(ticket)
    signature = _signature(secrets[0], *_purpose(ticket, agent))
    return f"{local}+{ticket.lower()}.{signature}@{domain}"


def read_address(address: str, secrets: Sequence[bytes], sender: str) -> TokenMatch | None:
    """Return the ticket of a signed reply address that `sender` wrote to, or None.

    Any of the `secrets` is accepted, so that they can be rotated.
    """
    tag = address_tag(address)
    if tag is None:
        return None
    ticket, _, signature = tag.partition(".")
    ticket = ticket.upper()
    for agent in (None, sender):
        if _is_signed(signature, secrets, *_purpose(ticket, agent)):
            return TokenMatch(ticket=ticket, agent=agent is not None)
    return None


def address_tag(address: str) -> str | None:
    """Return what looks like a token in an address (`k7q2m9xd.<16 letters>`), proved or not."""
    local, at, _ = address[:_MAX_LOOKED_AT].rpartition("@")
    _, plus, tag = local.rpartition("+")
    return tag.lower() if at and plus and _TAG.fullmatch(tag) else None


def reference(ticket: str, secrets: Sequence[bytes], domain: str) -> str:
    """Return the Message-ID that every mail of a ticket refers to: `<k7q2m9xd.<letters>@domain>`.

    SES replaces the Message-ID of what it sends; this one comes back in the answer's References.

    Raises:
        ValueError: the ticket's id is none.
    """
    _check(ticket)
    signature = _signature(secrets[0], b"reference", ticket.encode())
    return f"<{ticket.lower()}.{signature}@{domain}>"


def read_reference(message_id: str, secrets: Sequence[bytes]) -> str | None:
    """Return the ticket that one of our references names, or None."""
    found = _REFERENCE.fullmatch(message_id[:_MAX_LOOKED_AT].strip())
    if found is None:
        return None
    ticket = found.group(1).upper()
    signed = _is_signed(found.group(2).lower(), secrets, b"reference", ticket.encode())
    return ticket if signed else None


def subject_token(ticket: str, secrets: Sequence[bytes]) -> str:
    """Return the token for a subject: `[#K7Q2M9XD-abc234]`, its last six letters a check.

    Raises:
        ValueError: the ticket's id is none.
    """
    _check(ticket)
    check = _signature(secrets[0], b"subject", ticket.encode())[:_CHECK_LETTERS]
    return f"[#{ticket}-{check}]"


def find_subject_token(subject: str, secrets: Sequence[bytes]) -> str | None:
    """Return the ticket of the first token in a subject whose check is right, or None."""
    for found in _SUBJECT.finditer(subject[:_MAX_LOOKED_AT]):
        ticket = found.group(1).upper()
        if _is_signed(found.group(2).lower(), secrets, b"subject", ticket.encode()):
            return ticket
    return None


def find_token(recipients: Sequence[str], references: Sequence[str], subject: str) -> str | None:
    """Return what looks like one of our tokens, unproved: in an address, else in a reference, else
    in the subject."""
    for address in recipients:
        if tag := address_tag(address):
            return tag
    for one in reversed(references):
        if found := _REFERENCE.fullmatch(one):
            return f"{found.group(1)}.{found.group(2)}".lower()
    in_subject = _SUBJECT.search(subject[:_MAX_LOOKED_AT])
    return in_subject.group()[2:-1] if in_subject else None


def _check(ticket: str) -> None:
    if not _TICKET.fullmatch(ticket):
        raise ValueError("a ticket id has 8 characters of Crockford's base32 in upper case")


def _purpose(ticket: str, agent: str | None) -> tuple[bytes, ...]:
    if agent is None:
        return b"customer", ticket.encode()
    return b"agent", ticket.encode(), agent.strip().casefold().encode("utf-8", "replace")


def _signature(secret: bytes, *parts: bytes) -> str:
    """Sign the parts; a zero byte keeps them apart (no part but the last can hold one)."""
    digest = hmac.new(secret, b"\0".join((b"guardia", *parts)), hashlib.sha256).digest()
    return base64.b32encode(digest[:_SIGNATURE_BYTES]).decode("ascii").lower()


def _is_signed(signature: str, secrets: Sequence[bytes], *parts: bytes) -> bool:
    right = False
    for secret in secrets:
        wanted = _signature(secret, *parts)[: len(signature)]
        right |= hmac.compare_digest(wanted.encode(), signature.encode("ascii", "replace"))
    return right
