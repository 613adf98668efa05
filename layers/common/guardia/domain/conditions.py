"""Conditions of rules: read a field, compare it, and tell what was compared.

`compile_tree` turns a tree into one closure for deciding, `trace` into the list of what each
condition asked, found and answered. Both go through the same reader and the same test, so the
explanation cannot differ from the decision. Missing values: `is_not` and every `not_…` are true,
every ordering and containment is false.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from guardia.domain import words
from guardia.domain.desk import Branch, Condition, Tree
from guardia.domain.model import Actor, ConditionTrace, Ticket
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import CUSTOM_KINDS, NONE, PRIORITIES, STATUSES
from guardia.domain.vocabulary import field as describe

Reader = Callable[[Moment, Ticket | None], Any]
Test = Callable[[Moment], bool]

_SINCE: Final = {
    "created": "created_at",
    "opened": "opened_at",
    "pending": "pending_at",
    "on_hold": "on_hold_at",
    "solved": "solved_at",
    "closed": "closed_at",
    "assigned": "assigned_at",
    "updated": "updated_at",
    "requester_update": "requester_update_at",
    "agent_update": "agent_update_at",
    "unanswered": "unanswered_since",
}
_RANKS: Final[dict[str, Mapping[str | None, int]]] = {
    "status": {word: rank for rank, word in enumerate(STATUSES)},
    "priority": {None: -1, **{word: rank for rank, word in enumerate(PRIORITIES)}},
}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "less_than": lambda left, right: left < right,
    "at_most": lambda left, right: left <= right,
    "greater_than": lambda left, right: left > right,
    "at_least": lambda left, right: left >= right,
}
_COST: Final = {"text": 3, "tags": 1, "fact": 2, "duration": 2}


def compile_tree(tree: Tree | None, custom: Mapping[str, str]) -> Test:
    """Build the test of a rule. `custom` maps ids of the desk's fields to their types.

    Inside `all`, `any` and `none` the cheap conditions are asked first; that changes no answer.
    A rule without conditions always holds.
    """
    if tree is None:
        return lambda _moment: True
    if isinstance(tree, Condition):
        read, holds = _reader(tree, custom), _judge(tree, custom)
        return lambda moment: holds(moment, read)
    tests = tuple(compile_tree(one, custom) for one in sorted(tree.items, key=_cost(custom)))
    if tree.kind == "all":
        return lambda moment: all(test(moment) for test in tests)
    if tree.kind == "any":
        return lambda moment: any(test(moment) for test in tests)
    return lambda moment: not any(test(moment) for test in tests)


def trace(
    tree: Tree | None, moment: Moment, custom: Mapping[str, str]
) -> tuple[ConditionTrace, ...]:
    """Judge every condition of a tree, without a short cut, in the document's order.

    A group stands before its conditions, with its own result.
    """
    return tuple(_traces(tree, moment, custom)) if tree is not None else ()


def _traces(tree: Tree, moment: Moment, custom: Mapping[str, str]) -> list[ConditionTrace]:
    if isinstance(tree, Condition):
        read = _reader(tree, custom)
        return [
            ConditionTrace(
                field=tree.field,
                operator=tree.operator,
                value=tree.value,
                actual=_shown(read(moment, moment.ticket)),
                result=_judge(tree, custom)(moment, read),
            )
        ]
    result = compile_tree(tree, custom)(moment)
    group = ConditionTrace(field="", operator=tree.kind, value=None, actual=None, result=result)
    inside = [one for item in tree.items for one in _traces(item, moment, custom)]
    return [group, *inside]


def _shown(actual: Any) -> Any:
    """A value as an entry keeps it: plain, so that what is read back equals what was written."""
    return {"kind": actual.kind, "email": actual.email} if isinstance(actual, Actor) else actual


def _cost(custom: Mapping[str, str]) -> Callable[[Tree], int]:
    def cost(tree: Tree) -> int:
        if isinstance(tree, Branch):
            return 4
        known = describe(tree.field, custom)
        return _COST.get(known.kind, 0) if known else 0

    return cost


# -- what a field holds ---------------------------------------------------------------------------


def _reader(one: Condition, custom: Mapping[str, str]) -> Reader:
    """Return what reads a condition's field off a ticket (None: off the time before it)."""
    if one.field in _READERS:
        return _READERS[one.field]
    head, _, rest = one.field.partition(".")
    if head == "hours_since":
        return _elapsed(_SINCE[rest], one.hours, one.schedule)
    if head == "fields":
        empty: Any = () if CUSTOM_KINDS[custom[rest]] == "tags" else None
        return lambda _m, ticket: ticket.fields.get(rest, empty) if ticket else empty
    if head == "requester" and rest:
        key = rest.removeprefix("fields.")
        return lambda m, _t: m.requester.fields.get(key) if m.requester else None
    if head == "organization" and rest:
        key = rest.removeprefix("fields.")
        return lambda m, _t: m.organization.fields.get(key) if m.organization else None
    return lambda _m, ticket: getattr(ticket, one.field) if ticket else None


