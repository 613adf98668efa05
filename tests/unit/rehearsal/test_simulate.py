"""Simulation documents that make no sense are told so; nothing else happens."""

from typing import Any

import pytest

from guardia.config.load import load_document
from guardia.config.problem import DocumentError
from guardia.rehearsal.simulate import simulate
from guardia.rehearsal.steps import SimulationError

START = "2026-03-06T12:00:00Z"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({}, "start"),
        ({"start": "2026-03-06T12:00:00"}, "start: needs its offset"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "outside the years"),
        ({"start": START, "steps": [{"after": "9999999999d", "wait": {}}]}, "too long"),
        ({"start": START, "steps": [{"after": "9999999d", "wait": {}}]}, "too long"),
        ({"start": START, "steps": [{"dance": {}}]}, "steps"),
        ({"start": START, "steps": [{"message": {}}]}, "not built"),
        ({"start": START, "steps": [{"update": {"ticket": 3}}]}, "no ticket 3"),
        ({"start": START, "expect": [{"nothing": 1}]}, "expect"),
    ],
)
def test_a_document_that_makes_no_sense_is_told_where(document: Any, place: str) -> None:
    with pytest.raises(SimulationError, match=place):
        simulate(document, load_document)


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        ({"ticket": 1, "asignee": None}, "`asignee`; did you mean `assignee`?"),
        ({"ticket": 1, "sla.first_replay_time.due_at": None}, "did you mean `first_reply_time`?"),
        ({"ticket": 1, "sla.first_reply_time.due": None}, "did you mean `due_at`?"),
        ({"ticket": 1, "sla": [{"stat": "active"}]}, "`sla: stat`; did you mean `state`?"),
        ({"ticket": 1, "requester.nam": None}, "did you mean `name`?"),
        ({"outbox": 1, "tempalte": "x"}, "did you mean `template`?"),
        ({"outbox_count": 0, "kind": "email"}, "`outbox_count` stands alone"),
        ({"no_outbox": {"templte": "x", "kind": "email"}}, "did you mean `template`?"),
        ({"no_outbox": {"kind": "emial"}}, "did you mean `email`?"),
        ({"contact": "ana@globex.example", "tgas": []}, "did you mean `tags`?"),
    ],
)
def test_an_expectation_that_names_what_does_not_exist_is_refused(row: Any, hint: str) -> None:
    """It could not fail."""
    mail = {"email": {"from": "ana@globex.example", "subject": "One", "text": "Hi"}}
    with pytest.raises(SimulationError) as refusal:
        simulate({"start": START, "steps": [mail], "expect": [row]}, load_document)
    assert hint in str(refusal.value)


@pytest.mark.parametrize(
    "desk",
    [
        {"fields": [{"id": "c", "type": {"a": 1}, "title": "C"}]},
        {"fields": [{"id": "c", "type": ["text"], "title": "C"}]},
        {
            "triggers": [
                {
                    "id": "t",
                    "when": {"field": "hours_since.created", "at_least": "10m", "schedule": []},
                    "do": [{"stop": True}],
                }
            ]
        },
    ],
)
def test_a_desk_of_odd_shapes_is_refused_by_name(desk: Any) -> None:
    with pytest.raises(DocumentError):
        simulate({"start": START, "desk": desk}, load_document)


def test_an_expectation_beyond_the_calendar_is_just_not_met() -> None:
    steps = [{"email": {"from": "ana@globex.example", "text": "Hi"}}]
    expected = [{"ticket": 1, "created_at": "9999-12-31T23:59:59-14:00"}]

    answer = simulate({"start": START, "steps": steps, "expect": expected}, load_document)

    assert answer["expect"][0]["ok"] is False
