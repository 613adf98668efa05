"""What the minute's look costs with a hundred tickets due, however many are open.

The peer reads all open tickets, as a job that looks for what is due must: the same items, by Scan.
"""

from math import ceil
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from infra.local.stack import REGION
from tests.bench.row import Row
from tests.store.places import InTable, in_moto
from tests.store.test_due_cost import DUE, cost, open_tickets

OPEN: Final = (1_000, 10_000, 100_000)
_PAGE: Final = 1_048_576
"""Bytes that one page of a Scan reads."""


def measure() -> list[Row]:
    """Requests and read units of the sweep's look, beside those of a scan of the same tickets."""
    rows = []
    with in_moto() as aws:
        for count in OPEN:
            place = aws.fresh()
            spent = cost(place, count, _write)
            size = count * _size(place)
            told = f"of {count:,} open tickets {DUE} due"
            rows += [
                Row(
                    name=f"sweep: requests, {told}",
                    ours=spent.requests,
                    peer=ceil(size / _PAGE),
                    peer_name="a scan",
                    unit="calls",
                ),
                Row(
                    name=f"sweep: read units, {told}",
                    ours=spent.units,
                    peer=ceil(size / 4096) / 2,
                    peer_name="a scan",
                    unit="units",
                ),
            ]
    return rows


def _write(place: InTable, count: int) -> None:
    """Put the tickets straight into moto's table: through its door each takes a millisecond."""
    rows = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[place.table.name]
    for one in open_tickets(count):
        rows.put_item(one)


def _size(place: InTable) -> int:
    """Bytes of one ticket's item as DynamoDB counts them, near enough."""
    (item,) = place.client.scan(TableName=place.table.name, Limit=1)["Items"]
    return sum(len(name) + _length(value) for name, value in item.items())


def _length(value: Any) -> int:
    return len(str(next(iter(value.values()))))
