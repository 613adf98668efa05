"""Who writes and what a new ticket starts with."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from guardia.domain.arrival import Arrival
from guardia.domain.desk import Desk
from guardia.domain.model import Contact, Identity, Organization, Ticket

MAX_COPIES: Final = 48


def met(
    desk: Desk, arrival: Arrival, known: Contact | None, *, answered: bool, new_id: str
) -> Contact | None:
    """Return the sender as the desk knows them after this message; None without an address.

    A person is made on first contact. Language and name are kept once; an address counts as
    verified from the first message that proves it: one that is verified itself, or one with which
    the ticket's own people `answered` to an address that we had signed. An agent is never a
    contact.
    """
    address = arrival.sender
    if address is None or address in desk.agents:
        return None
    proved = arrival.verified or answered
    language = arrival.language or arrival.guessed
    if known is None:
        return Contact(
            id=new_id,
            name=arrival.sender_name,
            identities=(
                Identity(
                    kind=identity_of(address)[0], value=address, verified=proved, primary=True
                ),
                *_also(arrival, ()),
            ),
            language=language,
            organization=desk.domains.get(address.rpartition("@")[2]),
            created_at=arrival.at,
            updated_at=arrival.at,
        )
    trusted = known.is_verified(address)  # a name given before that may be a stranger's words
    identities = tuple(
        replace(one, verified=one.verified or proved) if one.value == address else one
        for one in (*known.identities, *_also(arrival, known.identities))
    )
    after = replace(
        known,
        identities=identities,
        name=arrival.sender_name if proved and not trusted else known.name or arrival.sender_name,
        language=known.language or language,
    )
    return known if after == known else replace(after, updated_at=arrival.at)


def _also(arrival: Arrival, known: tuple[Identity, ...]) -> tuple[Identity, ...]:
    """The phone number that came with an address, for somebody who has none."""
    has_one = any(one.kind == "phone" for one in known)
    if arrival.phone is None or arrival.phone == arrival.sender or has_one:
        return ()
    return (Identity(kind="phone", value=arrival.phone, primary=True),)


def identity_of(value: str) -> tuple[str, str]:
    """Return what an agent names a person by: a phone number begins with `+`, else an address."""
    return ("phone", value) if value.startswith("+") else ("email", value)


def named(
    desk: Desk, value: str, name: str | None, known: Contact | None, *, at: datetime, new_id: str
) -> Contact:
    """Return the requester whom an agent or a program names; a person unknown so far is made.

    Nobody proved that the address or number is theirs, so it counts as unverified.
    """
    if known is not None:
        after = replace(known, name=known.name or name)
        return known if after == known else replace(after, updated_at=at)
    return Contact(
        id=new_id,
        name=name,
        identities=(Identity(kind=identity_of(value)[0], value=value, primary=True),),
        organization=desk.domains.get(value.rpartition("@")[2]),
        created_at=at,
        updated_at=at,
    )


def organization_of(desk: Desk, contact: Contact | None) -> str | None:
    """The organisation of a contact: their own, else the document's by the domain of an address."""
    if contact is None:
        return None
    domains = (one.value.rpartition("@")[2] for one in contact.identities if one.kind == "email")
    by_domain = next((desk.domains[one] for one in domains if one in desk.domains), None)
    return contact.organization or by_domain


def opened(
    desk: Desk,
    *,
    id: str,
    channel: str,
    requester: Contact | None,
    organization: Organization | None,
    subject: str = "",
    received_by: str | None = None,
    department: str | None = None,
    heard_from: str | None = None,
    language: str | None = None,
    follows: str | None = None,
) -> Ticket:
    """Return a new ticket as it is before its first event.

    The tags of requester and organisation are copied onto it now and never again; its department
    is the one named, else the one that owns the address it came to, and its group the department's.
    """
    part = desk.departments.get(department or "") or desk.department_at(received_by)
    own_tags = requester.tags if requester else ()
    company_tags = organization.tags if organization else ()
    name = organization.id if organization else organization_of(desk, requester)
    return Ticket(
        id=id,
        subject=" ".join(subject.split())[:500],
        channel=channel,
        received_by=received_by,
        department=part.id if part else None,
        group=part.group if part else None,
        requester=requester.id if requester else None,
        organization=name,
        tags=tuple(dict.fromkeys((*company_tags, *own_tags))),
        language=(requester.language if requester else None) or language,
        heard_from=heard_from,
        follows=follows,
    )


def copies_of(desk: Desk, arrival: Arrival) -> tuple[str, ...]:
    """The people in copy who will get answers: nobody's on the word of an unverified sender."""
    if not arrival.verified:
        return ()
    strangers = (
        one
        for one in arrival.copies
        if one != arrival.sender and one not in desk.agents and not desk.reaches_us(one)
    )
    return tuple(dict.fromkeys(strangers))[:MAX_COPIES]
