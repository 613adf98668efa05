"""Two handlers at the same time, in every order in which their calls can follow one another with
two preemptions at most."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import report
from tests.faults.pairs import PAIRS, Pair, anomalies
from tests.faults.world import World


@pytest.mark.parametrize(
    "pair", [pytest.param(one, id=one.name.replace(" ", "_")) for one in PAIRS]
)
def test_whatever_the_order_both_are_done_once(
    desk: World, pair: Pair, record_property: Callable[[str, Any], None]
) -> None:
    runs, found = anomalies(desk, pair)
    record_property(report.PROPERTY, report.row("at the same time", pair.name, 0, runs, len(found)))
    assert found == []
    assert runs > 10
