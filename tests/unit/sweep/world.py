"""Tickets in memory, a help desk that only lets time pass, and a clock that is set by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.domain.desk import Desk
from guardia.domain.model import Actor, Entry, Ticket
from guardia.planning import Outcome
from guardia.ports import Commit, DriftError, DueTicket, NotFoundError, Version
from guardia.service import Guardia
from guardia.sweeping import Sweeping

AT = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class CutOff(BaseException):
    """The invocation ends here, out of time or memory: no `except Exception` sees it."""


def _no_desk(number: int) -> Desk:
    raise AssertionError(f"version {number} is not asked for here")


def entry(seq: int) -> Entry:
    return Entry(
        seq=seq,
        at=AT,
        received_at=AT,
        actor=Actor(kind="system"),
        event="clock",
        channel="email",
        event_id=str(seq),
    )


class Passing(Guardia):
    """Time passes on a ticket, and nothing is due after that; tickets in `broken` fail. `version`
    is that of the desk by which it is decided."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(
            store=store,
            blobs=MemoryBlobs(),
            desks=_no_desk,  # type: ignore[arg-type]  # nobody decides here
            new_id=str,
            pause=lambda _: False,
        )
        self.memory = store
        self.woken: list[str] = []
        self.broken: dict[str, BaseException] = {}
        self.version = ""

    def wake(
        self,
        ticket: str,
        *,
        until: datetime,
        requester: str | None = None,
        organization: str | None = None,
    ) -> Outcome:
        head = self.memory.heads.get(ticket)
        if head is None:
            raise NotFoundError("ticket", ticket)
        assert (requester, organization) == (head.requester, head.organization)
        self.woken.append(ticket)
        if ticket in self.broken:
            raise self.broken[ticket]
        if head.due_at is not None and head.due_at <= until:
            after = replace(head, version=head.version + 1, due_at=None)
            entries = (entry(after.version),)
            self.memory.commit(Commit(ticket=after, expected=head.version, entries=entries))
        elif self.version:
            self.memory.reschedule(ticket, head.version, head.due_at, self.version)
        return Outcome(ticket=ticket)


@dataclass
class Kept:
    """A queue that keeps what it was given; with `broken` it takes nothing."""

    parcels: list[Mapping[str, Any]] = field(default_factory=list)
    broken: bool = False

    def hand(self, parcel: Mapping[str, Any]) -> None:
        self.hand_all([parcel])

    def hand_all(self, parcels: Sequence[Mapping[str, Any]]) -> None:
        if self.broken:
            raise RuntimeError("the queue takes nothing")
        self.parcels.extend(parcels)


@dataclass
class Config:
    """Versions without documents."""

    kept: list[Version] = field(default_factory=list)

    def read(self, version: int) -> Mapping[str, Any]:
        return {"version": version}

    def source(self, version: int) -> Mapping[str, Any]:
        return {"version": version}

    def live(self) -> int:
        return len(self.kept)

    def version(self, number: int) -> Version:
        if not 0 < number <= len(self.kept):
            raise NotFoundError("config version", str(number))
        return self.kept[number - 1]

    def versions(self, newest: int, limit: int) -> list[Version]:
        return list(reversed(self.kept[:newest]))[:limit]

    def publish(
        self,
        document: Mapping[str, Any],
        *,
        author: str,
        message: str,
        at: datetime,
        parent: int,
        source: Mapping[str, Any] | None = None,
    ) -> int:
        if parent != self.live():
            raise DriftError(parent, self.live())
        number = parent + 1
        hash_ = f"{document}{source}"
        self.kept.append(
            Version(number=number, author=author, at=at, message=message, parent=parent, hash=hash_)
        )
        return number


@dataclass
class World:
    """The minute's work, over tickets in memory."""

    now: datetime = AT
    store: MemoryStore = field(default_factory=MemoryStore)
    over: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        self.guardia = Passing(self.store)
        self.sweeping = Sweeping(self.store, self.guardia, lambda: self.now)

    def ticket(self, id_: str, due_at: datetime | None = AT, **more: Any) -> Ticket:
        head = Ticket(id=id_, version=1, due_at=due_at, requester="CCCCCCC1", **more)
        self.store.commit(Commit(ticket=head, entries=(entry(1),)))
        return head

    def due(self, at: datetime | None = None) -> list[DueTicket]:
        found = self.store.due(at or self.now, 5_000)
        return [one for one in found if isinstance(one, DueTicket)]
