"""Checking rules: what they ask, what they do, and what each kind of rule cannot have.

The shape of each whole rule is checked before; here its parts are looked at one by one, so that a
mistake in one hides none in another. Returned are the stored forms.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from guardia.config.actions import Normal, check_action
from guardia.config.conditions import check_tree
from guardia.config.names import Names
from guardia.config.node import Path
from guardia.config.problem import Findings
from guardia.config.rule_schema import Action, Recurrence
from guardia.config.scopes import Scope, anything, of_a_view, of_an_automation
from guardia.config.sentences import check_shape
from guardia.domain.vocabulary import WEEKDAYS

Plain = Mapping[str, Any]

_NO_STOP: Final = "`stop` ends the look at triggers; {rule} has no later rules to stop"
_NO_USER: Final = "nobody acts when {rule} runs: `current_user` is never anyone"


def trigger(one: Plain, path: Path, names: Names, findings: Findings) -> Normal:
    """Check a trigger."""
    done = check_actions(one, path, names, findings, rule="the trigger")
    for place, action in done:
        if "digest" in action:
            message = "a digest is told at certain times; it goes with an automation's `every`"
            findings.error((*place, "digest"), message, key=True)
    return {
        "id": one.get("id"),
        **check_when(one, path, names, findings, anything),
        "do": [action for _, action in done],
    }


def view(one: Plain, path: Path, names: Names, findings: Findings) -> Normal:
    """Check a view."""
    name = one.get("name")
    return {
        "id": one.get("id"),
        "name": one.get("id") if name is None else name,
        **check_when(one, path, names, findings, of_a_view),
    }


def automation(one: Plain, path: Path, names: Names, findings: Findings, zone: str) -> Normal:
    """Check an automation; `zone` is the desk's, where its `every` names none."""
    normal: Normal = {
        "id": one.get("id"),
        **check_when(one, path, names, findings, of_an_automation),
    }
    if "every" in one and one["every"] is None:
        findings.error((*path, "every"), "`every` is empty; write `every: {at: …}`")
    elif "every" in one:
        every = check_shape(Recurrence, one["every"], (*path, "every"), findings)
        if isinstance(every, Recurrence):
            normal["every"] = _recurrence(every, (*path, "every"), names, findings, zone)
    if one.get("view") is not None:
        names.check("views", one["view"], (*path, "view"), findings)
        normal["view"] = one["view"]
    done = check_actions(one, path, names, findings, rule="an automation")
    _check_timed(done, findings, "an automation")
    _check_digests(done, findings, recurs="every" in one)
    return {
        **normal,
        "do": [action for _, action in done],
        "if_late": one.get("if_late", "act"),
    }


def check_when(one: Plain, path: Path, names: Names, findings: Findings, scope: Scope) -> Normal:
    """Check the conditions of a rule; return them as `{"when": …}`, or nothing without any."""
    if "when" not in one:
        return {}
    if one["when"] is None:
        message = "`when` is empty; leave it out for a rule that always matches"
        findings.error((*path, "when"), message)
        return {}
    return {"when": check_tree(one["when"], (*path, "when"), names, findings, scope=scope)}


def check_actions(
    one: Plain, path: Path, names: Names, findings: Findings, *, rule: str
) -> list[tuple[Path, Normal]]:
    """Check what a rule does; return each action with its place. `rule` is what people call it."""
    done = one.get("do")
    if done == []:
        findings.error((*path, "do"), f"{rule} does nothing; add an action")
    found = []
    for index, plain in enumerate(done if isinstance(done, list) else ()):
        place: Path = (*path, "do", index)
        action = check_shape(Action, plain, place, findings)
        if isinstance(action, Action):
            found.append((place, check_action(action, place, names, findings)))
    return found


def check_escalation(
    one: Plain, path: Path, names: Names, findings: Findings
) -> list[tuple[Path, Normal]]:
    """Check what an escalation does."""
    done = check_actions(one, path, names, findings, rule="the escalation")
    _check_timed(done, findings, "an escalation")
    for place, action in done:
        if "digest" in action:
            message = "a digest is told at certain times; it goes with an automation's `every`"
            findings.error((*place, "digest"), message, key=True)
    return done


def _check_timed(done: list[tuple[Path, Normal]], findings: Findings, rule: str) -> None:
    """What time does has nobody who does it, and nothing after it to stop."""
    for place, action in done:
        if "stop" in action:
            findings.error((*place, "stop"), _NO_STOP.format(rule=rule), key=True)
        if "set" in action and action["set"].get("assignee") == "current_user":
            findings.error((*place, "set", "assignee"), _NO_USER.format(rule=rule))


def _check_digests(done: list[tuple[Path, Normal]], findings: Findings, *, recurs: bool) -> None:
    """Digests go with `every`, and nothing else goes with them."""
    digests = [place for place, action in done if "digest" in action]
    for place in digests if not recurs else ():
        message = "a digest is told at certain times; add `every: {at: …}`"
        findings.error((*place, "digest"), message, key=True)
    if not digests or not recurs:
        return
    for place, action in done:
        if "digest" not in action:
            message = (
                "a digest speaks of many tickets, this acts on one; make two automations of it"
            )
            findings.error(place, message)


def _recurrence(
    every: Recurrence, path: Path, names: Names, findings: Findings, zone: str
) -> Normal:
    normal: Normal = {
        "at": every.at,
        "days": list(every.days or WEEKDAYS),
        "timezone": every.timezone or zone,
    }
    if every.skip_holidays is not None:
        names.check("schedules", every.skip_holidays, (*path, "skip_holidays"), findings)
        normal["skip_holidays"] = every.skip_holidays
    return normal


Check = Callable[[Plain, Path, Names, Findings], Normal]


def checked(
    section: str, items: list[Any], check: Check, names: Names, findings: Findings
) -> list[Normal]:
    """Check every rule of a section that is a mapping at all."""
    return list(_checked(section, items, check, names, findings))


def _checked(
    section: str, items: list[Any], check: Check, names: Names, findings: Findings
) -> Iterator[Normal]:
    for index, one in enumerate(items):
        if isinstance(one, dict):
            yield check(one, (section, index), names, findings)
