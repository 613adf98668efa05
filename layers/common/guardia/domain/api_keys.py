"""API keys: what one is, what it may do, how it is written. Only its hash is ever kept.

The authorizer starts with this and little else, so it imports nothing of the domain.
"""

import hashlib
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SCOPES: Final = (
    "tickets:read",
    "tickets:write",
    "contacts:read",
    "contacts:write",
    "config:read",
    "config:write",
    "records",
    "suspended",
    "keys",
    "operations",
)
"""What a key may be allowed to do; each route of the API asks for one of them."""

ALL: Final = "all"
"""The scope that holds all others."""

FIRST: Final = "first"
"""What the key of the stack's own parameter is called; it lies in no table."""

_DIGITS: Final = string.digits + string.ascii_letters
_LENGTH: Final = 43
"""Digits of base 62 that 32 bytes need."""
_WRITTEN: Final = re.compile(r"gd_([0-9A-Z]{1,32})_[0-9A-Za-z]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key. `agent` is the email of whom it acts as (None: the desk's first admin), `hash` the
    SHA-256 of the key as it is written, in hex; instants are UTC. `made_by` is the digest of the
    request that made it, where that may be repeated. One that was revoked stays, so that people see
    what there was."""

    id: str
    name: str
    scopes: tuple[str, ...]
    hash: str
    created_at: datetime
    agent: str | None = None
    created_by: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    made_by: str | None = None

    def is_good(self, at: datetime) -> bool:
        """Whether it opens the door at an instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def missing(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes wanted that are not among those held, in order."""
    own = frozenset(held)
    return () if ALL in own else tuple(one for one in wanted if one not in own)


def written(id_: str, secret: bytes) -> str:
    """Write a key: `gd_`, its id, and its 32 secret bytes as digits and letters."""
    number, digits = int.from_bytes(secret, "big"), ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return f"gd_{id_}_{digits}"


def id_for(mark: str) -> str:
    """The id of the key that a request makes, the same whenever it is repeated."""
    return hashlib.sha256(mark.encode()).hexdigest()[:16].upper()


def hash_of(text: str) -> str:
    """Return what is kept of a key: the SHA-256 of all its characters, in hex."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def id_of(text: str) -> str | None:
    """Return the id that a written key names, None where it is no key of the table."""
    found = _WRITTEN.fullmatch(text)
    return found[1] if found else None
