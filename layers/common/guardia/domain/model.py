"""The nouns of the desk as frozen values: ticket, entry, comment, contact, outbox row, decision.

Every instant is an aware datetime in UTC; people are named by contact id (requesters) or by email
(agents). Nothing here computes: rules live in the modules beside this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from guardia.domain.clock import Clock, MetricEvent

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
