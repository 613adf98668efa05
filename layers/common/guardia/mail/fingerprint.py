"""The duplicate guard of a mail: what makes two deliveries the same one.

A sender's server that tries again gives the same mark. A stranger who knows a Message-ID
suppresses nothing, since sender and body count too, and the same mail to two of our mailboxes is
two mails.
"""

import hashlib
from typing import Final

from guardia.mail.headers import split

_CHUNK: Final = 1 << 18
"""Bytes that are rewritten at a time: a large mail is never copied as a whole."""

_TRACE: Final = (
    "received", "return-path", "delivered-to", "x-original-to", "x-ses-", "authentication-results",
    "arc-", "received-spf", "dkim-signature", "x-received", "x-google-", "x-spam-", "x-virus-",
    "x-forwarded-",
)  # fmt: skip
"""Fields that servers add on the way, differently each time (RFC 5321 §4.4 and practice)."""


def mark(*, mailbox: str, message_id: str | None, sender: str, raw: bytes) -> str:
    """Return the mark of a raw mail as 64 hex digits.

    `mailbox` is the address of ours that received it, `sender` its From address. With a
    Message-ID the body alone is hashed, without one the whole mail but for its traces.
    """
    digest = body_digest(raw) if message_id else whole_digest(raw)
    parts = (mailbox.strip().casefold(), message_id or "", sender.strip().casefold(), digest)
    # Lengths in front keep the parts apart whatever they hold.
    joined = b"".join(
        b"%d:%s" % (len(one), one) for one in (part.encode("utf-8", "replace") for part in parts)
    )
    return hashlib.sha256(joined).hexdigest()


def body_digest(raw: bytes) -> str:
    """Hash the body, line ends and trailing empty lines apart."""
    hashed = hashlib.sha256()
    _add_body(hashed, raw, split(raw).body)
    return hashed.hexdigest()


def whole_digest(raw: bytes) -> str:
    """Hash the mail without what servers added on its way."""
    header = split(raw)
    hashed = hashlib.sha256()
    for name, value in header.fields:
        if not name.lower().startswith(_TRACE):
            hashed.update(name.lower().encode() + b":" + b" ".join(value.split()) + b"\n")
    _add_body(hashed, raw, header.body)
    return hashed.hexdigest()


def _add_body(hashed: "hashlib._Hash", raw: bytes, start: int) -> None:
    """Hash the body with LF for CR LF and without the white space at its end."""
    end = len(raw)
    while end > start:
        begin = max(start, end - _CHUNK)
        kept = len(raw[begin:end].rstrip())
        end = begin + kept
        if kept:
            break
    while start < end:
        after = min(start + _CHUNK, end)
        # A CR LF stays in one piece; the body does not end in one.
        after += raw[after - 1 : after + 1] == b"\r\n"
        hashed.update(raw[start:after].replace(b"\r\n", b"\n"))
        start = after
