"""The trigger cycle: in order, each at most once an event, from the top again after a change.

An event looks only at the triggers that it can concern, and after a change from the top only at
those that look at something it changed. That alters no answer: what is passed over would say no, as
it did before.
"""

from collections import defaultdict
from collections.abc import Mapping
from operator import attrgetter
from typing import Final

from guardia.domain import actions, conditions, shelves
from guardia.domain.conditions import Judge, Test, Trace
from guardia.domain.desk import Branch, Rules, Stop, Tree, Trigger
from guardia.domain.draft import Draft
from guardia.domain.model import TICKET_ATTRIBUTES, ConditionTrace, RuleTrace, Ticket
from guardia.domain.moment import Moment
from guardia.domain.shelves import Anchor

_values: Final = attrgetter(*TICKET_ATTRIBUTES)


def compile_rules(triggers: tuple[Trigger, ...], custom: Mapping[str, str]) -> Rules:
    """Compile triggers once. `custom` maps ids of the desk's fields to their types."""
    known: dict[int, Judge] = {}
    anchors = [shelves.anchor_of(one.when) for one in triggers]
    readers: dict[str, set[int]] = defaultdict(set)
    tests: list[Test] = []
    traces: list[Trace] = []
    for position, (trigger, anchor) in enumerate(zip(triggers, anchors, strict=True)):
        if trigger.dead or trigger.when is None:
            tests.append(_never if trigger.dead else _always)
            traces.append(_nothing)
            continue
        judge = conditions.compile_tree(trigger.when, custom, known)
        tests.append(judge.holds if anchor is None else _rest(trigger.when, anchor, known))
        traces.append(judge.trace)
        for name in judge.reads:
            readers[name].add(position)
    return Rules(
        triggers=triggers,
        tests=tuple(tests),
        traces=tuple(traces),
        readers={name: frozenset(found) for name, found in readers.items()},
        shelves=shelves.fill(anchors),
    )


def _always(_moment: Moment) -> bool:
    return True


def _never(_moment: Moment) -> bool:
    return False


def _nothing(_moment: Moment, _seen: list[ConditionTrace]) -> bool:
    return True


def _rest(tree: Tree, anchor: Anchor, known: dict[int, Judge]) -> Test:
    """The test of a trigger whose anchor is known to hold."""
    items = tree.items if isinstance(tree, Branch) else (tree,)
    rest = [known[id(one)] for one in items if one is not anchor.condition]
    return conditions.every(rest) if rest else _always


def run(rules: Rules, draft: Draft, *, fired: set[int]) -> None:
    """Run the cycle on a draft. `fired` holds the triggers that fired in this event already.

    A trigger that changed the ticket sends the cycle back to the top; `stop` ends it. Whether a
    field changed is judged against the ticket before the event.
    """
    moment, tests = draft.moment, rules.tests
    waiting = shelves.concerned(rules.shelves, moment)
    place = 0
    while place < len(waiting):
        position = waiting[place]
        place += 1
        if position in fired or not tests[position](moment):
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
    rules.traces[position](draft.moment, seen)
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
        rules.traces[position](draft.moment, seen)
        draft.rules.append(
            RuleTrace(
                kind="trigger",
                id=trigger.id,
                matched=False,
                suppressed=tuple(f"dead reference: {one}" for one in trigger.dead),
                conditions=tuple(seen),
            )
        )
