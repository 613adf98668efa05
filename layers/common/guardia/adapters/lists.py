"""Lists from the indexes: keys from the index, heads by key.

A page looks at no more than `MAX_ROWS` rows of an index and may be short; its cursor goes on.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from guardia.adapters import items
from guardia.adapters.items import TicketItem
from guardia.adapters.table import Table
from guardia.domain.model import InvalidError, Ticket
from guardia.ports import TicketQuery

MAX_ROWS: Final = 300
_CLASSES: Final = ("open", "done")
_TOP: Final[Mapping[str, Any]] = {}
"""The start key of a cursor that goes on at the top of a shelf."""


def tickets(table: Table, query: TicketQuery) -> tuple[list[Ticket], str | None]:
    """List tickets, newest change first.

    Tickets of a requester or an organisation come from their own index, all others month by month,
    from the latest in which anything changed.

    Raises:
        InvalidError: the cursor is not one of ours.
    """
    place = _read_cursor(query.cursor)
    found: list[Ticket] = []
    looked_at = 0
    for shelf, start in _shelves(table, query, place):
        if looked_at >= MAX_ROWS:
            return found, _cursor(shelf, _TOP)
        page: Mapping[str, Any] | None = start
        while True:
            rows, page = _page(table, shelf, query, page)
            looked_at += len(rows)
            for ticket in _heads(table, rows):
                if query.matches(ticket):
                    found.append(ticket)
                    if len(found) == query.limit:
                        key = _key_in(shelf, ticket)
                        return found, _cursor(shelf, key)
            if looked_at >= MAX_ROWS and page is not None:
                return found, _cursor(shelf, page)
            if page is None:
                break
    return found, None


Shelf = tuple[str, str, str, str]
"""An index, its two key attributes, and the value of the first."""


def _shelves(
    table: Table, query: TicketQuery, place: Mapping[str, Any] | None
) -> list[tuple[Shelf, Mapping[str, Any] | None]]:
    for name, index in (("requester", "by_requester"), ("organization", "by_organization")):
        wanted = query.filters.get(name, ())
        if len(wanted) == 1 and wanted[0] is not None:
            shelf = (index, f"{name}_key", "updated_at", wanted[0])
            return [(shelf, _start(shelf, place))]
    if query.open_only:
        groups = dict.fromkeys(query.filters.get("group", ()))
        queues = [("by_queue", "queue_key", "updated_at", items.queue_of(one)) for one in groups]
        at = [one[3] for one in queues].index(place["value"]) if place else 0
        return [(one, _start(one, place) if not n else None) for n, one in enumerate(queues[at:])]
    rows, _ = table.query("pk = :pk", {":pk": items.MONTHS}, forward=False)
    months = [str(one.sk) for one in rows]
    since = items.month_of(query.updated_since)
    shelves = [
        ("by_updated", "month", "updated_at", one) for one in months if not since or one >= since
    ]
    if place is None:
        return [(one, None) for one in shelves]
    left = [one for one in shelves if one[3] <= place["value"]]
    return [(one, _start(one, place) if one[3] == place["value"] else None) for one in left]


def _start(shelf: Shelf, place: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Where a cursor goes on in a shelf: it must be one of this very shelf."""
    if place is None:
        return None
    _, key, sort, value = shelf
    start: Mapping[str, Any] = place["key"]
    if start == _TOP:
        return None
    if start.keys() != {"pk", "sk", key, sort} or start[key] != {"S": value}:
        raise InvalidError("cursor", "is not a cursor of this list", "cursor")
    return start


def _page(
    table: Table, shelf: Shelf, query: TicketQuery, start: Mapping[str, Any] | None
) -> tuple[list[Any], Mapping[str, Any] | None]:
    index, key, _, value = shelf
    return table.query(
        "#key = :value",
        {":value": value},
        names={"#key": key},
        index=index,
        limit=min(MAX_ROWS, max(query.limit, 50)),
        forward=False,
        start=start,
    )


def _heads(table: Table, rows: list[Any]) -> list[Ticket]:
    """Read the heads behind index rows, in the index's order; one that has gone is left out."""
    keys = [(one.pk, one.sk) for one in rows]
    read = table.read(keys) if keys else {}
    return [one.ticket() for key in keys if isinstance(one := read.get(key), TicketItem)]


def _key_in(shelf: Shelf, ticket: Ticket) -> dict[str, Any]:
    """The index's start key behind a ticket."""
    _, key, sort, value = shelf
    item = TicketItem.of(ticket).serialize()
    return {"pk": item["pk"], "sk": item["sk"], key: {"S": value}, sort: item[sort]}


def _cursor(shelf: Shelf, key: Mapping[str, Any]) -> str:
    plain = {"value": shelf[3], "key": key}
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> Mapping[str, Any] | None:
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = json.loads(text)
        strings = all(isinstance(one["S"], str) for one in place["key"].values())
        if not strings or not isinstance(place["value"], str):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidError("cursor", "is not a cursor of this list", "cursor") from None
    return {"value": place["value"], "key": place["key"]}


def page_of_queue(
    table: Table, queue: str, limit: int, cursor: str | None
) -> tuple[list[Any], str | None]:
    """List index rows of one queue, the latest first; their items are read by key.

    Raises:
        InvalidError: the cursor is not one of this list.
    """
    return page_of(table, ("by_queue", "queue_key", "updated_at", queue), limit, cursor)


def page_of(
    table: Table, shelf: Shelf, limit: int, cursor: str | None
) -> tuple[list[Any], str | None]:
    """List index rows of one shelf, the latest first.

    Raises:
        InvalidError: the cursor is not one of this list.
    """
    index, key, _, value = shelf
    rows, page = table.query(
        "#key = :value",
        {":value": value},
        names={"#key": key},
        index=index,
        limit=limit,
        forward=False,
        start=_start(shelf, _read_cursor(cursor)),
    )
    return rows, _cursor(shelf, page) if page else None


def count_open(table: Table, requester: str) -> int:
    """Count a requester's tickets that are neither solved nor closed."""
    count = 0
    page: Mapping[str, Any] | None = None
    while True:
        rows, page = table.query(
            "requester_key = :value", {":value": requester}, index="by_requester", start=page
        )
        heads = _heads(table, rows)
        count += sum(items.status_class(one.status) == "open" for one in heads)
        if page is None:
            return count
