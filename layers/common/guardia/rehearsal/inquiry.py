"""Why a rule did, or did not, fire on a ticket: event by event, and for what time sets off, when
it will and what it waits for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from guardia import shapes
from guardia.domain import conditions, times
from guardia.domain.automations import MAX_FIRINGS
from guardia.domain.desk import Automation, Condition, Desk, Digest, SlaPolicy, Stop, Tree, Trigger
from guardia.domain.event import Due
from guardia.domain.model import ConditionTrace, RuleTrace
from guardia.domain.moment import MissingError
from guardia.rehearsal import plain, prospects
from guardia.rehearsal.explain import DeskAt, Replayed, traced
from guardia.rehearsal.prospects import View
from guardia.rehearsal.records import due_of

KINDS: Final = ("trigger", "automation", "sla_policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A rule of the desk: its kind, its place among its kind, and the rule."""

    kind: str
    place: int
    rule: Trigger | Automation | SlaPolicy


class Rules:
    """The rules of each version of the desk, by kind and id: each kind has ids of its own."""

    def __init__(self, desk_at: DeskAt) -> None:
        """Take what gives the desk of a version."""
        self._desk_at = desk_at
        self._known: dict[str, dict[tuple[str, str], Found]] = {}

    def find(self, config: str, kind: str, name: str) -> Found | None:
        """Return a rule of a version, None where it has none of that id."""
        if config not in self._known:
            self._known[config] = _filed(self._desk_at(config))
        return self._known[config].get((kind, name))


def _filed(desk: Desk) -> dict[tuple[str, str], Found]:
    rules: dict[str, Sequence[Trigger | Automation | SlaPolicy]] = {
        "trigger": desk.rules.triggers,
        "automation": desk.automations.rules,
        "sla_policy": desk.promises.policies,
    }
    return {
        (kind, one.id): Found(kind=kind, place=place, rule=one)
        for kind in KINDS
        for place, one in enumerate(rules[kind])
    }


def ask(name: str, replayed: Sequence[Replayed], now: View, rules: Rules) -> list[dict[str, Any]]:
    """Tell of each rule with an id what it did in the entries, and of those that time sets off how
    they stand. Kinds that neither the entries nor the desk of now know are left out."""
    live = {kind: rules.find(now.desk.version, kind, name) for kind in KINDS}
    found = []
    for kind, rule in live.items():
        events = list(_events(kind, name, replayed, now, rules))
        if rule is None and not events:
            continue
        shape: dict[str, Any] = {
            "kind": kind,
            "id": name,
            "exists": rule is not None,
            "fired": [one["seq"] for one in events if one["matched"]],
            "events": events,
            "now": None,
        }
        if kind == "automation" and rule is not None:
            shape["now"] = _automation_now(rule, now)
        elif kind == "sla_policy" and rule is not None:
            shape["now"] = _policy_now(rule, now)
        found.append(shape)
    return found


# -- what it did in each event --------------------------------------------------------------------


def _events(
    kind: str, name: str, replayed: Sequence[Replayed], now: View, rules: Rules
) -> Iterator[dict[str, Any]]:
    for one in replayed:
        entry = one.point.entry
        rule = rules.find(entry.config, kind, name)
        desk = now.desk_at(entry.config)
        own = [each for each in one.rules if (each.kind, each.id) == (kind, name)]
        if kind == "automation" and not own and rule is not None:
            own = list(_judged_after(rule, one, now))
        told = [(shapes.rule(each), because(each, one, desk, rule)) for each in own]
        if kind == "sla_policy":
            told = _once(
                told,
                [
                    (shapes.rule(each), because(each, one, desk, rule))
                    for each in _of_policy(name, one, rule)
                ],
            )
        for shape, reasons in told:
            yield {
                "seq": entry.seq,
                "at": shapes.instant(entry.at),
                "event": entry.event,
                "config": entry.config,
                "replayed": one.reason is None,
                **shape,
                "because": reasons,
            }


_Told = list[tuple[dict[str, Any], list[str]]]
"""Rules in the shapes of the outside, each with its reasons."""


def _once(struck: _Told, asked: _Told) -> _Told:
    """A policy that something came of in an event was also asked in it whether it holds from then
    on: both are one answer, that says what it did, how its conditions were judged, and where they
    hold no more, why."""
    if not struck or not asked:
        return struck or asked
    (did, reasons), (holds, why) = struck[0], asked[0]
    lost = [] if holds["matched"] else [f"from here on it does not hold: {one}" for one in why]
    return [(did | {"conditions": holds["conditions"]}, [*reasons, *lost])]


