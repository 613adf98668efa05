"""The trigger cycle: in order, each at most once an event, from the top again after a change.

Triggers are filed under one condition that each of them must meet, so an event looks only at those
that it can concern. That changes no answer: a filed trigger is skipped only where its condition
is false.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from guardia.domain import actions, conditions
from guardia.domain.desk import Branch, Condition, Rules, Stop, Tree, Trigger
from guardia.domain.draft import Draft
from guardia.domain.model import RuleTrace
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
    "status",
    "update",
)
"""Fields that rules are filed under, the most selective first."""


def _concerned(rules: Rules, moment: Moment) -> list[int]:
    """Positions of the triggers that may match now, in the document's order."""
    found = list(rules.free)
    for name, shelf in rules.filed.items():
        if name == "update":
            value = "create" if moment.event.kind == "create" else "change"
        else:
            value = getattr(moment.ticket, name)
        found.extend(shelf.get(value, ()))
    return sorted(found)


def compile_rules(triggers: tuple[Trigger, ...], custom: Mapping[str, str]) -> Rules:
    """Compile triggers once. `custom` maps ids of the desk's fields to their types."""
    free: list[int] = []
    filed: dict[str, dict[str | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    for position, trigger in enumerate(triggers):
        key = _file_under(trigger.when)
        if key is None:
            free.append(position)
            continue
        for value in key[1]:
            filed[key[0]][value].append(position)
    return Rules(
        triggers=triggers,
        tests=tuple(conditions.compile_tree(one.when, custom) for one in triggers),
        custom=custom,
        free=tuple(free),
        filed={name: {k: tuple(v) for k, v in shelf.items()} for name, shelf in filed.items()},
    )


def _file_under(tree: Tree | None) -> tuple[str, tuple[str | None, ...]] | None:
    """The condition that must hold for the tree to hold, and that a look at the ticket answers."""
    if isinstance(tree, Branch):
        items = tree.items if tree.kind == "all" else ()
    else:
        items = (tree,) if tree else ()
    best: tuple[int, tuple[str, tuple[str | None, ...]]] | None = None
    for one in items:
        if isinstance(one, Condition) and one.operator == "is" and one.field in _FILED_BY:
            rank = _FILED_BY.index(one.field)
            if best is None or rank < best[0]:
                best = (rank, (one.field, _plain_values(one.value)))
    if best is None or any(value in ("current_user", "requester") for value in best[1][1]):
        return None
    return best[1]


def _plain_values(value: Any) -> tuple[str | None, ...]:
    many = value if isinstance(value, list | tuple) else (value,)
    return tuple(dict.fromkeys(None if one == NONE else str(one).lower() for one in many))


def run(rules: Rules, draft: Draft, *, fired: set[int]) -> None:
    """Run the cycle on a draft. `fired` holds the triggers that fired in this event already.

    A trigger that changed the ticket sends the cycle back to the top; `stop` ends it. Whether a
    field changed is judged against the ticket before the event.
    """
    again = True
    while again:
        again = False
        for position in _concerned(rules, draft.moment):
            if position in fired or rules.triggers[position].dead:
                continue
            if not rules.tests[position](draft.moment):
                continue
            fired.add(position)
            before = draft.ticket
            _fire(rules, position, draft)
            if any(isinstance(one, Stop) for one in rules.triggers[position].actions):
                return
            if draft.ticket != before:
                again = True
                break


def _fire(rules: Rules, position: int, draft: Draft) -> None:
    trigger = rules.triggers[position]
    seen = conditions.trace(trigger.when, draft.moment, rules.custom)
    draft.suppressed = []
    for action in trigger.actions:
        actions.perform(action, draft, trigger.id)
    draft.rules.append(
        RuleTrace(
            kind="trigger",
            id=trigger.id,
            matched=True,
            suppressed=tuple(draft.suppressed),
            conditions=seen,
        )
    )


def explain(rules: Rules, draft: Draft, *, fired: set[int]) -> None:
    """Add to the draft, for every trigger that did not fire, why it did not.

    Its conditions are judged at the end of the event, when its last chance has passed.
    """
    for position, trigger in enumerate(rules.triggers):
        if position in fired:
            continue
        dead = tuple(f"dead reference: {one}" for one in trigger.dead)
        draft.rules.append(
            RuleTrace(
                kind="trigger",
                id=trigger.id,
                matched=False,
                suppressed=dead,
                conditions=()
                if dead
                else conditions.trace(trigger.when, draft.moment, rules.custom),
            )
        )
