"""A desk of one's own on a virtual clock: the same service on the memory store.

What happens here goes through the same parsing, threading, deciding and committing as real mail;
only the table, the blob store and the provider are stand-ins.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.arrivals import FormArrival, HookArrival
from guardia.config.compile import compile_desk
from guardia.digests import Digests
from guardia.domain import digests
from guardia.domain.desk import Desk
from guardia.domain.forms import Post
from guardia.domain.model import Contact, Entry, OutboxRow, Ticket
from guardia.hooks.payload import Delivery
from guardia.mail import tokens
from guardia.mail.arrival import MailArrival
from guardia.mail.parse import parse
from guardia.mail.receipt import Receipt
from guardia.planning import Outcome, Request
from guardia.service import Guardia

SECRET: Final = b"a rehearsal's secret is known to all"
INSTALL: Final = "rehearsal"
DOMAIN: Final = "desk.example"
_CODES: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What time alone brought about: the entry that it left, and what it was."""

    at: datetime
    what: str
    ticket: str
    seq: int


class Versions:
    """Every version of a desk that was live, and since when."""

    def __init__(self) -> None:
        """Begin with the desk without a document."""
        self._desks: dict[int, Desk] = {0: compile_desk({})}
        self._since: dict[int, datetime] = {}

    def add(self, number: int, desk: Desk, at: datetime) -> None:
        """Note a version that goes live at an instant."""
        self._desks[number], self._since[number] = desk, at

    def __call__(self, number: int, /) -> Desk:
        """Return the desk of a version."""
        return self._desks[number]

    def since(self, number: int, /) -> datetime:
        """Return when a version went live."""
        return self._since[number]


