"""The `ApiKeys` port over the table: who may call, by the hash of what they show."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from guardia.adapters import items, lists, refusals
from guardia.adapters.items import ApiKeyItem
from guardia.adapters.table import Table
from guardia.domain.api_keys import ApiKey
from guardia.ports import NotFoundError, StaleError

NOTED: Final = timedelta(hours=1)
"""How often the use of a key is written down, at most."""

REPEATED: Final = timedelta(hours=48)
"""How long a request may be repeated; later, its name means another one."""

_FAILED: Final = f"{refusals.FAILED}Exception"


class TableApiKeys:
    """Keys, each an item of its own, listed by when they were made."""

    def __init__(self, table: Table) -> None:
        """Take the table."""
        self._table = table

    def get(self, id_: str) -> ApiKey | None:
        """Read a key; see `ApiKeys.get`."""
        key = items.api_key_key(id_)
        found = self._table.read([key]).get(key)
        return found.api_key() if isinstance(found, ApiKeyItem) else None

    def add(self, key: ApiKey) -> None:
        """Keep a new key; see `ApiKeys.add`."""
        try:
            ApiKeyItem.of(key).save(condition=_free(key))
        except PutError as error:
            if error.cause_response_code != _FAILED:
                raise
            raise StaleError from error

    def replace(self, old: str, until: datetime, fresh: ApiKey) -> None:
        """Keep the new key and the end of the old one, together; see `ApiKeys.replace`."""
        ended = ApiKeyItem(*items.api_key_key(old))
        stays = ApiKeyItem.pk.exists() & ApiKeyItem.revoked_at.does_not_exist()
        try:
            with TransactWrite(connection=self._table.connection) as transaction:
                transaction.save(ApiKeyItem.of(fresh), condition=_free(fresh))
                transaction.update(
                    ended, actions=[ApiKeyItem.good_until.set(until)], condition=stays
                )
        except TransactWriteError as error:
            if refusals.FAILED in [one.code if one else "" for one in error.cancellation_reasons]:
                raise StaleError from error
            raise

    def revoke(self, id_: str, at: datetime) -> None:
        """End a key; see `ApiKeys.revoke`."""
        first = ApiKeyItem.revoked_at.set(ApiKeyItem.revoked_at | at)
        try:
            ApiKeyItem(*items.api_key_key(id_)).update(
                actions=[first], condition=ApiKeyItem.pk.exists()
            )
        except UpdateError as error:
            if error.cause_response_code != _FAILED:
                raise
            raise NotFoundError("key", id_) from error

    def used(self, key: ApiKey, at: datetime) -> ApiKey:
        """Write down that a key was used; see `ApiKeys.used`."""
        if key.last_used_at is not None and at - key.last_used_at < NOTED:
            return key
        last = ApiKeyItem.last_used_at
        before = last.does_not_exist() | (last <= at - NOTED)
        try:
            ApiKeyItem(*items.api_key_key(key.id)).update(
                actions=[last.set(at)], condition=ApiKeyItem.pk.exists() & before
            )
        except UpdateError as error:
            if error.cause_response_code != _FAILED:  # another container wrote it down
                raise
        return replace(key, last_used_at=at)

    def page(self, limit: int, cursor: str | None) -> tuple[list[ApiKey], str | None]:
        """List keys; see `ApiKeys.page`."""
        rows, following = lists.page_of_queue(self._table, items.API_KEYS, limit, cursor)
        read = self._table.read([(one.pk, one.sk) for one in rows]) if rows else {}
        found = [read.get((one.pk, one.sk)) for one in rows]
        return [one.api_key() for one in found if isinstance(one, ApiKeyItem)], following


def _free(key: ApiKey) -> Condition:
    """Whether a key may take its place: nothing is there, or what the same request left there,
    whose answer nobody ever saw."""
    free: Condition = ApiKeyItem.pk.does_not_exist()
    if key.made_by is None:
        return free
    unseen = ApiKeyItem.last_used_at.does_not_exist() & (
        ApiKeyItem.created_at > key.created_at - REPEATED
    )
    again: Condition = free | ((ApiKeyItem.made_by == key.made_by) & unseen)
    return again
