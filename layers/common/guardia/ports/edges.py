"""What guards the edges: counters, deliveries of sources, API keys, answers given before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from guardia.domain.api_keys import ApiKey


class Counters(Protocol):
    """Numbers that end: how often something was done in a stretch of time."""

    def take(self, name: str, most: int, until: datetime) -> bool:
        """Count once more; False, and nothing is counted, where it was done `most` times already.

        The counter goes some time after `until`; a name holds what it counts and in which stretch.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A delivery of a source and what became of it: never what it said, nor an address.

    `id` is what its sender calls it, where that was signed; `request` names the request it came
    in, `outcome` is one word, `status` the HTTP status it was answered with.
    """

    source: str
    at: datetime
    request: str
    outcome: str
    status: int
    id: str | None = None
    ticket: str | None = None


class HookLog(Protocol):
    """The latest deliveries of each source, kept for two weeks."""

    def add(self, handled: Handled) -> None:
        """Keep what became of a delivery."""

    def latest(
        self, source: str, since: datetime, limit: int, cursor: str | None
    ) -> tuple[list[Handled], str | None]:
        """List what became of a source's deliveries, the latest first, with the cursor of the next
        page; none from before `since`.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


class ApiKeys(Protocol):
    """The keys that programs call with."""

    def get(self, id_: str) -> ApiKey | None:
        """Return a key, None where there is none of that id."""

    def add(self, key: ApiKey) -> None:
        """Keep a new key, in the place of one that the same request made before.

        Raises:
            StaleError: its id is taken.
        """

    def replace(self, old: str, until: datetime, fresh: ApiKey) -> None:
        """Keep a new key and the instant at which the old one (its id) ends, or neither.

        Raises:
            StaleError: the old one was revoked meanwhile, or the new one's id is taken.
        """

    def revoke(self, id_: str, at: datetime) -> None:
        """End a key now; one that was revoked before stays revoked since then.

        Raises:
            NotFoundError: there is no such key.
        """

    def used(self, key: ApiKey, at: datetime) -> ApiKey:
        """Write down that a key was used, once an hour at most; return it so."""

    def page(self, limit: int, cursor: str | None) -> tuple[list[ApiKey], str | None]:
        """List keys, the newest first, with the cursor of the next page.

        Raises:
            InvalidError: the cursor is not one of this list.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of asking for a mark: it is `ours` now, or it holds `kept` and is still `open`
    while somebody is at work on it."""

    ours: bool = False
    open: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)


class Marks(Protocol):
    """Guards of what must not be done twice and is no commit (a commit writes its own)."""

    def claim(self, mark: str, request: str, at: datetime, expires_at: datetime) -> Claim:
        """Take a mark for a request (its hash), or tell what it holds.

        Who took one and neither kept nor freed it for a minute is not at work any more.
        """

    def keep(self, mark: str, answer: Mapping[str, Any]) -> None:
        """Write down what came of it; it holds from now on."""

    def free(self, mark: str) -> None:
        """Give a mark back: nothing was done."""
