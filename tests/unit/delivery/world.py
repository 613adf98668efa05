"""The relay, the sender's results and the desk's own table in memory, on a clock that tests move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from guardia.adapters.memory import MemoryBlobs, MemoryStore
from guardia.adapters.memory_ledgers import MemoryBudgets, MemoryWebhooks
from guardia.config.compile import compile_desk
from guardia.delivery import Relay
from guardia.domain.budgets import Limits
from guardia.domain.model import Actor, Endpoint, Entry, OutboxRow, Ticket
from guardia.outcomes import Outcomes
from guardia.ports import Commit, Delivery
from guardia.service import Guardia
from tests.desks import OneDesk

AT = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
PAGER = Endpoint(id="pager", url="https://pager.example/hook", secret="pager-secret")
DESK = compile_desk({"desk": {"name": "Acme", "locale": "es", "locales": ["es"]}})


@dataclass
class Provider:
    """A way out for mail. `says` answers in turn: an error is raised, None accepts."""

    says: list[Exception | None] = field(default_factory=list)
    sent: list[tuple[str, ...]] = field(default_factory=list)

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        assert mime
        assert sender
        assert tag
        refusal = self.says.pop(0) if self.says else None
        if refusal is not None:
            raise refusal
        self.sent.append(tuple(to))
        return f"<{len(self.sent)}@ses>"


@dataclass
class Kept:
    """A courier that keeps what it was given."""

    parcels: list[Mapping[str, Any]] = field(default_factory=list)

    def hand(self, parcel: Mapping[str, Any]) -> None:
        self.parcels.append(parcel)

    def hand_all(self, parcels: Sequence[Mapping[str, Any]]) -> None:
        self.parcels.extend(parcels)


@dataclass
class World:
    """Everything that delivers."""

    now: datetime = AT
    store: MemoryStore = field(default_factory=MemoryStore)
    provider: Provider = field(default_factory=Provider)
    calls: Kept = field(default_factory=Kept)
    reports: Kept = field(default_factory=Kept)
    budgets: MemoryBudgets = field(default_factory=lambda: MemoryBudgets(Limits()))
    webhooks: MemoryWebhooks = field(default_factory=MemoryWebhooks)

    def __post_init__(self) -> None:
        blobs, ids = MemoryBlobs(), count()
        self.relay = Relay(
            store=self.store,
            blobs=blobs,
            outbound=self.provider,
            budgets=self.budgets,
            webhooks=self.webhooks,
            caller=self.calls,
            reporter=self.reports,
            now=lambda: self.now,
            lease=timedelta(minutes=2),
            secret=lambda: b"k" * 32,
            install_id="test",
            inbound_domain="acme.example",
            default_sender="soporte@acme.example",
        )
        self.outcomes = Outcomes(
            store=self.store,
            budgets=self.budgets,
            webhooks=self.webhooks,
            guardia=Guardia(
                store=self.store,
                blobs=blobs,
                desks=OneDesk(DESK),
                new_id=lambda: f"NEW{next(ids)}",
                pause=lambda _attempt: False,
            ),
            desk=lambda: DESK,
            now=lambda: self.now,
            name=lambda id_: f"<{id_}@ses>",
        )

    def row(self, ticket: str = "TTTTTTT1", **changed: Any) -> OutboxRow:
        """Commit a ticket with one outbox row."""
        row = replace(
            OutboxRow(
                ticket=ticket, seq=1, n=0, at=AT, kind="email", channel="email",
                to=("ana@globex.example",), subject="Hola", text="Hemos recibido su mensaje.",
                sender="soporte@acme.example", sender_name="Acme", language="es", rule="hello",
            ),
            **changed,
        )  # fmt: skip
        entry = Entry(
            seq=1, at=AT, received_at=AT, actor=Actor(kind="end_user"), event="create",
            channel="email", event_id=f"mail:{ticket}",
        )  # fmt: skip
        head = Ticket(id=ticket, version=1, subject="Hola", created_at=AT, updated_at=AT)
        self.store.commit(Commit(ticket=head, entries=(entry,), outbox=(row,)))
        return row

    def webhook(self, ticket: str = "TTTTTTT1", **changed: Any) -> OutboxRow:
        """Commit a ticket with one call of the pager."""
        return self.row(
            ticket, kind="webhook", channel="pager", to=(PAGER.url,), text='{"a": 1}',
            endpoint=PAGER, team=True, **changed,
        )  # fmt: skip

    def deliver(self, ticket: str = "TTTTTTT1") -> str:
        """Let the relay take the row."""
        return self.relay.deliver(ticket, 1, 0)

    def standing(self, ticket: str = "TTTTTTT1") -> Delivery:
        """How the row stands."""
        return self.store.delivery(ticket, 1, 0)

    def notes(self, ticket: str = "TTTTTTT1") -> list[str]:
        """The texts written on the ticket."""
        return [one.comment.text for one in self.store.histories[ticket] if one.comment]

    def result(self, outcome: str, ticket: str = "TTTTTTT1", **more: Any) -> str:
        """Tell how the call that was handed over last went."""
        parcel = self.calls.parcels[-1]
        return self.outcomes.call(
            {
                "row": f"{ticket}.1.0",
                "webhook": "pager",
                "attempt": parcel["attempt"],
                "at": self.now.isoformat(),
                "outcome": outcome,
                **more,
            }
        )
