"""What 1,000 tickets cost, beside seats."""

from typing import Final

from infra.bill import bill
from tests.bench.row import Row

_SEAT: Final = 55.0
_TICKETS_OF_A_SEAT: Final = 400
"""Zendesk Suite Team, yearly list price of September 2026; an agent's month of tickets."""


def measure() -> list[Row]:
    """The bill of 100,000 tickets a month, for a thousand of them."""
    return [
        Row(
            name=f"bill: 1,000 tickets, {life}, of 100,000 a month",
            ours=sum(bill(life, 100_000).values()) / 100,
            peer=1000 / _TICKETS_OF_A_SEAT * _SEAT,
            peer_name="seats of Zendesk Suite Team",
            unit="USD",
            target=0.6 if life == "answered once" else None,
        )
        for life in ("answered once", "whole conversation")
    ]
