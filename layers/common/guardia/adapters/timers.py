"""What is due: the index `by_due`, in parts (shards) so that no single key carries all of it.

What is read follows what is due, never what is open: a query ends at the instant asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from guardia.adapters import items, lists
from guardia.adapters.items import JobItem, KeepItem, OutboxItem, TicketItem
from guardia.adapters.refusals import FAILED
from guardia.adapters.table import Key, Table
from guardia.ports import DueItem, DueJob, DueRow, DueTicket, StaleError

_MOST, _FEWEST = 250, 25
"""How many rows of one shard a page has; a query is not worth fewer."""

_STALE: Final = (f"{FAILED}Exception", "TransactionConflictException")
_STUCK: Final = ("by_due", "due_shard", "wake_at", items.STUCK)


def due(table: Table, until: datetime, limit: int) -> list[DueItem]:
    """List what is due, oldest first; see `Store.due`."""
    left = dict.fromkeys(_TOLD, limit)
    found: list[DueItem] = []
    for item in _oldest_first(table, until, limit):
        if left.get(type(item), 0):
            left[type(item)] -= 1
            found.append(_TOLD[type(item)](item))
        elif not any(left.values()):
            break
    return found


def notes(table: Table, until: datetime, limit: int) -> list[Key]:
    """List the keys of due notes of what commits own, oldest first."""
    kept = (one for one in _oldest_first(table, until, limit) if isinstance(one, KeepItem))
    return [(one.pk, one.sk) for one in islice(kept, limit)]


def _oldest_first(table: Table, until: datetime, limit: int) -> Iterator[Any]:
    page = max(min(limit, _MOST), _FEWEST)
    shards = (_shard(table, f"DUE#{one}", until, page) for one in range(items.SHARDS))
    return merge(*shards, key=lambda one: (one.wake_at, one.pk, one.sk))


def _shard(table: Table, shard: str, until: datetime, page: int) -> Iterator[Any]:
    start: Mapping[str, Any] | None = None
    while True:
        rows, start = table.query(
            "due_shard = :shard AND wake_at <= :until",
            {":shard": shard, ":until": _sortable(until)},
            index="by_due",
            limit=page,
            start=start,
        )
        yield from (one for one in rows if isinstance(one, (KeepItem, *_TOLD)))
        if start is None:
            return


def _sortable(at: datetime) -> str:
    return str(OutboxItem.wake_at.serialize(at))  # type: ignore[no-untyped-call]  # untyped there


def _row(item: OutboxItem) -> DueRow:
    _, seq, n = item.sk.split("#")
    return DueRow(ticket=item.pk.removeprefix("T#"), seq=int(seq), n=int(n), wake_at=item.wake_at)


def _ticket(item: TicketItem) -> DueTicket:
    return DueTicket(
        ticket=item.pk.removeprefix("T#"),
        wake_at=item.wake_at,
        due_at=_first(item.due_at, item.wake_at),
        requester=item.requester,
        organization=item.organization,
        failures=int(item.wake_failures or 0),
    )


def _job(item: JobItem) -> DueJob:
    return DueJob(job=item.pk.removeprefix("J#"), wake_at=_first(item.wake_at))


_TOLD: Final[dict[type[Any], Callable[[Any], DueItem]]] = {
    OutboxItem: _row,
    TicketItem: _ticket,
    JobItem: _job,
}
"""What is told of each kind of thing that comes due, but for the notes."""


def _first(*instants: datetime | None) -> datetime:
    return next(one for one in instants if one is not None)


def reschedule(ticket: str, version: int, due_at: datetime | None, config: str | None) -> None:
    """Move a ticket's instant; see `Store.reschedule`."""
    actions = _looked_at(ticket, due_at)
    actions.append(TicketItem.due_at.remove() if due_at is None else TicketItem.due_at.set(due_at))
    if config is not None:
        actions.append(TicketItem.config.set(config))
    _write(ticket, actions, TicketItem.version == version)


def postpone(ticket: str, seen: datetime, wake_at: datetime, failures: int) -> None:
    """Look at a ticket at another instant; see `Store.postpone`."""
    actions = _looked_at(ticket, wake_at, failures)
    _write(ticket, actions, TicketItem.wake_at == seen)


def give_up(ticket: str, seen: datetime, at: datetime, failures: int) -> None:
    """Look at a ticket no more; see `Store.give_up`."""
    actions = _looked_at(ticket, at, failures, shard=items.STUCK)
    _write(ticket, actions, TicketItem.wake_at == seen)


def stuck(table: Table, limit: int, cursor: str | None) -> tuple[list[DueTicket], str | None]:
    """List what was given up; see `Store.stuck`."""
    rows, following = lists.page_of(table, _STUCK, limit, cursor)
    return [_ticket(one) for one in rows if isinstance(one, TicketItem)], following


def _looked_at(
    ticket: str, wake_at: datetime | None, failures: int = 0, shard: str | None = None
) -> list[Action]:
    values: list[tuple[Any, Any]] = [
        (TicketItem.wake_at, wake_at),
        (TicketItem.due_shard, (shard or items.shard_of(ticket)) if wake_at else None),
        (TicketItem.wake_failures, failures or None),
    ]
    return [one.remove() if value is None else one.set(value) for one, value in values]


def _write(ticket: str, actions: list[Action], condition: Condition) -> None:
    try:
        TicketItem(*items.ticket_key(ticket)).update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code in _STALE:
            raise StaleError from error
        raise
