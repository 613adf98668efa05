"""The keys under which things lie, and those under which indexes list them."""

import hashlib
from datetime import datetime
from typing import Final

HEAD: Final = "HEAD"


def digest(value: str) -> str:
    """A short, even name for a value of any length."""
    return hashlib.sha256(value.encode()).hexdigest()[:40]


def ticket_key(ticket: str) -> tuple[str, str]:
    """Key of a ticket's head."""
    return f"T#{ticket}", HEAD


def entry_key(ticket: str, seq: int) -> tuple[str, str]:
    """Key of an entry."""
    return f"T#{ticket}", f"E#{seq:010}"


def outbox_key(ticket: str, seq: int, n: int) -> tuple[str, str]:
    """Key of an outbox row."""
    return f"T#{ticket}", f"O#{seq:010}#{n}"


def keep_key(ticket: str, seq: int) -> tuple[str, str]:
    """Key of the note of what a commit owns in the blob store; `seq` is its first entry's."""
    return f"B#{ticket}.{seq}", "KEEP"


def mark_key(mark: str) -> tuple[str, str]:
    """Key of an event's guard."""
    return f"M#{digest(mark)}", "MARK"


def api_key_key(key: str) -> tuple[str, str]:
    """Key of an API key."""
    return f"K#{key}", HEAD


def reference_key(message_id: str) -> tuple[str, str]:
    """Key of a Message-ID that leads to a ticket."""
    return f"R#{digest(message_id)}", "REF"


def contact_key(contact: str) -> tuple[str, str]:
    """Key of a contact."""
    return f"P#{contact}", HEAD


def identity_key(kind: str, value: str) -> tuple[str, str]:
    """Key of an address of a contact."""
    return f"I#{kind}#{value}", "ID"


def organization_key(organization: str) -> tuple[str, str]:
    """Key of an organisation made by API or import."""
    return f"ORG#{organization}", HEAD


def domain_key(domain: str) -> tuple[str, str]:
    """Key of a domain that leads to an organisation."""
    return f"D#{domain}", "DOMAIN"


def suspended_key(id_: str) -> tuple[str, str]:
    """Key of a message that was set aside."""
    return f"S#{id_}", HEAD


def flow_key(sender: str) -> tuple[str, str]:
    """Key of what came from a sender lately."""
    return f"F#{digest(sender)}", "FLOW"


def address_key(address: str) -> tuple[str, str]:
    """Key of what is known of an address that we write to."""
    return f"A#{digest(address.strip().lower())}", "MAIL"


def counter_key(name: str) -> tuple[str, str]:
    """Key of a counter."""
    return f"N#{digest(name)}", "COUNT"


def job_key(job: str) -> tuple[str, str]:
    """Key of a job."""
    return f"J#{job}", HEAD


def breaker_key(webhook: str) -> tuple[str, str]:
    """Key of how a webhook's endpoint is doing."""
    return f"WH#{webhook}", "BREAKER"


def call_key(webhook: str, at: datetime, row: str, attempt: int) -> tuple[str, str]:
    """Key of a call of a webhook; the calls of one webhook lie in the order of time."""
    return f"WH#{webhook}", f"C#{at:%Y-%m-%dT%H:%M:%S.%f}#{row}#{attempt}"


def handled_key(source: str, at: datetime, request: str) -> tuple[str, str]:
    """Key of what became of a delivery; those of one source lie in the order of time."""
    return f"HK#{source}", f"D#{at:%Y-%m-%dT%H:%M:%S.%f}#{digest(request)[:8] if request else ''}"


ASIDE: Final = "aside"
"""The key under which `by_queue` lists what was set aside."""


PARKED: Final = "parked"
"""The key under which `by_queue` lists what was given up."""


API_KEYS: Final = "keys"
"""The key under which `by_queue` lists the API keys."""


LIVE_KEY: Final = ("CONFIG", "LIVE")


MONTHS: Final = "MONTHS"
