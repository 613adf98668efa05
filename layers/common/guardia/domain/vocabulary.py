"""The closed word lists of the field: statuses, priorities, operators, fields and actions.

Data only. The desk document is checked against it, conditions are built from it, and the
documentation lists it; none of the three keeps a list of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")
"""In their order: `less_than` and its kin compare positions."""

PRIORITIES: Final = ("low", "normal", "high", "urgent")
"""In their order; an empty priority stands below `low`."""

TYPES: Final = ("question", "incident", "problem", "task")
UPDATES: Final = ("create", "change", "sla_warning", "sla_breach")
ACTORS: Final = ("end_user", "agent", "system")
COMMENT_PUBLIC: Final = ("true", "false", "any")
CHANNELS: Final = ("email", "form", "api", "hook")
"""The channels that are there by themselves; the desk document adds its own."""

ROLES: Final = ("admin", "agent", "light")
FIELD_TYPES: Final = ("text", "number", "date", "checkbox", "dropdown", "multiselect", "regexp")
AWAITING: Final = ("agent", "requester", "none")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE: Final = "none"
"""The word that stands for an empty value in a rule."""

EQUALITY: Final = ("is", "is_not")
ORDERING: Final = ("less_than", "at_most", "greater_than", "at_least")
CHANGE: Final = (
    "changed",
    "not_changed",
    "changed_to",
    "not_changed_to",
    "changed_from",
    "not_changed_from",
)
PRESENCE: Final = ("present", "not_present")
CONTAINMENT: Final = ("includes", "not_includes")
SEARCH: Final = (
    "includes_words",
    "not_includes_words",
    "includes_string",
    "not_includes_string",
    "matches",
)
WITHIN: Final = ("within_previous", "within_next")
OPERATORS: Final = (
    *EQUALITY, *ORDERING, *CHANGE, *CONTAINMENT, *SEARCH[:4], *PRESENCE, SEARCH[4], *WITHIN,
)  # fmt: skip
VALUELESS: Final = ("changed", "not_changed", *PRESENCE)
"""Operators without a value of their own; the document writes `true`."""

KIND_OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    # kind of field -> the operators it answers to
    "ordered": (*EQUALITY, *ORDERING, *CHANGE, *PRESENCE),
    "choice": (*EQUALITY, *CHANGE, *PRESENCE),
    "person": (*EQUALITY, *CHANGE, *PRESENCE),
    "context": EQUALITY,
    "boolean": (*EQUALITY, *CHANGE),
    "fact": EQUALITY,
    "tags": (*CONTAINMENT, *CHANGE[:2], *PRESENCE),
    "text": (*EQUALITY, *CHANGE, *CONTAINMENT, *SEARCH, *PRESENCE),
    "number": (*EQUALITY, *ORDERING, *CHANGE, *PRESENCE),
    "date": (*EQUALITY, *ORDERING, *CHANGE, *WITHIN, *PRESENCE),
    "duration": (*EQUALITY, *ORDERING, *PRESENCE),
}
"""`context` and `fact` are values of the event, which has no value before it."""


SLA_METRICS: Final = (
    "first_reply_time",
    "next_reply_time",
    "periodic_update_time",
    "pausable_update_time",
    "requester_wait_time",
    "agent_work_time",
    "total_resolution_time",
    "group_ownership_time",
)
"""What an SLA policy can promise something for, in the order they are looked at."""

SLA_STATES: Final = ("active", "paused", "fulfilled", "breached", "cancelled")
SLA_SETTINGS: Final[dict[str, dict[str, str]]] = {
    "first_reply_time": {
        "agent_created": "activate_on_ticket_created_for_end_user",
        "agent_created_with_note": (
            "activate_on_agent_ticket_created_for_end_user_with_internal_note"
        ),
        "light_agent_created": "activate_on_light_agent_on_email_forward_ticket_from_end_user",
        "agent_created_for_self": "activate_on_agent_created_ticket_for_self",
        "fulfil_on_note": "fulfill_on_agent_internal_note",
    },
    "next_reply_time": {
        "fulfil_on_note": "fulfill_on_non_requesting_agent_internal_note_after_activation",
        "end_user_note": "activate_on_end_user_added_internal_note",
        "agent_requested": (
            "activate_on_agent_requested_ticket_with_public_comment_or_internal_note"
        ),
        "light_agent_note": "activate_on_light_agent_internal_note",
    },
    "periodic_update_time": {"note": "activate_on_agent_internal_note"},
    "group_ownership_time": {"pause_on_pending": "pause_on_pending"},
}
"""Switches of a policy, by metric: our name, and the one that Zendesk's API has for it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that conditions may name.

    `values` lists the words it can hold (empty: any); `refers` names the section of the desk
    document that its values must come from.
    """

    kind: str
    values: tuple[str, ...] = ()
    refers: str = ""


TICKET_FIELDS: Final[dict[str, Field]] = {
    "status": Field("ordered", STATUSES),
    "priority": Field("ordered", PRIORITIES),
    "type": Field("choice", TYPES),
    "group": Field("choice", refers="groups"),
    "department": Field("choice", refers="departments"),
    "assignee": Field("person", refers="agents"),
    "requester": Field("person"),
    "organization": Field("choice", refers="organizations"),
    "tags": Field("tags"),
    "channel": Field("choice", refers="channels"),
    "received_by": Field("choice"),
    "update": Field("context", UPDATES),
    "update_channel": Field("context", refers="channels"),
    "sla_metric": Field("context", SLA_METRICS),
    "actor": Field("context"),
    "comment_public": Field("context", COMMENT_PUBLIC),
    "comment": Field("text"),
    "subject": Field("text"),
    "in_business_hours": Field("fact", ("true", "false")),
    "on_holiday": Field("fact", ("true", "false")),
    "within_schedule": Field("context", refers="schedules"),
    "schedule": Field("choice", refers="schedules"),
    "language": Field("choice"),
    "country": Field("choice"),
    "reopens": Field("number"),
    "replies": Field("number"),
    "awaiting": Field("choice", AWAITING),
    "attachments": Field("number"),
    "tickets_open": Field("number"),
    "due_in": Field("duration"),
    "requester.email": Field("text"),
    "requester.name": Field("text"),
    "requester.language": Field("choice"),
    "requester.country": Field("choice"),
    "requester.tags": Field("tags"),
    "requester.vip": Field("fact", ("true", "false")),
    "organization.name": Field("text"),
    "organization.tags": Field("tags"),
}
"""Fields with a fixed name. Those of the document and of people are found by `field`."""

HOURS_SINCE: Final = (
    "created",
    "opened",
    "pending",
    "on_hold",
    "solved",
    "closed",
    "assigned",
    "updated",
    "requester_update",
    "agent_update",
    "unanswered",
    "due",
)
UNTIL: Final = ("due", *(f"sla.{one}" for one in SLA_METRICS))
"""What a condition can count the time to."""

SLA_PARTS: Final[dict[str, Field]] = {
    "state": Field("choice", SLA_STATES),
    "remaining": Field("duration"),
    "policy": Field("choice", refers="sla_policies"),
}
"""What a condition can ask of the latest clock of a metric (`sla.<metric>.<part>`)."""


def timed_fields() -> tuple[str, ...]:
    """Return the fields of time and of promises, by their full names."""
    return (
        *(f"hours_since.{one}" for one in HOURS_SINCE),
        *(f"until.{one}" for one in UNTIL),
        *(f"sla.{metric}.{part}" for metric in SLA_METRICS for part in SLA_PARTS),
    )


OF_THE_UPDATE: Final = (
    "update",
    "update_channel",
    "actor",
    "comment",
    "comment_public",
    "attachments",
    "sla_metric",
)
"""Fields that only an update can answer; what runs by time alone cannot ask them."""

NOT_BUILT_FIELDS: Final = ("satisfaction", "on_call")
NOT_BUILT_PREFIXES: Final = ("variables.", "message.")
"""Fields of the document's language that this version cannot answer; refused by name."""

