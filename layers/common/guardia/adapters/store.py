"""The `Store` port over the table: what is read together, and the one transaction."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from guardia.adapters import codec, items, lists
from guardia.adapters.items import (
    ContactItem,
    DomainItem,
    EntryItem,
    IdentityItem,
    Item,
    LiveItem,
    MarkItem,
    MonthItem,
    OrganizationItem,
    OutboxItem,
    ReferenceItem,
    SuspendedItem,
    TicketItem,
)
from guardia.adapters.table import Key, Table
from guardia.domain.model import Entry, Ticket
from guardia.ports import (
    AlreadyHandledError,
    Blobs,
    Commit,
    ConflictError,
    Delivery,
    Found,
    Lookup,
    NotFoundError,
    StaleError,
    TicketQuery,
)

MAX_BODY: Final = 100_000
"""Bytes of an entry that stay in the table; a longer one is put into the blob store first."""

_FAILED: Final = "ConditionalCheckFailed"
_BUSY: Final = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


@dataclass(slots=True)
class _Writes:
    """The writes of one transaction. Reasons of a refusal come in this order: puts, updates."""

    puts: list[tuple[Item, Condition | None]] = field(default_factory=list)
    updates: list[tuple[Item, Condition]] = field(default_factory=list)

    def create(self, item: Item) -> None:
        """Put an item that must not exist."""
        self.puts.append((item, type(item).pk.does_not_exist()))


class TableStore:
    """Tickets, people and the outbox in one table; long bodies in the blob store."""

    def __init__(self, table: Table, blobs: Blobs) -> None:
        """Take the table and the place for what is too long for it."""
        self.table, self.blobs = table, blobs
        self._months: set[str] = set()

    # -- reading ---------------------------------------------------------------------------------

    def find(self, lookup: Lookup) -> Found:
        """Read what the lookup names, then what that leads to: two round trips."""
        first = self.table.read(_named(lookup))
        second = self.table.read(keys) if (keys := _led_to(first)) else {}
        both = {**first, **second}
        missing = {
            items.contact_key(one.requester)
            for one in _of(both, TicketItem)
            if one.requester and one.requester not in lookup.contacts
        } - both.keys()
        if missing:  # a requester who was merged or changed since the reference was written
            both |= self.table.read(missing)
        return _found(lookup, both)

    def entries(self, ticket: str, after: int, limit: int) -> tuple[list[Entry], bool]:
        """List a ticket's history; see `Store.entries`."""
        pk, start = items.entry_key(ticket, after + 1)
        found: list[Entry] = []
        page: Any = None
        while len(found) <= limit:
            rows, page = self.table.query(
                "pk = :pk AND sk BETWEEN :from AND :to",
                {":pk": pk, ":from": start, ":to": "E#~"},
                limit=limit + 1 - len(found),
                start=page,
            )
            found.extend(self._entry(one) for one in rows if isinstance(one, EntryItem))
            if page is None:
                break
        return found[:limit], len(found) > limit

    def _entry(self, item: EntryItem) -> Entry:
        body = item.body or self.blobs.get(str(item.blob)).decode()
        return codec.loads(Entry, body)

    def latest_comment(self, ticket: str) -> str | None:
        """Find the latest public comment; see `Store.latest_comment`."""
        page: Any = None
        while True:
            rows, page = self.table.query(
                "pk = :pk AND begins_with(sk, :sk)",
                {":pk": f"T#{ticket}", ":sk": "E#"},
                limit=10,
                forward=False,
                start=page,
            )
            for row in rows:
                entry = self._entry(row) if isinstance(row, EntryItem) else None
                if entry and entry.comment and entry.comment.public:
                    return entry.comment.text
            if page is None:
                return None

    def tickets_open(self, requester: str) -> int:
        """Count open tickets; see `Store.tickets_open`."""
        return lists.count_open(self.table, requester)

    def tickets(self, query: TicketQuery) -> tuple[list[Ticket], str | None]:
        """List tickets; see `Store.tickets`."""
        return lists.tickets(self.table, query)

    def delivery(self, ticket: str, seq: int, n: int) -> Delivery:
        """Read an outbox row; see `Store.delivery`."""
        key = items.outbox_key(ticket, seq, n)
        found = self.table.read([key]).get(key)
        if not isinstance(found, OutboxItem):
            raise NotFoundError("outbox row", f"{ticket}.{seq}.{n}")
        return found.delivery()

    def undelivered(self, until: datetime, limit: int) -> list[tuple[str, int, int, datetime]]:
        """List what is due in the outbox; see `Store.undelivered`."""
        return lists.undelivered(self.table, until, limit)

    # -- the one transaction ---------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """Write everything or nothing; see `Store.commit`."""
        writes = self._writes(commit)
        token = hashlib.sha256(repr(commit).encode()).hexdigest()[:36]
        try:
            with TransactWrite(
                connection=self.table.connection, client_request_token=token
            ) as transaction:
                for item, condition in writes.puts:
                    transaction.save(item, condition=condition)
                for item, condition in writes.updates:
                    transaction.update(item, actions=item.actions(), condition=condition)
        except TransactWriteError as error:
            self._refuse(error, commit)
        if commit.ticket is not None:
            self._months.add(str(items.month_of(commit.ticket.updated_at)))
            for key in self._long_bodies(commit):
                self.blobs.keep(key)

    def _writes(self, commit: Commit) -> _Writes:
        writes = _Writes()
        if commit.mark is not None:
            answer = codec.dumps(commit.answer)
            expires = commit.mark_expires_at
            ttl = int(expires.timestamp()) if expires else None
            writes.create(MarkItem(*items.mark_key(commit.mark), answer=answer, expires_at=ttl))
        if commit.suspended is not None:
            writes.create(SuspendedItem.of(commit.suspended))
        if commit.ticket is not None:
            self._write_ticket(commit, commit.ticket, writes)
        if commit.contact is not None:
            _write_contact(commit, writes)
        return writes

    def _write_ticket(self, commit: Commit, ticket: Ticket, writes: _Writes) -> None:
        head = TicketItem.of(ticket)
        if commit.expected == 0:
            writes.create(head)
        else:
            writes.updates.append((head, TicketItem.version == commit.expected))
        for entry in commit.entries:
            writes.create(self._entry_item(ticket.id, entry))
        for row in commit.outbox:
            writes.create(OutboxItem.of(row))
        for reference in commit.references:
            key = items.reference_key(reference)
            writes.create(ReferenceItem(*key, ticket=ticket.id, requester=ticket.requester))
        month = items.month_of(ticket.updated_at)
        if month and month not in self._months:
            writes.puts.append((MonthItem(items.MONTHS, month), None))

    def _entry_item(self, ticket: str, entry: Entry) -> EntryItem:
        body = codec.dumps(entry)
        key = items.entry_key(ticket, entry.seq)
        if len(body.encode()) <= MAX_BODY:
            return EntryItem(*key, body=body)
        blob = _blob_key(ticket, body)
        self.blobs.put(blob, body.encode(), content_type="application/json", pending=True)
        return EntryItem(*key, blob=blob)

    def _long_bodies(self, commit: Commit) -> Iterable[str]:
        for entry in commit.entries:
            body = codec.dumps(entry)
            if commit.ticket and len(body.encode()) > MAX_BODY:
                yield _blob_key(commit.ticket.id, body)

    def _refuse(self, error: TransactWriteError, commit: Commit) -> None:
        reasons = [one.code if one else "" for one in error.cancellation_reasons]
        if commit.mark is not None and reasons and reasons[0] == _FAILED:
            key = items.mark_key(commit.mark)
            mark = self.table.read([key]).get(key)
            answer = codec.plain_loads(mark.answer) if isinstance(mark, MarkItem) else {}
            raise AlreadyHandledError(answer) from error
        if _FAILED in reasons:
            raise StaleError from error
        if any(one in _BUSY for one in reasons) or error.cause_response_code in _BUSY:
            raise ConflictError from error
        raise error

    # -- the outbox ------------------------------------------------------------------------------

    def lease(self, ticket: str, seq: int, n: int, *, now: datetime, until: datetime) -> Delivery:
        """Take a row for sending; see `Store.lease`."""
        item = OutboxItem(*items.outbox_key(ticket, seq, n))
        fresh = (OutboxItem.attempts == 0) & (OutboxItem.held == False)  # noqa: E712 - a condition
        may_take = OutboxItem.state.is_in("new", "leased") & (fresh | (OutboxItem.wake_at <= now))
        try:
            item.update(
                actions=[
                    OutboxItem.state.set("leased"),
                    OutboxItem.wake_at.set(until),
                    OutboxItem.lease_until.set(until),
                    OutboxItem.attempts.add(1),
                ],
                condition=may_take,
            )
        except UpdateError as error:
            if error.cause_response_code != f"{_FAILED}Exception":
                raise
            self.delivery(ticket, seq, n)  # says so where there is no such row
            raise StaleError from error
        return item.delivery()

    def settle(self, delivery: Delivery, *, reference: str | None = None) -> None:
        """Write how a sending went, in one transaction; see `Store.settle`."""
        row = delivery.row
        stored = replace(delivery, row=row)
        item = OutboxItem.of(stored.row)
        item.state, item.wake_at, item.attempts = stored.state, stored.wake_at, stored.attempts
        item.lease_until, item.provider_id = stored.lease_until, stored.provider_id
        item.error = stored.error
        if stored.wake_at is None:
            item.due_shard = None
        held = OutboxItem.attempts == stored.attempts
        try:
            with TransactWrite(connection=self.table.connection) as transaction:
                if reference:
                    transaction.save(
                        ReferenceItem(*items.reference_key(reference), ticket=row.ticket)
                    )
                transaction.update(item, actions=item.actions(), condition=held)
        except TransactWriteError as error:
            reasons = [one.code if one else "" for one in error.cancellation_reasons]
            if _FAILED in reasons:
                raise StaleError from error
            raise


