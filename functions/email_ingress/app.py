"""Mail in: read the notice and the raw mail, hand it to the desk, file the raw mail away."""

from collections.abc import Callable

from guardia import environment, reading, wiring
from guardia.logs import Handler, Log
from guardia.mail.arrival import MailArrival
from guardia.mail.parse import parse
from guardia.mail.receipt import read_body
from guardia.ports import Blobs
from guardia.records import one_by_one
from guardia.service import Guardia


def build(
    desk: Callable[[], Guardia],
    blobs: Callable[[], Blobs],
    secrets: Callable[[], tuple[bytes, ...]],
    install_id: Callable[[], str],
) -> Handler:
    """Build the handler; a record that fails goes back to the queue alone."""
    log = Log("email-ingress")

    def take_in(body: str) -> None:
        receipt = read_body(body)
        raw = reading.first_of(blobs(), (receipt.key, receipt.filed, receipt.aside))
        incoming = MailArrival(parse(raw), receipt, raw, secrets=secrets(), install_id=install_id())
        came = desk().receive(incoming)
        blobs().move(receipt.key, receipt.aside if came.suspended else receipt.filed)
        log.info("mail", ticket=came.ticket, suspended=came.suspended, again=came.duplicate)

    return one_by_one(take_in, log)


handler = build(
    wiring.guardia, wiring.blobs, wiring.mail_secrets, lambda: environment.settings().install_id
)
wiring.prepare(wiring.guardia, wiring.secrets, clients=("s3",))
