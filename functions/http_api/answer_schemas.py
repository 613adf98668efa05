"""JSON Schemas of what the API answers: every member is always there, what is empty is null."""

from typing import Any, Final

from guardia.domain.api_keys import ALL, SCOPES
from guardia.domain.vocabulary import AWAITING, CHANNELS, PRIORITIES, STATUSES, TYPES

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
YES_OR_NO: Final[Schema] = {"type": "boolean"}
ANYTHING: Final[Schema] = {}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
MAPPING: Final[Schema] = {"type": "object"}


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def words(*allowed: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(allowed)}


def maybe(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def members(description: str, /, **properties: Schema) -> Schema:
    """An object with exactly these members."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def page(name: str) -> Schema:
    """A page of a list."""
    return members(
        "A page. It may be short; only `next: null` ends the list.",
        items=many(ref(name)),
        next=maybe(TEXT),
    )


_MAYBE: Final = maybe(TEXT)
_AT: Final = maybe(INSTANT)

_VERSION: Final[dict[str, Schema]] = {
    "number": NUMBER,
    "author": _MAYBE,
    "at": _AT,
    "message": _MAYBE,
    "parent": maybe(NUMBER),
    "hash": _MAYBE,
    "live": YES_OR_NO,
}
_KEY: Final[dict[str, Schema]] = {
    "id": TEXT,
    "name": TEXT,
    "agent": _MAYBE,
    "scopes": many(words(*SCOPES, ALL)),
    "created_at": INSTANT,
    "created_by": _MAYBE,
    "expires_at": _AT,
    "last_used_at": _AT,
    "revoked_at": _AT,
}
_ROW: Final[dict[str, Schema]] = {
    "at": INSTANT,
    "kind": words("email", "message", "webhook", "notify"),
    "channel": TEXT,
    "to": {"anyOf": [TEXT, TEXTS]},
    "template": _MAYBE,
    "subject": TEXT,
    "text": TEXT,
    "choices": many(ANYTHING),
    "rule": _MAYBE,
    "ticket": {"type": ["string", "integer"]},
}
_SET_ASIDE: Final[dict[str, Schema]] = {
    "id": TEXT,
    "at": INSTANT,
    "channel": TEXT,
    "reason": TEXT,
    "explanation": TEXT,
    "from": _MAYBE,
    "subject": _MAYBE,
    "expires_at": INSTANT,
}
ENTRY: Final[dict[str, Schema]] = {
    "seq": NUMBER,
    "at": INSTANT,
    "actor": members("Who did it.", kind=words("end_user", "agent", "system"), email=_MAYBE),
    "event": words("create", "change", "clock", "job"),
    "channel": _MAYBE,
    "comment": maybe(ref("Comment")),
    "changes": {
        "type": "object",
        "description": "Fields that changed, each [old, new].",
        "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2},
    },
    "rules": many(ref("Rule")),
    "ledger": many(ref("LedgerLine")),
}
_PROBLEM: Final[dict[str, Schema]] = {
    "file": _MAYBE,
    "line": maybe(NUMBER),
    "column": maybe(NUMBER),
    "message": TEXT,
    "path": _MAYBE,
}

SCHEMAS: Final[dict[str, Schema]] = {
    "Problem": {
        "type": "object",
        "description": "Why not (RFC 9457). `errors` name places of the request.",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": NUMBER,
            "detail": TEXT,
            "errors": many(
                {
                    "type": "object",
                    "properties": {"path": _MAYBE, "message": TEXT},
                    "required": ["path", "message"],
                }
            ),
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Requester": members(
        "Who a ticket is from, as much as is known.",
        id=TEXT,
        name=_MAYBE,
        email=_MAYBE,
        phone=_MAYBE,
        language=_MAYBE,
        timezone=_MAYBE,
        country=_MAYBE,
        organization=_MAYBE,
        tags=TEXTS,
        vip=YES_OR_NO,
        verified=YES_OR_NO,
    ),
    "Ticket": members(
        "A ticket. Instants are UTC; `due_at` is the next one at which anything is due.",
        id=TEXT,
        subject=TEXT,
        status=words(*STATUSES),
        priority=maybe(words(*PRIORITIES)),
        type=maybe(words(*TYPES)),
        channel=words(*CHANNELS),
        received_by=_MAYBE,
        group=_MAYBE,
        department=_MAYBE,
        assignee=_MAYBE,
        requester=maybe(ref("Requester")),
        organization=_MAYBE,
        tags=TEXTS,
        fields=MAPPING,
        language=_MAYBE,
        schedule=_MAYBE,
        awaiting=words(*AWAITING),
        ccs=TEXTS,
        follows=_MAYBE,
        satisfaction=_MAYBE,
        created_at=INSTANT,
        updated_at=INSTANT,
        due_at=_AT,
        solved_at=_AT,
        version=NUMBER,
        sla=many(MAPPING),
        workflow=maybe(MAPPING),
    ),
    "Comment": members(
        "What somebody wrote; a note where it is not public.",
        public=YES_OR_NO,
        by=_MAYBE,
        text=TEXT,
        original=_MAYBE,
        automatic=_MAYBE,
        verified=YES_OR_NO,
        attachments=many(
            members("A file.", name=TEXT, type=TEXT, size=NUMBER, sha256=TEXT, inline=YES_OR_NO)
        ),
    ),
    "Rule": members(
        "What a rule did, condition by condition.",
        kind=TEXT,
        id=TEXT,
        matched=YES_OR_NO,
        suppressed=TEXTS,
        late_seconds=NUMBER,
        conditions=many(
            members(
                "A condition: what it asked, and what was there.",
                field=TEXT,
                operator=TEXT,
                value=ANYTHING,
                actual=ANYTHING,
                result=YES_OR_NO,
            )
        ),
    )
    | {"required": ["kind", "id", "matched", "suppressed", "conditions"]},
    "Entry": members("One event of a ticket's history.", **ENTRY),
    "Key": members("An API key, never the key itself.", **_KEY),
    "NewKey": members(
        "An API key; `key` is shown this once, and null where the request was repeated.",
        **_KEY,
        key=_MAYBE,
    ),
    "Delivery": members(
        "What became of a source's delivery.",
        at=INSTANT,
        id=_MAYBE,
        outcome=TEXT,
        status=NUMBER,
        ticket=_MAYBE,
    ),
    "OutboxRow": members(
        "A message that goes out, and how it stands.",
        id=TEXT,
        **_ROW,
        state=words("new", "leased", "accepted", "parked"),
        attempts=NUMBER,
        next_try_at=_AT,
        error=_MAYBE,
        recipients={"type": "object", "additionalProperties": TEXT},
    ),
    "StuckTicket": members(
        "A ticket on which time could not pass; it was due at `due_at`, and nobody tries again by "
        "himself since `given_up_at` (null: it is tried again).",
        ticket=TEXT,
        due_at=INSTANT,
        failures=NUMBER,
        given_up_at=_AT,
    ),
    "Job": members(
        "Long work. `counts` is how much of it was done, `answer` what came of it, `error` the kind"
        " of the last failure.",
        id=TEXT,
        kind=TEXT,
        state=words("queued", "running", "done", "failed"),
        counts={"type": "object", "additionalProperties": NUMBER},
        answer=maybe(MAPPING),
        error=_MAYBE,
        created_at=INSTANT,
        updated_at=INSTANT,
    ),
    "Webhook": members(
        "A webhook and how its endpoint is doing.",
        id=TEXT,
        url=TEXT,
        state=words("ok", "resting", "disabled"),
        reason=_MAYBE,
        until=_AT,
    ),
    "Call": members(
        "A call of a webhook; `took` is in milliseconds.",
        id=TEXT,
        at=INSTANT,
        attempt=NUMBER,
        outcome=TEXT,
        status=maybe(NUMBER),
        took=NUMBER,
        error=_MAYBE,
    ),
    "Address": members(
        "What is known of an address that the desk writes to.",
        address=TEXT,
        state=_MAYBE,
        reason=_MAYBE,
        since=_AT,
        sent_today=NUMBER,
    ),
    "Version": members("A version of the desk document.", **_VERSION),
    "Config": members(
        "A version with its document, and its files where it was sent as files.",
        **_VERSION,
        document=MAPPING,
        files=maybe(MAPPING),
    ),
    "Published": members(
        "The version that is live now.",
        **_VERSION,
        document=MAPPING,
        files=maybe(MAPPING),
        warnings=many(ref("DocumentProblem")),
    ),
    "DocumentProblem": members("What is wrong in a document, and where.", **_PROBLEM),
    "Checked": members(
        "Whether a document could go live, and what it would change.",
        ok=YES_OR_NO,
        errors=many(ref("DocumentProblem")),
        warnings=many(ref("DocumentProblem")),
        live=NUMBER,
        files_differ=YES_OR_NO,
        changes=many(
            members(
                "What differs in one object of a section.",
                section=TEXT,
                id=_MAYBE,
                change=TEXT,
                keys=many(members("A key.", key=TEXT, old=ANYTHING, new=ANYTHING)),
            )
        ),
    ),
    "Simulated": members(
        "What a simulation came to.",
        tickets=many(MAPPING),
        outbox=many(MAPPING),
        timeline=many(MAPPING),
        alerts=many(MAPPING),
        contacts=many(MAPPING),
        expect=many(MAPPING),
    ),
    "Records": members(
        "A page of recorded tickets, each for one line of a file; `left_out` are the ids of those "
        "that are too long for an answer. Only `next: null` ends the list.",
        items=many(MAPPING),
        left_out=TEXTS,
        next=maybe(TEXT),
    ),
    "JobId": members("A job that was started; GET /v1/jobs/{id} tells how it stands.", job=TEXT),
    "SetAside": members("A message that was set aside.", **_SET_ASIDE),
    "Preview": members(
        "A message that was set aside, with its text.",
        **_SET_ASIDE,
        text=TEXT,
        attachments=many(ANYTHING),
    ),
    "TicketId": members("A ticket.", ticket=_MAYBE),
    "Health": members("It lives.", status=words("ok")),
}
