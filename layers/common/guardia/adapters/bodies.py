"""Entries and outbox rows as they lie in the table: whole, or, where they are long, in the blob
store."""

import hashlib
from collections.abc import Iterable
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

    @staticmethod
    def owned(
        ticket: str, entries: Iterable[Entry], laid: Iterable[EntryItem | OutboxItem]
    ) -> list[str]:
        """The keys of all that a commit owns in the blob store: files and long bodies."""
        files = (file for one in entries if one.comment for file in one.comment.attachments)
        keys = [f"t/{ticket}/{one.sha256}" for one in files]
        return list(dict.fromkeys((*keys, *(str(one.blob) for one in laid if one.blob))))

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
