"""Every scenario through the deployed functions: it ends there as the simulation says."""

from pathlib import Path

import pytest

from guardia.rehearsal.simulate import simulate
from tests.scenarios import documents, handlers_world
from tests.scenarios.comparison import comparable, first_difference


@pytest.mark.parametrize("path", documents.FILES, ids=documents.name_of)
def test_the_functions_come_to_what_the_simulation_says(path: Path) -> None:
    document, load = documents.read(path), documents.loader(path)
    rehearsed = simulate(document, load)
    real = handlers_world.run(document, load)
    difference = first_difference(comparable(rehearsed), comparable(real))
    assert difference is None
    assert documents.failed(real) == []
    assert real["undelivered"] == []
    assert real["sent"] == len(real["outbox"]), "each row is one mail or one call"


def test_the_first_difference_is_named_with_its_place() -> None:
    one = {"tickets": [{"status": "new", "tags": ["vip"]}]}
    other = {"tickets": [{"status": "new", "tags": ["vip", "late"]}]}
    assert first_difference(one, other) == "tickets[0].tags: 1 rows and 2 rows"
    assert first_difference(one, {"tickets": [{"status": "open", "tags": []}]}) == (
        'tickets[0].status: "new" and "open"'
    )
    assert first_difference(one, {}) == (
        'tickets: [{"status": "new", "tags": ["vip"]}] and nothing'
    )
    assert first_difference(one, one) is None
