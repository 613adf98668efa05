"""The relay's use case: take a row of the outbox under a lease, send it, write how it went."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import breaker
from guardia.domain.breaker import Breaker, DisabledError
from guardia.domain.budgets import Sending
from guardia.domain.model import Endpoint, OutboxRow, RefusedError, place_of
from guardia.mail.compose import UnsendableError, compose
from guardia.ports import (
    Blobs,
    Budgets,
    Courier,
    Delivery,
    NotFoundError,
    Outbound,
    PermanentError,
    StaleError,
    Store,
    TemporaryError,
    Webhooks,
)

RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""How long a mail waits after each temporary refusal; after the last it is parked."""

SENT_EVENT: Final = timedelta(minutes=10)
"""How long after a lease ran out the provider's own word is waited for before sending again."""

MOST_BODY: Final = 200_000
"""Bytes of a webhook's body: what a queue's message can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Delivers. `lease` is twice the time a function may run, `secret` signs reply addresses,
    `default_sender` is the address used where the desk names none."""

    store: Store
    blobs: Blobs
    outbound: Outbound
    budgets: Budgets
    webhooks: Webhooks
    caller: Courier
    reporter: Courier
    now: Callable[[], datetime]
    lease: timedelta
    secret: Callable[[], bytes]
    install_id: str
    inbound_domain: str
    default_sender: str

    def deliver(self, ticket: str, seq: int, n: int) -> str:
        """Deliver one row and return its state: `accepted`, `handed`, `waiting`, `parked` or
        `skipped`.

        A row that is settled, waits for a later instant or is under a live lease is skipped: some
        other delivery has it. A refusal for good parks it, a passing one writes its next try. A
        webhook's call is handed to whoever makes it, and the row stays leased until he answers.
        """
        now = self.now()
        try:
            taken = self.store.lease(ticket, seq, n, now=now, until=now + self.lease + SENT_EVENT)
        except StaleError:
            return "skipped"
        if taken.row.endpoint is not None:
            return self._call(taken, taken.row.endpoint, now)
        return self._mail(taken, now)

    # -- mail --------------------------------------------------------------------------------------

    def _mail(self, taken: Delivery, now: datetime) -> str:
        try:
            taken, to = self._allowed(taken, now)
            if not to:
                return self._park(taken, _held(taken))
            row = replace(taken.row, to=to, sender=taken.row.sender or self.default_sender)
            mime = self._message(row, now)
            provider_id = self.outbound.send(mime=mime, sender=row.sender, to=to, tag=row.id)
        except (PermanentError, NotFoundError, UnsendableError) as refusal:
            return self._park(taken, str(refusal))
        except TemporaryError as refusal:
            return self._later(taken, str(refusal), now)
        accepted = replace(taken, state="accepted", wake_at=None, provider_id=provider_id)
        try:
            self.store.settle(accepted, reference=provider_id)
        except StaleError:
            # The provider's own word may have come before its answer was written.
            row = taken.row
            if self.store.delivery(row.ticket, row.seq, row.n).state != "accepted":
                raise
        return "accepted"

    def _allowed(self, taken: Delivery, now: datetime) -> tuple[Delivery, tuple[str, ...]]:
        """Ask the budgets for each address of an automatic mail; what they refuse is held back.

        Raises:
            TemporaryError: others spend the same budget at this moment.
        """
        row = taken.row
        if not row.automatic:
            return taken, row.to
        held = {}
        for address in row.to:
            try:
                reason = self.budgets.spend(_sending(row, address, now))
            except StaleError:
                raise TemporaryError("the budgets are busy") from None
            if reason is not None:
                held[address] = f"held: {reason}"
        if held:
            taken = replace(taken, recipients={**taken.recipients, **held})
        return taken, tuple(one for one in row.to if one not in held)

    def _message(self, row: OutboxRow, now: datetime) -> bytes:
        files: Mapping[str, bytes] = {
            one.sha256: self.blobs.get(f"t/{row.ticket}/{one.sha256}") for one in row.attachments
        }
        return compose(
            row,
            secret=self.secret(),
            install_id=self.install_id,
            inbound_domain=self.inbound_domain,
            date=now,
            files=files,
        )

    # -- webhooks ----------------------------------------------------------------------------------

    def _call(self, taken: Delivery, endpoint: Endpoint, now: datetime) -> str:
        row = taken.row
        if len(row.text.encode()) > MOST_BODY:
            return self._park(taken, f"the body has more than {MOST_BODY // 1000} kB")
        try:
            reason = self.budgets.spend(_sending(row, f"{endpoint.id}#{row.ticket}", now))
            if reason is not None:
                return self._park(taken, reason)
            wait = self._turn(endpoint, now)
        except DisabledError as disabled:
            return self._park(taken, f"the webhook {endpoint.id} is disabled: {disabled}")
        except StaleError:
            return self._later(taken, "the webhook's state is busy", now)
        if wait is not None:  # not a try: it costs none of them
            waiting = replace(taken, state="new", wake_at=wait, attempts=taken.attempts - 1)
            self.store.settle(replace(waiting, error="the webhook rests after failures"))
            return "waiting"
        self.caller.hand(parcel(taken, endpoint))
        return "handed"

    def _turn(self, endpoint: Endpoint, now: datetime) -> datetime | None:
        wait: datetime | None = None

        def ask(known: Breaker) -> Breaker:
            nonlocal wait
            after, wait = breaker.turn(known, now)
            return after

        self.webhooks.change(endpoint.id, ask)
        return wait

    # -- how it went -------------------------------------------------------------------------------

    def _park(self, taken: Delivery, reason: str) -> str:
        """Give a row up. That a person's own answer did not go is told on its ticket."""
        if not taken.row.automatic:
            self.reporter.hand({"parked": taken.row.id})
        self.store.settle(replace(taken, state="parked", wake_at=None, error=reason))
        return "parked"

    def _later(self, taken: Delivery, reason: str, now: datetime) -> str:
        if taken.attempts > len(RETRIES):
            return self._park(taken, reason)
        next_try = now + RETRIES[taken.attempts - 1]
        waiting = replace(taken, state="new", wake_at=next_try, lease_until=None, error=reason)
        self.store.settle(waiting)
        return "waiting"


