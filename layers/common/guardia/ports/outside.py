"""The ways out: mail, webhooks, the queue between, and what bounds them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from guardia.domain.breaker import Breaker
from guardia.domain.budgets import Address, Sending


class Outbound(Protocol):
    """The way out for mail."""

    def send(self, *, mime: bytes, sender: str, to: Sequence[str], tag: str) -> str:
        """Hand a message over and return the Message-ID the recipient will see.

        Raises:
            PermanentError: it will never be accepted.
            TemporaryError: it may be accepted later.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint said: its status and `Retry-After` in seconds. What it wrote is not kept."""

    status: int
    retry_after: int | None = None


class Endpoints(Protocol):
    """The way to the endpoints of webhooks."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a body once, following nothing.

        Raises:
            ForbiddenError: it may not be called.
            UnreachableError: no answer came.
        """


class Budgets(Protocol):
    """What is known of the addresses that we write to, and what automatic mail they were sent."""

    def spend(self, sending: Sending) -> str | None:
        """Count an automatic message about to go; return why it may not, None where it may.

        The same message is counted once, however often it is sent.

        Raises:
            StaleError: too many count at the same time; it may be asked again.
        """

    def known(self, address: str) -> Address:
        """Return what is known of an address."""

    def change(self, address: str, how: Callable[[Address], Address]) -> tuple[Address, Address]:
        """Change what is known of an address; return it before and after.

        Raises:
            StaleError: too many change it at the same time.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a webhook that was made: what the list of deliveries shows.

    `row` names the message, `attempt` counts its calls, `status` is the answer's, None where there
    was none, `took` milliseconds, `outcome` one of `ok`, `failed`, `gone` (it will never take one)
    and `refused` (we may not call it). `retry_after` is the wait in seconds that it asks for.
    """

    webhook: str
    row: str
    at: datetime
    attempt: int
    outcome: str
    status: int | None = None
    took: int = 0
    error: str | None = None
    retry_after: int | None = None


class Webhooks(Protocol):
    """How the endpoints of the desk's webhooks are doing, and the calls that were made."""

    def breaker(self, webhook: str) -> Breaker:
        """Return how an endpoint is doing."""

    def change(self, webhook: str, how: Callable[[Breaker], Breaker]) -> Breaker:
        """Change how an endpoint is doing; return it afterwards.

        Raises:
            StaleError: too many change it at the same time.
        """

    def log(self, call: Call) -> bool:
        """Keep a call for two weeks; return False where it was kept before."""

    def calls(self, webhook: str, limit: int, cursor: str | None) -> tuple[list[Call], str | None]:
        """List the calls of a webhook, the latest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


class Courier(Protocol):
    """The way to somebody else: a queue."""

    def hand(self, parcel: Mapping[str, Any]) -> None:
        """Hand a parcel over."""

    def hand_all(self, parcels: Sequence[Mapping[str, Any]]) -> None:
        """Hand parcels over, many at a time.

        Raises:
            RuntimeError: not all of them were taken.
        """
