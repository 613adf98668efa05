"""Who is calling: an API key, known by its hash. Answers in the simple form of HTTP APIs.

The first key is a parameter of the stack; all others lie in the table, which is looked at when one
of those is shown and not before: to reach it takes longer to start than all the rest.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

from guardia import environment, wiring
from guardia.domain import api_keys
from guardia.domain.api_keys import ALL, FIRST

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from guardia.domain.api_keys import ApiKey
    from guardia.ports import ApiKeys

PREFIX: Final = "gd_"
FRESH: Final = 5.0
"""Seconds for which a container believes what the table said of a key; API Gateway believes us for
a minute."""

_MOST_KNOWN: Final = 1_000
_NOBODY: Final[dict[str, Any]] = {"isAuthorized": False, "context": {}}


class Known:
    """Keys of the table, each as it was a few seconds ago at most."""

    def __init__(self, keys: Callable[[], ApiKeys], steady: Callable[[], float]) -> None:
        """Take the table's keys, and a clock that only goes forward, in seconds."""
        self._keys, self._steady = keys, steady
        self._known: dict[str, tuple[float, ApiKey | None]] = {}

    def get(self, id_: str) -> ApiKey | None:
        """Return a key, None where there is none of that id."""
        until, key = self._known.get(id_, (float("-inf"), None))
        if self._steady() >= until:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            key = self._keys().get(id_)
            self._known[id_] = (self._steady() + FRESH, key)
        return key

    def used(self, key: ApiKey, at: datetime) -> None:
        """Write down that a key was used."""
        until, _ = self._known[key.id]
        self._known[key.id] = (until, self._keys().used(key, at))


def build(
    first_hash: Callable[[], str],
    keys: Callable[[], ApiKeys],
    *,
    now: Callable[[], datetime],
    steady: Callable[[], float],
) -> Callable[..., dict[str, Any]]:
    """Build the handler. `first_hash` gives the SHA-256 of the first key in hex, or nothing."""
    known = Known(keys, steady)

    def handle(event: Any, _context: Any) -> dict[str, Any]:
        shown = _shown(event)
        hashed = api_keys.hash_of(shown)
        first = first_hash().lower()
        if not shown.startswith(PREFIX):
            return _NOBODY
        if first and hmac.compare_digest(hashed, first):
            return _somebody(FIRST, None, (ALL,))
        id_ = api_keys.id_of(shown)
        key = known.get(id_) if id_ else None
        right = hmac.compare_digest(hashed, key.hash if key else "0" * len(hashed))
        if key is None or not right or not key.is_good(now()):
            return _NOBODY
        known.used(key, now())
        return _somebody(key.id, key.agent, key.scopes)

    return handle


def _shown(event: Any) -> str:
    """The key that a request shows, empty where it shows none."""
    headers = event.get("headers") if isinstance(event, dict) else None
    sent = headers.get("authorization") if isinstance(headers, dict) else None
    scheme, _, key = (sent if isinstance(sent, str) else "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _somebody(key: str, agent: str | None, scopes: tuple[str, ...]) -> dict[str, Any]:
    """What the API is told of the caller: texts, as a context may hold."""
    context = {"key": key, "agent": agent or "", "scopes": " ".join(scopes)}
    return {"isAuthorized": True, "context": context}


handler = build(
    lambda: environment.settings().api_key_hash,
    wiring.api_keys,
    now=environment.now,
    steady=environment.steady,
)
wiring.prepare(wiring.api_keys)
