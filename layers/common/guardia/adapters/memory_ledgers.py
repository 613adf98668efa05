"""Budgets and webhooks in dictionaries: the same ports with the same refusals, for tests."""

from collections import Counter
from collections.abc import Callable

from guardia.adapters.memory import place
from guardia.domain import budgets
from guardia.domain.breaker import Breaker
from guardia.domain.budgets import Address, Limits, Sending
from guardia.ports import Call


class MemoryBudgets:
    """The `Budgets` port over dictionaries."""

    def __init__(self, limits: Limits) -> None:
        """Start with nothing sent."""
        self.addresses: dict[str, Address] = {}
        self.counters: Counter[str] = Counter()
        self._limits = limits

    def spend(self, sending: Sending) -> str | None:
        """Count a message about to go; see `Budgets.spend`."""
        known = self.known(sending.address)
        reason = budgets.refusal(known, sending)
        after = budgets.charged(known, sending)
        if reason is not None or after == known:
            return reason
        counted = budgets.counters(sending, self._limits)
        for one in counted:
            if self.counters[one.name] >= one.most:
                return f"{one.most} {one.words}"
        self.counters.update(one.name for one in counted)
        self.addresses[_name(sending.address)] = after
        return None

    def known(self, address: str) -> Address:
        """Return what is known of an address; see `Budgets.known`."""
        return self.addresses.get(_name(address), Address())

    def change(self, address: str, how: Callable[[Address], Address]) -> tuple[Address, Address]:
        """Change what is known of an address; see `Budgets.change`."""
        before = self.known(address)
        after = self.addresses[_name(address)] = how(before)
        return before, after


def _name(address: str) -> str:
    return address.strip().lower()


class MemoryWebhooks:
    """The `Webhooks` port over dictionaries."""

    def __init__(self) -> None:
        """Start with nothing called."""
        self.breakers: dict[str, Breaker] = {}
        self.made: list[Call] = []

    def breaker(self, webhook: str) -> Breaker:
        """Return how an endpoint is doing; see `Webhooks.breaker`."""
        return self.breakers.get(webhook, Breaker())

    def change(self, webhook: str, how: Callable[[Breaker], Breaker]) -> Breaker:
        """Change how an endpoint is doing; see `Webhooks.change`."""
        self.breakers[webhook] = how(self.breaker(webhook))
        return self.breakers[webhook]

    def log(self, call: Call) -> bool:
        """Keep a call; see `Webhooks.log`."""
        if any((one.webhook, one.row, one.attempt) == (call.webhook, call.row, call.attempt)
               and one.at == call.at for one in self.made):  # fmt: skip
            return False
        self.made.append(call)
        return True

    def calls(self, webhook: str, limit: int, cursor: str | None) -> tuple[list[Call], str | None]:
        """List the calls of a webhook; see `Webhooks.calls`."""
        found = [one for one in self.made if one.webhook == webhook]
        found.sort(key=lambda one: (one.at, one.row, one.attempt), reverse=True)
        start = place(cursor)
        following = str(start + limit) if start + limit < len(found) else None
        return found[start : start + limit], following
