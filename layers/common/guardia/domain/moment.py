"""What a rule sees: the ticket as it stands, as it was before the event, and the event itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from guardia.domain.desk import Desk, Schedule
from guardia.domain.event import Event, State
from guardia.domain.model import Contact, Organization, Ticket
from guardia.domain.words import Worked, compared, fold, spaced

_UPDATES: Final = {"warn": "sla_warning", "breach": "sla_breach"}


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
    rule: str | None = None
    """The automation whose conditions are being asked."""
    rounds: int = 0
    """How often instants were compared while it was asked when they hold."""
    update: str = field(init=False)
    """The event, as rules call it: `create`, `change`, `sla_warning` or `sla_breach`."""
    metric: str | None = field(init=False, default=None)
    """The SLA metric that a warning or breach is about."""
    comment: str | None = field(init=False, default=None)
    """What was said, its subject on a line of its own before it."""
    texts: Worked[str | None, str] = field(init=False)
    """Texts as comparisons see them: folded, and as words. Each is worked out once an event."""
    words: Worked[str | None, str] = field(init=False)
    tokens: Worked[str | None, frozenset[str]] = field(init=False)
    """The words of a text, each once."""
    plain: Worked[str | None, str | None] = field(init=False)
    """Values as equality sees them, the empty text as None."""
    tags: Worked[tuple[Any, ...], frozenset[str]] = field(init=False)
    """Folded sets of tags."""

    def __post_init__(self) -> None:
        """Read off the event what many rules ask for."""
        due = self.event.due
        self.update = "create" if self.event.kind == "create" else "change"
        if due is not None and due.kind in _UPDATES:
            self.update, self.metric = _UPDATES[due.kind], due.metric
        said = self.event.comment
        if said is not None:
            self.comment = f"{said.subject}\n{said.text}" if said.subject else said.text
        texts: Worked[str | None, str] = Worked(lambda text: fold(text) if text else "")
        self.texts = texts
        words: Worked[str | None, str] = Worked(lambda text: spaced(texts[text]))
        self.words = words
        self.tokens = Worked(lambda text: frozenset(words[text].split()))
        self.plain = Worked(lambda text: compared(text) if text else None)
        self.tags = Worked(lambda tags: frozenset(texts[str(one)] for one in tags))

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
