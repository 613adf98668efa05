"""What a rule does: each action of the document, carried out on a draft."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from guardia.domain import letters, webhooks
from guardia.domain.desk import (
    Action,
    AddComment,
    Agent,
    Assign,
    CallWebhook,
    Email,
    Notify,
    Set,
    SetSchedule,
    Stop,
    Tag,
)
from guardia.domain.draft import Draft
from guardia.domain.hours import NoAnswerError
from guardia.domain.letters import Reader
from guardia.domain.model import SYSTEM, Actor, Comment, Endpoint


def perform(action: Action, draft: Draft, rule: str) -> None:
    """Carry out one action of the rule. What cannot be done stands in `draft.suppressed`."""
    _PERFORMERS[type(action)](action, draft, rule)


def _email(action: Email, draft: Draft, rule: str) -> None:
    done: set[str] = set()
    for word in action.to:
        reader = _readers(word, draft)
        if reader is None:
            draft.suppressed.append(f"email: {word} has no address")
            continue
        fresh = tuple(one for one in reader.to if one not in done)
        done.update(fresh)
        if fresh:
            addressed = Reader(
                to=fresh, language=reader.language, zone=reader.zone, team=reader.team
            )
            _mail(action, draft, addressed, rule)


def _mail(action: Email, draft: Draft, reader: Reader, rule: str) -> None:
    desk = draft.moment.desk
    found = desk.templates.get(action.template or "")
    subjects = found.subject if found else action.subject
    bodies = found.body if found else action.body
    if not subjects or not bodies:
        draft.suppressed.append(f"email: dead reference template {action.template}")
        return
    subject, _ = desk.text(subjects, reader.language)
    body, language = desk.text(bodies, reader.language)
    written = Reader(to=reader.to, language=language, zone=reader.zone, team=reader.team)
    draft.send(written, subject, body, rule=rule, template=action.template)


def _readers(word: str, draft: Draft) -> Reader | None:
    """Return who a word of `to` stands for; None where there is no such address."""
    moment = draft.moment
    desk, ticket = moment.desk, moment.ticket
    if word in ("requester", "requester_and_ccs"):
        reader = letters.requester_reader(moment)
        if reader is None or word == "requester":
            return reader
        author = moment.event.actor.email
        copies = tuple(one for one in ticket.ccs if one != author)
        to = tuple(dict.fromkeys((*reader.to, *copies)))
        return Reader(to=to, language=reader.language, zone=reader.zone, team=reader.team)
    if word == "assignee":
        return _team(draft, [ticket.assignee])
    if word == "group":
        group = desk.groups.get(ticket.group or "")
        return _team(draft, group.agents if group else ())
    if word in desk.agents:
        return _team(draft, [word])
    person = letters.requester_reader(moment)
    if person is not None and word in person.to:
        return person
    return Reader(to=(word,), language=desk.locale, zone=desk.timezone, team=False)


def _team(draft: Draft, emails: Iterable[str | None]) -> Reader | None:
    desk = draft.moment.desk
    people = [desk.agents[one] for one in emails if one and one in desk.agents]
    return letters.agent_reader(desk, people) if people else None


def _call(action: CallWebhook, draft: Draft, rule: str) -> None:
    endpoint = draft.moment.desk.webhooks.get(action.webhook)
    if endpoint is None:
        draft.suppressed.append(f"webhook: dead reference webhook {action.webhook}")
        return
    draft.call(endpoint, webhooks.body(draft.moment, action.body, rule=rule), rule=rule)


def _notify(action: Notify, draft: Draft, rule: str) -> None:
    """One row for each person and means, none to whoever caused the event."""
    moment = draft.moment
    desk = moment.desk
    told = [one for one in _told(action, draft) if one.email != moment.event.actor.email]
    if not told:
        draft.suppressed.append(f"notify: nobody to tell ({action.target})")
    found = desk.templates.get(action.template or "")
    for agent in told:
        reader = letters.agent_reader(desk, [agent])
        subjects: Any = found.subject if found else letters.STANDARD_SUBJECT
        bodies: Any = found.body if found else action.text or letters.STANDARD_TEXT
        subject, _ = desk.text(subjects, reader.language)
        body, language = desk.text(bodies, reader.language)
        for endpoint in _means(draft, agent):
            draft.send(
                Reader(to=reader.to, language=language, zone=reader.zone, team=True),
                subject,
                body,
                rule=rule,
                template=action.template,
                kind="notify",
                held=_held(draft, agent) if action.until_hours else None,
                endpoint=endpoint,
            )


def _means(draft: Draft, agent: Agent) -> list[Endpoint | None]:
    """The ways an agent is told, None for mail; what cannot be used falls back to mail, once."""
    ways: list[Endpoint | None] = []
    for one in agent.means:
        kind, _, name = one.partition(":")
        endpoint = draft.moment.desk.webhooks.get(name) if kind == "webhook" else None
        if kind == "webhook" and endpoint is None:
            draft.suppressed.append(f"notify: dead reference webhook {name}")
        if endpoint not in ways:
            ways.append(endpoint)
    return ways


def _told(action: Notify, draft: Draft) -> list[Agent]:
    desk, ticket = draft.moment.desk, draft.moment.ticket
    if action.target == "admins":
        return list(desk.admins())
    if action.target == "group":
        group = desk.groups.get(action.id or ticket.group or "")
        return [desk.agents[one] for one in group.agents] if group else []
    email = ticket.assignee if action.target == "assignee" else action.id
    return [desk.agents[email]] if email and email in desk.agents else []


def _held(draft: Draft, agent: Agent) -> datetime | None:
    """The first instant inside the hours of any of the agent's groups; None means now."""
    moment = draft.moment
    openings = []
    for name in agent.groups:
        group = moment.desk.groups[name]
        hours = moment.desk.hours_of(moment.desk.schedule_of(None, name, group.department))
        if hours.is_open(moment.at):
            return None
        try:
            openings.append(hours.next_open(moment.at))
        except NoAnswerError:
            continue
    return min(openings) if openings else None


