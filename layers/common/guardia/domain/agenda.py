"""What time alone will do to a ticket next."""

from datetime import datetime, timedelta
from operator import attrgetter

from guardia.domain import automations, sla
from guardia.domain.event import Due
from guardia.domain.moment import Moment


def upcoming(moment: Moment, at: datetime) -> list[Due]:
    """Everything that is due from an instant on if nothing else happens, the earliest first.

    What is due at one instant comes in order: SLA, automations as the document lists them, the
    closing of what was solved long ago (S9).
    """
    ticket, desk = moment.ticket, moment.desk
    if ticket.status == "closed":
        return []
    found = [*sla.dues(desk, ticket, at), *automations.due(desk, moment, at)]
    if ticket.status == "solved" and ticket.solved_at and desk.close_after is not None:
        closes = ticket.solved_at + timedelta(seconds=desk.close_after)
        found.append(Due(at=max(at, closes), kind="close", order=(2, 0, 0)))
    return sorted(found, key=attrgetter("at", "order"))
