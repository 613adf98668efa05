"""The rules underneath every desk: what holds whatever the triggers say.

They run after each step that changed a ticket, the event's own and each trigger's: an assigned
ticket is not new any more, nobody owns a ticket of a group they are not in, a solved ticket has an
owner where a person solved it. The numbers S1 to S8 are those of Zendesk's native system rules.
"""

import json
import re
from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Any, Final

from guardia.domain.desk import CustomField, Desk
from guardia.domain.event import Event
from guardia.domain.model import Actor, ClosedError, InvalidError, RefusedError, Ticket, revised
from guardia.domain.vocabulary import NONE, PRIORITIES, SETTABLE, STATUSES, TYPES

_ENTERED: Final = {
    "open": "opened_at",
    "pending": "pending_at",
    "hold": "on_hold_at",
    "solved": "solved_at",
    "closed": "closed_at",
}
_WRITABLE: Final = (*SETTABLE, "schedule")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_FINISHED: Final = ("solved", "closed")
_MAX_SUBJECT: Final = 500
_MAX_FIELD: Final = 16_000
_MAX_TAGS: Final = 200
_MAX_ALL: Final = 100_000
"""Bytes of a ticket's fields as JSON: a DynamoDB item has 400 KB."""


def check_rights(desk: Desk, before: Ticket | None, event: Event) -> None:
    """Nobody touches a closed ticket (S8); light agents read and write notes, no more.

    Raises:
        ClosedError: the ticket is closed.
        RefusedError: a light agent changes a ticket that is there.
    """
    if before is not None and before.status == "closed":
        raise ClosedError("closed", f"ticket {before.id} is closed")
    agent = desk.agents.get(event.actor.email or "") if event.actor.kind == "agent" else None
    if agent is None or agent.role != "light" or event.kind == "create":
        return
    if event.changes or event.add_tags or event.remove_tags or event.set_tags is not None:
        raise RefusedError("light_agent", "a light agent writes notes only", "by")


def check_owner(desk: Desk, ticket: Ticket) -> None:
    """Whoever asks for a group and an assignee at once must mean a member of that group.

    Raises:
        InvalidError: the assignee is not in the group.
    """
    agent = desk.agents.get(ticket.assignee or "")
    if agent is None or ticket.group is None or ticket.group in agent.groups:
        return
    message = f"`{agent.email}` is not in the group `{ticket.group}`; ask for one of the two"
    raise InvalidError("outside_group", message, "assignee")


def check_size(before: Ticket, after: Ticket) -> None:
    """A ticket's tags and fields stay small enough to be kept in one place.

    One that is over the bounds already may be changed as long as it does not grow.

    Raises:
        InvalidError: there are too many tags, or too much in the fields.
    """
    if len(after.tags) > max(_MAX_TAGS, len(before.tags)):
        raise InvalidError("too_many", f"a ticket has at most {_MAX_TAGS} tags", "tags")
    if after.fields != before.fields and _size(after.fields) > max(_MAX_ALL, _size(before.fields)):
        message = f"all fields together have at most {_MAX_ALL} bytes"
        raise InvalidError("too_long", message, "fields")


def _size(fields: Mapping[str, Any]) -> int:
    return len(json.dumps(dict(fields), ensure_ascii=False).encode())


def changed(
    desk: Desk, ticket: Ticket, asked: Mapping[str, Any], *, actor: Actor, requester: str | None
) -> Ticket:
    """Return the ticket with the fields asked for, each checked.

    `asked` maps writable fields (`fields.<id>` for the desk's own) to values; None and `none`
    empty a field. As an assignee `current_user` stands for the acting agent and `requester` for
    the requester's address, which the caller brings.

    Raises:
        InvalidError: a field cannot hold the value; its `path` names the field.
        RefusedError: a light agent cannot own tickets.
    """
    plain: dict[str, Any] = {}
    own = dict(ticket.fields)
    for name, wanted in asked.items():
        value = None if wanted in (NONE, "") else wanted
        if name.startswith("fields."):
            _write_field(desk, own, name.removeprefix("fields."), value)
        else:
            plain[name] = _checked(desk, ticket, name, value, actor, requester)
    return revised(ticket, fields=own, **plain)


def _write_field(desk: Desk, own: dict[str, Any], id_: str, value: Any) -> None:
    found = desk.fields.get(id_)
    if found is None:
        raise InvalidError("unknown_field", f"the desk has no field `{id_}`", f"fields.{id_}")
    if value is None:
        own.pop(id_, None)
    else:
        own[id_] = field_value(found, value)


def field_value(field: CustomField, value: Any) -> Any:
    """Return the value as a field of the desk keeps it.

    Raises:
        InvalidError: the field's type cannot hold it.
    """
    path = f"fields.{field.id}"
    if field.type == "number":
        return _number(value, path)
    if field.type == "date":
        return _date(value, path)
    if field.type == "checkbox":
        if str(value).lower() not in ("true", "false", "on"):
            raise InvalidError("wrong_type", "must be true or false", path)
        return str(value).lower() != "false"
    if field.type == "multiselect":
        values = value if isinstance(value, list | tuple) else [value]
        for one in values:
            _option(field, one, path)
        return tuple(dict.fromkeys(str(one) for one in values))
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise InvalidError("wrong_type", "must be a text", path)
    text = str(value)
    if len(text) > _MAX_FIELD:
        raise InvalidError("too_long", f"must have at most {_MAX_FIELD} characters", path)
    if field.type == "dropdown":
        _option(field, text, path)
    if field.type == "regexp" and field.matches and not field.matches(text):
        raise InvalidError("no_match", "does not have the form this field asks for", path)
    return text


