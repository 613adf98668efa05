"""Compiled desks, as one container keeps them: by version, and the live one for a few seconds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import guardia as package

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from guardia.domain.desk import Desk

FRESH: Final = 10.0
"""Seconds for which a container may go on with the desk it knows, where no event tells it."""

_KEPT: Final = 32


class Desks:
    """Compiled desks by version; they never change, so the latest few are kept."""

    def __init__(
        self, read: Callable[[int], Mapping[str, Any]], since: Callable[[int], datetime]
    ) -> None:
        """Take what reads a version's document, and what tells when it went live."""
        self._read, self._since = read, since
        self._known: dict[int, Desk] = {}
        self._instants: dict[int, datetime] = {}

    def since(self, number: int) -> datetime:
        """Return the instant at which a version above 0 went live."""
        if number not in self._instants:
            self._instants[number] = self._since(number)
        return self._instants[number]

    def __call__(self, number: int) -> Desk:
        """Return the desk of a version; 0 is the desk without a document."""
        from guardia.config.compile import compile_desk  # noqa: PLC0415 - it is slow to start

        if number not in self._known:
            document = self._read(number) if number else {}
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[number] = compile_desk(
                document,
                version=str(number),
                code=package.__version__,
                tzdata=_tzdata(),
            )
        return self._known[number]


class LiveDesk:
    """The live desk for what no event brings along; looked at again after `FRESH` seconds."""

    def __init__(self, live: Callable[[], int], desks: Desks, steady: Callable[[], float]) -> None:
        """Take what tells the live version, and a clock that only goes forward, in seconds."""
        self._live, self._desks, self._steady = live, desks, steady
        self._number = 0
        self._until = float("-inf")

    def __call__(self, *, fresh: bool = False) -> Desk:
        """Return the live desk, at most ten seconds old; with `fresh` the one of now."""
        if fresh or self._steady() >= self._until:
            self._number = self._live()
            self._until = self._steady() + FRESH
        return self._desks(self._number)


@cache
def _tzdata() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - read once

    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "system"
