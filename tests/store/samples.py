"""Things to put into a store. The `full_…` ones leave no field at its default."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from guardia.domain.clock import Clock, MetricEvent, Segment
from guardia.domain.model import (
    Actor,
    Attachment,
    Comment,
    ConditionTrace,
    Contact,
    Endpoint,
    Entry,
    Identity,
    OutboxRow,
    RuleTrace,
    Ticket,
)
from guardia.ports import Commit

AT = datetime(2026, 3, 6, 17, 30, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ticket(id_: str = "AAAAAAA1", **fields: Any) -> Ticket:
    given = {"version": 1, "subject": "VPN", "created_at": AT, "updated_at": AT, **fields}
    return Ticket(id=id_, **given)


def entry(seq: int = 1, **fields: Any) -> Entry:
    given: dict[str, Any] = {
        "at": AT,
        "received_at": AT,
        "actor": Actor(kind="end_user"),
        "event": "create" if seq == 1 else "change",
        "channel": "email",
        "event_id": f"mail:{seq}",
        **fields,
    }
    return Entry(seq=seq, **given)


def said(text: str, *, public: bool = True) -> Comment:
    return Comment(text=text, public=public)


def row(ticket_id: str = "AAAAAAA1", seq: int = 1, n: int = 1, **fields: Any) -> OutboxRow:
    given: dict[str, Any] = {
        "at": AT,
        "kind": "email",
        "channel": "email",
        "to": ("ana@globex.example",),
        "subject": "Re: VPN",
        "text": "Hola",
        "sender": "soporte@acme.example",
        "sender_name": "Acme",
        "language": "es",
        **fields,
    }
    return OutboxRow(ticket=ticket_id, seq=seq, n=n, **given)


def contact(id_: str = "CCCCCCC1", *emails: str, **fields: Any) -> Contact:
    found = tuple(Identity(kind="email", value=one) for one in emails)
    given = {"identities": found, "created_at": AT, "updated_at": AT, **fields}
    return Contact(id=id_, **given)


def opening(id_: str = "AAAAAAA1", **fields: Any) -> Commit:
    """The commit of a new ticket with its first entry."""
    given: dict[str, Any] = {
        "mark": f"mark of {id_}",
        "answer": {"ticket": id_},
        "ticket": ticket(id_),
        "entries": (entry(),),
        **fields,
    }
    return Commit(**given)


def change(before: Ticket, **fields: Any) -> Commit:
    """The commit of a ticket's next version."""
    version = before.version + 1
    after = replace(before, version=version, **fields)
    return Commit(ticket=after, expected=before.version, entries=(entry(version),))


_FILE = Attachment(
    name="registro ñ.txt", type="text/plain", size=12, sha256="ab" * 32, inline=True,
    content_id="part1@mail",
)  # fmt: skip

full_segment = Segment(
    start=AT, end=AT + MINUTE, schedule="oficina", status="open", policy="vip", hours="business",
    seconds=59, reason="espera del proveedor", condensed=True,
)  # fmt: skip

full_clock = Clock(
    metric="first_reply_time", instance=1, started_at=AT, since=AT + MINUTE, schedule="oficina",
    status="pending", reason="pending", group="tecnicos", counted=59, segments=(full_segment,), policy="vip",
    target=3600, hours="business", measure="last_schedule", due_at=AT + 60 * MINUTE,
    fulfilled_at=AT + 2 * MINUTE, breached_at=AT + 3 * MINUTE, cancelled_at=AT + 4 * MINUTE,
    warned=(600, 300), escalated=(0, 1),
)  # fmt: skip

full_line = MetricEvent(
    metric="first_reply_time", instance=1, type="pause", at=AT + MINUTE, schedule="oficina",
    status="pending", reason="pending", group="tecnicos", segment=full_segment,
    segments=(full_segment, full_segment), policy="vip", target=3600, hours="business",
    measure="last_schedule", due_at=AT + 60 * MINUTE, warned=(600,), offset=300,
)  # fmt: skip

