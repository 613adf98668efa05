"""Each test has a stack of its own, empty; the clients to reach it are made once a file."""

from collections.abc import Callable, Iterator

import pytest

from tests.integration.stage import Stage, moto


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], Stage]]:
    with moto() as made:
        yield made


@pytest.fixture
def stage(fresh: Callable[[], Stage]) -> Stage:
    return fresh()
