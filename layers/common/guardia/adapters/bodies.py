"""Entries and outbox rows as they lie in the table: whole, or, where they are long, in the blob
store."""

import hashlib
from typing import Final

from guardia.adapters import codec, items
from guardia.adapters.items import EntryItem, OutboxItem
from guardia.domain.model import Entry, OutboxRow
from guardia.ports import Blobs, Delivery

MAX_BODY: Final = 100_000
"""Bytes of an entry that stay in the table; an item may have 400 KB, names and keys included."""


class Bodies:
    """Lays entries out and reads them back."""

    def __init__(self, blobs: Blobs) -> None:
        """Take the place of what is long."""
        self._blobs = blobs

    def lay_out(self, ticket: str, entry: Entry) -> EntryItem:
        """Return the item of an entry; a long body is put away first, pending the commit."""
        body, blob = self._laid(ticket, codec.dumps(entry))
        raw = entry.comment.raw if entry.comment and blob else None
        return EntryItem(*items.entry_key(ticket, entry.seq), body=body, blob=blob, raw=raw)

    def lay_out_row(self, row: OutboxRow) -> OutboxItem:
        """Return the item of a new outbox row; a long one is put away first, pending the commit."""
        return OutboxItem.of(row, *self._laid(row.ticket, codec.dumps(row)))

    def _laid(self, ticket: str, body: str) -> tuple[str | None, str | None]:
        if len(body.encode()) <= MAX_BODY:
            return body, None
        blob = f"t/{ticket}/{hashlib.sha256(body.encode()).hexdigest()}"
        self._blobs.put(blob, body.encode(), content_type="application/json", pending=True)
        return None, blob

    def keep(self, item: EntryItem | OutboxItem) -> None:
        """After the commit: a body that was put away stays."""
        if item.blob:
            self._blobs.keep(item.blob)

    def entry(self, item: EntryItem) -> Entry:
        """Read an entry back."""
        return codec.loads(Entry, item.body or self._blobs.get(str(item.blob)).decode())

    def delivery(self, item: OutboxItem) -> Delivery:
        """Read an outbox row back with how it stands."""
        body = item.row or self._blobs.get(str(item.blob)).decode()
        return item.delivery(codec.loads(OutboxRow, body))
