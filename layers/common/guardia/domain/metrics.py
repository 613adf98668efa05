"""What an event does to each SLA metric: when its clock begins, stands still, and is fulfilled.

The rules are those of the reference, semantics §3.2. C is a customer's public comment, A an
agent's; automatic mail is neither, and a creation is no reply.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from guardia.domain.clock import Clock
from guardia.domain.desk import Desk, SlaPolicy
from guardia.domain.event import Event
from guardia.domain.model import Actor, Comment, Contact, Ticket

FINISHED: Final = ("solved", "closed")
_STANDS_STILL: Final[Mapping[str, tuple[str, ...]]] = {
    "pausable_update_time": ("pending",),
    "requester_wait_time": ("pending",),
    "agent_work_time": ("pending", "hold"),
}
"""In which statuses a metric's clock stands still; the others only run or have ended."""


_FROM_CREATION: Final = ("requester_wait_time", "agent_work_time", "total_resolution_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What happened in an event, as far as metrics look at it.

    `customer` tells of a C, `agent` of an A, `update` of an A that may be a creation, `note` of an
    agent's private comment, `first_reply` that there was a first reply before. `switches` are those
    of the policy, by metric.
    """

    creates: bool
    before: Ticket | None
    ticket: Ticket
    customer: bool
    agent: bool
    update: bool
    note: bool
    foreign_note: bool
    customer_note: bool
    light_note: bool
    by: str
    for_self: bool
    agent_asks: bool
    first_reply: bool
    switches: Mapping[str, frozenset[str]]

    @property
    def finished(self) -> bool:
        """Whether the ticket is solved or closed after the event."""
        return self.ticket.status in FINISHED

    @property
    def was_finished(self) -> bool:
        """Whether it was so before."""
        return self.before is not None and self.before.status in FINISHED

    def on(self, metric: str, switch: str) -> bool:
        """Whether the policy has a switch of the metric on."""
        return switch in self.switches.get(metric, ())


class Step(NamedTuple):
    """What becomes of a metric: its living clock `ends`, a new one `begins`, the ended one
    `goes_on` (the same instance), and a new one is fulfilled `at_once`."""

    ends: bool = False
    begins: bool = False
    goes_on: bool = False
    at_once: bool = False


def facts_of(
    desk: Desk,
    event: Event,
    before: Ticket | None,
    ticket: Ticket,
    requester: Contact | None,
    said: list[tuple[Comment, Actor]],
    policy: SlaPolicy | None,
) -> Facts:
    """Look at an event and at what rules said in it."""
    creates = event.kind == "create"
    spoken = [(event.comment, event.actor)] if event.comment is not None else []
    own = [(each, actor) for each, actor in spoken if each.automatic is None]
    asks = requester is not None and requester.email in desk.agents
    email = requester.email if requester else None
    by_agents = [each for each in (*own, *said) if each[1].kind == "agent"]
    replies = [each for each in by_agents if each[0].public]
    notes = [each for each in by_agents if not each[0].public]
    answers = [each for each in replies if not (creates and each[0] is event.comment)]
    by_asker = [each for each in own if asks and not creates and each[1].email == email]
    return Facts(
        creates=creates,
        before=before,
        ticket=ticket,
        customer=any(each[0].public for each in own if each[1].kind == "end_user"),
        agent=any(each not in by_asker for each in answers),
        update=bool(replies),
        note=bool(notes),
        foreign_note=any(actor.email != email for _, actor in notes),
        customer_note=any(
            not each[0].public for each in own if each[1].kind == "end_user" or each in by_asker
        ),
        light_note=any(_is_light(desk, actor) for _, actor in notes),
        by="light" if _is_light(desk, event.actor) else event.actor.kind,
        for_self=email is not None and email == event.actor.email,
        agent_asks=bool(by_asker),
        first_reply=any(
            one.metric == "first_reply_time" and not one.lives for one in ticket.clocks
        ),
        switches=policy.settings if policy else {},
    )


def _is_light(desk: Desk, actor: Actor) -> bool:
    agent = desk.agents.get(actor.email or "") if actor.kind == "agent" else None
    return agent is not None and agent.role == "light"


def stands_still(metric: str, status: str, switches: frozenset[str]) -> str | None:
    """The reason why a metric's clock stands still in a status; None: it runs."""
    still = _STANDS_STILL.get(metric, ())
    if metric == "group_ownership_time" and "pause_on_pending" in switches:
        still = ("pending",)
    return status if status in still else None


def began(metric: str, ticket: Ticket) -> datetime | None:
    """Since when a metric would have been measured on a ticket, had it been measured before; None
    where the head does not tell, and its clock begins with what happens next."""
    if ticket.status in FINISHED:
        return None
    answered = ticket.replies > 0 or ticket.solved_at is not None
    if metric in ("first_reply_time", "next_reply_time"):
        return ticket.unanswered_since if answered is (metric == "next_reply_time") else None
    if metric in _FROM_CREATION and not (ticket.pending_at or ticket.on_hold_at or answered):
        return ticket.created_at
    return None


def step(metric: str, facts: Facts, latest: Clock | None) -> Step:
    """Say what an event does to a metric, `latest` being its latest clock."""
    return _STEPS[metric](metric, facts, latest)


def _first_reply(metric: str, facts: Facts, latest: Clock | None) -> Step:
    answered = facts.agent or (
        not facts.creates and facts.note and facts.on(metric, "fulfil_on_note")
    )
    if latest is not None:
        return Step(ends=latest.lives and (answered or facts.finished))
    begins = _first_begins(metric, facts)
    return Step(begins=begins, at_once=begins and (answered or facts.finished))


def _first_begins(metric: str, facts: Facts) -> bool:
    if not facts.creates:
        return facts.customer and not _was_answered(facts)
    if facts.by == "end_user":
        return facts.customer
    if facts.for_self:
        return facts.on(metric, "agent_created_for_self")
    if facts.by == "light" and facts.on(metric, "light_agent_created"):
        return True
    if facts.by == "system":
        return False
    switch = "agent_created" if facts.update else "agent_created_with_note"
    return facts.on(metric, switch)


def _was_answered(facts: Facts) -> bool:
    """Whether an agent had answered before, or the ticket had been solved, which counts as one; a
    note does where the policy lets it."""
    before = facts.before
    answered = before is not None and (before.replies > 0 or before.solved_at is not None)
    return answered or facts.first_reply


def _next_reply(metric: str, facts: Facts, latest: Clock | None) -> Step:
    answered = facts.agent or (facts.foreign_note and facts.on(metric, "fulfil_on_note"))
    if latest is not None and latest.lives:
        return Step(ends=answered or facts.finished)
    asks = not facts.creates and (
        facts.customer
        or (facts.customer_note and facts.on(metric, "end_user_note"))
        or (facts.agent_asks and facts.on(metric, "agent_requested"))
        or (facts.light_note and facts.on(metric, "light_agent_note"))
    )
    begins = asks and _was_answered(facts) and not facts.finished
    return Step(begins=begins, at_once=begins and facts.agent)


def _update(metric: str, facts: Facts, latest: Clock | None) -> Step:
    """The time between an agent's updates: each ends the clock and begins it anew."""
    spoke = facts.update or (facts.note and facts.on("periodic_update_time", "note")
                             and metric == "periodic_update_time")  # fmt: skip
    lives = latest is not None and latest.lives
    return Step(ends=lives and (spoke or facts.finished), begins=spoke and not facts.finished)


def _until_solved(_metric: str, facts: Facts, latest: Clock | None) -> Step:
    """From the creation until it is solved; a reopened ticket goes on with it."""
    if latest is None:
        return Step(begins=facts.creates, at_once=facts.finished)
    if latest.lives:
        return Step(ends=facts.finished)
    return Step(goes_on=not facts.finished and facts.was_finished)


def _ownership(_metric: str, facts: Facts, latest: Clock | None) -> Step:
    """From the assignment to a group until it goes to another or is solved."""
    group = facts.ticket.group
    open_ = group is not None and not facts.finished
    if latest is None:
        return Step(begins=open_)
    same = latest.group == group
    if latest.lives:
        return Step(ends=not (open_ and same), begins=open_ and not same)
    return Step(goes_on=open_ and same, begins=open_ and not same)


_STEPS: Final[Mapping[str, Callable[[str, Facts, Clock | None], Step]]] = {
    "first_reply_time": _first_reply,
    "next_reply_time": _next_reply,
    "periodic_update_time": _update,
    "pausable_update_time": _update,
    "requester_wait_time": _until_solved,
    "agent_work_time": _until_solved,
    "total_resolution_time": _until_solved,
    "group_ownership_time": _ownership,
}
