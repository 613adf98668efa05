"""What is counted and kept for a while: budgets, breakers, calls, deliveries, keys."""

from dataclasses import fields
from typing import Any

from pynamodb.attributes import (
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from guardia.adapters.items.item import Item
from guardia.adapters.items.keys import API_KEYS, api_key_key
from guardia.domain.api_keys import ApiKey


class AddressItem(Item):
    """What is known of an address that we write to (`adapters.budgets`)."""

    body = UnicodeAttribute()
    revision = NumberAttribute()
    expires_at = NumberAttribute(null=True)


class CounterItem(Item):
    """A counter of an hour or a day."""

    spent = NumberAttribute()
    expires_at = NumberAttribute()


class BreakerItem(Item):
    """How the endpoint of a webhook is doing."""

    body = UnicodeAttribute()
    revision = NumberAttribute()


class CallItem(Item):
    """A call of a webhook that was made."""

    body = UnicodeAttribute()
    expires_at = NumberAttribute()


class HandledItem(Item):
    """What became of a delivery that a source sent."""

    body = UnicodeAttribute()
    expires_at = NumberAttribute()


class ApiKeyItem(Item):
    """An API key, by the hash of how it is written."""

    name = UnicodeAttribute()
    scopes: ListAttribute[Any] = ListAttribute()
    hash = UnicodeAttribute()
    agent = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    good_until = UTCDateTimeAttribute(null=True)
    last_used_at = UTCDateTimeAttribute(null=True)
    revoked_at = UTCDateTimeAttribute(null=True)
    made_by = UnicodeAttribute(null=True)
    queue_key = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyItem":
        """Lay a key out."""
        values: dict[str, Any] = {one.name: getattr(key, one.name) for one in fields(key)}
        values["scopes"] = list(key.scopes)
        values["good_until"] = values.pop("expires_at")  # `expires_at` would delete the item
        return cls(
            *api_key_key(values.pop("id")),
            queue_key=API_KEYS,
            updated_at=key.created_at,
            **values,
        )

    def api_key(self) -> ApiKey:
        """Read the key back."""
        return ApiKey(
            id=self.pk.removeprefix("K#"),
            name=self.name,
            scopes=tuple(self.scopes),
            hash=self.hash,
            agent=self.agent,
            created_by=self.created_by,
            created_at=self.created_at,
            expires_at=self.good_until,
            last_used_at=self.last_used_at,
            revoked_at=self.revoked_at,
            made_by=self.made_by,
        )
