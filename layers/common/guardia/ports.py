"""What the service needs of the outside, and the ways the outside can say no."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from guardia.domain.api_keys import ApiKey
from guardia.domain.breaker import Breaker
from guardia.domain.budgets import Address, Sending
from guardia.domain.flood import Flow
from guardia.domain.model import Arrival, Contact, Entry, Organization, OutboxRow, Ticket

if TYPE_CHECKING:  # functions that decide nothing start without the desk
    from guardia.domain.desk import Desk

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


class LaterError(Exception):
    """It cannot be taken in yet, and is to come again; nothing is wrong with it."""


class NotFoundError(Exception):
    """There is no such thing. `kind` says what was looked for."""

    def __init__(self, kind: str, id: str) -> None:
        """Name what is missing."""
        super().__init__(f"no {kind} {id}")
        self.kind, self.id = kind, id


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
class Call:
    """One call of a webhook that was made: what the list of deliveries shows.

    `row` names the message, `attempt` counts its calls, `status` is the answer's, None where there
    was none, `took` milliseconds, `outcome` one of `ok`, `failed`, `gone` (it will never take one)
    and `refused` (we may not call it). `retry_after` is the wait in seconds that it asks for.
    """

    webhook: str
    row: str
    at: datetime
    attempt: int
    outcome: str
    status: int | None = None
    took: int = 0
    error: str | None = None
    retry_after: int | None = None


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

    def undelivered(self, until: datetime, limit: int) -> list[tuple[str, int, int, datetime]]:
        """List outbox rows (ticket, seq, n, wake instant) that are due, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the desk document: who made it live, when, why and from which one (`parent`).
    `hash` names the checked document, `source` the form it was sent in (None: it is not kept)."""

    number: int
    author: str
    at: datetime
    message: str
    parent: int
    hash: str
    source: str | None = None


class DriftError(StaleError):
    """Others published since `parent`: version `live` is live now."""

    def __init__(self, parent: int, live: int) -> None:
        """Keep both numbers."""
        super().__init__(f"version {live} is live, not {parent}")
        self.parent, self.live = parent, live


class ConfigStore(Protocol):
    """Immutable versions of the desk document and the pointer to the live one.

    Versions are numbered from 1 without a gap; the live one is the latest.
    """

    def read(self, version: int) -> Mapping[str, Any]:
        """Return the checked, normalised document of a version.

        Raises:
            NotFoundError: there is no such version.
        """

    def source(self, version: int) -> Mapping[str, Any]:
        """Return a version as it was sent: `{"files": {path: text}}` or `{"document": …}`; empty
        where that was not kept.

        Raises:
            NotFoundError: there is no such version.
        """

    def live(self) -> int:
        """Return the number of the live version, 0 where there is none."""

    def version(self, number: int) -> Version:
        """Return who made a version, when and why.

        Raises:
            NotFoundError: there is no such version.
        """

    def versions(self, newest: int, limit: int) -> list[Version]:
        """List versions from `newest` downwards."""

    def publish(
        self,
        document: Mapping[str, Any],
        *,
        author: str,
        message: str,
        at: datetime,
        parent: int,
        source: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a new version and make it the live one; return its number.

        The same document as the live one's is no new version, unless the texts of its files
        (comments, names) differ.

        Raises:
            DriftError: the live version is not `parent` any more.
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

    def delete(self, key: str) -> None:
        """Delete an object; one that is gone already is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A received mail that was not taken in yet: its object, and when it was stored."""

    key: str
    at: datetime


class Inbox(Protocol):
    """Received mail that lies where the provider put it, until it is taken in."""

    @property
    def place(self) -> str:
        """The bucket it lies in."""

    def lying(self, until: datetime) -> Iterator[Lying]:
        """Go through the mail that was stored up to an instant and still lies there."""

    def head(self, key: str) -> bytes:
        """Return the first bytes of a mail, its whole header among them.

        Raises:
            NotFoundError: it was taken in meanwhile.
        """

    def offered(self, key: str) -> int:
        """Return how often a mail was offered again.

        Raises:
            NotFoundError: it was taken in meanwhile.
        """

    def note(self, key: str, times: int) -> None:
        """Write down how often a mail was offered again; one that is gone is no error."""


class Outbound(Protocol):
    """The way out for mail."""

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        """Hand a message over and return the Message-ID the recipient will see.

        Raises:
            PermanentError: it will never be accepted.
            TemporaryError: it may be accepted later.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint said: its status and `Retry-After` in seconds. What it wrote is not kept."""

    status: int
    retry_after: int | None = None


class ForbiddenError(Exception):
    """The endpoint may not be called, now or later. It says why."""


class UnreachableError(Exception):
    """The endpoint could not be asked this time. It says how, without a word of the endpoint."""


class Endpoints(Protocol):
    """The way to the endpoints of webhooks."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a body once, following nothing.

        Raises:
            ForbiddenError: it may not be called.
            UnreachableError: no answer came.
        """


class PermanentError(Exception):
    """The provider refuses the message for good."""


class TemporaryError(Exception):
    """The provider cannot take the message now."""


class Budgets(Protocol):
    """What is known of the addresses that we write to, and what automatic mail they were sent."""

    def spend(self, sending: Sending) -> str | None:
        """Count an automatic message about to go; return why it may not, None where it may.

        The same message is counted once, however often it is sent.

        Raises:
            StaleError: too many count at the same time; it may be asked again.
        """

    def known(self, address: str) -> Address:
        """Return what is known of an address."""

    def change(self, address: str, how: Callable[[Address], Address]) -> tuple[Address, Address]:
        """Change what is known of an address; return it before and after.

        Raises:
            StaleError: too many change it at the same time.
        """


class Webhooks(Protocol):
    """How the endpoints of the desk's webhooks are doing, and the calls that were made."""

    def breaker(self, webhook: str) -> Breaker:
        """Return how an endpoint is doing."""

    def change(self, webhook: str, how: Callable[[Breaker], Breaker]) -> Breaker:
        """Change how an endpoint is doing; return it afterwards.

        Raises:
            StaleError: too many change it at the same time.
        """

    def log(self, call: Call) -> bool:
        """Keep a call for two weeks; return False where it was kept before."""

    def calls(self, webhook: str, limit: int, cursor: str | None) -> tuple[list[Call], str | None]:
        """List the calls of a webhook, the latest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


class Courier(Protocol):
    """The way to whoever makes the calls: a queue."""

    def hand(self, parcel: Mapping[str, Any]) -> None:
        """Hand a call over to be made."""


class Counters(Protocol):
    """Numbers that end: how often something was done in a stretch of time."""

    def take(self, name: str, most: int, until: datetime) -> bool:
        """Count once more; False, and nothing is counted, where it was done `most` times already.

        The counter goes some time after `until`; a name holds what it counts and in which stretch.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A delivery of a source and what became of it: never what it said, nor an address.

    `id` is what its sender calls it, where that was signed; `request` names the request it came
    in, `outcome` is one word, `status` the HTTP status it was answered with.
    """

    source: str
    at: datetime
    request: str
    outcome: str
    status: int
    id: str | None = None
    ticket: str | None = None


class HookLog(Protocol):
    """The latest deliveries of each source, kept for two weeks."""

    def add(self, handled: Handled) -> None:
        """Keep what became of a delivery."""

    def latest(
        self, source: str, since: datetime, limit: int, cursor: str | None
    ) -> tuple[list[Handled], str | None]:
        """List what became of a source's deliveries, the latest first, with the cursor of the next
        page; none from before `since`.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


