"""Too many messages of one sender in a short time: a machine gone wrong, or two that answer each
other. What comes then is set aside for an hour; nothing is lost.

Whoever proved who they are is counted apart from whoever only says so: a stranger who floods the
desk under somebody's name silences nobody but himself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

MOST: Final = 20
"""How many messages of one sender are taken in within `WINDOW`; Zendesk is said to take as many."""

WINDOW: Final = timedelta(hours=1)
PAUSE: Final = timedelta(hours=1)
"""How long a sender's messages are set aside once there were too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What came from one sender: `count` messages since `since`; set aside until `until`.

    `sender` says who it is and whether that is proved.
    """

    sender: str
    count: int = 0
    since: datetime | None = None
    until: datetime | None = None


def sender_of(address: str, *, proved: bool) -> str:
    """Name a sender as `Flow` does."""
    return f"{'proved' if proved else 'claimed'}:{address}"


def counted(flow: Flow, at: datetime) -> Flow:
    """Return the flow after one more message at an instant.

    While messages are set aside nothing is counted; afterwards the count begins anew.
    """
    if is_stopped(flow, at):
        return flow
    if flow.since is None or flow.until is not None or at >= flow.since + WINDOW:
        return Flow(sender=flow.sender, count=1, since=at)
    count = flow.count + 1
    return replace(flow, count=count, until=at + PAUSE if count > MOST else None)


def is_stopped(flow: Flow, at: datetime) -> bool:
    """Whether a message at this instant is set aside."""
    return flow.until is not None and at < flow.until
