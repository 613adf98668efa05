"""The notice of a received mail: what SES found out about it, and where the raw bytes lie.

SES's own verdicts arrive here, apart from the mail: headers of the same meaning inside the mail
can be a sender's own. (Amazon SES Developer Guide, "Contents of notifications for Amazon SES
email receiving", action S3.)
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

VERDICTS: Final = ("PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED")
"""`DISABLED` where SES was told not to look. Only `PASS` proves anything, only `FAIL` condemns."""

ASIDE: Final = "suspended/"
"""What the keys of mail that was set aside begin with."""


class NoticeError(Exception):
    """The notice is not one of a received mail; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A received mail as SES describes it.

    `message_id` is SES's name of the receipt, not the mail's Message-ID. `recipients` are the
    envelope's addresses, `envelope_from` is empty for the null return path. `dmarc_policy` is the
    sender domain's wish (`none`, `quarantine`, `reject`) and given only where DMARC failed.
    """

    message_id: str
    received_at: datetime
    recipients: tuple[str, ...]
    envelope_from: str
    spam: str
    virus: str
    spf: str
    dkim: str
    dmarc: str
    dmarc_policy: str | None
    bucket: str
    key: str

    @property
    def filed(self) -> str:
        """Where the raw mail lies for good."""
        return f"raw/{self.received_at:%Y/%m/%d}/{self.message_id}"

    @property
    def aside(self) -> str:
        """Where the raw mail lies that was set aside; what lies there ends after two weeks."""
        return f"{ASIDE}{self.message_id}"

    def kept(self) -> dict[str, Any]:
        """What is kept of it with a mail that was set aside; `restored` reads it back."""
        found: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            **found,
            "received_at": self.received_at.isoformat(),
            "recipients": list(self.recipients),
        }

    @property
    def disproved(self) -> bool:
        """Whether the From address is proved to be somebody else's: DMARC failed."""
        return self.dmarc == "FAIL"

    @property
    def verified(self) -> bool:
        """Whether the From address is proved to be the sender's: DMARC passed."""
        return self.dmarc == "PASS"

    @property
    def suspend_reason(self) -> str | None:
        """Why the mail must be set aside unread, in Zendesk's words, or None."""
        if self.virus == "FAIL":
            return "malware_detected"
        if self.spam == "FAIL":
            return "spam"
        if self.dmarc == "FAIL" and self.dmarc_policy in {"reject", "quarantine"}:
            return "failed_email_authentication"
        return None


def restored(kept: Mapping[str, Any]) -> Receipt:
    """Read back what `Receipt.kept` gave."""
    values = {one.name: kept[one.name] for one in fields(Receipt)}
    values["received_at"] = datetime.fromisoformat(kept["received_at"])
    values["recipients"] = tuple(kept["recipients"])
    return Receipt(**values)


def read_body(body: str) -> Receipt:
    """Read the notice from an SQS body: SNS's envelope around it, or raw delivery.

    Raises:
        NoticeError: it is no notice of a mail that was stored in S3.
    """
    notice = _json(body, "body")
    if isinstance(notice.get("Message"), str):
        notice = _json(notice["Message"], "Message")
    return read(notice)


def read(notice: Mapping[str, Any]) -> Receipt:
    """Read a notice that was taken out of its envelope.

    Raises:
        NoticeError: something is missing, or is not what it must be.
    """
    if notice.get("notificationType") != "Received":
        raise NoticeError("notificationType: must be Received")
    mail, receipt = _object(notice, "mail"), _object(notice, "receipt")
    action = _object(receipt, "action", "receipt.")
    if action.get("type") != "S3":
        raise NoticeError("receipt.action.type: must be S3, the action that keeps the raw mail")
    policy = receipt.get("dmarcPolicy")
    return Receipt(
        message_id=_text(mail, "messageId", "mail."),
        received_at=_instant(_text(mail, "timestamp", "mail.")),
        recipients=_addresses(receipt),
        envelope_from=_envelope(mail.get("source")),
        spam=_verdict(receipt, "spamVerdict"),
        virus=_verdict(receipt, "virusVerdict"),
        spf=_verdict(receipt, "spfVerdict"),
        dkim=_verdict(receipt, "dkimVerdict"),
        dmarc=_verdict(receipt, "dmarcVerdict"),
        dmarc_policy=policy.lower() if isinstance(policy, str) else None,
        bucket=_text(action, "bucketName", "receipt.action."),
        key=_text(action, "objectKey", "receipt.action."),
    )


def _json(text: str, place: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoticeError(f"{place}: is not JSON") from error
    if not isinstance(value, dict):
        raise NoticeError(f"{place}: must be a JSON object")
    return value


def _object(value: Mapping[str, Any], name: str, place: str = "") -> Mapping[str, Any]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise NoticeError(f"{place}{name}: must be an object")
    return found


def _text(value: Mapping[str, Any], name: str, place: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise NoticeError(f"{place}{name}: must be a text")
    return found


def _instant(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise NoticeError("mail.timestamp: must be an ISO 8601 instant") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _addresses(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    found = receipt.get("recipients")
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise NoticeError("receipt.recipients: must be a list of addresses")
    return tuple(found)


def _envelope(source: object) -> str:
    return source.strip().strip("<>") if isinstance(source, str) else ""


def _verdict(receipt: Mapping[str, Any], name: str) -> str:
    """Return the verdict's word; one that is missing or unknown counts as not reached."""
    found = receipt.get(name)
    status = found.get("status") if isinstance(found, dict) else None
    return status if status in VERDICTS else "PROCESSING_FAILED"
