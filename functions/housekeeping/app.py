"""Every ten minutes: received mail that nobody took in goes back to the queue of the ingress.

A mail whose notice was lost, or was given up, lies in the bucket and nowhere else. It is offered
three times, further and further apart: one that cannot be taken in would otherwise fill the
dead-letter queue. It is counted as found for as long as it lies there.

Files and long texts of commits that could not keep them in time are kept.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from guardia import wiring
from guardia.logs import Log
from guardia.mail.orphan import notice_of
from guardia.ports import Courier, Inbox, Keeping, Lying, NotFoundError

OFFERS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""The ages at which a mail is offered again; before the first its own notice is on its way."""

MOST: Final = 500
"""How many mails are looked at in one run; the oldest keys of the listing come first."""


def build(
    inbox: Callable[[], Inbox], queue: Callable[[], Courier], keeping: Callable[[], Keeping]
) -> Callable[..., dict[str, int]]:
    """Build the handler over the inbox, the way to the ingress, and what commits own."""
    log = Log("housekeeping")

    def offer(mail: Lying, at: datetime) -> bool:
        due = sum(at - mail.at >= age for age in OFFERS)
        try:
            if inbox().offered(mail.key) >= due:
                return False
            head = inbox().head(mail.key)
        except NotFoundError:
            return False  # taken in just now
        place = inbox().place
        queue().hand(notice_of(head, bucket=place, key=mail.key, stored_at=mail.at))
        inbox().note(mail.key, due)
        return True

    def handle(event: dict[str, Any], _context: Any) -> dict[str, int]:
        at = datetime.fromisoformat(event["time"])
        kept = keeping().keep_due(at, MOST)
        found = offered = failed = 0
        for mail in inbox().lying(at - OFFERS[0]):
            if found == MOST:
                break
            found += 1
            try:
                offered += offer(mail, at)
            except Exception as error:  # noqa: BLE001 - told below, for all of them
                failed += 1
                log.failure("mail not offered", error)
        # A metric filter of the template reads this line.
        log.info("housekeeping", found=found, offered=offered, failed=failed, kept=kept)
        if failed:
            raise RuntimeError(f"{failed} of {found} mails could not be offered again")
        return {"found": found, "offered": offered, "kept": kept}

    return handle


handler = build(wiring.inbox, wiring.mail_queue, wiring.keeping)
wiring.prepare(wiring.inbox, wiring.mail_queue, wiring.keeping)
