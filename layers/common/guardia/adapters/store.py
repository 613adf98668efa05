"""The `Store` port over the table: what is read together, and the one transaction."""

from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from guardia.adapters import asides, codec, items, lists, timers
from guardia.adapters.bodies import Bodies
from guardia.adapters.items import (
    ContactItem,
    DomainItem,
    EntryItem,
    IdentityItem,
    Item,
    LiveItem,
    MarkItem,
    OrganizationItem,
    OutboxItem,
    ReferenceItem,
    TicketItem,
)
from guardia.adapters.refusals import FAILED
from guardia.adapters.table import Key, Table
from guardia.adapters.transaction import Transaction
from guardia.domain.model import Entry, Ticket
from guardia.ports import (
    Blobs,
    Commit,
    Delivery,
    DueItem,
    DueTicket,
    Found,
    Lookup,
    NotFoundError,
    StaleError,
    Suspended,
    TicketQuery,
)


class TableStore:
    """Tickets, people and the outbox in one table; long bodies in the blob store."""

    def __init__(self, table: Table, blobs: Blobs) -> None:
        """Take the table and the place for what is too long for it."""
        self.table, self.blobs = table, blobs
        self._bodies, self._months = Bodies(blobs), set[str]()

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
            found.extend(self._bodies.entry(one) for one in rows if isinstance(one, EntryItem))
            if page is None:
                break
        return found[:limit], len(found) > limit

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
                entry = self._bodies.entry(row) if isinstance(row, EntryItem) else None
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
        return self._bodies.delivery(found)

    def outbox(self, ticket: str) -> list[Delivery]:
        """List a ticket's outbox; see `Store.outbox`."""
        found: list[Delivery] = []
        page: Any = None
        while True:
            rows, page = self.table.query(
                "pk = :pk AND begins_with(sk, :sk)",
                {":pk": f"T#{ticket}", ":sk": "O#"},
                start=page,
            )
            found += [self._bodies.delivery(one) for one in rows if isinstance(one, OutboxItem)]
            if page is None:
                return sorted(found, key=lambda one: (one.row.seq, one.row.n))

    def parked(self, limit: int, cursor: str | None) -> tuple[list[Delivery], str | None]:
        """List what was given up; see `Store.parked`."""
        rows, following = lists.page_of_queue(self.table, items.PARKED, limit, cursor)
        read = self.table.read([(one.pk, one.sk) for one in rows]) if rows else {}
        found = [read.get((one.pk, one.sk)) for one in rows]
        parked = [one for one in found if isinstance(one, OutboxItem) and one.state == "parked"]
        return [self._bodies.delivery(one) for one in parked], following

    def aside(self, id_: str) -> Suspended:
        """Read what was set aside; see `Store.aside`."""
        return asides.one(self.table, id_)

    def all_aside(self, limit: int, cursor: str | None) -> tuple[list[Suspended], str | None]:
        """List what was set aside; see `Store.all_aside`."""
        return asides.page(self.table, limit, cursor)

    def drop_aside(self, id_: str) -> None:
        """Forget what was set aside; see `Store.drop_aside`."""
        asides.drop(id_)

    def due(self, until: datetime, limit: int) -> list[DueItem]:
        """List what is due; see `Store.due`."""
        return timers.due(self.table, until, limit)

    def stuck(self, limit: int, cursor: str | None) -> tuple[list[DueTicket], str | None]:
        """List tickets that were given up; see `Store.stuck`."""
        return timers.stuck(self.table, limit, cursor)

    # -- writing ---------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """Write everything or nothing; see `Store.commit`."""
        transaction = Transaction(self._bodies, self._months)
        transaction.add(commit)
        transaction.commit(self.table, commit)

    # -- the instants of tickets -----------------------------------------------------------------

    def reschedule(
        self, ticket: str, version: int, due_at: datetime | None, config: str | None = None
    ) -> None:
        """Move a ticket's instant; see `Store.reschedule`."""
        timers.reschedule(ticket, version, due_at, config)

    def postpone(
        self, ticket: str, *, seen: datetime, wake_at: datetime, failures: int = 0
    ) -> None:
        """Look at a ticket at another instant; see `Store.postpone`."""
        timers.postpone(ticket, seen, wake_at, failures)

    def give_up(self, ticket: str, *, seen: datetime, at: datetime, failures: int) -> None:
        """Look at a ticket no more; see `Store.give_up`."""
        timers.give_up(ticket, seen, at, failures)

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
                    OutboxItem.revision.add(1),
                ],
                condition=may_take,
            )
        except UpdateError as error:
            if error.cause_response_code != f"{FAILED}Exception":
                raise
            self.delivery(ticket, seq, n)  # says so where there is no such row
            raise StaleError from error
        return self._bodies.delivery(item)

    def settle(self, delivery: Delivery, *, reference: str | None = None) -> None:
        """Write how a sending went, in one transaction; see `Store.settle`."""
        row = delivery.row
        item = OutboxItem(*items.outbox_key(row.ticket, row.seq, row.n))
        seen = OutboxItem.revision == delivery.revision
        if delivery.revision == 0:
            seen = OutboxItem.pk.exists() & (OutboxItem.revision.does_not_exist() | seen)
        written = _standing(delivery)
        try:
            with TransactWrite(connection=self.table.connection) as transaction:
                if reference:
                    first = ReferenceItem.ticket.set(ReferenceItem.ticket | row.ticket)
                    leads = ReferenceItem(*items.reference_key(reference))
                    transaction.update(leads, actions=[first])
                transaction.update(item, actions=written, condition=seen)
        except TransactWriteError as error:
            reasons = [one.code if one else "" for one in error.cancellation_reasons]
            if FAILED in reasons:
                raise StaleError from error
            raise


def _standing(delivery: Delivery) -> list[Action]:
    """What says how a row stands; the row itself stays as it is."""
    parked = delivery.state == "parked"
    values: list[tuple[Any, Any]] = [
        (OutboxItem.state, delivery.state),
        (OutboxItem.wake_at, delivery.wake_at),
        (OutboxItem.due_shard, items.shard_of(delivery.row.ticket) if delivery.wake_at else None),
        (OutboxItem.attempts, delivery.attempts),
        (OutboxItem.lease_until, delivery.lease_until),
        (OutboxItem.provider_id, delivery.provider_id),
        (OutboxItem.error, delivery.error),
        (OutboxItem.recipients, dict(delivery.recipients) or None),
        (OutboxItem.revision, delivery.revision + 1),
        (OutboxItem.queue_key, items.PARKED if parked else None),
        (OutboxItem.updated_at, delivery.row.at if parked else None),
    ]
    return [one.remove() if value is None else one.set(value) for one, value in values]


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
    if lookup.flow:
        keys.append(items.flow_key(lookup.flow))
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
        flow=asides.flow(lookup.flow, read),
    )
