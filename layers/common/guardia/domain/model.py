"""The nouns of the desk as frozen values: ticket, entry, comment, contact, outbox row, decision.

Every instant is an aware datetime in UTC; people are named by contact id (requesters) or by email
(agents). Nothing here computes: rules live in the modules beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from guardia.domain.clock import Clock, MetricEvent

if TYPE_CHECKING:
    from guardia.domain.desk import Desk

Value = Any
"""What a ticket's attribute can hold: text, number, boolean, instant, tuple, mapping or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket's head: all that one read must give.

    `version` counts the ticket's entries. `*_at` are UTC instants; those of a status tell when
    the ticket last entered it. `unanswered_since` is the oldest customer message that nobody
    answered; `unproved` tells that the latest public words are of somebody who did not prove who
    they are, `automatic` why a machine is thought to have written all that came from customers.
    `heard_from` is the address the requester last wrote from, `thread` the Message-IDs an answer
    refers to, newest last. `follows` names the ticket this one continues.

    `due_at` is the next instant at which time alone does something. Where the last entry was an
    automation's, `updated_by` names it and `updated_before` is the update before its own. `fired`
    are the automations that fired and whose conditions still hold, `firings` counts by automation
    how often each fired since a person last touched the ticket. `clocks` are those of the SLA
    metrics, `config` is the version of the desk by which it was last decided.
    """

    id: str
    version: int = 0
    subject: str = ""
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    channel: str = "api"
    received_by: str | None = None
    group: str | None = None
    department: str | None = None
    assignee: str | None = None
    requester: str | None = None
    organization: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    language: str | None = None
    schedule: str | None = None
    awaiting: str = "none"
    ccs: tuple[str, ...] = ()
    heard_from: str | None = None
    thread: tuple[str, ...] = ()
    follows: str | None = None
    reopens: int = 0
    replies: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    opened_at: datetime | None = None
    pending_at: datetime | None = None
    on_hold_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    assigned_at: datetime | None = None
    requester_update_at: datetime | None = None
    agent_update_at: datetime | None = None
    unanswered_since: datetime | None = None
    unproved: bool = False
    automatic: str | None = None
    due_at: datetime | None = None
    updated_by: str | None = None
    updated_before: datetime | None = None
    fired: tuple[str, ...] = ()
    firings: Mapping[str, int] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    config: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who made an update: `kind` is `end_user`, `agent` or `system`; `contact` is set for a
    contact, `email` for an agent and for a contact that has one."""

    kind: str
    email: str | None = None
    contact: str | None = None


SYSTEM: Final = Actor(kind="system")
STREAM_GRACE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a comment; its bytes lie in the blob store under the ticket and `sha256`."""

    name: str
    type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody wrote.

    `text` is the new part; `original` the whole text where trimming took something away; `html`
    the markup as it came, to be cleaned whenever it is shown; `raw` the key of the stored mail.
    `by` names the author's address for people, `subject` is that of the mail it came in.
    `automatic` gives the reason why a machine is thought to have written it, `verified` tells
    whether its author proved to be who they say.
    """

    text: str
    public: bool = True
    by: str | None = None
    subject: str | None = None
    original: str | None = None
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    message_id: str | None = None
    raw: str | None = None
    automatic: str | None = None
    verified: bool = True


@dataclass(slots=True)
class ConditionTrace:
    """One condition as it was judged: what was asked, what was there, and the answer.

    For a group of conditions `field` is empty and `operator` is `all`, `any` or `none`. Nobody
    changes one; it is not frozen, because that triples the price of what an event makes most of.
    """

    field: str
    operator: str
    value: Value
    actual: Value
    result: bool


