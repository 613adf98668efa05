"""Each guard is needed: without it, a run of this tier fails."""

import pytest

from tests.faults.mutants import MUTANTS, Mutant, living
from tests.faults.world import World


@pytest.mark.parametrize(
    "mutant", [pytest.param(one, id=one.name.replace(" ", "_")) for one in MUTANTS]
)
def test_a_guard_that_is_taken_away_is_missed(desk: World, mutant: Mutant) -> None:
    run = mutant.killer(desk)
    with living(desk, mutant):
        assert run() != []
