"""The shapes of the outside: tickets, entries, contacts and outbox rows as JSON.

The API, the command line and simulations all write these and no others. Empty is null, instants
are UTC with a `Z`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from guardia.config.diff import Change
from guardia.domain import counting
from guardia.domain.api_keys import ApiKey
from guardia.domain.breaker import Breaker
from guardia.domain.budgets import Address
from guardia.domain.clock import DATED, MetricEvent, Segment
from guardia.domain.desk import Desk
from guardia.domain.digests import DIGEST
from guardia.domain.model import Comment, Contact, Endpoint, Entry, OutboxRow, RuleTrace, Ticket
from guardia.domain.suspension import explanation
from guardia.domain.vocabulary import SLA_METRICS
from guardia.ports import Call, Delivery, Handled, Suspended, Version

_PUBLIC: Final = (
    "subject", "status", "priority", "type", "channel", "received_by", "group", "department",
    "assignee", "requester", "organization", "tags", "fields", "language", "schedule", "awaiting",
    "follows",
)  # fmt: skip
"""What an entry shows of its changes; the rest is bookkeeping."""


def instant(at: datetime | None) -> str | None:
    """Write an instant: `2026-03-06T17:30:00Z`, the second it lies in."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


def plain(value: Any) -> Any:
    """Turn any value of the domain into JSON's own kinds."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return value


def requester(contact: Contact | None, id_: str | None) -> dict[str, Any] | None:
    """A ticket's requester, as much as is known."""
    if id_ is None:
        return None
    known = contact or Contact(id=id_)
    return {
        "id": id_,
        "name": known.name,
        "email": known.email,
        "phone": known.phone,
        "language": known.language,
        "timezone": known.timezone,
        "country": known.country,
        "organization": known.organization,
        "tags": list(known.tags),
        "vip": known.vip,
        "verified": known.is_verified(known.email),
    }


def ticket(
    one: Ticket,
    contact: Contact | None,
    desk_at: Callable[[str], Desk],
    at: datetime,
    *,
    number: int | None = None,
) -> dict[str, Any]:
    """A ticket as it stands at an instant; `desk_at` gives the version of the desk that it was
    decided with. `number` is its place in a simulation, and left out elsewhere."""
    return {
        "id": one.id,
        **({"number": number} if number is not None else {}),
        "subject": one.subject,
        "status": one.status,
        "priority": one.priority,
        "type": one.type,
        "channel": one.channel,
        "received_by": one.received_by,
        "group": one.group,
        "department": one.department,
        "assignee": one.assignee,
        "requester": requester(contact, one.requester),
        "organization": one.organization,
        "tags": list(one.tags),
        "fields": plain(one.fields),
        "language": one.language,
        "schedule": one.schedule,
        "awaiting": one.awaiting,
        "ccs": list(one.ccs),
        "follows": one.follows,
        "satisfaction": None,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "due_at": instant(one.due_at),
        "solved_at": instant(one.solved_at),
        "version": one.version,
        "sla": sla_clocks(one, desk_at, at),
        "workflow": None,
    }


def entry(one: Entry) -> dict[str, Any]:
    """An entry of a ticket's history."""
    return {
        "seq": one.seq,
        "at": instant(one.at),
        "actor": {"kind": one.actor.kind, "email": one.actor.email},
        "event": one.event,
        "channel": one.channel,
        "comment": comment(one.comment),
        "changes": _changes(one.changes),
        "rules": [rule(each) for each in one.rules],
        "ledger": [ledger_line(each) for each in one.ledger],
    }


