"""The `Budgets` port: a ledger for each address in the table, counters for hours and days."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from guardia.adapters import codec, items, revised
from guardia.adapters.items import AddressItem, CounterItem
from guardia.adapters.table import Key, Table
from guardia.domain import budgets
from guardia.domain.budgets import Address, Counted, Limits, Sending
from guardia.ports import StaleError

_CHANGED = ("ConditionalCheckFailed", "TransactionConflict")
_SOFT_KEPT = timedelta(days=7)


class TableBudgets:
    """What was sent to whom, and who takes no more."""

    def __init__(self, table: Table, limits: Limits) -> None:
        """Take the table, and how much goes to many addresses together."""
        self._table, self._limits = table, limits

    def spend(self, sending: Sending) -> str | None:
        """Count a message about to go; see `Budgets.spend`."""
        address = items.address_key(sending.address)
        counted = {
            items.counter_key(one.name): one for one in budgets.counters(sending, self._limits)
        }
        for _ in range(revised.TRIES):
            read = self._table.read([address, *counted])
            known, revision = revised.unpacked(read.get(address), Address, Address())
            reason = budgets.refusal(known, sending)
            if reason is not None:
                return reason
            after = budgets.charged(known, sending)
            if after == known:
                return None  # counted before: the same message, sent again
            for key, one in counted.items():
                if _spent(read.get(key)) >= one.most:
                    return f"{one.most} {one.words}"
            if self._written(address, after, revision, counted):
                return None
        raise StaleError

    def _written(
        self, address: Key, after: Address, revision: int, counted: dict[Key, Counted]
    ) -> bool:
        item = AddressItem(
            *address,
            body=codec.dumps(after),
            revision=revision + 1,
            expires_at=_seconds(_expiry(after)),
        )
        try:
            with TransactWrite(connection=self._table.connection) as transaction:
                transaction.save(item, condition=revised.at_revision(AddressItem, revision))
                for key, one in counted.items():
                    transaction.update(
                        CounterItem(*key),
                        actions=[
                            CounterItem.spent.add(1),
                            CounterItem.expires_at.set(int(one.forget_at.timestamp())),
                        ],
                        condition=CounterItem.pk.does_not_exist() | (CounterItem.spent < one.most),
                    )
        except TransactWriteError as error:
            reasons = [one.code if one else "" for one in error.cancellation_reasons]
            if not any(one in _CHANGED for one in reasons):
                raise
            return False
        return True

    def known(self, address: str) -> Address:
        """Return what is known of an address; see `Budgets.known`."""
        key = items.address_key(address)
        return revised.read(self._table, key, Address, Address())[0]

    def change(self, address: str, how: Callable[[Address], Address]) -> tuple[Address, Address]:
        """Change what is known of an address; see `Budgets.change`."""
        key = items.address_key(address)
        return revised.change(
            self._table, key, AddressItem, Address, Address(), how, expires=_expiry
        )


def _spent(item: object) -> int:
    return int(item.spent) if isinstance(item, CounterItem) else 0


def _expiry(known: Address) -> datetime | None:
    """When an address may be forgotten; one that takes no mail is not."""
    if known.state is not None:
        return None
    ends = [one.at + budgets.KEPT for one in known.spent]
    ends += [at + _SOFT_KEPT for at in known.soft]
    return max(ends) if ends else None


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None
