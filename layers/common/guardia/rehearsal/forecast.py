"""What time alone will do to a ticket until an instant. Nothing is written, nothing is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.event import Event, Needs, State
from guardia.domain.model import SYSTEM, Entry, OutboxRow, Ticket

LookUp = Callable[[Needs, Ticket, State], State]
"""Finds what a decision asks for."""

MOST_ENTRIES: Final = 200
"""How many entries are foreseen: an automation may come back every day for ever."""

_MAX_NEEDS: Final = 4
_MOST_TURNS: Final = 2_000


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of a ticket: where it stands, the entries and messages that led there.

    `whole` tells whether that is all until the instant asked for; `until` is the instant reached.
    """

    ticket: Ticket
    until: datetime
    entries: list[Entry] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    whole: bool = True


def caught_up(desk: Desk, state: State, now: datetime, look_up: LookUp) -> Course:
    """Let everything happen that should have happened before now, as the next sweep will: what was
    due under earlier desks (`state.earlier`) by those."""
    assert state.ticket is not None  # noqa: S101 - only a ticket that is there is looked at
    course = Course(ticket=state.ticket, until=now)
    _wait(desk, state, course, now, "refresh", look_up)
    return course


def passed(desk: Desk, state: State, course: Course, until: datetime, look_up: LookUp) -> None:
    """Let time go on up to an instant, it included, as a sweep that is always in time would see
    it. Goes on where `course` ends."""
    state = replace(state, earlier=())
    for _ in range(_MOST_TURNS):
        at = course.ticket.due_at
        if at is None or at > until:
            course.until = until
            return
        if len(course.entries) >= MOST_ENTRIES:
            break
        course.until = max(at, course.until)
        _wait(desk, state, course, course.until, "tick", look_up)
    course.whole = False


def _wait(
    desk: Desk, state: State, course: Course, until: datetime, kind: str, look_up: LookUp
) -> None:
    """Decide that it is an instant by now, in as many decisions as that takes."""
    whole = False
    while not whole:
        ticket = course.ticket
        event = Event(
            id=f"{kind}:{ticket.id}:{until.isoformat()}",
            at=until,
            kind=kind,
            actor=SYSTEM,
            channel=ticket.channel,
            ticket=ticket,
        )
        state = replace(state, ticket=ticket, latest_comment=_latest(course, state))
        asked = 0
        while isinstance(found := decide(desk, state, event), Needs):
            if asked == _MAX_NEEDS:
                raise RuntimeError("a decision asks again for what it was given")
            asked += 1
            state = look_up(found, ticket, state)
        course.ticket = found.ticket
        course.entries.extend(found.entries)
        course.outbox.extend(found.outbox)
        whole = found.whole


def _latest(course: Course, state: State) -> str | None:
    """The latest public comment: one that is foreseen, else what is known of the others."""
    said = (one.comment for one in reversed(course.entries))
    return next((one.text for one in said if one and one.public), state.latest_comment)