def sla_clocks(one: Ticket, desk_at: Callable[[str], Desk], at: datetime) -> list[dict[str, Any]]:
    """The SLA clocks of a ticket that have or had a target, as they read at an instant.

    What has ended reads the same by any desk: only a clock that counts needs the hours of its own.
    """
    if not one.clocks:
        return []
    desk = desk_at(one.config if any(each.lives for each in one.clocks) else "")
    found = [each for each in one.clocks if each.had_target]
    found.sort(key=lambda each: (SLA_METRICS.index(each.metric), each.instance))
    return [
        {
            "metric": each.metric,
            "instance": each.instance,
            "policy": each.policy,
            "target_seconds": each.target,
            "hours": each.hours,
            "state": each.state,
            "started_at": instant(each.started_at),
            "due_at": instant(each.due_at),
            "fulfilled_at": instant(each.fulfilled_at) if each.state != "cancelled" else None,
            "breached_at": instant(each.breached_at),
            "elapsed_seconds": counting.elapsed(desk, each, at),
            "segments": [segment(part) for part in counting.segments(desk, each, at)],
        }
        for each in found
    ]


def segment(one: Segment) -> dict[str, Any]:
    """A stretch of a clock: counted seconds, or the reason why it stood still."""
    return {
        "from": instant(one.start),
        "to": instant(one.end),
        "schedule": one.schedule if one.hours == "business" else None,
        "status": one.status,
        "policy": one.policy,
        "seconds": one.seconds,
        "reason": one.reason,
    }


def ledger_line(one: MetricEvent) -> dict[str, Any]:
    """What an entry did to a clock: the members that its type brings."""
    found: dict[str, Any] = {
        "metric": one.metric,
        "instance": one.instance,
        "type": one.type,
        "at": instant(one.at),
    }
    if one.type in DATED:
        found["due_at"] = instant(one.due_at)
    if one.type == "apply_sla":
        found |= {"policy": one.policy, "target_seconds": one.target, "hours": one.hours}
    if one.reason is not None:
        found["reason"] = one.reason
    if one.type == "warn":
        found["before_seconds"] = one.offset
    if one.type == "escalate":
        found["level"] = (one.offset or 0) + 1
    if one.segment is not None:
        found["segment"] = segment(one.segment)
    return found


def _changes(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name in _PUBLIC:
        if name not in changes:
            continue
        old, new = changes[name]
        if name != "fields":
            found[name] = [plain(old), plain(new)]
            continue
        before, after = dict(old or {}), dict(new or {})
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                found[f"fields.{key}"] = [plain(before.get(key)), plain(after.get(key))]
    return found


def comment(one: Comment | None) -> dict[str, Any] | None:
    """A comment; who may see a note is asked before this."""
    if one is None:
        return None
    return {
        "public": one.public,
        "by": one.by,
        "text": one.text,
        "original": one.original,
        "automatic": one.automatic,
        "verified": one.verified,
        "attachments": [
            {
                "name": each.name,
                "type": each.type,
                "size": each.size,
                "sha256": each.sha256,
                "inline": each.inline,
            }
            for each in one.attachments
        ],
    }


def rule(one: RuleTrace) -> dict[str, Any]:
    """What a rule did, condition by condition."""
    return {
        "kind": one.kind,
        "id": one.id,
        "matched": one.matched,
        "suppressed": list(one.suppressed),
        **({"late_seconds": one.late} if one.late is not None else {}),
        "conditions": [
            {
                "field": each.field,
                "operator": each.operator,
                "value": plain(each.value),
                "actual": plain(each.actual),
                "result": each.result,
            }
            for each in one.conditions
        ],
    }


def handled(one: Handled) -> dict[str, Any]:
    """What became of a source's delivery."""
    return {
        "at": instant(one.at),
        "id": one.id,
        "outcome": one.outcome,
        "status": one.status,
        "ticket": one.ticket,
    }


def outbox_row(row: OutboxRow, *, ticket: Any = None) -> dict[str, Any]:
    """A message that goes out. `ticket` replaces the id by a simulation's number."""
    return {
        "at": instant(row.not_before or row.at),
        "kind": row.kind,
        "channel": row.channel,
        "to": row.to[0] if len(row.to) == 1 else list(row.to),
        "template": row.template,
        "subject": row.subject,
        "text": row.text,
        "choices": [],
        "rule": row.rule,
        "ticket": ticket if ticket is not None else _ticket_of(row),
    }


def foreseen_row(row: OutboxRow) -> dict[str, Any]:
    """A message that would go out. Of a webhook no more than its name is told: who may read tickets
    need not know its address."""
    shown = outbox_row(row)
    return {**shown, "to": row.channel} if row.kind == "webhook" else shown


def _ticket_of(row: OutboxRow) -> str | None:
    """The ticket of a message; a digest is of none."""
    return None if row.ticket.startswith(DIGEST) else row.ticket


NO_VERSION: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("author", "at", "message", "parent", "hash", "files")),
    "number": 0,
    "live": True,
    "document": {},
}
"""What is live where nothing was published: a desk of defaults."""


