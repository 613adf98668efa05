"""The relay's use case: take a row of the outbox under a lease, send it, write how it went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from guardia.domain.model import OutboxRow
from guardia.mail.compose import UnsendableError, compose
from guardia.ports import (
    Blobs,
    Delivery,
    NotFoundError,
    Outbound,
    PermanentError,
    StaleError,
    Store,
    TemporaryError,
)

RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long a row waits after each temporary refusal; after the last it is parked."""

SENT_EVENT: Final = timedelta(minutes=10)
"""How long after a lease ran out the provider's own word is waited for before sending again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Delivers. `lease` is twice the time a function may run, `secret` signs reply addresses,
    `default_sender` is the address used where the desk names none."""

    store: Store
    blobs: Blobs
    outbound: Outbound
    now: Callable[[], datetime]
    lease: timedelta
    secret: Callable[[], bytes]
    install_id: str
    inbound_domain: str
    default_sender: str

    def deliver(self, ticket: str, seq: int, n: int) -> str:
        """Deliver one row and return its state: `accepted`, `waiting`, `parked` or `skipped`.

        A row that is settled, waits for a later instant or is under a live lease is skipped: some
        other delivery has it. A refusal for good parks it, a passing one writes its next try.
        """
        now = self.now()
        try:
            taken = self.store.lease(ticket, seq, n, now=now, until=now + self.lease + SENT_EVENT)
        except StaleError:
            return "skipped"
        try:
            mime, sender = self._message(taken.row, now)
            provider_id = self.outbound.send(
                mime=mime, sender=sender, to=taken.row.to, tag=taken.row.id
            )
        except (PermanentError, NotFoundError, UnsendableError) as refusal:
            return self._settle(_parked(taken, str(refusal)))
        except TemporaryError as refusal:
            return self._settle(_waiting(taken, str(refusal), now))
        accepted = replace(taken, state="accepted", wake_at=None, provider_id=provider_id)
        return self._settle(accepted, reference=provider_id)

    def _settle(self, delivery: Delivery, *, reference: str | None = None) -> str:
        self.store.settle(delivery, reference=reference)
        return "waiting" if delivery.state == "new" else delivery.state

    def _message(self, row: OutboxRow, now: datetime) -> tuple[bytes, str]:
        sender = row.sender or self.default_sender
        files: Mapping[str, bytes] = {
            one.sha256: self.blobs.get(f"t/{row.ticket}/{one.sha256}") for one in row.attachments
        }
        mime = compose(
            replace(row, sender=sender),
            secret=self.secret(),
            install_id=self.install_id,
            inbound_domain=self.inbound_domain,
            date=now,
            files=files,
        )
        return mime, sender


def _parked(taken: Delivery, reason: str) -> Delivery:
    return replace(taken, state="parked", wake_at=None, error=reason)


def _waiting(taken: Delivery, reason: str, now: datetime) -> Delivery:
    if taken.attempts > len(RETRIES):
        return _parked(taken, reason)
    next_try = now + RETRIES[taken.attempts - 1]
    return replace(taken, state="new", wake_at=next_try, lease_until=None, error=reason)
