"""Entries as they lie in the table: whole, or, where they are long, in the blob store."""

import hashlib
from typing import Final

from guardia.adapters import codec, items
from guardia.adapters.items import EntryItem
from guardia.domain.model import Entry
from guardia.ports import Blobs

MAX_BODY: Final = 100_000
"""Bytes of an entry that stay in the table; an item may have 400 KB, names and keys included."""


class Bodies:
    """Lays entries out and reads them back."""

    def __init__(self, blobs: Blobs) -> None:
        """Take the place of what is long."""
        self._blobs = blobs

    def lay_out(self, ticket: str, entry: Entry) -> EntryItem:
        """Return the item of an entry; a long body is put away first, pending the commit."""
        body = codec.dumps(entry)
        key = items.entry_key(ticket, entry.seq)
        if len(body.encode()) <= MAX_BODY:
            return EntryItem(*key, body=body)
        blob = f"t/{ticket}/{hashlib.sha256(body.encode()).hexdigest()}"
        self._blobs.put(blob, body.encode(), content_type="application/json", pending=True)
        return EntryItem(*key, blob=blob)

    def keep(self, item: EntryItem) -> None:
        """After the commit: a body that was put away stays."""
        if item.blob:
            self._blobs.keep(item.blob)

    def entry(self, item: EntryItem) -> Entry:
        """Read an entry back."""
        return codec.loads(Entry, item.body or self._blobs.get(str(item.blob)).decode())
