"""The desk document's versions, and the secrets it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the desk document: who made it live, when, why and from which one (`parent`).
    `hash` names the checked document, `source` the form it was sent in (None: it is not kept)."""

    number: int
    author: str
    at: datetime
    message: str
    parent: int
    hash: str
    source: str | None = None


class ConfigStore(Protocol):
    """Immutable versions of the desk document and the pointer to the live one.

    Versions are numbered from 1 without a gap; the live one is the latest.
    """

    def read(self, version: int) -> Mapping[str, Any]:
        """Return the checked, normalised document of a version.

        Raises:
            NotFoundError: there is no such version.
        """

    def source(self, version: int) -> Mapping[str, Any]:
        """Return a version as it was sent: `{"files": {path: text}}` or `{"document": …}`; empty
        where that was not kept.

        Raises:
            NotFoundError: there is no such version.
        """

    def live(self) -> int:
        """Return the number of the live version, 0 where there is none."""

    def version(self, number: int) -> Version:
        """Return who made a version, when and why.

        Raises:
            NotFoundError: there is no such version.
        """

    def versions(self, newest: int, limit: int) -> list[Version]:
        """List versions from `newest` downwards."""

    def publish(
        self,
        document: Mapping[str, Any],
        *,
        author: str,
        message: str,
        at: datetime,
        parent: int,
        source: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a new version and make it the live one; return its number.

        The same document as the live one's is no new version, unless the texts of its files
        (comments, names) differ.

        Raises:
            DriftError: the live version is not `parent` any more.
        """


class Secrets(Protocol):
    """Named secrets, as bytes."""

    def get(self, name: str) -> bytes:
        """Return the secret; one that does not exist yet is made, once for all."""

    def text(self, name: str) -> str:
        """Return a secret as it was written, a few minutes old at most.

        Raises:
            NotFoundError: there is none; it is not made.
        """
