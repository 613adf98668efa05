"""The `Webhooks` port: how endpoints are doing, and the calls that were made, in the table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from pynamodb.exceptions import PutError

from guardia.adapters import codec, cursors, items, revised
from guardia.adapters.items import BreakerItem, CallItem
from guardia.adapters.table import Table
from guardia.domain.breaker import Breaker
from guardia.ports import Call

KEPT: Final = timedelta(days=14)


class TableWebhooks:
    """Breakers and calls, by webhook."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def breaker(self, webhook: str) -> Breaker:
        """Return how an endpoint is doing; see `Webhooks.breaker`."""
        return revised.read(self._table, items.breaker_key(webhook), Breaker, Breaker())[0]

    def change(self, webhook: str, how: Callable[[Breaker], Breaker]) -> Breaker:
        """Change how an endpoint is doing; see `Webhooks.change`."""
        key = items.breaker_key(webhook)
        return revised.change(self._table, key, BreakerItem, Breaker, Breaker(), how)[1]

    def log(self, call: Call) -> bool:
        """Keep a call; see `Webhooks.log`."""
        key = items.call_key(call.webhook, call.at, call.row, call.attempt)
        until = int((call.at + KEPT).timestamp())
        try:
            CallItem(*key, body=codec.dumps(call), expires_at=until).save(
                condition=CallItem.pk.does_not_exist()
            )
        except PutError as error:
            if error.cause_response_code != revised.FAILED:
                raise
            return False
        return True

    def calls(self, webhook: str, limit: int, cursor: str | None) -> tuple[list[Call], str | None]:
        """List the calls of a webhook; see `Webhooks.calls`."""
        pk, before = f"WH#{webhook}", cursors.read(cursor, "C#")
        rows, page = self._table.query(
            "pk = :pk AND begins_with(sk, :sk)",
            {":pk": pk, ":sk": "C#"},
            limit=limit,
            forward=False,
            start={"pk": {"S": pk}, "sk": {"S": before}} if before else None,
        )
        found = [codec.loads(Call, one.body) for one in rows if isinstance(one, CallItem)]
        return found, cursors.written(page["sk"]["S"]) if page else None
