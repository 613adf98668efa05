"""Explanations of what happened in a world, asked for at an instant."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from guardia import reading
from guardia.rehearsal.explanation import Case, explained
from guardia.rehearsal.world import World


def case_of(world: World, now: datetime, number: int = 1) -> Case:
    """All that is known of a ticket of a world."""
    ticket = world.ticket(number)
    assert ticket is not None
    live = world.store.live
    numbers = range(int(ticket.config or 0), live)
    return Case(
        ticket=ticket,
        entries=list(world.store.histories[ticket.id]),
        contact=world.store.contacts.get(ticket.requester or ""),
        organization=world.store.organizations.get(ticket.organization or ""),
        desk=world.desk,
        desk_at=world.desk_at,
        earlier=tuple((world.desks(one), world.desks.since(one + 1)) for one in numbers),
        now=now,
        look_up=lambda needs, of, state: reading.look_up(world.store, needs, of, state),
    )


def ask(world: World, now: datetime, number: int = 1, **asked: Any) -> dict[str, Any]:
    """The explanation of a ticket of a world."""
    return explained(case_of(world, now, number), all_of, **asked)


def all_of(items: Iterable[Any]) -> list[Any]:
    """An answer that holds any number of items."""
    return list(items)
