"""The dead-letter queues of a stack: what waits in them, why, and the way back."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.cli.aws import Aws

KINDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "MailDeadLetters": ("received mail that could not be taken in", "MailQueue"),
    "DeliverDeadLetters": ("messages that were offered again in vain", "DeliverQueue"),
    "StreamDeadLetters": ("places in the stream of messages that were given up", None),
    "EventDeadLetters": ("what became of mail and webhooks, not written down", "MailEventsQueue"),
    "WebhookDeadLetters": ("webhooks that could not be handed over", "WebhookQueue"),
    "ScheduleDeadLetters": ("runs of sweep, jobs and housekeeping that failed", None),
}
"""Queue by logical id: what lies in it, and the queue it goes back to."""

BY_ITSELF: Final = {
    "StreamDeadLetters": "the sweep offers these messages again each minute, from the table",
    "ScheduleDeadLetters": "the next run does what this one should have done",
}
"""Queues whose messages lead nowhere, and what happens instead."""

_HIDDEN: Final = 30
"""Seconds for which what is looked at is hidden from others that look."""
_AT_ONCE: Final = 10
MOST: Final = 1000
"""How many messages of one queue are looked at."""


class NoStackError(Exception):
    """There is no such stack, or it has no such queue. The message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter. `at` is when it was first sent, `source` the ARN of the queue it came from,
    `receipt` what deletes it."""

    id: str
    at: datetime
    receives: int
    body: str
    attributes: Mapping[str, str]
    source: str | None
    receipt: str

    @property
    def content(self) -> Any:
        """The body, as JSON where it is."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body

    @property
    def reason(self) -> str:
        """Why it lies here, as far as whoever put it here says."""
        told = self.content if isinstance(self.content, dict) else {}
        context = told.get("requestContext")
        if isinstance(context, dict) and "condition" in context:  # Lambda's own envelope
            payload = told.get("responsePayload")
            error = payload.get("errorType", "") if isinstance(payload, dict) else ""
            tries = context.get("approximateInvokeCount")
            return f"{context['condition']} after {tries} calls" + (f", {error}" if error else "")
        if "ERROR_CODE" in self.attributes:  # EventBridge says it in attributes
            return f"{self.attributes['ERROR_CODE']}: {self.attributes.get('ERROR_MESSAGE', '')}"
        return "it failed each time; the function's log says how"

    @property
    def unwrapped(self) -> Any:
        """What the function was given: Lambda's envelope around it is taken off."""
        told = self.content
        if isinstance(told, dict) and "requestContext" in told:
            return told.get("requestPayload") or told.get("DDBStreamBatchInfo") or told
        return told


def queues(aws: Aws, stack: str) -> dict[str, str]:
    """Return the addresses of a stack's queues by logical id.

    Raises:
        NoStackError: there is none.
    """
    found = _of_stack(aws, stack) or _by_name(aws, stack)
    if not found.keys() & KINDS.keys():
        raise NoStackError(
            f"there is no stack {stack} here with queues of Guardia; --stack or GUARDIA_STACK"
            " names another, AWS_REGION another region"
        )
    return found


def _of_stack(aws: Aws, stack: str) -> dict[str, str]:
    pages = aws("cloudformation").get_paginator("list_stack_resources")
    try:
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages.paginate(StackName=stack)
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] == "AWS::SQS::Queue"
        }
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return {}


def _by_name(aws: Aws, stack: str) -> dict[str, str]:
    """The desk of `make run` has queues and no stack: they are named after the logical ids."""
    named = re.compile(rf"/{re.escape(stack)}-([A-Za-z]+)$")
    pages = aws("sqs").get_paginator("list_queues").paginate(QueueNamePrefix=f"{stack}-")
    urls = [url for page in pages for url in page.get("QueueUrls", ())]
    found = ((named.search(url), url) for url in urls)
    return {match[1]: url for match, url in found if match}


def counts(aws: Aws, url: str) -> tuple[int, int]:
    """Return how many messages a queue shows, and how many somebody is looking at."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    told = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
    seen, hidden = (int(told.get(name, 0)) for name in names)
    return seen, hidden


def look(aws: Aws, url: str, most: int = MOST) -> list[Letter]:
    """Return what a queue shows, oldest first; everything is shown again afterwards."""
    found = list(_take(aws, url, most))
    try:
        return sorted(found, key=lambda one: one.at)
    finally:
        for one in found:
            put_back(aws, url, one)


def _take(aws: Aws, url: str, most: int) -> Iterator[Letter]:
    """Take each message once; they are hidden from others meanwhile."""
    seen: set[str] = set()
    while len(seen) < most:
        fresh = [one for one in _receive(aws, url) if one.id not in seen]
        if not fresh:
            return
        seen |= {one.id for one in fresh}
        yield from fresh


def _receive(aws: Aws, url: str) -> list[Letter]:
    answer = aws("sqs").receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_AT_ONCE,
        VisibilityTimeout=_HIDDEN,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    return [_letter(one) for one in answer.get("Messages", ())]


def _letter(told: Mapping[str, Any]) -> Letter:
    system = told.get("Attributes", {})
    return Letter(
        id=told["MessageId"],
        at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        receives=int(system.get("ApproximateReceiveCount", 0)),
        body=told["Body"],
        attributes={
            name: str(one.get("StringValue", ""))
            for name, one in told.get("MessageAttributes", {}).items()
        },
        source=system.get("DeadLetterQueueSourceArn"),
        receipt=told["ReceiptHandle"],
    )


def put_back(aws: Aws, url: str, letter: Letter) -> None:
    """Show a message again at once."""
    aws("sqs").change_message_visibility(
        QueueUrl=url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
    )


def send_back(
    aws: Aws, found: Mapping[str, str], queue: str, *, only: str | None, rate: float
) -> Iterator[Letter]:
    """Send letters back to where they came from, delete them here, and tell of each.

    First it is sent, then deleted: one that breaks off between the two is there twice, and what it
    tells is done once all the same. `only` names one message, `rate` is how many go a second. A
    letter of a queue that leads nowhere is only deleted.
    """
    url = found[queue]
    for letter in list(_take(aws, url, MOST)):
        if only is not None and letter.id != only:
            put_back(aws, url, letter)
            continue
        target = _target(found, queue, letter)
        if target is not None:
            aws("sqs").send_message(QueueUrl=target, MessageBody=letter.body)
        aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)
        yield letter
        time.sleep(1 / rate)


def _target(found: Mapping[str, str], queue: str, letter: Letter) -> str | None:
    """Two queues may share dead letters: SQS tells which one it came from."""
    came_from = (letter.source or "").rpartition(":")[2]
    for url in found.values():
        if came_from and url.endswith(f"/{came_from}"):
            return url
    _, source = KINDS[queue]
    return found.get(source) if source else None
