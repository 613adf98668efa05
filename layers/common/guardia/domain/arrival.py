"""What somebody sent, before anybody knows which ticket it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from guardia.domain.model import Comment, Value


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
