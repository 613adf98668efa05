"""What was really sent: every mail that SES took, as its recipient gets it."""

import base64
import json
import re
import smtplib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.local.clock import Clock, written
from infra.local.journal import Journal
from infra.local.mail_events import MailEvents
from infra.local.stack import REGION

TAG: Final = "guardia_row"
"""The message tag that names the outbox row."""
_ROW: Final = re.compile(r"(?P<ticket>.+)[.-](?P<seq>\d+)[.-](?P<n>\d+)")
_OURS: Final = re.compile(rb"(?im)^message-id:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_HEAD_END: Final = re.compile(rb"\r?\n(?=\r?\n)")
_TEMPORARY: Final = frozenset({"TooManyRequestsException", "ThrottlingException"})
_CLIENT_ERROR: Final = range(400, 500)
_RELAY_PATIENCE: Final = 10.0

RowOf = Callable[[str, int, int], Mapping[str, Any] | None]


class Sent:
    """Listens to the SES client of this process and keeps what it sends."""

    def __init__(
        self,
        file: Path,
        clock: Clock,
        relay: tuple[str, int] | None = None,
        events: MailEvents | None = None,
    ) -> None:
        """Take up what was sent before. `relay` is a mail server that really delivers, `events`
        tells the desk what became of each mail."""
        self._journal = Journal(file)
        self._clock, self._relay, self._events = clock, relay, events
        self._rows: dict[str, Mapping[str, Any]] = {}

    def listen(self, client: Any) -> None:
        """Hear of everything this SES v2 client sends."""
        events = client.meta.events
        events.register("before-parameter-build.sesv2.SendEmail", _remember)
        events.register("after-call.sesv2.SendEmail", self._after)

    def items(self, row_of: RowOf) -> list[dict[str, Any]]:
        """Return the rows of the outbox as the API shows them, oldest first.

        `row_of` gives the outbox row's own members by ticket, seq and n; None where it is gone.
        """
        return [self._shown(kept, row_of) for kept in self._journal.rows()]

    def _shown(self, kept: Mapping[str, Any], row_of: RowOf) -> dict[str, Any]:
        name = str(kept["row"])
        named = _ROW.fullmatch(name)
        if named and name not in self._rows:
            row = row_of(named["ticket"], int(named["seq"]), int(named["n"]))
            if row is not None:  # what was sent never changes
                self._rows[name] = row
        to = kept["to"]
        shown = {
            "at": kept["at"],
            "kind": "email",
            "channel": "email",
            "to": to[0] if len(to) == 1 else to,
            "template": None,
            "subject": None,
            "text": None,
            "choices": [],
            "rule": None,
            "ticket": named["ticket"] if named else None,
            **self._rows.get(name, {}),
        }
        if "raw_b64" in kept:
            raw = base64.b64decode(kept["raw_b64"])
            shown["raw"] = raw.decode("utf-8", errors="surrogateescape")
        return shown | ({"error": kept["error"]} if kept["error"] else {})

    def _after(self, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        asked = context.get(TAG)
        if asked is None:
            return
        status = parsed["ResponseMetadata"]["HTTPStatusCode"]
        error: str | None = None
        if status in _CLIENT_ERROR:
            problem = parsed.get("Error", {})
            if problem.get("Code") in _TEMPORARY:
                return
            error = problem.get("Message") or problem.get("Code")
        elif "MessageId" in parsed:
            # SES answers the bare id; the domain belongs to the header alone.
            parsed["MessageId"] = str(parsed["MessageId"]).partition("@")[0]
        else:
            return
        raw = _as_received(asked["raw"], parsed.get("MessageId"))
        to = list(asked["to"])
        refused: dict[str, str] = {}
        if error is None and self._relay is not None:
            refused, error = _deliver(self._relay, asked["sender"], to, raw)
        self._journal.add(
            {
                "at": written(self._clock.now()),
                "row": asked["row"],
                "to": to,
                "raw_b64": base64.b64encode(raw).decode(),
                "error": error,
            }
        )
        if self._events is not None and "MessageId" in parsed:
            self._events.sent(
                row=asked["row"], message_id=parsed["MessageId"], to=to, refused=refused
            )

    def listen_to_calls(self, client: Any) -> None:
        """Hear of every call of a webhook that this SQS client tells the result of."""
        client.meta.events.register("before-parameter-build.sqs.SendMessage", self._called)

    def _called(self, params: Mapping[str, Any], **_: Any) -> None:
        told = _result(str(params.get("MessageBody", "")))
        if told is not None:
            error = None if told["outcome"] == "ok" else str(told.get("error"))
            at = written(self._clock.now())
            self._journal.add({"at": at, "row": told["row"], "to": [], "error": error})


def _remember(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Keep what is about to be sent where the answer will find it."""
    raw = params.get("Content", {}).get("Raw", {}).get("Data")
    if raw is None:
        return
    tags = {one["Name"]: one["Value"] for one in params.get("EmailTags", ())}
    destination = params.get("Destination", {})
    context[TAG] = {
        "row": tags.get(TAG, ""),
        "sender": params.get("FromEmailAddress", ""),
        "to": [
            address
            for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
            for address in destination.get(kind, ())
        ],
        "raw": raw if isinstance(raw, bytes) else bytes(raw),
    }


def _as_received(raw: bytes, provider_id: str | None) -> bytes:
    """Put the provider's Message-ID in the place of ours, as SES does."""
    if provider_id is None:
        return raw
    end = _HEAD_END.search(raw)
    at = end.end() if end else len(raw)
    line = b"Message-ID: <%s@%s.amazonses.com>\r\n" % (provider_id.encode(), REGION.encode())
    return line + _OURS.sub(b"", raw[:at]) + raw[at:]


def _result(body: str) -> dict[str, Any] | None:
    """Read the result of a call; None where the message is something else."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    named = isinstance(told, dict) and {"row", "outcome", "webhook"} <= told.keys()
    return told if named else None


def _deliver(
    relay: tuple[str, int], sender: str, to: list[str], raw: bytes
) -> tuple[dict[str, str], str | None]:
    """Hand a mail to a real server; return what it says of each address it refuses, and of all."""
    try:
        with smtplib.SMTP(*relay, timeout=_RELAY_PATIENCE) as server:
            refused = server.sendmail(sender, to, raw)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except (OSError, smtplib.SMTPException) as error:
        return {}, f"the mail server {relay[0]}:{relay[1]} did not take it: {error}"
    said = {
        address: f"{code} {text.decode(errors='replace')}"
        for address, (code, text) in refused.items()
    }
    return said, "; ".join(said.values()) or None
