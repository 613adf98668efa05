"""Carrying out what is due on tickets: each on its own, so that one that fails delays no other.

What wakes a ticket is its `wake_at`, which every commit sets. Whoever takes a ticket over moves
that by a lease; whoever fails moves it further and further. So whatever crashes, the ticket comes
up again, and `Guardia.wake` does nothing twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain.model import RefusedError
from guardia.ports import Courier, DueTicket, NotFoundError, StaleError, Store
from guardia.service import Guardia

LEASE: Final = timedelta(minutes=6)
"""How long a ticket is lent to the queue; longer than a message of it stays hidden."""

MOST_FAILURES: Final = 8
BACKOFF: Final = tuple(timedelta(minutes=one) for one in (1, 2, 4, 8, 16, 32, 60))
"""How long a ticket is left alone after each failure, before it is given up."""

_IN_A_PARCEL: Final = 10
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A ticket on which time could not pass. `given_up`: nobody tries again by himself."""

    ticket: str
    error: Exception
    failures: int
    given_up: bool


class Sweeping:
    """The minute's work on tickets. `now` is the clock, in UTC."""

    def __init__(self, store: Store, guardia: Guardia, now: Callable[[], datetime]) -> None:
        """Take the store, the help desk over it and a clock."""
        self._store, self._guardia, self._now = store, guardia, now

    def wake(self, due: DueTicket, until: datetime) -> Failure | None:
        """Let time pass on a ticket; where that fails, see when it is tried again."""
        try:
            self._guardia.wake(
                due.ticket,
                until=until,
                requester=due.requester,
                organization=due.organization,
            )
        except NotFoundError:
            return None  # the index is a moment behind: the ticket is gone
        except Exception as error:  # noqa: BLE001 - whatever it is, the next ticket's turn comes
            return self._failed(due, error)
        return None

    def _failed(self, due: DueTicket, error: Exception) -> Failure:
        failures, now = due.failures + 1, self._now()
        given_up = failures >= MOST_FAILURES
        try:
            if given_up:
                self._store.give_up(due.ticket, seen=due.wake_at, at=now, failures=failures)
            else:
                at = now + BACKOFF[failures - 1]
                self._store.postpone(due.ticket, seen=due.wake_at, wake_at=at, failures=failures)
        except StaleError:
            given_up = False  # something newer was written: it has an instant of its own
        except Exception:  # noqa: BLE001 - it stays due, and the first error says more
            given_up = False
        return Failure(ticket=due.ticket, error=error, failures=failures, given_up=given_up)

    def lend(self, tickets: Iterable[DueTicket], courier: Courier, until: datetime) -> int:
        """Hand tickets over to a queue, lent for a while; return how many.

        One that somebody else has taken meanwhile stays with them.
        """
        moved = (self._moved(due, self._now() + LEASE) for due in tickets)
        ours = [_plain(one) for one in moved if one is not None]
        parcels = [
            {"until": until.isoformat(), "tickets": ours[start : start + _IN_A_PARCEL]}
            for start in range(0, len(ours), _IN_A_PARCEL)
        ]
        courier.hand_all(parcels)
        return len(ours)

    def give_back(self, tickets: Iterable[DueTicket]) -> None:
        """Let tickets that were lent come up in the next minute."""
        for due in tickets:
            self._moved(due, self._now())

    def _moved(self, due: DueTicket, wake_at: datetime) -> DueTicket | None:
        try:
            self._store.postpone(
                due.ticket, seen=due.wake_at, wake_at=wake_at, failures=due.failures
            )
        except StaleError:
            return None
        return replace(due, wake_at=wake_at)


def retry(store: Store, ticket: str, now: datetime) -> DueTicket:
    """Let a ticket that was given up come up in the next minute, as if it had never failed.

    Raises:
        RefusedError: it was not given up.
        StaleError: somebody has written to it meanwhile.
    """
    cursor: str | None = None
    while True:
        page, cursor = store.stuck(_PAGE, cursor)
        for one in page:
            if one.ticket == ticket:
                store.postpone(ticket, seen=one.wake_at, wake_at=now)
                return replace(one, wake_at=now, failures=0)
        if cursor is None:
            raise RefusedError("not_stuck", f"{ticket} was not given up", "ticket")


def lent(parcel: dict[str, Any]) -> tuple[list[DueTicket], datetime]:
    """Read a parcel: the tickets, and the instant until which time passes on them."""
    tickets = [
        DueTicket(
            ticket=one["ticket"],
            wake_at=datetime.fromisoformat(one["wake_at"]),
            due_at=datetime.fromisoformat(one["due_at"]),
            requester=one["requester"],
            organization=one["organization"],
            failures=int(one["failures"]),
        )
        for one in parcel["tickets"]
    ]
    return tickets, datetime.fromisoformat(parcel["until"])


def _plain(due: DueTicket) -> dict[str, Any]:
    return {
        "ticket": due.ticket,
        "wake_at": due.wake_at.isoformat(),
        "due_at": due.due_at.isoformat(),
        "requester": due.requester,
        "organization": due.organization,
        "failures": due.failures,
    }