class ApiKeys(Protocol):
    """The keys that programs call with."""

    def get(self, id_: str) -> ApiKey | None:
        """Return a key, None where there is none of that id."""

    def add(self, key: ApiKey) -> None:
        """Keep a new key.

        Raises:
            StaleError: its id is taken.
        """

    def replace(self, old: str, until: datetime, fresh: ApiKey) -> None:
        """Keep a new key and the instant at which the old one (its id) ends, or neither.

        Raises:
            StaleError: the old one was revoked meanwhile, or the new one's id is taken.
        """

    def revoke(self, id_: str, at: datetime) -> None:
        """End a key now; one that was revoked before stays revoked since then.

        Raises:
            NotFoundError: there is no such key.
        """

    def used(self, key: ApiKey, at: datetime) -> ApiKey:
        """Write down that a key was used, once an hour at most; return it so."""

    def page(self, limit: int, cursor: str | None) -> tuple[list[ApiKey], str | None]:
        """List keys, the newest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of asking for a mark: it is `ours` now, or it holds `kept` and is still `open`
    while somebody is at work on it."""

    ours: bool = False
    open: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)


class Marks(Protocol):
    """Guards of what must not be done twice and is no commit (a commit writes its own)."""

    def claim(self, mark: str, request: str, at: datetime, expires_at: datetime) -> Claim:
        """Take a mark for a request (its hash), or tell what it holds.

        Who took one and neither kept nor freed it for a minute is not at work any more.
        """

    def keep(self, mark: str, answer: Mapping[str, Any]) -> None:
        """Write down what came of it; it holds from now on."""

    def free(self, mark: str) -> None:
        """Give a mark back: nothing was done."""


class Secrets(Protocol):
    """Named secrets, as bytes."""

    def get(self, name: str) -> bytes:
        """Return the secret; one that does not exist yet is made, once for all."""

    def text(self, name: str) -> str:
        """Return a secret as it was written, a few minutes old at most.

        Raises:
            NotFoundError: there is none; it is not made.
        """
