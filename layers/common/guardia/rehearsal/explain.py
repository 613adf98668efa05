"""Why, and why not: decide an entry again and tell what each rule asked, found and answered.

The ticket is rebuilt as it was, its clocks by their ledger, the event as it came, with the facts
that were looked up then and the config version of that time. What an entry does not keep, the names
and addresses of people, is read from the contact as it is now. What was recorded is never
overruled: where deciding again gives another answer, the recorded one stands, and says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from guardia import shapes
from guardia.domain.clock import Clock, fold
from guardia.domain.conditions import Judge
from guardia.domain.decide import repeat
from guardia.domain.desk import Desk
from guardia.domain.event import State
from guardia.domain.model import (
    ConditionTrace,
    Contact,
    Entry,
    RefusedError,
    RuleTrace,
    Ticket,
    revised,
    undo,
)
from guardia.domain.moment import MissingError, Moment
from guardia.rehearsal.records import event_of, organization_of, requester_of

DeskAt = Callable[[str], Desk]
"""Gives the desk of a config version, as entries name it."""

_STRUCK: Final = ("warn", "breach", "escalate")
_UNTOUCHED: Final = ("updated_at", "updated_by", "updated_before", "fired", "firings")
"""What a ticket has from before while the rules of an event look at it."""

WRITTEN_BY_A_RULE: Final = "a rule wrote it; the entry before it tells which"
ANOTHER_ANSWER: Final = "what was recorded stands: names and addresses are no longer as they were"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An entry and the two states it lies between; `before` is None where it opened the ticket.

    `latest_comment` is the latest public comment before it, empty where there is none.
    """

    entry: Entry
    before: Ticket | None
    after: Ticket
    latest_comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """An entry that was decided again.

    `rules` are those that fired, in their order, then each trigger that did not; `policies` the SLA
    policies that were asked, up to the first whose conditions hold. `reason` says why the entry
    could not be decided again (None: it was): then those that fired are as they were recorded.
    """

    point: Point
    rules: tuple[RuleTrace, ...]
    policies: tuple[RuleTrace, ...] = ()
    reason: str | None = None


def explain(
    ticket: Ticket, entries: Sequence[Entry], contact: Contact | None, desk_at: DeskAt
) -> list[dict[str, Any]]:
    """Explain every entry of a ticket, in order, in the shapes of the outside.

    `entries` is the whole history, `desk_at` gives the desk of a config version. An entry that
    cannot be decided again (a comment that a rule wrote, a rule that is not understood any more)
    keeps what was recorded, and says so in `replayed` and `reason`.
    """
    return [shape(again(one, contact, desk_at)) for one in course(ticket, entries)]


def shape(one: Replayed) -> dict[str, Any]:
    """An explained entry in the shapes of the outside."""
    entry = one.point.entry
    return {
        **shapes.entry(entry),
        "config": entry.config,
        "replayed": one.reason is None,
        "reason": one.reason,
        "rules": [shapes.rule(each) for each in one.rules],
        "policies": [shapes.rule(each) for each in one.policies],
    }


def course(ticket: Ticket, entries: Sequence[Entry]) -> list[Point]:
    """Rebuild what a ticket was before and after each of its entries.

    What was written after the head was read is left out.
    """
    known = [one for one in entries if one.seq <= ticket.version]
    pairs: list[tuple[Ticket | None, Ticket]] = []
    after: Ticket | None = ticket
    for entry in reversed(known):
        assert after is not None  # noqa: S101 - only the first entry has nothing before it
        before = undo(after, entry)
        pairs.append((before, replace(after, version=entry.seq)))
        after = before
    found: list[Point] = []
    clocks: tuple[Clock, ...] = ()
    said = ""
    for entry, (was, now) in zip(known, reversed(pairs), strict=True):
        earlier, clocks = clocks, fold(entry.ledger, clocks)
        found.append(
            Point(
                entry=entry,
                before=revised(was, clocks=earlier) if was else None,
                after=revised(now, clocks=clocks),
                latest_comment=said,
            )
        )
        if entry.comment and entry.comment.public:
            said = entry.comment.text
    return found


