"""A ticket and all that is known of it, for whoever explains it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from guardia import reading, shapes
from guardia.domain import conditions
from guardia.domain.desk import Desk, Tree
from guardia.domain.event import Needs, State
from guardia.domain.model import Contact, Entry, Organization, Ticket
from guardia.ports import Found, Lookup, NotFoundError, Store
from guardia.rehearsal import forecast
from guardia.rehearsal.explain import DeskAt, Point, course
from guardia.rehearsal.forecast import Course, LookUp
from guardia.rehearsal.prospects import View

Earlier = Callable[[Ticket, int], tuple[tuple[Desk, datetime], ...]]
"""Gives the desks that ended since a ticket was last decided, by the live version."""

_MOST_NAMES: Final = 50
"""People, and organisations, whose names are read for one explanation."""


@dataclass(kw_only=True)
class Case:
    """A ticket and all that is known of it: `entries` is its whole history, `desk` the live desk,
    `earlier` those that ended since the ticket was last decided (see `State`), `look_up` finds what
    a decision asks for, `names` is what the people and organisations of its history are called, by
    id."""

    ticket: Ticket
    entries: list[Entry]
    contact: Contact | None
    organization: Organization | None
    desk: Desk
    desk_at: DeskAt
    earlier: tuple[tuple[Desk, datetime], ...]
    now: datetime
    look_up: LookUp
    names: Mapping[str, str]
    points: list[Point] = field(init=False)

    def __post_init__(self) -> None:
        """Rebuild the ticket's history."""
        self.points = course(self.ticket, self.entries)

    @cached_property
    def state(self) -> State:
        """What a decision on the ticket would look at now."""
        state = self._about(State(), self.ticket)
        if _asks_for_open_tickets(self.desk):
            state = self.look_up(Needs(frozenset({"tickets_open"})), self.ticket, state)
        return state

    def _about(self, state: State, ticket: Ticket) -> State:
        """The state with the people whom a ticket names; of those whom nobody knows any more, the
        id alone."""
        person, company = self.contact, self.organization
        if ticket.requester and (person is None or person.id != ticket.requester):
            person = Contact(id=ticket.requester)
        if ticket.organization and (company is None or company.id != ticket.organization):
            company = Organization(id=ticket.organization)
        return replace(state, ticket=ticket, requester=person, organization=company)

    def caught_up(self) -> Course:
        """The ticket after what should have happened to it by now."""
        state = replace(self.state, earlier=self.earlier)
        return forecast.caught_up(self.desk, state, self.now, self.look_up)

    def view(self, ticket: Ticket, desk: Desk, at: datetime) -> View:
        """The ticket as it stands at an instant."""
        return View(
            ticket=ticket,
            state=self._about(self.state, ticket),
            desk=desk,
            at=at,
            entries=self.entries,
            desk_at=self.desk_at,
        )

    @cached_property
    def present(self) -> View:
        """The ticket as it stands now, by the live desk."""
        stale = self.ticket.config != self.desk.version and self.ticket.status != "closed"
        ticket = self.caught_up().ticket if stale else self.ticket
        return self.view(ticket, self.desk, self.now)

    def shape(self, view: View) -> dict[str, Any]:
        """A ticket in the shapes of the outside, as it stands at a view's instant."""
        return shapes.ticket(view.ticket, self.contact, lambda _config: view.desk, view.at)


def _asks_for_open_tickets(desk: Desk) -> bool:
    trees: list[Tree | None] = [one.when for one in desk.automations.rules]
    trees += [one.when for one in desk.rules.triggers]
    trees += [one.when for one in desk.promises.policies]
    trees += [each.when for one in desk.promises.policies for each in one.pause]
    leaves = (leaf for tree in trees if tree is not None for leaf in conditions.leaves(tree))
    return any(one.field == "tickets_open" for one in leaves)


def read(
    store: Store, desks: Callable[[int], Desk], earlier: Earlier, ticket: str, now: datetime
) -> Case:
    """Read a ticket and all that is known of it. `desks` gives the desk of a version.

    Raises:
        NotFoundError: there is no such ticket.
    """
    found = store.find(Lookup(tickets=(ticket[: reading.MAX_ID],)))
    head = found.tickets.get(ticket)
    if head is None:
        raise NotFoundError("ticket", ticket)
    entries, desk = reading.history(store, ticket), desks(found.live)
    return Case(
        ticket=head,
        entries=entries,
        contact=found.contacts.get(head.requester or ""),
        organization=found.organizations.get(head.organization or ""),
        desk=desk,
        desk_at=lambda config: desks(int(config or 0)),
        earlier=earlier(head, found.live),
        now=now,
        look_up=lambda needs, of, state: reading.look_up(store, needs, of, state),
        names=_names(store, found, desk, entries),
    )


def _names(store: Store, found: Found, desk: Desk, entries: Sequence[Entry]) -> dict[str, str]:
    """What the requesters and organisations of a history are called, as far as anybody knows them.
    Those that are not `found` yet are read."""
    people, companies = (_ids(entries, field) for field in ("requester", "organization"))
    contacts, organizations = found.contacts, {**found.organizations, **desk.organizations}
    strangers = sorted(people - contacts.keys())[:_MOST_NAMES]
    others = sorted(companies - organizations.keys())[:_MOST_NAMES]
    if strangers or others:
        more = store.find(Lookup(contacts=tuple(strangers), organizations=tuple(others)))
        contacts = {**contacts, **more.contacts}
        organizations = {**organizations, **more.organizations}
    called = {id_: _called(contacts[id_]) for id_ in people & contacts.keys()}
    known = companies & organizations.keys()
    return called | {id_: organizations[id_].name or id_ for id_ in known}


def _ids(entries: Iterable[Entry], field: str) -> set[str]:
    """All that a field was in a history."""
    return {one for entry in entries for one in entry.changes.get(field, ()) if one}


def _called(one: Contact) -> str:
    """A person as a letter names them: `Ana <ana@globex.example>`."""
    address = one.email or one.phone
    return (f"{one.name} <{address}>" if address else one.name) if one.name else address or one.id
