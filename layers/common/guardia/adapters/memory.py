"""The table in a dict: the same port with the same refusals, for simulations and for speed.

It keeps what the real one keeps and refuses what the real one refuses; one conformance suite runs
on both.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from guardia.adapters.memory_timers import JOB, Timers
from guardia.domain.flood import Flow
from guardia.domain.model import Contact, Entry, InvalidError, Organization, OutboxRow, Ticket
from guardia.ports import (
    AlreadyHandledError,
    Commit,
    Delivery,
    DueItem,
    DueJob,
    DueRow,
    DueTicket,
    Found,
    IdentityKey,
    Lookup,
    NotFoundError,
    StaleError,
    Suspended,
    TicketQuery,
)

_OPEN = ("new", "open", "pending", "hold")


class MemoryStore:
    """The `Store` port over dictionaries. `live` is the number of the live config version."""

    def __init__(self) -> None:
        """Start empty."""
        self.live = 0
        self.marks: dict[str, Mapping[str, Any]] = {}
        self.references: dict[str, str] = {}
        self.identities: dict[IdentityKey, str] = {}
        self.domains: dict[str, str] = {}
        self.heads: dict[str, Ticket] = {}
        self.histories: dict[str, list[Entry]] = defaultdict(list)
        self.contacts: dict[str, Contact] = {}
        self.organizations: dict[str, Organization] = {}
        self.deliveries: dict[tuple[str, int, int], Delivery] = {}
        self.suspended: dict[str, Suspended] = {}
        self.flows: dict[str, Flow] = {}
        self.timers = Timers()
        self.failures: dict[str, int] = {}
        self.given_up: dict[str, datetime] = {}

    def find(self, lookup: Lookup) -> Found:
        """Look everything up; see `Store.find`."""
        references = {
            one: self.references[one] for one in lookup.references if one in self.references
        }
        identities = {
            one: self.identities[one] for one in lookup.identities if one in self.identities
        }
        domain = lookup.domain or ""
        domains = {domain: self.domains[domain]} if domain in self.domains else {}
        tickets = self._pick(self.heads, (*lookup.tickets, *references.values()))
        people = {one.requester for one in tickets.values() if one.requester}
        contacts = self._pick(self.contacts, (*lookup.contacts, *identities.values(), *people))
        companies = {one.organization for one in (*tickets.values(), *contacts.values())}
        named = (*lookup.organizations, *domains.values(), *(one for one in companies if one))
        return Found(
            mark=self.marks.get(lookup.mark or ""),
            live=self.live,
            references=references,
            identities=identities,
            domains=domains,
            tickets=tickets,
            contacts=contacts,
            organizations=self._pick(self.organizations, named),
            flow=self.flows.get(lookup.flow, Flow(sender=lookup.flow)) if lookup.flow else None,
        )

    @staticmethod
    def _pick(kept: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Any]:
        return {one: kept[one] for one in ids if one in kept}

    def commit(self, commit: Commit) -> None:
        """Write everything or nothing; see `Store.commit`."""
        if commit.mark is not None and commit.mark in self.marks:
            raise AlreadyHandledError(self.marks[commit.mark])
        self._check(commit)
        if commit.mark is not None:
            self.marks[commit.mark] = commit.answer
        if commit.suspended is not None:
            self.suspended[commit.suspended.id] = commit.suspended
        if commit.recovered is not None:
            del self.suspended[commit.recovered]
        if commit.flow is not None:
            self.flows[commit.flow.sender] = commit.flow
        if commit.contact is not None:
            self._write_contact(commit.contact)
        if commit.ticket is not None:
            self.heads[commit.ticket.id] = commit.ticket
            self._look_at(commit.ticket.id, commit.ticket.due_at)
            self.histories[commit.ticket.id].extend(commit.entries)
            self.references |= dict.fromkeys(commit.references, commit.ticket.id)
        for row in commit.outbox:
            self._keep(Delivery(row=row, wake_at=row.first_offer))

    def _keep(self, delivery: Delivery) -> None:
        key = (delivery.row.ticket, delivery.row.seq, delivery.row.n)
        self.deliveries[key] = delivery
        self.timers.put(key, delivery.wake_at)

    def _check(self, commit: Commit) -> None:
        if commit.recovered is not None and commit.recovered not in self.suspended:
            raise StaleError
        if commit.ticket is not None:
            head = self.heads.get(commit.ticket.id)
            if (head.version if head else 0) != commit.expected:
                raise StaleError
            if any(one in self.references for one in commit.references):
                raise StaleError
        if commit.contact is not None:
            known = self.contacts.get(commit.contact.id)
            if (known.version if known else 0) != commit.contact_expected:
                raise StaleError
            for one in commit.contact.identities:
                if self.identities.get((one.kind, one.value), commit.contact.id) != (
                    commit.contact.id
                ):
                    raise StaleError

    def _write_contact(self, contact: Contact) -> None:
        self.contacts[contact.id] = replace(contact, version=contact.version + 1)
        for one in contact.identities:
            self.identities[one.kind, one.value] = contact.id

    def entries(self, ticket: str, after: int, limit: int) -> tuple[list[Entry], bool]:
        """List a ticket's history; see `Store.entries`."""
        later = [one for one in self.histories.get(ticket, []) if one.seq > after]
        return later[:limit], len(later) > limit

    def latest_comment(self, ticket: str) -> str | None:
        """Find the latest public comment; see `Store.latest_comment`."""
        for entry in reversed(self.histories.get(ticket, [])):
            if entry.comment and entry.comment.public:
                return entry.comment.text
        return None

    def tickets_open(self, requester: str) -> int:
        """Count open tickets; see `Store.tickets_open`."""
        return sum(
            one.requester == requester and one.status in _OPEN for one in self.heads.values()
        )

    def tickets(self, query: TicketQuery) -> tuple[list[Ticket], str | None]:
        """List tickets; see `Store.tickets`."""
        found = [one for one in self.heads.values() if query.matches(one)]
        found.sort(key=lambda one: (str(one.updated_at), one.id), reverse=True)
        start = place(query.cursor)
        page = found[start : start + query.limit]
        more = start + query.limit < len(found)
        return page, str(start + query.limit) if more else None

    def delivery(self, ticket: str, seq: int, n: int) -> Delivery:
        """Read an outbox row; see `Store.delivery`."""
        if (ticket, seq, n) not in self.deliveries:
            raise NotFoundError("outbox row", f"{ticket}.{seq}.{n}")
        return self.deliveries[ticket, seq, n]

    def lease(self, ticket: str, seq: int, n: int, *, now: datetime, until: datetime) -> Delivery:
        """Take a row for sending; see `Store.lease`."""
        found = self.delivery(ticket, seq, n)
        if found.wake_at is None or found.state not in ("new", "leased"):
            raise StaleError
        fresh = found.attempts == 0 and found.row.not_before is None
        if not fresh and found.wake_at > now:
            raise StaleError
        leased = replace(
            found,
            state="leased",
            wake_at=until,
            lease_until=until,
            attempts=found.attempts + 1,
            revision=found.revision + 1,
        )
        self._keep(leased)
        return leased

    def settle(self, delivery: Delivery, *, reference: str | None = None) -> None:
        """Write how a sending went; see `Store.settle`."""
        row: OutboxRow = delivery.row
        kept = self.delivery(row.ticket, row.seq, row.n)
        if kept.revision != delivery.revision:
            raise StaleError
        self._keep(replace(delivery, revision=delivery.revision + 1))
        if reference:
            self.references.setdefault(reference, row.ticket)

    def outbox(self, ticket: str) -> list[Delivery]:
        """List a ticket's outbox; see `Store.outbox`."""
        return [one for key, one in sorted(self.deliveries.items()) if key[0] == ticket]

    def parked(self, limit: int, cursor: str | None) -> tuple[list[Delivery], str | None]:
        """List what was given up; see `Store.parked`."""
        found = [one for one in self.deliveries.values() if one.state == "parked"]
        found.sort(key=lambda one: (one.row.at, one.row.id), reverse=True)
        start = place(cursor)
        following = str(start + limit) if start + limit < len(found) else None
        return found[start : start + limit], following

    def aside(self, id_: str) -> Suspended:
        """Read what was set aside; see `Store.aside`."""
        if id_ not in self.suspended:
            raise NotFoundError("suspended message", id_)
        return self.suspended[id_]

    def all_aside(self, limit: int, cursor: str | None) -> tuple[list[Suspended], str | None]:
        """List what was set aside; see `Store.all_aside`."""
        found = sorted(self.suspended.values(), key=lambda one: (one.at, one.id), reverse=True)
        start = place(cursor)
        following = str(start + limit) if start + limit < len(found) else None
        return found[start : start + limit], following

    def drop_aside(self, id_: str) -> None:
        """Forget what was set aside; see `Store.drop_aside`."""
        self.suspended.pop(id_, None)

    def due(self, until: datetime, limit: int) -> list[DueItem]:
        """List what is due; see `Store.due`."""
        left: dict[type[DueItem], int] = {DueRow: limit, DueTicket: limit, DueJob: limit}
        found: list[DueItem] = []
        for at, (id_, seq, n) in self.timers.until(until):
            one = self._due_item(id_, seq, n, at)
            if left[type(one)]:
                left[type(one)] -= 1
                found.append(one)
            elif not any(left.values()):
                break
        return found

    def _due_item(self, id_: str, seq: int, n: int, at: datetime) -> DueItem:
        if (seq, n) == JOB:
            return DueJob(job=id_, wake_at=at)
        return DueRow(ticket=id_, seq=seq, n=n, wake_at=at) if seq else self._due_ticket(id_, at)

    def _due_ticket(self, ticket: str, at: datetime) -> DueTicket:
        head = self.heads[ticket]
        return DueTicket(
            ticket=ticket,
            wake_at=at,
            due_at=head.due_at or at,
            requester=head.requester,
            organization=head.organization,
            failures=self.failures.get(ticket, 0),
        )

    def reschedule(
        self, ticket: str, version: int, due_at: datetime | None, config: str | None = None
    ) -> None:
        """Move a ticket's instant; see `Store.reschedule`."""
        head = self.heads.get(ticket)
        if head is None or head.version != version:
            raise StaleError
        found = head.config if config is None else config
        self.heads[ticket] = replace(head, due_at=due_at, config=found)
        self._look_at(ticket, due_at)

    def postpone(
        self, ticket: str, *, seen: datetime, wake_at: datetime, failures: int = 0
    ) -> None:
        """Look at a ticket at another instant; see `Store.postpone`."""
        self._saw(ticket, seen)
        self._look_at(ticket, wake_at, failures)

    def give_up(self, ticket: str, *, seen: datetime, at: datetime, failures: int) -> None:
        """Look at a ticket no more; see `Store.give_up`."""
        self._saw(ticket, seen)
        self._look_at(ticket, None, failures)
        self.given_up[ticket] = at

    def _saw(self, ticket: str, seen: datetime) -> None:
        if (self.given_up.get(ticket) or self.timers.at.get((ticket, 0, 0))) != seen:
            raise StaleError

    def _look_at(self, ticket: str, at: datetime | None, failures: int = 0) -> None:
        self.given_up.pop(ticket, None)
        self.timers.put((ticket, 0, 0), at)
        self.failures.pop(ticket, None)
        if failures:
            self.failures[ticket] = failures

    def stuck(self, limit: int, cursor: str | None) -> tuple[list[DueTicket], str | None]:
        """List tickets that were given up; see `Store.stuck`."""
        latest = sorted(self.given_up.items(), key=lambda one: (one[1], one[0]), reverse=True)
        start = place(cursor)
        following = str(start + limit) if start + limit < len(latest) else None
        page = latest[start : start + limit]
        return [self._due_ticket(ticket, at) for ticket, at in page], following


