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
from guardia.ports import Blobs, DriftError, NotFoundError, Version


class TableConfig:
    """Versions are immutable; one pointer, moved under a condition, says which is live."""

    def __init__(self, table: Table, blobs: Blobs) -> None:
        """Take the table and the place of the documents."""
        self._table, self._blobs = table, blobs

    def read(self, version: int) -> Mapping[str, Any]:
        """Return the document of a version; see `ConfigStore.read`."""
        return self._document(self.version(version).hash)

    def source(self, version: int) -> Mapping[str, Any]:
        """Return a version as it was sent; see `ConfigStore.source`."""
        kept = self.version(version).source
        return self._document(kept) if kept else {}

    def live(self) -> int:
        """Return the number of the live version; see `ConfigStore.live`."""
        found = self._table.read([items.LIVE_KEY]).get(items.LIVE_KEY)
        return int(found.live) if isinstance(found, LiveItem) else 0

    def version(self, number: int) -> Version:
        """Return who made a version, when and why; see `ConfigStore.version`."""
        found = self._versions([number] if number > 0 else [])
        if not found:
            raise NotFoundError("config version", str(number))
        return found[0]

    def versions(self, newest: int, limit: int) -> list[Version]:
        """List versions, the newest first; see `ConfigStore.versions`."""
        return self._versions(list(range(newest, max(newest - limit, 0), -1)))

    def publish(
        self,
        document: Mapping[str, Any],
        *,
        author: str,
        message: str,
        at: datetime,
        parent: int,
        source: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a new version and make it the live one; see `ConfigStore.publish`."""
        live = self.live()
        if live != parent:
            raise DriftError(parent, live)
        digest, text = _written(document)
        sent, sent_text = _written(source) if source else (None, b"")
        if parent and _is_same(self.version(parent), digest, sent, source):
            return parent
        self._keep(digest, text)
        if sent:
            self._keep(sent, sent_text)
        version = VersionItem(
            *_version_key(parent + 1),
            number=parent + 1,
            author=author,
            at=at,
            message=message,
            parent=parent,
            hash=digest,
            source=sent,
        )
        self._move(version, parent)
        return parent + 1

    def _move(self, version: VersionItem, parent: int) -> None:
        """Write the version and move the pointer, both or neither."""
        pointer = LiveItem(*items.LIVE_KEY, live=parent + 1)
        unmoved = LiveItem.live == parent if parent else LiveItem.pk.does_not_exist()
        try:
            with TransactWrite(connection=self._table.connection) as transaction:
                transaction.save(version, condition=VersionItem.pk.does_not_exist())
                transaction.update(pointer, actions=pointer.actions(), condition=unmoved)
        except TransactWriteError as error:
            if any(one and one.code for one in error.cancellation_reasons):
                raise DriftError(parent, self.live()) from error
            raise

    def _keep(self, digest: str, text: bytes) -> None:
        self._blobs.put(_document_key(digest), text, content_type="application/json", pending=False)

    def _document(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._blobs.get(_document_key(digest)))
        return found

    def _versions(self, numbers: list[int]) -> list[Version]:
        keys = [_version_key(one) for one in numbers]
        read = self._table.read(keys) if keys else {}
        return [
            Version(
                number=int(one.number),
                author=one.author,
                at=one.at,
                message=one.message,
                parent=int(one.parent),
                hash=one.hash,
                source=one.source,
            )
            for key in keys
            if isinstance(one := read.get(key), VersionItem)
        ]


def _is_same(
    live: Version, digest: str, sent: str | None, source: Mapping[str, Any] | None
) -> bool:
    """Whether nothing would change. Only files hold more than their meaning: comments, an order."""
    has_files = source is not None and "files" in source
    return live.hash == digest and (not has_files or live.source == sent)


def _written(document: Mapping[str, Any]) -> tuple[str, bytes]:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(text).hexdigest(), text


def _version_key(number: int) -> tuple[str, str]:
    return "CONFIG", f"V#{number:08}"


def _document_key(digest: str) -> str:
    return f"config/{digest}.json"
