"""The stack of template.yaml on moto with a clock of its own, and what AWS does between the
functions: queues that hand out again, a stream in order, the minute.

Queues and the stream are worked off here rather than in moto, because a fault may strike at any
call and time must pass without anybody waiting for it.
"""

import gc
import importlib
import json
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import StreamRecord
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from functions.intake import app as intake
from functions.sweep import app as sweep
from guardia import environment, parts, wiring
from guardia.adapters.caller import Caller
from guardia.config.load import load_document
from guardia.ports import Answer, Job
from guardia.recomputing import KIND, SETTLED, job_id
from infra.local.clock import Clock
from infra.local.filters import compile_filters
from infra.local.invoke import Context
from infra.local.stack import (
    REGION,
    Function,
    QueueSource,
    ScheduleSource,
    StreamSource,
    function_arn,
    queue_arn,
)
from tests.faults.faults import Crash
from tests.faults.injector import Injector
from tests.integration.stage import AT, Json, Stage
from tests.scenarios.moto_cloud import MotoCloud, running

DOMAIN: Final = "acme.example"
DESK: Final = Path(__file__).with_name("desk.yaml")
_INTAKE: Final = intake.handler
"""The handler as it is deployed: its container is forgotten with all others."""

COLLECTED: Final = 50
"""After how many runs garbage is collected: in between it costs a fifth of the time."""

KNOWING: Final = ("AuthorizerFunction",)
"""Functions whose handlers keep something themselves, not in `wiring`."""

MOST_TURNS: Final = 60
"""How often time may move on before a run counts as never quiet."""


@dataclass(slots=True, kw_only=True)
class Message:
    """A message in a queue, and since when it may be received (again)."""

    id: str
    body: str
    not_before: datetime
    receives: int = 0


