"""What conditions say about a ticket, and whether it can be so: the logic that lint reasons with.

It errs to one side: where it says that something cannot be, it cannot. A condition it knows nothing
of (a search in a text) contradicts nothing but its own denial.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, Final

from guardia.config.walk import Normal
from guardia.domain import vocabulary
from guardia.domain.vocabulary import ACTORS, NONE, PRIORITIES, STATUSES, Field
from guardia.domain.words import compared

Custom = Mapping[str, str]
"""The desk's fields by id, with their types."""

_Groups = dict[tuple[str, str, str | None], tuple["Fact", ...]]
"""Facts by what they are about."""

_DEPTHS: Final = ((6, 3), (20, 2), (200, 1))
"""Up to so many alternatives, so many choices (`any`) are followed inside one another."""

_MANY: Final = 10_000
"""How many values of a field, before and after, are tried out."""

_SEVERAL: Final = ("within_schedule", "requester")
"""Fields with several values at once: two equalities do not exclude each other."""

_COUNTS: Final = ("reopens", "replies", "attachments", "tickets_open")
_WORDS_FOR_PEOPLE: Final = ("current_user", "requester")
_FRESH: Final = "\0"
"""A word that no rule names."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition that holds, or one that is `denied`; its operator is never a negative one."""

    field: str
    operator: str
    value: Any
    hours: str = "calendar"
    schedule: str | None = None
    denied: bool = False

    @property
    def about(self) -> tuple[str, str, str | None]:
        """What it speaks of: facts about different things never exclude each other."""
        return self.field, self.hours, self.schedule

    def but(self, *, denied: bool) -> "Fact":
        """The same, held or denied."""
        return Fact(self.field, self.operator, self.value, self.hours, self.schedule, denied)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a tree of conditions comes to: facts that all hold, and choices of which one holds."""

    facts: tuple[Fact, ...] = ()
    choices: tuple[tuple["Claim", ...], ...] = ()

    def __add__(self, other: "Claim") -> "Claim":
        """Both at once."""
        return Claim((*self.facts, *other.facts), (*self.choices, *other.choices))


def fact(field: str, operator: str, value: Any, *, denied: bool = False) -> Fact:
    """Build a fact about a field of the ticket."""
    return Fact(field, operator, value, denied=denied)


def claim(tree: Normal | None) -> Claim:
    """Read a stored tree of conditions; without one nothing is asked."""
    if tree is None:
        return Claim()
    if "field" in tree:
        return Claim((_fact(tree),))
    kind, items = next(iter(tree.items()))
    inside = tuple(claim(one) for one in items)
    if kind == "any":
        return inside[0] if len(inside) == 1 else Claim(choices=(inside,))
    return sum(inside if kind == "all" else map(deny, inside), Claim())


def deny(what: Claim) -> Claim:
    """Return what it means that a claim does not hold: one of its parts does not."""
    parts = [Claim((one.but(denied=not one.denied),)) for one in what.facts]
    parts += [sum(map(deny, choice), Claim()) for choice in what.choices]
    return parts[0] if len(parts) == 1 else Claim(choices=(tuple(parts),))


def _fact(one: Normal) -> Fact:
    operator, denied = one["operator"], False
    if operator == "is_not" or operator.startswith("not_"):
        operator = "is" if operator == "is_not" else operator.removeprefix("not_")
        denied = True
    value = tuple(one["value"]) if isinstance(one["value"], list) else one["value"]
    if one["field"] == "attachments" and isinstance(value, bool):
        operator, denied, value = "present", denied is value, True
    hours, schedule = one.get("hours", "calendar"), one.get("schedule")
    return Fact(one["field"], operator, value, hours, schedule, denied)


class Premise:
    """A claim that is taken for true, to be asked what follows from it."""

    def __init__(self, what: Claim, custom: Custom) -> None:
        """Take what is true; `custom` are the desk's fields."""
        self._what, self._custom = what, custom
        self._known = _by_subject(what.facts)
        self._open = {
            one.about for choice in what.choices for each in choice for one in every_fact(each)
        }

    def implies(self, other: Claim) -> bool:
        """Whether the other claim surely holds wherever this one does."""
        if any(one.about not in self._open and not self._tells(one) for one in other.facts):
            return False
        return clash(self._what + deny(other), self._custom) is not None

    def _tells(self, one: Fact) -> bool:
        """Whether a fact follows from those about the same thing; that most do not is told fast."""
        known = self._known.get(one.about, ())
        if one.field == "tags" and one.operator == "includes" and not one.denied:
            wanted = set(many(one.value))
            return any(
                each.operator == "includes"
                and not each.denied
                and wanted.issuperset(many(each.value))
                for each in known
            )
        return not _possible((*known, one.but(denied=not one.denied)), self._custom)


