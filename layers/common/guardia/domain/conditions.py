"""Conditions of rules: read a field, compare it, and tell what was compared.

`compile_tree` turns a tree into a `Judge`: a closure for deciding, and one that tells what each
condition asked, found and answered. Both go through the same reader and the same test, so the
explanation cannot differ from the decision. Missing values: `is_not` and every `not_…` are true,
every ordering and containment is false.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from guardia.domain import fields, words
from guardia.domain.desk import Condition, Tree
from guardia.domain.fields import Reader, Reading
from guardia.domain.model import Actor, ConditionTrace
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import NONE, PRIORITIES, STATUSES, field as describe

Test = Callable[[Moment], bool]
Trace = Callable[[Moment, list[ConditionTrace]], bool]


class Judge(NamedTuple):
    """A compiled tree of conditions.

    `holds` answers it. `trace` answers it too, without a short cut, and adds to a list how each
    condition was judged: in the document's order, a group before what it holds. `cost` says what
    is asked first.
    """

    holds: Test
    trace: Trace
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
_COST_OF_GROUP: Final = 8
_PAIR: Final = 2
"""Groups of two to four are written out: the loop would cost more than their conditions."""


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
            else _group(tree.kind, [compile_tree(one, custom, known) for one in tree.items])
        )
    return known[id(tree)]


def compile_rest(
    tree: Tree, given: Condition, custom: Mapping[str, str], known: dict[int, Judge]
) -> Judge:
    """Build the judge of a tree of which `given` must hold, for moments at which it does.

    `given` is the tree itself or stands in its `all`. It is traced all the same.
    """
    if isinstance(tree, Condition):
        return compile_tree(tree, custom, known)._replace(holds=always)
    items = [compile_tree(one, custom, known) for one in tree.items]
    rest = [one for one, item in zip(items, tree.items, strict=True) if item is not given]
    return _group(tree.kind, items, rest)


def leaves(tree: Tree) -> Iterator[Condition]:
    """Every condition of a tree, in its order."""
    if isinstance(tree, Condition):
        yield tree
    else:
        for one in tree.items:
            yield from leaves(one)


def always(_moment: Moment) -> bool:
    """Hold at every moment."""
    return True


def _condition(one: Condition, custom: Mapping[str, str]) -> Judge:
    found = describe(one.field, custom)
    kind = found.kind if found else "text"
    reading = fields.reading(one, custom)
    read, holds = reading.now, _judge(one, kind, reading)
    field, asked, value = one.field, one.operator, one.value

    def trace(moment: Moment, seen: list[ConditionTrace]) -> bool:
        actual, answer = read(moment), holds(moment)
        shown = _shown(actual) if type(actual) is Actor else actual
        seen.append(ConditionTrace(field, asked, value, shown, answer))
        return answer

    return Judge(holds, trace, _cost(one, kind))


def _cost(one: Condition, kind: str) -> int:
    """What is asked first: what costs little, and of that what is seldom true."""
    seldom = not (one.operator.startswith("not_") or one.operator == "is_not")
    return 2 * _COST.get(kind, 0) + (not seldom)


def _group(kind: str, items: list[Judge], asked: list[Judge] | None = None) -> Judge:
    """Build the judge of a group, of which only `asked` must be asked for an answer."""
    traces, answer_of = [one.trace for one in items], _ANSWER[kind]

    def trace(moment: Moment, seen: list[ConditionTrace]) -> bool:
        group = ConditionTrace("", kind, None, None, result=False)
        seen.append(group)
        group.result = answer_of([each(moment, seen) for each in traces])
        return group.result

    return Judge(_OF_KIND[kind](items if asked is None else asked), trace, _COST_OF_GROUP)


def _shown(actual: Actor) -> dict[str, Any]:
    """An actor as an entry keeps it: plain, so that what is read back equals what was written."""
    return {"kind": actual.kind, "email": actual.email}


# -- all, any, none -------------------------------------------------------------------------------


def _every(items: list[Judge]) -> Test:
    """Whether all of them hold, the cheap ones asked first."""
    tests = _by_cost(items)
    if len(tests) <= 1:
        return tests[0] if tests else always
    if len(tests) == _PAIR:
        one, two = tests
        return lambda m: one(m) and two(m)
    if len(tests) == _PAIR + 1:
        one, two, three = tests
        return lambda m: one(m) and two(m) and three(m)
    if len(tests) == _PAIR + 2:
        one, two, three, four = tests
        return lambda m: one(m) and two(m) and three(m) and four(m)

    def all_hold(moment: Moment) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than most conditions
            if not test(moment):
                return False
        return True

    return all_hold


def _some(items: list[Judge]) -> Test:
    tests = _by_cost(items)
    if len(tests) == _PAIR:
        one, two = tests
        return lambda m: one(m) or two(m)

    def one_holds(moment: Moment) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than most conditions
            if test(moment):
                return True
        return False

    return tests[0] if len(tests) == 1 else one_holds


def _none(items: list[Judge]) -> Test:
    one_holds = _some(items)
    return lambda moment: not one_holds(moment)


def _by_cost(items: list[Judge]) -> list[Test]:
    return [one.holds for one in sorted(items, key=_cheapest)]


_OF_KIND: Final = {"all": _every, "any": _some, "none": _none}
_cheapest: Final = operator.attrgetter("cost")
_ANSWER: Final[Mapping[str, Callable[[Iterable[bool]], bool]]] = {
    "all": all,
    "any": any,
    "none": lambda answers: not any(answers),
}


# -- how an operator judges -----------------------------------------------------------------------


def _judge(one: Condition, kind: str, reading: Reading) -> Test:
    """Return the test of a condition, given what reads its field."""
    asked, now, before = one.operator, reading.now, reading.before
    if asked == "changed":
        return lambda m: before(m) != now(m)
    if asked == "not_changed":
        return lambda m: before(m) == now(m)
    if asked.endswith(("changed_to", "changed_from")):
        equal = _equal(one, kind, now if asked.endswith("_to") else before, text=reading.text)
        if asked.startswith("not_"):
            return lambda m: not (before(m) != now(m) and equal(m))
        return lambda m: before(m) != now(m) and equal(m)
    if asked.startswith("not_") or asked == "is_not":
        positive = "is" if asked == "is_not" else asked.removeprefix("not_")
        holds = _positive(positive, one, kind, now, text=reading.text)
        return lambda m: not holds(m)
    return _positive(asked, one, kind, now, text=reading.text)


def _positive(asked: str, one: Condition, kind: str, read: Reader, *, text: bool) -> Test:
    if asked == "present":
        return lambda m: read(m) not in (None, "", (), 0, False)
    if asked == "is":
        return _equal(one, kind, read, text=text)
    if asked in _ORDER:
        return _ordered(one, kind, read)
    if asked in ("within_previous", "within_next"):
        return _within(asked, float(one.value), read)
    if kind == "tags":
        return _shares_any(frozenset(words.fold(str(each)) for each in _many(one.value)), read)
    if asked == "matches":
        search = one.search or (lambda _text: False)
        return lambda m: bool(actual := read(m)) and search(m.texts[str(actual)])
    said = read if text else _as_text(read)
    if asked == "includes_string":
        pieces = tuple(words.fold(str(each)) for each in _many(one.value))
        return lambda m: _contains(m.texts[said(m)], pieces)
    phrases = words.phrases(one.value)
    return lambda m: _contains(m.words[said(m)], phrases)


def _contains(text: str, pieces: tuple[str, ...]) -> bool:
    for one in pieces:  # noqa: SIM110 - a generator costs more than the search in a short text
        if one in text:
            return True
    return False


def _shares_any(wanted: frozenset[str], read: Reader) -> Test:
    return lambda m: not wanted.isdisjoint(m.tags[tuple(read(m) or ())])


def _as_text(read: Reader) -> Reader:
    """Read a value that may be of any type as the text it is compared as."""

    def text(moment: Moment) -> str | None:
        actual = read(moment)
        return None if actual is None else str(actual)

    return text


def _many(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _equal(one: Condition, kind: str, read: Reader, *, text: bool) -> Test:
    wanted = tuple(None if each == NONE else each for each in _many(one.value))
    if one.field == "actor":
        return lambda m: (actor := read(m)).kind in wanted or actor.email in wanted
    if one.field == "within_schedule":
        return lambda m: not set(wanted).isdisjoint(read(m))
    if one.field == "comment_public":
        return lambda m: (actual := read(m)) is not None and ("any" in wanted or actual in wanted)
    if one.field == "attachments":
        return _counts(wanted, read)
    if kind == "person":
        return _same_person(wanted, read)
    if kind in ("fact", "boolean"):
        answers = {str(each).lower() == "true" for each in wanted if each is not None}
        return lambda m: bool(read(m)) in answers
    if kind in ("number", "duration"):
        return lambda m: read(m) in wanted
    said = read if text else _as_text(read)
    if kind == "date":
        dates = tuple(None if each is None else str(each) for each in wanted)
        return lambda m: said(m) in dates
    plain = frozenset(None if each is None else words.compared(str(each)) for each in wanted)
    return lambda m: m.plain[said(m)] in plain


def _counts(wanted: tuple[Any, ...], read: Reader) -> Test:
    """Whether there are as many; true and false ask whether there are any."""
    return lambda m: any(
        bool(read(m)) is each if isinstance(each, bool) else read(m) == each for each in wanted
    )


def _same_person(wanted: tuple[Any, ...], read: Reader) -> Test:
    def same(moment: Moment) -> bool:
        actual = read(moment)
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


def _ordered(one: Condition, kind: str, read: Reader) -> Test:
    compare, value = _ORDER[one.operator], one.value
    if one.field in _RANKS:
        ranks = _RANKS[one.field]
        limit = ranks[None if value == NONE else value]
        return lambda m: compare(ranks[read(m)], limit)
    if kind == "date":
        text = str(value)
        return lambda m: (actual := read(m)) is not None and compare(str(actual), text)
    return lambda m: (actual := read(m)) is not None and compare(actual, value)


def _within(asked: str, seconds: float, read: Reader) -> Test:
    """Whether a date lies within so many days of today, today included, by the desk's zone."""
    span = timedelta(seconds=seconds)

    def within(moment: Moment) -> bool:
        actual = read(moment)
        if actual is None:
            return False
        today = moment.event.at.astimezone(ZoneInfo(moment.desk.timezone)).date()
        day = date.fromisoformat(str(actual))
        if asked == "within_previous":
            return today - span <= day <= today
        return today <= day <= today + span

    return within
