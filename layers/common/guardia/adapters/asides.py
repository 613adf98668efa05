"""What was set aside, and what came from each sender lately, in the table."""

from collections.abc import Mapping

from guardia.adapters import items, lists
from guardia.adapters.items import FlowItem, Item, SuspendedItem
from guardia.adapters.table import Key, Table
from guardia.domain.flood import Flow
from guardia.ports import NotFoundError, Suspended


def one(table: Table, id_: str) -> Suspended:
    """Read what was set aside; see `Store.aside`."""
    key = items.suspended_key(id_)
    found = table.read([key]).get(key)
    if not isinstance(found, SuspendedItem):
        raise NotFoundError("suspended message", id_)
    return found.suspended()


def page(table: Table, limit: int, cursor: str | None) -> tuple[list[Suspended], str | None]:
    """List what was set aside; see `Store.all_aside`."""
    rows, following = lists.page_of_queue(table, items.ASIDE, limit, cursor)
    keys = [(row.pk, row.sk) for row in rows]
    read = table.read(keys) if keys else {}
    found = [read.get(key) for key in keys]
    return [row.suspended() for row in found if isinstance(row, SuspendedItem)], following


def drop(id_: str) -> None:
    """Forget what was set aside; see `Store.drop_aside`."""
    SuspendedItem(*items.suspended_key(id_)).delete()


def flow(sender: str | None, read: Mapping[Key, Item]) -> Flow | None:
    """What came from a sender lately, among what was read; None where nobody asked."""
    if sender is None:
        return None
    found = read.get(items.flow_key(sender))
    return found.flow(sender) if isinstance(found, FlowItem) else Flow(sender=sender)
