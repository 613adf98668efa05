"""What became of messages: the provider's events and the outcomes of webhooks, written down."""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from guardia import wiring
from guardia.mail.provider import ProviderError, read_event
from guardia.outcomes import EarlyError, Outcomes
from guardia.ports import NotFoundError


def build(outcomes: Callable[[], Outcomes]) -> Callable[..., dict[str, Any]]:
    """Build the handler; a record that fails goes back to its queue alone."""
    logger = Logger(service="delivery-events")

    def take_in(told: Any) -> None:
        if not isinstance(told, dict):
            raise TypeError("a message is a JSON object")
        if "parked" in told:
            logger.info("given up", row=told["parked"], state=outcomes().parked(told["parked"]))
        elif "outcome" in told:
            state = outcomes().call(told)
            logger.info("webhook", row=told["row"], outcome=told["outcome"], state=state)
        else:
            event = read_event(json.loads(told["Message"]) if "Message" in told else told)
            state = outcomes().mail(event)
            row = f"{event.ticket}.{event.seq}.{event.n}"
            logger.info("mail event", row=row, kind=event.kind, state=state)

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            try:
                take_in(json.loads(record["body"]))
            except (ProviderError, NotFoundError) as error:
                # Mail of somebody else under the same configuration set, or a ticket that is gone.
                logger.info("not ours", error=type(error).__name__)
            except EarlyError:
                failed.append({"itemIdentifier": record["messageId"]})
            except Exception as error:
                logger.error("not written down", error=type(error).__name__, exc_info=True)
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return handle


handler = build(wiring.outcomes)
