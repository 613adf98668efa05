"""Tickets, their entries and outbox rows, and what leads to them."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from guardia.adapters import codec
from guardia.adapters.items.item import Item, tuples
from guardia.adapters.items.keys import (
    digest,
    keep_key,
    mark_key,
    outbox_key,
    reference_key,
    ticket_key,
)
from guardia.domain.clock import Clock
from guardia.domain.model import OutboxRow, Ticket
from guardia.ports import Delivery

SHARDS: Final = 8
KEEP_AFTER: Final = timedelta(minutes=10)


_DONE: Final = ("solved", "closed")


def month_of(at: datetime | None) -> str | None:
    """The month an instant lies in (UTC), by which `by_updated` is split."""
    return f"{at:%Y-%m}" if at else None


def status_class(status: str) -> str:
    """`done` for what is solved or closed, else `open`."""
    return "done" if status in _DONE else "open"


def queue_of(group: str | None, status: str = "open") -> str:
    """Where a group's tickets of a status class stand in `by_queue`."""
    return f"{group or 'none'}#{status}"


def shard_of(ticket: str) -> str:
    """Which part of `by_due` a ticket's timers lie in."""
    return f"DUE#{int(digest(ticket)[:8], 16) % SHARDS}"


STUCK: Final = "STUCK"
"""The part of `by_due` that no sweep asks: tickets that were given up, by when that was."""


class TicketItem(Item):
    """A ticket's head with the keys of the indexes it stands in.

    `wake_at` is when the sweep looks at it: the ticket's own `due_at`, or later while it is lent to
    somebody or was tried `wake_failures` times in vain. Every commit sets it anew.
    """

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
    unproved = BooleanAttribute(null=True)
    automatic = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)
    updated_before = UTCDateTimeAttribute(null=True)
    fired: ListAttribute[Any] = ListAttribute(null=True)
    firings = JSONAttribute(null=True)
    clocks = UnicodeAttribute(null=True)
    config = UnicodeAttribute(null=True)
    month = UnicodeAttribute(null=True)
    queue_key = UnicodeAttribute(null=True)
    assignee_key = UnicodeAttribute(null=True)
    requester_key = UnicodeAttribute(null=True)
    organization_key = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = UTCDateTimeAttribute(null=True)
    wake_failures = NumberAttribute(null=True)

    @classmethod
    def of(cls, ticket: Ticket) -> "TicketItem":
        """Lay a ticket out."""
        values: dict[str, Any] = {one.name: getattr(ticket, one.name) for one in fields(ticket)}
        del values["id"]
        for name in ("tags", "ccs", "thread"):
            values[name] = list(values[name])
        values["fields"] = dict(ticket.fields)
        values["unproved"] = ticket.unproved or None
        values["fired"] = list(ticket.fired) or None
        values["firings"] = dict(ticket.firings) or None
        values["clocks"] = codec.dumps(ticket.clocks) if ticket.clocks else None
        values["config"] = ticket.config or None
        pk, sk = ticket_key(ticket.id)
        due = ticket.due_at
        return cls(
            pk,
            sk,
            month=month_of(ticket.updated_at),
            queue_key=queue_of(ticket.group, status_class(ticket.status)),
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
        for name in ("tags", "ccs", "thread", "fired"):
            values[name] = tuple(values.get(name, ()))
        for name in ("version", "reopens", "replies"):
            values[name] = int(values.get(name, 0))
        values["fields"] = tuples(values.get("fields", {}))
        values["clocks"] = codec.loads_all(Clock, values.get("clocks", "[]"))
        return Ticket(id=self.pk.removeprefix("T#"), **values)


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


class KeepItem(Item):
    """A note of the objects that a commit owns: they must lose the mark that would end them."""

    keys: ListAttribute[Any] = ListAttribute()
    due_shard = UnicodeAttribute()
    wake_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, ticket: str, seq: int, at: datetime, keys: list[str]) -> "KeepItem":
        """Lay the note out; it comes due once the commit itself should have seen to it."""
        return cls(
            *keep_key(ticket, seq), keys=keys, due_shard=shard_of(ticket), wake_at=at + KEEP_AFTER
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


class MonthItem(Item):
    """A month in which some ticket was changed (`pk` is `MONTHS`, `sk` the month)."""
