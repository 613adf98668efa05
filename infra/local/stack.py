"""The nouns of the stack that runs here: functions and what wakes them, queues, routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

REGION: Final = "eu-west-1"
ACCOUNT: Final = "000000000000"
STACK: Final = "guardia"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSource:
    """A queue that wakes a function; `queue` is the queue's name."""

    queue: str
    batch_size: int
    partial: bool
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSource:
    """A table's stream that wakes a function; `retries` -1 means until the record expires (24 h),
    `on_failure` is the name of the queue that hears of what was given up."""

    table: str
    batch_size: int
    partial: bool
    filters: tuple[str, ...] = ()
    retries: int = -1
    bisect: bool = False
    on_failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSource:
    """A rule of EventBridge: `expression` as written, for example `cron(* * * * ? *)`."""

    name: str
    expression: str
    input: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of the HTTP API. `method` is upper case or ANY; `authorizer` names one, or None."""

    method: str
    path: str
    function: str
    authorizer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """A REQUEST authorizer with simple responses; `ttl` in seconds, `headers` its identity."""

    name: str
    function: str
    headers: tuple[str, ...]
    ttl: int


Source = QueueSource | StreamSource | ScheduleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function: `handler` is `module.name`, `timeout` in seconds."""

    id: str
    name: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue: `dead_letters` is the name of the queue that takes what failed too often."""

    name: str
    visibility: int
    retention: int
    dead_letters: str | None = None
    max_receives: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A queue that hears of what is published on a topic; `attributes` as SNS takes them."""

    queue: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What SES does with mail that comes in: an object under `prefix`, a notice on `topic`."""

    bucket: str
    prefix: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Everything of the template that runs here, with every name resolved. `mail_events` is the
    topic on which SES tells what became of mail."""

    functions: tuple[Function, ...]
    tables: Mapping[str, Mapping[str, Any]]
    buckets: tuple[str, ...]
    queues: tuple[Queue, ...]
    topics: Mapping[str, tuple[Subscription, ...]]
    routes: tuple[Route, ...]
    authorizers: Mapping[str, Authorizer]
    configuration_sets: tuple[str, ...]
    receipt: Receipt | None = None
    mail_events: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    disagreements: tuple[str, ...] = ()

    def function(self, id: str) -> Function:
        """Return the function with this logical id."""
        return next(one for one in self.functions if one.id == id)


def queue_arn(name: str) -> str:
    """Return the queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def topic_arn(name: str) -> str:
    """Return the topic's ARN."""
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def function_arn(name: str) -> str:
    """Return the function's ARN."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
