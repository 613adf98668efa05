"""What Lambda's event source mappings do: take from a queue or a stream, call, keep what failed."""

import base64
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import uuid4

from infra.local.cloud import Clients
from infra.local.filters import compile_filters
from infra.local.invoke import InvocationError, Invoker, say
from infra.local.stack import (
    ACCOUNT,
    REGION,
    Function,
    QueueSource,
    StreamSource,
    function_arn,
    queue_arn,
)

Record = dict[str, Any]
_RECEIVE_AT_ONCE: Final = 10
"""SQS hands out no more messages in one answer."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
"""Seconds between the attempts at a stream's batch that fails: doubled each time."""


class Pump(Protocol):
    """A source of events and the function it wakes. One thread at a time calls it."""

    name: str

    def once(self) -> int:
        """Take one batch and call the function; return how many records were taken."""


class QueuePump:
    """Wakes a function with the messages of a queue."""

    def __init__(
        self, function: Function, source: QueueSource, aws: Clients, invoke: Invoker, url: str
    ) -> None:
        """Compile the filters.

        Raises:
            TemplateError: a filter is not understood.
        """
        self.name = f"{source.queue} → {function.id}"
        self._function, self._source, self._invoke, self._url = function, source, invoke, url
        self._sqs = aws("sqs")
        self._passes = compile_filters(function.id, source.filters)

    def once(self) -> int:
        """Take one batch, call the function, and delete what it did."""
        messages = self._receive()
        if not messages:
            return 0
        records = {one["MessageId"]: (one, self._record(one)) for one in messages}
        wanted = {id: record for id, (_, record) in records.items() if self._passes(_open(record))}
        # A message that no filter wants is used up, as Lambda does it.
        failed = self._call(list(wanted.values())) if wanted else set()
        for id, (message, _) in records.items():
            if id not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def _receive(self) -> list[Record]:
        messages: list[Record] = []
        while len(messages) < self._source.batch_size:
            found = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(_RECEIVE_AT_ONCE, self._source.batch_size - len(messages)),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            ).get("Messages", [])
            messages.extend(found)
            if len(found) < _RECEIVE_AT_ONCE:
                break
        return messages

    def _record(self, message: Mapping[str, Any]) -> Record:
        attributes = {
            name: {
                "stringValue": one.get("StringValue"),
                "binaryValue": _text(one.get("BinaryValue")),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": one["DataType"],
            }
            for name, one in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": attributes,
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn(self._source.queue),
            "awsRegion": REGION,
        }

    def _call(self, records: list[Record]) -> set[str]:
        """Return the ids of the messages that stay in the queue."""
        sent = {one["messageId"] for one in records}
        try:
            answer = self._invoke(self._function.id, {"Records": records})
        except InvocationError:
            return sent
        if not self._source.partial:
            return set()
        return _failures(self._function.id, answer, sent)


def _failures(function: str, answer: Any, sent: set[str]) -> set[str]:
    """Return what an answer reports as failed; one that makes no sense fails the whole batch."""
    try:
        named = {one["itemIdentifier"] for one in (answer or {}).get("batchItemFailures") or ()}
    except (AttributeError, KeyError, TypeError):
        named = {None}
    if not named <= sent:
        say(f"{function} answered with a batchItemFailures that names none of its records")
        return sent
    return named


