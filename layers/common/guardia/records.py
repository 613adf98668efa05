"""Records of a queue, one by one: one that fails goes back alone, the others are done."""

from collections.abc import Callable
from typing import Any

from guardia.logs import Handler, Log
from guardia.ports import LaterError


def one_by_one(take_in: Callable[[str], None], log: Log) -> Handler:
    """Build the handler of a queue whose function reports failed records by name.

    `take_in` is given each record's body. A record without a name, which no queue sends, makes the
    whole batch come again: nothing else can be said of it.
    """

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            try:
                take_in(record["body"])
            except LaterError:
                failed.append(_name(record))
            except Exception as error:  # noqa: BLE001 - whatever it is, the record comes again
                log.failure("not taken in", error)
                failed.append(_name(record))
        return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

    return handle


def _name(record: Any) -> str:
    return str(record.get("messageId") or "") if isinstance(record, dict) else ""
