"""Giving out API keys: what a key may give away, and what takes its place."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from guardia.domain import api_keys
from guardia.domain.api_keys import ApiKey
from guardia.domain.model import InvalidError, RefusedError

OVERLAP: Final = timedelta(hours=24)
"""How long a key that was replaced stays good, so that nobody has to change it at once."""


def check(wanted: tuple[str, ...], held: Iterable[str]) -> None:
    """Nobody gives away what they have not.

    Raises:
        InvalidError: there is no such scope.
        RefusedError: it is not held.
    """
    for place, one in enumerate(wanted):
        if one not in (*api_keys.SCOPES, api_keys.ALL):
            known = ", ".join((*api_keys.SCOPES, api_keys.ALL))
            raise InvalidError("unknown_scope", f"must be one of {known}", f"scopes.{place}")
    lacking = api_keys.missing(held, wanted)
    if lacking:
        message = f"a key cannot give what it has not: {', '.join(lacking)}"
        raise RefusedError("scope", message, "scopes")


def successor(
    old: ApiKey, *, id: str, hash: str, at: datetime, by: str | None, made_by: str | None = None
) -> tuple[ApiKey, datetime]:
    """Return the key that takes the old one's place, and when the old one ends: in a day.

    The new one lives as long from now as the old one was meant to.

    Raises:
        RefusedError: the old one is good no more.
    """
    if not old.is_good(at):
        raise RefusedError("key_ended", f"key {old.id} is revoked or has expired")
    lasts = old.expires_at - old.created_at if old.expires_at else None
    fresh = replace(
        old,
        id=id,
        hash=hash,
        created_at=at,
        created_by=by,
        expires_at=at + lasts if lasts else None,
        last_used_at=None,
        made_by=made_by,
    )
    until = at + OVERLAP
    return fresh, min(old.expires_at or until, until)
