"""What the field of a condition holds, and which attributes of the ticket it is read from."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from guardia.domain import durations
from guardia.domain.desk import Condition
from guardia.domain.model import Ticket
from guardia.domain.moment import Moment
from guardia.domain.vocabulary import CUSTOM_KINDS, TICKET_FIELDS

Reader = Callable[[Moment], Any]


class Reading(NamedTuple):
    """What reads a field as it stands, and what reads it as it was before the event.

    `text` tells that the field holds texts and nothing else.
    """

    now: Reader
    before: Reader
    text: bool


_SCHEDULED: Final = frozenset({"schedule", "group", "department"})
"""What a ticket's schedule follows from."""


def reading(one: Condition, custom: Mapping[str, str]) -> Reading:
    """Return what reads the field of a condition. `custom` maps the desk's fields to their types.

    What stands in the event is the same now as before it.
    """
    text = one.field in TICKET_FIELDS
    if one.field in _OF_THE_EVENT:
        read = attrgetter(_OF_THE_EVENT[one.field])
        return Reading(read, read, text)
    if one.field in _ATTRIBUTES:
        empty = _ATTRIBUTES[one.field]
        return Reading(
            attrgetter(f"ticket.{one.field}"), _earlier(attrgetter(one.field), empty), text
        )
    look = _look(one, custom)
    return Reading(lambda m: look(m, m.ticket), lambda m: look(m, m.before), text)


def _earlier(read: Callable[[Ticket], Any], empty: Any) -> Reader:
    return lambda moment: empty if moment.before is None else read(moment.before)


def _look(one: Condition, custom: Mapping[str, str]) -> Callable[[Moment, Ticket | None], Any]:
    if one.field in _LOOKS:
        return _LOOKS[one.field]
    head, _, rest = one.field.partition(".")
    key = rest.removeprefix("fields.")
    if durations.is_duration(one.field):
        return lambda m, ticket: durations.value(one, m, ticket)
    if head == "sla":
        metric, _, what = rest.partition(".")
        return _of_clock(metric, what)
    if head == "requester":
        return lambda m, _t: m.requester.fields.get(key) if m.requester else None
    if head == "organization":
        return lambda m, _t: m.organization.fields.get(key) if m.organization else None
    empty: Any = () if CUSTOM_KINDS[custom[rest]] == "tags" else None
    return lambda _m, ticket: ticket.fields.get(rest, empty) if ticket else empty


def attributes(one: Condition) -> frozenset[str]:
    """Return the ticket's attributes that an answer to the condition can depend on.

    As long as none of them changes, neither does the answer: everything else that a condition can
    ask about stands still while the rules of an event run.
    """
    head, _, rest = one.field.partition(".")
    if head == "sla" or durations.is_duration(one.field):
        calendar = one.hours == "calendar" or one.schedule is not None
        since = {durations.SINCE[rest]} if rest in durations.SINCE else {"clocks"}
        return frozenset(since) | (frozenset() if calendar else _SCHEDULED)
    if one.field in ("in_business_hours", "on_holiday", "schedule"):
        return _SCHEDULED
    if one.field in _STEADY:
        return frozenset()
    if one.field == "country":
        return frozenset({"requester"})
    if one.field == "assignee":
        return frozenset({"assignee", "requester"})  # a ticket may be its requester's own
    return frozenset({head})


def addresses(moment: Moment, ticket: Ticket | None) -> tuple[str, ...]:
    """The addresses of a ticket's requester; where it had another one before, their id stands."""
    if ticket is None or ticket.requester is None:
        return ()
    if ticket.requester != moment.ticket.requester:
        return (ticket.requester,)
    person = moment.requester
    return tuple(one.value for one in person.identities if one.kind == "email") if person else ()


def _of_clock(metric: str, what: str) -> Callable[[Moment, Ticket | None], Any]:
    """Read the `state` or the `policy` of a metric's latest clock."""

    def read(_moment: Moment, ticket: Ticket | None) -> str | None:
        clock = durations.latest(ticket, metric)
        return None if clock is None else getattr(clock, what)

    return read


def _spoken(moment: Moment, _ticket: Ticket | None) -> str | None:
    said = moment.event.comment
    return None if said is None else str(said.public).lower()


def _is_open(moment: Moment, ticket: Ticket | None) -> bool:
    hours = moment.desk.hours_of(moment.schedule(ticket or moment.ticket))
    return hours.is_open(moment.event.at)


def _on_holiday(moment: Moment, ticket: Ticket | None) -> bool:
    hours = moment.desk.hours_of(moment.schedule(ticket or moment.ticket))
    return hours.on_holiday(moment.event.at)


def _open_schedules(moment: Moment, _ticket: Ticket | None) -> tuple[str, ...]:
    at = moment.event.at
    return tuple(one.id for one in moment.desk.schedules.values() if one.hours.is_open(at))


def _schedule(moment: Moment, ticket: Ticket | None) -> str | None:
    found = moment.schedule(ticket) if ticket else None
    return found.id if found else None


_OF_THE_EVENT: Final = {
    "update": "update",
    "sla_metric": "metric",
    "update_channel": "event.channel",
    "actor": "event.actor",
    "comment": "comment",
}
"""Where a moment keeps what rules ask of the event."""

_ATTRIBUTES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        (
            "status",
            "priority",
            "type",
            "group",
            "department",
            "assignee",
            "organization",
            "channel",
            "received_by",
            "subject",
            "language",
            "awaiting",
        )
    ),
    "tags": (),
    "reopens": 0,
    "replies": 0,
}
"""Fields that are attributes of the ticket, with what stands for them before there was one."""

_LOOKS: Final[Mapping[str, Callable[[Moment, Ticket | None], Any]]] = {
    "requester": addresses,
    "requester.email": lambda m, _t: m.requester.email if m.requester else None,
    "requester.name": lambda m, _t: m.requester.name if m.requester else None,
    "requester.language": lambda m, _t: m.requester.language if m.requester else None,
    "requester.country": lambda m, _t: m.requester.country if m.requester else None,
    "requester.tags": lambda m, _t: m.requester.tags if m.requester else (),
    "requester.vip": lambda m, _t: m.requester.vip if m.requester else False,
    "country": lambda m, _t: m.requester.country if m.requester else None,
    "organization.name": lambda m, _t: m.organization.name if m.organization else None,
    "organization.tags": lambda m, _t: m.organization.tags if m.organization else (),
    "comment_public": _spoken,
    "in_business_hours": _is_open,
    "on_holiday": _on_holiday,
    "within_schedule": _open_schedules,
    "schedule": _schedule,
    "attachments": lambda m, _t: len(m.event.comment.attachments) if m.event.comment else 0,
    "tickets_open": lambda m, _t: m.look_up("tickets_open"),
}
"""Fields that must be worked out."""

_STEADY: Final = frozenset(
    {*_OF_THE_EVENT, "comment_public", "within_schedule", "attachments", "tickets_open"}
)
"""Fields that no change to the ticket touches."""
