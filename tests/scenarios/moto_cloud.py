"""The stack of template.yaml on moto, in one process: what the template names, and what wakes it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest
from moto import mock_aws

from functions.intake import app as intake
from guardia import environment, parts, ports, wiring
from guardia.adapters import items
from guardia.adapters.caller import Caller
from infra.local import cloud, template
from infra.local.clock import Clock
from infra.local.gateway import Answer, Gateway, Request
from infra.local.invoke import Invoker
from infra.local.pumps import Pump, pumps_of
from infra.local.stack import REGION, Queue, Stack

KEY: Final = "gd_0123456789abcdefghij"
_SQS: Final = f"https://sqs.{REGION}.amazonaws.com"
_TABLE: Final = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
_ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto knows the table's plain address alone
    "AWS_EC2_METADATA_DISABLED": "true",
}


@cache
def session() -> Any:
    """The one session of this process: what it has read of botocore's data, it keeps."""
    return botocore.session.get_session()


class Clients(cloud.Clients):
    """Clients of the real addresses, which moto answers."""

    def __init__(self) -> None:
        super().__init__("")

    def __call__(self, service: str) -> Any:
        return _client(service)


@cache
def _client(service: str) -> Any:
    return session().create_client(service, region_name=REGION)


class MotoCloud:
    """The stack's functions, behind the gateway and the event sources that the template gives them.

    Time stands still at `clock` until `reach` moves it.
    """

    def __init__(self, stack: Stack, clock: Clock) -> None:
        self.stack, self.clock, self.aws = stack, clock, Clients()
        self.invoke = Invoker(stack)
        self._provision()
        pumps = pumps_of(stack.functions, self.aws, self.invoke, _SQS, lambda _change: None)
        self._pumps: list[Pump] = pumps
        self._gateway = Gateway(stack, self.invoke, clock)

    def _provision(self) -> None:
        for name, properties in self.stack.tables.items():
            stream = {**properties["StreamSpecification"], "StreamEnabled": True}
            wanted = {key: properties[key] for key in _TABLE}
            self.aws("dynamodb").create_table(TableName=name, StreamSpecification=stream, **wanted)
        for bucket in self.stack.buckets:
            self.aws("s3").create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        for queue in sorted(self.stack.queues, key=lambda one: one.max_receives):
            self._make_queue(queue)
        for name in self.stack.configuration_sets:
            self.aws("sesv2").create_configuration_set(ConfigurationSetName=name)

    def _make_queue(self, queue: Queue) -> None:
        sqs = self.aws("sqs")
        attributes = {
            "VisibilityTimeout": str(queue.visibility),
            "MessageRetentionPeriod": str(queue.retention),
        }
        if queue.dead_letters:
            dead = sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
            attributes["RedrivePolicy"] = json.dumps(
                {
                    "deadLetterTargetArn": arn["Attributes"]["QueueArn"],
                    "maxReceiveCount": queue.max_receives,
                }
            )
        sqs.create_queue(QueueName=queue.name, Attributes=attributes)

    def reach(self, at: datetime, *, through: bool = False) -> None:
        """Let time come to an instant: what is due before it, with `through` at it too, happens at
        its own, by the sweep of that instant and what it sets going."""
        until = at if through else at - timedelta(seconds=1)
        swept: datetime | None = None
        while (due := wiring.next_due(until)) is not None:
            due = max(due, self.clock.now())
            if due == swept:
                break  # somebody else has it, and does not let go
            self.sweep(due)
            swept = due
        if at != self.clock.now():
            self.clock.hold(at)

    def sweep(self, at: datetime) -> None:
        """Fire the minute's sweep at an instant."""
        self.clock.hold(at)
        self.invoke("SweepFunction", {"time": at.strftime("%Y-%m-%dT%H:%M:%SZ")})
        self.settle()

    def settle(self) -> None:
        """Let queues and streams run until nothing is left to do."""
        while sum(pump.once() for pump in self._pumps):
            pass

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask the HTTP API."""
        content = b"" if body is None else json.dumps(body, default=str).encode()
        given = {"host": "desk.example", **headers}
        if body is not None:
            given["content-type"] = "application/json"
        request = Request(method=method, target=path, headers=tuple(given.items()), body=content)
        return self._gateway.answer(request)

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the JSON API with the key; return the status and the body."""
        answer = self.call(method, path, body, authorization=f"Bearer {KEY}")
        return answer.status, json.loads(answer.body)

    def receive_mail(self, raw: bytes, receipt: Mapping[str, Any], message_id: str) -> None:
        """Store a mail and tell of it, as the receipt rule of SES does."""
        assert self.stack.receipt is not None
        rule = self.stack.receipt
        key = f"{rule.prefix}{message_id}"
        self.aws("s3").put_object(Bucket=rule.bucket, Key=key, Body=raw)
        notice = {
            "notificationType": "Received",
            "mail": {
                "timestamp": f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z",
                "source": receipt["source"],
                "messageId": message_id,
                "destination": receipt["recipients"],
            },
            "receipt": {
                "timestamp": f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.000Z",
                "processingTimeMillis": 100,
                "recipients": receipt["recipients"],
                **{name: {"status": one} for name, one in receipt["verdicts"].items()},
                "action": {
                    "type": "S3",
                    "topicArn": f"arn:aws:sns:{REGION}:123456789012:{rule.topic}",
                    "bucketName": rule.bucket,
                    "objectKeyPrefix": rule.prefix,
                    "objectKey": key,
                },
            },
        }
        envelope = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": f"arn:aws:sns:{REGION}:123456789012:{rule.topic}",
            "Subject": "Amazon SES Email Receipt Notification",
            "Message": json.dumps(notice),
        }
        queue = self.stack.topics[rule.topic][0].queue
        url = self.aws("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        self.aws("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(envelope))
        self.settle()
        left = self.aws("sqs").get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        assert set(left.values()) == {"0"}, "the mail was not taken in"


@cache
def stack_at(domain: str) -> Stack:
    """The stack of template.yaml with its parameters for one domain."""
    return template.load(
        cloud.ROOT / "template.yaml",
        endpoint=_SQS,
        parameters={
            "InboundDomain": domain,
            "SupportAddress": f"support@{domain}",
            "ApiKeyHash": hashlib.sha256(KEY.encode()).hexdigest(),
        },
    )


def _take(_self: Caller, _url: str, _body: bytes, _headers: Mapping[str, str]) -> ports.Answer:
    """Every endpoint of these stories takes what it is called with."""
    return ports.Answer(status=200)


@contextmanager
def running(domain: str, at: datetime) -> Iterator[MotoCloud]:
    """A fresh account with the stack in it, for a desk whose mail comes in at `domain`."""
    wiring.forget()
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        stack = stack_at(domain)
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        clock = Clock(Path("/nowhere/clock.json"))
        clock.hold(at.astimezone(UTC))
        patch.setattr(environment, "_clock", clock.now)
        patch.setattr(parts, "session", session)
        patch.setattr("pynamodb.connection.base.get_session", session)
        patch.setattr(Caller, "post", _take)
        # One shard: a sweep asks each, which is most of what a story costs on moto. That there are
        # several is the store's own business, and tested there.
        for place in (items, items.tickets):
            patch.setattr(place, "SHARDS", 1)
        # A new container: the one of the world before knows another live desk.
        patch.setattr(intake, "handler", intake.build(wiring.guardia, wiring.live_desk()))
        yield MotoCloud(stack, clock)
    wiring.forget()
