"""The bill in the handbook is what measured units and list prices come to."""

import pytest

from infra import bill


def test_the_bill_in_the_handbook_is_the_one_that_is_computed() -> None:
    document = bill.DOCUMENT.read_text(encoding="utf-8")

    assert bill.written(document) == document, "run: python -m infra.bill --write"


def test_every_use_has_a_price_and_stands_in_one_line() -> None:
    used = bill.units("whole conversation", 1000, bill._read("usage.json"))
    prices = bill._read("prices.json")["prices"]
    lines = [name for names in bill._LINES.values() for name in names]

    assert sorted(lines) == sorted(prices) == sorted(used)


def test_ten_times_the_tickets_cost_less_than_ten_times_as_much() -> None:
    small, large = (sum(bill.bill("answered once", count).values()) for count in bill.TICKETS)

    assert small < large < 10 * small


def test_a_document_without_a_place_for_the_bill_is_told() -> None:
    with pytest.raises(ValueError, match="no place for the bill"):
        bill.written("# Operations\n")