def again(point: Point, contact: Contact | None, desk_at: DeskAt) -> Replayed:
    """Decide an entry again; `contact` is the requester as they are now."""
    entry = point.entry
    if not entry.asked:
        return Replayed(point=point, rules=entry.rules, reason=WRITTEN_BY_A_RULE)
    desk, state = desk_at(entry.config), state_of(point, contact)
    end = _end_of(point, state, desk)
    policies = tuple(_policies(desk, end))
    try:
        found = repeat(desk, state, event_of(entry, point.after.id))
        rules = next(one.rules for one in found if one.seq == entry.seq)
    except MissingError as missing:
        reason = _not_known(missing)
    except RefusedError as refusal:
        reason = f"the desk would refuse it today: {refusal.message}"
    else:
        if _fired(rules) == _fired(entry.rules):
            return Replayed(point=point, rules=rules, policies=policies)
        reason = ANOTHER_ANSWER
    rules = (*entry.rules, *_others(desk, end, entry.rules))
    return Replayed(point=point, rules=rules, policies=policies, reason=reason)


def state_of(point: Point, contact: Contact | None) -> State:
    """What the decision of an entry looked at besides the event."""
    entry = point.entry
    return State(
        ticket=point.before,
        requester=requester_of(entry, contact),
        organization=organization_of(entry),
        tickets_open=entry.facts.get("tickets_open"),
        latest_comment=point.latest_comment,
    )


def traced(judge: Judge | None, moment: Moment) -> tuple[bool, tuple[ConditionTrace, ...]]:
    """Judge conditions at a moment: whether they hold, and how each was judged.

    Raises:
        MissingError: they ask for what is not known.
    """
    seen: list[ConditionTrace] = []
    holds = judge is None or judge.trace(moment, seen)
    return holds, tuple(seen)


def _fired(rules: Sequence[RuleTrace]) -> list[tuple[str, str]]:
    return [(one.kind, one.id) for one in rules if one.matched]


def _not_known(missing: MissingError) -> str:
    return f"{missing.key} was not looked up then"


def _end_of(point: Point, state: State, desk: Desk) -> Moment:
    """The event's end, as its rules saw the ticket: before the update itself was noted."""
    entry, before = point.entry, point.before
    blank = Ticket(id=point.after.id)
    struck = [one for one in entry.ledger if one.type in _STRUCK]
    clocks = fold(struck, before.clocks) if before else ()
    held = {name: getattr(before or blank, name) for name in _UNTOUCHED}
    return Moment(
        desk=desk,
        state=state,
        event=event_of(entry, point.after.id),
        before=before,
        ticket=revised(point.after, clocks=clocks, **held),
        at=entry.at,
    )


def _policies(desk: Desk, end: Moment) -> Iterator[RuleTrace]:
    """The SLA policies in their order, up to the first that holds. Closing asks none."""
    due = end.event.due
    if due is not None and due.kind == "close":
        return
    promises = desk.promises
    for policy, judge in zip(promises.policies, promises.judges, strict=True):
        dead = tuple(f"dead reference: {one}" for one in policy.dead)
        try:
            holds, seen = traced(judge, end)
        except MissingError as missing:
            yield RuleTrace(
                kind="sla_policy", id=policy.id, matched=False, suppressed=(_not_known(missing),)
            )
            return
        matched = holds and not dead
        yield RuleTrace(
            kind="sla_policy", id=policy.id, matched=matched, suppressed=dead, conditions=seen
        )
        if matched:
            return


def _others(desk: Desk, end: Moment, fired: Sequence[RuleTrace]) -> Iterator[RuleTrace]:
    """The triggers that did not fire, each judged by itself at the event's end."""
    due = end.event.due
    if end.event.kind == "job" or (due is not None and due.kind == "close"):
        return
    done = {one.id for one in fired if one.kind == "trigger"}
    for position, trigger in enumerate(desk.rules.triggers):
        if trigger.id in done:
            continue
        suppressed = tuple(f"dead reference: {one}" for one in trigger.dead)
        seen: tuple[ConditionTrace, ...] = ()
        try:
            _, seen = traced(desk.rules.judge(position), end)
        except MissingError as missing:
            suppressed = (*suppressed, _not_known(missing))
        yield RuleTrace(
            kind="trigger", id=trigger.id, matched=False, suppressed=suppressed, conditions=seen
        )
