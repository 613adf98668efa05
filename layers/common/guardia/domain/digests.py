"""Digests: at a time that comes back, one message about every ticket that conditions hold for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import letters, phrases, recurrence
from guardia.domain.desk import Agent, Automation, Desk, Digest
from guardia.domain.event import Event, State
from guardia.domain.model import SYSTEM, Contact, Organization, OutboxRow, Ticket
from guardia.domain.moment import Moment
from guardia.domain.placeholders import Template, parse
from guardia.domain.vocabulary import PRIORITIES

DIGEST: Final = "digest-"
"""How the place of a digest's messages begins; no ticket's id does."""

MOST: Final = 200
"""How many tickets a digest names; of more it says how many."""

LATEST: Final = timedelta(days=1)
"""How old an occurrence may be that is still made up for after a standstill."""

_SUBJECT: Final = {tongue: parse(text) for tongue, text in phrases.DIGEST_SUBJECT.items()}
_TEXT: Final = {tongue: parse(text) for tongue, text in phrases.DIGEST_TEXT.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A digest that is due: of an automation, for an instant."""

    rule: Automation
    at: datetime

    @property
    def name(self) -> str:
        """What it is called, whenever it is made: also the place of its messages in the outbox."""
        return f"{DIGEST}{self.rule.id}-{self.at:%Y%m%dT%H%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A ticket that a digest may name, with whom it belongs to."""

    ticket: Ticket
    requester: Contact | None = None
    organization: Organization | None = None


def next_at(desk: Desk, after: datetime) -> datetime | None:
    """The next instant, later than one, at which any digest is due."""
    start = after + timedelta(seconds=1)
    found = [recurrence.next_at(one.every, desk, start) for one in _rules(desk) if one.every]
    return min((one for one in found if one is not None), default=None)


def editions(desk: Desk, since: datetime, until: datetime) -> list[Edition]:
    """The digests that came due after an instant, up to another: the latest of each.

    Those of a longer standstill are not made up for: yesterday's list is no news.
    """
    found = []
    for rule in _rules(desk):
        latest: datetime | None = None
        at = max(since, until - LATEST) + timedelta(seconds=1)
        while rule.every and (each := recurrence.next_at(rule.every, desk, at)) is not None:
            if each > until:
                break
            latest, at = each, each + timedelta(seconds=1)
        if latest is not None:
            found.append(Edition(rule=rule, at=latest))
    return sorted(found, key=lambda one: one.at)


def are_wanted(desk: Desk) -> bool:
    """Whether the desk has any digests."""
    return any(True for _ in _rules(desk))


def _rules(desk: Desk) -> Iterable[Automation]:
    return (
        one
        for one in desk.automations.rules
        if one.every and not one.dead and any(type(each) is Digest for each in one.actions)
    )


def names(desk: Desk, edition: Edition, found: Found) -> bool:
    """Whether the automation's conditions hold for a ticket at the digest's instant.

    Raises:
        MissingError: they ask for what was not looked up.
    """
    place = desk.automations.rules.index(edition.rule)
    judge = desk.automations.judge(place)
    return bool(judge.holds(_moment(desk, edition, found)))


def messages(desk: Desk, edition: Edition, found: Sequence[Found]) -> tuple[OutboxRow, ...]:
    """The rows of a digest, one for each person; none where there is nothing to tell. The highest
    priority comes first, of those alike what has waited longest."""
    if not found:
        return ()
    found = sorted(found, key=_urgency)
    rows: list[OutboxRow] = []
    for action in edition.rule.actions:
        for agent in _told(desk, action) if isinstance(action, Digest) else ():
            rows.append(_row(desk, edition, action, agent, found, len(rows)))
    return tuple(rows)


def _urgency(found: Found) -> tuple[int, str, str]:
    ticket = found.ticket
    rank = PRIORITIES.index(ticket.priority) if ticket.priority else -1
    return -rank, ticket.created_at.isoformat() if ticket.created_at else "", ticket.id


def _told(desk: Desk, action: Digest) -> list[Agent]:
    if action.target == "admins":
        return list(desk.admins())
    if action.target == "group":
        group = desk.groups.get(action.id or "")
        return [desk.agents[one] for one in group.agents] if group else []
    agent = desk.agents.get(action.id or "")
    return [agent] if agent else []


def _row(
    desk: Desk, edition: Edition, action: Any, agent: Agent, found: Sequence[Found], n: int
) -> OutboxRow:
    reader = letters.agent_reader(desk, [agent])
    template = desk.templates.get(action.template or "")
    subjects, bodies = (template.subject, template.body) if template else (_SUBJECT, _TEXT)
    subject, _ = desk.text(subjects, reader.language)
    body, language = desk.text(bodies, reader.language)
    lines = [_line(desk, one, language) for one in found[:MOST]]
    if len(found) > MOST:
        lines.append(phrases.and_more(language, len(found) - MOST))
    told = {"digest.count": len(found), "digest.tickets": "\n".join(lines), "desk.name": desk.name}
    return OutboxRow(
        ticket=edition.name,
        seq=1,
        n=n,
        at=edition.at,
        kind="notify",
        channel="email",
        to=reader.to,
        subject=" ".join(_filled(subject, told, language, reader.zone).split()),
        text=_filled(body, told, language, reader.zone),
        sender=desk.addresses[0] if desk.addresses else "",
        sender_name=desk.name,
        language=language,
        template=action.template,
        rule=edition.rule.id,
        reply="none",
        team=True,
    )


def _filled(text: Template, told: dict[str, Any], language: str, zone: str) -> str:
    return text.render(told.get, language=language, zone=zone)


def _line(desk: Desk, found: Found, language: str) -> str:
    """A ticket in one line: `7K3M9Q2X · high · open · Luis · VPN is down`."""
    ticket = found.ticket
    owner = desk.agents.get(ticket.assignee or "")
    parts = (ticket.id, ticket.priority, ticket.status, owner.name if owner else None)
    head = " · ".join(one for one in parts if one)
    where = f"\n  {desk.url}/tickets/{ticket.id}" if desk.url else ""
    return f"- {head} · {ticket.subject or phrases.no_subject(language)}{where}"


def _moment(desk: Desk, edition: Edition, found: Found) -> Moment:
    ticket = found.ticket
    state = State(ticket=ticket, requester=found.requester, organization=found.organization)
    event = Event(
        id=edition.name,
        at=edition.at,
        kind="tick",
        actor=SYSTEM,
        channel=ticket.channel,
        ticket=ticket,
    )
    return Moment(desk=desk, state=state, event=event, before=ticket, ticket=ticket, at=edition.at)
