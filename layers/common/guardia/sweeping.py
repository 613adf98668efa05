"""Carrying out what is due on tickets: each on its own, so that one that fails delays no other.

What wakes a ticket is its `wake_at`, which every commit sets. Whoever takes a ticket over moves
that by a lease; whoever fails moves it further and further. So whatever crashes, the ticket comes
up again, and `Guardia.wake` does nothing twice.

A ticket on which the whole invocation ends, out of time or memory, cannot be seen to fail. So what
an earlier run has begun with counts as failed before it is begun with again, and is begun with
where nothing else is lost.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain.model import RefusedError
from guardia.ports import Courier, DueTicket, NotFoundError, StaleError, Store
from guardia.remaining import CutOffError
from guardia.service import Guardia

LEASE: Final = timedelta(minutes=6)
"""How long a ticket is lent to the queue; longer than a message of it stays hidden."""

MOST_FAILURES: Final = 8
BACKOFF: Final = tuple(timedelta(minutes=one) for one in (1, 2, 4, 8, 16, 32, 60))
"""How long a ticket is left alone after each failure, before it is given up."""

_MINUTE: Final = timedelta(minutes=1)
_IN_A_PARCEL: Final = 10
_AT_ONCE: Final = 10
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A ticket on which time could not pass. `given_up`: nobody tries again by himself."""

    ticket: str
    error: Exception
    failures: int
    given_up: bool


def was_begun(due: DueTicket, at: datetime) -> bool:
    """Whether an earlier run than that of the minute `at` (UTC) has begun with a ticket and did not
    finish it: it failed, was lent, or was due a minute ago."""
    return due.failures > 0 or due.wake_at != due.due_at or at - due.wake_at >= _MINUTE


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
        moved = (self._moved(due, self._now() + LEASE, due.failures) for due in tickets)
        ours = [one for one in moved if one is not None]
        starts = range(0, len(ours), _IN_A_PARCEL)
        courier.hand_all([_parcel(ours[one : one + _IN_A_PARCEL], until) for one in starts])
        return len(ours)

    def lend_alone(
        self,
        tickets: Sequence[DueTicket],
        courier: Courier,
        until: datetime,
        *,
        enough: Callable[[], bool],
        failed: Callable[[Failure], None],
    ) -> int:
        """Hand tickets over that were begun with before, each in a parcel of its own; return how
        many. It stops where `enough` says that no time is left: the others stay due.

        A failure of each is noted, which whoever finishes it takes away. `failed` hears of those
        that have failed too often and are given up. The lease is longer each time, so that what
        merely waits in the queue is not given up.
        """
        handed = 0
        for start in range(0, len(tickets), _AT_ONCE):
            if not enough():
                break
            ours = []
            for due in tickets[start : start + _AT_ONCE]:
                if due.failures >= MOST_FAILURES:
                    self._cut_off(due, failed)
                elif (moved := self._noted(due)) is not None:
                    ours.append(moved)
            try:
                courier.hand_all([_parcel([one], until) for one in ours])
            except Exception:
                self.give_back(ours)  # nobody has begun with them
                raise
            handed += len(ours)
        return handed

    def _noted(self, due: DueTicket) -> DueTicket | None:
        rest = BACKOFF[due.failures - 1] if due.failures else timedelta()
        return self._moved(due, self._now() + LEASE + rest, due.failures + 1)

    def _cut_off(self, due: DueTicket, failed: Callable[[Failure], None]) -> None:
        known = due.failures
        try:
            self._store.give_up(due.ticket, seen=due.wake_at, at=self._now(), failures=known)
        except StaleError:
            return
        failed(Failure(ticket=due.ticket, error=CutOffError(), failures=known, given_up=True))

    def give_back(self, tickets: Iterable[DueTicket]) -> None:
        """Let tickets that were lent come up in the next minute, as if they had not been."""
        for due in tickets:
            self._moved(due, self._now(), due.failures)

    def _moved(self, due: DueTicket, wake_at: datetime, failures: int) -> DueTicket | None:
        """Move a ticket and note its failures; return it with those that it had before."""
        try:
            self._store.postpone(due.ticket, seen=due.wake_at, wake_at=wake_at, failures=failures)
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


def _parcel(tickets: Sequence[DueTicket], until: datetime) -> dict[str, Any]:
    return {"until": until.isoformat(), "tickets": [_plain(one) for one in tickets]}


def _plain(due: DueTicket) -> dict[str, Any]:
    return {
        "ticket": due.ticket,
        "wake_at": due.wake_at.isoformat(),
        "due_at": due.due_at.isoformat(),
        "requester": due.requester,
        "organization": due.organization,
        "failures": due.failures,
    }