def offer_again(store: Store, row: str, now: datetime) -> Delivery:
    """Let a row be sent anew, from its first try on, at the sweep's next minute.

    What was given up may go again, what waits for its next try need not wait, and a webhook's call
    that arrived may be made anew; a mail that was sent may not.

    Raises:
        NotFoundError: there is no such row.
        RefusedError: it was sent, or is on its way.
        StaleError: somebody wrote it at the same time.
    """
    try:
        known = store.delivery(*place_of(row))
    except ValueError:
        raise NotFoundError("outbox row", row[:80]) from None
    if known.state == "leased":
        raise RefusedError("on_its_way", f"{row} is on its way already", "row")
    if known.state == "accepted" and known.row.endpoint is None:
        raise RefusedError("sent", f"{row} was sent; a mail is not sent twice", "row")
    again = replace(known, state="new", wake_at=now, attempts=0, lease_until=None, recipients={})
    store.settle(again)
    return replace(again, revision=again.revision + 1)


def _sending(row: OutboxRow, address: str, now: datetime) -> Sending:
    return Sending(
        row=row.id,
        at=now,
        address=address,
        ticket=row.ticket,
        about=row.about,
        team=row.team,
        verified=row.verified,
    )


def _held(taken: Delivery) -> str:
    return "; ".join(f"{address} {reason}" for address, reason in taken.recipients.items())


def parcel(taken: Delivery, endpoint: Endpoint) -> dict[str, Any]:
    """What the maker of calls needs to know of one, as JSON."""
    row = taken.row
    return {
        "row": row.id,
        "attempt": taken.attempts,
        "webhook": endpoint.id,
        "url": endpoint.url,
        "secret": endpoint.secret or endpoint.id,
        "body": row.text if row.kind == "webhook" else _notice(row),
    }


def _notice(row: OutboxRow) -> str:
    """The standard body of a person who is told by webhook."""
    told = {"agent": row.to[0], "subject": row.subject, "text": row.text, "ticket": row.ticket}
    return json.dumps({"event": "notify", "rule": row.rule, **told}, ensure_ascii=False)
