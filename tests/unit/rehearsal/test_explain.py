"""Why, and why not: an explanation says of every rule what the decision said."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guardia.config.load import load_document
from guardia.domain.model import RuleTrace
from guardia.rehearsal.explain import (
    ANOTHER_ANSWER,
    WRITTEN_BY_A_RULE,
    Replayed,
    again,
    course,
    explain,
)
from guardia.rehearsal.simulate import read_steps
from guardia.rehearsal.steps import Stage, Step, take
from guardia.rehearsal.world import World
from tests.scenarios import documents
from tests.unit.rehearsal import recording, told

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


def replayed(world: World) -> Iterator[Replayed]:
    for id_, ticket in world.store.heads.items():
        contact = world.store.contacts.get(ticket.requester or "")
        for point in course(ticket, world.store.histories[id_]):
            yield again(point, contact, world.desk_at)


def done(rules: tuple[RuleTrace, ...]) -> list[Any]:
    return [
        (one.kind, one.id, one.suppressed, one.late, one.conditions) for one in rules if one.matched
    ]


@pytest.mark.parametrize("path", documents.FILES, ids=documents.name_of)
def test_what_happened_in_a_scenario_is_what_its_explanation_says(path: Path) -> None:
    world, _ = told.of_file(path)

    for one in replayed(world):
        assert done(one.rules) == done(one.point.entry.rules)
        known = one.reason in (None, WRITTEN_BY_A_RULE)
        assert known or one.reason == "tickets_open was not looked up then", one.reason


def test_a_rule_stands_as_recorded_where_names_have_changed_since() -> None:
    world = a_world()
    (ticket,) = world.store.heads.values()
    contact = replace(world.store.contacts[ticket.requester or ""], name="Bea")
    points = course(ticket, world.store.histories[ticket.id])

    found = again(points[0], contact, world.desk_at)

    assert found.reason == ANOTHER_ANSWER
    assert [(one.id, one.matched) for one in found.rules] == [
        ("vip", True),
        ("name", True),
        ("refund", False),
    ]


def test_what_nobody_looked_up_is_said_of_the_rule_that_asks_for_it() -> None:
    asks = {
        "all": [{"field": "tags", "includes": ["never"]}, {"field": "tickets_open", "at_least": 1}]
    }
    rules = [
        *recording.DESK["triggers"],
        {"id": "many", "when": asks, "do": [{"add_tags": ["many"]}]},
    ]
    world = recording.lived(recording.document(triggers=rules))

    first = next(replayed(world))

    assert first.reason == "tickets_open was not looked up then"
    others = {one.id: one for one in first.rules if not one.matched}
    assert others["many"].suppressed == ("tickets_open was not looked up then",)
    assert [one.result for one in others["refund"].conditions] == [False, False]


def test_a_placeholder_of_the_latest_comment_reads_what_had_been_said_by_then() -> None:
    note = {"id": "quote", "when": {"all": [{"field": "comment_public", "is": "true"}]},
            "do": [{"notify": {"agent": "eva@acme.example", "text": "{{latest_comment.text}}"}}]}  # fmt: skip
    world = recording.lived(recording.document(triggers=[note]))

    said = [one.point.latest_comment for one in replayed(world)]

    assert said == ["", "It broke", "Which one?"]
    assert [one.reason for one in replayed(world)] == [None, None, None]


def test_an_entry_that_was_written_after_the_head_was_read_is_left_out() -> None:
    world = a_world()
    (ticket,) = world.store.heads.values()
    history = world.store.histories[ticket.id]
    earlier = course(ticket, history)[1].after

    assert [one.entry.seq for one in course(earlier, history)] == [1, 2]


def test_the_policies_that_were_asked_end_with_the_one_that_holds() -> None:
    policies = [
        {"id": name, "when": {"all": [{"field": "tags", "includes": [tag]}]}, "targets": [{"metric": "first_reply_time", "within": "1h"}]}
        for name, tag in (("gold", "gold"), ("vip", "vip"), ("rest", "vip"))
    ]  # fmt: skip
    world = recording.lived(recording.document(sla_policies=policies))

    first = next(replayed(world))

    assert [(one.id, one.matched) for one in first.policies] == [("gold", False), ("vip", True)]
