"""Budgets and webhooks: what is counted, refused, changed and listed, the same in every place."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from guardia.domain import budgets
from guardia.domain.breaker import Breaker, heard
from guardia.domain.budgets import Sending
from guardia.domain.model import InvalidError
from guardia.ports import Call
from tests.store.places import LIMITS, Place
from tests.store.samples import AT, MINUTE

HOUR = timedelta(hours=1)


def sending(n: int, **changed: Any) -> Sending:
    plain = Sending(row=f"T{n}.1.0", at=AT, address=f"p{n}@globex.example", ticket=f"T{n}")
    return replace(plain, **changed)


def call(n: int, **changed: Any) -> Call:
    plain = Call(webhook="pager", row=f"T{n}.1.0", at=AT + n * MINUTE, attempt=1, outcome="ok")
    return replace(plain, **changed)


def test_an_address_has_its_ladder_however_it_is_written(place: Place) -> None:
    said = [
        place.budgets.spend(sending(n, address=one))
        for n, one in enumerate(["Ana@Globex.example", "ana@globex.example", " ANA@GLOBEX.EXAMPLE"])
    ]
    assert said == [None, None, None]
    refused = place.budgets.spend(sending(9, address="ana@globex.example"))
    assert refused == "3 in 10 min to this address"


def test_a_message_that_was_counted_may_go_again_though_all_is_spent(place: Place) -> None:
    for n in range(3):
        place.budgets.spend(sending(n, address="ana@globex.example"))
    before = place.everything()
    assert place.budgets.spend(sending(1, address="ana@globex.example")) is None
    assert place.everything() == before


def test_a_domain_has_its_day(place: Place) -> None:
    said = [place.budgets.spend(sending(n)) for n in range(LIMITS.domain_per_day + 1)]
    assert said == [None] * 5 + ["5 in a day to this domain"]
    assert place.budgets.spend(sending(9, at=AT + timedelta(days=1))) is None


def test_people_who_proved_nothing_share_an_hour_and_a_day(place: Place) -> None:
    strangers = [
        sending(n, address=f"p@d{n}.example", verified=False, at=AT + (n // 3) * HOUR)
        for n in range(6)
    ]
    said = [place.budgets.spend(one) for one in strangers]
    hour = place.budgets.spend(sending(7, address="q@q.example", verified=False))
    assert said == [
        None, None, None, None,
        "4 in a day to people who proved nothing", "4 in a day to people who proved nothing",
    ]  # fmt: skip
    assert hour == "3 in an hour to people who proved nothing"


def test_what_is_refused_spends_nothing(place: Place) -> None:
    for n in range(LIMITS.domain_per_day):
        place.budgets.spend(sending(n))
    before = place.everything()
    place.budgets.spend(sending(9))
    assert place.everything() == before


def test_an_address_that_bounced_is_known_until_it_is_cleared(place: Place) -> None:
    before, after = place.budgets.change(
        "ana@globex.example",
        lambda known: budgets.bounced(known, AT, "550", cause="T1.1.0", lasting=True),
    )
    assert (before.state, after.state) == (None, "bounced")
    assert place.budgets.known("ANA@globex.example") == after
    assert place.budgets.spend(sending(1, address="ana@globex.example")) == "the address bounces"
    place.budgets.change("ana@globex.example", budgets.cleared)
    assert place.budgets.spend(sending(1, address="ana@globex.example")) is None


def test_a_breaker_keeps_what_was_heard(place: Place) -> None:
    place.webhooks.change("pager", lambda known: heard(known, AT, good=True))
    place.webhooks.change("pager", lambda known: heard(known, AT, good=False))
    assert place.webhooks.breaker("pager") == Breaker(since=AT, good=1, bad=1)
    assert place.webhooks.breaker("other") == Breaker()


def test_a_call_is_kept_once(place: Place) -> None:
    assert place.webhooks.log(call(1, status=200, took=30, error="é", retry_after=5))
    assert not place.webhooks.log(call(1))
    assert place.webhooks.calls("pager", 10, None)[0][0].error == "é"


def test_calls_are_listed_latest_first_page_by_page(place: Place) -> None:
    for n in (2, 0, 3, 1):
        place.webhooks.log(call(n))
    place.webhooks.log(call(9, webhook="other"))
    first, following = place.webhooks.calls("pager", 3, None)
    second, _ = place.webhooks.calls("pager", 3, following)
    assert [one.row for one in (*first, *second)] == ["T3.1.0", "T2.1.0", "T1.1.0", "T0.1.0"]


def test_a_cursor_of_nothing_is_refused(place: Place) -> None:
    with pytest.raises(InvalidError):
        place.webhooks.calls("pager", 3, "%%%")
