"""Rules, conditions and due instants in plain words, for people who did not write the desk."""

from collections.abc import Mapping
from typing import Any, Final

from guardia.domain import durations
from guardia.domain.desk import Automation, Condition, Desk, Recurrence, Tree
from guardia.domain.event import Due

_OPERATORS: Final[Mapping[str, str]] = {
    "is": "is",
    "is_not": "is not",
    "less_than": "is less than",
    "at_most": "is at most",
    "greater_than": "is more than",
    "at_least": "is at least",
    "changed": "changed",
    "not_changed": "did not change",
    "changed_to": "changed to",
    "not_changed_to": "did not change to",
    "changed_from": "changed from",
    "not_changed_from": "did not change from",
    "includes": "has",
    "not_includes": "has not",
    "includes_words": "has the words",
    "not_includes_words": "has not the words",
    "includes_string": "contains",
    "not_includes_string": "does not contain",
    "present": "is set",
    "not_present": "is empty",
    "matches": "matches",
    "within_previous": "was within the last",
    "within_next": "is within the next",
}
_VALUELESS: Final = ("changed", "not_changed", "present", "not_present")
_GROUPS: Final[Mapping[str, str]] = {"all": "all of", "any": "any of", "none": "none of"}
_LONGEST: Final = 120
"""Characters of a value that a sentence tells: customers write long texts."""
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_KEPT_BY: Final[Mapping[str, str]] = {
    "first_reply_time": "no agent answers",
    "next_reply_time": "no agent answers",
    "periodic_update_time": "no agent writes",
    "pausable_update_time": "no agent writes",
    "requester_wait_time": "it is not solved",
    "agent_work_time": "it is not solved",
    "total_resolution_time": "it is not solved",
    "group_ownership_time": "it is neither solved nor given to another group",
}


def span(seconds: float) -> str:
    """A duration: `2d`, `1h 30m`, `45s`; a negative one with its sign. Units are those of a clock:
    a day has 24 hours."""
    rest = int(abs(seconds))
    found = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            found.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "") + (" ".join(found) or "0m")


def value(field: str, what: Any) -> str:
    """A value of a field: durations as such, what is empty as `nothing`."""
    if what is None or what in ("", [], ()):
        return "nothing"
    if isinstance(what, list | tuple):
        return " or ".join(value(field, one) for one in what)
    if isinstance(what, Mapping):
        return ", ".join(str(one) for one in what.values() if one) or "nothing"
    if isinstance(what, bool):
        return "yes" if what else "no"
    if durations.is_duration(field) and isinstance(what, int | float):
        return span(what)
    text = " ".join(str(what).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def asks(field: str, operator: str, wanted: Any) -> str:
    """What a condition asks: `hours_since.unanswered is at least 30m`."""
    said = f"{field} {_OPERATORS.get(operator, operator)}"
    if operator in _VALUELESS:
        return said
    if operator in ("within_previous", "within_next"):
        return f"{said} {span(float(wanted))}"
    return f"{said} {value(field, wanted)}"


def condition(one: Condition) -> str:
    """A condition with the clock that it is read on."""
    said = asks(one.field, one.operator, one.value)
    if not durations.is_duration(one.field) or one.operator in _VALUELESS:
        return said
    if one.schedule is not None:
        return f"{said} by {one.schedule}"
    return f"{said} of business hours" if one.hours == "business" else said


def tree(one: Tree) -> str:
    """A tree of conditions in one line."""
    if isinstance(one, Condition):
        return condition(one)
    inside = [
        tree(each) if isinstance(each, Condition) else f"({tree(each)})" for each in one.items
    ]
    if one.kind == "all":
        return " and ".join(inside) or "always"
    return f"{_GROUPS[one.kind]} {', '.join(inside)}"


def recurrence(every: Recurrence) -> str:
    """When a rule comes back: `09:00 (Europe/Madrid) on mon, tue`."""
    days = ", ".join(_DAYS[one] for one in sorted(every.days))
    on = "every day" if len(every.days) == len(_DAYS) else f"on {days}"
    skipped = f", not on holidays of {every.skip}" if every.skip else ""
    return f"{every.minute // 60:02}:{every.minute % 60:02} ({every.timezone}) {on}{skipped}"


def group(kind: str) -> str:
    """The head of a group of conditions."""
    return _GROUPS.get(kind, kind)


def what(due: Due, desk: Desk) -> str:
    """What comes at an instant: `warning: 15m left of first_reply_time (gold)`."""
    if due.kind == "warn":
        return f"warning: {span(due.offset)} left of {due.metric} ({due.rule})"
    if due.kind == "breach":
        return f"{due.metric} ({due.rule}) is missed"
    if due.kind == "escalate":
        after = _after(due, desk)
        later = f" {span(after)} after it was missed" if after else ""
        return f"escalation {due.offset + 1} of {due.metric} ({due.rule}){later}"
    if due.kind == "automation":
        return f"automation {due.rule}"
    return "it closes by itself"


def unless(due: Due, desk: Desk) -> str:
    """What must hold until an instant for it to come: a sentence that begins with `if`."""
    if due.kind in ("warn", "breach"):
        kept = _KEPT_BY[due.metric or ""]
        return f"if {kept} before, and nothing stops the clock or changes its target"
    if due.kind == "escalate":
        return f"if {_KEPT_BY[due.metric or '']} before"
    if due.kind == "close":
        return "if it stays solved"
    rule = automation(desk, due.rule)
    if rule is None or rule.when is None:
        return "if the ticket is not closed before"
    return f"if it stays so that {tree(rule.when)}"


def automation(desk: Desk, name: str | None) -> Automation | None:
    """The automation of an id."""
    return next((one for one in desk.automations.rules if one.id == name), None)


def _after(due: Due, desk: Desk) -> int:
    found = [one for one in desk.promises.policies if one.id == due.rule]
    levels = found[0].escalate if found else ()
    return levels[due.offset].after if due.offset < len(levels) else 0
