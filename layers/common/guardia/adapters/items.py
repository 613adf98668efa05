"""How everything lies in the table. No other module knows an attribute's name.

Reading tolerates attributes and kinds it does not know; writing to an item that exists sets
attributes one by one, so that a newer version's are kept (`save` would drop them).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from guardia.adapters import codec
from guardia.domain.model import Contact, Identity, Organization, OutboxRow, Ticket
from guardia.ports import Delivery, Suspended

HEAD: Final = "HEAD"
SHARDS: Final = 8
_DONE: Final = ("solved", "closed")


def digest(value: str) -> str:
    """A short, even name for a value of any length."""
    return hashlib.sha256(value.encode()).hexdigest()[:40]


def ticket_key(ticket: str) -> tuple[str, str]:
    """Key of a ticket's head."""
    return f"T#{ticket}", HEAD


def entry_key(ticket: str, seq: int) -> tuple[str, str]:
    """Key of an entry."""
    return f"T#{ticket}", f"E#{seq:010}"


def outbox_key(ticket: str, seq: int, n: int) -> tuple[str, str]:
    """Key of an outbox row."""
    return f"T#{ticket}", f"O#{seq:010}#{n}"


def mark_key(mark: str) -> tuple[str, str]:
    """Key of an event's guard."""
    return f"M#{digest(mark)}", "MARK"


def reference_key(message_id: str) -> tuple[str, str]:
    """Key of a Message-ID that leads to a ticket."""
    return f"R#{digest(message_id)}", "REF"


def contact_key(contact: str) -> tuple[str, str]:
    """Key of a contact."""
    return f"P#{contact}", HEAD


def identity_key(kind: str, value: str) -> tuple[str, str]:
    """Key of an address of a contact."""
    return f"I#{kind}#{value}", "ID"


def organization_key(organization: str) -> tuple[str, str]:
    """Key of an organisation made by API or import."""
    return f"ORG#{organization}", HEAD


def domain_key(domain: str) -> tuple[str, str]:
    """Key of a domain that leads to an organisation."""
    return f"D#{domain}", "DOMAIN"


LIVE_KEY: Final = ("CONFIG", "LIVE")
MONTHS: Final = "MONTHS"


class Item(Model):
    """What every item has: its two keys."""

    class Meta:
        """Bound to a table once, by `adapters.table`."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def put_attributes(cls) -> dict[str, Attribute[Any]]:
        """The attributes besides the keys, by name."""
        found = {
            name: one for name, one in cls.get_attributes().items() if name not in ("pk", "sk")
        }
        return dict(found)

    def actions(self) -> list[Action]:
        """What makes a stored item say what this one says, and nothing about what it knows not."""
        found: list[Action] = []
        for name, attribute in self.put_attributes().items():
            value = getattr(self, name)
            found.append(attribute.remove() if value is None else attribute.set(value))
        return found


class TicketItem(Item):
    """A ticket's head with the keys of the indexes it stands in."""

    subject = UnicodeAttribute()
    version = NumberAttribute()
    status = UnicodeAttribute()
    priority = UnicodeAttribute(null=True)
    type = UnicodeAttribute(null=True)
    channel = UnicodeAttribute()
    received_by = UnicodeAttribute(null=True)
    group = UnicodeAttribute(null=True)
    department = UnicodeAttribute(null=True)
    assignee = UnicodeAttribute(null=True)
    requester = UnicodeAttribute(null=True)
    organization = UnicodeAttribute(null=True)
    tags: ListAttribute[Any] = ListAttribute()
    fields = JSONAttribute()
    language = UnicodeAttribute(null=True)
    schedule = UnicodeAttribute(null=True)
    awaiting = UnicodeAttribute()
    ccs: ListAttribute[Any] = ListAttribute()
    heard_from = UnicodeAttribute(null=True)
    thread: ListAttribute[Any] = ListAttribute()
    follows = UnicodeAttribute(null=True)
    reopens = NumberAttribute()
    replies = NumberAttribute()
    created_at = UTCDateTimeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)
    opened_at = UTCDateTimeAttribute(null=True)
    pending_at = UTCDateTimeAttribute(null=True)
    on_hold_at = UTCDateTimeAttribute(null=True)
    solved_at = UTCDateTimeAttribute(null=True)
    closed_at = UTCDateTimeAttribute(null=True)
    assigned_at = UTCDateTimeAttribute(null=True)
    requester_update_at = UTCDateTimeAttribute(null=True)
    agent_update_at = UTCDateTimeAttribute(null=True)
    unanswered_since = UTCDateTimeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    month = UnicodeAttribute(null=True)
    queue_key = UnicodeAttribute(null=True)
    assignee_key = UnicodeAttribute(null=True)
    requester_key = UnicodeAttribute(null=True)
    organization_key = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, ticket: Ticket) -> "TicketItem":
        """Lay a ticket out."""
        values: dict[str, Any] = {one.name: getattr(ticket, one.name) for one in fields(ticket)}
        del values["id"]
        for name in ("tags", "ccs", "thread"):
            values[name] = list(values[name])
        values["fields"] = dict(ticket.fields)
        pk, sk = ticket_key(ticket.id)
        due = ticket.due_at
        return cls(
            pk,
            sk,
            month=month_of(ticket.updated_at),
            queue_key=f"{ticket.group or 'none'}#{status_class(ticket.status)}",
            assignee_key=f"{ticket.assignee or 'none'}#{status_class(ticket.status)}",
            requester_key=ticket.requester,
            organization_key=ticket.organization,
            due_shard=shard_of(ticket.id) if due else None,
            wake_at=due,
            **values,
        )

    def ticket(self) -> Ticket:
        """Read the ticket back."""
        values: dict[str, Any] = {
            one.name: getattr(self, one.name)
            for one in fields(Ticket)
            if one.name != "id" and getattr(self, one.name) is not None
        }
        for name in ("tags", "ccs", "thread"):
            values[name] = tuple(values.get(name, ()))
        for name in ("version", "reopens", "replies"):
            values[name] = int(values.get(name, 0))
        values["fields"] = _tuples(values.get("fields", {}))
        return Ticket(id=self.pk.removeprefix("T#"), **values)