def _named(lookup: Lookup) -> list[Key]:
    keys: list[Key] = [items.LIVE_KEY]
    if lookup.mark is not None:
        keys.append(items.mark_key(lookup.mark))
    keys += [items.reference_key(one) for one in lookup.references]
    keys += [items.identity_key(*one) for one in lookup.identities]
    keys += [items.ticket_key(one) for one in lookup.tickets if one]
    keys += [items.contact_key(one) for one in lookup.contacts if one]
    keys += [items.organization_key(one) for one in lookup.organizations if one]
    if lookup.domain:
        keys.append(items.domain_key(lookup.domain))
    return keys


def _led_to(first: dict[Key, Item]) -> set[Key]:
    keys: set[Key] = set()
    for item in first.values():
        if isinstance(item, ReferenceItem):
            keys.add(items.ticket_key(item.ticket))
            if item.requester:
                keys.add(items.contact_key(item.requester))
        elif isinstance(item, IdentityItem):
            keys.add(items.contact_key(item.contact))
            if item.organization:
                keys.add(items.organization_key(item.organization))
        elif isinstance(item, TicketItem) and item.requester:
            keys.add(items.contact_key(item.requester))
        elif isinstance(item, DomainItem):
            keys.add(items.organization_key(item.organization))
    return keys - first.keys()


