"""Calls of webhooks: made one by one, and how each went put into the queue of results.

This function may reach the outside and its own two queues, and no data of the desk.
"""

import json
from collections.abc import Callable

from guardia import wiring
from guardia.calling import Sender
from guardia.logs import Handler, Log
from guardia.ports import Courier
from guardia.records import one_by_one


def build(sender: Callable[[], Sender], results: Callable[[], Courier]) -> Handler:
    """Build the handler; a call whose outcome could not be told goes back to the queue alone."""
    log = Log("webhook-sender")

    def call(body: str) -> None:
        result = sender().call(json.loads(body))
        results().hand(result)
        log.info(
            "webhook", row=result["row"], outcome=result["outcome"], status=result.get("status")
        )

    return one_by_one(call, log)


handler = build(wiring.sender, wiring.results)
wiring.prepare(wiring.sender, wiring.results)
