"""Raw mail, attachments and long bodies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Blobs(Protocol):
    """Raw mail, attachments and long bodies."""

    def get(self, key: str) -> bytes:
        """Return the bytes.

        Raises:
            NotFoundError: there is no such object.
        """

    def put(self, key: str, body: bytes, *, content_type: str, pending: bool) -> None:
        """Write an object; a `pending` one goes away by itself unless it is `kept`."""

    def keep(self, key: str) -> None:
        """Take the pending mark off."""

    def move(self, source: str, target: str) -> None:
        """Move an object; a source that is gone already is no error."""

    def delete(self, key: str) -> None:
        """Delete an object; one that is gone already is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A received mail that was not taken in yet: its object, and when it was stored."""

    key: str
    at: datetime


class Keeping(Protocol):
    """What commits own in the blob store, and may not have been able to keep themselves."""

    def keep_due(self, until: datetime, most: int) -> int:
        """Keep the objects of commits whose note came due; return how many were looked after."""


class Inbox(Protocol):
    """Received mail that lies where the provider put it, until it is taken in."""

    @property
    def place(self) -> str:
        """The bucket it lies in."""

    def lying(self, until: datetime) -> Iterator[Lying]:
        """Go through the mail that was stored up to an instant and still lies there."""

    def head(self, key: str) -> bytes:
        """Return the first bytes of a mail, its whole header among them.

        Raises:
            NotFoundError: it was taken in meanwhile.
        """

    def offered(self, key: str) -> int:
        """Return how often a mail was offered again.

        Raises:
            NotFoundError: it was taken in meanwhile.
        """

    def note(self, key: str, times: int) -> None:
        """Write down how often a mail was offered again; one that is gone is no error."""
