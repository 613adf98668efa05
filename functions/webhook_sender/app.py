"""Calls of webhooks: made one by one, and how each went put into the queue of results.

This function may reach the outside and its own two queues, and no data of the desk.
"""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from guardia import wiring
from guardia.calling import Sender
from guardia.ports import Courier


def build(
    sender: Callable[[], Sender], results: Callable[[], Courier]
) -> Callable[..., dict[str, Any]]:
    """Build the handler; a call whose outcome could not be told goes back to the queue alone."""
    logger = Logger(service="webhook-sender")

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            try:
                result = sender().call(json.loads(record["body"]))
                results().hand(result)
            except Exception as error:
                logger.error("call not told", error=type(error).__name__, exc_info=True)
                failed.append({"itemIdentifier": record["messageId"]})
                continue
            logger.info(
                "webhook", row=result["row"], outcome=result["outcome"], status=result.get("status")
            )
        return {"batchItemFailures": failed}

    return handle


handler = build(wiring.sender, wiring.results)
