"""The stack as it was deployed, driven from outside: by its topic, its bucket, its address."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from guardia import environment
from infra.local.cloud import ROOT, Clients
from infra.local.stack import ACCOUNT

Json = dict[str, Any]
_T = TypeVar("_T")
PATIENCE = 30.0
"""Seconds in which what was set off must have happened; most takes less than one."""


def golden(name: str) -> Json:
    """The event of a file in `events/`."""
    event: Json = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event


def eventually(look: Callable[[], _T], *, within: float = PATIENCE) -> _T:
    """Return the first answer that is not empty."""
    until = time.monotonic() + within
    while True:
        found = look()
        if found or time.monotonic() > until:
            assert found, f"nothing came within {within} s"
            return found
        time.sleep(0.2)


def written(id: str) -> bytes:
    """A mail as a person's program writes it; everybody writes one."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Ana <{id}@globex.example>", "soporte@acme.example"
    mail["Subject"], mail["Message-ID"] = f"VPN {id}", f"<{id}@mail.example>"
    mail.set_content("No conecta.")
    return mail.as_bytes()


def as_stored(id: str) -> bytes:
    """A mail under what SES writes above it."""
    told = f"""Return-Path: <{id}@globex.example>
Received: from mx.globex.example by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {id}
 for soporte@acme.example; Fri, 06 Mar 2026 17:30:00 +0000 (UTC)
X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: PASS
Authentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass;
"""
    return told.replace("\n", "\r\n").encode() + written(id)


@dataclass
class Deployed:
    """A deployed stack: `names` are physical by logical id, `url` is its API's address."""

    aws: Clients
    endpoint: str
    names: Mapping[str, str]
    url: str
    key: str

    # -- mail in ---------------------------------------------------------------------------------

    def store(self, id: str, raw: bytes) -> datetime:
        """Put a mail where SES puts it; return when it was stored."""
        bucket = self.names["MailBucket"]
        self.aws("s3").put_object(Bucket=bucket, Key=f"in/{id}", Body=raw)
        head = self.aws("s3").head_object(Bucket=bucket, Key=f"in/{id}")
        stored: datetime = head["LastModified"]
        return stored

    def notice(self, id: str) -> str:
        """What SES publishes of it, every verdict passed."""
        told: Json = json.loads(
            json.loads(golden("email_received")["Records"][0]["body"])["Message"]
        )
        told["mail"] |= {"messageId": id, "timestamp": environment.now().isoformat()}
        told["receipt"]["recipients"] = ["soporte@acme.example"]
        told["receipt"]["action"] |= {
            "bucketName": self.names["MailBucket"],
            "objectKey": f"in/{id}",
        }
        return json.dumps(told)

    def mail(self, id: str, raw: bytes) -> None:
        """Receive a mail as SES does: an object, then a notice on the topic."""
        self.store(id, raw)
        self.aws("sns").publish(TopicArn=self.names["MailTopic"], Message=self.notice(id))

    # -- HTTP --------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the API as the world does; return status and body."""
        asked = urllib.request.Request(  # noqa: S310 - our own address
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - ours
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API with the key."""
        return self.ask(method, path, body, Authorization=f"Bearer {self.key}")

    # -- functions, queues -------------------------------------------------------------------------

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function; it must not fail."""
        answer = self.aws("lambda").invoke(
            FunctionName=self.names[function], Payload=json.dumps(event)
        )
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    def hurry(self, queue: str) -> None:
        """Let what failed be tried again after a second instead of minutes."""
        self.aws("sqs").set_queue_attributes(
            QueueUrl=self.names[queue], Attributes={"VisibilityTimeout": "1"}
        )

    def waiting(self, queue: str) -> int:
        """How many messages a queue holds, shown or not."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        told = self.aws("sqs").get_queue_attributes(
            QueueUrl=self.names[queue], AttributeNames=list(names)
        )
        return sum(int(one) for one in told["Attributes"].values())

    # -- looking -----------------------------------------------------------------------------------

    def items(self, begins: str, sk: str) -> list[Json]:
        """The table's items by the beginnings of their keys."""
        pages = self.aws("dynamodb").get_paginator("scan")
        return [
            one
            for page in pages.paginate(TableName=self.names["GuardiaTable"], ConsistentRead=True)
            for one in page["Items"]
            if one["pk"]["S"].startswith(begins) and one["sk"]["S"].startswith(sk)
        ]

    def tickets(self, subject: str) -> list[str]:
        """Ids of the tickets with a subject."""
        status, found = self.api("GET", "/v1/tickets?limit=100")
        assert status == 200, found
        return [one["id"] for one in found["items"] if one["subject"] == subject]

    def sent(self, ticket: str) -> list[str]:
        """The first recipients of the mails that SES took for a ticket's rows."""
        rows = [one for one in self.items(f"T#{ticket}", "O#") if one["state"]["S"] == "accepted"]
        ids = [one["provider_id"]["S"] for one in rows]
        return [
            one["To"][0] for one in self.messages() if any(one["MessageId"] in id for id in ids)
        ]

    def messages(self) -> list[Json]:
        """Everything that SES took."""
        address = f"{self.endpoint}/_ministack/ses/messages"
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - ours
            found: list[Json] = json.loads(answer.read())["messages"].get(ACCOUNT, [])
        return found

    def log(self, group: str) -> list[Json]:
        """The lines that a function wrote into its log group, those in JSON."""
        pages = self.aws("logs").get_paginator("filter_log_events")
        lines = [
            one["message"].strip()
            for page in pages.paginate(logGroupName=self.names[group])
            for one in page["events"]
        ]
        return [json.loads(one) for one in lines if one.startswith("{")]


def later(at: datetime, **passed: int) -> str:
    """An instant some time after another, as a schedule's event writes it."""
    return (at + timedelta(**passed)).astimezone(UTC).isoformat()


HERE = Path(__file__).parent
