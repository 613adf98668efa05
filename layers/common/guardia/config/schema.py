"""The shape of the desk document: one model for each section that is built.

Shape only: what names what, and which conditions make sense, is the business of the checks beside
this module. Descriptions go into the JSON Schema, so editors show them.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from guardia.config.values import (
    TEXT_SCHEMA,
    Address,
    Domain,
    Duration,
    Endpoint,
    GroupOrOwn,
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
    refusal,
)

Tree = Annotated[Any, WithJsonSchema({"$comment": "Tree"})]
Loose = Annotated[Any, WithJsonSchema({})]


def _mapping(keys: dict[str, Any], values: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "object", "additionalProperties": values, **keys})


_INTERVALS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}},
}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(_DAYS, _INTERVALS),
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


class Part(BaseModel):
    """A mapping of the document: unknown keys are errors, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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
    addresses: list[Address] = []
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
    groups: list[Id] = []
    capacity: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="How many new and open tickets they can have."
    )
    skills: list[Tag] = []
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
    domains: list[Domain] = []
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


class EmailAction(Part):
    """Mail people."""

    to: Annotated[
        Any,
        WithJsonSchema(
            {"anyOf": [{"$comment": "To"}, {"type": "array", "items": {"$comment": "To"}}]}
        ),
    ]
    template: Id | None = None
    subject: Line | None = None
    body: Texts | None = None

    @model_validator(mode="after")
    def _has_words(self) -> "EmailAction":
        if self.template is None and self.body is None:
            raise refusal("what is to be mailed is missing: name a `template`, or write a `body`")
        if self.template is not None and (self.body is not None or self.subject is not None):
            raise refusal("`template` and a text of its own exclude each other; keep one")
        return self


class NotifyAction(Part):
    """Tell agents."""

    agent: Address | None = None
    group: GroupOrOwn | None = Field(None, description="A group's id; true: the ticket's group.")
    assignee: Literal[True] | None = None
    admins: Literal[True] | None = None
    template: Id | None = None
    text: Texts | None = None
    hold: Literal["until_hours"] | None = None

    @model_validator(mode="after")
    def _has_target(self) -> "NotifyAction":
        targets = [one for one in ("agent", "group", "assignee", "admins") if getattr(self, one)]
        if len(targets) != 1:
            raise refusal("name one of `agent`, `group`, `assignee`, `admins`")
        if self.template is not None and self.text is not None:
            raise refusal("`template` and `text` exclude each other; keep one")
        return self


class WebhookAction(Part):
    """Call a webhook."""

    webhook: Id
    body: Loose = Field(
        None, description="JSON; its texts may hold placeholders. Left out: the ticket."
    )


class CommentAction(Part):
    """Write a comment on the ticket."""

    text: Texts
    public: bool = False
    by: Address | None = Field(None, description="The agent in whose name it is written.")


class AssignAction(Part):
    """Give the ticket to a group or an agent."""

    agent: Address | None = None
    group: Id | None = None

    @model_validator(mode="after")
    def _has_target(self) -> "AssignAction":
        if self.agent is None and self.group is None:
            raise refusal("name an `agent` or a `group`")
        return self


class Action(Part):
    """One thing a rule does: exactly one of these keys."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    email: EmailAction | None = None
    notify: NotifyAction | None = None
    webhook: WebhookAction | None = None
    comment: CommentAction | None = None
    assign: AssignAction | None = None
    set: dict[str, Loose] | None = None
    add_tags: list[Tag] | None = None
    remove_tags: list[Tag] | None = None
    set_tags: list[Tag] | None = None
    set_schedule: Id | None = None
    stop: Literal[True] | None = None

    @property
    def verb(self) -> str:
        """The one key that is given."""
        return next(iter(self.model_fields_set))

    @model_validator(mode="after")
    def _has_one_key(self) -> "Action":
        given = self.model_fields_set
        if len(given) != 1:
            raise refusal(
                "an action has exactly one key; start each with a `-` of its own"
                if given
                else "an empty action"
            )
        if getattr(self, self.verb) is None:
            raise refusal(f"what `{self.verb}` is to do is missing")
        return self


class Trigger(Part):
    """A rule that is looked at on every event."""

    id: Id
    when: Tree = Field(None, description="Left out: it always matches.")
    do: list[Action]


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
    "triggers": Trigger,
    "forms": Form,
    "sources": Source,
}
"""The sections that are lists, each with the model of its items, in the order they are checked."""
