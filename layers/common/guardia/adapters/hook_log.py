"""The `HookLog` port: what became of each source's deliveries, in the table for two weeks."""

from datetime import UTC, datetime, timedelta
from typing import Final

from guardia.adapters import codec, cursors, items
from guardia.adapters.items import HandledItem
from guardia.adapters.table import Table
from guardia.ports import Handled

KEPT: Final = timedelta(days=14)
_NEWEST: Final = "D#~"


class TableHookLog:
    """Deliveries by source, in the order of time."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def add(self, handled: Handled) -> None:
        """Keep what became of a delivery; see `HookLog.add`."""
        key = items.handled_key(handled.source, handled.at.astimezone(UTC), handled.request)
        until = (handled.at + KEPT).timestamp()
        HandledItem(*key, body=codec.dumps(handled), expires_at=int(until)).save()

    def latest(
        self, source: str, since: datetime, limit: int, cursor: str | None
    ) -> tuple[list[Handled], str | None]:
        """List what became of a source's deliveries; see `HookLog.latest`."""
        pk, oldest = items.handled_key(source, since.astimezone(UTC), "")
        before = cursors.read(cursor, "D#")
        if before is not None and before < oldest:
            return [], None
        rows, page = self._table.query(
            "pk = :pk AND sk BETWEEN :from AND :to",
            {":pk": pk, ":from": oldest, ":to": _NEWEST},
            limit=limit,
            forward=False,
            start={"pk": {"S": pk}, "sk": {"S": before}} if before else None,
        )
        found = [codec.loads(Handled, one.body) for one in rows if isinstance(one, HandledItem)]
        return found, cursors.written(page["sk"]["S"]) if page else None