def version(one: Version, *, live: int) -> dict[str, Any]:
    """A version of the desk document; `live` is the number of the live one."""
    return {
        "number": one.number,
        "author": one.author,
        "at": instant(one.at),
        "message": one.message,
        "parent": one.parent,
        "hash": one.hash,
        "live": one.number == live,
    }


def change(one: Change) -> dict[str, Any]:
    """What differs between two versions in one object of a section."""
    return {
        "section": one.section,
        "id": one.id,
        "change": one.change,
        "keys": [{"key": each.key, "old": each.old, "new": each.new} for each in one.keys],
    }


def suspended(one: Suspended, language: str) -> dict[str, Any]:
    """A message that was set aside; `language` is that of the explanation."""
    return {
        "id": one.id,
        "at": instant(one.at),
        "channel": one.channel,
        "reason": one.reason,
        "explanation": explanation(one.reason, language),
        "from": one.address,
        "subject": one.subject,
        "expires_at": instant(one.expires_at),
    }


def delivery(one: Delivery) -> dict[str, Any]:
    """A row of the outbox with how it stands: `recipients` tells what became of it where."""
    return {
        "id": one.row.id,
        **outbox_row(one.row),
        "state": one.state,
        "attempts": one.attempts,
        "next_try_at": instant(one.wake_at),
        "error": one.error,
        "recipients": dict(one.recipients),
    }


def webhook(endpoint: Endpoint, breaker: Breaker) -> dict[str, Any]:
    """A webhook with how its endpoint is doing: `ok`, `resting` after failures, or `disabled`."""
    resting = breaker.open_until is not None
    state = "disabled" if breaker.disabled else "resting" if resting else "ok"
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "state": state,
        "reason": breaker.disabled,
        "until": instant(breaker.open_until) if state == "resting" else None,
    }


def call(one: Call) -> dict[str, Any]:
    """A call of a webhook that was made; `took` is in milliseconds."""
    return {
        "id": one.row,
        "at": instant(one.at),
        "attempt": one.attempt,
        "outcome": one.outcome,
        "status": one.status,
        "took": one.took,
        "error": one.error,
    }


def address(name: str, one: Address) -> dict[str, Any]:
    """What is known of an address that the desk writes to."""
    return {
        "address": name,
        "state": one.state,
        "reason": one.reason,
        "since": instant(one.since),
        "sent_today": len(one.spent),
    }


def api_key(one: ApiKey) -> dict[str, Any]:
    """An API key, never the key itself."""
    return {
        "id": one.id,
        "name": one.name,
        "agent": one.agent,
        "scopes": list(one.scopes),
        "created_at": instant(one.created_at),
        "created_by": one.created_by,
        "expires_at": instant(one.expires_at),
        "last_used_at": instant(one.last_used_at),
        "revoked_at": instant(one.revoked_at),
    }


def contact(one: Contact) -> dict[str, Any]:
    """A contact."""
    return {
        "id": one.id,
        "name": one.name,
        "identities": [
            {
                "kind": each.kind,
                "value": each.value,
                "verified": each.verified,
                "primary": each.primary,
            }
            for each in one.identities
        ],
        "email": one.email,
        "phone": one.phone,
        "organization": one.organization,
        "language": one.language,
        "timezone": one.timezone,
        "country": one.country,
        "tags": list(one.tags),
        "fields": plain(one.fields),
        "notes": one.notes,
        "vip": one.vip,
        "merged_into": one.merged_into,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "version": one.version,
    }
