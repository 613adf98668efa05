"""The compiled configuration: what a decision consults. Built by `guardia.config.compile`.

A desk without a document is a working desk: every default of the outside contract holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guardia.domain.hours import ALWAYS_OPEN, Hours
from guardia.domain.model import Endpoint, Organization
from guardia.domain.placeholders import Template

Texts = Mapping[str, Template]
"""A text in the languages it was written in; `Desk.text` picks one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A named schedule. `description` tells its weekly hours to people, by language."""

    id: str
    name: str
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A part of the desk with addresses, a first group and hours of its own."""

    id: str
    name: str
    addresses: tuple[str, ...] = ()
    group: str | None = None
    schedule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agents who work from one queue; `agents` holds their emails in the document's order."""

    id: str
    name: str
    department: str | None = None
    schedule: str | None = None
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A member of the team. `means` are the ways to reach them: `email`, `sms`, `webhook:<id>`."""

    email: str
    name: str
    role: str = "agent"
    groups: tuple[str, ...] = ()
    capacity: int | None = None
    skills: tuple[str, ...] = ()
    phone: str | None = None
    language: str | None = None
    timezone: str | None = None
    means: tuple[str, ...] = ("email",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field of the desk's own. `options` are its words (dropdown, multiselect), `pattern` the
    compiled test of a `regexp` field."""

    id: str
    type: str
    title: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    matches: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """A template of the desk document."""

    id: str
    subject: Texts
    body: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field of a form: `email`, `name`, `subject`, `message` or a custom field's id."""

    id: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A public form. `origins` are the sites that may post it."""

    id: str
    name: str
    department: str | None = None
    fields: tuple[FormField, ...] = ()
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A program that sends in deliveries (an incoming hook).

    `secret` names the secret it signs with by `scheme`. `map` leads from `email`, `phone`, `name`,
    `subject`, `message`, `language` and `fields.<id>` to a JSONPath in its body. `verified` tells
    that the program vouches for the addresses it names; `tags` are put on each of its tickets.
    """

    id: str
    secret: str
    map: Mapping[str, str]
    scheme: str = "standard"
    department: str | None = None
    tags: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a rule, as data.

    `value` is what the document says (for `matches` a compiled search, whose text is `pattern`;
    for durations seconds). `hours` and `schedule` choose the clock of a duration.
    """

    field: str
    operator: str
    value: Any
    hours: str = "calendar"
    schedule: str | None = None
    search: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """`all`, `any` or `none` of the items holds."""

    kind: str
    items: "tuple[Condition | Branch, ...]"


Tree = Condition | Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Mail people. `to` are words of `vocabulary.EMAIL_TO` or addresses."""

    to: tuple[str, ...]
    template: str | None = None
    subject: Texts | None = None
    body: Texts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell agents. `target` is a word of `vocabulary.NOTIFY_TO`, `id` the agent or group."""

    target: str
    id: str | None = None
    template: str | None = None
    text: Texts | None = None
    until_hours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """Call a webhook. `body` is JSON whose texts are templates; None sends the standard one."""

    webhook: str
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment:
    """Write a comment, in the name of the agent `by` where it is given."""

    text: Texts
    public: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give the ticket to a group or to an agent (with the group, where both are named)."""

    agent: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Write fields; None empties, `current_user` and `requester` stand for people."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Change tags: `mode` is `add`, `remove` or `set`."""

    mode: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchedule:
    """Measure this ticket by another schedule."""

    schedule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Look at no later trigger in this event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Tell agents in one message of every ticket that the automation's conditions hold for; only
    automations with a recurrence have it. `target` is `agent`, `group` or `admins`."""

    target: str
    id: str | None = None
    template: str | None = None


Action = (
    Email | Notify | CallWebhook | AddComment | Assign | Set | Tag | SetSchedule | Stop | Digest
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A rule that runs on every event. `dead` names references that lead nowhere: it then never
    matches and says so in the trace."""

    id: str
    when: Tree | None
    actions: tuple[Action, ...]
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A wall-clock time of certain weekdays, Monday 0, in a zone; `minute` counts from midnight.

    `skip` names the schedule whose holidays are left out.
    """

    minute: int
    days: frozenset[int]
    timezone: str
    skip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """A rule that time sets off: once each time its conditions become true, or at each instant of
    `every` at which they hold. `if_late` is `act` or `skip`; `dead` as in a trigger."""

    id: str
    when: Tree | None
    actions: tuple[Action, ...]
    every: Recurrence | None = None
    if_late: str = "act"
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """So many seconds for a metric. `priorities` are those it is for (None among them: without
    one); None stands for any. `hours` is `calendar` or `business`."""

    metric: str
    within: int
    hours: str = "calendar"
    priorities: frozenset[str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What makes all clocks of a policy stand still, and the reason that people are told."""

    when: Tree
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What is done so many seconds after the target of a metric was missed."""

    metric: str
    after: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """Promises about time. `warn` are seconds before a target is missed. `measure` is `segments`
    (each span by the schedule that applied in it) or `last_schedule`. `settings` maps metrics to
    switches that are on (`vocabulary.SLA_SETTINGS`)."""

    id: str
    when: Tree | None
    targets: tuple[Target, ...]
    warn: tuple[int, ...] = ()
    pause: tuple[Pause, ...] = ()
    escalate: tuple[Escalation, ...] = ()
    measure: str = "segments"
    settings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Automations:
    """Compiled automations, in the document's order.

    `spans` gives, by position, when the conditions hold and when not (`times.Span`), `judge` what
    judges and traces them (`conditions.Judge`); `shelves` file them as triggers are filed.
    """

    rules: tuple[Automation, ...] = ()
    judge: Callable[[int], Any] = field(default=lambda _place: None, compare=False)
    spans: Callable[[int], Any] = field(default=lambda _place: None, compare=False)
    shelves: "Shelves | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Compiled SLA policies, in the document's order.

    `judges` judge the policies' conditions, `pauses` those of each one's pauses; `metrics` are all
    metrics that any of them promises something for.
    """

    policies: tuple[SlaPolicy, ...] = ()
    judges: tuple[Any, ...] = field(default=(), compare=False)
    pauses: tuple[tuple[Any, ...], ...] = field(default=(), compare=False)
    metrics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """Positions of triggers by what they insist on, ascending: a field's value, a tag or word that
    it includes, a change of it, a change of it to a value. `free` insist on none of these."""

    free: tuple[int, ...] = ()
    equal: Mapping[str, Mapping[str | None, tuple[int, ...]]] = field(default_factory=dict)
    includes: Mapping[str, Mapping[str | None, tuple[int, ...]]] = field(default_factory=dict)
    changed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    changed_to: Mapping[str, Mapping[str | None, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Compiled triggers.

    `judge` gives the compiled conditions of the trigger at a position (`conditions.Judge`), good
    for moments at which its shelf brought it up; `readers` are the triggers that look at an
    attribute of the ticket.
    """

    triggers: tuple[Trigger, ...]
    judge: Callable[[int], Any] = field(compare=False)
    readers: Mapping[str, frozenset[int]]
    shelves: Shelves


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a decision consults besides the ticket and the event.

    `version`, `code` and `tzdata` name the versions of the document, of Guardia and of the zone
    data; `rules` are the compiled triggers; `close_after` are the seconds after which a solved
    ticket closes by itself (None: never); `domains` maps an address's domain to the organisation
    of the document that owns it.
    """

    version: str = ""
    code: str = ""
    tzdata: str = ""
    name: str = "Guardia"
    locale: str = "en"
    locales: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    schedule: str | None = None
    addresses: tuple[str, ...] = ()
    assign_on_reply: bool = True
    close_after: int | None = 28 * 86_400
    url: str = ""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    fields: Mapping[str, CustomField] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, MailTemplate] = field(default_factory=dict)
    rules: Rules
    automations: Automations = Automations()
    promises: Promises = Promises()
    forms: Mapping[str, Form] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    webhooks: Mapping[str, Endpoint] = field(default_factory=dict)

    def text(self, texts: Mapping[str, Any], language: str | None) -> tuple[Any, str]:
        """Pick a text and its language: the reader's, else the desk's, else its first one."""
        for wanted in (language or self.locale, self.locale):
            if wanted in texts:
                return texts[wanted], wanted
        first = next(iter(texts))
        return texts[first], first

    def department_at(self, address: str | None) -> Department | None:
        """Return the department that owns the address, in the document's order."""
        return next((one for one in self.departments.values() if address in one.addresses), None)

    def is_own_address(self, address: str) -> bool:
        """Whether mail to the address comes to this desk."""
        return address in self.addresses or self.department_at(address) is not None

    def reaches_us(self, address: str) -> bool:
        """Whether mail to the address ends at this desk, the tag of a reply address included."""
        local, _, domain = address.rpartition("@")
        return self.is_own_address(f"{local.partition('+')[0]}@{domain}")

    def admins(self) -> tuple[Agent, ...]:
        """Every admin, in the document's order."""
        return tuple(one for one in self.agents.values() if one.role == "admin")

    def schedule_of(
        self, own: str | None, group: str | None, department: str | None
    ) -> Schedule | None:
        """The schedule that holds for a ticket: its own, its group's, its department's, the
        desk's; None means always open."""
        team, part = self.groups.get(group or ""), self.departments.get(department or "")
        owners = (
            own,
            team.schedule if team else None,
            part.schedule if part else None,
            self.schedule,
        )
        return next((self.schedules[one] for one in owners if one and one in self.schedules), None)

    def hours_of(self, schedule: Schedule | None) -> Hours:
        """The hours to count by; without a schedule the desk never closes."""
        return schedule.hours if schedule else ALWAYS_OPEN
