"""The versions of a desk, where a test has no more than one."""

from datetime import UTC, datetime

from guardia.domain.desk import Desk


class OneDesk:
    """One desk for every version, live since long ago."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, _number: int, /) -> Desk:
        return self._desk

    def since(self, _number: int, /) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)
