"""What happens to a ticket: what is due, the event, what is looked at, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from guardia.domain.model import (
    Actor,
    Comment,
    Contact,
    Entry,
    Organization,
    OutboxRow,
    Ticket,
    Value,
)

if TYPE_CHECKING:
    from guardia.domain.desk import Desk


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
