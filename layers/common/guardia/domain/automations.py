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
from guardia.domain.model import SYSTEM, Comment, ConditionTrace, Due, RuleTrace, Ticket, revised
from guardia.domain.moment import Moment
from guardia.domain.times import Span

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
        moment.rule = rule.id
        span = rules.spans(place)
        start: datetime | None = at
        if rule.id in ticket.fired:
            start = span.off(moment, at)
        found = span.on(moment, start) if start is not None else None
        moment.rule = None
        if found is not None:
            yield Due(at=found, kind="automation", rule=rule.id, order=(1, place, 0))


def still_fired(desk: Desk, moment: Moment, at: datetime, until: datetime) -> tuple[str, ...]:
    """Which of the automations that fired have held without a break since `at`, until before
    another instant; the ticket of the moment is the one that stood still in between."""
    return tuple(_held(desk, moment, at, until))


def _held(desk: Desk, moment: Moment, at: datetime, until: datetime) -> Iterator[str]:
    for place, rule in _fired(desk, moment.ticket):
        moment.rule = rule.id
        ends = desk.automations.spans(place).off(moment, at)
        moment.rule = None
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
        moment.rule = rule.id
        if desk.automations.spans(place).on(moment, at) == at:
            held.append(rule.id)
        moment.rule = None
    if tuple(held) != ticket.fired:
        moment.ticket = revised(ticket, fired=tuple(held))


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
    _count(desk, draft, rule)
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


def _count(desk: Desk, draft: Draft, rule: Automation) -> None:
    """Note that it fired; a recurring one comes no more often than its days do."""
    ticket = draft.ticket
    fired = (*(one for one in ticket.fired if one != rule.id), rule.id)
    firings = dict(ticket.firings)
    if rule.every is None:
        firings[rule.id] = firings.get(rule.id, 0) + 1
        if firings[rule.id] == MAX_FIRINGS:
            text = phrases.automation_stopped(desk.locale, rule.id, MAX_FIRINGS)
            draft.suppressed.append(f"stopped: fired {MAX_FIRINGS} times and nobody came")
            draft.said.append((Comment(text=text, public=False), SYSTEM))
    draft.moment.ticket = revised(ticket, fired=fired, firings=firings)


def touched(ticket: Ticket) -> Ticket:
    """A person did something to the ticket: what was stopped may fire again."""
    return revised(ticket, firings={}) if ticket.firings else ticket
