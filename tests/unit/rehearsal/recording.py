"""Recorded tickets for tests: stories told in steps, on a desk of a few rules."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from guardia.config.load import load_document
from guardia.domain.model import RefusedError
from guardia.rehearsal.records import Record, recorded
from guardia.rehearsal.simulate import read_steps
from guardia.rehearsal.steps import Stage, take
from guardia.rehearsal.world import World

START: Final = "2026-03-04T12:00:00Z"
BEGIN: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
DESK: Final[dict[str, Any]] = {
    "desk": {"name": "Acme", "addresses": ["help@acme.example"]},
    "departments": [{"id": "sales", "addresses": ["sales@acme.example"], "group": "sellers"}],
    "groups": [{"id": "tech"}, {"id": "sellers"}],
    "agents": [{"email": "eva@acme.example", "name": "Eva", "role": "admin", "groups": ["tech", "sellers"]}],
    "organizations": [{"id": "globex", "name": "Globex", "domains": ["globex.example"], "tags": ["vip"]}],
    "templates": [{"id": "ack", "subject": "We have it", "body": "Thank you."}],
    "triggers": [
        {"id": "vip", "when": {"all": [{"field": "tags", "includes": ["vip"]}, {"field": "update", "is": "create"}]},
         "do": [{"set": {"priority": "urgent"}}]},
        {"id": "ack", "when": {"all": [{"field": "update", "is": "create"}]}, "do": [{"email": {"to": "requester", "template": "ack"}}]},
        {"id": "refund", "when": {"all": [{"field": "comment", "includes_words": "refund"}]}, "do": [{"add_tags": ["money"]}]},
    ],
}  # fmt: skip

STEPS: Final[tuple[dict[str, Any], ...]] = (
    {"email": {"from": "Ana <ana@globex.example>", "subject": "Hi", "text": "It broke"}},
    {"after": "5m", "reply": {"by": "eva@acme.example", "text": "Which one?", "set": {"status": "pending"}}},
    {"after": "5m", "email": {"from": "ana@globex.example", "ticket": 1, "text": "I want a refund"}},
)  # fmt: skip


def document(**sections: Any) -> dict[str, Any]:
    """The desk in its stored form, with other sections in place of its own."""
    return load_document({**DESK, **sections})


def triggers(**others: Any) -> list[dict[str, Any]]:
    """The desk's triggers, some with other keys; one that is None is left out."""
    found = []
    for one in DESK["triggers"]:
        if others.get(one["id"], {}) is not None:
            found.append({**one, **others.get(one["id"], {})})
    return found


def lived(
    desk: Mapping[str, Any], steps: Sequence[Mapping[str, Any]] = STEPS, until: datetime = BEGIN
) -> World:
    """A world after its steps, and after an instant: what is due in between happens in time."""
    world = World()
    world.publish(desk, BEGIN)
    stage = Stage(world)
    for step in read_steps({"start": START, "steps": steps}):
        list(world.advance(step.at, through=False))
        with suppress(RefusedError):
            take(step, stage)
    list(world.advance(until, through=True))
    return world


def records_of(world: World) -> list[Record]:
    """The records of all tickets of a world."""
    found = []
    for id_, ticket in world.store.heads.items():
        contact = world.store.contacts.get(ticket.requester or "")
        company = world.store.organizations.get(ticket.organization or "")
        found.append(recorded(ticket, world.store.histories[id_], contact, company))
    return found
