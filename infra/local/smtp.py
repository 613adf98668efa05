"""Mail in by SMTP, handed on as SES hands it on: an object in the bucket, a notice on the topic.

The notice is that of "Contents of notifications for Amazon SES email receiving" in the SES
developer's guide; the headers are those SES puts before the mail it stores.
"""

import asyncio
import json
import re
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import partial
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.clock import Clock
from infra.local.cloud import Clients
from infra.local.inbound import Inbound
from infra.local.invoke import say
from infra.local.stack import REGION, Receipt, topic_arn

MAX_MAIL: Final = 40 * 1024 * 1024
"""SES takes mail of up to 40 MB where it goes to S3."""
VERDICTS_HEADER: Final = "X-Local-Verdicts"
_VERDICTS: Final = ("spf", "dkim", "dmarc", "spam", "virus")
_STATUSES: Final = frozenset({"pass", "fail", "gray", "processing_failed"})
_HEADER_LINES: Final = re.compile(
    rb"(?im)^x-local-verdicts:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|\Z)"
)
_HEADERS_TOLD: Final = 10_000
"""Characters of headers in a notice; SES cuts there too."""


class VerdictsError(ValueError):
    """The header X-Local-Verdicts makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How SES judged a mail: `statuses` by name in capitals, `policy` the sender's own wish for
    mail that fails DMARC."""

    statuses: Mapping[str, str]
    policy: str = "none"


