"""Rules that time sets off: once each time their conditions become true, at that very instant.

An automation that fired waits until its conditions were false again. One that fires over and over
without a person touching the ticket is stopped there.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from guardia.domain import actions, conditions, phrases, recurrence, shelves, times
from guardia.domain.conditions import Judge
from guardia.domain.desk import Automation, Automations, Desk, Digest
from guardia.domain.draft import Draft
from guardia.domain.event import Due
from guardia.domain.model import SYSTEM, Comment, ConditionTrace, RuleTrace, Ticket, revised
from guardia.domain.moment import Moment
from guardia.domain.times import Instant, Span

MAX_FIRINGS: Final = 10
"""How often an automation fires on a ticket until a person has touched it."""

NOTICEABLE: Final = timedelta(minutes=2)
"""A lateness that the trace tells of: the sweep comes every minute."""

TOO_LATE: Final = timedelta(minutes=15)
"""The lateness from which on an automation with `if_late: skip` does nothing."""


def compile_automations(rules: tuple[Automation, ...], custom: Mapping[str, str]) -> Automations:
    """Compile automations, each when it is first looked at.

    `custom` maps ids of the desk's fields to their types. Digests are no business of a ticket's.
    """
    known: dict[int, Any] = {}
    quiet = tuple(one.dead or any(type(each) is Digest for each in one.actions) for one in rules)

    @cache
    def judge(place: int) -> Judge:
        when = rules[place].when
        if when is None:
            return Judge(lambda _moment: True, lambda _moment, _seen: True, 0)
        return conditions.compile_tree(when, custom, known)

    @cache
    def span(place: int) -> Span:
        rule = rules[place]
        if quiet[place]:
            return Span(times.never, times.always)
        found = times.ALWAYS if rule.when is None else times.compile_span(rule.when, custom, known)
        if rule.every is None:
            return found
        return times.every([recurrence.span_of(rule.every), found])

    return Automations(
        rules=rules, judge=judge, spans=span, shelves=shelves.fill(shelves.anchors(rules))
    )


def due(desk: Desk, moment: Moment, at: datetime) -> Iterator[Due]:
    """What each automation is due for on a ticket, from an instant on, if nothing else happens."""
    rules = desk.automations
    if not rules.rules or rules.shelves is None:
        return
    ticket = moment.ticket
    for place in shelves.concerned(rules.shelves, moment):
        rule = rules.rules[place]
        if ticket.firings.get(rule.id, 0) >= MAX_FIRINGS:
            continue
        span = rules.spans(place)
        start: datetime | None = at
        if rule.id in ticket.fired:
            start = _ask(rule, moment, span.off, at)
        found = _ask(rule, moment, span.on, start) if start is not None else None
        if found is not None:
            yield Due(at=found, kind="automation", rule=rule.id, order=(1, place, 0))


def _ask(rule: Automation, moment: Moment, when: Instant, at: datetime) -> datetime | None:
    """Ask, in the name of an automation, when its conditions hold or do not."""
    moment.rule, moment.rounds = rule.id, 0
    found = when(moment, at)
    moment.rule = None
    return found


def still_fired(desk: Desk, moment: Moment, at: datetime, until: datetime) -> tuple[str, ...]:
    """Which of the automations that fired have held without a break since `at`, until before
    another instant; the ticket of the moment is the one that stood still in between."""
    return tuple(_held(desk, moment, at, until))


def _held(desk: Desk, moment: Moment, at: datetime, until: datetime) -> Iterator[str]:
    for place, rule in _fired(desk, moment.ticket):
        ends = _ask(rule, moment, desk.automations.spans(place).off, at)
        if ends is None or ends >= until:
            yield rule.id


def _fired(desk: Desk, ticket: Ticket) -> Iterator[tuple[int, Automation]]:
    if ticket.fired:
        for place, rule in enumerate(desk.automations.rules):
            if rule.id in ticket.fired:
                yield place, rule


def settle(desk: Desk, moment: Moment, at: datetime) -> None:
    """Arm again what fired and does not hold any more, at the end of an event at an instant."""
    ticket = moment.ticket
    if not ticket.fired:
        return
    held = []
    for place, rule in _fired(desk, ticket):
        on = desk.automations.spans(place).on
        if _lasts(desk, rule, at) or _ask(rule, moment, on, at) == at:
            held.append(rule.id)
    if tuple(held) != ticket.fired:
        moment.ticket = revised(ticket, fired=tuple(held))


def _lasts(desk: Desk, rule: Automation, at: datetime) -> bool:
    """Whether it is a recurring one's own instant still: it comes once, whatever became of what it
    asks for."""
    return rule.every is not None and recurrence.next_at(rule.every, desk, at) == at


def fire(desk: Desk, draft: Draft, what: Due, ran_at: datetime | None) -> None:
    """Carry an automation out on a draft, at its instant."""
    moment = draft.moment
    found = [one for one in enumerate(desk.automations.rules) if one[1].id == what.rule]
    if not found:
        return
    place, rule = found[0]
    draft.suppressed = []
    late = lateness(what.at, ran_at)
    seen: list[ConditionTrace] = []
    moment.rule = rule.id
    desk.automations.judge(place).trace(moment, seen)
    moment.rule = None
    skipped = rule.if_late == "skip" and late is not None and late > TOO_LATE.total_seconds()
    if skipped:
        draft.suppressed.append("too late: not carried out")
    else:
        for action in rule.actions:
            actions.perform(action, draft, rule.id)
    _note(draft, rule)
    draft.rules.append(
        RuleTrace(
            kind="automation",
            id=rule.id,
            matched=True,
            suppressed=tuple(draft.suppressed),
            conditions=tuple(seen),
            late=late,
        )
    )


def lateness(at: datetime, ran_at: datetime | None) -> int | None:
    """How many seconds after its instant something is carried out, where that is noticeable."""
    if ran_at is None or ran_at - at <= NOTICEABLE:
        return None
    return int((ran_at - at).total_seconds())


def _note(draft: Draft, rule: Automation) -> None:
    """Note that it fired; a recurring one comes no more often than its days do."""
    ticket = draft.ticket
    fired = (*(one for one in ticket.fired if one != rule.id), rule.id)
    draft.moment.ticket = revised(ticket, fired=fired)
    if rule.every is None:
        count(draft, rule.id, rule.id)


def count(draft: Draft, what: str, rule: str) -> None:
    """Count something that must not go on and on without a person; the last time is reported."""
    ticket, desk = draft.ticket, draft.moment.desk
    times = ticket.firings.get(what, 0) + 1
    draft.moment.ticket = revised(ticket, firings={**ticket.firings, what: times})
    if times == MAX_FIRINGS:
        text = phrases.rule_stopped(desk.locale, rule, times)
        draft.suppressed.append(f"stopped: {times} times and nobody came")
        draft.said.append((Comment(text=text, public=False), SYSTEM))


def touched(ticket: Ticket) -> Ticket:
    """A person did something to the ticket: what was stopped may fire again."""
    return revised(ticket, firings={}) if ticket.firings else ticket