def _elapsed(attribute: str, clock: str, schedule: str | None) -> Reader:
    """Read the seconds since an instant of the ticket, on the calendar or in business hours."""

    def read(moment: Moment, ticket: Ticket | None) -> float | None:
        start = getattr(ticket, attribute) if ticket else None
        if start is None or ticket is None:
            return None
        if clock == "calendar" and schedule is None:
            return float((moment.event.at - start).total_seconds())
        own = moment.desk.schedules.get(schedule) if schedule else moment.schedule(ticket)
        return float(moment.desk.hours_of(own).between(start, moment.event.at))

    return read


def _emails(moment: Moment, ticket: Ticket | None) -> tuple[str, ...]:
    """The addresses of a ticket's requester; where it had another one before, their id stands."""
    if ticket is None or ticket.requester is None:
        return ()
    if ticket.requester != moment.ticket.requester:
        return (ticket.requester,)
    person = moment.requester
    return tuple(one.value for one in person.identities if one.kind == "email") if person else ()


def _comment(moment: Moment, _ticket: Ticket | None) -> str | None:
    said = moment.event.comment
    if said is None:
        return None
    return f"{said.subject}\n{said.text}" if said.subject else said.text


def _spoken(moment: Moment, _ticket: Ticket | None) -> str | None:
    said = moment.event.comment
    return None if said is None else str(said.public).lower()


def _is_open(moment: Moment, ticket: Ticket | None) -> bool:
    hours = moment.desk.hours_of(moment.schedule(ticket or moment.ticket))
    return hours.is_open(moment.event.at)


def _on_holiday(moment: Moment, ticket: Ticket | None) -> bool:
    hours = moment.desk.hours_of(moment.schedule(ticket or moment.ticket))
    return hours.on_holiday(moment.event.at)


def _open_schedules(moment: Moment, _ticket: Ticket | None) -> tuple[str, ...]:
    at = moment.event.at
    return tuple(one.id for one in moment.desk.schedules.values() if one.hours.is_open(at))


def _schedule(moment: Moment, ticket: Ticket | None) -> str | None:
    found = moment.schedule(ticket) if ticket else None
    return found.id if found else None


def _update(moment: Moment, _ticket: Ticket | None) -> str:
    return "create" if moment.event.kind == "create" else "change"


_READERS: Final[dict[str, Reader]] = {
    "requester": _emails,
    "requester.email": lambda m, _t: m.requester.email if m.requester else None,
    "requester.name": lambda m, _t: m.requester.name if m.requester else None,
    "requester.language": lambda m, _t: m.requester.language if m.requester else None,
    "requester.country": lambda m, _t: m.requester.country if m.requester else None,
    "requester.tags": lambda m, _t: m.requester.tags if m.requester else (),
    "requester.vip": lambda m, _t: m.requester.vip if m.requester else False,
    "country": lambda m, _t: m.requester.country if m.requester else None,
    "organization.name": lambda m, _t: m.organization.name if m.organization else None,
    "organization.tags": lambda m, _t: m.organization.tags if m.organization else (),
    "tags": lambda _m, ticket: ticket.tags if ticket else (),
    "update": _update,
    "update_channel": lambda m, _t: m.event.channel,
    "actor": lambda m, _t: m.event.actor,
    "comment": _comment,
    "comment_public": _spoken,
    "in_business_hours": _is_open,
    "on_holiday": _on_holiday,
    "within_schedule": _open_schedules,
    "schedule": _schedule,
    "attachments": lambda m, _t: len(m.event.comment.attachments) if m.event.comment else 0,
    "tickets_open": lambda m, _t: m.look_up("tickets_open"),
    "reopens": lambda _m, ticket: ticket.reopens if ticket else 0,
    "replies": lambda _m, ticket: ticket.replies if ticket else 0,
}
"""Fields that are no plain attribute of the ticket."""


# -- how an operator judges -----------------------------------------------------------------------


def _judge(one: Condition, custom: Mapping[str, str]) -> Callable[[Moment, Reader], bool]:
    """Return the test of a condition, given the reader of its field."""
    known = describe(one.field, custom)
    kind = known.kind if known else "text"
    operator = one.operator
    if operator in ("changed", "not_changed"):
        wanted = operator == "changed"
        return lambda m, read: (read(m, m.before) != read(m, m.ticket)) is wanted
    if operator.endswith(("changed_to", "changed_from")):
        equal = _equal(one, kind)
        wanted, to = not operator.startswith("not_"), operator.endswith("_to")
        return lambda m, read: (
            (
                read(m, m.before) != read(m, m.ticket)
                and equal(m, read(m, m.ticket if to else m.before))
            )
            is wanted
        )
    if operator.startswith("not_") or operator == "is_not":
        positive = "is" if operator == "is_not" else operator.removeprefix("not_")
        holds = _positive(positive, one, kind)
        return lambda m, read: not holds(m, read(m, m.ticket))
    holds = _positive(operator, one, kind)
    return lambda m, read: holds(m, read(m, m.ticket))


