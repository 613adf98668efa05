"""The shape of rules in the desk document: triggers, automations, SLA policies, views, and what
rules do.

Shape only, as in `schema`: what names what, and which conditions make sense, is checked elsewhere.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from guardia.config.part import Loose, Part, Tree
from guardia.config.rule_values import Brief, Days, PriorityWords, SomeTime, TimeOfDay
from guardia.config.values import (
    Address,
    Duration,
    GroupOrOwn,
    Id,
    Line,
    Name,
    Tag,
    Texts,
    Zone,
    refusal,
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


class DigestAction(Part):
    """Tell agents in one message of all tickets the conditions hold for; goes with `every`."""

    agent: Address | None = None
    group: Id | None = None
    admins: Literal[True] | None = None
    template: Id | None = None

    @model_validator(mode="after")
    def _has_target(self) -> "DigestAction":
        targets = [one for one in ("agent", "group", "admins") if getattr(self, one)]
        if len(targets) != 1:
            raise refusal("name one of `agent`, `group`, `admins`")
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
    digest: DigestAction | None = None

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


class View(Part):
    """Tickets that belong together: those its conditions hold for."""

    id: Id
    name: Name | None = None
    when: Tree = Field(None, description="Left out: every ticket.")


class Recurrence(Part):
    """A time of day, again and again. It is on the wall clock: 09:00 stays 09:00."""

    at: TimeOfDay
    days: Days | None = Field(None, description="[mon-fri], or days; left out: every day.")
    timezone: Zone | None = Field(None, description="Left out: the desk's.")
    skip_holidays: Id | None = Field(
        None, description="A schedule; on its holidays nothing happens."
    )


class Automation(Part):
    """A rule that time sets off: once each time its conditions become true, or at each `every`."""

    id: Id
    when: Tree = Field(None, description="At least one condition about time, or `every`.")
    every: Recurrence | None = Field(None, description="At these times, as long as `when` holds.")
    view: Id | None = Field(None, description="Only tickets of this view.")
    do: list[Action]
    if_late: Literal["act", "skip"] = Field(
        "act", description="What happens where it is carried out more than 15 minutes late."
    )


class Target(Part):
    """So much time for a metric; the first that fits metric and priority counts."""

    metric: Loose = Field(json_schema_extra={"$comment": "Metric"})
    priority: PriorityWords | None = Field(None, description="Left out: any, `none` included.")
    within: SomeTime
    hours: Literal["calendar", "business"] = "calendar"


class Pause(Part):
    """What makes all clocks of a policy stand still."""

    when: Tree
    reason: Brief


class Escalation(Part):
    """What is done when a target was missed, or so long after it."""

    metric: Loose = Field(
        None,
        description="Left out: each metric that has a target.",
        json_schema_extra={"$comment": "Metric"},
    )
    after: Duration = Field(0, json_schema_extra={"default": "0m"})
    do: list[Action]


class SlaPolicy(Part):
    """Promises about time; the first policy whose conditions hold is the ticket's."""

    id: Id
    when: Tree = Field(None, description="Left out: it always matches.")
    targets: list[Target]
    warn: list[SomeTime] = Field([], description="So long before a target is missed.")
    pause: list[Pause] = Field([])
    escalate: list[Escalation] = Field([])
    measure: Literal["segments", "last_schedule"] = Field(
        "segments",
        description="Each span by the schedule it fell in, or all of it by the last one.",
    )
    settings: dict[str, dict[str, bool]] = Field(
        {}, description="By metric, what else starts and stops its clock."
    )
