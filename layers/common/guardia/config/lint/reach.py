"""Rules that nothing can ever reach, and what keeps them from it."""

from collections.abc import Iterable, Iterator
from typing import Final

from guardia.config.lint.effects import STAMPS
from guardia.config.lint.facts import (
    Claim,
    Custom,
    Fact,
    Premise,
    claim,
    clash,
    every_fact,
    fact,
    told,
)
from guardia.config.lint.promises import DUE, promised
from guardia.config.node import Path
from guardia.config.problem import Findings, listed
from guardia.config.walk import Normal, conditions
from guardia.domain import vocabulary

_ANY: Final = (*vocabulary.PRIORITIES, vocabulary.NONE)
_TIMED_FACTS: Final = ("in_business_hours", "on_holiday", "within_schedule")
_STATUSES: Final = {f"hours_since.{stamp}": status for status, stamp in STAMPS.items()}
_RUNNING: Final = ("active", "paused")
_UNSOLVED: Final = ("new", "open", "pending", "hold")


def check_reach(document: Normal, custom: Custom, findings: Findings) -> None:
    """Look for rules that cannot match, and for those that an earlier one leaves nothing to."""
    _check_triggers(document["triggers"], custom, findings)
    _check_automations(document, custom, findings)
    _check_policies(document["sla_policies"], custom, findings)
    for index, view in enumerate(document["views"]):
        if reason := _impossible(claim(view.get("when")), custom):
            findings.warn(("views", index, "when"), f"always empty: {reason}")


def of_automation(automation: Normal, document: Normal) -> Claim:
    """What must be so for an automation to act: its view's conditions and its own."""
    of_view = [one for one in document["views"] if one["id"] == automation.get("view")]
    return sum((claim(one.get("when")) for one in (*of_view, automation)), Claim())


def _impossible(what: Claim, custom: Custom) -> str | None:
    """Why conditions cannot hold; None where they can, or where it is told of them already."""
    found = clash(what, custom)
    return told(found, custom) if found else None


def _check_triggers(triggers: list[Normal], custom: Custom, findings: Findings) -> None:
    stops: list[tuple[Normal, Claim]] = []
    for index, trigger in enumerate(triggers):
        path: Path = ("triggers", index)
        mine = claim(trigger.get("when"))
        if reason := _impossible(mine, custom):
            findings.warn((*path, "when"), f"never matches: {reason}")
        elif (earlier := _taken(mine, stops, custom)) is not None:
            how = "always matches" if "when" not in earlier else "matches whenever this would"
            findings.warn(path, f"never reached: `{earlier['id']}` before it {how} and stops")
        if any("stop" in action for action in trigger["do"]):
            stops.append((trigger, mine))


def _check_policies(policies: list[Normal], custom: Custom, findings: Findings) -> None:
    before: list[tuple[Normal, Claim]] = []
    for index, policy in enumerate(policies):
        path: Path = ("sla_policies", index)
        mine = claim(policy.get("when"))
        if reason := _impossible(mine, custom):
            findings.warn((*path, "when"), f"never matches: {reason}")
        elif (earlier := _taken(mine, before, custom)) is not None:
            message = f"never reached: `{earlier['id']}` before it takes every ticket it would"
            findings.warn(path, message)
        before.append((policy, mine))
        for position, pause in enumerate(policy["pause"]):
            if reason := _impossible(claim(pause["when"]), custom):
                findings.warn((*path, "pause", position, "when"), f"never pauses: {reason}")
        for place, message in _useless_targets(policy, mine, custom):
            findings.warn((*path, "targets", place), message)


def _taken(mine: Claim, earlier: list[tuple[Normal, Claim]], custom: Custom) -> Normal | None:
    """The first of earlier rules that matches whenever this one does."""
    premise = Premise(mine, custom)
    return next((rule for rule, theirs in earlier if premise.implies(theirs)), None)


