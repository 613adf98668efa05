"""Histories, counts and lists."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guardia.adapters import lists
from guardia.domain.model import InvalidError
from guardia.ports import Commit, Store, TicketQuery
from tests.store.places import InTable, Place
from tests.store.samples import change, entry, opening, said, ticket


def test_a_history_is_read_page_by_page_in_order(place: Place) -> None:
    place.store.commit(opening(entries=tuple(entry(seq) for seq in range(1, 13))))
    assert place.store.entries("AAAAAAA1", 0, 5) == ([entry(n) for n in range(1, 6)], True)
    assert place.store.entries("AAAAAAA1", 5, 5) == ([entry(n) for n in range(6, 11)], True)
    assert place.store.entries("AAAAAAA1", 10, 2) == ([entry(11), entry(12)], False)
    assert place.store.entries("AAAAAAA1", 12, 5) == ([], False)
    assert place.store.entries("NNNNNNN1", 0, 5) == ([], False)


def test_the_latest_comment_is_the_last_public_one(place: Place) -> None:
    talk = (
        entry(1, comment=said("primero")),
        entry(2, comment=said("segundo")),
        entry(3, comment=said("nota", public=False)),
        *(entry(seq) for seq in range(4, 17)),
    )
    place.store.commit(opening(entries=talk))
    assert place.store.latest_comment("AAAAAAA1") == "segundo"


def test_a_ticket_of_notes_alone_has_no_latest_comment(place: Place) -> None:
    place.store.commit(opening(entries=(entry(1, comment=said("nota", public=False)),)))
    assert place.store.latest_comment("AAAAAAA1") is None
    assert place.store.latest_comment("NNNNNNN1") is None


def test_open_tickets_are_those_of_the_requester_that_are_neither_solved_nor_closed(
    place: Place,
) -> None:
    for n, status in enumerate(("new", "open", "pending", "hold", "solved", "closed")):
        head = ticket(f"AAAAAAA{n}", status=status, requester="CCCCCCC1")
        place.store.commit(opening(head.id, ticket=head))
    place.store.commit(opening("BBBBBBB1", ticket=ticket("BBBBBBB1", requester="CCCCCCC2")))
    assert place.store.tickets_open("CCCCCCC1") == 4
    assert place.store.tickets_open("CCCCCCC9") == 0


MONTHS = [datetime(2026, month, day, 12, tzinfo=UTC) for month in (1, 2, 4) for day in (1, 15, 28)]
"""Nine instants in three months, one month between them empty."""


def _nine(store: Store) -> list[str]:
    """Write nine tickets, changed in an order of their own; return their ids, newest change first."""
    order = [4, 0, 8, 2, 6, 1, 7, 3, 5]
    for n in order:
        head = ticket(
            f"AAAAAAA{n}",
            created_at=MONTHS[0] - timedelta(days=n),
            updated_at=MONTHS[n],
            requester="CCCCCCC1",
            organization="globex",
            status="open" if n % 2 else "solved",
            group="tecnicos" if n in {1, 2, 3} else None,
            assignee="luis@acme.example" if n == 3 else None,
            tags=("vip", f"t{n}"),
            channel="form" if n == 8 else "email",
        )
        store.commit(opening(head.id, ticket=head))
    return [f"AAAAAAA{n}" for n in range(8, -1, -1)]


def _all(store: Store, query: TicketQuery) -> list[str]:
    """Follow the cursor to the end."""
    found: list[str] = []
    more = True
    while more:
        page, cursor = store.tickets(query)
        assert len(page) <= query.limit
        found += [one.id for one in page]
        query, more = replace(query, cursor=cursor), cursor is not None
    return found


SHELVES: dict[str, dict[str, tuple[str | None, ...]]] = {
    "all": {},
    "of a requester": {"requester": ("CCCCCCC1",)},
    "of an organisation": {"organization": ("globex",)},
    "of two requesters": {"requester": ("CCCCCCC1", "CCCCCCC2")},
}


@pytest.mark.parametrize("limit", [1, 4, 100])
@pytest.mark.parametrize("filters", SHELVES.values(), ids=list(SHELVES))
def test_following_the_cursor_gives_every_ticket_once_newest_change_first(
    place: Place, filters: dict[str, tuple[str | None, ...]], limit: int
) -> None:
    newest_first = _nine(place.store)
    assert _all(place.store, TicketQuery(filters=filters, limit=limit)) == newest_first


FILTERED: list[tuple[dict[str, tuple[str | None, ...]], list[int]]] = [
    ({"status": ("open",)}, [7, 5, 3, 1]),
    ({"status": ("open", "solved")}, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ({"status": ("open",), "group": ("tecnicos",)}, [3, 1]),
    ({"group": (None,)}, [8, 7, 6, 5, 4, 0]),
    ({"group": ("tecnicos", None), "status": ("open",)}, [7, 5, 3, 1]),
    ({"assignee": ("luis@acme.example",)}, [3]),
    ({"assignee": (None,), "group": ("tecnicos",)}, [2, 1]),
    ({"tag": ("t4", "t6")}, [6, 4]),
    ({"channel": ("form",)}, [8]),
    ({"requester": ("CCCCCCC1",), "status": ("solved",)}, [8, 6, 4, 2, 0]),
    ({"requester": (None,)}, []),
    ({"requester": ("CCCCCCC9",)}, []),
    ({"organization": (None,)}, []),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERED)
def test_a_list_holds_exactly_what_its_filters_ask_for(
    place: Place, filters: Any, expected: list[int]
) -> None:
    _nine(place.store)
    found = _all(place.store, TicketQuery(filters=filters, limit=2))
    assert found == [f"AAAAAAA{n}" for n in expected]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_is_open_is_read_from_the_queues_of_the_groups_that_are_named(
    place: Place, limit: int
) -> None:
    _nine(place.store)
    query = TicketQuery(filters={"group": ("tecnicos", None)}, limit=limit, open_only=True)
    assert sorted(_all(place.store, query)) == [f"AAAAAAA{n}" for n in (1, 3, 5, 7)]
    none = replace(query, filters={"group": ("tecnicos",)})
    assert sorted(_all(place.store, none)) == ["AAAAAAA1", "AAAAAAA3"]


@pytest.mark.parametrize("since", [0, 4, 6, 8])
def test_updated_since_holds_from_that_instant_on(place: Place, since: int) -> None:
    newest_first = _nine(place.store)
    found = _all(place.store, TicketQuery(updated_since=MONTHS[since], limit=2))
    assert found == newest_first[: 9 - since]
    later = MONTHS[since] + timedelta(microseconds=1)
    assert _all(place.store, TicketQuery(updated_since=later)) == newest_first[: 8 - since]


def test_a_change_brings_a_ticket_to_the_front_and_out_of_its_old_month(place: Place) -> None:
    ids = _nine(place.store)
    first = ticket("AAAAAAA0", created_at=MONTHS[0], updated_at=MONTHS[0])
    place.store.commit(change(first, updated_at=MONTHS[8] + timedelta(days=40)))
    assert _all(place.store, TicketQuery(limit=2)) == [ids[-1], *ids[:-1]]


def test_a_list_of_an_empty_store_is_empty(place: Place) -> None:
    assert place.store.tickets(TicketQuery()) == ([], None)


@pytest.mark.parametrize(
    "cursor", ["?", "e30", "bnVsbA", "W10", "eyJ2YWx1ZSI6MSwia2V5Ijp7fX0", "ñ"]
)
@pytest.mark.parametrize("filters", [{}, {"requester": ("CCCCCCC1",)}])
def test_a_cursor_that_is_none_is_refused(
    place: Place, cursor: str, filters: dict[str, tuple[str | None, ...]]
) -> None:
    with pytest.raises(InvalidError) as refused:
        place.store.tickets(TicketQuery(cursor=cursor, filters=filters))
    assert refused.value.path == "cursor"


def test_a_cursor_of_another_list_is_refused(in_table: InTable) -> None:
    _nine(in_table.store)
    _, cursor = in_table.store.tickets(TicketQuery(limit=1))
    with pytest.raises(InvalidError):
        in_table.store.tickets(TicketQuery(filters={"requester": ("CCCCCCC1",)}, cursor=cursor))


@pytest.mark.parametrize("most", [2, 3, 4])
def test_a_page_ends_when_enough_rows_were_looked_at_and_its_cursor_goes_on(
    in_table: InTable, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(lists, "MAX_ROWS", most)
    _nine(in_table.store)
    asked = TicketQuery(filters={"tag": ("t0",)})
    page, cursor = in_table.store.tickets(asked)
    assert page == []
    assert cursor is not None
    assert _all(in_table.store, asked) == ["AAAAAAA0"]


def test_a_commit_without_a_ticket_is_in_no_list(place: Place) -> None:
    place.store.commit(Commit(mark="m"))
    assert place.store.tickets(TicketQuery()) == ([], None)
