"""From what came in to the event that is decided: who speaks, on which ticket, with what state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import opening, threading
from guardia.domain.desk import Desk
from guardia.domain.model import (
    Actor,
    Arrival,
    Comment,
    Contact,
    Decision,
    Event,
    InvalidError,
    Organization,
    State,
)
from guardia.ports import Commit, Found, Lookup, NotFoundError, Suspended

KEEP_SUSPENDED: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an agent or a program asks of a ticket. Without `ticket` it opens one for `requester`
    (an email, or a phone number with its `+`). `by` is the agent it acts as,
    else the desk's first admin. `if_version` is the version it was decided on."""

    id: str
    at: datetime
    by: str | None = None
    channel: str = "api"
    ticket: str | None = None
    requester: str | None = None
    requester_name: str | None = None
    subject: str = ""
    text: str | None = None
    public: bool = True
    changes: Mapping[str, Any] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    set_tags: tuple[str, ...] | None = None
    if_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One attempt: the event and its state, and the contact that is written with it."""

    event: Event
    state: State
    contact: Contact | None = None
    contact_expected: int = 0
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: the ticket's id and what was written. `suspended` says why a message was
    set aside; `duplicate` that it had been handled before, and then nothing was written."""

    ticket: str | None
    decision: Decision | None = None
    requester: Contact | None = None
    suspended: str | None = None
    duplicate: bool = False

    @property
    def decided(self) -> Decision:
        """The decision of an event that was carried out now."""
        assert self.decision is not None  # noqa: S101 - only a suspended or repeated event has none
        return self.decision


class PreconditionError(Exception):
    """The ticket is at another version than the caller decided on."""


def lookup(asked: Request) -> Lookup:
    """What must be read before a request is decided."""
    if asked.ticket:
        return Lookup(tickets=(asked.ticket,))
    named = asked.requester or asked.by or ""
    domain = named.rpartition("@")[2] if "@" in named else None
    return Lookup(identities=(opening.identity_of(named),) if named else (), domain=domain)


def _set_aside(arrival: Arrival, reason: str, id_: str) -> Commit:
    return Commit(
        answer={"suspended": reason},
        suspended=Suspended(
            id=id_,
            at=arrival.at,
            reason=reason,
            sender=arrival.sender_hash,
            key=arrival.comment.raw or "",
            expires_at=arrival.at + KEEP_SUSPENDED,
        ),
    )


def message(desk: Desk, found: Found, arrival: Arrival, new_id: Callable[[], str]) -> Plan | Commit:
    """Plan a message from outside: its ticket, or a new one, or nothing but a place aside."""
    sender = found.contacts.get(found.identities.get(("email", arrival.sender or ""), ""))
    place = threading.place(desk, arrival, found.tickets, found.references, sender)
    if place.suspend:
        return _set_aside(arrival, place.suspend, new_id())
    answered = place.ticket is not None and arrival.proved_ticket == place.ticket.id
    contact = opening.met(desk, arrival, sender, answered=answered, new_id=new_id())
    actor = Actor(
        kind="agent" if place.by_agent else "end_user",
        email=arrival.sender,
        contact=contact.id if contact else None,
    )
    comment = replace(arrival.comment, public=not place.note, by=arrival.sender)
    ticket = place.ticket
    requester = found.contacts.get(ticket.requester or "") if ticket else contact
    company = _company(found, ticket.organization if ticket else None, contact)
    if contact is not None and requester is not None and contact.id == requester.id:
        requester = contact
    event = Event(
        id=arrival.id,
        at=arrival.at,
        kind="change" if ticket else "create",
        actor=actor,
        channel=arrival.channel,
        ticket=ticket
        or opening.opened(
            desk,
            id=new_id(),
            channel=arrival.channel,
            requester=contact,
            organization=company or _own_company(desk, contact),
            subject=arrival.subject,
            received_by=arrival.received_by,
            department=arrival.department,
            heard_from=arrival.sender if contact else None,
            language=arrival.language or arrival.guessed,
            follows=place.follows,
        ),
        comment=comment,
        changes=arrival.ticket_fields,
        copies=() if place.note else opening.copies_of(desk, arrival),
        verified=arrival.verified or (contact.is_verified(arrival.sender) if contact else False),
        automatic=arrival.automatic,
    )
    changed = contact is not None and contact != sender
    return Plan(
        event=event,
        state=State(ticket=ticket, requester=requester, organization=company),
        contact=contact if changed else None,
        contact_expected=sender.version if sender else 0,
        references=tuple(
            one for one in (comment.message_id,) if one and one not in found.references
        ),
    )


