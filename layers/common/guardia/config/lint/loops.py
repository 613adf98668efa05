"""Rules that set themselves off again, and pairs of them that undo each other.

An event looks at a trigger once, so triggers cannot run for ever; automations can, and are stopped
only after having acted on a ticket many times.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

from guardia.config.lint.effects import State, asked, ends, touched
from guardia.config.lint.facts import Claim, Custom, Fact, claim, clash, every_fact, fact, implies
from guardia.config.lint.reach import of_automation
from guardia.config.node import Path
from guardia.config.problem import Findings
from guardia.config.walk import Normal

_LEAST: Final = ("at_least", "greater_than")
_MOST: Final = ("at_most", "less_than")
_RESTARTING: Final = ("periodic_update_time", "pausable_update_time")
"""Metrics whose clock begins again with each public reply."""

_TIMED: Final = ("hours_since.", "until.", "sla.", "due_in")
_MOVED_ALONG: Final = {"group", "assignee", "status", "awaiting", "replies"}
"""What the desk may change of its own where a rule changes anything."""

_BY_TIME: Final = Claim((fact("actor", "is", "system"), fact("update", "is", "change")))
"""What a trigger sees of an automation's work."""


@dataclass(frozen=True, slots=True)
class _Rule:
    path: Path
    id: str
    what: Claim
    do: tuple[Normal, ...]
    timed: bool
    recurs: bool = False


def check_loops(document: Normal, custom: Custom, findings: Findings) -> None:
    """Look for rules that would act again and again with nobody doing anything."""
    triggers = [
        _Rule(("triggers", index), one["id"], claim(one.get("when")), tuple(one["do"]), timed=False)
        for index, one in enumerate(document["triggers"])
    ]
    automations = [
        _Rule(
            ("automations", index),
            one["id"],
            of_automation(one, document),
            tuple(one["do"]),
            timed=True,
            recurs="every" in one,
        )
        for index, one in enumerate(document["automations"])
    ]
    for rule in automations:
        if not rule.recurs and (moved := _winds_itself_up(rule, custom)) is not None:
            message = (
                f"sets itself off again and again: what it does moves `{moved}`, which it asks"
            )
            stopper = _who_interferes(rule, triggers, custom)
            if stopper is None:
                findings.error(rule.path, message)
            else:
                findings.warn(rule.path, f"{message}; only the trigger `{stopper}` may stop it")
    _check_pairs(triggers, automations, custom, findings)


def _check_pairs(
    triggers: list[_Rule], automations: list[_Rule], custom: Custom, findings: Findings
) -> None:
    for one, other, what in _undoing([*triggers, *automations], custom):
        message = f"undoes what `{one.id}` does: `{what}` goes to and fro between the two"
        if _at_once(one, other, custom) and not any(
            _who_interferes(each, triggers, custom) for each in (one, other)
        ):
            findings.error(other.path, f"{message}, at once and for ever")
        else:
            findings.warn(other.path, message)
    for one, other in combinations(automations, 2):
        if _wake_each_other(one, other, custom):
            message = (
                f"sets `{one.id}` off again, and that one this: each takes what the other does for"
                " an update"
            )
            findings.warn(other.path, message)


# -- alone ----------------------------------------------------------------------------------------


def _winds_itself_up(rule: _Rule, custom: Custom) -> str | None:
    """The instant that an automation surely moves, so that its conditions come true once more.

    What it does is carried out twice: the second time shows what each further time is like.
    """
    state = State(list(rule.what.facts), custom, asked(rule.what))
    state.act(rule.do)
    state.reset.clear()
    state.act(rule.do)
    if not _untouched(rule.what.choices, rule.do):
        return None
    left = Claim(tuple(state.facts))
    moved: list[str] = []
    for one in rule.what.facts:
        if not _is_timed(one):
            if not implies(left, Claim((one,)), custom):
                return None
        elif _begins_again(one, state, rule):
            moved.append(one.field)
        elif not _stays(one, state):
            return None
    return moved[0] if moved else None


def _begins_again(one: Fact, state: State, rule: _Rule) -> bool:
    """Whether a condition ends with what the rule does, and comes back by time alone."""
    if one.denied:
        return False
    head, _, name = one.field.partition(".")
    if head == "hours_since":
        return name in state.reset and one.operator not in _MOST
    metric = name.removeprefix("sla.").removesuffix(".remaining")
    return metric in _RESTARTING and one.operator in _MOST and _replies(rule.do)


def _stays(one: Fact, state: State) -> bool:
    """Whether a condition on a time goes on however long it takes, whatever the rule did."""
    head, _, name = one.field.partition(".")
    if one.denied or head != "hours_since" or name == "due" or name in state.ended:
        return False
    return one.operator in (_MOST if name in state.reset else _LEAST)


def _replies(do: tuple[Normal, ...]) -> bool:
    said = [action["comment"] for action in do if "comment" in action]
    return any("by" in one and one["public"] for one in said)


def _untouched(choices: tuple[tuple[Claim, ...], ...], do: tuple[Normal, ...]) -> bool:
    """Whether nothing a rule does, nor time, can change which alternatives of its choices hold."""
    moved = _moved(do)
    return not any(
        one.field in moved or _is_timed(one)
        for choice in choices
        for each in choice
        for one in every_fact(each)
    )


