"""Why, and why not: decide an entry again and tell what each rule asked, found and answered.

The ticket is rebuilt as it was, the event as it came, with the facts that were looked up then and
the config version of that time. What an entry does not keep, the names and addresses of people, is
read from the contact as it is now.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from guardia import shapes
from guardia.domain.decide import decide
from guardia.domain.desk import Desk
from guardia.domain.model import (
    Contact,
    Decision,
    Entry,
    Event,
    Organization,
    RefusedError,
    State,
    Ticket,
    undo,
)


def explain(
    ticket: Ticket,
    entries: Sequence[Entry],
    contact: Contact | None,
    desk_at: Callable[[str], Desk],
) -> list[dict[str, Any]]:
    """Explain every entry of a ticket, in order.

    `entries` is the whole history, `desk_at` gives the desk of a config version. An entry that
    cannot be decided again (a comment that a rule wrote, a rule that is not understood any more)
    keeps what was recorded, and says so in `replayed`.
    """
    found: list[dict[str, Any]] = []
    after: Ticket | None = ticket
    for entry in reversed(entries):
        assert after is not None  # noqa: S101 - only the first entry has nothing before it
        before = undo(after, entry)
        rules = _replay(before, after, entry, contact, desk_at)
        found.append(
            {
                **shapes.entry(entry),
                "config": entry.config,
                "replayed": rules is not None,
                "rules": [shapes.rule(one) for one in rules or entry.rules],
            }
        )
        after = before
    return found[::-1]


def _replay(
    before: Ticket | None,
    after: Ticket,
    entry: Entry,
    contact: Contact | None,
    desk_at: Callable[[str], Desk],
) -> Any:
    if not entry.asked:
        return None
    state = State(
        ticket=before,
        requester=_requester(entry, contact),
        organization=_organization(entry),
        tickets_open=entry.facts.get("tickets_open"),
        latest_comment="",
    )
    try:
        decision = decide(desk_at(entry.config), state, _event(entry, after), explain=True)
    except RefusedError:
        return None
    if not isinstance(decision, Decision):
        return None
    own = next((one for one in decision.entries if one.seq == entry.seq), None)
    return own.rules if own else None


def _event(entry: Entry, after: Ticket) -> Event:
    asked = entry.asked
    first: Mapping[str, Any] = asked.get("ticket", {})
    start = {name: pair[1] for name, pair in first.items()}
    return Event(
        id=entry.event_id,
        at=entry.received_at,
        kind=entry.event,
        actor=entry.actor,
        channel=entry.channel,
        ticket=Ticket(id=after.id, **start),
        comment=entry.comment,
        changes=asked.get("changes", {}),
        add_tags=asked.get("add_tags", ()),
        remove_tags=asked.get("remove_tags", ()),
        set_tags=asked.get("set_tags"),
        copies=asked.get("copies", ()),
        verified=asked.get("verified", True),
        automatic=asked.get("automatic"),
        doubted=asked.get("doubted", False),
    )


def _requester(entry: Entry, contact: Contact | None) -> Contact | None:
    kept = entry.facts.get("requester")
    if kept is None:
        return None
    now = contact if contact and contact.id == kept["id"] else None
    return Contact(
        **kept,
        name=now.name if now else None,
        identities=now.identities if now else (),
    )


def _organization(entry: Entry) -> Organization | None:
    kept = entry.facts.get("organization")
    return Organization(**kept) if kept else None
