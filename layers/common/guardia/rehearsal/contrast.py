"""What differs between two lives of one ticket, and which rule made them part."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from guardia import shapes
from guardia.domain.clock import Clock
from guardia.domain.desk import Desk
from guardia.domain.model import Entry, OutboxRow
from guardia.rehearsal.replay import Life

Rule = tuple[str, str]
"""A rule's kind and id."""

FIELDS: Final = (
    "subject", "status", "priority", "type", "group", "department", "assignee", "requester",
    "organization", "tags", "fields", "language", "schedule",
)  # fmt: skip
"""What people see of a ticket, and what is compared."""

_TEXT: Final = 500
"""Characters of a message that a difference shows."""
_SECTIONS: Final[Mapping[str, Any]] = {
    "trigger": lambda desk: desk.rules.triggers,
    "automation": lambda desk: desk.automations.rules,
    "sla_policy": lambda desk: desk.promises.policies,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What somebody wrote otherwise in the second of two desks: rules, and templates of mail."""

    rules: frozenset[Rule]
    templates: frozenset[str]


def edited(before: Desk, after: Desk) -> Edited:
    """Compare two desks, rule by rule; those that only moved are the same."""
    rules = set()
    for kind, of in _SECTIONS.items():
        was, now = ({one.id: one for one in of(desk)} for desk in (before, after))
        rules |= {(kind, id_) for id_ in was.keys() | now.keys() if was.get(id_) != now.get(id_)}
    old, new = before.templates, after.templates
    templates = {id_ for id_ in old.keys() | new.keys() if old.get(id_) != new.get(id_)}
    return Edited(rules=frozenset(rules), templates=frozenset(templates))


def fired(life: Life) -> Counter[Rule]:
    """How often each rule fired."""
    return Counter(
        (rule.kind, rule.id) for one in life.entries for rule in one.rules if rule.matched
    )


def contrast(ticket: str, before: Life, after: Life, changes: Edited) -> dict[str, Any] | None:
    """Tell what differs between two lives, None where nothing does that anybody would see.

    `fields`, `deadlines`, `messages` and `refused` are what differs, each before and after; `first`
    is the event with which it began, `because` the rules (or the templates, or the `opening`) that
    made it so. Plain JSON.
    """
    found = {
        "fields": list(_fields(before, after)),
        "deadlines": list(_deadlines(before, after)),
        "messages": _messages(before, after),
        "refused": _refused(before, after),
    }
    if not any(found.values()):
        return None
    first, because = _cause(before, after, changes)
    return {"ticket": ticket, **found, "first": first, "because": because}


# -- what differs ----------------------------------------------------------------------------------


def _fields(before: Life, after: Life) -> Iterator[dict[str, Any]]:
    """Fields that end otherwise, or got there at another time or by another way."""
    for name in FIELDS:
        ways = _way(before, name), _way(after, name)
        if ways[0] != ways[1]:
            (was_at, was), (now_at, now) = (one[-1] if one else (None, None) for one in ways)
            yield {
                "field": name,
                "before": shapes.plain(was),
                "before_at": shapes.instant(was_at),
                "after": shapes.plain(now),
                "after_at": shapes.instant(now_at),
            }


def _way(life: Life, name: str) -> list[tuple[datetime, Any]]:
    """The values that a field had, each since when."""
    return [(one.at, one.changes[name][1]) for one in life.entries if name in one.changes]


def _deadlines(before: Life, after: Life) -> Iterator[dict[str, Any]]:
    was, now = (_clocks(one) for one in (before, after))
    for metric, instance in sorted(was.keys() | now.keys()):
        pair = [_deadline(each.get((metric, instance))) for each in (was, now)]
        if pair[0] != pair[1]:
            yield {
                "metric": metric, "instance": instance, "before": pair[0], "after": pair[1]
            }  # fmt: skip


def _clocks(life: Life) -> dict[tuple[str, int], Clock]:
    clocks = life.ticket.clocks if life.ticket else ()
    return {(one.metric, one.instance): one for one in clocks if one.had_target}


def _deadline(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    return {
        "target_seconds": clock.target,
        "hours": clock.hours,
        "state": clock.state,
        "due_at": shapes.instant(clock.due_at),
        "breached_at": shapes.instant(clock.breached_at),
    }


def _messages(before: Life, after: Life) -> list[dict[str, Any]]:
    """Messages of one life that the other does not have: `only` says which, `before` or `after`."""
    was, now = (_said(one) for one in (before, after))
    lost, gained = _less(was, now), _less(now, was)
    rows = [("before", one) for one in lost] + [("after", one) for one in gained]
    rows.sort(key=lambda one: (str(one[1]["at"]), one[0] == "after"))
    return [{"only": only, **row} for only, row in rows]


def _said(life: Life) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """What goes out, and the notes that rules wrote, each with what it is told apart by."""
    rows: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (_letter(one), _row(one)) for one in life.outbox
    ]
    for entry in life.entries:
        said = entry.comment
        if said is not None and not entry.asked:
            shown = {"at": shapes.instant(entry.at), "kind": "comment", "public": said.public,
                     "by": said.by, "text": said.text[:_TEXT]}  # fmt: skip
            rows.append((("comment", entry.at, said.public, said.by, said.text), shown))
    return rows


def _letter(row: OutboxRow) -> tuple[Any, ...]:
    at = row.not_before or row.at
    return (row.kind, at, row.channel, row.to, row.subject, row.text)


def _row(row: OutboxRow) -> dict[str, Any]:
    shown = shapes.foreseen_row(row)
    kept = ("at", "kind", "channel", "to", "template", "subject", "text", "rule")
    return {name: shown[name] for name in kept} | {"text": row.text[:_TEXT]}


def _less(
    rows: Iterable[tuple[tuple[Any, ...], dict[str, Any]]],
    others: Iterable[tuple[tuple[Any, ...], dict[str, Any]]],
) -> list[dict[str, Any]]:
    left = Counter(key for key, _ in others)
    found = []
    for key, row in rows:
        if left[key]:
            left[key] -= 1
        else:
            found.append(row)
    return found


def _refused(before: Life, after: Life) -> list[dict[str, Any]]:
    """Events that one desk takes and the other does not."""
    was, now = (
        {(one.event_id, one.reason): one for one in life.refused} for life in (before, after)
    )
    only = [("before", was[key]) for key in was if key not in now]
    only += [("after", now[key]) for key in now if key not in was]
    return [
        {"only": which, "at": shapes.instant(one.at), "reason": one.reason, "message": one.message}
        for which, one in only
    ]


# -- and why ---------------------------------------------------------------------------------------


def _cause(before: Life, after: Life, changes: Edited) -> tuple[Any, list[dict[str, Any]]]:
    """The first event that came to something else, and what made it so."""
    was, now = (_by_event(one) for one in (before, after))
    for place in range(max(len(was), len(now))):
        old = was[place] if place < len(was) else None
        new = now[place] if place < len(now) else None
        if old is None or new is None or old.print != new.print:
            # Where the two are different events the earlier one is what the other life lacks.
            if old is not None and new is not None and old.event != new.event:
                old, new = (old, None) if old.at <= new.at else (None, new)
            told = old or new
            assert told is not None  # noqa: S101 - one of the two lives has this event
            blamed = list(_blame(old, new, changes))
            if old is not None and new is not None:
                _measured(blamed, was[: place + 1], now[: place + 1])
            return told.told(), blamed
    gone = [one for life in (before, after) for one in life.refused]
    at = min((one.at for one in gone), default=None)
    return {"at": shapes.instant(at), "event": "refused", "seq": None}, []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What an event came to: its entries, what went out, and a print to compare it by."""

    entries: tuple[Entry, ...]
    rows: tuple[OutboxRow, ...]
    print: tuple[Any, ...]

    @property
    def at(self) -> datetime:
        return self.entries[0].at

    @property
    def event(self) -> tuple[str, datetime]:
        return self.entries[0].event_id, self.at

    @property
    def rules(self) -> set[Rule]:
        return {(one.kind, one.id) for entry in self.entries for one in entry.rules if one.matched}

    def told(self) -> dict[str, Any]:
        first = self.entries[0]
        return {"at": shapes.instant(first.at), "event": first.event, "seq": first.seq}


def _by_event(life: Life) -> list[_Step]:
    """A life event by event: the comments that rules wrote belong to theirs."""
    groups: list[list[Entry]] = []
    for entry in life.entries:
        if groups and groups[-1][0].event_id == entry.event_id:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return [_step(one, life.outbox) for one in groups]


def _step(entries: list[Entry], outbox: Iterable[OutboxRow]) -> _Step:
    seqs = {one.seq for one in entries}
    rows = tuple(one for one in outbox if one.seq in seqs)
    parts = tuple(
        (
            one.at,
            one.event,
            tuple((name, one.changes[name]) for name in FIELDS if name in one.changes),
            frozenset((each.kind, each.id) for each in one.rules if each.matched),
            one.ledger,
            one.comment,
        )
        for one in entries
    )
    return _Step(
        entries=tuple(entries), rows=rows, print=(parts, tuple(_letter(one) for one in rows))
    )


def _blame(was: _Step | None, now: _Step | None, changes: Edited) -> Iterator[dict[str, Any]]:
    """Name what made an event come to something else: the rules that fired in one case alone, as
    far as possible those that were edited; else edited rules and templates that took part."""
    old = was.rules if was else set()
    new = now.rules if now else set()
    alone, both = old ^ new, old & new
    suspects = (alone | both) & changes.rules or alone
    if not suspects:
        templates = {
            one.template
            for step in (was, now)
            for one in (step.rows if step else ())
            if one.template in changes.templates
        }
        for id_ in sorted(str(one) for one in templates):
            yield {"kind": "template", "id": id_, "before": True, "after": True}
        if templates:
            return
        suspects = _policies(was, now, changes)
    if not suspects and was is not None and now is not None and was.entries[0].event == "create":
        yield {"kind": "opening", "id": "opening", "before": True, "after": True}
        return
    letters = [{(_letter(one), one.rule) for one in (step.rows if step else ())}
               for step in (was, now)]  # fmt: skip
    senders = {rule for _, rule in letters[0] ^ letters[1]}
    suspects = suspects or {one for one in both if one[1] in senders} or both
    for rule in sorted(suspects):
        yield {"kind": rule[0], "id": rule[1], "before": rule in old, "after": rule in new}


def _measured(blamed: Iterable[dict[str, Any]], was: Iterable[_Step], now: Iterable[_Step]) -> None:
    """Say of policies that are blamed for an event of both lives whether each had them in force: to
    promise something is more than to fire."""
    sides = {"before": _in_force(was), "after": _in_force(now)}
    for one in blamed:
        for side, policies in sides.items():
            if one["kind"] == "sla_policy" and one["id"] in policies:
                one[side] = True


def _in_force(steps: Iterable[_Step]) -> set[str]:
    """The policies that measure the clocks of a ticket after so many events."""
    found = {}
    for step in steps:
        for event in (event for entry in step.entries for event in entry.ledger):
            if event.type == "apply_sla":
                found[event.metric, event.instance] = event.policy
    return {one for one in found.values() if one is not None}


def _policies(was: _Step | None, now: _Step | None, changes: Edited) -> set[Rule]:
    """The SLA policies whose clocks moved in one case alone."""
    told = [
        {event for entry in (step.entries if step else ()) for event in entry.ledger}
        for step in (was, now)
    ]
    names = {("sla_policy", one.policy) for one in told[0] ^ told[1] if one.policy}
    return {one for one in names if one in changes.rules} or names
