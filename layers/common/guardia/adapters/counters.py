"""The `Counters` port: one item a counter, counted under a condition, gone by itself."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import UpdateError

from guardia.adapters import items
from guardia.adapters.items import CounterItem
from guardia.adapters.table import Table

KEPT: Final = timedelta(hours=1)
"""How long a counter stays after its stretch of time, for clocks that differ."""

_FAILED: Final = "ConditionalCheckFailedException"


class TableCounters:
    """Counters in the table. The models are bound to it, so it is only held here."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def take(self, name: str, most: int, until: datetime) -> bool:
        """Count once more, if it may be; see `Counters.take`."""
        item = CounterItem(*items.counter_key(name))
        try:
            item.update(
                actions=[
                    CounterItem.spent.add(1),
                    CounterItem.expires_at.set(int((until + KEPT).timestamp())),
                ],
                condition=CounterItem.spent.does_not_exist() | (CounterItem.spent < most),
            )
        except UpdateError as error:
            if error.cause_response_code != _FAILED:
                raise
            return False
        return True