@dataclass(slots=True, kw_only=True)
class RuleTrace:
    """What a rule did in an event. `suppressed` says what it was not allowed to do, and why;
    `late` how many seconds after its instant it was carried out, where that was noticeable."""

    kind: str
    id: str
    matched: bool
    suppressed: tuple[str, ...] = ()
    conditions: tuple[ConditionTrace, ...] = ()
    late: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a ticket's history.

    `changes` maps every attribute of the ticket that this event changed to (old, new), so that the
    ticket before it can be rebuilt. `asked` is what the event itself wanted (the fields to set,
    the tags), `facts` what was looked up outside the ticket, `config`, `code` and `tzdata` the
    versions it was decided with. `ledger` is what it did to the clocks of the SLA metrics.
    """

    seq: int
    at: datetime
    received_at: datetime
    actor: Actor
    event: str
    channel: str
    event_id: str
    comment: Comment | None = None
    changes: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    rules: tuple[RuleTrace, ...] = ()
    asked: Mapping[str, Value] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    ledger: tuple[MetricEvent, ...] = ()
    config: str = ""
    code: str = ""
    tzdata: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A way to reach a contact. `kind` is `email`, `phone`, `external` or a channel's id.

    `verified` is true once it was proved to be theirs: a mail that passed DMARC, an answer with a
    reply address we had signed, or a confirmed link.
    """

    kind: str
    value: str
    verified: bool = False
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer: one person with any number of identities."""

    id: str
    version: int = 0
    name: str | None = None
    identities: tuple[Identity, ...] = ()
    organization: str | None = None
    language: str | None = None
    timezone: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    notes: str | None = None
    vip: bool = False
    merged_into: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def email(self) -> str | None:
        """The primary email address, else the first one."""
        return self._first("email")

    @property
    def phone(self) -> str | None:
        """The primary phone number, else the first one."""
        return self._first("phone")

    def _first(self, kind: str) -> str | None:
        found = [one for one in self.identities if one.kind == kind]
        found.sort(key=lambda one: not one.primary)
        return found[0].value if found else None

    def is_verified(self, email: str | None) -> bool:
        """Whether this address (any address, where it is None) was proved to be theirs."""
        return any(
            one.verified and (email is None or one.value == email) for one in self.identities
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A customer's company. People belong to it by the domain of their address."""

    id: str
    name: str = ""
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook of the desk: where calls go, and the name of the secret that signs them."""

    id: str
    url: str
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message to be sent, committed together with the decision that wants it.

    `kind` is `email` (to customers and addresses), `notify` (to one agent by one means) or
    `webhook`; `to` holds the addresses of one message, `endpoint` the webhook that carries it.
    `rule` is the id of the rule that sent it, None for a person's own answer. `automatic` mail is
    marked as such, `team` tells that it stays inside the team, `verified` that whoever caused it
    proved who they are, `about` is the digest of the ticket's subject. `reply` says whose signed
    reply address it carries: `requester`, `agent` or `none`. `thread` are the Message-IDs it
    answers, `not_before` the instant it waits for.
    """

    ticket: str
    seq: int
    n: int
    at: datetime
    kind: str
    channel: str
    to: tuple[str, ...]
    subject: str
    text: str
    sender: str
    sender_name: str
    language: str
    template: str | None = None
    rule: str | None = None
    automatic: bool = True
    acknowledges: bool = False
    reply: str = "requester"
    thread: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    not_before: datetime | None = None
    endpoint: Endpoint | None = None
    team: bool = False
    verified: bool = True
    about: str = ""

    @property
    def first_offer(self) -> datetime:
        """When the sweep offers the row, if nobody took it from the stream within two minutes."""
        return self.not_before or self.at + STREAM_GRACE

    @property
    def id(self) -> str:
        """The row's name: the same event and rule always give the same one."""
        return f"{self.ticket}.{self.seq}.{self.n}"


