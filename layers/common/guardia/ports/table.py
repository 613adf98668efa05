"""The table: what one read must bring, what one commit writes, how an outbox row stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from guardia.domain.arrival import Arrival
from guardia.domain.flood import Flow
from guardia.domain.model import Contact, Entry, Organization, OutboxRow, Ticket

if TYPE_CHECKING:
    from guardia.domain.desk import Desk


IdentityKey = tuple[str, str]
"""(kind, value), for example ("email", "ana@globex.example")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What one read must bring, and what those lead to.

    `mark` is the event's guard (it may go after `mark_expires_at`, where that is set), `references`
    Message-IDs, `identities` people by address, `domain` an address's domain, `tickets` and
    `contacts` ids that are known already, `flow` the sender whose messages are counted.
    """

    mark: str | None = None
    mark_expires_at: datetime | None = None
    references: tuple[str, ...] = ()
    identities: tuple[IdentityKey, ...] = ()
    domain: str | None = None
    tickets: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    flow: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a lookup brought, by key. Tickets of references and their requesters, contacts of
    identities, and the organisations of contacts and domains are in it.

    `mark` is the answer of an event that was handled before. `live` is the number of the live
    config version (0 where there is none), `flow` what came from the sender lately (None where
    nobody asked)."""

    mark: Mapping[str, Any] | None = None
    live: int = 0
    references: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[IdentityKey, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    tickets: Mapping[str, Ticket] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    flow: Flow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A message that was set aside.

    `sender` is a keyed hash of its sender's address, by which an erasure finds it; `key` the object
    with its bytes, `receipt` what else is needed to take it in, `expires_at` the instant after
    which all of it may go. `address` is the sender it names, nothing but a claim.
    """

    id: str
    at: datetime
    reason: str
    sender: str
    key: str
    expires_at: datetime
    channel: str = "email"
    address: str | None = None
    subject: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One transaction: all of it is written, or none.

    `expected` is the version the ticket was read at (0: it must not exist). `answer` is kept with
    the mark. `references` are Message-IDs that lead to the ticket from now on. `contact` is
    written where it is new or changed, under `contact_expected`. `flow` is what came from the
    sender by now; `recovered` names what had been set aside and goes with this commit.
    """

    mark: str | None = None
    mark_expires_at: datetime | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    ticket: Ticket | None = None
    expected: int = 0
    entries: tuple[Entry, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    references: tuple[str, ...] = ()
    contact: Contact | None = None
    contact_expected: int = 0
    suspended: Suspended | None = None
    recovered: str | None = None
    flow: Flow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a row of the outbox stands.

    `state` is `new`, `leased`, `accepted` or `parked`; `wake_at` the instant at which it is to be
    offered (again), None once it is settled; `attempts` counts sendings, `provider_id` is what the
    provider called it, `error` what it last said. `recipients` tells by address what became of it
    there: `delivered`, `delayed`, `bounced`, `complained`, or `held` back by us. `revision` counts
    the writes, so that nobody overwrites what he has not seen.
    """

    row: OutboxRow
    state: str = "new"
    wake_at: datetime | None = None
    attempts: int = 0
    lease_until: datetime | None = None
    provider_id: str | None = None
    error: str | None = None
    recipients: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A row of the outbox that is to be offered (again): since `wake_at`."""

    ticket: str
    seq: int
    n: int
    wake_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTicket:
    """A ticket that time is to be told: what is needed to load it in one read.

    `due_at` is the instant at which something was to happen, `wake_at` the one at which somebody
    was to look: later than `due_at` while the ticket is lent to whoever carries it out, or after
    `failures` attempts that failed.
    """

    ticket: str
    wake_at: datetime
    due_at: datetime
    requester: str | None = None
    organization: str | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueJob:
    """A job that should have gone on by `wake_at` and did not."""

    job: str
    wake_at: datetime


DueItem = DueRow | DueTicket | DueJob


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """A list of tickets: every filter that is not empty must hold, any of its values will do.

    The empty value is None inside a filter. `cursor` goes on where a page ended. With `open_only`
    nothing else is read than what is neither solved nor closed in the queues of the groups that the
    filter names, group by group.
    """

    filters: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    updated_since: datetime | None = None
    limit: int = 50
    cursor: str | None = None
    open_only: bool = False

    def matches(self, ticket: Ticket) -> bool:
        """Whether a ticket belongs into the list."""
        if self.open_only and ticket.status in ("solved", "closed"):
            return False
        for name, wanted in self.filters.items():
            held = (ticket.tags or (None,)) if name == "tag" else (getattr(ticket, name),)
            if not set(wanted) & set(held):
                return False
        if self.updated_since is None:
            return True
        return ticket.updated_at is not None and ticket.updated_at >= self.updated_since


class Incoming(Protocol):
    """A message on its way in: what must be looked up, its files, and what it says once the
    desk is known.

    `raw` are its bytes where they lie nowhere yet: they are kept when it is set aside.
    """

    @property
    def raw(self) -> bytes | None:
        """The message's bytes, None where they are stored already."""

    @property
    def lookup(self) -> Lookup:
        """What must be looked up."""

    @property
    def files(self) -> Mapping[str, tuple[bytes, str]]:
        """Files by hash: their bytes and media type."""

    def arrive(self, desk: "Desk") -> Arrival:
        """Read the message with the desk's eyes.

        Raises:
            RefusedError: the desk does not take it.
            NotFoundError: it is meant for something that does not exist.
        """


class Store(Protocol):
    """The table. Reads are consistent, but for lists (they come from indexes)."""

    def find(self, lookup: Lookup) -> Found:
        """Read what the lookup names and what it leads to: two round trips at most."""

    def commit(self, commit: Commit) -> None:
        """Write everything or nothing.

        Raises:
            AlreadyHandledError: the mark is there.
            StaleError: the ticket or contact is not at the version it was read at.
            ConflictError: another transaction is at work on an item.
        """

    def entries(self, ticket: str, after: int, limit: int) -> tuple[list[Entry], bool]:
        """Return entries with `seq` above `after`, in order, and whether more follow."""

    def latest_comment(self, ticket: str) -> str | None:
        """Return the text of the latest public comment."""

    def tickets_open(self, requester: str) -> int:
        """Count the requester's tickets that are neither solved nor closed."""

    def tickets(self, query: TicketQuery) -> tuple[list[Ticket], str | None]:
        """List tickets, newest change first, with the cursor of the next page."""

    def delivery(self, ticket: str, seq: int, n: int) -> Delivery:
        """Read an outbox row.

        Raises:
            NotFoundError: there is no such row.
        """

    def lease(self, ticket: str, seq: int, n: int, *, now: datetime, until: datetime) -> Delivery:
        """Take an outbox row for sending, under a condition: nobody else holds it.

        A row that nobody tried yet and that waits for nothing may be taken at any time.

        Raises:
            StaleError: it is settled, waits for a later instant, or is under a live lease.
            NotFoundError: there is no such row.
        """

    def settle(self, delivery: Delivery, *, reference: str | None = None) -> None:
        """Write how a row stands, and with it the Message-ID that leads to the ticket.

        Raises:
            StaleError: it was written since `delivery` was read.
        """

    def outbox(self, ticket: str) -> list[Delivery]:
        """List the rows of a ticket's outbox, oldest first."""

    def parked(self, limit: int, cursor: str | None) -> tuple[list[Delivery], str | None]:
        """List rows that were given up, the latest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """

    def aside(self, id_: str) -> Suspended:
        """Read what was set aside.

        Raises:
            NotFoundError: there is no such entry (any more).
        """

    def all_aside(self, limit: int, cursor: str | None) -> tuple[list[Suspended], str | None]:
        """List what was set aside, the latest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """

    def drop_aside(self, id_: str) -> None:
        """Forget what was set aside; an entry that is gone already is no error."""

    def due(self, until: datetime, limit: int) -> list[DueItem]:
        """List what is due by then, oldest first: `limit` rows of the outbox, tickets and jobs each
        at most, so that none hides the others."""

    def reschedule(
        self, ticket: str, version: int, due_at: datetime | None, config: str | None = None
    ) -> None:
        """Move the instant at which time does something to a ticket, with nothing to record; with
        `config`, note by which version of the desk that was found.

        Raises:
            StaleError: the ticket is not at this version.
        """

    def postpone(
        self, ticket: str, *, seen: datetime, wake_at: datetime, failures: int = 0
    ) -> None:
        """Look at a ticket at another instant than the one seen, be it listed as due or stuck.

        Its `due_at` stays; every commit and every `reschedule` undoes this.

        Raises:
            StaleError: the ticket is not to be looked at at the instant seen any more.
        """

    def give_up(self, ticket: str, *, seen: datetime, at: datetime, failures: int) -> None:
        """Look at a ticket no more: it is listed as stuck, until `postpone` or a commit.

        Raises:
            StaleError: the ticket is not to be looked at at the instant seen any more.
        """

    def stuck(self, limit: int, cursor: str | None) -> tuple[list[DueTicket], str | None]:
        """List tickets that were given up, the latest first, with the cursor of the next page;
        `wake_at` is when that was.

        Raises:
            InvalidError: the cursor is not one of this list.
        """
