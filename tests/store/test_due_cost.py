"""What the sweep reads follows what is due, never how many tickets are open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from math import ceil
from typing import Any

import pytest

from guardia.adapters.items import SHARDS, TicketItem, shard_of
from tests.store.places import InTable
from tests.store.samples import AT, ticket

DUE = 100
NOON = AT + timedelta(hours=1)


@dataclass
class Spent:
    """Queries and the read units they cost: of what was read, 4 KB an half, as they need not be
    consistent. A query without a filter answers with all that it reads."""

    requests: int = 0
    units: float = 0.0

    def note(self, parsed: dict[str, Any], **_: Any) -> None:
        size = sum(
            len(name) + len(str(next(iter(value.values()))))
            for item in parsed["Items"]
            for name, value in item.items()
        )
        self.requests += 1
        self.units += max(ceil(size / 4096), 1) / 2


@contextmanager
def spending(place: InTable) -> Iterator[Spent]:
    spent, events = Spent(), place.table.connection.client.meta.events
    events.register("after-call.dynamodb.Query", spent.note)
    yield spent
    events.unregister("after-call.dynamodb.Query", spent.note)


def open_tickets(count: int) -> Iterator[dict[str, Any]]:
    """The items of open tickets, 100 of them due."""
    head = ticket(due_at=NOON, requester="CCCCCCC1", organization="globex")
    later = TicketItem.of(replace(head, due_at=NOON + timedelta(days=9))).serialize()
    due = TicketItem.of(head).serialize()
    for n in range(count):
        id_ = f"T{n:07}"
        item = due if n % (count // DUE) == 0 else later
        yield item | {"pk": {"S": f"T#{id_}"}, "due_shard": {"S": shard_of(id_)}}


def fill(place: InTable, count: int) -> None:
    """Write open tickets; nobody commits them, which would take moto ages."""
    for batch in batched(open_tickets(count), 25):
        puts = [{"PutRequest": {"Item": one}} for one in batch]
        place.client.batch_write_item(RequestItems={place.table.name: puts})


def batched(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(items, size)):
        yield batch


def cost(place: InTable, count: int, write: Callable[[InTable, int], None] | None = None) -> Spent:
    """What a look at a hundred due tickets among so many open ones costs; `write` writes them."""
    (write or fill)(place, count)
    with spending(place) as spent:
        assert len(place.store.due(NOON, 1000)) == DUE
    return spent


def test_what_is_due_costs_the_same_among_a_thousand_and_ten_thousand_open_tickets(
    in_aws: Any,
) -> None:
    few, many = cost(in_aws(), 1_000), cost(in_aws(), 10_000)
    assert few.requests == many.requests == SHARDS
    assert many.units == pytest.approx(few.units, rel=0.05)


def test_a_minute_with_nothing_due_costs_one_small_query_a_shard(in_table: InTable) -> None:
    fill(in_table, 200)
    with spending(in_table) as spent:
        assert in_table.store.due(NOON - timedelta(minutes=1), 1000) == []
    assert (spent.requests, spent.units) == (SHARDS, SHARDS / 2)
