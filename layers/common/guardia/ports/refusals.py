"""The ways the outside can say no."""

from collections.abc import Mapping
from typing import Any


class StaleError(Exception):
    """Somebody else was faster: read and decide again."""


class ConflictError(Exception):
    """Another transaction holds an item; the same commit may be tried again."""


class AlreadyHandledError(Exception):
    """The event was committed before. `answer` is what its mark keeps."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Keep the stored answer."""
        super().__init__("already handled")
        self.answer = answer


class LaterError(Exception):
    """It cannot be taken in yet, and is to come again; nothing is wrong with it."""


class NotFoundError(Exception):
    """There is no such thing. `kind` says what was looked for."""

    def __init__(self, kind: str, id: str) -> None:
        """Name what is missing."""
        super().__init__(f"no {kind} {id}")
        self.kind, self.id = kind, id


class DriftError(StaleError):
    """Others published since `parent`: version `live` is live now."""

    def __init__(self, parent: int, live: int) -> None:
        """Keep both numbers."""
        super().__init__(f"version {live} is live, not {parent}")
        self.parent, self.live = parent, live


class ForbiddenError(Exception):
    """The endpoint may not be called, now or later. It says why."""


class UnreachableError(Exception):
    """The endpoint could not be asked this time. It says how, without a word of the endpoint."""


class PermanentError(Exception):
    """The provider refuses the message for good."""


class TemporaryError(Exception):
    """The provider cannot take the message now."""
