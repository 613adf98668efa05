"""What a webhook is told: the body that a rule wrote, filled in, or the standard one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from guardia.domain import letters
from guardia.domain.letters import Reader
from guardia.domain.moment import Moment
from guardia.domain.placeholders import Template

MOST_TEXT: Final = 20_000
"""Characters of a comment that the standard body carries."""


def body(moment: Moment, written: Any, *, rule: str) -> str:
    """Return the body of a call as JSON.

    `written` is the tree of a rule, its texts compiled; None gives the standard body: the ticket,
    its requester, the comment of this update, what happened and the rule.
    """
    tree = _standard(moment, rule) if written is None else _filled(moment, written)
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _filled(moment: Moment, tree: Any) -> Any:
    if isinstance(tree, Template):
        desk = moment.desk
        reader = Reader(to=(), language=desk.locale, zone=desk.timezone, team=True)
        return letters.write(tree, moment, reader, blank=False)[0]
    if isinstance(tree, Mapping):
        # In one order, however the document was kept: the same call is the same bytes.
        return {key: _filled(moment, tree[key]) for key in sorted(tree)}
    if isinstance(tree, list | tuple):
        return [_filled(moment, one) for one in tree]
    return tree


def _standard(moment: Moment, rule: str) -> dict[str, Any]:
    ticket, person, said = moment.ticket, moment.requester, moment.event.comment
    return {
        "event": moment.event.kind,
        "rule": rule,
        "at": _instant(moment.at),
        "actor": {"kind": moment.event.actor.kind, "email": moment.event.actor.email},
        "ticket": {
            "id": ticket.id,
            "subject": ticket.subject,
            "status": ticket.status,
            "priority": ticket.priority,
            "type": ticket.type,
            "channel": ticket.channel,
            "group": ticket.group,
            "department": ticket.department,
            "assignee": ticket.assignee,
            "organization": ticket.organization,
            "tags": list(ticket.tags),
            "fields": {key: _plain(value) for key, value in ticket.fields.items()},
            "language": ticket.language,
            "url": f"{moment.desk.url}/tickets/{ticket.id}" if moment.desk.url else None,
            "created_at": _instant(ticket.created_at),
        },
        "requester": {
            "name": person.name if person else None,
            "email": person.email if person else None,
            "phone": person.phone if person else None,
        },
        "comment": None
        if said is None
        else {"public": said.public, "by": said.by, "text": said.text[:MOST_TEXT]},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _instant(value)
    return list(value) if isinstance(value, tuple) else value


def _instant(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None