def _number(value: Any, path: str) -> int | float:
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError):
        raise InvalidError("wrong_type", "must be a number", path) from None
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - finds NaN
        raise InvalidError("wrong_type", "must be a number", path)
    return int(number) if number.is_integer() else number


def _date(value: Any, path: str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        message = "must be a date like 2026-12-24"
        raise InvalidError("wrong_type", message, path) from None


def _option(field: CustomField, value: Any, path: str) -> None:
    if field.options and value not in field.options:
        allowed = ", ".join(field.options)
        raise InvalidError("unknown_option", f"must be one of {allowed}", path)


def _checked(
    desk: Desk, ticket: Ticket, name: str, value: Any, actor: Actor, requester: str | None
) -> Any:
    if name not in _WRITABLE:
        raise InvalidError("unknown_field", f"there is no field `{name}` to write", name)
    if not isinstance(value, str | None):
        raise InvalidError("wrong_type", "must be a text", name)
    if name == "assignee":
        return None if value is None else _owner(desk, value, actor, requester)
    if name == "subject":
        text = "" if value is None else str(value)
        if len(text) > _MAX_SUBJECT:
            message = f"must have at most {_MAX_SUBJECT} characters"
            raise InvalidError("too_long", message, "subject")
        return " ".join(text.split())
    if name == "language" and value is not None and not _LANGUAGE.fullmatch(value):
        raise InvalidError("unknown_value", "must be a language like es or en", "language")
    words = _words(desk, name)
    if words is not None and value is not None and value not in words:
        raise InvalidError("unknown_value", f"must be one of {', '.join(words) or '(none)'}", name)
    if name == "status":
        if value is None:
            raise InvalidError("required", "a ticket always has a status", "status")
        if value == "new" and ticket.status != "new":
            raise InvalidError("was_new", "a ticket that left `new` cannot go back", "status")  # S2
    if name == "priority" and value is None and ticket.priority is not None:
        raise InvalidError("was_set", "a priority can be changed but not emptied", "priority")  # S6
    return value


def _words(desk: Desk, name: str) -> tuple[str, ...] | None:
    if name == "status":
        return STATUSES
    if name == "priority":
        return PRIORITIES
    if name == "type":
        return TYPES
    if name == "group":
        return tuple(desk.groups)
    if name == "department":
        return tuple(desk.departments)
    if name == "schedule":
        return tuple(desk.schedules)
    return None


def _owner(desk: Desk, value: Any, actor: Actor, requester: str | None) -> str:
    email = {"current_user": actor.email, "requester": requester}.get(value, value)
    agent = desk.agents.get(str(email or "").lower())
    if agent is None:
        raise InvalidError("unknown_value", f"`{value}` is no agent of this desk", "assignee")
    if agent.role == "light":
        raise RefusedError("light_agent", "a light agent cannot own tickets", "assignee")
    return agent.email


def settled(
    desk: Desk, old: Ticket | None, new: Ticket, asked: Set[str], *, actor: Actor, at: datetime
) -> Ticket:
    """Return the ticket as the system rules leave it after one step from `old` to `new`.

    `asked` names the fields that the step itself set; `at` is the instant of the step.
    """
    was = old or Ticket(id=new.id, status="")
    ticket = new
    if ticket.status in _FINISHED and was.status not in _FINISHED and ticket.assignee is None:
        ticket = _owned_by_solver(desk, ticket, actor)
    ticket = _in_its_group(desk, was, ticket, asked)
    if ticket.assignee and ticket.status == "new":
        ticket = revised(ticket, status="open")  # S1
    return _stamped(was, ticket, at)


def _in_its_group(desk: Desk, was: Ticket, ticket: Ticket, asked: Set[str]) -> Ticket:
    """Bring department, group and assignee together; what was asked for wins (S5)."""
    if ticket.department != was.department and "group" not in asked:
        department = desk.departments.get(ticket.department or "")
        if department and department.group and (ticket.group is None or was.department):
            ticket = revised(ticket, group=department.group)
    agent = desk.agents.get(ticket.assignee or "")
    if agent is None or ticket.group in agent.groups:
        return ticket
    if ticket.assignee != was.assignee and "group" not in asked:
        return revised(ticket, group=agent.groups[0]) if agent.groups else ticket
    if ticket.group is None or ticket.group == was.group:
        return ticket
    members = desk.groups[ticket.group].agents if ticket.group in desk.groups else ()
    owners = [one for one in members if desk.agents[one].role != "light"]
    heir = owners[0] if ticket.status == "solved" and owners else None
    return revised(ticket, assignee=heir)


def _owned_by_solver(desk: Desk, ticket: Ticket, actor: Actor) -> Ticket:
    """Solving without an assignee assigns the acting agent; a rule leaves it unassigned (S4)."""
    agent = desk.agents.get(actor.email or "") if actor.kind == "agent" else None
    if agent is None or agent.role == "light":
        return ticket
    return revised(ticket, assignee=agent.email)


def _stamped(was: Ticket, ticket: Ticket, at: datetime) -> Ticket:
    stamps: dict[str, Any] = {}
    if ticket.status != was.status and ticket.status in _ENTERED:
        stamps[_ENTERED[ticket.status]] = at
    if was.status == "solved" and ticket.status not in _FINISHED:
        stamps["reopens"] = ticket.reopens + 1
    if ticket.status in _FINISHED and was.status not in _FINISHED:
        stamps["unanswered_since"] = None  # solving answers what was asked
    if ticket.assignee != was.assignee and ticket.assignee is not None:
        stamps["assigned_at"] = at
    return revised(ticket, **stamps) if stamps else ticket
