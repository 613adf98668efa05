"""The outbox out: rows from the stream and from the queue, delivered under a lease.

A row that the provider refuses is written as such and counts as done. Only a row that could not be
written down goes back: in a queue alone, in the stream with everything behind it.
"""

import json
from collections.abc import Callable
from typing import Any

from guardia import wiring
from guardia.delivery import Relay
from guardia.logs import Log

Row = tuple[str, int, int]


def build(relay: Callable[[], Relay]) -> Callable[..., dict[str, Any]]:
    """Build the handler over a relay; tests bring their own."""
    log = Log("outbox-relay")

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed: list[dict[str, str]] = []
        waiting: set[str] = set()
        for record in event["Records"]:
            try:
                row = _row(record)
                if row[0] in waiting:
                    continue  # an earlier message of this ticket waits: the sweep offers both again
                state = relay().deliver(*row)
            except Exception as error:  # noqa: BLE001 - whatever it is, the record comes again
                log.failure("not delivered", error)
                failed.append({"itemIdentifier": _name(record)})
                if "dynamodb" in record:
                    break  # a stream resumes at its lowest failure: going on would repeat the rest
                continue
            if state == "waiting":
                waiting.add(row[0])
            log.info("outbox row", ticket=row[0], seq=row[1], n=row[2], state=state)
        return {"batchItemFailures": failed}

    return handle


def _name(record: dict[str, Any]) -> str:
    """What Lambda calls the record when it is to come again."""
    if "dynamodb" in record:
        return str(record["dynamodb"]["SequenceNumber"])
    return str(record["messageId"])


def _row(record: dict[str, Any]) -> Row:
    """The record's row: of the stream by its keys, of the queue by its body."""
    if "dynamodb" in record:
        keys = record["dynamodb"]["Keys"]
        _, seq, n = keys["sk"]["S"].split("#")
        return keys["pk"]["S"].removeprefix("T#"), int(seq), int(n)
    body = json.loads(record["body"])
    return body["ticket"], int(body["seq"]), int(body["n"])


handler = build(wiring.relay)
wiring.prepare(wiring.relay)