def _useless_targets(policy: Normal, mine: Claim, custom: Custom) -> Iterator[tuple[int, str]]:
    """Targets whose priorities the policy's conditions exclude, or have an earlier target of the
    same metric."""
    excluded = [
        one
        for one in _ANY
        if clash(mine + Claim((fact("priority", "is", one),)), custom) is not None
    ]
    taken: dict[str, set[str]] = {}
    for place, target in enumerate(policy["targets"]):
        metric, named = target["metric"], target.get("priority", list(_ANY))
        before = taken.setdefault(metric, set())
        wanted = [one for one in named if one not in excluded]
        lost = [one for one in wanted if one in before]
        if not wanted:
            reason = "the policy's conditions leave none that it names"
            yield place, f"no priority reaches this target of `{metric}`: {reason}"
        elif len(lost) == len(wanted):
            yield place, f"no priority reaches this target of `{metric}`: the ones before take all"
        elif lost and "priority" in target:
            yield place, f"a target of `{metric}` before this one takes {listed(lost)} already"
        elif len(wanted) < len(named) and "priority" in target:
            none = listed(one for one in named if one in excluded)
            yield place, f"the policy's conditions leave no ticket of the priority {none}"
        before.update(wanted)


def _check_automations(document: Normal, custom: Custom, findings: Findings) -> None:
    """An automation that can never act is wrong: nothing but it would ever show."""
    for index, automation in enumerate(document["automations"]):
        path: Path = ("automations", index)
        place: Path = (*path, "when") if "when" in automation else path
        what = of_automation(automation, document)
        if (found := clash(what, custom)) is not None:
            findings.error(place, f"can never be true: {told(found, custom)}")
            continue
        if (reason := _hopeless(what, automation, document, custom)) is not None:
            findings.error(place, reason)
            continue
        for stamp in _left_behind(what):
            message = (
                f"`{stamp}` counts on after the ticket has left the status `{_STATUSES[stamp]}`;"
                " ask for the `status` too"
            )
            findings.warn(place, message)
        if "every" not in automation and not any(map(_is_timed, _asked(automation, document))):
            message = "asks nothing about time: it acts as soon as its conditions hold"
            findings.warn(path, message)


def _hopeless(what: Claim, automation: Normal, document: Normal, custom: Custom) -> str | None:
    """Why conditions that do not contradict each other come true on no ticket all the same."""
    asked = list(every_fact(what))
    known = Claim((fact("status", "is", "closed", denied=True),))
    known += _nothing(one for one in asked if one.field == "hours_since.closed")
    if clash(what + known, custom) is not None:
        return "can never act: nothing happens to a closed ticket any more"
    if any("digest" in one for one in automation["do"]):
        known += Claim((fact("status", "is", _UNSOLVED),))
        if clash(what + known, custom) is not None:
            return "can never act: a digest names no solved or closed ticket"
    if not document["sla_policies"]:
        known += _nothing(one for one in asked if one.field in DUE)
        if clash(what + known, custom) is not None:
            return "can never be true: there is no policy, so nothing is ever due"
    kept = promised(document)
    for metric in vocabulary.SLA_METRICS:
        if metric not in kept:
            known += _nothing(one for one in asked if one.field == f"until.sla.{metric}")
            # A ticket may still have a clock of a policy that is gone, but none that goes on.
            known += Claim((fact(f"sla.{metric}.state", "is", _RUNNING, denied=True),))
            if clash(what + known, custom) is not None:
                return f"can never be true: no policy has a target of `{metric}`: it has no clock"
    return None


def _nothing(asked: Iterable[Fact]) -> Claim:
    """That there is nothing to read in what these conditions ask."""
    return Claim(tuple(Fact(one.field, "is", vocabulary.NONE, *one.about[1:]) for one in asked))


def _left_behind(what: Claim) -> list[str]:
    """The times since the entering of a status that conditions ask for without the status."""
    asked = list(every_fact(what))
    if any(one.field == "status" for one in asked):
        return []
    found = (one.field for one in asked if one.field in _STATUSES and one.value != vocabulary.NONE)
    return sorted({*found} - {"hours_since.closed"})


def _asked(automation: Normal, document: Normal) -> Iterator[Normal]:
    yield from conditions(automation.get("when"))
    for view in document["views"]:
        if view["id"] == automation.get("view"):
            yield from conditions(view.get("when"))


def _is_timed(one: Normal) -> bool:
    """Whether time alone can change the answer to a condition."""
    known = vocabulary.field(one["field"], {})
    return (
        (known is not None and known.kind == "duration")
        or one["field"] in _TIMED_FACTS
        or (one["field"].startswith("sla.") and one["field"].endswith(".state"))
        or one["operator"] in vocabulary.WITHIN
    )