def implies(strong: Claim, weak: Claim, custom: Custom) -> bool:
    """Whether the second surely holds wherever the first one does."""
    return Premise(strong, custom).implies(weak)


def every_fact(what: Claim) -> Iterator[Fact]:
    """Every fact that a claim speaks of, also those that need not hold."""
    yield from what.facts
    for choice in what.choices:
        for one in choice:
            yield from every_fact(one)


def clash(what: Claim, custom: Custom) -> tuple[Fact, ...] | None:
    """Return facts that exclude each other, None where it may all be so at once."""
    alternatives = sum(len(one) for one in what.choices)
    depth = next((depth for most, depth in _DEPTHS if alternatives <= most), 0)
    return _clash({}, what, custom, depth)


def _clash(known: _Groups, what: Claim, custom: Custom, depth: int) -> tuple[Fact, ...] | None:
    """As `clash`, with facts that are known to go together."""
    groups = dict(known)
    for about, facts in _by_subject(what.facts).items():
        groups[about] = group = tuple(dict.fromkeys((*groups.get(about, ()), *facts)))
        if not _possible(group, custom):
            return _least(group, custom)
    if depth == 0:
        return None
    for position, choice in enumerate(what.choices):
        rest = (*what.choices[:position], *what.choices[position + 1 :])
        found: tuple[Fact, ...] | None = ()
        for one in choice:
            inside = Claim(one.facts, (*rest, *one.choices))
            found = _clash(groups, inside, custom, depth - 1)
            if found is None:
                break
        if found is not None:
            return found
    return None


def _by_subject(facts: Iterable[Fact]) -> _Groups:
    groups: _Groups = {}
    for one in facts:
        groups[one.about] = (*groups.get(one.about, ()), one)
    return groups


def _least(group: tuple[Fact, ...], custom: Custom) -> tuple[Fact, ...]:
    """The fewest facts of an impossible group that are impossible already."""
    for size in (1, 2):
        for some in combinations(group, size):
            if not _possible(some, custom):
                return some
    return group


def fits(one: Fact, value: Any, custom: Custom) -> bool:
    """Whether a fact may be so where its field has this value."""
    known = vocabulary.field(one.field, custom)
    return known is None or _may_hold(one, known, value, value)


def _possible(group: tuple[Fact, ...], custom: Custom) -> bool:
    return _may_all_hold(group, vocabulary.field(group[0].field, custom))


@lru_cache(maxsize=10_000)
def _may_all_hold(group: tuple[Fact, ...], known: Field | None) -> bool:
    """Whether facts about one thing may be so at once: rules ask the same again and again."""
    if any(_denies(one, other) for one, other in combinations(group, 2)):
        return False
    name = group[0].field
    if known is None or name in _SEVERAL:
        return True
    now = list(_candidates(name, known, group))
    before = now if any(one.operator in vocabulary.CHANGE for one in group) else now[:1]
    if len(before) * len(now) > _MANY:
        return True
    return any(
        all(_may_hold(one, known, was, after) for one in group) for was in before for after in now
    )


def _denies(one: Fact, other: Fact) -> bool:
    """Whether one says that a value is among some, and the other that it is not among more."""
    if one.denied is other.denied or one.operator != other.operator:
        return False
    held, denied = (other, one) if one.denied else (one, other)
    if held.value == denied.value:
        return True
    # A text of several words asks for any of them, an item of a list for all of it in a row.
    plain = all(
        isinstance(each, tuple) or len(str(each).split()) == 1
        for each in (held.value, denied.value)
    )
    return plain and one.operator in _ANY_OF and set(many(held.value)) <= set(many(denied.value))


_ANY_OF: Final = (
    "is",
    "includes",
    "includes_words",
    "includes_string",
    "changed_to",
    "changed_from",
)


