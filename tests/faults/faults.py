"""What can go wrong at one call of AWS, and where it goes wrong: before the call, on its way, or
after it was carried out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

Answer = tuple[AWSResponse, dict[str, Any]]


class Crash(BaseException):
    """The process ends here: no `except Exception` sees it, and the container is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the `n`-th of its run, by which function, to what, and where in the code."""

    n: int
    function: str
    service: str
    operation: str
    body: Mapping[str, Any] = field(default_factory=dict)
    site: str = ""

    @property
    def name(self) -> str:
        """The call as tables show it."""
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    `before` answers instead of AWS or raises, `lose` says of which attempts (from 1) the answer is
    lost after the call was carried out, `after` spoils the answer the caller is given. `crashes`
    tells that the container does not outlive it.
    """

    name: str
    fits: Callable[[Call], bool] = lambda _: True
    before: Callable[[Call], Answer | None] = lambda _: None
    lose: Callable[[int], bool] = lambda _: False
    after: Callable[[Call], Answer | None] = lambda _: None


def _answer(status: int, code: str, **more: Any) -> Answer:
    parsed = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "injected", "HTTPHeaders": {}},
        **more,
    }
    return AWSResponse("https://injected", status, {}, None), parsed


_THROTTLED: Final = {
    "s3": (503, "SlowDown"),
    "sesv2": (429, "TooManyRequestsException"),
    "sqs": (403, "RequestThrottled"),
}
_DENIED: Final = {"s3": (403, "AccessDenied"), "sqs": (403, "AccessDenied")}


def _throttle(call: Call) -> Answer:
    return _answer(*_THROTTLED.get(call.service, (400, "ThrottlingException")))


def _deny(call: Call) -> Answer:
    return _answer(*_DENIED.get(call.service, (400, "AccessDeniedException")))


def _crash(_: Call) -> Answer | None:
    raise Crash


def _no_connection(_: Call) -> Answer | None:
    raise ConnectTimeoutError(endpoint_url="https://injected")


def lost(url: str) -> ReadTimeoutError:
    """The time-out of whoever waits for an answer."""
    return ReadTimeoutError(endpoint_url=url)


def _writes(call: Call) -> list[Mapping[str, Any]]:
    """The writes of a call that stand under a condition."""
    if call.service != "dynamodb":
        return []
    if call.operation == "TransactWriteItems":
        return [next(iter(one.values())) for one in call.body["TransactItems"]]
    return [call.body] if call.operation in ("PutItem", "UpdateItem", "DeleteItem") else []


_READS: Final = ("BatchGetItem", "GetParameter", "Query")


def _changes(call: Call) -> bool:
    """Whether a call changes anything. After one that only reads, to crash is to crash before the
    next, and to lose its answer is to have none."""
    return call.operation not in _READS and not call.operation.startswith(("GetObject", "List"))


def _conditional(call: Call) -> bool:
    return any("ConditionExpression" in one for one in _writes(call))


def _condition_fails(call: Call) -> Answer:
    """The last condition of the call does not hold: somebody else wrote at that moment."""
    if call.operation != "TransactWriteItems":
        return _answer(400, "ConditionalCheckFailedException")
    writes = _writes(call)
    last = max(n for n, one in enumerate(writes) if "ConditionExpression" in one)
    return _cancelled(len(writes), last, "ConditionalCheckFailed")


def _conflict(call: Call) -> Answer:
    return _cancelled(len(_writes(call)), 0, "TransactionConflict")


def _cancelled(size: int, place: int, code: str) -> Answer:
    reasons = [{"Code": code if n == place else "None", "Message": "injected"} for n in range(size)]
    words = ", ".join(one["Code"] for one in reasons)
    answer = _answer(400, "TransactionCanceledException", CancellationReasons=reasons)
    answer[1]["Error"]["Message"] = f"Transaction cancelled [{words}]"
    return answer


NONE: Final = Fault(name="nothing")
CRASH_BEFORE: Final = Fault(name="crash before", before=_crash)
CRASH_AFTER: Final = Fault(name="crash after", fits=_changes, after=_crash)

FAULTS: Final = (
    CRASH_BEFORE,
    CRASH_AFTER,
    Fault(name="throttled", before=_throttle),
    Fault(name="no connection", before=_no_connection),
    Fault(name="answer lost", lose=lambda _: True),
    Fault(name="answer lost once", fits=_changes, lose=lambda attempt: attempt == 1),
    Fault(name="done, then 500", fits=_changes, after=lambda _: _answer(500, "InternalServerError")),
    Fault(name="condition fails", fits=_conditional, before=_condition_fails),
    Fault(name="conflict", fits=lambda call: call.operation == "TransactWriteItems",
          before=_conflict),
    Fault(name="access denied", before=_deny),
)  # fmt: skip
"""Every way in which a call goes wrong here. `answer lost` holds for each attempt of the client,
`answer lost once` lets its own repetition through, where it repeats."""

BY_NAME: Final = {one.name: one for one in FAULTS}


def body_of(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON body of a request; empty where it has none."""
    raw = request.get("body") or b""
    text = raw if isinstance(raw, bytes | str) else b""
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
