"""Every minute: offer again what lies undelivered in the outbox."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from guardia import wiring
from guardia.logs import Log
from guardia.ports import Store

MOST = 500
"""How many rows one sweep offers; the next one, a minute later, goes on."""


def build(
    store: Callable[[], Store], offer: Callable[[list[str]], None]
) -> Callable[..., dict[str, int]]:
    """Build the handler over a store and the way into the relay's queue."""
    log = Log("sweep")

    def handle(event: dict[str, Any], _context: Any) -> dict[str, int]:
        at = datetime.fromisoformat(event["time"])
        due = store().undelivered(at, MOST)
        bodies = [json.dumps({"ticket": ticket, "seq": seq, "n": n}) for ticket, seq, n, _ in due]
        offer(bodies)
        # A metric filter of the template reads this line.
        oldest = max((int((at - wake).total_seconds()) for *_, wake in due), default=0)
        log.info("sweep", offered=len(bodies), oldest=oldest)
        return {"offered": len(bodies)}

    return handle


handler = build(wiring.store, wiring.offer)
wiring.prepare(wiring.store, clients=("sqs",))