class World:
    """Tickets by number in the order of creation, the outbox in the order it went out."""

    def __init__(self) -> None:
        """Begin with no desk document and nothing in the table."""
        self.store, self.blobs = MemoryStore(), MemoryBlobs()
        self.desks = Versions()
        self.clock: list[tuple[datetime, int, str]] = []
        self.numbers: dict[str, int] = {}
        self.outbox: list[OutboxRow] = []
        self._ids = 0
        self._digested: datetime | None = None
        self._digests = Digests(self.store, self._latest)
        self._guardia = Guardia(
            store=self.store,
            blobs=self.blobs,
            desks=self.desks,
            new_id=self._new_id,
            pause=lambda _attempt: False,
        )

    @property
    def desk(self) -> Desk:
        """The live desk."""
        return self.desks(self.store.live)

    def desk_at(self, version: str) -> Desk:
        """The desk of a version, as entries name it."""
        return self.desks(int(version or 0))

    def publish(self, document: Mapping[str, Any], at: datetime) -> list[Happening]:
        """Make a stored document the live desk; what it changes on open tickets happens at once."""
        number = self.store.live + 1
        self.desks.add(number, compile_desk(document, version=str(number)), at)
        self.store.live = number
        self._digested = at
        found = []
        for ticket in list(self.numbers):
            outcome = self._took(partial(self._guardia.recompute, ticket, at=at))
            found += self._happened(outcome)
        return found

    def advance(self, until: datetime, *, through: bool) -> Iterator[Happening]:
        """Let time pass: everything due before an instant happens at its own, with `through` what
        is due at it, too."""
        while (due := self._next(until, through=through)) is not None:
            at, ticket = due
            if ticket is None:
                self._digest(at)
            else:
                yield from self._happened(self._took(partial(self._guardia.wake, ticket, until=at)))

    def _next(self, until: datetime, *, through: bool) -> tuple[datetime, str | None] | None:
        """The next instant at which something is due, and the ticket that is concerned; None in
        its place: digests are."""
        while self.clock and self.store.heads[self.clock[0][2]].due_at != self.clock[0][0]:
            heapq.heappop(self.clock)  # the ticket has left that instant
        at, ticket = (self.clock[0][0], self.clock[0][2]) if self.clock else (None, None)
        edition = digests.next_at(self.desk, self._digested) if self._digested else None
        if at is None or (edition is not None and edition < at):
            at, ticket = edition, None
        if at is None or at > until or (at == until and not through):
            return None
        return at, ticket

    def _latest(self) -> list[tuple[Desk, datetime]]:
        """The live version and the one before it, each with the instant since when it is."""
        numbers = range(self.store.live, max(self.store.live - 2, 0), -1)
        return [(self.desks(one), self.desks.since(one)) for one in numbers]

    def _digest(self, at: datetime) -> None:
        """Send the digests of an instant."""
        self._digested = at
        self._digests.send(at)
        self._take_rows()

    def _happened(self, outcome: Outcome) -> list[Happening]:
        decision = outcome.decided
        return [
            Happening(at=one.at, what=name_of(one), ticket=decision.ticket.id, seq=one.seq)
            for one in decision.entries
            if one.event in ("clock", "job")
        ]

    def _new_id(self) -> str:
        self._ids += 1
        rest, code = self._ids, ""
        for _ in range(8):
            rest, digit = divmod(rest, len(_CODES))
            code = _CODES[digit] + code
        return code

    def mail(
        self, raw: bytes, *, at: datetime, to: str, envelope_from: str, verified: bool
    ) -> Outcome:
        """Take in a mail as SES would hand it over."""
        self._ids += 1
        receipt = Receipt(
            message_id=f"rehearsal-{self._ids}",
            received_at=at,
            recipients=(to,),
            envelope_from=envelope_from,
            spam="PASS",
            virus="PASS",
            spf="PASS" if verified else "GRAY",
            dkim="PASS" if verified else "GRAY",
            dmarc="PASS" if verified else "GRAY",
            dmarc_policy=None,
            bucket="rehearsal",
            key=f"in/rehearsal-{self._ids}",
        )
        incoming = MailArrival(
            parse(raw), receipt, raw, secrets=(SECRET,), install_id=INSTALL, counts=False
        )
        return self._took(lambda: self._guardia.receive(incoming))

    def form(self, post: Post) -> Outcome:
        """Take in a form."""
        return self._took(lambda: self._guardia.receive(FormArrival(post, counts=False)))

    def hook(self, delivery: Delivery) -> Outcome:
        """Take in a source's delivery."""
        return self._took(lambda: self._guardia.receive(HookArrival(delivery)))

    def request(self, request: Request) -> Outcome:
        """Do what an agent asks."""
        return self._took(lambda: self._guardia.request(request), request.ticket)

    def _took(self, ask: Callable[[], Outcome], ticket: str | None = None) -> Outcome:
        """Ask the desk for something, and look at what it left: also where it refused the thing
        itself after what was due before it."""
        try:
            outcome = ask()
            if outcome.decision is not None:
                ticket = outcome.decision.ticket.id
            return outcome
        finally:
            if ticket is not None:
                self._look_at(ticket)

    def _look_at(self, ticket: str) -> None:
        number = self.numbers.setdefault(ticket, len(self.numbers) + 1)
        due_at = self.store.heads[ticket].due_at
        if due_at is not None:
            heapq.heappush(self.clock, (due_at, number, ticket))
        self._take_rows()

    def _take_rows(self) -> None:
        for delivery in islice(self.store.deliveries.values(), len(self.outbox), None):
            self.outbox.append(delivery.row)
            self.store.references.setdefault(provider_id(delivery.row), delivery.row.ticket)

    def ticket(self, number: int) -> Ticket | None:
        """The ticket of a number, as it stands."""
        found = next((id_ for id_, one in self.numbers.items() if one == number), None)
        return self.store.heads[found] if found else None

    def people(self) -> list[Contact]:
        """Everybody the desk has met; agents are no contacts, also where they asked themselves."""
        known = self.store.contacts.values()
        return [one for one in known if one.email not in self.desk.agents]

    def sent(self, until: datetime) -> list[OutboxRow]:
        """What has gone out by an instant, in the order of time."""
        gone = [one for one in self.outbox if (one.not_before or one.at) <= until]
        return sorted(gone, key=lambda one: one.not_before or one.at)

    def address(self) -> str:
        """The address that mail comes to where it names none."""
        own = (
            *self.desk.addresses,
            *(a for d in self.desk.departments.values() for a in d.addresses),
        )
        return own[0] if own else f"support@{DOMAIN}"

    def reply_address(self, row: OutboxRow) -> str:
        """The signed address that an answer to a row goes to."""
        agent = row.to[0] if row.reply == "agent" else None
        return tokens.sign_address(row.sender or self.address(), row.ticket, (SECRET,), agent=agent)


def name_of(entry: Entry) -> str:
    """What an entry of the clock is about, for people: `automation vip`, `breach oro …`."""
    due = entry.asked.get("due")
    if due is None:
        return entry.event
    named = (due["kind"], due.get("rule"), due.get("metric"))
    return " ".join(str(one) for one in named if one)


def provider_id(row: OutboxRow) -> str:
    """The Message-ID that the recipient of a row sees."""
    return f"<{row.id}@rehearsal.{DOMAIN}>".lower()


def reference(ticket: str) -> str:
    """The Message-ID that every mail of a ticket refers to."""
    return tokens.reference(ticket, (SECRET,), DOMAIN)
