"""Conditions of rules: read a field, compare it, and tell what was compared.

`compile_tree` turns a tree into a `Judge`: a closure for deciding, and one that tells what each
condition asked, found and answered. Both go through the same reader and the same test, so the
explanation cannot differ from the decision. Missing values: `is_not` and every `not_…` are true,
every ordering and containment is false.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from guardia.domain import fields, words
from guardia.domain.desk import Branch, Condition, Tree
from guardia.domain.fields import Reader
from guardia.domain.model import Actor, ConditionTrace
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import NONE, PRIORITIES, STATUSES
from guardia.domain.vocabulary import field as describe

Test = Callable[[Moment], bool]
Trace = Callable[[Moment], tuple[ConditionTrace, ...]]


class Judge(NamedTuple):
    """A compiled tree of conditions.

    `holds` answers it, `trace` judges every condition of it, without a short cut and in the
    document's order, a group before what it holds. The answer depends on the ticket's attributes
    `reads` alone; `cost` says what is asked first.
    """

    holds: Test
    trace: Trace
    reads: frozenset[str]
    cost: int


_RANKS: Final[dict[str, Mapping[str | None, int]]] = {
    "status": {word: rank for rank, word in enumerate(STATUSES)},
    "priority": {None: -1, **{word: rank for rank, word in enumerate(PRIORITIES)}},
}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "less_than": operator.lt,
    "at_most": operator.le,
    "greater_than": operator.gt,
    "at_least": operator.ge,
}
_COST: Final = {"text": 3, "tags": 1, "fact": 2, "duration": 2}
_COST_OF_GROUP: Final = 4


def compile_tree(
    tree: Tree, custom: Mapping[str, str], known: dict[int, Judge] | None = None
) -> Judge:
    """Build the judge of a tree. `custom` maps ids of the desk's fields to their types.

    Inside `all`, `any` and `none` the cheap conditions are asked first; that changes no answer.
    A condition object that stands in many rules is compiled once where they share `known`.
    """
    known = {} if known is None else known
    if id(tree) not in known:
        known[id(tree)] = (
            _condition(tree, custom)
            if isinstance(tree, Condition)
            else _group(tree, tuple(compile_tree(one, custom, known) for one in tree.items))
        )
    return known[id(tree)]


def _condition(one: Condition, custom: Mapping[str, str]) -> Judge:
    found = describe(one.field, custom)
    kind = found.kind if found else "text"
    read = fields.reader(one, custom)
    holds = _judge(one, kind, read)

    def trace(moment: Moment) -> tuple[ConditionTrace, ...]:
        actual = read(moment, moment.ticket)
        return (
            ConditionTrace(
                field=one.field,
                operator=one.operator,
                value=one.value,
                actual=_shown(actual) if type(actual) is Actor else actual,
                result=holds(moment),
            ),
        )

    return Judge(holds, trace, fields.attributes(one), _COST.get(kind, 0))


def _group(tree: Branch, items: tuple[Judge, ...]) -> Judge:
    holds = _OF_KIND[tree.kind](items)

    def trace(moment: Moment) -> tuple[ConditionTrace, ...]:
        whole = ConditionTrace(
            field="", operator=tree.kind, value=None, actual=None, result=holds(moment)
        )
        return (whole, *(each for one in items for each in one.trace(moment)))

    return Judge(holds, trace, frozenset().union(*(one.reads for one in items)), _COST_OF_GROUP)


def _shown(actual: Actor) -> dict[str, Any]:
    """An actor as an entry keeps it: plain, so that what is read back equals what was written."""
    return {"kind": actual.kind, "email": actual.email}


# -- all, any, none -------------------------------------------------------------------------------


def every(items: Iterable[Judge]) -> Test:
    """Whether all of them hold, the cheap ones asked first."""
    tests = _by_cost(items)

    def all_hold(moment: Moment) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than most conditions
            if not test(moment):
                return False
        return True

    return tests[0] if len(tests) == 1 else all_hold


def _some(items: Iterable[Judge]) -> Test:
    tests = _by_cost(items)

    def one_holds(moment: Moment) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than most conditions
            if test(moment):
                return True
        return False

    return one_holds


def _none(items: Iterable[Judge]) -> Test:
    one_holds = _some(items)
    return lambda moment: not one_holds(moment)


def _by_cost(items: Iterable[Judge]) -> tuple[Test, ...]:
    return tuple(one.holds for one in sorted(items, key=lambda one: one.cost))


_OF_KIND: Final = {"all": every, "any": _some, "none": _none}


# -- how an operator judges -----------------------------------------------------------------------


def _judge(one: Condition, kind: str, read: Reader) -> Test:
    """Return the test of a condition, given the reader of its field."""
    asked = one.operator
    if asked in ("changed", "not_changed"):
        wanted = asked == "changed"
        return lambda m: (read(m, m.before) != read(m, m.ticket)) is wanted
    if asked.endswith(("changed_to", "changed_from")):
        equal = _equal(one, kind)
        wanted, to = not asked.startswith("not_"), asked.endswith("_to")
        return lambda m: (
            (
                read(m, m.before) != read(m, m.ticket)
                and equal(m, read(m, m.ticket if to else m.before))
            )
            is wanted
        )
    if asked.startswith("not_") or asked == "is_not":
        positive = "is" if asked == "is_not" else asked.removeprefix("not_")
        holds = _positive(positive, one, kind)
        return lambda m: not holds(m, read(m, m.ticket))
    holds = _positive(asked, one, kind)
    return lambda m: holds(m, read(m, m.ticket))


def _positive(asked: str, one: Condition, kind: str) -> Callable[[Moment, Any], bool]:
    value = one.value
    if asked == "present":
        return lambda _m, actual: actual not in (None, "", (), 0, False)
    if asked == "is":
        return _equal(one, kind)
    if asked in _ORDER:
        return _ordered(asked, one.field, kind, value)
    if asked in ("within_previous", "within_next"):
        return _within(asked, float(value))
    if asked == "matches":
        search = one.search or (lambda _text: False)
        return lambda m, actual: bool(actual) and search(m.texts[str(actual)])
    if kind == "tags":
        tags = frozenset(words.fold(str(each)) for each in _many(value))
        return lambda m, actual: bool(actual) and not tags.isdisjoint(m.tags[tuple(actual)])
    if asked == "includes_string":
        pieces = tuple(words.fold(str(each)) for each in _many(value))
        return lambda m, actual: _contains(m.texts[_text(actual)], pieces)
    phrases = words.phrases(value)
    return lambda m, actual: _contains(m.words[_text(actual)], phrases)


def _contains(text: str, pieces: tuple[str, ...]) -> bool:
    for one in pieces:  # noqa: SIM110 - a generator costs more than the search in a short text
        if one in text:
            return True
    return False


def _text(actual: Any) -> str:
    return actual if type(actual) is str else "" if actual is None else str(actual)


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
    plain = frozenset(None if each is None else words.compared(str(each)) for each in wanted)
    return lambda m, actual: m.plain[_text(actual)] in plain


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
                if set(fields.addresses(moment, moment.ticket)) & set(people):
                    return True
            elif str(each).lower() in people:
                return True
        return False

    return same


def _ordered(asked: str, field: str, kind: str, value: Any) -> Callable[[Moment, Any], bool]:
    compare = _ORDER[asked]
    if field in _RANKS:
        ranks = _RANKS[field]
        limit = ranks[None if value == NONE else value]
        return lambda _m, actual: compare(ranks[actual], limit)
    if kind == "date":
        text = str(value)
        return lambda _m, actual: actual is not None and compare(str(actual), text)
    return lambda _m, actual: actual is not None and compare(actual, value)


def _within(asked: str, seconds: float) -> Callable[[Moment, Any], bool]:
    """Whether a date lies within so many days of today, today included, by the desk's zone."""
    span = timedelta(seconds=seconds)

    def within(moment: Moment, actual: Any) -> bool:
        if actual is None:
            return False
        today = moment.event.at.astimezone(ZoneInfo(moment.desk.timezone)).date()
        day = date.fromisoformat(str(actual))
        if asked == "within_previous":
            return today - span <= day <= today
        return today <= day <= today + span

    return within
