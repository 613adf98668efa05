"""The decision: desk, state and event in; the new ticket, its entries and the outbox out.

This is the order in which the rules speak: what is due before the event, then the event itself,
the system rules, the triggers. Pure: the same three always give the same answer, in production, in
a simulation and in an explanation.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from guardia.domain import conversation, history, system, triggers
from guardia.domain.desk import Desk
from guardia.domain.draft import Draft
from guardia.domain.model import (
    SYSTEM,
    Decision,
    Entry,
    Event,
    Needs,
    State,
    revised,
)
from guardia.domain.moment import MissingError, Moment
from guardia.domain.opening import MAX_COPIES


def decide(desk: Desk, state: State, event: Event, *, explain: bool = False) -> Decision | Needs:
    """Decide what an event comes to.

    Every due instant of the ticket before the event is decided first, in the same decision, so a
    late sweep changes nothing in the history. With `explain` the last entry also tells why each
    rule that did not fire did not. `Needs` asks to look up more and decide again.

    Raises:
        ClosedError: the ticket is closed (S8).
        InvalidError: the event asks for a value that a field cannot hold.
        RefusedError: the desk forbids what the event asks for.
    """
    entries: list[Entry] = []
    outbox: list[Any] = []
    try:
        for each in (*_due_before(state, event), event):
            draft, found = _happen(desk, state, each, explain=explain and each is event)
            entries.extend(found)
            outbox.extend(draft.outbox)
            state = replace(state, ticket=draft.ticket)
    except MissingError as missing:
        return Needs(frozenset({missing.key}))
    assert state.ticket is not None  # noqa: S101 - the event itself always leaves a ticket
    return Decision(ticket=state.ticket, entries=tuple(entries), outbox=tuple(outbox))


def _due_before(state: State, event: Event) -> tuple[Event, ...]:
    """The event of the clock that comes first: the ticket's due instant, where it has passed."""
    ticket = state.ticket
    if ticket is None or ticket.due_at is None or ticket.due_at >= event.at:
        return ()
    due = Event(
        id=f"clock:{ticket.id}:{ticket.due_at.isoformat()}",
        at=ticket.due_at,
        kind="clock",
        actor=SYSTEM,
        channel=ticket.channel,
        ticket=ticket,
    )
    return (due,)


def _happen(
    desk: Desk, state: State, event: Event, *, explain: bool
) -> tuple[Draft, tuple[Entry, ...]]:
    before = state.ticket
    system.check_rights(desk, before, event)
    at = max(event.at, before.updated_at) if before and before.updated_at else event.at
    start = before or event.ticket
    moment = Moment(desk=desk, state=state, event=event, before=before, ticket=start, at=at)
    draft = Draft(moment=moment, seq=start.version + 1)
    _take_in(draft, event, at)
    fired: set[int] = set()
    triggers.run(desk.rules, draft, fired=fired)
    if explain:
        triggers.explain(desk.rules, draft, fired=fired)
    return draft, history.recorded(draft)


def _take_in(draft: Draft, event: Event, at: datetime) -> None:
    """Apply what the event itself says, and the system rules on it."""
    moment, creates = draft.moment, event.kind == "create"
    ticket = moment.ticket
    if creates:
        ticket = revised(ticket, created_at=at)
    if event.kind == "clock":
        ticket = revised(ticket, due_at=None)
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
