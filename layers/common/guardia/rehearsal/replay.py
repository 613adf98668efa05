"""A recorded ticket lived again under a desk: the same events at the same instants, and whatever
time and the rules of that desk make of them. Nothing is sent, nothing is kept.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import opening
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.event import Event, Needs, State
from guardia.domain.model import (
    SYSTEM,
    Contact,
    Entry,
    Organization,
    OutboxRow,
    RefusedError,
    Ticket,
    revised,
)
from guardia.rehearsal.records import (
    Record,
    RecordError,
    event_of,
    is_from_outside,
    organization_of,
    requester_of,
)

_MAX_NEEDS: Final = 4
_BREAKDOWNS: Final = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What deciding breaks down with where a record holds what no desk ever wrote."""
_MAX_DUE: Final = 100_000
"""How often time alone may do something to a ticket between two events: hourly for ten years."""
_INSTANT: Final = timedelta(microseconds=1)
_OPENING: Final = ("department", "group", "organization", "tags")
"""What a new ticket takes from the desk before any rule looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An event that the desk would not have taken: a closed ticket, a group it does not have."""

    at: datetime
    event_id: str
    reason: str
    message: str


@dataclass(slots=True, kw_only=True)
class Life:
    """What became of a ticket: its head (None: not even opened), its entries, what went out.

    `assumed` names what a rule asked for and no record tells: it was taken to be nothing.
    """

    ticket: Ticket | None = None
    entries: list[Entry] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    assumed: set[str] = field(default_factory=set)


def replay(
    desk: Desk, record: Record, until: datetime | None = None, *, opened_by: Desk | None = None
) -> Life:
    """Let a ticket live again, up to `until` (else the last recorded instant), what is due at that
    instant included.

    `opened_by` is the desk that the record comes from: where `desk` would give a new ticket another
    department, group, organisation or other tags than that one, it does.

    Raises:
        RecordError: an entry cannot be decided again.
    """
    end, life = until or record.until, Life()
    events = [one for one in record.entries if is_from_outside(one) and one.received_at <= end]
    for entry in events:
        if life.ticket is None and entry.event != "create":
            break  # the desk refused to open it
        with _named(record, entry):
            _wait(desk, life, record, entry.received_at)
            _take(desk, life, record, entry, opened_by or desk)
    if events:
        with _named(record, events[-1]):
            _wait(desk, life, record, end + _INSTANT)
    return life


@contextmanager
def _named(record: Record, entry: Entry) -> Iterator[None]:
    """Say where it was where deciding breaks down: the record is not what it should be."""
    try:
        yield
    except _BREAKDOWNS as error:
        said = f"{type(error).__name__}: {error}"
        raise RecordError(
            f"ticket {record.ticket}, entry {entry.seq} cannot be decided again ({said})"
        ) from error


def _take(desk: Desk, life: Life, record: Record, entry: Entry, opened_by: Desk) -> None:
    """Let an event happen to a ticket."""
    event = event_of(entry, record.ticket)
    state = State(
        ticket=life.ticket,
        requester=requester_of(entry, record.contact),
        organization=organization_of(entry),
        tickets_open=entry.facts.get("tickets_open"),
    )
    if life.ticket is None:
        event = replace(event, ticket=_opened(desk, opened_by, event, state, record))
    try:
        _decided(desk, life, record, state, event)
    except RefusedError as refusal:
        life.refused.append(
            Refusal(at=event.at, event_id=event.id, reason=refusal.reason, message=refusal.message)
        )


def _wait(desk: Desk, life: Life, record: Record, until: datetime) -> None:
    """Let time pass before an instant: what is due happens, each at its own, as a sweep in time
    would have it."""
    for _ in range(_MAX_DUE):
        ticket = life.ticket
        at = ticket.due_at if ticket else None
        if ticket is None or at is None or at >= until:
            return
        last = life.entries[-1]
        state = State(
            ticket=ticket,
            requester=requester_of(last, record.contact) or _known(record, ticket),
            organization=organization_of(last),
            tickets_open=last.facts.get("tickets_open"),
        )
        event = Event(
            id=f"tick:{ticket.id}:{at.isoformat()}",
            at=at,
            kind="tick",
            actor=SYSTEM,
            channel=ticket.channel,
            ticket=ticket,
        )
        _decided(desk, life, record, state, event)
    raise RuntimeError(f"time does not come to an end for ticket {record.ticket}")


def _known(record: Record, ticket: Ticket) -> Contact | None:
    known = record.contact
    return known if known and known.id == ticket.requester else None


def _decided(desk: Desk, life: Life, record: Record, state: State, event: Event) -> None:
    """Decide an event, and what comes before it, however much that is."""
    asked = 0
    while asked < _MAX_NEEDS:
        found = decide(desk, state, event)
        if isinstance(found, Needs):
            asked += 1
            state = _looked_up(found, life, record, state, event)
            continue
        life.ticket = found.ticket
        life.entries.extend(found.entries)
        life.outbox.extend(found.outbox)
        if found.whole:
            return
        state = replace(state, ticket=found.ticket, latest_comment=None)
    raise RuntimeError("a decision asks again for what it was given")


def _looked_up(needs: Needs, life: Life, record: Record, state: State, event: Event) -> State:
    """What a decision asks for, as far as the record tells it."""
    ticket = life.ticket or event.ticket
    found: dict[str, Any] = {}
    if "tickets_open" in needs.keys:
        found["tickets_open"] = 0
        life.assumed.add("tickets_open")
    if "latest_comment" in needs.keys:
        said = (one.comment for one in reversed(life.entries))
        found["latest_comment"] = next((one.text for one in said if one and one.public), "")
    if needs.keys & {"requester", "organization"}:
        person, company = ticket.requester or "", ticket.organization or ""
        found["requester"] = _known(record, ticket) or Contact(id=person)
        known = record.organization
        same = known is not None and known.id == company
        found["organization"] = known if same else Organization(id=company)
    return replace(state, **found)


def _opened(desk: Desk, opened_by: Desk, event: Event, state: State, record: Record) -> Ticket:
    """The ticket as this desk would have opened it.

    What the desk of the record gave it stays, but for what the two desks give differently.
    """
    ticket = event.ticket
    if desk is opened_by:
        return ticket
    before, after = (_given(one, ticket, state, record) for one in (opened_by, desk))
    changed = {name: after[name] for name in _OPENING if before[name] != after[name]}
    if "tags" in changed:
        own = [one for one in ticket.tags if one not in before["tags"]]
        changed["tags"] = tuple(dict.fromkeys((*after["tags"], *own)))
    return revised(ticket, **changed) if changed else ticket


def _given(desk: Desk, ticket: Ticket, state: State, record: Record) -> Mapping[str, Any]:
    """What a desk gives a new ticket from this requester to this address."""
    person = state.requester or record.contact
    name = opening.organization_of(desk, person) or ticket.organization or ""
    company = desk.organizations.get(name) or state.organization
    opened = opening.opened(
        desk,
        id=ticket.id,
        channel=ticket.channel,
        requester=person,
        organization=company,
        received_by=ticket.received_by,
        department=None if ticket.received_by else ticket.department,
    )
    return {name: getattr(opened, name) for name in _OPENING}
