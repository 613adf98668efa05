"""Every handler, spoiled at every call it makes, in every way a call goes wrong.

Afterwards everything comes again until all is quiet, and twice more.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.faults import report
from tests.faults.faults import CRASH_BEFORE, FAULTS, Fault
from tests.faults.runs import calls_of, outcomes, run
from tests.faults.scenario import Scenario
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import World

DOUBLE: int = 12
"""Pairs of crashes a scenario: drawn evenly, the same in every run."""


@cache
def known(desk: World, scenario: Scenario) -> tuple[Any, tuple[str, str]]:
    """The calls of a scenario and how it ends, once a file."""
    return calls_of(desk, scenario), outcomes(desk, scenario)


def spoiled(desk: World, scenario: Scenario, fault: Fault) -> tuple[int, list[str]]:
    """Spoil each call in turn; return how many runs that took, and what did not hold."""
    calls, expected = known(desk, scenario)
    fitting = [one for one in calls if fault.fits(one)]
    found = [
        f"{fault.name} at call {call.n}, {call.name} ({call.site}): {one}"
        for call in fitting
        for one in run(desk, scenario, {call.n: fault}, expected)
    ]
    return len(fitting), found


CASES = [
    pytest.param(
        scenario, fault, id=f"{scenario.function}-{scenario.name}-{fault.name}".replace(" ", "_"),
    )
    for scenario in SCENARIOS
    for fault in FAULTS
    if scenario.meets(fault)
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "fault"), CASES)
def test_nothing_is_lost_or_done_twice_whichever_call_goes_wrong(
    desk: World, scenario: Scenario, fault: Fault, record_property: Callable[[str, Any], None]
) -> None:
    runs, found = spoiled(desk, scenario, fault)
    calls = len(known(desk, scenario)[0])
    record_property(
        report.PROPERTY, report.row(scenario.function, scenario.name, calls, runs, len(found))
    )
    assert found == []
    assert runs > 0


def pairs(calls: int, sample: int) -> list[tuple[int, int]]:
    """Two crashes: before a call, and before one of those that follow, spread evenly. To crash
    after a call is to crash before the next."""
    every = [
        (first, first + later) for first in range(1, calls + 1) for later in range(1, calls + 3)
    ]
    return every[:: max(len(every) // sample, 1)][:sample]


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(one, id=f"{one.function}-{one.name}".replace(" ", "_"))
        for one in SCENARIOS
        if one.safe
    ],
)  # fmt: skip
def test_a_crash_while_recovering_from_a_crash_changes_nothing(
    desk: World, scenario: Scenario, record_property: Callable[[str, Any], None]
) -> None:
    calls, expected = known(desk, scenario)
    plans = pairs(len(calls), DOUBLE)
    found = [
        f"crashed before {first} and {second}: {told}"
        for first, second in plans
        for told in run(
            desk, scenario, {first: CRASH_BEFORE, second: CRASH_BEFORE}, expected, function=""
        )
    ]
    record_property(
        report.PROPERTY,
        report.row("two crashes", scenario.name, len(calls), len(plans), len(found)),
    )
    assert found == []
