"""Each test has a stack of its own; the handlers' modules are imported once."""

from collections.abc import Iterator

import pytest

from tests.integration.stage import Stage, staged


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made
