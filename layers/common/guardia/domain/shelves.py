"""Triggers filed under one condition that each of them insists on.

An event looks only at those whose condition it meets, so what a desk's rules cost follows what the
event is about and not how many there are. A trigger that insists on nothing the ticket can be asked
for at a glance is looked at every time.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from guardia.domain import words
from guardia.domain.desk import Automation, Branch, Condition, Shelves, Tree, Trigger
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import NONE

_FILED_BY: Final = (
    "organization",
    "department",
    "group",
    "assignee",
    "type",
    "channel",
    "priority",
    "language",
    "status",
    "update",
)
"""Fields that rules are filed under, the most selective first: each but `update` is an attribute
of the ticket that holds one text."""

_IN_TEXT: Final = ("subject", "comment")
_SELECTIVE: Final = ("changed_to", "includes", "changed", "is")
"""Operators that rules are filed by, the most selective first; `includes` stands for words, too."""

_Filling = dict[str, dict[str | None, list[int]]]


class Anchor(NamedTuple):
    """The condition that a trigger is filed under, and the values that meet it (`changed`: any).

    The lower its rank, the fewer events meet it. Where `whole` is false the values meet it only
    perhaps: of a phrase one word was taken.
    """

    condition: Condition
    operator: str
    values: tuple[str | None, ...]
    rank: tuple[int, int, int]
    whole: bool = True


def anchors(triggers: Iterable[Trigger | Automation]) -> list[Anchor | None]:
    """Find the most selective condition that must hold for each trigger to fire, if any."""
    known: dict[int, Anchor | None] = {}
    return [_best(one.when, known) for one in triggers]


def _best(tree: Tree | None, known: dict[int, Anchor | None]) -> Anchor | None:
    items: tuple[Tree, ...] = ()
    if isinstance(tree, Branch):
        items = tree.items if tree.kind == "all" else ()
    elif tree is not None:
        items = (tree,)
    best: Anchor | None = None
    for one in items:
        if id(one) not in known:
            known[id(one)] = _anchor(one)
        found = known[id(one)]
        if found is not None and (best is None or found.rank < best.rank):
            best = found
    return best


def _anchor(one: Tree) -> Anchor | None:
    if not isinstance(one, Condition):
        return None
    many = one.value if isinstance(one.value, list | tuple) else (one.value,)
    if one.field == "tags" and one.operator == "includes":
        tags = dict.fromkeys(words.fold(str(each)) for each in many)
        return Anchor(one, "includes", tuple(tags), _rank("includes", len(_FILED_BY), len(tags)))
    if one.field in _IN_TEXT and one.operator in ("includes", "includes_words"):
        phrases = [phrase.split() for phrase in words.phrases(one.value)]
        rarest = dict.fromkeys(max(each, key=len) for each in phrases)
        whole = all(len(each) == 1 for each in phrases)
        return Anchor(one, "includes", tuple(rarest), _rank("includes", 0, len(rarest)), whole)
    if one.field not in _FILED_BY or one.operator not in _SELECTIVE:
        return None
    place = _FILED_BY.index(one.field)
    if one.operator == "changed":
        return Anchor(one, "changed", (), _rank("changed", place, 1))
    if one.field == "assignee" and ("current_user" in many or "requester" in many):
        return None
    compared = str.lower if one.field == "assignee" else words.compared
    values = dict.fromkeys(None if each == NONE else compared(str(each)) for each in many)
    return Anchor(one, one.operator, tuple(values), _rank(one.operator, place, len(values)))


def _rank(operator: str, place: int, values: int) -> tuple[int, int, int]:
    return (_SELECTIVE.index(operator), place, values)


def fill(anchors: Iterable[Anchor | None]) -> Shelves:
    """File triggers, given in the document's order, under their anchors."""
    free: list[int] = []
    changed: dict[str, list[int]] = defaultdict(list)
    valued: dict[str, _Filling] = {
        one: defaultdict(lambda: defaultdict(list)) for one in ("is", "includes", "changed_to")
    }
    for position, anchor in enumerate(anchors):
        if anchor is None:
            free.append(position)
        elif anchor.operator == "changed":
            changed[anchor.condition.field].append(position)
        else:
            shelf = valued[anchor.operator][anchor.condition.field]
            for value in anchor.values:
                shelf[value].append(position)
    return Shelves(
        free=tuple(free),
        equal=_closed(valued["is"]),
        includes=_closed(valued["includes"]),
        changed={name: tuple(found) for name, found in changed.items()},
        changed_to=_closed(valued["changed_to"]),
    )


def _closed(filling: _Filling) -> dict[str, dict[str | None, tuple[int, ...]]]:
    return {
        name: {value: tuple(found) for value, found in shelf.items()}
        for name, shelf in filling.items()
    }


def concerned(shelves: Shelves, moment: Moment) -> list[int]:
    """Positions of the triggers whose anchor holds now and of those without one, ascending."""
    before, ticket = moment.before, moment.ticket
    found = list(shelves.free)
    for name, shelf in shelves.equal.items():
        found += shelf.get(_held(moment, name), ())
    for name, shelf in shelves.includes.items():
        for part in shelf.keys() & _parts(moment, name):
            found += shelf[part]
    for name, positions in shelves.changed.items():
        if getattr(ticket, name) != (getattr(before, name) if before else None):
            found += positions
    for name, shelf in shelves.changed_to.items():
        if getattr(ticket, name) != (getattr(before, name) if before else None):
            found += shelf.get(_held(moment, name), ())
    return sorted(set(found))


def _held(moment: Moment, name: str) -> str | None:
    """What the ticket's field holds, as its conditions compare it."""
    if name == "update":
        return moment.update
    value: str | None = getattr(moment.ticket, name)
    return value if name == "assignee" else moment.plain[value]


def _parts(moment: Moment, name: str) -> frozenset[str]:
    """What the field includes: its tags or its words."""
    if name == "tags":
        return moment.tags[moment.ticket.tags]
    return moment.tokens[moment.comment if name == "comment" else moment.ticket.subject]
