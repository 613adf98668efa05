"""The handlers on moto, wired by the stack's own wiring, and the events they are given."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.authorizer import app as authorizer
from functions.email_ingress import app as email_ingress
from functions.http_api import app as http_api
from functions.intake import app as intake
from functions.outbox_relay import app as outbox_relay
from functions.sweep import app as sweep
from guardia import environment, wiring
from guardia.config.load import load_document
from guardia.domain.model import Ticket
from guardia.mail import tokens
from guardia.ports import Lookup
from infra.local.cloud import ROOT
from infra.local.stack import REGION, Stack
from infra.local.template import load

HERE = Path(__file__).parent
DESK = HERE / "desk.yaml"
AT = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
TABLE_KEYS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
"""What the table is made from; its stream is left out (moto copies it in every transaction)."""

INSTALL = "guardia-test"
KEY = "gd_example-key-of-the-golden-events"
KEY_HASH = hashlib.sha256(KEY.encode()).hexdigest()
Json = dict[str, Any]


def golden(name: str, **replaced: Any) -> Json:
    """Return the event of a file in `events/`, some of its members replaced."""
    event: Json = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return {**event, **replaced}


@dataclass
class Context:
    """What Lambda tells a handler about itself."""

    function_name: str = "guardia"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:guardia"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass
class Answer:
    """An HTTP answer, its body read."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @classmethod
    def of(cls, raw: Json) -> "Answer":
        headers = {name.lower(): value for name, value in (raw.get("headers") or {}).items()}
        for name, values in (raw.get("multiValueHeaders") or {}).items():
            headers[name.lower()] = ", ".join(values)
        text = raw.get("body") or ""
        kind = headers.get("content-type", "")
        return cls(raw["statusCode"], headers, json.loads(text) if "json" in kind else text)


def written(text: str = "No conecta.", *, id: str = "1", sender: str = "ana@globex.example",
            subject: str = "VPN", to: str = "soporte@acme.example", refers: str = "") -> EmailMessage:  # fmt: skip
    """A mail as a person's program writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Ana <{sender}>", to, subject
    mail["Message-ID"], mail["Date"] = f"<{id}@mail.example>", "Fri, 06 Mar 2026 18:30:00 +0100"
    if refers:
        mail["In-Reply-To"] = mail["References"] = refers
    mail.set_content(text)
    return mail


@dataclass
class Stage:
    """The stack's functions over an AWS in this process."""

    bucket: str
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def __post_init__(self) -> None:
        self.context = Context()
        self.calls: Counter[str] = Counter()
        events = wiring.table().connection.client.meta.events
        events.register("before-call.dynamodb", self._count)
        self.intake = intake.build(wiring.guardia, wiring.live_desk())

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    # -- mail ------------------------------------------------------------------------------------

    def deposit(self, mail: EmailMessage, **verdicts: str) -> Json:
        """Store a mail as SES does and return the record that tells of it."""
        return self.notice(self.store_raw(mail.as_bytes()), mail, **verdicts)

    def store_raw(self, raw: bytes) -> str:
        key = f"in/mail{next(self.numbers)}"
        wiring.client("s3").put_object(Bucket=self.bucket, Key=key, Body=raw)
        return key

    def notice(self, key: str, mail: EmailMessage, **verdicts: str) -> Json:
        record = deepcopy(golden("email_received")["Records"][0])
        envelope = json.loads(record["body"])
        told = json.loads(envelope["Message"])
        told["mail"] |= {
            "messageId": key.removeprefix("in/"),
            "source": mail["From"],
            "timestamp": "2026-03-06T17:30:00.000Z",
        }
        told["receipt"] |= {name: {"status": word} for name, word in verdicts.items()}
        told["receipt"]["recipients"] = [str(mail["To"])]
        told["receipt"]["action"] |= {"bucketName": self.bucket, "objectKey": key}
        envelope["Message"] = json.dumps(told)
        return {**record, "messageId": key, "body": json.dumps(envelope)}

    def take_in(self, *records: Json, handler: Any = email_ingress.handler) -> list[str]:
        """Run email_ingress on a batch; return the records that failed."""
        answer: Json = handler({"Records": list(records)}, self.context)
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    def mail(self, mail: EmailMessage, **verdicts: str) -> None:
        """Take a mail in; it must not fail."""
        assert self.take_in(self.deposit(mail, **verdicts)) == []

    def reply_address(self, ticket: str) -> str:
        return tokens.sign_address("soporte@acme.example", ticket, wiring.mail_secrets())

    # -- HTTP ------------------------------------------------------------------------------------

    def form(self, event: Json) -> Answer:
        return Answer.of(self.intake(event, self.context))

    def api(self, event: Json, handler: Any = http_api.handler) -> Answer:
        fresh = deepcopy(event)
        fresh["requestContext"]["requestId"] = f"request{next(self.numbers)}"
        return Answer.of(handler(fresh, self.context))

    def about(self, name: str, ticket: str, body: Any = None, **headers: str) -> Json:
        """A golden event about a ticket, with another body and more headers."""
        told = golden(name)
        text = json.dumps(told).replace(told["rawPath"].split("/")[3], ticket)
        event: Json = json.loads(text)
        event["headers"] = {
            key: value for key, value in event["headers"].items() if key != "if-match"
        } | headers
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body)
        return event

    def opened(self, **more: Any) -> str:
        """Open a ticket by the API; return its id."""
        body = {"subject": "VPN", "requester": "ana@globex.example", "comment": {"body": "Hola", "public": False}}  # fmt: skip
        answer = self.api(golden("ticket_created", body=json.dumps(body | more)))
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    # -- the others --------------------------------------------------------------------------------

    def sweep(self, event: Json) -> Json:
        answer: Json = sweep.handler(event, self.context)
        return answer

    def ask_in(self, headers: Mapping[str, str]) -> Json:
        event = golden("authorizer_asked", headers=dict(headers))
        answer: Json = authorizer.handler(event, self.context)
        return answer

    def relay(self, event: Json, relay: Callable[[], Any]) -> list[str]:
        answer = outbox_relay.build(relay)(event, self.context)
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    # -- looking -----------------------------------------------------------------------------------

    def items(self) -> list[Json]:
        """Everything in the table."""
        found: list[Json] = wiring.client("dynamodb").scan(TableName=wiring.table().name)["Items"]
        return sorted(found, key=lambda one: (one["pk"]["S"], one["sk"]["S"]))

    def tickets(self) -> list[Ticket]:
        ids = [one["pk"]["S"][2:] for one in self.items() if one["sk"]["S"] == "HEAD"
               and one["pk"]["S"].startswith("T#")]  # fmt: skip
        return list(wiring.store().find(Lookup(tickets=tuple(ids))).tickets.values())

    def rows(self) -> list[Json]:
        return [one for one in self.items() if one["sk"]["S"].startswith("O#")]

    def objects(self, prefix: str = "") -> list[str]:
        found = wiring.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", ())]

    def publish(self, document: Mapping[str, Any]) -> int:
        """Make a document live that was written by hand."""
        checked = load_document(dict(document), HERE)
        return wiring.publish(checked, author="eva", message="…", at=AT)