CUSTOM_KINDS: Final[dict[str, str]] = {
    "text": "text",
    "regexp": "text",
    "number": "number",
    "date": "date",
    "checkbox": "boolean",
    "dropdown": "choice",
    "multiselect": "tags",
}


def field(name: str, custom: Mapping[str, str]) -> Field | None:
    """Return what is known of a field that a condition names, or None.

    `custom` maps the id of each field of the desk document to its type. Fields of the requester
    and of the organisation (`requester.fields.<id>`) are free: they are compared as text.
    """
    if name in TICKET_FIELDS:
        return TICKET_FIELDS[name]
    head, _, rest = name.partition(".")
    if (head == "hours_since" and rest in HOURS_SINCE) or (head == "until" and rest in UNTIL):
        return Field("duration")
    if head == "sla":
        metric, _, part = rest.partition(".")
        return SLA_PARTS.get(part) if metric in SLA_METRICS else None
    if head == "fields" and rest in custom:
        return Field(CUSTOM_KINDS[custom[rest]])
    if name.rpartition(".")[0] in ("requester.fields", "organization.fields"):
        return Field("text")
    return None


ACTIONS: Final = (
    "email",
    "notify",
    "webhook",
    "comment",
    "assign",
    "set",
    "add_tags",
    "remove_tags",
    "set_tags",
    "set_schedule",
    "stop",
    "digest",
)
NOT_BUILT_ACTIONS: Final = ("message", "start_workflow", "create_task")
SETTABLE: Final = (
    "status",
    "priority",
    "type",
    "group",
    "department",
    "assignee",
    "subject",
    "language",
)
"""Ticket fields that `set` may write; `requester` too, and `fields.<id>` of the document."""

EMAIL_TO: Final = ("requester", "requester_and_ccs", "assignee", "group")
NOTIFY_TO: Final = ("agent", "group", "assignee", "admins")
DIGEST_TO: Final = ("agent", "group", "admins")
NOT_BUILT_NOTIFY: Final = ("rotation",)
NOT_BUILT_ASSIGN: Final = (
    "rotation",
    "strategy",
    "agents",
    "skills",
    "optional_after",
    "max_open",
    "include_offline",
    "include_backlog",
    "wait",
)
"""Keys inside `notify` and `assign` that this version refuses by name."""

SECTIONS: Final = (
    "desk",
    "schedules",
    "calendars",
    "departments",
    "groups",
    "agents",
    "fields",
    "organizations",
    "templates",
    "webhooks",
    "views",
    "triggers",
    "automations",
    "sla_policies",
    "forms",
    "sources",
)
NOT_BUILT_SECTIONS: Final = (
    "shifts",
    "rotations",
    "assignment",
    "channels",
    "workflows",
    "macros",
    "tasks",
    "blueprints",
)
