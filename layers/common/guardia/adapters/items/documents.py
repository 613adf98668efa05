"""Versions of the desk document."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from guardia.adapters.items.item import Item


class LiveItem(Item):
    """The pointer to the live config version."""

    live = NumberAttribute()


class VersionItem(Item):
    """A config version: who made it, when, why and from which; its document lies under the hash,
    what it was sent as under `source`."""

    number = NumberAttribute()
    author = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    message = UnicodeAttribute()
    parent = NumberAttribute()
    hash = UnicodeAttribute()
    source = UnicodeAttribute(null=True)