def _comment(action: AddComment, draft: Draft, rule: str) -> None:
    desk = draft.moment.desk
    reader = letters.requester_reader(draft.moment) if action.public else None
    if reader is None:
        reader = Reader(to=(), language=desk.locale, zone=desk.timezone, team=not action.public)
    template, language = desk.text(action.text, reader.language)
    reader = Reader(to=reader.to, language=language, zone=reader.zone, team=not action.public)
    blank = action.public and not draft.moment.event.verified
    text, emptied = letters.write(template, draft.moment, reader, blank=blank)
    draft.suppressed.extend(f"{path}: unverified requester" for path in dict.fromkeys(emptied))
    actor = Actor(kind="agent", email=action.by) if action.by else SYSTEM
    comment = Comment(text=text, public=action.public, by=action.by)
    draft.said.append((comment, actor))
    if action.public and not draft.moment.event.automatic:
        draft.answer(comment, rule=rule)
    elif action.public:
        draft.suppressed.append(f"mail: automatic ({draft.moment.event.automatic})")


def _assign(action: Assign, draft: Draft, _rule: str) -> None:
    asked = {"group": action.group, "assignee": action.agent}
    draft.change_by_rule({k: v for k, v in asked.items() if v is not None}, SYSTEM, together=True)


def _set(action: Set, draft: Draft, _rule: str) -> None:
    actor = draft.moment.event.actor
    values = dict(action.values)
    if values.get("assignee") == "current_user" and actor.kind == "agent":
        values["assignee"] = actor.email
    draft.change_by_rule(values, SYSTEM)


def _tag(action: Tag, draft: Draft, _rule: str) -> None:
    draft.tag(action.mode, action.tags)


def _set_schedule(action: SetSchedule, draft: Draft, _rule: str) -> None:
    draft.change_by_rule({"schedule": action.schedule}, SYSTEM)


def _stop(_action: Stop, _draft: Draft, _rule: str) -> None:
    """Stopping is the cycle's business; it leaves nothing on the ticket."""


_PERFORMERS: Final[dict[type[Any], Callable[[Any, Draft, str], None]]] = {
    Email: _email,
    Notify: _notify,
    CallWebhook: _call,
    AddComment: _comment,
    Assign: _assign,
    Set: _set,
    Tag: _tag,
    SetSchedule: _set_schedule,
    Stop: _stop,
}
