"""People and their companies, and what of them was set aside."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.update import Action

from guardia.adapters.items.item import Item, tuples
from guardia.adapters.items.keys import ASIDE, contact_key, flow_key, identity_key, suspended_key
from guardia.domain.flood import WINDOW, Flow
from guardia.domain.model import Contact, Identity, Organization
from guardia.ports import Suspended


class IdentityItem(Item):
    """An address that leads to a contact and their organisation."""

    contact = UnicodeAttribute()
    organization = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, one: Identity, contact: Contact) -> "IdentityItem":
        """Lay an address of a contact out."""
        key = identity_key(one.kind, one.value)
        return cls(*key, contact=contact.id, organization=contact.organization)


class ContactItem(Item):
    """A contact."""

    version = NumberAttribute()
    name = UnicodeAttribute(null=True)
    identities = JSONAttribute()
    organization = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)
    country = UnicodeAttribute(null=True)
    tags: ListAttribute[Any] = ListAttribute()
    fields = JSONAttribute()
    notes = UnicodeAttribute(null=True)
    vip = BooleanAttribute()
    merged_into = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, contact: Contact) -> "ContactItem":
        """Lay a contact out at its next version."""
        values: dict[str, Any] = {one.name: getattr(contact, one.name) for one in fields(contact)}
        del values["id"]
        values["version"] = contact.version + 1
        values["identities"] = [
            {one.name: getattr(each, one.name) for one in fields(each)}
            for each in contact.identities
        ]
        values["tags"], values["fields"] = list(contact.tags), dict(contact.fields)
        return cls(*contact_key(contact.id), **values)

    def contact(self) -> Contact:
        """Read the contact back."""
        values: dict[str, Any] = {
            one.name: getattr(self, one.name)
            for one in fields(Contact)
            if one.name != "id" and getattr(self, one.name) is not None
        }
        known = {one.name for one in fields(Identity)}
        values["identities"] = tuple(
            Identity(**{key: one for key, one in each.items() if key in known})
            for each in values.get("identities", ())
        )
        values["tags"] = tuple(values.get("tags", ()))
        values["fields"] = tuples(values.get("fields", {}))
        values["version"] = int(self.version)
        return Contact(id=self.pk.removeprefix("P#"), **values)


class OrganizationItem(Item):
    """An organisation that the desk document does not list."""

    name = UnicodeAttribute()
    domains: ListAttribute[Any] = ListAttribute()
    tags: ListAttribute[Any] = ListAttribute()
    fields = JSONAttribute()

    def organization(self) -> Organization:
        """Read the organisation back."""
        return Organization(
            id=self.pk.removeprefix("ORG#"),
            name=self.name,
            domains=tuple(self.domains),
            tags=tuple(self.tags),
            fields=tuples(self.fields),
        )


class DomainItem(Item):
    """A domain that leads to an organisation of the table."""

    organization = UnicodeAttribute()


class SuspendedItem(Item):
    """A message that was set aside; it stands in `by_queue`, so that people find it.

    What it says of people (`address`, `subject`, the envelope in `receipt`) ends with it; an
    erasure finds it before that by `sender`, the keyed hash of the address, or by the address.
    """

    at = UTCDateTimeAttribute()
    reason = UnicodeAttribute()
    sender = UnicodeAttribute()
    key = UnicodeAttribute()
    expires_at = NumberAttribute()
    channel = UnicodeAttribute(default="email")
    address = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(default="")
    receipt = JSONAttribute(default=dict)
    queue_key = UnicodeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, one: Suspended) -> "SuspendedItem":
        """Lay it out."""
        return cls(
            *suspended_key(one.id),
            at=one.at,
            reason=one.reason,
            sender=one.sender,
            key=one.key,
            expires_at=int(one.expires_at.timestamp()),
            channel=one.channel,
            address=one.address,
            subject=one.subject,
            receipt=dict(one.receipt),
            queue_key=ASIDE,
            updated_at=one.at,
        )

    def suspended(self) -> Suspended:
        """Read it back."""
        return Suspended(
            id=self.pk.removeprefix("S#"),
            at=self.at,
            reason=self.reason,
            sender=self.sender,
            key=self.key,
            expires_at=datetime.fromtimestamp(int(self.expires_at), UTC),
            channel=self.channel,
            address=self.address,
            subject=self.subject,
            receipt=self.receipt,
        )


class FlowItem(Item):
    """What came from a sender lately; it goes by itself once it stops nothing any more."""

    messages = NumberAttribute()
    since = UTCDateTimeAttribute()
    until = UTCDateTimeAttribute(null=True)
    expires_at = NumberAttribute()

    @classmethod
    def of(cls, flow: Flow) -> "FlowItem":
        """Lay it out as it is after one more message."""
        assert flow.since is not None  # noqa: S101 - a message was counted
        ends = (flow.until or flow.since) + WINDOW
        return cls(
            *flow_key(flow.sender),
            messages=flow.count,
            since=flow.since,
            until=flow.until,
            expires_at=int((ends + WINDOW).timestamp()),
        )

    def actions(self) -> list[Action]:
        """Count one more, whoever counts at the same time; the first one begins anew."""
        if self.messages == 1:
            return super().actions()
        found: list[Action] = [
            FlowItem.messages.add(1),
            FlowItem.expires_at.set(self.expires_at),
        ]
        until: Any = self.until
        return [*found, FlowItem.until.set(until)] if until else found

    def flow(self, sender: str) -> Flow:
        """Read it back."""
        return Flow(sender=sender, count=int(self.messages), since=self.since, until=self.until)