def many(value: Any) -> tuple[Any, ...]:
    """The values that a condition names."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


# -- which values there could be ------------------------------------------------------------------


def _candidates(name: str, known: Field, group: tuple[Fact, ...]) -> Iterator[Any]:
    """Values of which one fits wherever any does."""
    named = [each for one in group if one.value is not True for each in many(one.value)]
    if name == "actor":
        people = [None, *(each for each in named if each not in ACTORS)]
        yield from ((kind, email) for kind in ACTORS for email in people)
    elif known.kind in ("number", "duration"):
        yield from _numbers(name, [float(each) for each in named if each != NONE])
    elif known.kind == "date":
        yield None
        yield from _dates([each for each in named if isinstance(each, str) and each != NONE])
    elif known.kind == "tags":
        gone = {compared(str(each)) for one in group if one.denied for each in many(one.value)}
        yield frozenset()
        yield frozenset({*(compared(str(each)) for each in named), _FRESH} - gone)
        yield frozenset({_FRESH})
    elif known.kind in ("fact", "boolean"):
        yield from (True, False)
    else:
        if name not in ("status", "update"):
            yield None
        words = known.values or [compared(str(each)) for each in named if each != NONE]
        yield from dict.fromkeys(words)
        if not known.values:
            yield _FRESH


def _numbers(name: str, named: list[float]) -> Iterator[float | None]:
    counts = name in _COUNTS
    points = sorted({0.0, *named})
    between = [(low + high) / 2 for low, high in pairwise(points)]
    lowest = 0.0 if counts or name.startswith(("hours_since.", "until.")) else points[0] - 1
    if not counts:
        yield None
    yield from (one for one in (lowest, *points, *between, points[-1] + 1) if one >= lowest)


def _dates(named: list[str]) -> Iterator[str]:
    for one in named:
        day = date.fromisoformat(one)
        yield from ((day + timedelta(days=step)).isoformat() for step in (-1, 0, 1))
    if not named:
        yield "2000-01-01"


# -- whether a condition holds for a value --------------------------------------------------------


def _may_hold(one: Fact, known: Field, before: Any, now: Any) -> bool:
    """Whether a fact may be so; what cannot be told may."""
    answer = _answer(one, known, before, now)
    return answer is None or answer is not one.denied


def _answer(one: Fact, known: Field, before: Any, now: Any) -> bool | None:
    if one.operator == "changed":
        return bool(before != now)
    if one.operator in ("changed_to", "changed_from"):
        equal = _equal(one, known, now if one.operator == "changed_to" else before)
        return False if before == now else equal
    if one.operator == "is":
        return _equal(one, known, now)
    if one.operator == "present":
        return now not in (None, "", frozenset(), 0, False)
    if one.operator in vocabulary.ORDERING:
        return _ordered(one, now)
    if known.kind == "tags":
        return not now.isdisjoint(compared(str(each)) for each in many(one.value))
    return False if now is None else None


def _equal(one: Fact, known: Field, now: Any) -> bool | None:
    wanted = [None if each == NONE else each for each in many(one.value)]
    if one.field == "actor":
        return any(each in now for each in wanted if each is not None)
    if one.field == "comment_public":
        return now is not None and ("any" in wanted or now in wanted)
    if known.kind in ("number", "duration", "fact", "boolean"):
        return now in wanted
    if now in (None if each is None else compared(str(each)) for each in wanted):
        return True
    if known.kind == "person" and now is not None and set(wanted) & set(_WORDS_FOR_PEOPLE):
        return None
    return False


def _ordered(one: Fact, now: Any) -> bool:
    ranks = {"status": STATUSES, "priority": (NONE, *PRIORITIES)}.get(one.field)
    if ranks is not None:
        return _ORDER[one.operator](ranks.index(now or NONE), ranks.index(one.value))
    return now is not None and _ORDER[one.operator](now, one.value)


_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "less_than": lambda one, other: bool(one < other),
    "at_most": lambda one, other: bool(one <= other),
    "greater_than": lambda one, other: bool(one > other),
    "at_least": lambda one, other: bool(one >= other),
}


# -- for people -----------------------------------------------------------------------------------


def told(facts: Iterable[Fact], custom: Custom) -> str:
    """Say of facts that they exclude each other: `status` cannot be `new` and `open` at once."""
    found = list(facts)
    if not found:
        return "one of no conditions would have to hold"
    field = found[0].field
    known = vocabulary.field(field, custom)
    duration = known is not None and known.kind == "duration"
    words = [_told(one, duration=duration) for one in found]
    if all(one.operator == "is" and not one.denied for one in found):
        words.sort()
    if len(words) == 1:
        return f"`{field}` cannot be {words[0]}"
    return f"`{field}` cannot be {' and '.join(words)} at once"


def _told(one: Fact, *, duration: bool) -> str:
    operator = one.operator
    if one.denied:
        operator = "is_not" if operator == "is" else f"not_{operator}"
    if one.value is True and operator.removeprefix("not_") in vocabulary.VALUELESS:
        return f"`{operator}`"
    values = [written(each) if duration else str(each) for each in many(one.value)]
    if operator == "is":
        return " or ".join(f"`{each}`" for each in values)
    return f"`{operator} {', '.join(values)}`"


def written(seconds: Any) -> str:
    """Write a duration as the document does."""
    if not isinstance(seconds, int):
        return str(seconds)
    parts, left = [], seconds
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0m"
