"""A decision while it is being made: the one mutable thing of the domain.

It is born with an event, goes through the rules and leaves as a `Decision`; nothing keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardia.domain import budgets, letters, system
from guardia.domain.clock import MetricEvent, told
from guardia.domain.letters import Reader
from guardia.domain.model import (
    Actor,
    Attachment,
    Comment,
    Endpoint,
    InvalidError,
    OutboxRow,
    RefusedError,
    RuleTrace,
    Ticket,
    revised,
)
from guardia.domain.moment import Moment
from guardia.domain.placeholders import Template

MAX_MESSAGES: Final = 70
"""How many messages one event sends: all of them are written in one transaction of 100 items."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """What an event has come to so far.

    `ledger` is what happened to the ticket's clocks. `suppressed` collects, for the rule at work,
    what it was not allowed to do; `said` the comments that rules wrote, each with its author;
    `mailed` the addresses that this event already mails, by template, so that nobody gets the same
    mail twice.
    """

    moment: Moment
    seq: int
    outbox: list[OutboxRow] = field(default_factory=list)
    said: list[tuple[Comment, Actor]] = field(default_factory=list)
    rules: list[RuleTrace] = field(default_factory=list)
    ledger: list[MetricEvent] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)

    @property
    def ticket(self) -> Ticket:
        """The ticket as it stands."""
        return self.moment.ticket

    def settle(self, ticket: Ticket, asked: frozenset[str], actor: Actor) -> None:
        """Take a changed ticket over, as the system rules leave it."""
        moment = self.moment
        moment.ticket = system.settled(
            moment.desk, moment.ticket, ticket, asked, actor=actor, at=moment.at
        )

    def strike(self, event: MetricEvent) -> None:
        """Write a line into the ledger, and do to the clock what it says."""
        key = (event.metric, event.instance)
        clocks = tuple(
            told(one, event) if (one.metric, one.instance) == key else one
            for one in self.ticket.clocks
        )
        self.ledger.append(event)
        self.moment.ticket = revised(self.ticket, clocks=clocks)

    def change(self, asked: Mapping[str, Any], actor: Actor, *, by_hand: bool = False) -> None:
        """Write fields of the ticket. Who asks `by_hand` is told where two of them cannot both be
        had.

        Raises:
            InvalidError: a field cannot hold its value.
            RefusedError: the desk forbids it.
        """
        person = self.moment.requester
        email = person.email if person else None
        ticket = system.changed(self.moment.desk, self.ticket, asked, actor=actor, requester=email)
        if by_hand and {"group", "assignee"} <= asked.keys():
            system.check_owner(self.moment.desk, ticket)
        self.settle(ticket, frozenset(asked), actor)

    def change_by_rule(
        self, asked: Mapping[str, Any], actor: Actor, *, together: bool = False
    ) -> None:
        """Write fields, one by one or `together`; what cannot be written is left out and stands in
        the trace."""
        for step in (asked,) if together else ({name: value} for name, value in asked.items()):
            try:
                self.change(step, actor)
            except (InvalidError, RefusedError) as refusal:
                self.suppressed.append(f"{refusal.path or next(iter(step))}: {refusal.reason}")

    def tag(self, mode: str, tags: tuple[str, ...]) -> None:
        """Add, remove or set tags; tags are lower-case and kept in the order they came."""
        wanted = tuple(one.strip().lower() for one in tags if one.strip())
        now = self.ticket.tags
        if mode == "add":
            after = tuple(dict.fromkeys((*now, *wanted)))
        elif mode == "remove":
            after = tuple(one for one in now if one not in wanted)
        else:
            after = tuple(dict.fromkeys(wanted))
        if after != now:
            self.moment.ticket = revised(self.ticket, tags=after)

    def send(
        self,
        reader: Reader,
        subject: Template,
        body: Template,
        *,
        rule: str | None,
        template: str | None = None,
        kind: str = "email",
        held: Any = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        """Put an automatic message into the outbox, bounded by what may go out.

        Machines are not answered, nor is who is proved to be somebody else; our own addresses get
        no mail, and what an unverified person wrote is not repeated to anybody outside the team.
        With `endpoint` a webhook carries it.
        """
        event, desk = self.moment.event, self.moment.desk
        if event.automatic and not reader.team:
            self.suppressed.append(f"mail: automatic ({event.automatic})")
            return
        if event.doubted and not reader.team:
            self.suppressed.append("mail: the sender is not who they say")
            return
        to = tuple(one for one in reader.to if not desk.reaches_us(one))
        if not to:
            self.suppressed.append("mail: own address")
            return
        blank = not event.verified and not reader.team
        head, emptied = letters.write(subject, self.moment, reader, blank=blank)
        text, more = letters.write(body, self.moment, reader, blank=blank)
        self.suppressed.extend(
            f"{path}: unverified requester" for path in dict.fromkeys((*emptied, *more))
        )
        self._put(
            replace(reader, to=to),
            subject=" ".join(head.split()) or f"Ticket {self.ticket.id}",
            text=text,
            rule=rule,
            template=template,
            kind=kind,
            not_before=held,
            endpoint=endpoint,
            acknowledges=event.actor.kind == "end_user" and not reader.team,
        )

    def call(self, endpoint: Endpoint, text: str, *, rule: str) -> None:
        """Put a call of a webhook into the outbox; `text` is its body, JSON."""
        desk = self.moment.desk
        self._put(
            Reader(to=(endpoint.url,), language=desk.locale, zone=desk.timezone, team=True),
            subject="",
            text=text,
            rule=rule,
            kind="webhook",
            endpoint=endpoint,
        )

    def answer(self, comment: Comment, *, rule: str | None) -> None:
        """Mail a public comment to the requester and the people in copy, not to its own author.

        An unverified person's subject is not repeated.
        """
        reader = letters.requester_reader(self.moment)
        event = self.moment.event
        if reader is None or (rule is None and reader.to == (event.actor.email,)):
            return
        wanted = dict.fromkeys((*reader.to, *self.ticket.ccs))
        to = tuple(one for one in wanted if not self.moment.desk.reaches_us(one))
        if not to:
            return
        subject = self.ticket.subject if event.verified else ""
        self._put(
            replace(reader, to=to),
            subject=f"Re: {subject}" if subject else "Re:",
            text=comment.text,
            rule=rule,
            attachments=comment.attachments,
            automatic=rule is not None,
        )

    def _put(
        self,
        reader: Reader,
        *,
        subject: str,
        text: str,
        rule: str | None,
        template: str | None = None,
        kind: str = "email",
        automatic: bool = True,
        acknowledges: bool = False,
        attachments: tuple[Attachment, ...] = (),
        not_before: Any = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        desk = self.moment.desk
        if len(self.outbox) >= MAX_MESSAGES:
            self.suppressed.append(f"message: more than {MAX_MESSAGES} in one event")
            return
        self.outbox.append(
            OutboxRow(
                ticket=self.ticket.id,
                seq=self.seq,
                n=len(self.outbox),
                at=self.moment.at,
                kind=kind,
                channel=endpoint.id if endpoint else "email",
                to=reader.to,
                subject=subject,
                text=text,
                sender=letters.sender_of(desk, self.ticket),
                sender_name=desk.name,
                language=reader.language,
                template=template,
                rule=rule,
                automatic=automatic,
                acknowledges=acknowledges,
                reply="agent" if reader.team and len(reader.to) == 1 else "requester",
                thread=self.ticket.thread,
                attachments=attachments,
                not_before=not_before,
                endpoint=endpoint,
                team=reader.team,
                verified=self.moment.event.verified,
                about=budgets.about(self.ticket.subject),
            )
        )
