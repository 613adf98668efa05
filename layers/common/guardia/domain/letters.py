"""What goes out: the rows of the outbox, their readers, their language and their words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from guardia.domain import durations, phrases, placeholders, sla
from guardia.domain.desk import Agent, Desk
from guardia.domain.hours import NoAnswerError
from guardia.domain.model import Comment, Ticket, revised
from guardia.domain.moment import Moment
from guardia.domain.placeholders import Template, parse

STANDARD_SUBJECT: Final = {tongue: parse(text) for tongue, text in phrases.NOTICE_SUBJECT.items()}
STANDARD_TEXT: Final = {tongue: parse(text) for tongue, text in phrases.NOTICE_TEXT.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom a message is for: addresses, their language and zone, and whether they are the team."""

    to: tuple[str, ...]
    language: str
    zone: str
    team: bool


def requester_reader(moment: Moment) -> Reader | None:
    """The requester at the address the ticket last heard from; None without an address."""
    person, ticket = moment.requester, moment.ticket
    address = ticket.heard_from or (person.email if person else None)
    if address is None:
        return None
    return Reader(
        to=(address,),
        language=(person.language if person else None) or ticket.language or moment.desk.locale,
        zone=(person.timezone if person else None) or moment.desk.timezone,
        team=address in moment.desk.agents,
    )


def agent_reader(desk: Desk, agents: Iterable[Agent]) -> Reader:
    """Agents together: the first one's language and zone hold where they all share one mail."""
    people = tuple(agents)
    return Reader(
        to=tuple(one.email for one in people),
        language=people[0].language or desk.locale,
        zone=people[0].timezone or desk.timezone,
        team=True,
    )


def sender_of(desk: Desk, ticket: Ticket) -> str:
    """The address a ticket is answered from: the one it came to, else its department's, else the
    desk's first; empty where the desk names none."""
    if ticket.received_by and desk.is_own_address(ticket.received_by):
        return ticket.received_by
    department = desk.departments.get(ticket.department or "")
    own = department.addresses if department and department.addresses else desk.addresses
    return own[0] if own else ""


def write(
    template: Template, moment: Moment, reader: Reader, *, blank: bool
) -> tuple[str, tuple[str, ...]]:
    """Render a text for a reader. `blank` empties every placeholder that may hold a stranger's
    words; what was emptied is returned by path."""
    emptied: list[str] = []
    look_up = _view(moment, reader)

    # What was said last need not be the event's: then whoever said it must have proved themselves.
    doubted = moment.ticket.unproved and moment.event.comment is None and not reader.team

    def guarded(path: str) -> Any:
        theirs = doubted and path.startswith("latest_comment.")
        if theirs or (blank and placeholders.holds_strangers_words(path)):
            emptied.append(path)
            return None
        return look_up(path)

    return template.render(guarded, language=reader.language, zone=reader.zone), tuple(emptied)


def _view(moment: Moment, reader: Reader) -> Callable[[str], Any]:
    def look_up(path: str) -> Any:
        head, _, rest = path.partition(".")
        if head == "schedule":
            return _of_schedule(moment, rest, reader)
        if head == "digest":
            return None  # no ticket's own text names the tickets of a list
        if head == "sla":
            return _promised(moment, rest.partition(".")[0])
        if head == "fields":
            return moment.ticket.fields.get(rest)
        if head == "requester":
            return _of_requester(moment, rest, reader)
        if head in ("comment", "latest_comment"):
            return _of_comment(moment, head, rest, reader)
        return _PLAIN[path](moment)

    return look_up


def _promised(moment: Moment, metric: str) -> datetime | None:
    """The instant by which something is promised, as the ticket stands at this point: policies are
    matched after the triggers that write to people."""
    ticket = revised(moment.ticket, clocks=sla.previewed(moment))
    found = durations.latest(ticket, metric)
    return found.due_at if found else None


def _group_name(moment: Moment) -> str | None:
    found = moment.desk.groups.get(moment.ticket.group or "")
    return found.name if found else None


def _assignee(moment: Moment) -> Agent | None:
    return moment.desk.agents.get(moment.ticket.assignee or "")


_PLAIN: Final[dict[str, Callable[[Moment], Any]]] = {
    "ticket.id": lambda m: m.ticket.id,
    "ticket.subject": lambda m: m.ticket.subject,
    "ticket.status": lambda m: m.ticket.status,
    "ticket.priority": lambda m: m.ticket.priority,
    "ticket.group": _group_name,
    "ticket.assignee": lambda m: found.name if (found := _assignee(m)) else None,
    "ticket.url": lambda m: f"{m.desk.url}/tickets/{m.ticket.id}" if m.desk.url else None,
    "ticket.tags": lambda m: m.ticket.tags,
    "ticket.created_at": lambda m: m.ticket.created_at,
    "assignee.name": lambda m: found.name if (found := _assignee(m)) else None,
    "assignee.email": lambda m: m.ticket.assignee,
    "group.name": _group_name,
    "organization.name": lambda m: m.organization.name if m.organization else None,
    "desk.name": lambda m: m.desk.name,
}


def _of_requester(moment: Moment, what: str, reader: Reader) -> Any:
    person = moment.requester
    if person is None:
        return None
    if what == "first_name":
        return person.name.split()[0] if person.name and person.name.strip() else None
    if what.startswith("fields."):
        return person.fields.get(what.removeprefix("fields."))
    if what == "name" and reader.team:
        return person.name or person.email or person.phone  # the team must know who it is about
    return getattr(person, what)


def _of_comment(moment: Moment, head: str, what: str, reader: Reader) -> str | None:
    said: Comment | None = moment.event.comment
    if said is not None and not said.public and not reader.team:
        said = None  # a note never reaches a customer
    if what == "author":
        return _author(moment, said)
    if said is not None and (head == "comment" or said.public or reader.team):
        return said.text
    if head == "comment":
        return None
    if moment.event.kind == "create":
        return None
    return str(moment.look_up("latest_comment")) or None


def _author(moment: Moment, said: Comment | None) -> str | None:
    if said is None or said.by is None:
        return None
    agent = moment.desk.agents.get(said.by)
    if agent:
        return agent.name
    person = moment.requester
    return person.name if person and person.name and said.by == person.email else said.by


def _of_schedule(moment: Moment, what: str, reader: Reader) -> Any:
    schedule = moment.schedule(moment.ticket)
    hours = moment.desk.hours_of(schedule)
    if what == "name":
        return schedule.name if schedule else None
    if what == "hours":
        week = schedule.hours.timetable.weekly if schedule else None
        return phrases.weekly_hours(week, reader.language)
    asked: Callable[[datetime], datetime | None]
    asked = hours.next_open if what == "next_open" else hours.next_close
    return _or_none(asked, moment.event.at)


def _or_none(ask: Callable[[datetime], datetime | None], at: datetime) -> datetime | None:
    """A schedule that never opens or closes again has no such instant to write."""
    try:
        return ask(at)
    except NoAnswerError:
        return None
