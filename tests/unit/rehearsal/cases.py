"""Explanations of what happened in a world, asked for at an instant."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from guardia.domain.desk import Desk
from guardia.domain.model import Ticket
from guardia.rehearsal import case
from guardia.rehearsal.case import Case
from guardia.rehearsal.explanation import explained
from guardia.rehearsal.world import World


def case_of(world: World, now: datetime, number: int = 1) -> Case:
    """All that is known of a ticket of a world."""
    found = world.ticket(number)
    assert found is not None

    def earlier(ticket: Ticket, live: int) -> tuple[tuple[Desk, datetime], ...]:
        numbers = range(int(ticket.config or 0), live)
        return tuple((world.desks(one), world.desks.since(one + 1)) for one in numbers)

    return case.read(world.store, world.desks, earlier, found.id, now)


def ask(world: World, now: datetime, number: int = 1, **asked: Any) -> dict[str, Any]:
    """The explanation of a ticket of a world."""
    return explained(case_of(world, now, number), all_of, **asked)


def all_of(items: Iterable[Any]) -> list[Any]:
    """An answer that holds any number of items."""
    return list(items)