def _open(record: Record) -> Record:
    """Give filters the body as JSON where it is JSON."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return record


class StreamPump:
    """Wakes a function with the changes of a table, in order."""

    def __init__(
        self,
        function: Function,
        source: StreamSource,
        aws: Clients,
        invoke: Invoker,
        watch: Callable[[Record], None],
    ) -> None:
        """Find the stream. `watch` sees every change once, before the filter.

        Raises:
            TemplateError: a filter is not understood.
        """
        self.name = f"{source.table} → {function.id}"
        self._function, self._source, self._invoke = function, source, invoke
        self._aws, self._watch = aws, watch
        self._passes = compile_filters(function.id, source.filters)
        self._streams = aws("dynamodbstreams")
        self._arn = aws("dynamodb").describe_table(TableName=source.table)["Table"][
            "LatestStreamArn"
        ]
        self._shard = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"][
            "Shards"
        ][0]["ShardId"]
        self._last: str | None = None
        self._iterator = self._position()
        self._batches: deque[list[Record]] = deque()
        self._attempts = 0
        self._not_before = 0.0

    def _position(self) -> str:
        after = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last}
            if self._last
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        return str(
            self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=self._shard, **after)[
                "ShardIterator"
            ]
        )

    def once(self) -> int:
        """Take the next changes and call the function; a batch that fails holds the others up."""
        if self._batches:
            return self._work() if time.monotonic() >= self._not_before else 0
        try:
            answer = self._streams.get_records(
                ShardIterator=self._iterator, Limit=self._source.batch_size
            )
        except (
            self._streams.exceptions.ExpiredIteratorException,
            self._streams.exceptions.TrimmedDataAccessException,
        ):
            self._iterator = self._position()
            return 0
        self._iterator = answer["NextShardIterator"]
        if not answer["Records"]:
            return 0
        self._last = answer["Records"][-1]["dynamodb"]["SequenceNumber"]
        records = [self._record(one) for one in answer["Records"]]
        for one in records:
            self._watch(one)
        wanted = [one for one in records if self._passes(one)]
        if wanted:
            self._batches.append(wanted)
            self._work()
        return len(records)

    def _record(self, change: Mapping[str, Any]) -> Record:
        inner = dict(change["dynamodb"])
        inner["ApproximateCreationDateTime"] = inner["ApproximateCreationDateTime"].timestamp()
        record = {**change, "dynamodb": inner, "eventSourceARN": self._arn}
        plain: Record = json.loads(json.dumps(record, default=_text))
        return plain

    def _work(self) -> int:
        batch = self._batches[0]
        left = self._call(batch)
        if not left:
            self._batches.popleft()
            self._attempts, self._not_before = 0, 0.0
            return len(batch)
        if self._source.bisect and len(left) > 1:
            half = (len(left) + 1) // 2
            self._batches.popleft()
            self._batches.extendleft([left[half:], left[:half]])
        elif 0 <= self._source.retries <= self._attempts:
            self._batches.popleft()
            self._give_up(left)
            self._attempts, self._not_before = 0, 0.0
            return len(batch)
        else:
            self._batches[0] = left
            self._attempts += 1
        pause = min(_FIRST_PAUSE * 2.0**self._attempts, _LONGEST_PAUSE)
        self._not_before = time.monotonic() + pause
        return len(batch) - len(left)

    def _call(self, batch: list[Record]) -> list[Record]:
        """Return the records that are still to be done: all from the first that failed."""
        try:
            answer = self._invoke(self._function.id, {"Records": batch})
        except InvocationError:
            return batch
        if not self._source.partial:
            return []
        numbers = [one["dynamodb"]["SequenceNumber"] for one in batch]
        failed = _failures(self._function.id, answer, set(numbers))
        first = min((numbers.index(one) for one in failed), default=len(batch))
        return batch[first:]

    def _give_up(self, batch: list[Record]) -> None:
        say(f"{self.name}: {len(batch)} changes failed too often")
        if self._source.on_failure is None:
            return
        sqs = self._aws("sqs")
        url = sqs.get_queue_url(QueueName=self._source.on_failure)["QueueUrl"]
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        notice = {
            "requestContext": {
                "requestId": str(uuid4()),
                "functionArn": function_arn(self._function.name),
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": self._attempts + 1,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": _iso(time.time()),
            "DDBStreamBatchInfo": {
                "shardId": self._shard,
                "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _iso(first["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": _iso(last["ApproximateCreationDateTime"]),
                "batchSize": len(batch),
                "streamArn": self._arn,
            },
        }
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(notice))


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")


def _text(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def pumps_of(
    functions: tuple[Function, ...],
    aws: Clients,
    invoke: Invoker,
    endpoint: str,
    watch: Callable[[Record], None],
) -> list[Pump]:
    """Make the pump of every queue and stream that wakes a function.

    `watch` sees the changes of each table once, however many functions they wake.
    """
    found: list[Pump] = []
    watched: set[str] = set()
    for function in functions:
        for source in function.sources:
            if isinstance(source, QueueSource):
                url = f"{endpoint}/{ACCOUNT}/{source.queue}"
                found.append(QueuePump(function, source, aws, invoke, url))
            elif isinstance(source, StreamSource):
                seen = watch if source.table not in watched else _ignore
                watched.add(source.table)
                found.append(StreamPump(function, source, aws, invoke, seen))
    return found


def _ignore(_: Record) -> None:
    return None
