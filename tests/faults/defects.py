"""Defects that the runs found and that still stand: each is expected to fail, with its reason, and
fails the suite as soon as it does not."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.faults.faults import Fault
from tests.faults.scenario import Scenario

_DEFECTS: Final[tuple[tuple[tuple[str, ...], Callable[[str], bool], str], ...]] = ()
"""Scenarios, whether a fault makes them fail, and why."""


def expected_to_fail(scenario: Scenario, fault: Fault) -> tuple[pytest.MarkDecorator, ...]:
    """The marks of a case that is known to fail."""
    return tuple(
        pytest.mark.xfail(reason=reason, strict=True)
        for names, fails, reason in _DEFECTS
        if scenario.name in names and fails(fault.name)
    )