def verdicts(value: str | None) -> Verdicts:
    """Read `dmarc=fail spf=fail policy=reject`; what is not named passes.

    Raises:
        VerdictsError: a name or a status is unknown.
    """
    found = dict.fromkeys(_VERDICTS, "PASS")
    wish = "none"
    for word in (value or "").replace(",", " ").replace(";", " ").split():
        name, _, status = word.lower().partition("=")
        if name == "policy" and status in {"none", "quarantine", "reject"}:
            wish = status
        elif name in found and status in _STATUSES:
            found[name] = status.upper()
        else:
            raise VerdictsError(
                f"{VERDICTS_HEADER} has {word!r}; it takes {', '.join(_VERDICTS)} with"
                " pass, fail, gray or processing_failed, and policy=none, quarantine or reject"
            )
    return Verdicts(statuses=found, policy=wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it came. `content` has no header of ours any more, `subject` is for people."""

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    host: str
    content: bytes
    judged: Verdicts

    @property
    def head(self) -> "Message[str, str]":
        """The headers; never fails."""
        return BytesHeaderParser(policy=policy.compat32).parsebytes(self.content)


def take_off(content: bytes) -> tuple[bytes, str | None]:
    """Return the mail without its X-Local-Verdicts headers, and what the first one said."""
    end = re.search(rb"\r?\n\r?\n", content)
    at = end.start() + 2 if end else len(content)
    head, rest = content[:at], content[at:]
    value = BytesHeaderParser(policy=policy.compat32).parsebytes(head).get(VERDICTS_HEADER)
    return _HEADER_LINES.sub(b"", head) + rest, None if value is None else str(value)


def stored(mail: Mail) -> bytes:
    """Return the object SES would write: the mail under the headers that tell how it came."""
    statuses = mail.judged.statuses
    written = next(iter(_list(mail.head, "From")), "")
    domain = written.rpartition("@")[2].rstrip(">") or "unknown"
    stamp = mail.at.strftime("%a, %d %b %Y %H:%M:%S +0000 (UTC)")
    spf, dkim, dmarc = (statuses[name].lower() for name in ("spf", "dkim", "dmarc"))
    lines = [
        f"Return-Path: <{mail.sender}>",
        f"Received: from {mail.host} ({mail.host} [127.0.0.1])",
        f" by inbound-smtp.{REGION}.amazonaws.com with SMTP id {mail.id}",
        f" for {mail.to[0]};",
        f" {stamp}",
        f"X-SES-Spam-Verdict: {statuses['spam']}",
        f"X-SES-Virus-Verdict: {statuses['virus']}",
        f"Received-SPF: {spf} (spfCheck: local) client-ip=127.0.0.1;"
        f" envelope-from={mail.sender}; helo={mail.host};",
        "Authentication-Results: amazonses.com;",
        f" spf={spf} (spfCheck: local) client-ip=127.0.0.1;"
        f" envelope-from={mail.sender}; helo={mail.host};",
        f" dkim={dkim} header.i=@{domain};",
        f" dmarc={dmarc} header.from={domain};",
    ]
    return "\r\n".join(lines).encode() + b"\r\n" + mail.content


def notice(mail: Mail, receipt: Receipt) -> dict[str, Any]:
    """Return the notice SES publishes after its S3 action."""
    head = mail.head
    stamp = mail.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    headers, told, cut = [], 0, False
    for name, value in head.items():
        told += len(name) + len(str(value))
        if told > _HEADERS_TOLD:
            cut = True
            break
        headers.append({"name": name, "value": str(value)})
    common: dict[str, Any] = {
        "returnPath": mail.sender,
        "from": _list(head, "From"),
        "to": _list(head, "To"),
        "cc": _list(head, "Cc"),
        "date": _text(head.get("Date")),
        "messageId": _text(head.get("Message-ID")),
        "subject": _text(head.get("Subject")),
    }
    statuses = {
        f"{name}Verdict": {"status": status} for name, status in mail.judged.statuses.items()
    }
    failed = mail.judged.statuses["dmarc"] == "FAIL"
    return {
        "notificationType": "Received",
        "mail": {
            "timestamp": stamp,
            "source": mail.sender,
            "messageId": mail.id,
            "destination": list(mail.to),
            "headersTruncated": cut,
            "headers": headers,
            "commonHeaders": {name: value for name, value in common.items() if value},
        },
        "receipt": {
            "timestamp": stamp,
            "processingTimeMillis": 1,
            "recipients": list(mail.to),
            **statuses,
            **({"dmarcPolicy": mail.judged.policy} if failed else {}),
            "action": {
                "type": "S3",
                "topicArn": topic_arn(receipt.topic),
                "bucketName": receipt.bucket,
                "objectKeyPrefix": receipt.prefix,
                "objectKey": f"{receipt.prefix}{mail.id}",
            },
        },
    }


def _list(head: "Message[str, str]", name: str) -> list[str]:
    """The addresses of a header for the notice, as far as they can be read: it has a limit."""
    text = ", ".join(str(one) for one in head.get_all(name, []))[:_HEADERS_TOLD]
    try:
        pairs = getaddresses([text])
    except RecursionError:  # thousands of open brackets
        pairs = []
    return [f"{shown} <{address}>" if shown else address for shown, address in pairs if address]


def _text(value: Any) -> str:
    """Decode a header for people; one that cannot be decoded stays as it is."""
    try:
        return str(make_header(decode_header(str(value)))) if value is not None else ""
    except (LookupError, UnicodeError, ValueError):
        return str(value)


class Mailbox:
    """What an SMTP conversation calls: aiosmtpd's handler."""

    def __init__(
        self,
        *,
        is_ours: Callable[[str], bool],
        aws: Clients,
        receipt: Receipt,
        clock: Clock,
        inbound: Inbound,
        arrived: Callable[[], None],
    ) -> None:
        """Say who is a recipient here, and where mail goes. `arrived` hears of each mail."""
        self._is_ours, self._aws, self._receipt = is_ours, aws, receipt
        self._clock, self._inbound, self._arrived = clock, inbound, arrived

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd's signature
        session: Session,  # noqa: ARG002 - aiosmtpd's signature
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Refuse who is not served here."""
        try:
            ours = await asyncio.to_thread(self._is_ours, address)
        except (BotoCoreError, ClientError) as error:
            say(f"mail: {error}")
            return "451 4.3.0 Try again later"
        if not ours:
            return "550 5.1.1 No such address at this desk"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd's signature
        session: Session,
        envelope: Envelope,
    ) -> str:
        """Answer 250 once the mail lies in the bucket and its notice is accepted."""
        given = envelope.content or b""
        content, header = take_off(given.encode() if isinstance(given, str) else given)
        try:
            judged = verdicts(header)
        except VerdictsError as error:
            return f"554 5.6.0 {error}"
        mail = Mail(
            id=secrets.token_hex(20),
            at=self._clock.now(),
            sender=envelope.mail_from or "",
            to=tuple(envelope.rcpt_tos),
            host=str(session.host_name or "localhost"),
            content=content,
            judged=judged,
        )
        try:
            await asyncio.to_thread(self._hand_on, mail)
        except (BotoCoreError, ClientError) as error:
            say(f"mail: {error}")
            return "451 4.3.0 Try again later"
        self._arrived()
        return f"250 2.0.0 OK {mail.id}"

    def _hand_on(self, mail: Mail) -> None:
        key = f"{self._receipt.prefix}{mail.id}"
        self._aws("s3").put_object(Bucket=self._receipt.bucket, Key=key, Body=stored(mail))
        # Noted before anything can come of it, so that the outcome finds its row.
        self._inbound.received(
            id=mail.id,
            key=key,
            sender=mail.sender,
            to=mail.to,
            subject=_text(mail.head.get("Subject")),
            content=mail.content,
        )
        self._aws("sns").publish(
            TopicArn=topic_arn(self._receipt.topic),
            Subject="Amazon SES Email Receipt Notification",
            Message=json.dumps(notice(mail, self._receipt)),
        )


class SmtpServer:
    """Serves a mailbox on a socket that is bound already."""

    def __init__(self, bound: socket.socket, mailbox: Mailbox) -> None:
        """Prepare."""
        self._bound, self._mailbox = bound, mailbox
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="smtp", daemon=True)
        self._up = threading.Event()

    def start(self) -> None:
        """Take mail from now on."""
        self._thread.start()
        self._up.wait()

    def stop(self) -> None:
        """End conversations; a mail that was not answered with 250 is the sender's still."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        factory = partial(
            SMTP,
            self._mailbox,
            data_size_limit=MAX_MAIL,
            enable_SMTPUTF8=True,
            hostname="guardia.local",
            ident="Guardia",
            loop=self._loop,
        )
        server = self._loop.run_until_complete(self._loop.create_server(factory, sock=self._bound))
        self._loop.call_soon(self._up.set)
        try:
            self._loop.run_forever()
        finally:
            server.close()
            waiting = asyncio.all_tasks(self._loop)
            for task in waiting:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
