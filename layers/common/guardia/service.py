"""The use cases: load, decide, commit; read and decide again when somebody else was faster.

It holds no rule: who a message is from, where it belongs and what it comes to is the domain's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from guardia.domain import opening, threading
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.model import (
    Actor,
    Arrival,
    Comment,
    Contact,
    Decision,
    Entry,
    Event,
    Needs,
    Organization,
    State,
    Ticket,
)
from guardia.ports import (
    AlreadyHandledError,
    Blobs,
    Commit,
    ConflictError,
    Found,
    Lookup,
    NotFoundError,
    StaleError,
    Store,
    Suspended,
)

MAX_DECISIONS: Final = 6
"""The first decision, and five more where somebody else was faster."""

KEEP_SUSPENDED: Final = timedelta(days=14)
_MAX_NEEDS: Final = 3


class Incoming(Protocol):
    """A message on its way in: what must be looked up, its files by hash (bytes, media type), and
    what it says once the desk is known."""

    lookup: Lookup
    files: Mapping[str, tuple[bytes, str]]

    def arrive(self, desk: Desk) -> Arrival:
        """Read the message with the desk's eyes.

        Raises:
            RefusedError: the desk does not take it.
            NotFoundError: it is meant for something that does not exist.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an agent or a program asks of a ticket. Without `ticket` it opens one for `requester`
    (an email). `by` is the agent it acts as. `if_version` is the version it was decided on."""

    id: str
    at: datetime
    by: str
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
class Outcome:
    """What came of it: the ticket's id and what was written. `suspended` says why a message was
    set aside; `duplicate` that it had been handled before, and then nothing was written."""

    ticket: str | None
    decision: Decision | None = None
    requester: Contact | None = None
    suspended: str | None = None
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """One attempt: the event and its state, and the contact that is written with it."""

    event: Event
    state: State
    contact: Contact | None = None
    contact_expected: int = 0
    references: tuple[str, ...] = ()


class PreconditionError(Exception):
    """The ticket is at another version than the caller decided on."""


class Guardia:
    """The help desk. `desks` gives the compiled desk of a live version, `new_id` a short random
    code, `pause` waits a moment and says whether there is time to try again."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: Blobs,
        desks: Callable[[int], Desk],
        new_id: Callable[[], str],
        pause: Callable[[int], bool],
    ) -> None:
        """Take the outside as parts."""
        self.store, self.blobs = store, blobs
        self._desks, self._new_id, self._pause = desks, new_id, pause

    def receive(self, incoming: Incoming) -> Outcome:
        """Take in a message: find its ticket or open one, decide, commit.

        Raises:
            RefusedError: the desk does not take it.
            StaleError: others were faster too often; the message may be handed in again.
        """

        def plan(desk: Desk, found: Found) -> _Plan | Commit:
            arrival = incoming.arrive(desk)
            sender = found.contacts.get(found.identities.get(("email", arrival.sender or ""), ""))
            place = threading.place(desk, arrival, _candidates(arrival, found), sender)
            if place.suspend:
                return _set_aside(arrival, place.suspend, self._new_id())
            planned = _message(desk, found, arrival, place, sender, self._new_id)
            for sha256, (body, media) in incoming.files.items():
                key = f"t/{planned.event.ticket.id}/{sha256}"
                self.blobs.put(key, body, content_type=media, pending=True)
            return planned

        outcome = self._settle(incoming.lookup, plan)
        if not outcome.duplicate and outcome.ticket:
            for sha256 in incoming.files:
                self.blobs.keep(f"t/{outcome.ticket}/{sha256}")
        return outcome

    def request(self, request: Request) -> Outcome:
        """Do what an agent or a program asks: open a ticket, or change and comment one.

        Raises:
            NotFoundError: there is no such ticket.
            PreconditionError: it is not at the version the caller decided on.
            RefusedError: the desk forbids it, or a value makes no sense.
            StaleError: others were faster too often.
        """
        if request.ticket:
            lookup = Lookup(tickets=(request.ticket,))
        else:
            email = request.requester or request.by
            domain = email.rpartition("@")[2]
            lookup = Lookup(identities=(("email", email),), domain=domain)
        return self._settle(lookup, lambda desk, found: _asked(desk, found, request, self._new_id))

    def _settle(self, lookup: Lookup, plan: Callable[[Desk, Found], _Plan | Commit]) -> Outcome:
        for _ in range(MAX_DECISIONS):
            found = self.store.find(lookup)
            if found.mark is not None:
                return Outcome(ticket=found.mark.get("ticket"), duplicate=True)
            desk = self._desks(found.live)
            planned = plan(desk, found)
            try:
                if isinstance(planned, Commit):
                    self._commit(replace(planned, mark=lookup.mark))
                    reason = planned.suspended.reason if planned.suspended else None
                    return Outcome(ticket=None, suspended=reason)
                decision = self._decide(desk, planned)
                self._commit(_commit_of(planned, decision, lookup.mark))
            except StaleError:
                continue
            except AlreadyHandledError as handled:
                return Outcome(ticket=handled.answer.get("ticket"), duplicate=True)
            requester = planned.contact or planned.state.requester
            return Outcome(ticket=decision.ticket.id, decision=decision, requester=requester)
        raise StaleError

    def _decide(self, desk: Desk, plan: _Plan) -> Decision:
        state = plan.state
        for _ in range(_MAX_NEEDS):
            decision = decide(desk, state, plan.event)
            if not isinstance(decision, Needs):
                return decision
            state = self._look_up(decision, plan, state)
        raise RuntimeError("a decision asks again for what it was given")

    def _look_up(self, needs: Needs, plan: _Plan, state: State) -> State:
        found: dict[str, Any] = {}
        if "tickets_open" in needs.keys:
            requester = plan.event.ticket.requester
            found["tickets_open"] = self.store.tickets_open(requester) if requester else 0
        if "latest_comment" in needs.keys:
            found["latest_comment"] = self.store.latest_comment(plan.event.ticket.id) or ""
        return replace(state, **found)

    def _commit(self, commit: Commit) -> None:
        attempt = 0
        while True:
            try:
                return self.store.commit(commit)
            except ConflictError:
                attempt += 1
                if not self._pause(attempt):
                    raise StaleError from None


