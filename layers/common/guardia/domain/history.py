"""What a decision leaves behind: the event's entry, and what is needed to decide it again."""

from datetime import datetime
from typing import Any

from guardia.domain import agenda, automations
from guardia.domain.draft import Draft
from guardia.domain.event import Event
from guardia.domain.model import Actor, Comment, Entry, Ticket, changes_between, revised
from guardia.domain.moment import Moment


def recorded(draft: Draft) -> tuple[Entry, ...]:
    """Write the history: the event's entry, then one for each comment that a rule wrote."""
    moment, event, at = draft.moment, draft.moment.event, draft.moment.at
    after = _updated(draft, event, at)
    steps: list[tuple[Ticket, Actor, Comment | None]] = [(after, event.actor, event.comment)]
    for comment, actor in draft.said:
        spoken = _said_by_rule(after, comment, actor, at)
        after = revised(spoken, version=after.version + 1)
        steps.append((after, actor, comment))
    moment.ticket = after
    automations.settle(moment.desk, moment, at)
    due = next(iter(agenda.upcoming(moment, at)), None)
    # What only the end of the event tells stands in its own entry already.
    last = {"due_at": due.at if due else None, "fired": moment.ticket.fired}
    before, entries = moment.before, []
    for step, author, said in steps:
        after = revised(step, **last)
        entries.append(_entry(draft, before, after, author, said))
        before = after
    moment.ticket = after
    return tuple(entries)


def _updated(draft: Draft, event: Event, at: datetime) -> Ticket:
    """Note the update, and whose it was where an automation made it: to itself it is none."""
    ticket = draft.ticket
    rule = event.due.rule if event.due and event.due.kind == "automation" else None
    before = ticket.updated_before if rule and ticket.updated_by == rule else ticket.updated_at
    return revised(
        ticket,
        version=draft.seq,
        config=draft.moment.desk.version,
        updated_at=at,
        updated_by=rule,
        updated_before=before if rule else None,
    )


def _said_by_rule(ticket: Ticket, comment: Comment, actor: Actor, at: datetime) -> Ticket:
    """A rule's comment counts as an agent's only under an agent's name; it takes nothing over."""
    if not comment.public:
        return ticket
    if actor.kind != "agent":
        return revised(ticket, unproved=False)
    return revised(
        ticket,
        unproved=False,
        awaiting="requester",
        unanswered_since=None,
        replies=ticket.replies + 1,
        agent_update_at=at,
    )


def _entry(
    draft: Draft,
    before: Ticket | None,
    after: Ticket,
    actor: Actor,
    comment: Comment | None,
) -> Entry:
    moment, event = draft.moment, draft.moment.event
    own = after.version == draft.seq
    return Entry(
        seq=after.version,
        at=moment.at,
        received_at=event.at,
        actor=actor,
        event=event.kind if own else "change",
        channel=event.channel,
        event_id=event.id,
        comment=comment,
        changes=changes_between(before, after),
        rules=tuple(draft.rules) if own else (),
        ledger=tuple(draft.ledger) if own else (),
        asked=_asked(event) if own else {},
        facts=_facts(moment) if own else {},
        config=moment.desk.version,
        code=moment.desk.code,
        tzdata=moment.desk.tzdata,
    )


def _asked(event: Event) -> dict[str, Any]:
    """What the event itself wanted, so that it can be decided again."""
    found: dict[str, Any] = {"verified": event.verified}
    if event.doubted:
        found["doubted"] = True
    if event.kind == "create":
        found["ticket"] = changes_between(None, event.ticket)
    if event.due is not None:
        found["due"] = {
            name: value
            for name in ("at", "kind", "rule", "metric", "instance", "offset")
            if (value := getattr(event.due, name))
        }
    for name in ("changes", "add_tags", "remove_tags", "set_tags", "copies", "automatic"):
        value = getattr(event, name)
        if value not in (None, (), {}):
            found[name] = value
    return found


def _facts(moment: Moment) -> dict[str, Any]:
    """What lies outside the ticket and the document, people by id: no name, no address."""
    found: dict[str, Any] = {}
    person, company, state = moment.state.requester, moment.state.organization, moment.state
    if person is not None:
        found["requester"] = {
            "id": person.id,
            "language": person.language,
            "timezone": person.timezone,
            "country": person.country,
            "tags": person.tags,
            "vip": person.vip,
            "fields": dict(person.fields),
        }
    if company is not None and company.id not in moment.desk.organizations:
        found["organization"] = {
            "id": company.id,
            "name": company.name,
            "tags": company.tags,
            "fields": dict(company.fields),
        }
    if state.tickets_open is not None:
        found["tickets_open"] = state.tickets_open
    return found
