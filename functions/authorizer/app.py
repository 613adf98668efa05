"""Who is calling: an API key, compared by its hash. Answers in the simple form of HTTP APIs."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from guardia import environment

PREFIX = "gd_"


def build(key_hash: Callable[[], str]) -> Callable[..., dict[str, Any]]:
    """Build the handler. `key_hash` gives the SHA-256 of the key, in hex; empty lets nobody in."""

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        scheme, _, key = event.get("headers", {}).get("authorization", "").partition(" ")
        digest = hashlib.sha256(key.strip().encode()).hexdigest()
        known = key_hash().lower()
        right = bool(known) and hmac.compare_digest(digest, known)
        allowed = right and scheme.lower() == "bearer" and key.strip().startswith(PREFIX)
        return {"isAuthorized": allowed, "context": {"caller": "api-key"} if allowed else {}}

    return handle


handler = build(lambda: environment.settings().api_key_hash)
