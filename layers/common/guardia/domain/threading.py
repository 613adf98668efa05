"""Which ticket a message belongs to, and as what: a customer's word, an agent's, or a note.

A signed address or a stored Message-ID leads to a ticket; whether the sender may write there is
asked separately. Who may not gets a ticket of their own that names the other one: nothing is lost
and nobody's history is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk
from guardia.domain.model import Contact, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message goes. Without `ticket` it opens one, which then `follows` another;
    `by_agent` makes it an agent's word, `note` hides it from customers, `suspend` sets it aside."""

    ticket: Ticket | None = None
    follows: str | None = None
    by_agent: bool = False
    note: bool = False
    suspend: str | None = None


def place(
    desk: Desk,
    arrival: Arrival,
    tickets: Mapping[str, Ticket],
    references: Mapping[str, str],
    sender: Contact | None,
) -> Place:
    """Find the ticket of a message: a signed address first, then stored Message-IDs, then what its
    own references and its subject name.

    `references` lead from Message-IDs to tickets; `sender` is the contact it comes from, where
    there is one.
    """
    if arrival.suspend and arrival.recovers is None:
        return Place(suspend=arrival.suspend)
    signed = (arrival.proved_ticket,) if arrival.proved_ticket else ()
    stored = (references[one] for one in arrival.references if one in references)
    order = (*signed, *stored, *arrival.candidates)
    found = next((tickets[one] for one in order if one in tickets), None)
    if arrival.sender in desk.agents:
        return _from_agent(arrival, found)
    known = found is not None and _may_write(found, arrival, sender)
    if arrival.robot:
        if found is not None and known and found.status != "closed":
            return Place(ticket=found, note=True)
        if arrival.recovers is None:
            return Place(suspend=arrival.automatic or "automatic")
    if found is None:
        return Place()
    if not known or found.status == "closed":
        return Place(follows=found.id)
    return Place(ticket=found)


def _from_agent(arrival: Arrival, found: Ticket | None) -> Place:
    """Mail from an agent's address is a note unless it is proved theirs."""
    if arrival.robot and arrival.recovers is None:
        return Place(suspend=arrival.automatic or "automatic")
    if found is None or found.status == "closed":
        return Place(follows=found.id if found else None, note=True)
    return Place(ticket=found, by_agent=arrival.proved_agent, note=not arrival.proved_agent)


def _may_write(ticket: Ticket, arrival: Arrival, sender: Contact | None) -> bool:
    """The requester and the people in copy may; a reply address that we signed proves only that
    somebody has our mail, so it does not let a stranger in."""
    if arrival.on_behalf and arrival.proved_ticket != ticket.id:
        return False  # a Reply-To is anybody's claim; only our own signed address bears it out
    if sender is not None and sender.id == ticket.requester:
        return True
    return arrival.sender is not None and arrival.sender in ticket.ccs
