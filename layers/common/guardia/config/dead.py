"""What a stored rule names and the desk has not: references that lead nowhere."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from guardia.config.names import singular
from guardia.domain import vocabulary
from guardia.domain.vocabulary import NONE

Stored = Mapping[str, Any]

_PEOPLE: Final = ("current_user", "requester", NONE)


def lost(named: Iterable[tuple[str, str]], known: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Name every reference that leads nowhere, as `section-without-s id`."""
    for section, name in named:
        if section == "fields" or name not in known[section]:
            yield f"{singular(section)} {name}"


def asked(one: Stored, custom: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a condition refers to, as section and id; of `fields` only what is not there."""
    found = vocabulary.field(one["field"], custom)
    if found is None:
        yield "fields", one["field"]
        return
    if "schedule" in one:
        yield "schedules", one["schedule"]
    if found.refers in ("", "channels") or one["operator"] in vocabulary.VALUELESS:
        return
    many = one["value"] if isinstance(one["value"], list) else [one["value"]]
    for value in many:
        if value not in _PEOPLE:
            yield found.refers, value


def done(actions: list[Stored], custom: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What actions refer to, as section and id; of `fields` only what is not there."""
    for action in actions:
        for verb, body in action.items():
            if verb == "set_schedule":
                yield "schedules", body
            elif verb == "set":
                yield from _written(body, custom)
            elif isinstance(body, dict):
                for key, section in _REFERS.items():
                    if isinstance(body.get(key), str):
                        yield section, body[key]


_REFERS: Final = {
    "template": "templates",
    "agent": "agents",
    "group": "groups",
    "by": "agents",
    "webhook": "webhooks",
}
_WRITES: Final = {"group": "groups", "department": "departments", "assignee": "agents"}


def _written(values: Stored, custom: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name.startswith("fields.") and name.removeprefix("fields.") not in custom:
            yield "fields", name
        if name in _WRITES and value is not None and value not in _PEOPLE:
            yield _WRITES[name], value