@cache
def described() -> Stack:
    """The stack as template.yaml describes it."""
    return load(ROOT / "template.yaml", endpoint="http://unused")


QUEUES = f"https://sqs.{REGION}.amazonaws.com/123456789012/"
QUEUE_OF = {
    "DELIVER_QUEUE_URL": "guardia-DeliverQueue",
    "DUE_QUEUE_URL": "guardia-DueQueue",
    "JOBS_QUEUE_URL": "guardia-JobsQueue",
    "WEBHOOK_QUEUE_URL": "guardia-WebhookQueue",
    "RESULTS_QUEUE_URL": "guardia-WebhookResultsQueue",
}
"""The queues that functions send to, by the variable that names them."""


@contextmanager
def moto() -> Iterator[Callable[[], Stage]]:
    """Give what sets the stack up on moto, empty but for the desk of these tests."""
    stack, mock = described(), mock_aws()
    bucket = stack.buckets[0]
    ((table, properties),) = stack.tables.items()
    variables = {
        "AWS_REGION": REGION,
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "TABLE_NAME": table,
        "BUCKET_NAME": bucket,
        **{variable: QUEUES + name for variable, name in QUEUE_OF.items()},
        "SECRETS_PREFIX": "/guardia/secrets/",
        "INSTALL_ID": INSTALL,
        "INBOUND_DOMAIN": "acme.example",
        "SUPPORT_ADDRESS": "soporte@acme.example",
        "API_KEY_HASH": KEY_HASH,
        "FUNCTION_TIMEOUT": "60",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        wiring.forget()
        mock.start()

        def fresh() -> Stage:
            mock.stop()
            mock.start()
            wiring.forget(clients=False)
            patch.setattr(environment, "_clock", lambda: AT)
            wiring.table().bind()
            wiring.client("dynamodb").create_table(
                TableName=table, **{key: properties[key] for key in TABLE_KEYS if key in properties}
            )
            where = {"LocationConstraint": REGION}
            wiring.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
            for name in QUEUE_OF.values():
                wiring.client("sqs").create_queue(QueueName=name)
            wiring.publish(load_document(DESK), author="eva", message="first", at=AT)
            return Stage(bucket=bucket)

        yield fresh
        mock.stop()
    wiring.forget()
