"""Rules that nothing can ever reach, and what keeps them from it."""

from collections.abc import Iterator
from typing import Final

from guardia.config.lint.facts import Claim, Custom, Premise, claim, clash, fact, told
from guardia.config.node import Path
from guardia.config.problem import Findings, listed
from guardia.config.walk import Normal, conditions
from guardia.domain import vocabulary

_ANY: Final = (*vocabulary.PRIORITIES, vocabulary.NONE)
_TIMED_FACTS: Final = ("in_business_hours", "on_holiday", "within_schedule")


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
        for place, message in _useless_targets(policy):
            findings.warn((*path, "targets", place), message)


def _taken(mine: Claim, earlier: list[tuple[Normal, Claim]], custom: Custom) -> Normal | None:
    """The first of earlier rules that matches whenever this one does."""
    premise = Premise(mine, custom)
    return next((rule for rule, theirs in earlier if premise.implies(theirs)), None)


def _useless_targets(policy: Normal) -> Iterator[tuple[int, str]]:
    """Targets whose priorities all have an earlier target of the same metric."""
    taken: dict[str, set[str]] = {}
    for place, target in enumerate(policy["targets"]):
        metric, wanted = target["metric"], target.get("priority", list(_ANY))
        before = taken.setdefault(metric, set())
        lost = [one for one in wanted if one in before]
        if len(lost) == len(wanted):
            yield place, f"no priority reaches this target of `{metric}`: the ones before take all"
        elif lost and "priority" in target:
            yield place, f"a target of `{metric}` before this one takes {listed(lost)} already"
        before.update(wanted)


def _check_automations(document: Normal, custom: Custom, findings: Findings) -> None:
    """An automation that can never be true is wrong: nothing but it would ever show."""
    for index, automation in enumerate(document["automations"]):
        path: Path = ("automations", index)
        place: Path = (*path, "when") if "when" in automation else path
        what = of_automation(automation, document)
        if (found := clash(what, custom)) is not None:
            findings.error(place, f"can never be true: {told(found, custom)}")
            continue
        open_ = Claim((fact("status", "is", "closed", denied=True),))
        closed = any(one.field == "hours_since.closed" and not one.denied for one in what.facts)
        if closed or clash(what + open_, custom) is not None:
            findings.warn(place, "never acts: nothing happens to a closed ticket any more")
        if "every" not in automation and not any(map(_is_timed, _asked(automation, document))):
            message = "asks nothing about time: it acts as soon as its conditions hold"
            findings.warn(path, message)


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
