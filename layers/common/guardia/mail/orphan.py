"""The notice of a stored mail whose own notice was lost, told from the mail itself.

SES writes what it found out into the mail too: `X-SES-Spam-Verdict`, `X-SES-Virus-Verdict` and
`Authentication-Results` (RFC 8601), above everything the sender wrote. Only that topmost block is
believed, since a sender can write fields of the same names further down.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from guardia.mail import headers

_BLOCK: Final = frozenset(
    {
        "return-path",
        "received",
        "x-ses-spam-verdict",
        "x-ses-virus-verdict",
        "received-spf",
        "authentication-results",
        "x-ses-receipt",
        "x-ses-dkim-signature",
    }
)
_PROVIDER: Final = "amazonses.com"
_METHOD: Final = re.compile(r"\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_ASIDE: Final = re.compile(r'"[^"]*"|\([^()]*\)')
"""Quoted strings and comments of a field: they may hold what a sender wrote."""

_FOR: Final = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?")
_STATUS: Final = {
    "pass": "PASS",
    "fail": "FAIL",
    "softfail": "GRAY",
    "neutral": "GRAY",
    "none": "GRAY",
}
_WORSE: Final = ("PASS", "GRAY", "PROCESSING_FAILED", "FAIL")


def notice_of(head: bytes, *, bucket: str, key: str, stored_at: datetime) -> dict[str, Any]:
    """Return the notice SES would have published of a mail, from the first bytes of its object.

    `stored_at` is when the object was written; it stands in where the mail does not tell when it
    was received. What the mail's topmost block does not say has failed to be found out, so that
    nothing is proved by its absence; without a return path none is assumed. Of several recipients
    the mail may name one.
    """
    header = headers.split(head)
    block = _block(header)
    received = block.get("received", "")
    at = headers.instant(received.rpartition(";")[2].strip()) or stored_at
    return {
        "notificationType": "Received",
        "mail": {
            "timestamp": at.isoformat(),
            "source": block.get("return-path", "").strip().strip("<>"),
            "messageId": key.rpartition("/")[2],
        },
        "receipt": {
            "recipients": _recipients(received, header),
            **{f"{name}Verdict": {"status": word} for name, word in _verdicts(block).items()},
            "action": {"type": "S3", "bucketName": bucket, "objectKey": key},
        },
    }


def _block(header: headers.Header) -> dict[str, str]:
    """The fields that SES wrote: from the top, each name once; a second one is the sender's."""
    found: dict[str, str] = {}
    for name, value in header.fields:
        lower = name.lower()
        if lower not in _BLOCK or lower in found:
            break
        found[lower] = headers.field_text(value)
    return found


def _verdicts(block: Mapping[str, str]) -> dict[str, str]:
    told = block.get("authentication-results", "")
    ours = told.partition(";")[0].strip().lower() == _PROVIDER
    methods: dict[str, str] = {}
    for part in _ASIDE.sub("", told).split(";")[1:] if ours else ():
        found = _METHOD.match(part)
        if found:
            name, status = found[1].lower(), _STATUS.get(found[2].lower(), "PROCESSING_FAILED")
            # The field repeats names that a sender chose: of two results the worse one counts.
            methods[name] = max(methods.get(name, status), status, key=_WORSE.index)
    return {
        "spam": block.get("x-ses-spam-verdict", "").strip().upper(),
        "virus": block.get("x-ses-virus-verdict", "").strip().upper(),
        **methods,
    }


def _recipients(received: str, header: headers.Header) -> list[str]:
    named = _FOR.search(received)
    if named:
        return [named.group(1)]
    fields = (header.raw("To"), header.raw("Cc"))
    return [one.address for field in fields for one in headers.addresses(field) if one.address]
