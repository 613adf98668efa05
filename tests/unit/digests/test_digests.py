"""Digests: which are due, what they name and in which order, and in how many parts they are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from guardia.adapters.memory import MemoryStore
from guardia.digests import Digests
from guardia.domain import digests
from guardia.domain.automations import compile_automations
from guardia.domain.desk import Agent, Automation, Condition, Desk, Digest, Group, Recurrence
from guardia.domain.digests import Edition, Found
from guardia.ports import Commit
from tests.unit.domain.builders import a_desk, a_ticket

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def a_rule(minute: int = 540, **more: Any) -> Automation:
    every = Recurrence(minute=minute, days=frozenset(range(7)), timezone="UTC")
    when = Condition(field="status", operator="less_than", value="solved")
    return Automation(
        id="daily", when=when, every=every, actions=(Digest(target="group", id="tech"),), **more
    )


def a_desk_with(rule: Automation, **more: Any) -> Desk:
    return a_desk(automations=compile_automations((rule,), {}), **more)


class Counting(MemoryStore):
    """A store that tells how many messages each commit had."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def commit(self, commit: Commit) -> None:
        self.sizes.append(len(commit.outbox))
        super().commit(commit)


def sent(store: MemoryStore, *versions: tuple[Desk, datetime], until: datetime) -> list[str]:
    return [row.ticket for row in Digests(store, lambda: versions).send(until)]


def a_store(**values: Any) -> MemoryStore:
    store = MemoryStore()
    store.commit(Commit(ticket=a_ticket(**values)))
    return store


def test_the_latest_of_a_standstill_is_made_up_for_and_no_older_one() -> None:
    desk = a_desk_with(a_rule())

    found = digests.editions(desk, NINE - 9 * DAY, NINE + timedelta(hours=1))

    assert [one.at for one in found] == [NINE]


def test_it_is_sent_once_however_often_it_is_looked_for() -> None:
    store, desk = a_store(), a_desk_with(a_rule())
    began = NINE - DAY

    first = sent(store, (desk, began), until=NINE)
    again = sent(store, (desk, began), until=NINE + timedelta(minutes=1))

    assert first == ["digest-daily-20260304T0900"] * 2, "one for each of the group"
    assert again == []


def test_one_that_was_due_just_before_a_publication_is_not_lost() -> None:
    store, desk = a_store(), a_desk_with(a_rule())
    published = NINE + timedelta(seconds=5)

    assert len(sent(store, (desk, published), (desk, NINE - DAY), until=published)) == 2


def test_one_that_is_new_does_not_come_for_an_instant_before_it_was_there() -> None:
    store, old, new = a_store(), a_desk_with(a_rule(600)), a_desk_with(a_rule(540))
    published = NINE + timedelta(minutes=5)

    assert sent(store, (new, published), (old, NINE - DAY), until=published) == []


def test_solved_tickets_are_not_named_and_nothing_to_tell_tells_nothing() -> None:
    store, desk = a_store(status="solved"), a_desk_with(a_rule())

    assert sent(store, (desk, NINE - DAY), until=NINE) == []


def test_the_highest_priority_stands_first_then_what_has_waited_longest() -> None:
    desk = a_desk_with(a_rule())
    told = [
        Found(ticket=a_ticket(id=id_, priority=priority, created_at=NINE - timedelta(hours=age)))
        for id_, priority, age in (
            ("A", None, 9), ("B", "urgent", 1), ("C", "low", 5), ("D", "urgent", 2),
        )
    ]  # fmt: skip

    rows = digests.messages(desk, Edition(rule=a_rule(), at=NINE), told)

    lines = [one for one in rows[0].text.splitlines() if one.startswith("- ")]
    assert [line.split(" ")[1] for line in lines] == ["D", "B", "C", "A"]


def test_a_large_group_is_told_in_parts_none_of_them_lost() -> None:
    agents = {
        f"a{n}@acme.example": Agent(email=f"a{n}@acme.example", name=f"A{n}") for n in range(200)
    }
    group = Group(id="tech", name="Tech", agents=tuple(agents))
    store, desk = Counting(), a_desk_with(a_rule(), agents=agents, groups={"tech": group})
    store.commit(Commit(ticket=a_ticket()))

    assert len(sent(store, (desk, NINE - DAY), until=NINE)) == 200
    assert (sum(store.sizes), max(store.sizes)) == (200, 80)