def place(cursor: str | None) -> int:
    """Where a page begins.

    Raises:
        InvalidError: the cursor is none of a list.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise InvalidError("cursor", "is not a cursor of this list", "cursor")
    return int(cursor)


class MemoryBlobs:
    """The `Blobs` port over a dictionary. `pending` holds the keys that would go away."""

    def __init__(self) -> None:
        """Start empty."""
        self.objects: dict[str, bytes] = {}
        self.pending: set[str] = set()

    def get(self, key: str) -> bytes:
        """Return an object's bytes; see `Blobs.get`."""
        if key not in self.objects:
            raise NotFoundError("object", key)
        return self.objects[key]

    def put(self, key: str, body: bytes, *, content_type: str, pending: bool) -> None:  # noqa: ARG002 - a dictionary keeps no types
        """Write an object; see `Blobs.put`."""
        self.objects[key] = body
        (self.pending.add if pending else self.pending.discard)(key)

    def keep(self, key: str) -> None:
        """Take the pending mark off; see `Blobs.keep`."""
        self.pending.discard(key)

    def move(self, source: str, target: str) -> None:
        """Move an object; see `Blobs.move`."""
        if source in self.objects:
            self.objects[target] = self.objects.pop(source)

    def delete(self, key: str) -> None:
        """Delete an object; see `Blobs.delete`."""
        self.objects.pop(key, None)
