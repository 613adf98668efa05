"""Why, and why not: an explanation says of every rule what the decision said."""

from datetime import UTC, datetime
from typing import Any

from guardia.config.load import load_document
from guardia.rehearsal.explain import explain
from guardia.rehearsal.simulate import read_steps
from guardia.rehearsal.steps import Stage, Step, take
from guardia.rehearsal.world import World

DESK: dict[str, Any] = {
    "desk": {"name": "Acme", "addresses": ["help@acme.example"]},
    "agents": [{"email": "eva@acme.example", "name": "Eva", "role": "admin"}],
    "organizations": [{"id": "globex", "name": "Globex", "domains": ["globex.example"], "tags": ["vip"]}],
    "triggers": [
        {"id": "vip", "when": {"all": [{"field": "tags", "includes": ["vip"]}, {"field": "update", "is": "create"}]},
         "do": [{"set": {"priority": "urgent"}}]},
        {"id": "refund", "when": {"all": [{"field": "comment", "includes_words": "refund"}]}, "do": [{"add_tags": ["money"]}]},
        {"id": "name", "when": {"all": [{"field": "requester.name", "is": "Ana"}]}, "do": [{"add_tags": ["ana"]}]},
    ],
}  # fmt: skip


def a_world() -> World:
    world = World()
    world.publish(load_document(DESK), datetime(2026, 3, 4, 12, tzinfo=UTC))
    steps: list[Step] = read_steps(
        {
            "start": "2026-03-04T12:00:00Z",
            "steps": [
                {
                    "email": {
                        "from": "Ana <ana@globex.example>",
                        "subject": "Hi",
                        "text": "It broke",
                    }
                },
                {
                    "after": "5m",
                    "reply": {
                        "by": "eva@acme.example",
                        "text": "Which one?",
                        "set": {"status": "pending"},
                    },
                },
                {
                    "after": "5m",
                    "email": {"from": "ana@globex.example", "ticket": 1, "text": "I want a refund"},
                },
            ],
        }
    )
    stage = Stage(world)
    for step in steps:
        take(step, stage)
    return world


def explained(world: World) -> list[dict[str, Any]]:
    (ticket,) = world.store.heads.values()
    contact = world.store.contacts[ticket.requester or ""]
    return explain(ticket, world.store.histories[ticket.id], contact, world.desk_at)


def test_every_rule_is_explained_in_every_entry() -> None:
    found = explained(a_world())

    assert [[(one["id"], one["matched"]) for one in entry["rules"]] for entry in found] == [
        [("vip", True), ("name", True), ("refund", False)],
        [("name", True), ("vip", False), ("refund", False)],
        [("refund", True), ("name", True), ("vip", False)],
    ]
    assert all(entry["replayed"] for entry in found)


def test_the_condition_that_failed_is_named_with_what_was_there() -> None:
    entry = explained(a_world())[1]
    vip = next(one for one in entry["rules"] if one["id"] == "vip")

    failed = [one for one in vip["conditions"] if one["field"] and not one["result"]]

    assert failed == [
        {
            "field": "update",
            "operator": "is",
            "value": "create",
            "actual": "change",
            "result": False,
        }
    ]


def test_what_fired_then_is_what_an_explanation_says_now() -> None:
    world = a_world()
    (history,) = world.store.histories.values()

    recorded = [sorted(one.id for one in entry.rules) for entry in history]
    again = [sorted(r["id"] for r in entry["rules"] if r["matched"]) for entry in explained(world)]

    assert recorded == again
