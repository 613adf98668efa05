"""Every handler with every thing it does. A handler joins by an entry in one of these lists."""

from typing import Final

from tests.faults import mail_scenarios, out_scenarios, time_scenarios, web_scenarios
from tests.faults.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *mail_scenarios.SCENARIOS,
    *web_scenarios.SCENARIOS,
    *out_scenarios.SCENARIOS,
    *time_scenarios.SCENARIOS,
)
"""What is spoiled at every call."""


def named(function: str, name: str) -> Scenario:
    """Return one of them."""
    return next(one for one in SCENARIOS if (one.function, one.name) == (function, name))
