"""From what came in to the event that is decided: who speaks, on which ticket, with what state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import flood, opening, suspension, threading
from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk
from guardia.domain.event import Decision, Event, State
from guardia.domain.flood import Flow
from guardia.domain.model import SYSTEM, Actor, Comment, Contact, InvalidError, Organization, Ticket
from guardia.ports import Commit, Found, Lookup, NotFoundError, Suspended

KEEP_SUSPENDED: Final = timedelta(days=14)
MAX_SUBJECT: Final = 500
Keep = Callable[[Decision, Contact | None], Mapping[str, Any]]
"""What is kept with a mark of what was decided, and of whom it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an agent or a program asks of a ticket. Without `ticket` it opens one for `requester`
    (an email, or a phone number with its `+`). `by` is the agent it acts as, else the desk's first
    admin; with `system` the desk itself speaks. `mark` guards what must not happen twice (it may go
    after `mark_expires_at`), and `kept` makes of the decision what is written with it, for whoever
    asks again. `if_versions` are those one of which the ticket must be at."""

    id: str
    at: datetime
    by: str | None = None
    system: bool = False
    mark: str | None = None
    mark_expires_at: datetime | None = None
    kept: Keep | None = None
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
    if_versions: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One attempt: the event and its state, and what is written with it: the contact, what came
    from the sender lately; `recovers` names what had been set aside and goes."""

    event: Event
    state: State
    contact: Contact | None = None
    contact_expected: int = 0
    references: tuple[str, ...] = ()
    flow: Flow | None = None
    recovers: str | None = None
    kept: Keep | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: the ticket's id and what was written. `suspended` says why a message was
    set aside; `duplicate` that it had been handled before, and then nothing was written and `kept`
    is what its mark keeps."""

    ticket: str | None
    decision: Decision | None = None
    requester: Contact | None = None
    suspended: str | None = None
    duplicate: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def decided(self) -> Decision:
        """The decision of an event that was carried out now."""
        assert self.decision is not None  # noqa: S101 - only a suspended or repeated event has none
        return self.decision


def repeated(answer: Mapping[str, Any]) -> Outcome:
    """What came of an event that was handled before, by the answer that its mark keeps."""
    ticket, suspended = answer.get("ticket"), answer.get("suspended")
    return Outcome(ticket=ticket, suspended=suspended, duplicate=True, kept=answer)


class PreconditionError(Exception):
    """The ticket is at another version than the caller decided on."""


def lookup(asked: Request) -> Lookup:
    """What must be read before a request is decided."""
    mark, until = asked.mark, asked.mark_expires_at
    if asked.ticket:
        return Lookup(mark=mark, mark_expires_at=until, tickets=(asked.ticket,))
    named = asked.requester or asked.by or ""
    domain = named.rpartition("@")[2] if "@" in named else None
    identities = (opening.identity_of(named),) if named else ()
    return Lookup(mark=mark, mark_expires_at=until, identities=identities, domain=domain)


def _set_aside(arrival: Arrival, reason: str, id_: str, flow: Flow | None = None) -> Commit:
    kept = arrival.aside
    assert kept is not None  # noqa: S101 - what may be set aside says what is kept of it
    return Commit(
        answer={"suspended": reason},
        suspended=Suspended(
            id=id_,
            at=arrival.at,
            reason=reason,
            sender=arrival.sender_hash,
            key=kept.key,
            expires_at=arrival.at + KEEP_SUSPENDED,
            channel=arrival.channel,
            address=kept.address,
            subject=arrival.subject[:MAX_SUBJECT],
            receipt=kept.receipt,
        ),
        flow=flow,
    )


def _flow(desk: Desk, found: Found, arrival: Arrival) -> tuple[Flow | None, bool]:
    """What came from the sender with this message, None where nothing is to be written, and whether
    it is too much. The team's own people may write as much as they like."""
    if found.flow is None or (arrival.verified and arrival.sender in desk.agents):
        return None, False
    flow = flood.counted(found.flow, arrival.at)
    return flow if flow != found.flow else None, flood.is_stopped(flow, arrival.at)