def _candidates(arrival: Arrival, found: Found) -> dict[str, Ticket]:
    """The tickets a message may belong to, as they were found."""
    return {one: found.tickets[one] for one in arrival.candidates if one in found.tickets}


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


def _message(
    desk: Desk,
    found: Found,
    arrival: Arrival,
    place: threading.Place,
    sender: Contact | None,
    new_id: Callable[[], str],
) -> _Plan:
    contact = opening.met(desk, arrival, sender, new_id=new_id())
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
            copies=opening.copies_of(desk, arrival),
            heard_from=arrival.sender if contact else None,
            language=arrival.language or arrival.guessed,
            follows=place.follows,
        ),
        comment=comment,
        changes=arrival.ticket_fields,
        verified=arrival.verified or (contact.is_verified(arrival.sender) if contact else False),
        automatic=arrival.automatic,
    )
    changed = contact is not None and contact != sender
    return _Plan(
        event=event,
        state=State(ticket=ticket, requester=requester, organization=company),
        contact=contact if changed else None,
        contact_expected=sender.version if sender else 0,
        references=(comment.message_id,) if comment.message_id else (),
    )


def _asked(desk: Desk, found: Found, request: Request, new_id: Callable[[], str]) -> _Plan | Commit:
    ticket = found.tickets.get(request.ticket or "")
    if request.ticket and ticket is None:
        raise NotFoundError("ticket", request.ticket)
    if ticket and request.if_version not in (None, ticket.version):
        raise PreconditionError
    known = contact = None
    if ticket is None:
        email = request.requester or request.by
        known = found.contacts.get(found.identities.get(("email", email), ""))
        contact = opening.named(desk, email, request.requester_name, known, at=request.at,
                                new_id=new_id())  # fmt: skip
    requester = found.contacts.get(ticket.requester or "") if ticket else contact
    company = _company(found, ticket.organization if ticket else None, contact)
    said = None
    if request.text is not None:
        said = Comment(text=request.text, public=request.public, by=request.by)
    event = Event(
        id=request.id,
        at=request.at,
        kind="change" if ticket else "create",
        actor=Actor(kind="agent", email=request.by),
        channel=request.channel,
        ticket=ticket
        or opening.opened(
            desk,
            id=new_id(),
            channel=request.channel,
            requester=contact,
            organization=company or _own_company(desk, contact),
            subject=request.subject,
        ),
        comment=said,
        changes=request.changes,
        add_tags=request.add_tags,
        remove_tags=request.remove_tags,
        set_tags=request.set_tags,
    )
    changed = contact is not None and contact != known
    return _Plan(
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


def _commit_of(plan: _Plan, decision: Decision, mark: str | None) -> Commit:
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
