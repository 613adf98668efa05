"""What a comment does to its ticket: reopening, whose turn it is, who is waiting since when."""

from datetime import datetime
from typing import Any, Final

from guardia.domain.desk import Desk
from guardia.domain.model import Actor, Comment, RefusedError, Ticket, revised

MAX_THREAD: Final = 10
"""How many Message-IDs an answer refers to at most."""

_WAITING: Final = ("pending", "hold", "solved")


def heard(
    desk: Desk, ticket: Ticket, comment: Comment, actor: Actor, at: datetime, *, creates: bool
) -> Ticket:
    """Return the ticket after somebody spoke.

    A customer's comment reopens what waits (S3) and makes it the agents' turn; an agent's public
    one opens a new ticket, takes an unassigned one (`assign_on_reply`) and makes it the
    requester's turn. Machines change neither the turn nor the status. A creation by an agent is no
    reply.

    Raises:
        RefusedError: a light agent writes in public.
    """
    unproved = not comment.verified if comment.public else ticket.unproved
    ticket = revised(ticket, thread=_thread(ticket, comment), unproved=unproved)
    if actor.kind == "agent":
        return _agent_spoke(desk, ticket, comment, actor, at, creates)
    if actor.kind == "end_user" and comment.automatic is None:
        return _customer_spoke(revised(ticket, automatic=None), comment, actor, at)
    return revised(ticket, automatic=comment.automatic) if creates else ticket


def _thread(ticket: Ticket, comment: Comment) -> tuple[str, ...]:
    if not comment.message_id or not comment.public:
        return ticket.thread
    kept = [one for one in ticket.thread if one != comment.message_id]
    return (*kept, comment.message_id)[-MAX_THREAD:]


def _customer_spoke(ticket: Ticket, comment: Comment, actor: Actor, at: datetime) -> Ticket:
    if not comment.public:
        return ticket
    found: dict[str, Any] = {
        "awaiting": "agent",
        "requester_update_at": at,
        "unanswered_since": ticket.unanswered_since or at,
    }
    if ticket.status in _WAITING:
        found["status"] = "open"
    if actor.email and actor.contact == ticket.requester:
        found["heard_from"] = actor.email
    return revised(ticket, **found)


def _agent_spoke(
    desk: Desk, ticket: Ticket, comment: Comment, actor: Actor, at: datetime, creates: bool
) -> Ticket:
    ticket = revised(ticket, agent_update_at=at)
    if not comment.public:
        return ticket
    agent = desk.agents.get(actor.email or "")
    if agent is not None and agent.role == "light":
        raise RefusedError("light_agent", "a light agent writes notes only", "comment.public")
    if creates:
        return revised(ticket, awaiting="requester")
    found: dict[str, Any] = {
        "awaiting": "requester",
        "unanswered_since": None,
        "replies": ticket.replies + 1,
    }
    if ticket.status == "new":
        found["status"] = "open"
    if ticket.assignee is None and desk.assign_on_reply and agent is not None:
        found["assignee"] = agent.email
    return revised(ticket, **found)