full_ticket = Ticket(
    id="FVLL0001", version=7, subject="Ñandú «VPN» 🚒", status="pending", priority="urgent",
    type="incident", channel="form", received_by="soporte@acme.example", group="tecnicos",
    department="soporte", assignee="luis@acme.example", requester="CCCCCCC1",
    organization="globex", tags=("vip", ""), language="es", schedule="oficina",
    fields={"code": "X-1", "seats": 3, "rate": 1.5, "sure": False, "areas": ("a", "b"), "no": None},
    awaiting="requester", ccs=("bea@globex.example",), heard_from="ana@globex.example",
    thread=("<1@mail>", "<2@mail>"), follows="AAAAAAA0", reopens=2, replies=3,
    unproved=True, automatic="precedence", updated_by="recordar", fired=("recordar", "resolver"), firings={"recordar": 2}, config="3",
    clocks=(full_clock, Clock(metric="next_reply_time", instance=2, started_at=AT, since=AT)),
    **{
        name: AT + n * MINUTE
        for n, name in enumerate(
            (
                "created_at", "updated_at", "opened_at", "pending_at", "on_hold_at", "solved_at",
                "closed_at", "assigned_at", "requester_update_at", "agent_update_at",
                "unanswered_since", "due_at", "updated_before",
            )
        )
    },
)  # fmt: skip

full_contact = Contact(
    id="CCCCCCC1", version=4, name="Ana Núñez", organization="globex", language="es",
    identities=(
        Identity(kind="email", value="ana@globex.example", verified=True, primary=True),
        Identity(kind="phone", value="+34600111222"),
    ),
    timezone="Europe/Madrid", country="ES", tags=("vip",), fields={"plan": "oro", "areas": ("a",)},
    notes="habla bajo", vip=True, merged_into="CCCCCCC0", created_at=AT, updated_at=AT + MINUTE,
)  # fmt: skip

full_entry = Entry(
    seq=7, at=AT, received_at=AT - MINUTE, event="change", channel="email", event_id="mail:7",
    actor=Actor(kind="agent", email="luis@acme.example", contact="CCCCCCC1"),
    comment=Comment(
        text="Sí", public=False, by="luis@acme.example", subject="Re: VPN", original="Sí\n> ¿no?",
        html="<p>Sí</p>", attachments=(_FILE,), message_id="<7@mail>", raw="raw/2026/03/06/7",
        automatic="auto_submitted", verified=False,
    ),
    changes={"status": ("open", "pending"), "tags": ((), ("vip",)), "solved_at": (AT, None)},
    rules=(
        RuleTrace(
            kind="trigger", id="uno", matched=True, suppressed=("email: loop",), late=90,
            conditions=(
                ConditionTrace(
                    field="tags", operator="includes", value=("vip",), actual=(), result=False
                ),
                ConditionTrace(field="replies", operator="is", value=0, actual=AT, result=True),
            ),
        ),
    ),
    asked={"status": "pending", "tags": ("vip",)}, facts={"tickets_open": 0, "at": AT},
    ledger=(full_line,), config="3", code="0.1", tzdata="2026.6",
)  # fmt: skip

full_row = OutboxRow(
    ticket="FVLL0001", seq=7, n=2, at=AT, kind="notify", channel="sms",
    to=("eva@acme.example", "luis@acme.example"), subject="Sí", text="Aviso", language="en",
    sender="soporte@acme.example", sender_name="Acme «1»", template="aviso", rule="uno",
    automatic=False, acknowledges=True, reply="agent", thread=("<1@mail>",), attachments=(_FILE,),
    not_before=AT + 5 * MINUTE, endpoint=Endpoint(id="pager", url="https://pager.example/"),
    team=True, verified=False, about="0f",
)  # fmt: skip

FULL = (full_ticket, full_contact, full_entry, full_row, full_clock, full_line, full_segment)
