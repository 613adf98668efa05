"""The shape of the desk document: one model for each section that is built.

Shape only: what names what, and which conditions make sense, is the business of the checks beside
this module. Descriptions go into the JSON Schema, so editors show them.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from guardia.config.part import Loose, Part
from guardia.config.rule_schema import Automation, SlaPolicy, Trigger, View
from guardia.config.rule_values import UntilClosed
from guardia.config.values import (
    TEXT_SCHEMA,
    Address,
    Domain,
    Duration,
    Endpoint,
    Id,
    JsonPath,
    Language,
    Line,
    Means,
    Name,
    Origin,
    Phone,
    Scalar,
    Tag,
    Texts,
    Url,
    Zone,
)
from guardia.domain.vocabulary import WEEKDAYS


def _mapping(keys: dict[str, Any], values: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "object", "additionalProperties": values, **keys})


_INTERVALS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}},
}
Week = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(WEEKDAYS, _INTERVALS),
            "additionalProperties": False,
        }
    ),
]
ByDate = Annotated[
    Any, _mapping({"propertyNames": {"pattern": r"^\d{4}-\d{2}-\d{2}$"}}, _INTERVALS)
]
Holidays = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string", "format": "date"},
                    {
                        "type": "object",
                        "properties": {
                            "from": {"type": "string", "format": "date"},
                            "to": {"type": "string", "format": "date"},
                            "name": {"type": "string"},
                        },
                        "required": ["from", "to"],
                        "additionalProperties": False,
                    },
                ]
            },
        }
    ),
]

CLOSE_AFTER: Final = 28 * 86_400
"""Seconds a ticket stays solved where the document does not say."""


class Desk(Part):
    """The desk as a whole."""

    name: Name = Field("Guardia", description="Who the desk is, in mails: {{desk.name}}.")
    locale: Language = Field("en", description="The language used where nothing else is known.")
    locales: list[Language] = Field(
        [], description="The languages answers are written in; left out: those of the texts."
    )
    timezone: Zone = Field("UTC", description="The zone dates are written in.")
    schedule: Id | None = Field(None, description="The opening hours; left out: always open.")
    addresses: list[Address] = Field([], description="Mail to these becomes tickets.")
    assign_on_reply: bool = Field(
        True, description="An agent's public reply assigns an unassigned ticket to them."
    )
    conversation_window: Duration | None = Field(
        None, description="How long a conversation without threads goes on after its last message."
    )
    close_after: UntilClosed = Field(
        CLOSE_AFTER,
        description="How long a ticket stays solved before it closes by itself; or `never`.",
        json_schema_extra={"default": "28d"},
    )
    url: Url | None = Field(None, description="Where the console is: the start of {{ticket.url}}.")


class Schedule(Part):
    """Opening hours. Times are on the wall clock of `timezone`."""

    id: Id
    name: Name | None = None
    timezone: Loose = Field(None, json_schema_extra={"type": "string"})
    hours: Week = Field(None, description='Per weekday, intervals like ["09:00", "14:00"].')
    holidays: Holidays = Field(None, description="Dates, or {from, to, name}, when it is closed.")
    breaks: ByDate = Field(None, description="Taken away from that date.")
    shifts: ByDate = Field(None, description="Instead of that date's hours.")
    calendars: list[Id] = Field([], description="Shared holiday lists.")


class Calendar(Part):
    """A holiday list that schedules share: `dates`, or an .ics file beside this one."""

    id: Id
    name: Name | None = None
    dates: Holidays = None
    ics: str | None = None


class Department(Part):
    """A part of the desk with addresses of its own."""

    id: Id
    name: Name | None = None
    addresses: list[Address] = Field([])
    group: Id | None = Field(None, description="The group its tickets start in.")
    schedule: Id | None = None


class Group(Part):
    """Agents who work from one queue."""

    id: Id
    name: Name | None = None
    department: Id | None = None
    schedule: Id | None = None


class Agent(Part):
    """A member of the team, known by their address."""

    email: Address
    name: Name | None = None
    role: Literal["admin", "agent", "light"] = "agent"
    groups: list[Id] = Field([])
    capacity: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="How many new and open tickets they can have."
    )
    skills: list[Tag] = Field([])
    phone: Phone | None = None
    language: Language | None = None
    timezone: Zone | None = None
    means: list[Means] = Field(
        ["email"], description="How they are told: email, sms, {webhook: id}."
    )


class Option(Part):
    """A choice of a dropdown or multiselect."""

    value: Name
    label: Texts | None = None


def _as_option(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


Choice = Annotated[
    Option,
    BeforeValidator(_as_option),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"value": {"type": "string"}, "label": TEXT_SCHEMA},
                    "required": ["value"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class CustomField(Part):
    """A ticket field of the desk's own."""

    id: Id
    type: Literal["text", "number", "date", "checkbox", "dropdown", "multiselect", "regexp"] = (
        "text"
    )
    title: Texts | None = None
    options: list[Choice] | None = Field(None, description="Of dropdown and multiselect.")
    pattern: str | None = Field(None, description="Of regexp: RE2, the whole value must match.")


class Organization(Part):
    """A customer's company; people belong to it by the domain of their address."""

    id: Id
    name: Name | None = None
    domains: list[Domain] = Field([])
    tags: list[Tag] = Field([], description="Given to each ticket of its people.")
    fields: dict[str, Scalar] = Field({}, description="What is known of it; conditions ask by id.")


class Template(Part):
    """A text that rules send."""

    id: Id
    subject: Line | None = Field(None, description="Left out: the ticket's subject.")
    body: Texts


class Webhook(Part):
    """An endpoint that rules call. Calls are signed as Standard Webhooks says."""

    id: Id
    name: Name | None = None
    url: Endpoint = Field(description="https, without a user, at a public address.")
    secret: Id | None = Field(
        None, description="The name of the secret that signs; left out: `id`."
    )


class FormField(Part):
    """A field of a form."""

    id: Id
    required: bool = False


class Form(Part):
    """A public form."""

    id: Id
    name: Name | None = None
    department: Id | None = None
    fields: list[FormField] | None = Field(
        None, description="Left out: email, name, subject, message."
    )
    origins: list[Origin] = Field([], description="The sites that may post it.")


class Source(Part):
    """A program whose signed deliveries to /hooks/<id> become tickets."""

    id: Id
    name: Name | None = None
    secret: Id | None = Field(
        None, description="The name of the secret it signs with; left out: `id`."
    )
    scheme: Literal["standard", "github", "stripe", "slack"] = Field(
        "standard", description="How it signs; `standard` is Standard Webhooks."
    )
    map: dict[str, JsonPath] = Field(
        description="Where its body has email, phone, name, subject, message, language, and fields."
    )
    department: Id | None = None
    tags: list[Tag] = Field([], description="Given to each of its tickets.")
    verified: bool = Field(
        True,
        description="Whether it vouches for the addresses it names; false: nobody proved them.",
    )


SECTIONS: Final[dict[str, type[Part]]] = {
    "schedules": Schedule,
    "calendars": Calendar,
    "departments": Department,
    "groups": Group,
    "agents": Agent,
    "fields": CustomField,
    "organizations": Organization,
    "templates": Template,
    "webhooks": Webhook,
    "views": View,
    "triggers": Trigger,
    "automations": Automation,
    "sla_policies": SlaPolicy,
    "forms": Form,
    "sources": Source,
}
"""The sections that are lists, each with the model of its items, in the order they are checked."""
