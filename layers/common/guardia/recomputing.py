"""After a new version of the desk: every open ticket learns when time does something to it now.

A deadline that comes up before the job has reached its ticket is decided by the new version all the
same; the job finds those tickets that nothing was due on.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from guardia.domain.model import Ticket
from guardia.jobs import BACKOFF, Piece, Runner
from guardia.ports import ConfigStore, Job, NotFoundError, Store, TicketQuery
from guardia.service import Guardia

KIND: Final = "recompute"
SETTLED: Final = timedelta(seconds=60)
"""How old a version must be: no call of a function that still decides by the one before it lasts
that long, so what the job has passed stays passed."""

_PIECE: Final = 100
_OPEN: Final = ("new", "open", "pending", "hold", "solved")


class Recomputing:
    """The worker of the job: the latest changed tickets first, since whatever changes meanwhile is
    decided by the live version anyway, and moves to where the job has been."""

    def __init__(
        self,
        store: Store,
        config: ConfigStore,
        guardia: Guardia,
        failed: Callable[[str, Exception], None],
    ) -> None:
        """Take the tickets, the versions and the help desk; `failed` hears of tickets that fail."""
        self._store, self._config, self._guardia, self._failed = store, config, guardia, failed

    def __call__(self, job: Job) -> Piece:
        """Recompute some tickets; a version that is live no more ends the job.

        Tickets that failed have another turn after all others, later and later, as long as that is
        done for a ticket on which something is due.
        """
        version = int(job.asked["version"])
        live = self._config.live()
        if live != version:
            return Piece(cursor=None, answer={"superseded_by": live})
        turn, missed, cursor = json.loads(job.cursor) if job.cursor else (0, 0, None)
        query = TicketQuery(filters={"status": _OPEN}, limit=_PIECE, cursor=cursor)
        tickets, following = self._store.tickets(query)
        since = self._config.version(version).at
        done = [self._recompute(one, since) for one in tickets if one.config != str(version)]
        missed += done.count(False)
        last = turn == len(BACKOFF)
        counts = {
            "seen": 0 if turn else len(tickets),
            "recomputed": done.count(True),
            "failed": done.count(False) if last else 0,
        }
        if following is not None:
            return Piece(cursor=json.dumps([turn, missed, following]), counts=counts)
        if missed and not last:
            again = json.dumps([turn + 1, 0, None])
            return Piece(cursor=again, counts=counts, rest=BACKOFF[turn])
        return Piece(cursor=None, counts=counts, answer={})

    def _recompute(self, ticket: Ticket, since: datetime) -> bool | None:
        """Whether a ticket was recomputed; None where it is gone."""
        try:
            self._guardia.wake(
                ticket.id,
                until=since,
                requester=ticket.requester,
                organization=ticket.organization,
            )
        except NotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - it delays no other ticket
            self._failed(ticket.id, error)
            return False
        return True


class Publications:
    """Sees to it that each version that goes live is followed by its job."""

    def __init__(self, config: ConfigStore, runner: Callable[[], Runner]) -> None:
        """Take the versions, and what starts jobs."""
        self._config, self._runner = config, runner
        self._known = 0

    def follow(self, at: datetime) -> Job | None:
        """Start the job of the live version, where it is old enough and has none yet."""
        due = self.due_at()
        if due is None or due > at:
            return None
        version = self._config.live()
        job = self._runner().start(job_id(version), KIND, {"version": version})
        self._known = version
        return job

    def due_at(self) -> datetime | None:
        """Return the instant from which the live version's job may start, None where it has one."""
        live = self._config.live()
        if live in (0, self._known):
            return None
        try:
            self._runner().jobs.get(job_id(live))
        except NotFoundError:
            return self._config.version(live).at + SETTLED
        self._known = live
        return None


def job_id(version: int) -> str:
    """The id of a version's job."""
    return f"{KIND}-{version}"
