"""Promises that cannot be kept or missed: by hours that never come, about metrics nobody counts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from guardia.config.lint.unused import tickets_schedules
from guardia.config.problem import Findings, written_path
from guardia.config.schedules import read_dates
from guardia.config.walk import Normal, conditions, trees

_LONG: Final = timedelta(days=366)
"""A desk that is closed for longer than this has forgotten a date."""

DUE: Final = ("until.due", "due_in", "hours_since.due")
"""Fields that tell of the next promise, or of the oldest broken one, whichever it is."""


def check_promises(document: Normal, findings: Findings) -> None:
    """Look for hours that never come, and for conditions about what no policy promises."""
    shared = {one["id"]: one["dates"] for one in document["calendars"]}
    for index, schedule in enumerate(document["schedules"]):
        for message in _closed(schedule, shared):
            findings.warn(("schedules", index), message)
    _check_closed_targets(document, findings)
    _check_unpromised(document, findings)


def _closed(schedule: Normal, shared: dict[str, list[str]]) -> Iterator[str]:
    """Years without an open day, and an end of all of them."""
    opened = sorted(date.fromisoformat(day) for day, hours in schedule["shifts"].items() if hours)
    if not schedule["hours"]:
        if opened:
            yield f"never opens after {opened[-1]}: it has shifts, but no weekly hours"
        return
    own = read_dates(schedule["holidays"])
    theirs = {date.fromisoformat(day) for id_ in schedule["calendars"] for day in shared[id_]}
    closed = {*own, *(theirs - set(opened))}
    first: date | None = None
    for day in sorted(closed):
        if day - timedelta(days=1) not in closed:
            first = day
        if first is not None and day + timedelta(days=1) not in closed and day - first > _LONG:
            yield f"never opens from {first} to {day}: every day of it is a holiday"


def _is_shut(schedule: Normal) -> bool:
    return not schedule["hours"] and not any(schedule["shifts"].values())


def _check_closed_targets(document: Normal, findings: Findings) -> None:
    """A target in business hours of a schedule without any is never missed."""
    shut = {one["id"] for one in document["schedules"] if _is_shut(one)}
    used = next((one for one in tickets_schedules(document) if one in shut), None)
    for index, policy in enumerate(document["sla_policies"] if used else ()):
        for place, target in enumerate(policy["targets"]):
            if target["hours"] == "business":
                message = f"never missed by tickets that go by `{used}`, which never opens"
                findings.warn(("sla_policies", index, "targets", place), message)
    for path, tree in trees(document):
        for one in conditions(tree):
            if one.get("schedule") in shut:
                message = f"`{one['field']}` stands still: `{one['schedule']}` never opens"
                findings.warn(path, message)
            elif used and one.get("hours") == "business" and "schedule" not in one:
                message = (
                    f"`{one['field']}` stands still on tickets that go by `{used}`, which never"
                    " opens"
                )
                findings.warn(path, message)


def promised(document: Normal) -> frozenset[str]:
    """The metrics that any policy has a target for."""
    policies = document["sla_policies"]
    return frozenset(target["metric"] for policy in policies for target in policy["targets"])


def _check_unpromised(document: Normal, findings: Findings) -> None:
    policies, kept = document["sla_policies"], promised(document)
    refused = {one.path for one in findings.errors}
    for path, tree in trees(document):
        for one in () if written_path(path) in refused else conditions(tree):
            if (metric := metric_of(one["field"])) is not None and metric not in kept:
                findings.warn(path, f"no policy has a target of `{metric}`: it has no clock")
            if one["field"] in DUE and not policies:
                findings.warn(path, "there is no policy: nothing is ever due")
            if "sla_warning" in _updates(one) and not any(each["warn"] for each in policies):
                findings.warn(path, "no policy warns: there is no `sla_warning`")
            elif "sla_breach" in _updates(one) and not policies:
                findings.warn(path, "there is no policy: there is no `sla_breach`")


def metric_of(field: str) -> str | None:
    """The metric whose clock a field reads."""
    head, _, rest = field.partition(".")
    if head == "sla":
        return rest.partition(".")[0]
    return rest.removeprefix("sla.") if head == "until" and rest != "due" else None


def _updates(one: Normal) -> tuple[Any, ...]:
    if one["field"] != "update":
        return ()
    return tuple(one["value"]) if isinstance(one["value"], list) else (one["value"],)
