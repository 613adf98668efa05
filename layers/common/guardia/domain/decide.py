"""The decision: desk, state and event in; the new ticket, its entries and the outbox out.

This is the order in which the rules speak: what is due before the event, each at its own instant,
then the event itself, the system rules, the triggers, the SLA policies. Pure: the same three always
give the same answer, in production, in a simulation and in an explanation.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from guardia.domain import (
    actions,
    agenda,
    automations,
    conversation,
    history,
    sla,
    system,
    triggers,
)
from guardia.domain.desk import Desk
from guardia.domain.draft import Draft
from guardia.domain.event import Decision, Due, Event, Needs, State
from guardia.domain.model import SYSTEM, Entry, OutboxRow, RuleTrace, Ticket, revised
from guardia.domain.moment import MissingError, Moment
from guardia.domain.opening import MAX_COPIES

_PASSIVE: Final = ("tick", "refresh")
"""Events that are nothing but the passing of time."""

MAX_DUE: Final = 20
"""How many instants that have passed go into one decision."""

MAX_ITEMS: Final = 85
"""How many entries and messages go into one decision: a transaction holds 100 items, and some are
the ticket's and its people's own."""


def decide(desk: Desk, state: State, event: Event, *, explain: bool = False) -> Decision | Needs:
    """Decide what an event comes to.

    Every due instant of the ticket before the event is decided first, in the same decision, so a
    late sweep changes nothing in the history; a `tick` is nothing but the due instants up to and at
    its own, a `refresh` those before it. With `explain` the last entry also tells why each rule
    that did not fire did not. `Needs` asks to look up more and decide again.

    Raises:
        ClosedError: the ticket is closed (S8).
        InvalidError: the event asks for a value that a field cannot hold.
        RefusedError: the desk forbids what the event asks for.
    """
    course = _Course(state=state, event=_in_whole_seconds(event))
    event = course.event
    try:
        course.catch_up(desk)
        if course.closed_meanwhile():
            course.whole = False  # whoever planned the event did not know: it is planned again
        if event.kind not in _PASSIVE and course.whole:
            course.step(desk, event, explain=explain)
    except MissingError as missing:
        return Needs(frozenset({missing.key}))
    ticket = course.state.ticket
    assert ticket is not None  # noqa: S101 - the event itself always leaves a ticket
    return Decision(
        ticket=ticket,
        entries=tuple(course.entries),
        outbox=tuple(course.outbox),
        whole=course.whole,
    )


def repeat(desk: Desk, state: State, event: Event) -> tuple[Entry, ...]:
    """Decide one event again, and nothing before it, telling of every rule why it did or did not
    fire.

    Raises:
        MissingError: the state lacks what a rule asks for.
        ClosedError, InvalidError, RefusedError: as `decide`.
    """
    course = _Course(state=state, event=_in_whole_seconds(event))
    course.happen(desk, course.event, explain=True)
    return tuple(course.entries)


def _in_whole_seconds(event: Event) -> Event:
    """Instants are told and counted in whole seconds; an event belongs to the one it lies in."""
    part = event.at.microsecond
    return replace(event, at=event.at.replace(microsecond=0)) if part else event


@dataclass(slots=True, kw_only=True)
class _Course:
    """The course of things on one ticket, from where it stands to an event."""

    state: State
    event: Event
    entries: list[Entry] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    whole: bool = True

    def catch_up(self, desk: Desk) -> None:
        """Carry out what was due before the event, by the desk that was live at each instant."""
        ticket = self.state.ticket
        if ticket is None or ticket.status == "closed":
            return
        desks = [*(one[0] for one in self.state.earlier), desk]
        passive = self.event.kind in _PASSIVE
        for place, (old, ended) in enumerate(self.state.earlier):
            until = ended.replace(microsecond=0)  # events belong to the second they lie in
            if until > self.event.at:
                # Older than a publication: what passes by then, passes by the desk of then.
                self._pass(old, self.event.at, and_then=self.event.kind == "tick")
                if passive:
                    return
            else:
                self._pass(old, until)
            if self.whole:
                self._change_desk(old, desks[place + 1], min(until, self.event.at))
        self._pass(desk, self.event.at, and_then=self.event.kind == "tick")

    def closed_meanwhile(self) -> bool:
        """Whether the ticket was closed before the event, by what was due."""
        ticket = self.state.ticket
        closed = ticket is not None and ticket.status == "closed" and bool(self.entries)
        return closed and self.event.kind not in _PASSIVE

    def _pass(self, desk: Desk, until: datetime, *, and_then: bool = False) -> None:
        """Let time pass until an instant; what is due at it is left, unless `and_then`."""
        while self.whole and (due := self._next(desk, until, and_then=and_then)) is not None:
            if len(self.entries) >= MAX_DUE:
                self.whole = False
                return
            self.step(desk, self._event("clock", due.at, due=due))

    def _next(self, desk: Desk, until: datetime, *, and_then: bool) -> Due | None:
        ticket = self.state.ticket
        if ticket is None or ticket.updated_at is None:
            return None
        due_at = ticket.due_at
        if ticket.config == desk.version and (
            due_at is None or due_at > until or (due_at == until and not and_then)
        ):
            return None
        event = self._event("tick", ticket.updated_at)
        moment = _moment(desk, self.state, event, ticket.updated_at)
        found = next(iter(agenda.upcoming(moment, ticket.updated_at)), None)
        self.state = replace(self.state, ticket=revised(ticket, due_at=found.at if found else None))
        if found is None or found.at > until or (found.at == until and not and_then):
            return None
        return found

    def _change_desk(self, old: Desk, new: Desk, at: datetime) -> None:
        """Let a new version of the desk apply; what it leaves as it is leaves no entry."""
        ticket = self.state.ticket
        if ticket is None or ticket.status == "closed":
            return
        event = self._event("job", at)
        moved = sla.measured_by(old, new, _moment(old, self.state, event, at))
        draft, found = _happen(new, self.state, event, ledger=moved)
        after = (draft.ticket.due_at, draft.ticket.fired)
        if draft.ledger or after != (ticket.due_at, ticket.fired):
            self._take(draft, found)
        else:
            self.state = replace(self.state, ticket=revised(ticket, config=new.version))

    def step(self, desk: Desk, event: Event, *, explain: bool = False) -> None:
        """Decide an event if it goes into this decision: with much before it, it is left."""
        state, entries, rows = self.state, len(self.entries), len(self.outbox)
        self.happen(desk, event, explain=explain)
        if entries and len(self.entries) + len(self.outbox) > MAX_ITEMS:
            del self.entries[entries:], self.outbox[rows:]
            self.state, self.whole = state, False

    def happen(self, desk: Desk, event: Event, *, explain: bool = False) -> None:
        """Decide one event."""
        self._take(*_happen(desk, self.state, event, explain=explain))

    def _take(self, draft: Draft, found: tuple[Entry, ...]) -> None:
        self.entries.extend(found)
        self.outbox.extend(draft.outbox)
        said = [one.comment.text for one in found if one.comment and one.comment.public]
        latest = said[-1] if said else self.state.latest_comment
        self.state = replace(self.state, ticket=draft.ticket, latest_comment=latest)

    def _event(self, kind: str, at: datetime, due: Due | None = None) -> Event:
        """An event of the desk's own. What its ticket says is a stranger's word as long as nobody
        proved who the requester is."""
        ticket, person = self.state.ticket, self.state.requester
        assert ticket is not None  # noqa: S101 - time passes on a ticket that is there
        name = due.name if due else kind
        return Event(
            id=f"{kind}:{ticket.id}:{name}:{at.isoformat()}",
            at=at,
            kind=kind,
            actor=SYSTEM,
            channel=ticket.channel,
            ticket=ticket,
            verified=ticket.requester is None
            or (person is not None and person.is_verified(ticket.heard_from)),
            automatic=ticket.automatic,
            due=due,
            ran_at=self.event.ran_at or self.event.at,
        )


def _moment(desk: Desk, state: State, event: Event, at: datetime) -> Moment:
    ticket = state.ticket or event.ticket
    return Moment(desk=desk, state=state, event=event, before=state.ticket, ticket=ticket, at=at)


def _happen(
    desk: Desk, state: State, event: Event, *, explain: bool = False, ledger: sla.Ledger = ()
) -> tuple[Draft, tuple[Entry, ...]]:
    """Carry an event through the rules. `ledger` is what happened to the clocks before them."""
    before = state.ticket
    if event.kind in ("create", "change"):
        system.check_rights(desk, before, event)
    at = max(event.at, before.updated_at) if before and before.updated_at else event.at
    moment = _moment(desk, state, event, at)
    if before is not None and before.fired and before.updated_at is not None:
        held = automations.still_fired(desk, moment, before.updated_at, at)
        if held != before.fired:
            moment.ticket = revised(before, fired=held)
    draft = Draft(moment=moment, seq=(before or event.ticket).version + 1)
    for one in ledger:
        draft.strike(one)
    fired: set[int] = set()
    if event.due is not None:
        _come_due(desk, draft, event.due)
    elif event.kind != "job":
        _take_in(draft, event, at)
    closes = event.due is not None and event.due.kind == "close"
    if not closes and event.kind != "job":
        triggers.run(desk.rules, draft, fired=fired)
        if explain:
            triggers.explain(desk.rules, draft, fired=fired)
    if not closes:
        clocks, wrote = sla.follow(moment, draft.said)
        if wrote:
            draft.ledger.extend(wrote)
            moment.ticket = revised(moment.ticket, clocks=clocks)
    return draft, history.recorded(draft)


def _come_due(desk: Desk, draft: Draft, due: Due) -> None:
    """Do what an instant brings: an automation, a warning, a breach, an escalation, the closing."""
    event = draft.moment.event
    if due.kind == "automation":
        automations.fire(desk, draft, due, event.ran_at)
        return
    if due.kind == "close":  # S9, whatever the rules say
        draft.settle(revised(draft.ticket, status="closed"), frozenset({"status"}), event.actor)
        return
    draft.strike(sla.struck(due))
    draft.suppressed = []
    if due.kind == "breach":
        automations.count(draft, f"sla:{due.metric}", due.rule or "")
    for action in sla.escalated(desk, due):
        actions.perform(action, draft, due.rule or "")
    draft.rules.append(
        RuleTrace(
            kind="sla_policy",
            id=due.rule or "",
            matched=True,
            suppressed=tuple(draft.suppressed),
            late=automations.lateness(due.at, event.ran_at),
        )
    )


def _take_in(draft: Draft, event: Event, at: datetime) -> None:
    """Apply what the event itself says, and the system rules on it."""
    moment, creates = draft.moment, event.kind == "create"
    ticket: Ticket = moment.ticket
    if creates:
        ticket = revised(ticket, created_at=at)
    if event.actor.kind != "system" and event.automatic is None:
        ticket = automations.touched(ticket)
    if event.copies:
        ccs = tuple(dict.fromkeys((*ticket.ccs, *event.copies)))[:MAX_COPIES]
        ticket = revised(ticket, ccs=ccs)
    if event.comment is not None:
        ticket = conversation.heard(
            moment.desk, ticket, event.comment, event.actor, at, creates=creates
        )
    draft.settle(ticket, frozenset(), event.actor)
    if event.changes:
        draft.change(event.changes, event.actor, by_hand=True)
    for mode, tags in (
        ("set", event.set_tags),
        ("add", event.add_tags),
        ("remove", event.remove_tags),
    ):
        if tags or (mode == "set" and tags is not None):
            draft.tag(mode, tags)
    if event.actor.kind == "agent":
        system.check_size(ticket, draft.ticket)
    if event.comment and event.comment.public and event.actor.kind == "agent":
        draft.answer(event.comment, rule=None)