def _of_policy(name: str, one: Replayed, found: Found | None) -> list[RuleTrace]:
    """Whether a policy held for the ticket after an event; those behind the one that did were not
    even asked."""
    asked = [each for each in one.policies if each.id == name]
    if asked or found is None or not one.policies:
        return asked
    last = one.policies[-1]
    reason = f"{last.id} comes before it and holds" if last.matched else last.suppressed[0]
    return [RuleTrace(kind="sla_policy", id=name, matched=False, suppressed=(reason,))]


def _judged_after(found: Found, one: Replayed, now: View) -> Iterator[RuleTrace]:
    """An automation's conditions as they were after an event in which it did not fire."""
    point = one.point
    if point.entry.asked and point.after.status != "closed":
        yield _judged(found, now.at_another(point.after, point.entry.config, point.entry.at))


def _judged(found: Found, view: View) -> RuleTrace:
    """An automation's conditions at a view's instant; it does not fire there."""
    moment = view.moment(view.at)
    moment.rule = found.rule.id
    dead = tuple(f"dead reference: {one}" for one in found.rule.dead)
    seen: tuple[ConditionTrace, ...] = ()
    try:
        _, seen = traced(view.desk.automations.judge(found.place), moment)
    except MissingError as missing:
        dead = (*dead, f"{missing.key} was not looked up then")
    return RuleTrace(
        kind="automation", id=found.rule.id, matched=False, suppressed=dead, conditions=seen
    )


def because(rule: RuleTrace, one: Replayed, desk: Desk, found: Found | None) -> list[str]:
    """A sentence for each condition that kept a rule from firing, or one that says why it did.
    `desk` is the one that decided the entry, `found` the rule in it."""
    if rule.matched:
        late = f", {plain.span(rule.late)} late" if rule.late else ""
        return [f"{_did(rule, one, desk)}{late}", *(f"held back: {two}" for two in rule.suppressed)]
    if rule.suppressed:
        return list(rule.suppressed)
    if blamed := list(_blamed(rule, found)):
        return blamed
    if rule.kind == "sla_policy":
        return ["its conditions did not hold"]
    if rule.kind == "trigger":
        by = _stopped_by(one, desk)
        return [
            f"its conditions hold, but {by} stopped the triggers before it"
            if by
            else "its conditions held only once its turn had passed"
        ]
    return [_not_now(one, found)]


def _did(rule: RuleTrace, one: Replayed, desk: Desk) -> str:
    if rule.kind != "sla_policy":
        return "it fired: its conditions held"
    due = due_of(one.point.entry)
    # What a policy did and that it holds may read the same; they are told apart by which is which.
    struck = due is not None and any(rule is each for each in one.rules)
    return plain.what(due, desk) if due and struck else "it holds: its targets apply"


def _blamed(rule: RuleTrace, found: Found | None) -> Iterator[str]:
    """What each condition that said the wrong thing found."""
    when = found.rule.when if found else None
    if when is None:
        return
    known = _by_leaf(when, rule)
    for leaf, wanted in _blockers(when, known, wanted=True):
        said = plain.condition(leaf)
        actual = plain.value(leaf.field, known[id(leaf)].actual)
        yield f"{said}: it was {actual}" if wanted else f"not ({said}): it was {actual}"


def _not_now(one: Replayed, found: Found | None) -> str:
    """Why an automation whose conditions hold after an event did not fire in it."""
    rule = found.rule if found else None
    if isinstance(rule, Automation) and rule.every is not None:
        return f"its conditions hold, but it comes only at {plain.recurrence(rule.every)}"
    if rule is not None and rule.id in one.point.after.fired:
        return "it fired before, and its conditions have held ever since"
    return "its conditions hold: it is due at this very instant"


def _stopped_by(one: Replayed, desk: Desk) -> str | None:
    stops = {two.id for two in desk.rules.triggers if any(type(x) is Stop for x in two.actions)}
    fired = (two.id for two in one.rules if two.kind == "trigger" and two.matched)
    return next((two for two in fired if two in stops), None)


# -- how it stands now ----------------------------------------------------------------------------


def _automation_now(found: Found, view: View) -> dict[str, Any]:
    rule, ticket = found.rule, view.ticket
    assert isinstance(rule, Automation)  # noqa: S101 - it was found among them
    trace = _judged(found, view)
    coming = [one for one in prospects.dues(view) if one.rule == rule.id]
    next_ = next((one for one in coming if one.kind == "automation"), None)
    digest = any(type(one) is Digest for one in rule.actions)
    stopped = ticket.firings.get(rule.id, 0) >= MAX_FIRINGS
    return {
        "holds": all(one.result for one in trace.conditions[:1]) and not trace.suppressed,
        "fired": rule.id in ticket.fired,
        "firings": ticket.firings.get(rule.id, 0),
        "next_at": shapes.instant(next_.at) if next_ else None,
        "every": plain.recurrence(rule.every) if rule.every else None,
        "conditions": shapes.rule(trace)["conditions"],
        "waits_for": [] if trace.suppressed else _waits(rule, view, trace),
        "says": _stands(rule, view, next_, digest=digest, stopped=stopped),
    }