def _positive(operator: str, one: Condition, kind: str) -> Callable[[Moment, Any], bool]:
    value = one.value
    if operator == "present":
        return lambda _m, actual: actual not in (None, "", (), 0, False)
    if operator == "is":
        return _equal(one, kind)
    if operator in _ORDER:
        return _ordered(operator, one.field, kind, value)
    if operator in ("within_previous", "within_next"):
        return _within(operator, float(value))
    if operator == "matches":
        search = one.search or (lambda _text: False)
        return lambda _m, actual: bool(actual) and search(words.fold(str(actual)))
    if kind == "tags":
        wanted = {words.fold(str(each)) for each in _many(value)}
        return lambda m, actual: any(_folded(m, each) in wanted for each in actual)
    if operator == "includes_string":
        pieces = tuple(words.fold(str(each)) for each in _many(value))
        return lambda m, actual: any(piece in _folded(m, actual) for piece in pieces)
    phrases = words.phrases(value)
    return lambda m, actual: any(one in _spaced(m, actual) for one in phrases)


def _folded(moment: Moment, actual: Any) -> str:
    text = "" if actual is None else str(actual)
    if text not in moment.texts:
        moment.texts[text] = words.fold(text)
    return moment.texts[text]


def _spaced(moment: Moment, actual: Any) -> str:
    folded = _folded(moment, actual)
    if folded not in moment.words:
        moment.words[folded] = words.spaced(folded)
    return moment.words[folded]


def _many(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _equal(one: Condition, kind: str) -> Callable[[Moment, Any], bool]:
    wanted = tuple(None if each == NONE else each for each in _many(one.value))
    if one.field == "actor":
        return lambda _m, actual: actual.kind in wanted or actual.email in wanted
    if one.field == "within_schedule":
        return lambda _m, actual: any(each in actual for each in wanted)
    if one.field == "comment_public":
        return lambda _m, actual: actual is not None and ("any" in wanted or actual in wanted)
    if one.field == "attachments":
        return lambda _m, actual: any(
            bool(actual) is each if isinstance(each, bool) else actual == each for each in wanted
        )
    if kind == "person":
        return _same_person(wanted)
    if kind in ("fact", "boolean"):
        answers = {str(each).lower() == "true" for each in wanted if each is not None}
        return lambda _m, actual: bool(actual) in answers
    if kind in ("number", "duration"):
        return lambda _m, actual: actual in wanted
    if kind == "date":
        dates = tuple(None if each is None else str(each) for each in wanted)
        return lambda _m, actual: (None if actual is None else str(actual)) in dates
    folded = tuple(None if each is None else words.fold(str(each)).strip() for each in wanted)
    return lambda m, actual: (
        (None if actual in (None, "") else _folded(m, actual).strip()) in folded
    )


def _same_person(wanted: tuple[Any, ...]) -> Callable[[Moment, Any], bool]:
    def same(moment: Moment, actual: Any) -> bool:
        people = actual if isinstance(actual, tuple) else (() if actual is None else (actual,))
        for each in wanted:
            if each is None:
                if not people:
                    return True
            elif each == "current_user":
                if moment.event.actor.email in people:
                    return True
            elif each == "requester":
                if set(_emails(moment, moment.ticket)) & set(people):
                    return True
            elif str(each).lower() in people:
                return True
        return False

    return same


def _ordered(operator: str, field: str, kind: str, value: Any) -> Callable[[Moment, Any], bool]:
    compare = _ORDER[operator]
    if field in _RANKS:
        ranks = _RANKS[field]
        limit = ranks[None if value == NONE else value]
        return lambda _m, actual: compare(ranks[actual], limit)
    if kind == "date":
        text = str(value)
        return lambda _m, actual: actual is not None and compare(str(actual), text)
    return lambda _m, actual: actual is not None and compare(actual, value)


def _within(operator: str, seconds: float) -> Callable[[Moment, Any], bool]:
    """Whether a date lies within so many days of today, today included, by the desk's zone."""
    span = timedelta(seconds=seconds)

    def within(moment: Moment, actual: Any) -> bool:
        if actual is None:
            return False
        today = moment.event.at.astimezone(ZoneInfo(moment.desk.timezone)).date()
        day = date.fromisoformat(str(actual))
        if operator == "within_previous":
            return today - span <= day <= today
        return today <= day <= today + span

    return within
