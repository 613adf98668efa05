"""What was set aside, and what came from each sender lately."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from guardia.domain.flood import Flow
from guardia.domain.model import InvalidError
from guardia.ports import (
    AlreadyHandledError,
    Commit,
    Lookup,
    NotFoundError,
    StaleError,
    Suspended,
)
from tests.store.places import InTable, Place
from tests.store.samples import AT, MINUTE, opening

ONE = Suspended(
    id="S1", at=AT, reason="spam", sender="hash", key="suspended/1",
    expires_at=AT.replace(microsecond=0) + timedelta(days=14), channel="form",
    address="ana@globex.example", subject="Ñandú", receipt={"spam": "FAIL", "to": ["a@b.example"]},
)  # fmt: skip


def set_aside(place: Place, *several: Suspended) -> None:
    for one in several:
        place.store.commit(Commit(mark=one.id, answer={"suspended": one.reason}, suspended=one))


def numbered(count: int) -> list[Suspended]:
    return [replace(ONE, id=f"S{n}", at=AT + n * MINUTE) for n in range(count)]


def test_every_field_of_what_was_set_aside_survives(place: Place) -> None:
    set_aside(place, ONE)
    assert place.store.aside("S1") == ONE


def test_it_goes_by_itself_when_it_expires(in_table: InTable) -> None:
    set_aside(in_table, ONE)
    kept = in_table.item("S#S1", "HEAD")["expires_at"]
    assert kept == {"N": str(int(ONE.expires_at.timestamp()))}


def test_what_was_set_aside_is_listed_newest_first_page_by_page(place: Place) -> None:
    set_aside(place, *numbered(3))
    first, following = place.store.all_aside(2, None)
    second, end = place.store.all_aside(2, following)
    assert [one.id for one in (*first, *second)] == ["S2", "S1", "S0"]
    assert (len(first), end) == (2, None)


def test_a_cursor_of_nothing_is_refused(place: Place) -> None:
    with pytest.raises(InvalidError):
        place.store.all_aside(2, "nothing")


def test_what_was_never_set_aside_is_not_found(place: Place) -> None:
    with pytest.raises(NotFoundError):
        place.store.aside("S9")


def test_what_was_dropped_is_gone_and_may_be_dropped_again(place: Place) -> None:
    set_aside(place, ONE)
    place.store.drop_aside("S1")
    place.store.drop_aside("S1")
    assert place.store.all_aside(9, None) == ([], None)


def test_what_is_recovered_goes_with_the_commit_of_its_ticket(place: Place) -> None:
    set_aside(place, ONE)
    place.store.commit(opening(mark="recovered:S1", recovered="S1"))
    assert place.store.all_aside(9, None) == ([], None)
    assert place.store.find(Lookup(tickets=("AAAAAAA1",))).tickets.keys() == {"AAAAAAA1"}


def test_what_was_recovered_before_says_what_it_became(place: Place) -> None:
    set_aside(place, ONE)
    place.store.commit(opening(mark="recovered:S1", recovered="S1"))
    with pytest.raises(AlreadyHandledError) as handled:
        place.store.commit(opening("AAAAAAA2", mark="recovered:S1", recovered="S1"))
    assert handled.value.answer == {"ticket": "AAAAAAA1"}


def test_what_somebody_threw_away_meanwhile_becomes_no_ticket(place: Place) -> None:
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.commit(opening(mark="recovered:S1", recovered="S1"))
    assert place.everything() == before


# -- what came from a sender lately ----------------------------------------------------------------

FIRST = Flow(sender="claimed:ana@globex.example", count=1, since=AT)


def flow(place: Place, sender: str = FIRST.sender) -> Flow | None:
    return place.store.find(Lookup(flow=sender)).flow


def test_nobody_is_counted_who_is_not_asked_for(place: Place) -> None:
    place.store.commit(opening(flow=FIRST))
    assert place.store.find(Lookup()).flow is None


def test_of_an_unknown_sender_nothing_came(place: Place) -> None:
    assert flow(place) == Flow(sender=FIRST.sender)


@pytest.mark.parametrize("until", [None, AT + MINUTE])
def test_what_was_counted_is_read_back(place: Place, until: datetime | None) -> None:
    place.store.commit(opening(flow=FIRST))
    more = replace(FIRST, count=2, until=until)
    place.store.commit(opening("AAAAAAA2", flow=more))
    assert flow(place) == more


def test_a_window_that_begins_anew_forgets_the_old_one(place: Place) -> None:
    place.store.commit(opening(flow=FIRST))
    place.store.commit(opening("AAAAAAA2", flow=replace(FIRST, count=2, until=AT + MINUTE)))
    anew = Flow(sender=FIRST.sender, count=1, since=AT + 2 * MINUTE)
    place.store.commit(opening("AAAAAAA3", flow=anew))
    assert flow(place) == anew


def test_two_who_count_at_the_same_time_both_count(in_table: InTable) -> None:
    in_table.store.commit(opening(flow=FIRST))
    in_table.store.commit(opening("AAAAAAA2", flow=replace(FIRST, count=2)))
    in_table.store.commit(opening("AAAAAAA3", flow=replace(FIRST, count=2)))
    assert flow(in_table) == replace(FIRST, count=3)


def test_no_address_stands_in_the_key_of_a_count_and_it_goes_by_itself(in_table: InTable) -> None:
    in_table.store.commit(opening(flow=FIRST))
    (item,) = [one for one in in_table.everything() if one["sk"]["S"] == "FLOW"]
    assert "ana" not in str(item)
    assert int(item["expires_at"]["N"]) > AT.timestamp() + 3600
