"""Small documents that many change at the same time: read, change, written at the revision read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from pynamodb.exceptions import PutError

from guardia.adapters import codec
from guardia.adapters.items import AddressItem, BreakerItem
from guardia.adapters.table import Key, Table
from guardia.ports import StaleError

_T = TypeVar("_T")
FAILED: Final = "ConditionalCheckFailedException"
TRIES: Final = 6

Kind = type[AddressItem] | type[BreakerItem]


def read(table: Table, key: Key, kind: type[_T], empty: _T) -> tuple[_T, int]:
    """Return the document under a key and its revision; `empty` and 0 where there is none."""
    found: Any = table.read([key]).get(key)
    return unpacked(found, kind, empty)


def unpacked(item: Any, kind: type[_T], empty: _T) -> tuple[_T, int]:
    """Return the document of an item and its revision; `empty` and 0 for no item."""
    if item is None:
        return empty, 0
    return codec.loads(kind, item.body), int(item.revision)


def at_revision(kind: Kind, revision: int) -> Any:
    """The condition that nobody wrote since."""
    return kind.revision == revision if revision else kind.pk.does_not_exist()


def change(
    table: Table,
    key: Key,
    item_kind: Kind,
    kind: type[_T],
    empty: _T,
    how: Callable[[_T], _T],
    expires: Callable[[_T], datetime | None] = lambda _value: None,
) -> tuple[_T, _T]:
    """Change the document under a key; return it before and after. What stays the same is not
    written.

    Raises:
        StaleError: others were faster too often.
    """
    for _ in range(TRIES):
        before, revision = read(table, key, kind, empty)
        after = how(before)
        if after == before:
            return before, after
        item = item_kind(*key, body=codec.dumps(after), revision=revision + 1)
        until = expires(after)
        if until is not None:
            item.expires_at = int(until.timestamp())  # type: ignore[union-attr]  # of an address alone
        try:
            item.save(condition=at_revision(item_kind, revision))
        except PutError as error:
            if error.cause_response_code != FAILED:
                raise
            continue
        return before, after
    raise StaleError
