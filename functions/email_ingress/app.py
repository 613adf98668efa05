"""Mail in: read the notice and the raw mail, hand it to the desk, file the raw mail away."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from guardia import environment, reading, wiring
from guardia.mail.arrival import MailArrival
from guardia.mail.parse import parse
from guardia.mail.receipt import Receipt, read_body
from guardia.ports import Blobs
from guardia.service import Guardia


def build(
    desk: Callable[[], Guardia],
    blobs: Callable[[], Blobs],
    secrets: Callable[[], tuple[bytes, ...]],
    install_id: Callable[[], str],
) -> Callable[..., dict[str, Any]]:
    """Build the handler; a record that fails goes back to the queue alone."""
    logger = Logger(service="email-ingress")

    def take_in(receipt: Receipt) -> None:
        raw = reading.first_of(blobs(), (receipt.key, receipt.filed, receipt.aside))
        incoming = MailArrival(parse(raw), receipt, raw, secrets=secrets(), install_id=install_id())
        came = desk().receive(incoming)
        blobs().move(receipt.key, receipt.aside if came.suspended else receipt.filed)
        logger.info("mail", ticket=came.ticket, suspended=came.suspended, again=came.duplicate)

    def handle(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            try:
                take_in(read_body(record["body"]))
            except Exception as error:
                logger.error("mail not taken in", error=type(error).__name__, exc_info=True)
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return handle


handler = build(
    wiring.guardia, wiring.blobs, wiring.mail_secrets, lambda: environment.settings().install_id
)
