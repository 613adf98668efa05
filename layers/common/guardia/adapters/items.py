"""How everything lies in the table. No other module knows an attribute's name.

Reading tolerates attributes and kinds it does not know; writing to an item that exists sets
attributes one by one, so that a newer version's are kept (`save` would drop them).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
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

from guardia.domain.api_keys import ApiKey
from guardia.domain.flood import WINDOW, Flow
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


def api_key_key(key: str) -> tuple[str, str]:
    """Key of an API key."""
    return f"K#{key}", HEAD


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


def suspended_key(id_: str) -> tuple[str, str]:
    """Key of a message that was set aside."""
    return f"S#{id_}", HEAD


def flow_key(sender: str) -> tuple[str, str]:
    """Key of what came from a sender lately."""
    return f"F#{digest(sender)}", "FLOW"


def address_key(address: str) -> tuple[str, str]:
    """Key of what is known of an address that we write to."""
    return f"A#{digest(address.strip().lower())}", "MAIL"


def counter_key(name: str) -> tuple[str, str]:
    """Key of a counter."""
    return f"N#{digest(name)}", "COUNT"


def breaker_key(webhook: str) -> tuple[str, str]:
    """Key of how a webhook's endpoint is doing."""
    return f"WH#{webhook}", "BREAKER"


def call_key(webhook: str, at: datetime, row: str, attempt: int) -> tuple[str, str]:
    """Key of a call of a webhook; the calls of one webhook lie in the order of time."""
    return f"WH#{webhook}", f"C#{at:%Y-%m-%dT%H:%M:%S.%f}#{row}#{attempt}"


def handled_key(source: str, at: datetime, request: str) -> tuple[str, str]:
    """Key of what became of a delivery; those of one source lie in the order of time."""
    return f"HK#{source}", f"D#{at:%Y-%m-%dT%H:%M:%S.%f}#{digest(request)[:8] if request else ''}"


ASIDE: Final = "aside"
"""The key under which `by_queue` lists what was set aside."""

PARKED: Final = "parked"
"""The key under which `by_queue` lists what was given up."""

API_KEYS: Final = "keys"
"""The key under which `by_queue` lists the API keys."""

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
    """One event of a ticket's history. `body` is the entry, or `blob` the key it lies under and
    `raw` that of the mail it came in, which nobody would find there."""

    body = UnicodeAttribute(null=True)
    blob = UnicodeAttribute(null=True)
    raw = UnicodeAttribute(null=True)


class OutboxItem(Item):
    """A message to send. `row`, or `blob` the key it lies under, never changes; the rest says how
    it stands. A parked row stands in `by_queue`, so that people find it."""

    row = UnicodeAttribute(null=True)
    blob = UnicodeAttribute(null=True)
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
    recipients = JSONAttribute(null=True)
    revision = NumberAttribute(default=0)
    queue_key = UnicodeAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, row: OutboxRow, body: str | None, blob: str | None = None) -> "OutboxItem":
        """Lay a new row out: its text in `body`, or the key it lies under."""
        pk, sk = outbox_key(row.ticket, row.seq, row.n)
        return cls(
            pk,
            sk,
            row=body,
            blob=blob,
            ticket=row.ticket,
            seq=row.seq,
            n=row.n,
            state="new",
            due_shard=shard_of(row.ticket),
            held=row.not_before is not None,
            wake_at=row.first_offer,
        )

    def delivery(self, row: OutboxRow) -> Delivery:
        """Tell how the row stands."""
        return Delivery(
            row=row,
            state=self.state,
            wake_at=self.wake_at,
            attempts=int(self.attempts),
            lease_until=self.lease_until,
            provider_id=self.provider_id,
            error=self.error,
            recipients=self.recipients or {},
            revision=int(self.revision),
        )


class MarkItem(Item):
    """The guard of an event, with the answer it was given. Mail marks never expire. While
    `open_until` is there, somebody is still at work on the answer."""

    answer = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)
    open_until = NumberAttribute(null=True)

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
        )


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


class MonthItem(Item):
    """A month in which some ticket was changed (`pk` is `MONTHS`, `sk` the month)."""


KINDS: Final[Mapping[tuple[str, str], type[Item]]] = {
    ("T#", HEAD): TicketItem,
    ("T#", "E#"): EntryItem,
    ("T#", "O#"): OutboxItem,
    ("M#", "MARK"): MarkItem,
    ("K#", HEAD): ApiKeyItem,
    ("R#", "REF"): ReferenceItem,
    ("I#", "ID"): IdentityItem,
    ("P#", HEAD): ContactItem,
    ("ORG#", HEAD): OrganizationItem,
    ("D#", "DOMAIN"): DomainItem,
    ("S#", HEAD): SuspendedItem,
    ("F#", "FLOW"): FlowItem,
    ("A#", "MAIL"): AddressItem,
    ("N#", "COUNT"): CounterItem,
    ("WH#", "BREAKER"): BreakerItem,
    ("WH#", "C#"): CallItem,
    ("HK#", "D#"): HandledItem,
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
