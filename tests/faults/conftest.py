"""One world a file; at the end of a run, a table of what was spoiled and what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults import report
from tests.faults.world import World, world


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world() as made:
        yield made


def pytest_terminal_summary(terminalreporter: Any) -> None:
    told = [
        row
        for reports in terminalreporter.stats.values()
        for one in reports
        if getattr(one, "when", "") == "call"
        for name, row in getattr(one, "user_properties", ())
        if name == report.PROPERTY
    ]
    if told:
        terminalreporter.section("faults")
        for line in report.lines(told):
            terminalreporter.write_line(line)