def request(desk: Desk, found: Found, asked: Request, new_id: Callable[[], str]) -> Plan:
    """Plan what an agent or a program asks for.

    Raises:
        NotFoundError: there is no such ticket.
        PreconditionError: it is not at the version the caller decided on.
        InvalidError: `by` is no agent.
    """
    by = acting(desk, asked.by)
    ticket = found.tickets.get(asked.ticket or "")
    if asked.ticket and ticket is None:
        raise NotFoundError("ticket", asked.ticket)
    if ticket and asked.if_version not in (None, ticket.version):
        raise PreconditionError
    known = contact = None
    if ticket is None:
        named = asked.requester or asked.by  # an agent who names nobody is the requester (S7)
        if not named:
            raise InvalidError("required", "a ticket needs a requester", "requester")
        known = found.contacts.get(found.identities.get(opening.identity_of(named), ""))
        contact = opening.named(desk, named, asked.requester_name, known, at=asked.at,
                                new_id=new_id())  # fmt: skip
    requester = found.contacts.get(ticket.requester or "") if ticket else contact
    company = _company(found, ticket.organization if ticket else None, contact)
    said = None
    if asked.text is not None:
        said = Comment(text=asked.text, public=asked.public, by=by)
    event = Event(
        id=asked.id,
        at=asked.at,
        kind="change" if ticket else "create",
        actor=Actor(kind="agent", email=by),
        channel=asked.channel,
        ticket=ticket
        or opening.opened(
            desk,
            id=new_id(),
            channel=asked.channel,
            requester=contact,
            organization=company or _own_company(desk, contact),
            subject=asked.subject,
        ),
        comment=said,
        changes=asked.changes,
        add_tags=asked.add_tags,
        remove_tags=asked.remove_tags,
        set_tags=asked.set_tags,
    )
    changed = contact is not None and contact != known
    return Plan(
        event=event,
        state=State(ticket=ticket, requester=requester, organization=company),
        contact=contact if changed else None,
        contact_expected=known.version if known else 0,
    )


def _company(found: Found, of_ticket: str | None, contact: Contact | None) -> Organization | None:
    """The table's organisation of a ticket or, for a new one, of its requester."""
    by_domain = next(iter(found.domains.values()), None)
    name = of_ticket or (contact.organization if contact else None) or by_domain
    return found.organizations.get(name or "")


def _own_company(desk: Desk, contact: Contact | None) -> Organization | None:
    return desk.organizations.get(opening.organization_of(desk, contact) or "")


def acting(desk: Desk, by: str | None) -> str | None:
    """The agent somebody acts as: the one named, else the desk's first admin.

    Raises:
        InvalidError: it is no agent of the desk.
    """
    if by is None:
        admins = desk.admins()
        return admins[0].email if admins else None
    if by not in desk.agents:
        raise InvalidError("unknown_agent", f"`{by}` is no agent of this desk", "by")
    return by


def commit_of(plan: Plan, decision: Decision, mark: str | None) -> Commit:
    """What a decision writes, all of it together."""
    return Commit(
        mark=mark,
        answer={"ticket": decision.ticket.id},
        ticket=decision.ticket,
        expected=plan.state.ticket.version if plan.state.ticket else 0,
        entries=decision.entries,
        outbox=decision.outbox,
        references=plan.references,
        contact=plan.contact,
        contact_expected=plan.contact_expected,
    )
