"""The `ConfigStore` port: versions and pointer in the table, documents in the blob store."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from guardia.adapters import items
from guardia.adapters.items import LiveItem, VersionItem
from guardia.adapters.table import Table
from guardia.ports import Blobs, NotFoundError, StaleError


class TableConfig:
    """Versions are immutable; one pointer, moved under a condition, says which is live."""

    def __init__(self, table: Table, blobs: Blobs) -> None:
        """Take the table and the place of the documents."""
        self._table, self._blobs = table, blobs

    def read(self, version: int) -> Mapping[str, Any]:
        """Return the document of a version; see `ConfigStore.read`."""
        found = self._version(version)
        if found is None:
            raise NotFoundError("config version", str(version))
        document: dict[str, Any] = json.loads(self._blobs.get(_document_key(found.hash)))
        return document

    def live(self) -> int:
        """Return the number of the live version; see `ConfigStore.live`."""
        found = self._table.read([items.LIVE_KEY]).get(items.LIVE_KEY)
        return int(found.live) if isinstance(found, LiveItem) else 0

    def publish(
        self, document: Mapping[str, Any], *, author: str, message: str, at: datetime, parent: int
    ) -> int:
        """Keep a new version and make it the live one; see `ConfigStore.publish`."""
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        if self.live() != parent:
            raise StaleError
        before = self._version(parent)
        if before is not None and before.hash == digest:
            return parent
        key = _document_key(digest)
        self._blobs.put(key, text.encode(), content_type="application/json", pending=False)
        number = parent + 1
        version = VersionItem(
            *_version_key(number),
            number=number,
            author=author,
            at=at,
            message=message,
            parent=parent,
            hash=digest,
        )
        pointer = LiveItem(*items.LIVE_KEY, live=number)
        unmoved = LiveItem.live == parent if parent else LiveItem.pk.does_not_exist()
        try:
            with TransactWrite(connection=self._table.connection) as transaction:
                transaction.save(version, condition=VersionItem.pk.does_not_exist())
                transaction.update(pointer, actions=pointer.actions(), condition=unmoved)
        except TransactWriteError as error:
            if any(one and one.code for one in error.cancellation_reasons):
                raise StaleError from error
            raise
        return number

    def _version(self, number: int) -> VersionItem | None:
        key = _version_key(number)
        found = self._table.read([key]).get(key) if number else None
        return found if isinstance(found, VersionItem) else None


def _version_key(number: int) -> tuple[str, str]:
    return "CONFIG", f"V#{number:08}"


def _document_key(digest: str) -> str:
    return f"config/{digest}.json"
