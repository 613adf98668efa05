"""How a transaction that was refused is told."""

from typing import Final, NoReturn

from pynamodb.exceptions import TransactWriteError

from guardia.adapters import codec, items
from guardia.adapters.table import Table
from guardia.ports import AlreadyHandledError, ConflictError, StaleError

FAILED: Final = "ConditionalCheckFailed"
BUSY: Final = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")
"""Reasons within a transaction that was cancelled."""

_BUSY_ALTOGETHER: Final = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
)


def raise_for(error: TransactWriteError, table: Table, mark: str | None, *, place: int) -> NoReturn:
    """Raise what the refusal of a commit means. `place` is that of the mark among its writes.

    Raises:
        AlreadyHandledError, StaleError, ConflictError: see `Store.commit`.
    """
    reasons = [one.code if one else "" for one in error.cancellation_reasons]
    if mark is not None and len(reasons) > place and reasons[place] == FAILED:
        key = items.mark_key(mark)
        kept = table.read([key]).get(key)
        answer = codec.plain_loads(kept.answer) if isinstance(kept, items.MarkItem) else {}
        raise AlreadyHandledError(answer) from error
    if FAILED in reasons:
        raise StaleError from error
    if any(one in BUSY for one in reasons) or error.cause_response_code in _BUSY_ALTOGETHER:
        raise ConflictError from error
    raise error
