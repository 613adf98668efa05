"""Taking rows of the outbox under a lease, and writing how the sending went."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from guardia.ports import DueRow, Lookup, NotFoundError, StaleError
from tests.store.places import Place
from tests.store.samples import AT, MINUTE, opening, row, ticket

NOON, EVENING = AT + timedelta(hours=1), AT + timedelta(hours=8)


def _waiting(place: Place, not_before: datetime | None = None) -> None:
    place.store.commit(opening(outbox=(row(not_before=not_before),)))


def _lease(place: Place, now: datetime, until: datetime | None = None) -> object:
    return place.store.lease("AAAAAAA1", 1, 1, now=now, until=until or now + 2 * MINUTE)


@pytest.mark.parametrize("now", [AT - MINUTE, AT, AT + MINUTE, EVENING])
def test_a_fresh_row_may_be_taken_at_any_time(place: Place, now: datetime) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=now, until=now + MINUTE)
    assert (taken.state, taken.attempts, taken.lease_until) == ("leased", 1, now + MINUTE)
    assert taken == place.store.delivery("AAAAAAA1", 1, 1)


@pytest.mark.parametrize("later", [timedelta(), MINUTE])
def test_a_row_under_a_live_lease_is_refused_and_stays_as_it_is(
    place: Place, later: timedelta
) -> None:
    _waiting(place)
    _lease(place, NOON)
    before = place.everything()
    with pytest.raises(StaleError):
        _lease(place, NOON + later)
    assert place.everything() == before


def test_a_lease_that_ran_out_is_taken_over(place: Place) -> None:
    _waiting(place)
    _lease(place, NOON)
    again = place.store.lease("AAAAAAA1", 1, 1, now=NOON + 2 * MINUTE, until=EVENING)
    assert (again.attempts, again.lease_until) == (2, EVENING)


def test_a_held_row_is_refused_until_its_instant(place: Place) -> None:
    _waiting(place, not_before=EVENING)
    with pytest.raises(StaleError):
        _lease(place, EVENING - timedelta(microseconds=1))
    taken = place.store.lease("AAAAAAA1", 1, 1, now=EVENING, until=EVENING + MINUTE)
    assert taken.attempts == 1


def test_a_row_that_waits_for_its_next_try_is_refused_until_then(place: Place) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state="new", wake_at=NOON, lease_until=None, error="slow"))
    with pytest.raises(StaleError):
        _lease(place, NOON - timedelta(microseconds=1))
    again = place.store.lease("AAAAAAA1", 1, 1, now=NOON, until=EVENING)
    assert (again.attempts, again.error) == (2, "slow")


@pytest.mark.parametrize("state", ["accepted", "parked"])
def test_a_row_that_is_settled_is_never_taken_again(place: Place, state: str) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state=state, wake_at=None))
    before = place.everything()
    with pytest.raises(StaleError):
        _lease(place, AT + timedelta(days=400))
    assert place.everything() == before
    assert place.store.due(AT + timedelta(days=400), 10) == []


@pytest.mark.parametrize(("seq", "n"), [(1, 2), (2, 1)])
def test_a_row_that_does_not_exist_is_not_made_by_taking_it(place: Place, seq: int, n: int) -> None:
    _waiting(place)
    before = place.everything()
    with pytest.raises(NotFoundError):
        place.store.lease("AAAAAAA1", seq, n, now=AT, until=EVENING)
    with pytest.raises(NotFoundError):
        place.store.delivery("AAAAAAA1", seq, n)
    assert place.everything() == before


def test_the_providers_message_id_leads_to_the_ticket_from_then_on(place: Place) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    accepted = replace(taken, state="accepted", wake_at=None, provider_id="<1@ses>")
    place.store.settle(accepted, reference="<1@ses>")
    kept = replace(accepted, revision=accepted.revision + 1)
    assert place.store.delivery("AAAAAAA1", 1, 1) == kept
    found = place.store.find(Lookup(references=("<1@ses>",)))
    assert dict(found.references) == {"<1@ses>": "AAAAAAA1"}
    assert set(found.tickets) == {"AAAAAAA1"}


def test_who_lost_the_lease_writes_nothing(place: Place) -> None:
    _waiting(place)
    slow = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.lease("AAAAAAA1", 1, 1, now=AT + MINUTE, until=EVENING)
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.settle(replace(slow, state="accepted", wake_at=None), reference="<1@ses>")
    assert place.everything() == before


def _many(place: Place) -> list[DueRow]:
    """Write rows of twelve tickets (all shards), the newest first; return them, oldest first."""
    instants = [NOON + n * MINUTE for n in range(12)]
    for n in reversed(range(12)):
        id_ = f"AAAAAA{n:02}"
        place.store.commit(
            opening(id_, ticket=ticket(id_), outbox=(row(id_, n=3, not_before=instants[n]),))
        )
    return [DueRow(ticket=f"AAAAAA{n:02}", seq=1, n=3, wake_at=at) for n, at in enumerate(instants)]


def test_what_is_due_is_listed_oldest_first(place: Place) -> None:
    rows = _many(place)
    assert place.store.due(EVENING, 100) == rows


def test_what_is_not_due_yet_is_not_listed(place: Place) -> None:
    rows = _many(place)
    assert place.store.due(rows[4].wake_at, 100) == rows[:5]
    assert place.store.due(rows[0].wake_at - timedelta(microseconds=1), 100) == []


@pytest.mark.parametrize("limit", [1, 3, 11])
def test_the_oldest_come_first_when_there_are_more_than_asked_for(place: Place, limit: int) -> None:
    rows = _many(place)
    assert place.store.due(EVENING, limit) == rows[:limit]


def test_a_leased_row_is_due_when_its_lease_runs_out(place: Place) -> None:
    _waiting(place)
    _lease(place, AT, EVENING)
    assert place.store.due(EVENING - MINUTE, 10) == []
    assert place.store.due(EVENING, 10) == [DueRow(ticket="AAAAAAA1", seq=1, n=1, wake_at=EVENING)]


def test_a_row_that_was_written_meanwhile_is_not_overwritten(place: Place) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state="accepted", wake_at=None, provider_id="<1@ses>"))
    with pytest.raises(StaleError):
        place.store.settle(replace(taken, state="parked", wake_at=None))
    assert place.store.delivery("AAAAAAA1", 1, 1).state == "accepted"


def test_what_was_given_up_is_listed_until_it_is_offered_again(place: Place) -> None:
    _waiting(place)
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state="parked", wake_at=None, error="refused"))
    (found,), following = place.store.parked(10, None)
    assert (found.row.ticket, found.error, following) == ("AAAAAAA1", "refused", None)
    place.store.settle(replace(found, state="new", wake_at=AT, attempts=0))
    assert place.store.parked(10, None) == ([], None)
    assert [one.ticket for one in place.store.due(AT, 10) if isinstance(one, DueRow)] == [
        "AAAAAAA1"
    ]


def test_a_tickets_outbox_is_listed_in_the_order_it_was_written(place: Place) -> None:
    rows = tuple(row("AAAAAAA1", 1, n) for n in (10, 2, 1))
    place.store.commit(opening(outbox=rows))
    assert [one.row.n for one in place.store.outbox("AAAAAAA1")] == [1, 2, 10]
    assert place.store.outbox("AAAAAAA9") == []


def test_a_row_longer_than_an_item_is_kept_whole(place: Place) -> None:
    long = row("AAAAAAA1", 1, 1, text="ñ" * 300_000)
    place.store.commit(opening(outbox=(long,)))
    assert place.store.delivery("AAAAAAA1", 1, 1).row == long
    taken = place.store.lease("AAAAAAA1", 1, 1, now=AT, until=AT + MINUTE)
    place.store.settle(replace(taken, state="accepted", wake_at=None))
    assert place.store.delivery("AAAAAAA1", 1, 1).row == long