def place_of(row: str) -> tuple[str, int, int]:
    """Where a row lies by its name: its ticket, its entry, its number there.

    Raises:
        ValueError: it is no name of a row.
    """
    ticket, seq, n = row.rsplit(".", 2)
    return ticket, int(seq), int(n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What time alone does to a ticket, at one instant.

    `kind` is `warn`, `breach` or `escalate` (of the clock of `metric` and `instance`; `offset` is
    the warning's seconds or the escalation's number), `automation`, or `close` (S9). `rule` is the
    id of the policy or automation, `order` the place among what is due at the same instant.
    """

    at: datetime
    kind: str
    rule: str | None = None
    metric: str | None = None
    instance: int = 0
    offset: int = 0
    order: tuple[int, int, int] = (0, 0, 0)

    @property
    def name(self) -> str:
        """What sets it apart on its ticket, whenever it is carried out."""
        parts = (self.kind, self.rule, self.metric, self.instance or None, self.offset)
        return ":".join(str(one) for one in parts if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a ticket, whole: deciding asks nothing but this and the state.

    `id` names the event (a repeat has the same one), `at` is the instant it was received.
    `kind` is `create`, `change`, `clock` (`due` says what was due), `job` (another version of the
    desk applies from now on), `tick` (nothing but what is due by then) or `refresh` (nothing but
    what is due before). `changes` maps fields to the values asked for (None empties). `verified`
    tells whether the actor proved to be who they say, `automatic` why a machine is thought to have
    written, `doubted` that the sender is proved to be somebody else; `create` carries the new
    ticket's first state in `ticket`. `copies` are people whom the writer took into copy. `ran_at`
    is the instant at which a `clock` event was really looked at.
    """

    id: str
    at: datetime
    kind: str
    actor: Actor
    channel: str
    ticket: Ticket
    comment: Comment | None = None
    changes: Mapping[str, Value] = field(default_factory=dict)
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    set_tags: tuple[str, ...] | None = None
    copies: tuple[str, ...] = ()
    verified: bool = True
    automatic: str | None = None
    doubted: bool = False
    due: Due | None = None
    ran_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What is kept of a message that is set aside: `key` where its bytes lie, `address` whom it
    says it is from, `receipt` what else is needed to take it in later."""

    key: str
    address: str | None = None
    receipt: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something a person or a machine sent, before anybody knows which ticket it belongs to.

    `sender` is the address it is answered to, `proved_agent` is true where the address it was sent
    to had been signed for the agent who wrote, `proved_ticket` where it had been signed for the
    ticket. `candidates` are ids of tickets it names itself, `references` Message-IDs that may lead
    to one, each the surest first. `automatic` says why it gets no automatic answer, `robot` whether
    a machine answered one of our mails (a note at most), `suspend` why it is set aside, `aside`
    what is kept of it then; `recovers` names the entry of what had been set aside and is taken in
    after all. `disproved` means that its sender is proved to be somebody else, `on_behalf` that it
    asks for answers to another address than it was written from. `language` is the
    one it states, `guessed` the one its text is written in. `sender_hash` names the sender where no
    address may stand. `ticket_fields`, `department`, `phone` (of who has an address too) and `tags`
    come from a form or a program.
    """

    id: str
    at: datetime
    channel: str
    sender: str | None
    sender_name: str | None
    subject: str
    comment: Comment
    received_by: str | None = None
    copies: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    proved_ticket: str | None = None
    proved_agent: bool = False
    on_behalf: bool = False
    verified: bool = False
    automatic: str | None = None
    robot: bool = False
    suspend: str | None = None
    aside: Aside | None = None
    recovers: str | None = None
    disproved: bool = False
    language: str | None = None
    guessed: str | None = None
    sender_hash: str = ""
    department: str | None = None
    ticket_fields: Mapping[str, Value] = field(default_factory=dict)
    phone: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a decision may look at besides the event.

    `ticket` is None before a creation. `earlier` are the desks by which the ticket was decided
    until newer versions went live, each with the instant at which it ended. `tickets_open` and
    `latest_comment` are looked up only when a rule asks (`Needs`); None means nobody looked yet.
    """

    ticket: Ticket | None = None
    requester: Contact | None = None
    organization: Organization | None = None
    tickets_open: int | None = None
    latest_comment: str | None = None
    earlier: "tuple[tuple[Desk, datetime], ...]" = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """The answer of a decision that must know more: the keys of `State` to look up."""

    keys: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an event comes to: the new head, its entries, what goes out.

    Where it is not `whole`, more was due before the event than goes into one commit: the event
    itself is to be decided again after this much is written.
    """

    ticket: Ticket
    entries: tuple[Entry, ...]
    outbox: tuple[OutboxRow, ...] = ()
    whole: bool = True


class RefusedError(Exception):
    """The desk says no; nothing changes. `reason` is a short code, `path` names the input."""

    def __init__(self, reason: str, message: str, path: str = "") -> None:
        """Keep the code for callers and the sentence for people."""
        super().__init__(message)
        self.reason, self.message, self.path = reason, message, path


class ClosedError(RefusedError):
    """The ticket is closed: it takes neither comments nor changes (S8)."""


class InvalidError(RefusedError):
    """A value is not one that the field can hold."""


TICKET_ATTRIBUTES: Final = tuple(
    one.name for one in fields(Ticket) if one.name not in {"id", "version", "clocks"}
)
"""What an entry's changes tell of; the clocks follow from its ledger."""


_values: Final = attrgetter(*(one.name for one in fields(Ticket)))
_setters: Final = tuple(getattr(Ticket, one.name).__set__ for one in fields(Ticket))


def revised(ticket: Ticket, **changes: Value) -> Ticket:
    """Return the ticket with other values: `dataclasses.replace` in a fifth of its time.

    A decision copies its ticket at each step, which is most of what deciding costs.
    """
    copy = object.__new__(Ticket)
    for set_value, value in zip(_setters, _values(ticket), strict=True):
        set_value(copy, value)
    for name, value in changes.items():
        object.__setattr__(copy, name, value)
    return copy


def changes_between(before: Ticket | None, after: Ticket) -> dict[str, tuple[Value, Value]]:
    """Map each attribute that differs to (old, new); of a new ticket, each that is not empty."""
    old = before or Ticket(id=after.id, status="")
    found = {}
    for name in TICKET_ATTRIBUTES:
        was, now = getattr(old, name), getattr(after, name)
        if before is None:
            if now not in (None, "", (), {}, 0):
                found[name] = (None, now)
        elif was != now:
            found[name] = (was, now)
    return found


def undo(ticket: Ticket, entry: Entry) -> Ticket | None:
    """Return the ticket as it was before the entry; None where the entry created it."""
    if entry.seq == 1:
        return None
    old = {name: pair[0] for name, pair in entry.changes.items()}
    return replace(ticket, version=entry.seq - 1, **old)
