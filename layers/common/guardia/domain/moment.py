"""What a rule sees: the ticket as it stands, as it was before the event, and the event itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from guardia.domain.desk import Desk, Schedule
from guardia.domain.model import Contact, Event, Organization, State, Ticket


class MissingError(Exception):
    """A rule asks for something that was not looked up; `key` is an attribute of `State`."""

    def __init__(self, key: str) -> None:
        """Name what must be looked up."""
        super().__init__(key)
        self.key = key


@dataclass(slots=True, kw_only=True)
class Moment:
    """One point of a decision. Only `ticket` moves while the rules of the event run.

    `at` is the event's place in the ticket's history, `event.at` the instant it was received:
    questions about opening hours use the latter.
    """

    desk: Desk
    state: State
    event: Event
    before: Ticket | None
    ticket: Ticket
    at: datetime
    texts: dict[str, str] = field(default_factory=dict)
    """Folded texts by the text itself, so that each is folded once an event; `words` likewise."""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def requester(self) -> Contact | None:
        """The ticket's requester.

        Raises:
            MissingError: nobody looked them up yet.
        """
        name = self.ticket.requester
        if name is None:
            return None
        found = self.state.requester
        if found is None or found.id != name:
            raise MissingError("requester")
        return found

    @property
    def organization(self) -> Organization | None:
        """The ticket's organisation: the document's, else one of the table.

        Raises:
            MissingError: nobody looked it up yet.
        """
        name = self.ticket.organization
        if name is None:
            return None
        if name in self.desk.organizations:
            return self.desk.organizations[name]
        found = self.state.organization
        if found is None or found.id != name:
            raise MissingError("organization")
        return found

    def schedule(self, ticket: Ticket) -> Schedule | None:
        """The schedule that holds for the ticket; None never closes."""
        return self.desk.schedule_of(ticket.schedule, ticket.group, ticket.department)

    def look_up(self, key: str) -> Any:
        """Return what the state holds under `key`.

        Raises:
            MissingError: nobody looked it up yet.
        """
        value = getattr(self.state, key)
        if value is None:
            raise MissingError(key)
        return value
