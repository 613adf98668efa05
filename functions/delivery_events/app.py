"""What became of messages: the provider's events and the outcomes of webhooks, written down."""

import json
from collections.abc import Callable

from guardia import wiring
from guardia.logs import Handler, Log
from guardia.mail.provider import ProviderError, read_event
from guardia.outcomes import Outcomes
from guardia.ports import NotFoundError
from guardia.records import one_by_one


def build(outcomes: Callable[[], Outcomes]) -> Handler:
    """Build the handler; a record that fails goes back to its queue alone."""
    log = Log("delivery-events")

    def take_in(body: str) -> None:
        told = json.loads(body)
        if not isinstance(told, dict):
            raise TypeError("a message is a JSON object")
        try:
            if "parked" in told:
                log.info("given up", row=told["parked"], state=outcomes().parked(told["parked"]))
            elif "outcome" in told:
                state = outcomes().call(told)
                log.info("webhook", row=told["row"], outcome=told["outcome"], state=state)
            else:
                event = read_event(json.loads(told["Message"]) if "Message" in told else told)
                state = outcomes().mail(event)
                row = f"{event.ticket}.{event.seq}.{event.n}"
                log.info("mail event", row=row, kind=event.kind, state=state)
        except (ProviderError, NotFoundError) as error:
            # Mail of somebody else under the same configuration set, or a ticket that is gone.
            log.info("not ours", error=type(error).__name__)

    return one_by_one(take_in, log)


handler = build(wiring.outcomes)
wiring.prepare(wiring.outcomes)
