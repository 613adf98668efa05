"""What the service needs of the outside, and the ways the outside can say no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from guardia.domain.desk import Desk
from guardia.domain.model import Arrival, Contact, Entry, Organization, OutboxRow, Ticket

IdentityKey = tuple[str, str]
"""(kind, value), for example ("email", "ana@globex.example")."""


class StaleError(Exception):
    """Somebody else was faster: read and decide again."""


class ConflictError(Exception):
    """Another transaction holds an item; the same commit may be tried again."""


class AlreadyHandledError(Exception):
    """The event was committed before. `answer` is what its mark keeps."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Keep the stored answer."""
        super().__init__("already handled")
        self.answer = answer


class NotFoundError(Exception):
    """There is no such thing. `kind` says what was looked for."""

    def __init__(self, kind: str, id: str) -> None:
        """Name what is missing."""
        super().__init__(f"no {kind} {id}")
        self.kind, self.id = kind, id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What one read must bring, and what those lead to.

    `mark` is the event's guard, `references` Message-IDs, `identities` people by address,
    `domain` an address's domain, `tickets` and `contacts` ids that are known already.
    """

    mark: str | None = None
    references: tuple[str, ...] = ()
    identities: tuple[IdentityKey, ...] = ()
    domain: str | None = None
    tickets: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a lookup brought, by key. Tickets of references and their requesters, contacts of
    identities, and the organisations of contacts and domains are in it.

    `mark` is the answer of an event that was handled before. `live` is the number of the live
    config version (0 where there is none)."""

    mark: Mapping[str, Any] | None = None
    live: int = 0
    references: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[IdentityKey, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    tickets: Mapping[str, Ticket] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """Mail that was set aside. `sender` is a keyed hash, `key` the raw object, `expires_at` the
    instant after which it may go."""

    id: str
    at: datetime
    reason: str
    sender: str
    key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One transaction: all of it is written, or none.

    `expected` is the version the ticket was read at (0: it must not exist). `answer` is kept with
    the mark. `references` are Message-IDs that lead to the ticket from now on. `contact` is
    written where it is new or changed, under `contact_expected`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a row of the outbox stands.

    `state` is `new`, `leased`, `accepted` or `parked`; `wake_at` the instant at which it is to be
    offered (again), None once it is settled; `attempts` counts sendings, `provider_id` is what the
    provider called it, `error` what it last said.
    """

    row: OutboxRow
    state: str = "new"
    wake_at: datetime | None = None
    attempts: int = 0
    lease_until: datetime | None = None
    provider_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQuery:
    """A list of tickets: every filter that is not empty must hold, any of its values will do.

    The empty value is None inside a filter. `cursor` goes on where a page ended.
    """

    filters: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    updated_since: datetime | None = None
    limit: int = 50
    cursor: str | None = None

    def matches(self, ticket: Ticket) -> bool:
        """Whether a ticket belongs into the list."""
        for name, wanted in self.filters.items():
            held = ticket.tags if name == "tag" else (getattr(ticket, name),)
            if not set(wanted) & set(held):
                return False
        if self.updated_since is None:
            return True
        return ticket.updated_at is not None and ticket.updated_at >= self.updated_since


class Incoming(Protocol):
    """A message on its way in: what must be looked up, its files, and what it says once the
    desk is known."""

    @property
    def lookup(self) -> Lookup:
        """What must be looked up."""

    @property
    def files(self) -> Mapping[str, tuple[bytes, str]]:
        """Files by hash: their bytes and media type."""

    def arrive(self, desk: Desk) -> Arrival:
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
        """Write how the sending went, and with it the Message-ID that leads to the ticket."""

    def undelivered(self, until: datetime, limit: int) -> list[tuple[str, int, int, datetime]]:
        """List outbox rows (ticket, seq, n, wake instant) that are due, oldest first."""


class ConfigStore(Protocol):
    """Immutable versions of the desk document and the pointer to the live one."""

    def read(self, version: int) -> Mapping[str, Any]:
        """Return the checked, normalised document of a version.

        Raises:
            NotFoundError: there is no such version.
        """

    def live(self) -> int:
        """Return the number of the live version, 0 where there is none."""

    def publish(
        self, document: Mapping[str, Any], *, author: str, message: str, at: datetime, parent: int
    ) -> int:
        """Keep a new version and make it the live one; return its number.

        The same document as the live one's is no new version.

        Raises:
            StaleError: the live version is not `parent` any more.
        """


class Blobs(Protocol):
    """Raw mail, attachments and long bodies."""

    def get(self, key: str) -> bytes:
        """Return the bytes.

        Raises:
            NotFoundError: there is no such object.
        """

    def put(self, key: str, body: bytes, *, content_type: str, pending: bool) -> None:
        """Write an object; a `pending` one goes away by itself unless it is `kept`."""

    def keep(self, key: str) -> None:
        """Take the pending mark off."""

    def move(self, source: str, target: str) -> None:
        """Move an object; a source that is gone already is no error."""


class Outbound(Protocol):
    """The way out for mail."""

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        """Hand a message over and return the Message-ID the recipient will see.

        Raises:
            PermanentError: it will never be accepted.
            TemporaryError: it may be accepted later.
        """


class PermanentError(Exception):
    """The provider refuses the message for good."""


class TemporaryError(Exception):
    """The provider cannot take the message now."""


class Secrets(Protocol):
    """Named secrets, as bytes."""

    def get(self, name: str) -> bytes:
        """Return the secret; one that does not exist yet is made, once for all."""