@dataclass(slots=True, kw_only=True)
class Dead:
    """What was given up: in which dead-letter queue it lies, and why."""

    queue: str
    body: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Between:
    """Everything that is neither in the table nor in the bucket."""

    queues: dict[str, deque[Message]] = field(default_factory=dict)
    dead: list[Dead] = field(default_factory=list)
    batches: dict[str, deque[list[Json]]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    read: int = 0
    mails: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    again: list[Callable[["World"], object]] = field(default_factory=list)
    ids: int = 0
    unrecorded: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


class World:
    """One account. `inject` spoils calls; `between` is what waits outside the table."""

    def __init__(self, cloud: MotoCloud, inject: Injector, clock: Clock) -> None:
        """Take the provisioned stack; its bucket and table are there, its desk is not."""
        self.stack, self.inject, self.clock = cloud.stack, inject, clock
        self.bucket = self.stack.buckets[0]
        self.table = next(iter(self.stack.tables))
        self.between = Between()
        self.handlers: dict[str, Any] = {}
        self.raised: list[Exception] = []
        self.stage = Stage(bucket=self.bucket)
        self._sources = {
            one.id: [(each, compile_filters(one.id, getattr(each, "filters", ())))
                     for each in one.sources]
            for one in self.stack.functions
        }  # fmt: skip
        self._kept: dict[str, Any] = {}
        self._restored = 0

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function as Lambda does; None where it raised or its process ended."""
        known = self.stack.function(function)
        given = json.loads(json.dumps(event))
        before = len(self.inject.accepted)
        try:
            with self.inject.inside(function):
                return json.loads(json.dumps(self._handler(known)(given, _context(known))))
        except Crash:
            self.new_container()
            return None
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed invocation
            self.raised.append(error)
            return None
        finally:
            self._count_unrecorded(before)

    def _handler(self, function: Function) -> Any:
        if function.id not in self.handlers:
            module, _, name = function.handler.rpartition(".")
            self.handlers[function.id] = getattr(importlib.import_module(module), name)
        return self.handlers[function.id]

    def new_container(self) -> None:
        """Forget what a container knew."""
        for function in KNOWING:
            if function in self.handlers:
                self.handlers.pop(function)
                module, _, _ = self.stack.function(function).handler.rpartition(".")
                importlib.reload(importlib.import_module(module))
        wiring.forget(clients=False)
        wiring.table().bind()

    def _count_unrecorded(self, before: int) -> None:
        """Count the mails that the provider took and whose row does not say so."""
        for row, provider_id, _, _ in self.inject.accepted[before:]:
            item = self.item(*_row_key(row))
            held = item.get("provider_id", {}).get("S", "") if item else ""
            if provider_id not in held:
                known = self.between.unrecorded
                known[row] = known.get(row, 0) + 1

    # -- what is between ---------------------------------------------------------------------------

    def put(self, queue: str, body: str) -> None:
        """Put a message into a queue of the stack."""
        self.between.ids += 1
        message = Message(id=f"m{self.between.ids}", body=body, not_before=self.clock.now())
        self.between.queues.setdefault(queue, deque()).append(message)

    def collect(self) -> None:
        """Take over what the handlers put into moto's queues, and what the stream got."""
        for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
            for message in queue._messages:
                self.put(queue.name, message.body)
            queue._messages = []
        shard = self.backend().stream_shard
        fresh = shard.items[self.between.read :]
        self.between.read = len(shard.items)
        for function in self.stack.functions:
            for source, passes in self._sources[function.id]:
                if isinstance(source, StreamSource):
                    records = [_change(one) for one in fresh]
                    wanted = [one for one in records if passes(one)]
                    line = self.between.batches.setdefault(function.id, deque())
                    for start in range(0, len(wanted), source.batch_size):
                        line.append(wanted[start : start + source.batch_size])

    def settle(self) -> None:
        """Let queues and streams run until nothing more can be done at this instant."""
        self.collect()
        while sum(self._step(one) for one in self.stack.functions):
            self.collect()

    def _step(self, function: Function) -> bool:
        done = False
        for source, _ in self._sources[function.id]:
            if isinstance(source, QueueSource):
                done |= self._from_queue(function, source)
            elif isinstance(source, StreamSource):
                done |= self._from_stream(function, source)
        return done

    def _from_queue(self, function: Function, source: QueueSource) -> bool:
        line = self.between.queues.get(source.queue, deque())
        now = self.clock.now()
        ready = [one for one in line if one.not_before <= now][: source.batch_size]
        if not ready:
            return False
        settings = next(one for one in self.stack.queues if one.name == source.queue)
        for one in ready:
            one.receives += 1
            one.not_before = now + timedelta(seconds=settings.visibility)
        answer = self.invoke(function.id, {"Records": [_message(one, source) for one in ready]})
        failed = _failed(answer, {one.id for one in ready}, partial=source.partial)
        for one in ready:
            if one.id not in failed:
                line.remove(one)
            elif settings.dead_letters and one.receives >= settings.max_receives:
                line.remove(one)
                self.between.dead.append(
                    Dead(queue=settings.dead_letters, body=one.body, reason="received too often")
                )
        return True

    def _from_stream(self, function: Function, source: StreamSource) -> bool:
        line = self.between.batches.get(function.id, deque())
        if not line:
            return False
        batch = line[0]
        answer = self.invoke(function.id, {"Records": batch})
        numbers = [one["dynamodb"]["SequenceNumber"] for one in batch]
        failed = _failed(answer, set(numbers), partial=source.partial)
        left = batch[min((numbers.index(one) for one in failed), default=len(batch)) :]
        attempts = self.between.attempts
        if not left:
            line.popleft()
            attempts[function.id] = 0
        elif source.bisect and len(left) > 1:
            line.popleft()
            half = (len(left) + 1) // 2
            line.extendleft([left[half:], left[:half]])
        elif 0 <= source.retries <= attempts.get(function.id, 0):
            line.popleft()
            attempts[function.id] = 0
            body = json.dumps([one["dynamodb"]["Keys"] for one in left])
            self.between.dead.append(
                Dead(queue=str(source.on_failure), body=body, reason="retries exhausted")
            )
        else:
            line[0] = left
            attempts[function.id] = attempts.get(function.id, 0) + 1
        return True

    def tick(self, function: str = "SweepFunction") -> Any:
        """Let the clock's minute wake a scheduled function."""
        source = next(one for one, _ in self._sources[function] if isinstance(one, ScheduleSource))
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "resources":
                 [source.name], "time": f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}", "detail": {}}  # fmt: skip
        return self.invoke(function, event)

    # -- time --------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Let time pass, minute by minute of those in which something is due, until nothing is.

        Raises:
            AssertionError: it never gets quiet.
        """
        self.settle()
        for _ in range(MOST_TURNS):
            due = self.next_due()
            if due is None:
                return
            if due > self.clock.now():
                self.clock.hold(due)
            if any(at <= due for at in (*self._wakes("O#", "HEAD"), *self._followed())):
                self.tick()
            if any(at <= due for at in self._wakes("KEEP")):
                self.tick("HousekeepingFunction")
            self.settle()
        raise AssertionError("the desk never gets quiet: something is offered again and again")

    def next_due(self) -> datetime | None:
        """The next whole minute at which a message may be received again or anything is due."""
        waits = [one.not_before for line in self.between.queues.values() for one in line]
        waits += [*self._wakes("O#", "HEAD", "KEEP"), *self._followed()]
        if not waits:
            return None
        at = max(min(waits), self.clock.now())
        return at if at == at.replace(second=0, microsecond=0) else _next_minute(at)

    def _wakes(self, *kinds: str) -> list[datetime]:
        """When rows of the outbox (`O#`), tickets and jobs (`HEAD`) or notes of what commits own
        (`KEEP`) are due."""
        return [
            datetime.fromisoformat(one["wake_at"]["S"])
            for one in self.items()
            if one["sk"]["S"].startswith(kinds)
            and "wake_at" in one
            and one.get("due_shard", {}).get("S", "").startswith("DUE#")
        ]

    def _followed(self) -> list[datetime]:
        """When the sweep is to start the job of the live version, where it has none yet."""
        live = self.item("CONFIG", "LIVE")
        number = int(live["live"]["N"]) if live else 0
        version = self.item("CONFIG", f"V#{number:08}")
        if version is None or self.item(f"J#{job_id(number)}", "HEAD") is not None:
            return []
        return [datetime.fromisoformat(version["at"]["S"]) + SETTLED]

    # -- looking -----------------------------------------------------------------------------------

    def backend(self) -> Any:
        """Moto's own table."""
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[self.table]

    def items(self) -> list[Json]:
        """Everything in the table, without a call."""
        rows = (one for line in self.backend().items.values() for one in line.values())
        return sorted((one.to_json()["Attributes"] for one in rows),
                      key=lambda one: (one["pk"]["S"], one["sk"]["S"]))  # fmt: skip

    def item(self, pk: str, sk: str) -> Json | None:
        """One item of the table, without a call."""
        return next((one for one in self.items() if one["pk"]["S"] == pk and one["sk"]["S"] == sk),
                    None)  # fmt: skip

    def objects(self) -> dict[str, tuple[bytes, dict[str, str]]]:
        """The bucket's objects: their bytes and tags, by key, without a call."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        found = {}
        for name, key in backend.buckets[self.bucket].keys.items():
            found[name] = (key.value, backend.tagger.get_tag_dict_for_resource(key.arn))
        return found

    # -- keeping -----------------------------------------------------------------------------------

    def keep(self, name: str) -> None:
        """Remember how everything stands."""
        s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        ssm = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]
        self.collect()
        self._kept[name] = (
            deepcopy(self.backend()),
            deepcopy((s3.buckets, s3.tagger)),
            dict(ssm._parameters),
            deepcopy(self.between),
            (self.clock.now(), dict(self.inject.tokens), list(self.inject.accepted)),
        )

    def restore(self, name: str) -> bool:
        """Let everything stand as it was kept, in a new container; False where it was not."""
        if name not in self._kept:
            return False
        self._restored += 1
        if self._restored % COLLECTED == 0:
            gc.collect()
        table, (buckets, tagger), parameters, between, rest = self._kept[name]
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[self.table] = deepcopy(table)
        s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        s3.buckets, s3.tagger = deepcopy((buckets, tagger))
        ssm = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]
        ssm._parameters.clear()
        ssm._parameters.update(parameters)
        self.between = deepcopy(between)
        at, tokens, accepted = rest
        self.clock.hold(at)
        self.inject.tokens, self.inject.accepted = dict(tokens), list(accepted)
        self.new_container()
        return True


def _next_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _row_key(tag: str) -> tuple[str, str]:
    ticket, seq, n = tag.split("-")
    return f"T#{ticket}", f"O#{int(seq):010}#{n}"


def _context(function: Function) -> Context:
    return Context(
        function_name=function.name,
        memory_limit_in_mb=function.memory,
        invoked_function_arn=function_arn(function.name),
        aws_request_id="52fdfc07-2182-154f-163f-5f0f9a621d72",
        deadline=1e12,  # nobody runs out of time here
    )


def _message(one: Message, source: QueueSource) -> Json:
    return {
        "messageId": one.id,
        "receiptHandle": one.id,
        "body": one.body,
        "attributes": {"ApproximateReceiveCount": str(one.receives)},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(source.queue),
        "awsRegion": REGION,
    }


def _change(record: Any) -> Json:
    told = dict(record.to_json())
    told["dynamodb"] = {**told["dynamodb"], "ApproximateCreationDateTime": 0}
    plain: Json = json.loads(json.dumps(told))
    return plain


def _failed(answer: Any, sent: set[str], *, partial: bool) -> set[str]:
    """What an answer reports as failed; no answer, or one that makes no sense, fails all."""
    if answer is None:
        return sent
    if not partial:
        return set()
    named = {one.get("itemIdentifier") for one in answer.get("batchItemFailures", ())}
    return named if named <= sent else sent


@contextmanager
def world() -> Iterator[World]:
    """A desk with its example document, at the instant of the examples."""
    with running(DOMAIN, AT) as cloud, pytest.MonkeyPatch.context() as patch:
        inject = Injector(cloud.clock.now)
        patch.setattr(intake, "handler", _INTAKE)
        patch.setattr(parts, "session", lambda: inject.session)
        patch.setattr("pynamodb.connection.base.get_session", lambda: inject.session)
        # Moto copies the whole table before a transaction; what the stream told does not change.
        patch.setattr(StreamRecord, "__deepcopy__", lambda self, _: self, raising=False)
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        wiring.forget()
        wiring.table().bind()
        cloud.aws("sesv2").create_email_identity(EmailIdentity=DOMAIN)
        made = World(cloud, inject, cloud.clock)
        patch.setattr(environment, "new_id", lambda: _code(made))
        patch.setattr(Caller, "post", lambda *_: Answer(status=200))
        patch.setattr(environment, "pause", lambda attempt: attempt < 4)
        made.new_container()
        patch.setattr(sweep, "DIRECTLY", 1)
        wiring.publish(load_document(DESK), author="eva", message="first", at=AT)
        first = Job(id=job_id(1), kind=KIND, state="done", created_at=AT, updated_at=AT)
        wiring.jobs().create(first)
        wiring.mail_secrets()
        made.keep("desk")
        logging.disable(logging.CRITICAL)
        gc.disable()
        try:
            yield made
        finally:
            gc.enable()
            logging.disable(logging.NOTSET)
    wiring.forget()


def _code(made: World) -> str:
    made.between.ids += 1
    return f"QZ{made.between.ids:06d}"
