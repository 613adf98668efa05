"""What is written down and used nowhere."""

from collections.abc import Iterator, Mapping

from guardia.config.problem import Findings
from guardia.config.walk import Normal, actions, conditions, trees
from guardia.domain import vocabulary


def check_unused(document: Normal, findings: Findings) -> None:
    """Look for templates, schedules and calendars that nothing names."""
    named = {
        "templates": set(_templates(document)),
        "schedules": set(used_schedules(document)),
        "calendars": {id_ for one in document["schedules"] for id_ in one["calendars"]},
    }
    for section, names in named.items():
        for index, one in enumerate(document[section]):
            if one["id"] not in names:
                findings.warn((section, index, "id"), f"`{one['id']}` is used nowhere")


def _templates(document: Normal) -> Iterator[str]:
    for _, action in actions(document):
        for body in action.values():
            if isinstance(body, Mapping) and "template" in body:
                yield body["template"]


def used_schedules(document: Normal) -> Iterator[str]:
    """The schedules that tickets go by, and those that rules ask about."""
    yield from tickets_schedules(document)
    for _, tree in trees(document):
        for one in conditions(tree):
            yield from _asked(one)
    for automation in document["automations"]:
        if "skip_holidays" in automation.get("every", {}):
            yield automation["every"]["skip_holidays"]


def tickets_schedules(document: Normal) -> Iterator[str]:
    """The schedules that tickets can go by."""
    for owner in (document["desk"], *document["departments"], *document["groups"]):
        if "schedule" in owner:
            yield owner["schedule"]
    for _, action in actions(document):
        if "set_schedule" in action:
            yield action["set_schedule"]


def _asked(one: Normal) -> Iterator[str]:
    if "schedule" in one:
        yield one["schedule"]
    if (
        one["field"] in ("schedule", "within_schedule")
        and one["operator"] not in vocabulary.VALUELESS
    ):
        yield from one["value"] if isinstance(one["value"], list) else [one["value"]]
