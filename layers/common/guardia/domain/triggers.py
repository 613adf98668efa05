"""The trigger cycle: in order, each at most once an event, from the top again after a change.

An event looks only at the triggers that it can concern, and after a change from the top only at
those that look at something it changed. That alters no answer: what is passed over would say no, as
it did before.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from typing import Final

from guardia.domain import actions, conditions, fields, shelves
from guardia.domain.conditions import Judge
from guardia.domain.desk import Rules, Stop, Trigger
from guardia.domain.draft import Draft
from guardia.domain.model import TICKET_ATTRIBUTES, ConditionTrace, RuleTrace, Ticket

_values: Final = attrgetter(*TICKET_ATTRIBUTES)


def compile_rules(triggers: tuple[Trigger, ...], custom: Mapping[str, str]) -> Rules:
    """File triggers and compile each when it is first looked at, once.

    `custom` maps ids of the desk's fields to their types.
    """
    anchors = shelves.anchors(triggers)
    known: dict[int, Judge] = {}

    @cache
    def judge(position: int) -> Judge:
        trigger, anchor = triggers[position], anchors[position]
        if trigger.dead:
            return _NEVER
        if trigger.when is None:
            return _ALWAYS
        if anchor is None or not anchor.whole:
            return conditions.compile_tree(trigger.when, custom, known)
        return conditions.compile_rest(trigger.when, anchor.condition, custom, known)

    return Rules(
        triggers=triggers, judge=judge, readers=_readers(triggers), shelves=shelves.fill(anchors)
    )


_ALWAYS: Final = Judge(lambda _moment: True, lambda _moment, _seen: True, 0)
_NEVER: Final = Judge(lambda _moment: False, lambda _moment, _seen: False, 0)


def _readers(triggers: tuple[Trigger, ...]) -> dict[str, frozenset[int]]:
    """Positions of the triggers that look at an attribute of the ticket, by its name."""
    found: dict[str, set[int]] = defaultdict(set)
    known: dict[int, frozenset[str]] = {}
    for position, trigger in enumerate(triggers):
        if trigger.dead or trigger.when is None:
            continue
        for one in conditions.leaves(trigger.when):
            if id(one) not in known:
                known[id(one)] = fields.attributes(one)
            for name in known[id(one)]:
                found[name].add(position)
    return {name: frozenset(positions) for name, positions in found.items()}


def run(rules: Rules, draft: Draft, *, fired: set[int]) -> None:
    """Run the cycle on a draft. `fired` holds the triggers that fired in this event already.

    A trigger that changed the ticket sends the cycle back to the top; `stop` ends it. Whether a
    field changed is judged against the ticket before the event.
    """
    moment, judge = draft.moment, rules.judge
    waiting = shelves.concerned(rules.shelves, moment)
    place = 0
    while place < len(waiting):
        position = waiting[place]
        place += 1
        if position in fired or not judge(position).holds(moment):
            continue
        fired.add(position)
        before = draft.ticket
        if not _fire(rules, position, draft):
            return
        if changed := _changed(before, draft.ticket):
            affected = frozenset().union(*(rules.readers.get(name, ()) for name in changed))
            concerned = shelves.concerned(rules.shelves, moment)
            waiting = [one for one in concerned if one > position or one in affected]
            place = 0


def _changed(before: Ticket, after: Ticket) -> list[str]:
    """The attributes of the ticket in which the two differ."""
    if before is after:
        return []
    pairs = zip(TICKET_ATTRIBUTES, _values(before), _values(after), strict=True)
    return [name for name, was, now in pairs if was is not now and was != now]


def _fire(rules: Rules, position: int, draft: Draft) -> bool:
    """Carry a trigger out; return whether later ones are looked at."""
    trigger = rules.triggers[position]
    seen: list[ConditionTrace] = []
    rules.judge(position).trace(draft.moment, seen)
    draft.suppressed = []
    goes_on = True
    for action in trigger.actions:
        actions.perform(action, draft, trigger.id)
        goes_on = goes_on and type(action) is not Stop
    draft.rules.append(
        RuleTrace(
            kind="trigger",
            id=trigger.id,
            matched=True,
            suppressed=tuple(draft.suppressed),
            conditions=tuple(seen),
        )
    )
    return goes_on


def explain(rules: Rules, draft: Draft, *, fired: set[int]) -> None:
    """Add to the draft, for every trigger that did not fire, why it did not.

    Its conditions are judged at the end of the event, when its last chance has passed.
    """
    for position, trigger in enumerate(rules.triggers):
        if position in fired:
            continue
        seen: list[ConditionTrace] = []
        rules.judge(position).trace(draft.moment, seen)
        draft.rules.append(
            RuleTrace(
                kind="trigger",
                id=trigger.id,
                matched=False,
                suppressed=tuple(f"dead reference: {one}" for one in trigger.dead),
                conditions=tuple(seen),
            )
        )
