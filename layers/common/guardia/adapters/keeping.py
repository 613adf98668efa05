"""The `Keeping` port: objects of commits that happened lose the mark that would end them.

The commit itself takes the mark off; where that did not come to pass (a crash, a refusal of S3), it
left a note in the same transaction of what it owns.
"""

from datetime import datetime

from guardia.adapters import items, timers
from guardia.adapters.table import Table
from guardia.ports import Blobs


class TableKeeping:
    """Notes in the table, objects in the blob store."""

    def __init__(self, table: Table, blobs: Blobs) -> None:
        """Take both."""
        self._table, self._blobs = table, blobs

    def keep_due(self, until: datetime, most: int) -> int:
        """Look after the commits whose note has come due; see `Keeping.keep_due`."""
        keys = timers.notes(self._table, until, most)
        for start in range(0, len(keys), 100):
            for item in self._table.read(keys[start : start + 100]).values():
                if isinstance(item, items.KeepItem):
                    for key in item.keys:
                        self._blobs.keep(str(key))
                    item.delete()
        return len(keys)