def _stands(rule: Automation, view: View, next_: Due | None, *, digest: bool, stopped: bool) -> str:
    """How an automation stands, in a sentence."""
    if rule.dead:
        return f"it never fires: dead reference: {', '.join(rule.dead)}"
    if digest:
        return "it writes a digest of many tickets and does nothing to a single one"
    if view.ticket.status == "closed":
        return "it will not fire: the ticket is closed"
    if stopped:
        return f"it is stopped: it fired {MAX_FIRINGS} times and nobody touched the ticket"
    if rule.id in view.ticket.fired and rule.every is None:
        again = "once its conditions were false in between"
        if next_ is None:
            return f"it has fired and its conditions still hold: it fires again {again}"
        return f"it has fired and its conditions still hold; it fires again {again}"
    if next_ is None:
        return "it will not fire unless the ticket changes"
    if next_.at <= view.at:
        return "it is due now"
    return f"it fires in {plain.span((next_.at - view.at).total_seconds())} if nothing changes"


def _waits(rule: Automation, view: View, trace: RuleTrace) -> list[dict[str, Any]]:
    """The conditions that do not hold now, each with the instant at which time alone makes it
    true; null where the ticket must change."""
    if rule.when is None:
        return []
    moment = view.moment(view.at)
    moment.rule = rule.id
    custom = {one.id: one.type for one in view.desk.fields.values()}
    known = _by_leaf(rule.when, trace)
    found = []
    for leaf, wanted in _blockers(rule.when, known, wanted=True):
        span = times.compile_span(leaf, custom, {})
        at = (span.on if wanted else span.off)(moment, view.at)
        seen = known[id(leaf)]
        found.append(
            {
                "field": leaf.field,
                "operator": leaf.operator,
                "value": shapes.plain(leaf.value),
                "actual": shapes.plain(seen.actual),
                "result": seen.result,
                "wanted": wanted,
                "at": shapes.instant(at),
                "says": _waiting(leaf, seen, at, wanted=wanted),
            }
        )
    return found


def _waiting(leaf: Condition, seen: ConditionTrace, at: datetime | None, *, wanted: bool) -> str:
    said = plain.condition(leaf)
    is_ = plain.value(leaf.field, seen.actual)
    must = said if wanted else f"not ({said})"
    until = "time brings it" if at is not None else "only a change of the ticket brings it"
    return f"{must}: it is {is_}; {until}"


def _by_leaf(when: Tree, trace: RuleTrace) -> dict[int, ConditionTrace]:
    """How each condition of a tree was judged, by its identity."""
    seen = (one for one in trace.conditions if one.field)
    return {id(leaf): one for leaf, one in zip(conditions.leaves(when), seen, strict=True)}


def _blockers(
    tree: Tree, seen: dict[int, ConditionTrace], *, wanted: bool
) -> Iterator[tuple[Condition, bool]]:
    """The conditions that keep a tree from being `wanted`, each with what it would have to be."""
    if _answer(tree, seen) is wanted:
        return
    if isinstance(tree, Condition):
        yield tree, wanted
        return
    inner = wanted if tree.kind != "none" else not wanted
    for one in tree.items:
        yield from _blockers(one, seen, wanted=inner)


def _answer(tree: Tree, seen: dict[int, ConditionTrace]) -> bool:
    if isinstance(tree, Condition):
        return seen[id(tree)].result
    answers = [_answer(one, seen) for one in tree.items]
    if tree.kind == "all":
        return all(answers)
    return any(answers) if tree.kind == "any" else not any(answers)


def _policy_now(found: Found, view: View) -> dict[str, Any]:
    """Whether a policy holds for the ticket now, and which clocks it measures."""
    policy = found.rule
    clocks = [one for one in view.ticket.clocks if one.policy == policy.id and one.lives]
    names = ", ".join(one.metric for one in clocks)
    return {
        "holds": bool(clocks),
        "clocks": [{"metric": one.metric, "instance": one.instance} for one in clocks],
        "says": f"it measures {names}"
        if clocks
        else "none of the ticket's clocks is measured by it",
    }