def message(desk: Desk, found: Found, arrival: Arrival, new_id: Callable[[], str]) -> Plan | Commit:
    """Plan a message from outside: its ticket, or a new one, or nothing but a place aside."""
    sender = found.contacts.get(found.identities.get(opening.identity_of(arrival.sender or ""), ""))
    if ("phone", arrival.phone) in found.identities:
        arrival = replace(arrival, phone=None)  # it leads to a person already
    place = threading.place(desk, arrival, found.tickets, found.references, sender)
    if place.suspend:
        return _set_aside(arrival, place.suspend, new_id())
    flow, stopped = _flow(desk, found, arrival)
    if stopped:
        return _set_aside(arrival, suspension.FLOOD, new_id(), flow)
    answered = place.ticket is not None and arrival.proved_ticket == place.ticket.id
    doubted = arrival.disproved and not answered
    contact = opening.met(desk, arrival, sender, answered=answered, new_id=new_id())
    address = arrival.sender if arrival.sender and "@" in arrival.sender else None
    actor = Actor(
        kind="agent" if place.by_agent else "end_user",
        email=address,
        contact=contact.id if contact else None,
    )
    verified = not doubted and (
        arrival.verified or (contact is not None and contact.is_verified(arrival.sender))
    )
    comment = replace(arrival.comment, public=not place.note, by=arrival.sender, verified=verified)
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
            heard_from=address if contact else None,
            language=arrival.language or arrival.guessed,
            follows=place.follows,
        ),
        comment=comment,
        changes=arrival.ticket_fields,
        add_tags=arrival.tags,
        copies=() if place.note else opening.copies_of(desk, arrival),
        verified=verified,
        automatic=arrival.automatic,
        doubted=doubted,
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
        flow=flow,
        recovers=arrival.recovers,
    )


def request(desk: Desk, found: Found, asked: Request, new_id: Callable[[], str]) -> Plan:
    """Plan what an agent or a program asks for.

    Raises:
        NotFoundError: there is no such ticket.
        PreconditionError: it is not at the version the caller decided on.
        InvalidError: `by` is no agent.
    """
    by = None if asked.system else acting(desk, asked.by)
    ticket = found.tickets.get(asked.ticket or "")
    if asked.ticket and ticket is None:
        raise NotFoundError("ticket", asked.ticket)
    if ticket and asked.if_versions is not None and ticket.version not in asked.if_versions:
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
        actor=SYSTEM if asked.system else Actor(kind="agent", email=by),
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
        kept=asked.kept,
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


def passing(found: Found, ticket: Ticket, until: datetime, kind: str) -> Plan:
    """Plan to let time pass on a ticket until an instant: `tick`, or `refresh` to stop before what
    is due at it."""
    event = Event(
        id=f"{kind}:{ticket.id}:{until.isoformat()}",
        at=until,
        kind=kind,
        actor=SYSTEM,
        channel=ticket.channel,
        ticket=ticket,
    )
    return Plan(
        event=event,
        state=State(
            ticket=ticket,
            requester=found.contacts.get(ticket.requester or ""),
            organization=_company(found, ticket.organization, None),
        ),
    )


def commit_of(plan: Plan, decision: Decision, lookup: Lookup, *, early: bool = False) -> Commit:
    """What a decision writes, all of it together; `early` is what comes before the event itself,
    which is not done with it."""
    if early:
        before = plan.state.ticket
        return Commit(
            ticket=decision.ticket,
            expected=before.version if before else 0,
            entries=decision.entries,
            outbox=decision.outbox,
        )
    requester = plan.contact or plan.state.requester
    kept = plan.kept(decision, requester) if plan.kept else {}
    return Commit(
        mark=lookup.mark,
        mark_expires_at=lookup.mark_expires_at,
        answer={"ticket": decision.ticket.id, **kept},
        ticket=decision.ticket,
        expected=plan.state.ticket.version if plan.state.ticket else 0,
        entries=decision.entries,
        outbox=decision.outbox,
        references=plan.references,
        contact=plan.contact,
        contact_expected=plan.contact_expected,
        flow=plan.flow,
        recovered=plan.recovers,
    )
