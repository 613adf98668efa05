"""What time is to do: which tickets are due, who looks at them when, and what was given up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from guardia.domain.model import InvalidError, Ticket
from guardia.ports import DueRow, DueTicket, Lookup, StaleError
from tests.store.places import InTable, Place
from tests.store.samples import AT, MINUTE, change, opening, row, ticket

NOON, EVENING = AT + timedelta(hours=1), AT + timedelta(hours=8)
NEVER = AT + timedelta(days=4000)


def _ticket(id_: str = "AAAAAAA1", due_at: datetime | None = NOON) -> Ticket:
    return ticket(id_, due_at=due_at, requester="CCCCCCC1", organization="globex")


def _open(place: Place, *heads: Ticket) -> None:
    for head in heads:
        place.store.commit(opening(head.id, ticket=head))


def _due(id_: str, at: datetime = NOON, wake_at: datetime | None = None, **more: int) -> DueTicket:
    return DueTicket(
        ticket=id_, wake_at=wake_at or at, due_at=at,
        requester="CCCCCCC1", organization="globex", **more,
    )  # fmt: skip


def _kept(place: Place, id_: str = "AAAAAAA1") -> Ticket:
    return place.store.find(Lookup(tickets=(id_,))).tickets[id_]


def test_a_due_ticket_says_what_is_needed_to_load_it_at_once(place: Place) -> None:
    _open(place, _ticket())
    assert place.store.due(NOON, 10) == [_due("AAAAAAA1")]


def test_a_ticket_is_due_at_its_instant_and_not_a_microsecond_before(place: Place) -> None:
    _open(place, _ticket())
    assert place.store.due(NOON - timedelta(microseconds=1), 10) == []
    assert place.store.due(NOON, 10) != []


def test_a_ticket_without_anything_to_come_is_never_due(place: Place) -> None:
    _open(place, _ticket(due_at=None))
    assert place.store.due(NEVER, 10) == []


def test_tickets_and_rows_come_together_oldest_first(place: Place) -> None:
    expected: list[DueRow | DueTicket] = []
    for n in range(6):
        id_, first, second = f"AAAAAAA{n}", NOON + 2 * n * MINUTE, NOON + (2 * n + 1) * MINUTE
        place.store.commit(
            opening(id_, ticket=_ticket(id_, second), outbox=(row(id_, not_before=first),))
        )
        expected += [DueRow(ticket=id_, seq=1, n=1, wake_at=first), _due(id_, second)]
    assert place.store.due(EVENING, 100) == expected


def test_neither_tickets_nor_rows_hide_the_other(place: Place) -> None:
    for n in range(4):
        id_ = f"AAAAAAA{n}"
        place.store.commit(
            opening(id_, ticket=_ticket(id_, EVENING), outbox=(row(id_, not_before=NOON),))
        )
    found = place.store.due(EVENING, 2)
    assert [type(one) for one in found] == [DueRow, DueRow, DueTicket, DueTicket]


def test_every_commit_moves_the_instant_or_takes_it_away(place: Place) -> None:
    _open(place, _ticket())
    place.store.commit(change(_ticket(), due_at=EVENING))
    assert place.store.due(NOON, 10) == []
    assert place.store.due(EVENING, 10) == [_due("AAAAAAA1", EVENING)]
    place.store.commit(change(_kept(place), due_at=None))
    assert place.store.due(NEVER, 10) == []


def test_what_is_lent_is_looked_at_again_when_that_ends_and_keeps_its_instant(place: Place) -> None:
    _open(place, _ticket())
    place.store.postpone("AAAAAAA1", seen=NOON, wake_at=EVENING, failures=3)
    assert place.store.due(EVENING - MINUTE, 10) == []
    assert place.store.due(EVENING, 10) == [_due("AAAAAAA1", wake_at=EVENING, failures=3)]
    assert _kept(place).due_at == NOON


def test_only_one_of_two_sweeps_is_lent_a_ticket(place: Place) -> None:
    _open(place, _ticket())
    place.store.postpone("AAAAAAA1", seen=NOON, wake_at=EVENING)
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.postpone("AAAAAAA1", seen=NOON, wake_at=EVENING + MINUTE)
    assert place.everything() == before


@pytest.mark.parametrize("due_at", [EVENING, None])
def test_a_newer_instant_is_not_overwritten_by_who_saw_the_older_one(
    place: Place, due_at: datetime | None
) -> None:
    _open(place, _ticket())
    place.store.commit(change(_ticket(), due_at=due_at))
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.postpone("AAAAAAA1", seen=NOON, wake_at=NOON + MINUTE)
    with pytest.raises(StaleError):
        place.store.give_up("AAAAAAA1", seen=NOON, at=NOON, failures=8)
    assert place.everything() == before


def test_a_ticket_that_does_not_exist_is_not_made_by_postponing_it(place: Place) -> None:
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.postpone("NNNNNNN1", seen=NOON, wake_at=EVENING)
    with pytest.raises(StaleError):
        place.store.reschedule("NNNNNNN1", 1, EVENING)
    assert place.everything() == before


def test_what_was_given_up_is_no_longer_due_but_listed(place: Place) -> None:
    _open(place, _ticket())
    place.store.give_up("AAAAAAA1", seen=NOON, at=EVENING, failures=8)
    assert place.store.due(NEVER, 10) == []
    assert place.store.stuck(10, None) == ([_due("AAAAAAA1", wake_at=EVENING, failures=8)], None)
    assert _kept(place).due_at == NOON


def test_what_was_given_up_is_looked_at_again_when_somebody_says_so(place: Place) -> None:
    _open(place, _ticket())
    place.store.give_up("AAAAAAA1", seen=NOON, at=EVENING, failures=8)
    place.store.postpone("AAAAAAA1", seen=EVENING, wake_at=EVENING + MINUTE)
    assert place.store.stuck(10, None) == ([], None)
    assert place.store.due(NEVER, 10) == [_due("AAAAAAA1", wake_at=EVENING + MINUTE)]


def test_any_later_entry_brings_back_what_was_given_up(place: Place) -> None:
    _open(place, _ticket())
    place.store.give_up("AAAAAAA1", seen=NOON, at=EVENING, failures=8)
    place.store.commit(change(_ticket(), due_at=EVENING))
    assert place.store.stuck(10, None) == ([], None)
    assert place.store.due(EVENING, 10) == [_due("AAAAAAA1", EVENING)]


def test_what_was_given_up_is_listed_page_by_page_the_latest_first(place: Place) -> None:
    for n in range(5):
        _open(place, _ticket(f"AAAAAAA{n}"))
        place.store.give_up(f"AAAAAAA{n}", seen=NOON, at=EVENING + n * MINUTE, failures=8)
    first, cursor = place.store.stuck(3, None)
    second, end = place.store.stuck(3, cursor)
    assert [one.ticket[-1] for one in (*first, *second)] == ["4", "3", "2", "1", "0"]
    assert end is None


def test_a_cursor_of_another_list_is_refused(place: Place) -> None:
    with pytest.raises(InvalidError):
        place.store.stuck(3, "ñ")


def test_an_instant_is_moved_without_an_entry_and_without_a_version(place: Place) -> None:
    _open(place, _ticket())
    place.store.postpone("AAAAAAA1", seen=NOON, wake_at=NOON + MINUTE, failures=2)
    place.store.reschedule("AAAAAAA1", 1, EVENING, "7")
    assert _kept(place) == replace(_ticket(), due_at=EVENING, config="7")
    assert place.store.due(NEVER, 10) == [_due("AAAAAAA1", EVENING)]


def test_an_instant_is_taken_away_without_an_entry(place: Place) -> None:
    _open(place, replace(_ticket(), config="3"))
    place.store.reschedule("AAAAAAA1", 1, None)
    assert _kept(place) == replace(_ticket(due_at=None), config="3")
    assert place.store.due(NEVER, 10) == []


def test_an_instant_is_not_moved_by_who_saw_an_older_version(place: Place) -> None:
    _open(place, _ticket())
    place.store.commit(change(_ticket()))
    before = place.everything()
    with pytest.raises(StaleError):
        place.store.reschedule("AAAAAAA1", 1, EVENING)
    assert place.everything() == before


def test_what_a_newer_version_wrote_survives_a_new_instant(in_table: InTable) -> None:
    _open(in_table, _ticket())
    newer = {**in_table.item("T#AAAAAAA1", "HEAD"), "mood": {"S": "calm"}}
    in_table.put(**newer)
    in_table.store.postpone("AAAAAAA1", seen=NOON, wake_at=EVENING)
    in_table.store.reschedule("AAAAAAA1", 1, EVENING)
    assert in_table.item("T#AAAAAAA1", "HEAD")["mood"] == {"S": "calm"}
