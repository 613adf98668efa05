"""A round trip: mail to SES's simulator, and the events that come back for it."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

from infra.doctor.checks import SIMULATOR, Clients, Deployed
from infra.doctor.finding import Finding

KINDS: Final = ("success", "bounce", "complaint")
PATIENCE: Final = 120.0


def round_trip(
    stack: Deployed, aws: Clients, *, wait: Callable[[float], None] = time.sleep
) -> Iterator[Finding]:
    """Send a mail of each kind to the simulator and wait for the numbers to say so.

    The mails carry no row of the desk: its functions pass their events over.
    """
    ses, sender = aws("sesv2"), stack.parameters.get("SupportAddress", f"doctor@{stack.domain}")
    name = stack.resources.get("ConfigurationSet", "")
    for kind in KINDS:
        sent = ses.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [f"{kind}+{uuid4().hex[:8]}@{SIMULATOR}"]},
            Content={"Simple": _message(kind)},
            ConfigurationSetName=name,
        )
        told = f"a mail to the simulator's {kind} address was taken: {sent['MessageId']}"
        yield Finding(check=f"live-{kind}", state="ok", told=told)
    yield _drained(stack, aws, wait)


def _message(kind: str) -> dict[str, Any]:
    text = f"guardia doctor: {kind}"
    return {"Subject": {"Data": text}, "Body": {"Text": {"Data": text}}}


def _drained(stack: Deployed, aws: Clients, wait: Callable[[float], None]) -> Finding:
    """Whether the events came and were taken: their queue is empty, its dead letters too."""
    waited, pause = 0.0, 5.0
    while waited < PATIENCE:
        wait(pause)
        waited += pause
        if _count(stack, aws, "EventDeadLetters"):
            action = f"guardia dlq show EventDeadLetters --stack {stack.name}"
            told = "an event could not be written down"
            return Finding(check="live-events", state="failed", told=told, action=action)
        if waited >= 2 * pause and not _count(stack, aws, "MailEventsQueue"):
            return Finding(check="live-events", state="ok", told="events come and are taken in")
    told = f"events still wait after {PATIENCE:.0f} s"
    return Finding(check="live-events", state="failed", told=told)


def _count(stack: Deployed, aws: Clients, logical: str) -> int:
    found = aws("sqs").get_queue_attributes(
        QueueUrl=stack.resources[logical],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(one) for one in found.values())