def _of(read: dict[Key, Item], kind: type[Any]) -> list[Any]:
    return [one for one in read.values() if isinstance(one, kind)]


def _found(lookup: Lookup, read: dict[Key, Item]) -> Found:
    mark = read.get(items.mark_key(lookup.mark)) if lookup.mark is not None else None
    live = read.get(items.LIVE_KEY)
    references, identities, domains = {}, {}, {}
    for one in lookup.references:
        if isinstance(reference := read.get(items.reference_key(one)), ReferenceItem):
            references[one] = reference.ticket
    for pair in lookup.identities:
        if isinstance(identity := read.get(items.identity_key(*pair)), IdentityItem):
            identities[pair] = identity.contact
    if isinstance(domain := read.get(items.domain_key(lookup.domain or "")), DomainItem):
        domains[lookup.domain or ""] = domain.organization
    tickets = [one.ticket() for one in _of(read, TicketItem)]
    contacts = [one.contact() for one in _of(read, ContactItem)]
    companies = [one.organization() for one in _of(read, OrganizationItem)]
    return Found(
        mark=codec.plain_loads(mark.answer) if isinstance(mark, MarkItem) else None,
        live=int(live.live) if isinstance(live, LiveItem) else 0,
        references=references,
        identities=identities,
        domains=domains,
        tickets={one.id: one for one in tickets},
        contacts={one.id: one for one in contacts},
        organizations={one.id: one for one in companies},
    )


def _write_contact(commit: Commit, writes: _Writes) -> None:
    contact = commit.contact
    assert contact is not None  # noqa: S101 - asked by the only caller
    item = ContactItem.of(contact)
    if commit.contact_expected == 0:
        writes.create(item)
    else:
        writes.updates.append((item, ContactItem.version == commit.contact_expected))
    for one in contact.identities:
        key = items.identity_key(one.kind, one.value)
        identity = IdentityItem(*key, contact=contact.id, organization=contact.organization)
        free = IdentityItem.pk.does_not_exist() | (IdentityItem.contact == contact.id)
        writes.puts.append((identity, free))


def _blob_key(ticket: str, body: str) -> str:
    return f"t/{ticket}/{hashlib.sha256(body.encode()).hexdigest()}"
