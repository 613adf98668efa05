"""What is left of an invocation's time: whoever does things one by one stops in time."""

from collections.abc import Callable
from typing import Final

LEAST: Final = 10_000
"""Milliseconds that are kept for what must still be said and written."""

_TIMES: Final = 3


class CutOffError(Exception):
    """An invocation ended in the middle of its work, out of time or memory, and could not say so.

    Whoever comes next says it instead."""


class Remaining:
    """Asked before each thing that is done; between two questions lies one thing."""

    def __init__(self, left: Callable[[], int]) -> None:
        """Take what tells the milliseconds that are left."""
        self._left, self._before, self._slowest = left, left(), 0

    def enough(self) -> bool:
        """Whether one more thing can be done: there are ten seconds, and three times as much as the
        slowest thing took."""
        now = self._left()
        self._slowest = max(self._slowest, self._before - now)
        self._before = now
        return now > max(LEAST, _TIMES * self._slowest)
