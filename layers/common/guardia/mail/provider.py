"""What Amazon SES says of a mail afterwards: sent, delivered, bounced, complained about.

The shapes are those of its event publishing (Amazon SES, "Contents of event data"). Any dictionary
gives an answer or a `ProviderError`; addresses are in lower case.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

TAG: Final = "guardia_row"
"""The message tag that names the row of the outbox."""

_ROW: Final = re.compile(r"([0-9A-Za-z]{1,64})-(\d{1,10})-(\d{1,6})")
_ADDRESS: Final = re.compile(r"<([^<>]+)>")
_MOST_REASON: Final = 300


class ProviderError(Exception):
    """It is no event of the provider that we know, or none of a mail of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailEvent:
    """An event of one mail.

    `ticket`, `seq`, `n` name its row of the outbox, `message_id` is the provider's own. `kind` is
    `send`, `delivery`, `delay`, `bounce`, `complaint` or `reject`; `lasting` tells a bounce that
    will not pass. `recipients` maps each address it speaks of to what was said there.
    """

    ticket: str
    seq: int
    n: int
    kind: str
    at: datetime
    message_id: str
    lasting: bool = False
    recipients: Mapping[str, str] = field(default_factory=dict)


def read_event(event: Any) -> MailEvent:
    """Read an event.

    Raises:
        ProviderError: it is none that we know, or of a mail that is not ours.
    """
    try:
        mail = event["mail"]
        named = _ROW.fullmatch(str(mail["tags"][TAG][0]))
        kind, details = _KINDS[str(event.get("eventType") or event.get("notificationType"))]
        about = event.get(details) or {}
        at = _instant(about.get("timestamp") or mail["timestamp"])
        message_id = str(mail["messageId"])
        told = _RECIPIENTS[kind](about, mail)
        lasting = kind == "bounce" and about.get("bounceType") == "Permanent"
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ProviderError(f"no event of a mail of ours ({type(error).__name__})") from error
    if named is None:
        raise ProviderError("the tag names no row of the outbox")
    ticket, seq, n = named.groups()
    return MailEvent(
        ticket=ticket,
        seq=int(seq),
        n=int(n),
        kind=kind,
        at=at,
        message_id=message_id,
        lasting=lasting,
        recipients=told,
    )


_KINDS: Final = {
    "Send": ("send", "send"),
    "Delivery": ("delivery", "delivery"),
    "DeliveryDelay": ("delay", "deliveryDelay"),
    "Bounce": ("bounce", "bounce"),
    "Complaint": ("complaint", "complaint"),
    "Reject": ("reject", "reject"),
}


def _instant(text: Any) -> datetime:
    at = datetime.fromisoformat(str(text))
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _address(text: Any) -> str:
    found = _ADDRESS.search(str(text))
    return (found[1] if found else str(text)).strip().lower()


def _each(rows: Any, *keys: str) -> dict[str, str]:
    found = {}
    for row in rows:
        said = [str(row[key]) for key in keys if row.get(key)]
        found[_address(row["emailAddress"])] = " ".join(said)[:_MOST_REASON]
    return found


_RECIPIENTS: Final[Mapping[str, Callable[[Any, Any], dict[str, str]]]] = {
    "send": lambda _about, _mail: {},
    "delivery": lambda about, _mail: {_address(one): "" for one in about["recipients"]},
    "delay": lambda about, _mail: _each(about["delayedRecipients"], "status", "diagnosticCode"),
    "bounce": lambda about, _mail: _each(about["bouncedRecipients"], "status", "diagnosticCode"),
    "complaint": lambda about, _mail: _each(about["complainedRecipients"]),
    "reject": lambda about, mail: {
        _address(one): str(about.get("reason", "rejected"))[:_MOST_REASON]
        for one in mail["destination"]
    },
}
