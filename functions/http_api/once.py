"""Idempotency-Key: a POST that is repeated is answered as it was, and done once.

Tickets keep their answer in the transaction that changes them (`planning.Request.kept`). What is
no such transaction takes a mark first and writes its answer afterwards (`once`); an answer that is
too long for the table lies beside it, for as long as the mark.
"""

import hashlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from functions.http_api.calls import Call
from guardia.domain.model import InvalidError
from guardia.ports import Blobs, Marks

REPLAYED: Final = {"Idempotency-Replayed": "true"}
_MOST_KEPT: Final = 100_000
"""Characters of an answer that lie in the table."""

Answer = dict[str, Any]


class InFlightError(Exception):
    """The same request is being worked on (409)."""


def check(call: Call, kept: Mapping[str, Any]) -> None:
    """See to it that a repeated Idempotency-Key came with the same request.

    Raises:
        InvalidError: it came with another one.
    """
    if kept.get("request") != call.digest:
        message = "was sent with another request before; take a new one for each request"
        raise InvalidError("idempotency_key", message, "Idempotency-Key")


def once(
    call: Call,
    mark: str,
    work: Callable[[], Answer],
    *,
    marks: Marks,
    blobs: Blobs,
    kept: Callable[[str], str] = lambda body: body,
) -> Answer:
    """Do the work and return its answer; where it was done before, the answer of then.

    Work that was refused is not kept: the same request may succeed later. `kept` makes of the
    answer's body what may be kept of it.

    Raises:
        InvalidError: the Idempotency-Key came with another request before.
        InFlightError: the first request is still being worked on.
    """
    found = marks.claim(mark, call.digest, call.at, call.mark_expires_at)
    if not found.ours:
        if found.kept:
            check(call, found.kept)
        if found.open:
            raise InFlightError
        return _repeated(found.kept, blobs)
    try:
        given = work()
    except Exception:
        marks.free(mark)
        raise
    if given["statusCode"] >= HTTPStatus.BAD_REQUEST:
        marks.free(mark)
        return given
    told: dict[str, Any] = {"request": call.digest, "status": given["statusCode"]}
    body = kept(given.get("body") or "")
    if len(body) <= _MOST_KEPT:
        told["body"] = body
    else:
        told["blob"] = f"t/answers/{hashlib.sha256(mark.encode()).hexdigest()}"
        blobs.put(told["blob"], body.encode(), content_type="application/json", pending=True)
    marks.keep(mark, told)
    return given


def _repeated(kept: Mapping[str, Any], blobs: Blobs) -> Answer:
    body = blobs.get(kept["blob"]).decode() if "blob" in kept else kept["body"]
    return {
        "statusCode": kept["status"],
        "headers": {"Content-Type": "application/json", **REPLAYED},
        "body": body,
        "isBase64Encoded": False,
    }
