"""Recorded tickets: what is needed to decide a ticket's events again, one line of JSON a ticket.

A line holds the events as they came, what was looked up for each, and the people they were about.
What deciding never looks at stays behind: the markup of mails, the conditions of rules that fired
and the ledger of the clocks (deciding finds both again). Comments are in it, so a file of records
is as confidential as the desk itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia import reading
from guardia.adapters import codec
from guardia.domain.event import Due, Event
from guardia.domain.model import (
    TICKET_ATTRIBUTES,
    Actor,
    Comment,
    Contact,
    Entry,
    Organization,
    Ticket,
)
from guardia.ports import Lookup, Store

_EVENTS: Final = ("create", "change", "clock", "job")
_OUTSIDE: Final = ("create", "change")
_FACTS: Final = ("id", "language", "timezone", "country", "tags", "vip", "fields")
_COMPANY: Final = ("id", "name", "tags", "fields")
_DUE: Final = ("at", "kind", "rule", "metric", "instance", "offset")


class RecordError(Exception):
    """A line is no recorded ticket. `line` counts from 1, 0 where there is none; `reason` says
    what is wrong with it."""

    def __init__(self, reason: str, line: int = 0) -> None:
        """Keep both for whoever shows them."""
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A ticket's history. `contact` and `organization` are its requester and their company as they
    were when the record was made, `config` the version it was last decided by, `entries` all of
    its entries in order, the first of them its creation."""

    ticket: str
    contact: Contact | None = None
    organization: Organization | None = None
    config: str = ""
    entries: tuple[Entry, ...]

    @property
    def until(self) -> datetime:
        """The last recorded instant."""
        return max(max(one.at, one.received_at) for one in self.entries)


def recorded(
    ticket: Ticket,
    entries: Sequence[Entry],
    contact: Contact | None,
    organization: Organization | None,
) -> Record:
    """Return the record of a ticket by its whole history."""
    return Record(
        ticket=ticket.id,
        contact=contact,
        organization=organization,
        config=entries[-1].config if entries else "",
        entries=tuple(_slim(one) for one in entries),
    )


def record_of(store: Store, ticket: Ticket) -> Record:
    """Read the record of a ticket: its history, its requester and their company."""
    people = (ticket.requester,) if ticket.requester else ()
    companies = (ticket.organization,) if ticket.organization else ()
    found = store.find(Lookup(contacts=people, organizations=companies))
    return recorded(
        ticket,
        reading.history(store, ticket.id),
        found.contacts.get(ticket.requester or ""),
        found.organizations.get(ticket.organization or ""),
    )


def _slim(entry: Entry) -> Entry:
    said = entry.comment and replace(entry.comment, html=None, original=None)
    rules = tuple(replace(one, conditions=()) for one in entry.rules)
    return replace(entry, comment=said, rules=rules, ledger=())


def write(record: Record) -> str:
    """Write a record as one line of JSON, without its line end."""
    return codec.dumps(record)


def read(line: str | bytes, number: int = 0) -> Record:
    """Read a line; `number` is its place in the file, for the error.

    Raises:
        RecordError: the line is no recorded ticket.
    """
    try:
        data = json.loads(line)
    except UnicodeDecodeError:
        raise RecordError("is not UTF-8", number) from None
    except (ValueError, RecursionError) as error:
        raise RecordError(f"is not JSON ({error})", number) from None
    if not isinstance(data, dict) or not isinstance(data.get("ticket"), str):
        raise RecordError("is no recorded ticket: it has no `ticket`", number)
    if not isinstance(data.get("entries"), list) or not data["entries"]:
        raise RecordError(f"ticket {data['ticket']} has no `entries`", number)
    try:
        record = codec.built(Record, data)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise RecordError(f"ticket {data['ticket']} cannot be read ({error})", number) from None
    for place, entry in enumerate(record.entries, 1):
        if wrong := _wrong(entry, place):
            raise RecordError(f"ticket {record.ticket}, entry {place}: {wrong}", number)
    return record


def _wrong(entry: Any, place: int) -> str:
    """Say what is wrong with an entry; nothing where it can be decided again."""
    if entry.seq != place:
        return f"has the number {entry.seq}; entries are numbered from 1 without a gap"
    if entry.event not in _EVENTS or (entry.event == "create") is not (place == 1):
        return f"`{entry.event}` is no event that stands in this place"
    if not all(
        isinstance(one, datetime) and one.tzinfo is not None
        for one in (entry.at, entry.received_at)
    ):
        return "has an instant without its offset"
    if not isinstance(entry.actor, Actor) or not isinstance(entry.comment, Comment | None):
        return "has no actor, or a comment that is none"
    if entry.comment is not None and not isinstance(entry.comment.text, str):
        return "has a comment without a text"
    if not isinstance(entry.asked, Mapping) or not isinstance(entry.facts, Mapping):
        return "does not say what was asked for"
    if place == 1 and not isinstance(entry.asked.get("ticket"), Mapping):
        return "does not say what the ticket began as"
    return ""


def is_from_outside(entry: Entry) -> bool:
    """Whether somebody or something outside the desk caused an entry: what time did, and what a
    rule said, is not asked for."""
    return entry.event in _OUTSIDE and bool(entry.asked)


def event_of(entry: Entry, ticket: str) -> Event:
    """Return the event of an entry as it came."""
    asked = entry.asked
    first: Mapping[str, Any] = asked.get("ticket", {})
    start = {name: pair[1] for name, pair in first.items() if name in TICKET_ATTRIBUTES}
    return Event(
        id=entry.event_id,
        at=entry.received_at,
        kind=entry.event,
        actor=entry.actor,
        channel=entry.channel,
        ticket=Ticket(id=ticket, **start),
        comment=entry.comment,
        changes=asked.get("changes", {}),
        add_tags=asked.get("add_tags", ()),
        remove_tags=asked.get("remove_tags", ()),
        set_tags=asked.get("set_tags"),
        copies=asked.get("copies", ()),
        verified=asked.get("verified", True),
        automatic=asked.get("automatic"),
        doubted=asked.get("doubted", False),
        due=due_of(entry),
        ran_at=_ran_at(entry),
    )


def due_of(entry: Entry) -> Due | None:
    """Return what was due where time alone made an entry."""
    told = entry.asked.get("due")
    return Due(**{name: told[name] for name in _DUE if name in told}) if told else None


def _ran_at(entry: Entry) -> datetime | None:
    """When what was due was really looked at, as far as it was noticeably late."""
    due = due_of(entry)
    late = max((one.late or 0 for one in entry.rules), default=0)
    return due.at + timedelta(seconds=late) if due else None


def requester_of(entry: Entry, contact: Contact | None) -> Contact | None:
    """Return the requester as they were at an entry; names and addresses are those of `contact`,
    where it is the same person."""
    kept = entry.facts.get("requester")
    if kept is None:
        return None
    now = contact if contact and contact.id == kept["id"] else None
    return Contact(
        **{name: kept[name] for name in _FACTS if name in kept},
        name=now.name if now else None,
        identities=now.identities if now else (),
    )


def organization_of(entry: Entry) -> Organization | None:
    """Return the table's organisation as it was at an entry."""
    kept = entry.facts.get("organization")
    return Organization(**{name: kept[name] for name in _COMPANY if name in kept}) if kept else None
