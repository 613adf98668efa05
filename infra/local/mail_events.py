"""What SES would say of each mail afterwards: sent, delivered, bounced, complained about.

The addresses of the SES mailbox simulator (`bounce@simulator.amazonses.com` and its like) behave
as they do there; an address that a real mail server refused bounces; all others take their mail.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from infra.local.clock import Clock, written

_SIMULATOR: Final = "simulator.amazonses.com"
_BOUNCES: Final = {
    f"bounce@{_SIMULATOR}": ("Permanent", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    f"suppressionlist@{_SIMULATOR}": ("Permanent", "5.1.1", "on the suppression list"),
    f"softbounce@{_SIMULATOR}": ("Transient", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
}
_COMPLAINS: Final = f"complaint@{_SIMULATOR}"


class MailEvents:
    """Publishes events where the stack's configuration set sends them."""

    def __init__(self, publish: Callable[[str], None], clock: Clock, tag: str) -> None:
        """Take the way to the topic, and the name of the tag that names the row."""
        self._publish, self._clock, self._tag = publish, clock, tag

    def sent(
        self, *, row: str, message_id: str, to: Sequence[str], refused: Mapping[str, str]
    ) -> None:
        """Tell what became of a mail. `refused` maps addresses to what their server said."""
        mail = {
            "timestamp": written(self._clock.now()),
            "messageId": message_id,
            "destination": list(to),
            "tags": {self._tag: [row]},
        }
        for event in self._events(mail, to, refused):
            self._publish(json.dumps(event))

    def _events(
        self, mail: dict[str, Any], to: Sequence[str], refused: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        at = mail["timestamp"]
        yield {"eventType": "Send", "mail": mail, "send": {}}
        for address in to:
            if address in refused or address.lower() in _BOUNCES:
                kind, status, said = _BOUNCES.get(
                    address.lower(), ("Permanent", "5.0.0", f"smtp; {refused.get(address)}")
                )
                told = {"emailAddress": address, "status": status, "diagnosticCode": said}
                bounce = {"bounceType": kind, "bouncedRecipients": [told], "timestamp": at}
                yield {"eventType": "Bounce", "mail": mail, "bounce": bounce}
                continue
            delivery = {"timestamp": at, "recipients": [address], "smtpResponse": "250 ok"}
            yield {"eventType": "Delivery", "mail": mail, "delivery": delivery}
            if address.lower() == _COMPLAINS:
                complaint = {"complainedRecipients": [{"emailAddress": address}], "timestamp": at}
                yield {"eventType": "Complaint", "mail": mail, "complaint": complaint}