def _tuples(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in kept.items()}


def month_of(at: datetime | None) -> str | None:
    """The month an instant lies in (UTC), by which `by_updated` is split."""
    return f"{at:%Y-%m}" if at else None


def status_class(status: str) -> str:
    """`done` for what is solved or closed, else `open`."""
    return "done" if status in _DONE else "open"


def shard_of(ticket: str) -> str:
    """Which part of `by_due` a ticket's timers lie in."""
    return f"DUE#{int(digest(ticket)[:8], 16) % SHARDS}"


class EntryItem(Item):
    """One event of a ticket's history. `body` is the entry, or `blob` the key it lies under."""

    body = UnicodeAttribute(null=True)
    blob = UnicodeAttribute(null=True)


class OutboxItem(Item):
    """A message to send. `row` never changes; the rest says how it stands."""

    row = UnicodeAttribute()
    ticket = UnicodeAttribute()
    seq = NumberAttribute()
    n = NumberAttribute()
    state = UnicodeAttribute()
    attempts = NumberAttribute(default=0)
    held = BooleanAttribute(default=False)
    due_shard = UnicodeAttribute(null=True)
    wake_at = UTCDateTimeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, row: OutboxRow) -> "OutboxItem":
        """Lay a new row out."""
        pk, sk = outbox_key(row.ticket, row.seq, row.n)
        return cls(
            pk,
            sk,
            row=codec.dumps(row),
            ticket=row.ticket,
            seq=row.seq,
            n=row.n,
            state="new",
            due_shard=shard_of(row.ticket),
            held=row.not_before is not None,
            wake_at=row.first_offer,
        )

    def delivery(self) -> Delivery:
        """Read the row back with how it stands."""
        return Delivery(
            row=codec.loads(OutboxRow, self.row),
            state=self.state,
            wake_at=self.wake_at,
            attempts=int(self.attempts),
            lease_until=self.lease_until,
            provider_id=self.provider_id,
            error=self.error,
        )


class MarkItem(Item):
    """The guard of an event, with the answer it was given. Mail marks never expire."""

    answer = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)

    @classmethod
    def of(cls, mark: str, answer: str, expires_at: datetime | None) -> "MarkItem":
        """Lay a mark out."""
        ttl = int(expires_at.timestamp()) if expires_at else None
        return cls(*mark_key(mark), answer=answer, expires_at=ttl)


class ReferenceItem(Item):
    """A Message-ID that leads to a ticket and its requester."""

    ticket = UnicodeAttribute()
    requester = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, message_id: str, ticket: str, requester: str | None) -> "ReferenceItem":
        """Lay a reference out."""
        return cls(*reference_key(message_id), ticket=ticket, requester=requester)


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
        values["fields"] = _tuples(values.get("fields", {}))
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
            fields=_tuples(self.fields),
        )


class DomainItem(Item):
    """A domain that leads to an organisation of the table."""

    organization = UnicodeAttribute()


class SuspendedItem(Item):
    """Mail that was set aside. `sender` is a keyed hash, never an address."""

    at = UTCDateTimeAttribute()
    reason = UnicodeAttribute()
    sender = UnicodeAttribute()
    key = UnicodeAttribute()
    expires_at = NumberAttribute()

    @classmethod
    def of(cls, one: Suspended) -> "SuspendedItem":
        """Lay it out."""
        return cls(
            f"S#{one.id}",
            HEAD,
            at=one.at,
            reason=one.reason,
            sender=one.sender,
            key=one.key,
            expires_at=int(one.expires_at.timestamp()),
        )


class LiveItem(Item):
    """The pointer to the live config version."""

    live = NumberAttribute()


class VersionItem(Item):
    """A config version: who made it, when, why and from which; its document lies under the hash."""

    number = NumberAttribute()
    author = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    message = UnicodeAttribute()
    parent = NumberAttribute()
    hash = UnicodeAttribute()


class MonthItem(Item):
    """A month in which some ticket was changed (`pk` is `MONTHS`, `sk` the month)."""


KINDS: Final[Mapping[tuple[str, str], type[Item]]] = {
    ("T#", HEAD): TicketItem,
    ("T#", "E#"): EntryItem,
    ("T#", "O#"): OutboxItem,
    ("M#", "MARK"): MarkItem,
    ("R#", "REF"): ReferenceItem,
    ("I#", "ID"): IdentityItem,
    ("P#", HEAD): ContactItem,
    ("ORG#", HEAD): OrganizationItem,
    ("D#", "DOMAIN"): DomainItem,
    ("S#", HEAD): SuspendedItem,
    ("CONFIG", "LIVE"): LiveItem,
    ("CONFIG", "V#"): VersionItem,
    (MONTHS, ""): MonthItem,
}
"""Which kind an item is, by the beginnings of its keys."""


def kind_of(pk: str, sk: str) -> type[Item]:
    """The model of an item; one that this version does not know is a plain `Item`."""
    for (pk_start, sk_start), kind in KINDS.items():
        if pk.startswith(pk_start) and sk.startswith(sk_start):
            return kind
    return Item
