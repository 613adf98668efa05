"""What people and programs look at: tickets with their requesters, histories, lists."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from guardia.domain.event import Needs, State
from guardia.domain.model import Contact, Entry, Organization, Ticket
from guardia.ports import Blobs, Lookup, NotFoundError, Store, TicketQuery

MAX_ID = 64
"""Longer than any id; a key of the table has a limit of its own."""


def ticket(store: Store, id_: str) -> tuple[Ticket, Contact | None]:
    """Return a ticket and its requester.

    Raises:
        NotFoundError: there is no such ticket.
    """
    found = store.find(Lookup(tickets=(id_[:MAX_ID],)))
    if id_ not in found.tickets:
        raise NotFoundError("ticket", id_)
    one = found.tickets[id_]
    return one, found.contacts.get(one.requester or "")


def entries(store: Store, id_: str, *, after: int, limit: int) -> tuple[list[Entry], bool]:
    """Return a page of a ticket's history and whether more follows.

    Raises:
        NotFoundError: there is no such ticket.
    """
    found, more = store.entries(id_, after, limit)
    if not found and not store.find(Lookup(tickets=(id_,))).tickets:
        raise NotFoundError("ticket", id_)
    return found, more


def history(store: Store, id_: str) -> list[Entry]:
    """Return the whole history of a ticket, in order."""
    found: list[Entry] = []
    more = True
    while more:
        page, more = store.entries(id_, found[-1].seq if found else 0, 100)
        found.extend(page)
    return found


def tickets(
    store: Store, query: TicketQuery
) -> tuple[list[tuple[Ticket, Contact | None]], str | None]:
    """Return a page of tickets, newest change first, with their requesters.

    Requesters are filtered by email address (or by contact id).
    """
    asked = query.filters.get("requester")
    if asked:
        emails = tuple(("email", one.lower()) for one in asked if one and "@" in one)
        known = store.find(Lookup(identities=emails)).identities if emails else {}
        ids = tuple(known.get(("email", (one or "").lower()), one) for one in asked)
        query = replace(query, filters={**query.filters, "requester": ids})
    page, following = store.tickets(query)
    people = tuple(dict.fromkeys(one.requester for one in page if one.requester))
    contacts = store.find(Lookup(contacts=people)).contacts if people else {}
    return [(one, contacts.get(one.requester or "")) for one in page], following


def first_of(blobs: Blobs, keys: Sequence[str]) -> bytes:
    """Return the first object of these that is there: a message that was filed already lies where
    it was filed.

    Raises:
        NotFoundError: there is none of them.
    """
    *others, last = keys
    for key in others:
        with suppress(NotFoundError):
            return blobs.get(key)
    return blobs.get(last)


def look_up(store: Store, needs: Needs, ticket: Ticket, state: State) -> State:
    """Find what a decision asks for; what does not exist any more is found empty."""
    person, company = ticket.requester or "", ticket.organization or ""
    found: dict[str, Any] = {}
    if "tickets_open" in needs.keys:
        found["tickets_open"] = store.tickets_open(person) if person else 0
    if "latest_comment" in needs.keys:
        found["latest_comment"] = store.latest_comment(ticket.id) or ""
    if needs.keys & {"requester", "organization"}:
        brought = store.find(Lookup(contacts=(person,), organizations=(company,)))
        found["requester"] = brought.contacts.get(person, Contact(id=person))
        found["organization"] = brought.organizations.get(company, Organization(id=company))
    return replace(state, **found)
