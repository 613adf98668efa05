"""What becomes of a message after it left: the provider's events, the answers of webhooks.

Everything here may come twice, late and in any order; the row of the outbox, the address and the
ticket end up the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from guardia.domain import breaker, budgets, phrases
from guardia.domain.desk import Desk
from guardia.domain.model import ClosedError, OutboxRow, place_of
from guardia.mail.provider import MailEvent
from guardia.planning import Request
from guardia.ports import (
    Budgets,
    Call,
    Delivery,
    LaterError,
    NotFoundError,
    StaleError,
    Store,
    Webhooks,
)
from guardia.service import Guardia

RETRIES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long a webhook's call waits after each failure (Standard Webhooks, "Deliverability"); the
sweep, each minute, offers it again."""

_RANK: Final = ("delayed", "delivered", "bounced", "complained")
_BECOMES: Final = {
    "delivery": "delivered",
    "delay": "delayed",
    "bounce": "bounced",
    "complaint": "complained",
    "reject": "bounced",
}
_TRIES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Writes down what became of messages. `desk` is the live one (for the language of what the
    team reads), `name` makes the Message-ID that recipients see of the provider's id."""

    store: Store
    budgets: Budgets
    webhooks: Webhooks
    guardia: Guardia
    desk: Callable[[], Desk]
    now: Callable[[], datetime]
    name: Callable[[str], str]

    # -- mail --------------------------------------------------------------------------------------

    def mail(self, event: MailEvent) -> str:
        """Take in an event of the provider; return the row's state.

        Any event proves that the mail was sent: it settles a row whose answer was lost.

        Raises:
            NotFoundError: there is no such row.
        """
        delivery = self._settle(
            (event.ticket, event.seq, event.n), lambda known: self._after(known, event)
        )
        for address, said in event.recipients.items():
            if event.kind in ("bounce", "complaint"):
                self._address(delivery.row, address, said, event)
        return delivery.state

    def _after(self, known: Delivery, event: MailEvent) -> tuple[Delivery, str | None]:
        recipients = dict(known.recipients)
        becomes = _BECOMES.get(event.kind)
        for address in event.recipients:
            if becomes and _rank(becomes) > _rank(recipients.get(address)):
                recipients[address] = becomes
        after = replace(known, recipients=recipients)
        if known.state == "accepted":
            return after, None
        provider_id = self.name(event.message_id)
        sent = replace(after, state="accepted", wake_at=None, provider_id=provider_id, error=None)
        return sent, provider_id

    def _address(self, row: OutboxRow, address: str, said: str, event: MailEvent) -> None:
        def how(known: budgets.Address) -> budgets.Address:
            if event.kind == "complaint":
                return budgets.complained(known, event.at, cause=row.id)
            return budgets.bounced(known, event.at, said, cause=row.id, lasting=event.lasting)

        _, after = self.budgets.change(address, how)
        # Asked of what is kept: a repetition after a crash tells what the first one did not.
        if after.cause == row.id or not row.automatic:
            text = phrases.COMPLAINED if event.kind == "complaint" else phrases.BOUNCED
            mark = f"{event.kind}:{row.id}:{address}"
            self._tell(row, text, mark, at=event.at, address=address, reason=said or "-")

    # -- webhooks ----------------------------------------------------------------------------------

    def call(self, result: Mapping[str, Any]) -> str:
        """Take in how a call of a webhook went; return the row's state.

        Raises:
            KeyError, TypeError, ValueError: it is no such result.
            NotFoundError: there is no such row.
        """
        call = Call(
            webhook=str(result["webhook"]),
            row=str(result["row"]),
            at=datetime.fromisoformat(result["at"]),
            attempt=int(result["attempt"]),
            outcome=str(result["outcome"]),
            status=int(result["status"]) if result.get("status") is not None else None,
            took=int(result.get("took", 0)),
            error=str(result["error"]) if result.get("error") else None,
            retry_after=int(result["retry_after"]) if result.get("retry_after") else None,
        )
        delivery = self._settle(place_of(call.row), lambda known: (self._called(known, call), None))
        if self.webhooks.log(call):
            self.webhooks.change(call.webhook, lambda known: _heard(known, call))
        return delivery.state

    def _called(self, known: Delivery, call: Call) -> Delivery:
        """The row after a call; the answer of an earlier try changes it only where it is good."""
        where = known.row.endpoint.url if known.row.endpoint else call.webhook
        if call.outcome == "ok":
            good = {**known.recipients, where: "delivered"}
            return replace(known, state="accepted", wake_at=None, error=None, recipients=good)
        if known.state != "leased" or known.attempts != call.attempt:
            return known
        if call.outcome in ("gone", "refused") or call.attempt > len(RETRIES):
            return replace(known, state="parked", wake_at=None, error=call.error)
        asked = timedelta(seconds=call.retry_after or 0)
        next_try = self.now() + max(RETRIES[call.attempt - 1], asked)
        return replace(known, state="new", wake_at=next_try, lease_until=None, error=call.error)

    # -- what was given up -------------------------------------------------------------------------

    def parked(self, row: str) -> str:
        """Tell on its ticket that a person's own answer did not go; return the row's state.

        Raises:
            LaterError: the relay has not written yet that it gave the row up.
            NotFoundError, ValueError: there is no such row.
        """
        found = self.store.delivery(*place_of(row))
        if found.state == "leased":
            raise LaterError(row)
        if found.state == "parked":
            to = ", ".join(found.row.to)
            reason = found.error or "-"
            self._tell(
                found.row, phrases.UNSENT, f"unsent:{row}", at=self.now(), address=to, reason=reason
            )
        return found.state

    # -- together ----------------------------------------------------------------------------------

    def _settle(
        self,
        where: tuple[str, int, int],
        how: Callable[[Delivery], tuple[Delivery, str | None]],
    ) -> Delivery:
        for _ in range(_TRIES):
            known = self.store.delivery(*where)
            after, reference = how(known)
            if after == known:
                return known
            try:
                self.store.settle(after, reference=reference)
            except StaleError:
                continue
            return after
        raise StaleError

    def _tell(
        self,
        row: OutboxRow,
        texts: Mapping[str, str],
        mark: str,
        *,
        at: datetime,
        address: str,
        reason: str,
    ) -> None:
        """Write a note on the row's ticket, once; a ticket that is closed or gone takes none."""
        desk = self.desk()
        text, _ = desk.text(texts, desk.locale)
        note = Request(
            id=mark,
            mark=mark,
            at=at,
            system=True,
            ticket=row.ticket,
            text=text.format(address=address, reason=reason, subject=row.subject),
            public=False,
        )
        try:
            self.guardia.request(note)
        except (ClosedError, NotFoundError):
            return


def _rank(state: str | None) -> int:
    return _RANK.index(state) if state in _RANK else -1


def _heard(known: breaker.Breaker, call: Call) -> breaker.Breaker:
    if call.outcome == "gone":
        return replace(known, disabled=f"it answered {call.status} at {call.at:%Y-%m-%d %H:%M} UTC")
    if call.outcome == "refused":
        return known  # it was never asked
    return breaker.heard(known, call.at, good=call.outcome == "ok")
