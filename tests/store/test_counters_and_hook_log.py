"""Counters that end, and the list of what became of deliveries, on tables like AWS's."""

from datetime import timedelta

import pytest

from guardia.adapters import items
from guardia.adapters.counters import TableCounters
from guardia.adapters.hook_log import TableHookLog
from guardia.domain.model import InvalidError
from guardia.ports import Handled
from tests.store.places import InTable
from tests.store.samples import AT

LATER = AT + timedelta(minutes=10)


def _handled(number: int, source: str = "shop", **more: str) -> Handled:
    at = AT + timedelta(seconds=number)
    return Handled(source=source, at=at, request=f"r{number}", outcome="ticket", status=202, **more)


def test_a_counter_counts_to_its_most_and_no_further(in_table: InTable) -> None:
    counters = TableCounters(in_table.table)
    assert [counters.take("a", 2, LATER) for _ in range(4)] == [True, True, False, False]
    assert counters.take("b", 2, LATER)


def test_a_counter_goes_by_itself(in_table: InTable) -> None:
    TableCounters(in_table.table).take("a", 2, LATER)
    expires = int(in_table.item(*items.counter_key("a"))["expires_at"]["N"])
    assert expires == int((LATER + timedelta(hours=1)).timestamp())


def test_deliveries_come_back_as_they_were_the_latest_first(in_table: InTable) -> None:
    log = TableHookLog(in_table.table)
    kept = [_handled(1, id="m1", ticket="AAAAAAA1"), _handled(3), _handled(2, id="m2")]
    for one in kept:
        log.add(one)
    assert log.latest("shop", AT, 10, None) == ([kept[1], kept[2], kept[0]], None)
    assert log.latest("shopping", AT, 10, None) == ([], None)


def test_two_deliveries_of_one_instant_are_two(in_table: InTable) -> None:
    log = TableHookLog(in_table.table)
    for request in ("r1", "r2"):
        log.add(Handled(source="shop", at=AT, request=request, outcome="repeat", status=202))
    assert len(log.latest("shop", AT, 10, None)[0]) == 2


def test_pages_follow_one_another_and_end(in_table: InTable) -> None:
    log = TableHookLog(in_table.table)
    for number in range(5):
        log.add(_handled(number))
    first, cursor = log.latest("shop", AT, 3, None)
    second, end = log.latest("shop", AT, 3, cursor)
    assert [one.request for one in (*first, *second)] == ["r4", "r3", "r2", "r1", "r0"]
    assert end is None


def test_a_cursor_older_than_the_list_is_its_end(in_table: InTable) -> None:
    log = TableHookLog(in_table.table)
    for number in range(3):
        log.add(_handled(number))
    _, cursor = log.latest("shop", AT, 1, None)
    assert log.latest("shop", AT + timedelta(days=1), 1, cursor) == ([], None)


@pytest.mark.parametrize("cursor", ["é", "abcd", "RCN-", "====", "//8"])
def test_a_cursor_that_is_none_is_refused(in_table: InTable, cursor: str) -> None:
    with pytest.raises(InvalidError):
        TableHookLog(in_table.table).latest("shop", AT, 1, cursor)