def _moved(do: tuple[Normal, ...]) -> set[str]:
    """The fields that a rule may change, also by what the desk does along with it."""
    written = touched(do)
    speaks = any("comment" in action for action in do)
    return written | (_MOVED_ALONG if written or speaks else set())


def _who_interferes(rule: _Rule, triggers: list[_Rule], custom: Custom) -> str | None:
    """A trigger that may change, after what an automation did, something that it asks."""
    concerned = {one.field for one in every_fact(rule.what)}
    for one in triggers:
        if touched(one.do) & concerned and clash(one.what + _BY_TIME, custom) is None:
            return one.id
    return None


# -- in pairs -------------------------------------------------------------------------------------


def _undoing(rules: list[_Rule], custom: Custom) -> Iterator[tuple[_Rule, _Rule, str]]:
    """Pairs of rules of which each ends its own conditions with what the other one undoes, the
    later one second and told of once."""
    writers: dict[str, list[tuple[int, Fact]]] = defaultdict(list)
    for place, rule in enumerate(rules):
        left = ends(rule.do, custom, asked(rule.what))
        if left and not _allows(rule, left, custom):  # else it acts also where its work is done
            for one in left:
                writers[_what(one)].append((place, one))

    @cache
    def open_(place: int, one: Fact) -> bool:
        return _allows(rules[place], [one], custom)

    @cache
    def apart(one: Fact, other: Fact) -> bool:
        return clash(Claim((one, other)), custom) is not None

    told: set[int] = set()
    for what, found in writers.items():
        for (place, mine), (later, theirs) in combinations(found, 2):
            if later in told or place == later or mine == theirs:
                continue
            if not (open_(place, theirs) and open_(later, mine) and apart(mine, theirs)):
                continue
            if _follow(rules[place], rules[later], custom):
                told.add(later)
                yield rules[place], rules[later], what


def _allows(rule: _Rule, facts: list[Fact], custom: Custom) -> bool:
    """Whether a rule may act where something is so."""
    return clash(rule.what + Claim(tuple(facts)), custom) is None


def _what(one: Fact) -> str:
    """What people call it: a field, or a tag."""
    return (
        f"tag {one.value[0]}" if one.field == "tags" and one.operator == "includes" else one.field
    )


def _follow(one: _Rule, other: _Rule, custom: Custom) -> bool:
    """Whether each of two rules may act on what the other one leaves, and so on for ever."""
    seen = _BY_TIME if one.timed is not other.timed else Claim()
    words = asked(one.what, other.what)
    for first, second in ((one, other), (other, one)):
        state = State(list(first.what.facts), custom, words)
        for done, following in ((first, second), (second, first)):
            state.act(done.do)
            if clash(Claim(tuple(state.facts)) + following.what + seen, custom) is not None:
                return False
            state.facts += following.what.facts
    return True


def _at_once(one: _Rule, other: _Rule, custom: Custom) -> bool:
    """Whether two automations surely follow each other, on some ticket, without any time passing.

    One that recurs acts no more than once at its time.
    """
    if not (one.timed and other.timed) or one.recurs or other.recurs:
        return False
    return _endless(one, other, custom) or _endless(other, one, custom)


def _endless(first: _Rule, second: _Rule, custom: Custom) -> bool:
    """Whether two automations follow each other once the first one has acted on a ticket that has
    all that the second asks and neither of them changes."""
    moved = _moved((*first.do, *second.do))
    lasting = [one for one in second.what.facts if _lasts(one, moved)]
    facts = (*first.what.facts, *lasting)
    choices = tuple(
        one
        for one in (*first.what.choices, *second.what.choices)
        if _untouched((one,), (*first.do, *second.do))
    )
    if clash(Claim(facts, choices), custom) is not None:
        return False
    state = State(list(facts), custom, asked(first.what, second.what))
    for done, following in ((first, second), (second, first)):
        state.act(done.do)
        if not implies(Claim(tuple(state.facts), choices), following.what, custom):
            return False
    return True


def _lasts(one: Fact, moved: set[str]) -> bool:
    """Whether a condition stays true on a ticket that nobody touches, whatever rules that move
    these fields do; a time that they begin anew is forgotten when they act."""
    if _is_timed(one):
        return one.field.startswith("hours_since.") and one.operator in _LEAST and not one.denied
    return one.field not in moved


def _wake_each_other(one: _Rule, other: _Rule, custom: Custom) -> bool:
    """Whether two automations ask how long nothing happened, and leave each other's conditions."""
    for first, second in ((one, other), (other, one)):
        if first.recurs or not any(
            each.field == "hours_since.updated" and each.operator in _LEAST and not each.denied
            for each in first.what.facts
        ):
            return False
        rest = tuple(each for each in second.what.facts if not _is_timed(each))
        state = State([*first.what.facts, *rest], custom, asked(second.what))
        state.act(first.do)
        known = Claim(tuple(state.facts))
        if not _untouched(second.what.choices, first.do):
            return False
        if not implies(known, Claim(rest), custom):
            return False
    return clash(one.what + other.what, custom) is None


def _is_timed(one: Fact) -> bool:
    return one.field.startswith(_TIMED)
