"""Questions about hours as lines of JSON."""

import json
from typing import Any

import pytest

from guardia.config.schedules import read_schedule
from guardia.domain.hours import ALWAYS_OPEN, Hours
from guardia.rehearsal.hours import answer, answer_line

OFFICE = {
    "timezone": "Europe/Madrid",
    "hours": {
        "thu": [["09:00", "14:00"], ["16:00", "19:00"]],
        "fri": [["09:00", "15:00"]],
        "mon": [["09:00", "14:00"]],
    },
    "holidays": ["2026-03-20"],
    "breaks": {"2026-03-05": [["10:00", "10:30"]]},
}
FRIDAY, SATURDAY = "2026-03-06T14:30:00+01:00", "2026-03-07T12:00:00Z"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"op": "is_open", "at": FRIDAY}, {"value": True}),
        ({"op": "on_holiday", "at": "2026-03-19T23:00:00Z"}, {"value": True}),
        ({"op": "on_holiday", "at": "2026-03-19T22:59:59Z"}, {"value": False}),
        ({"op": "on_break", "at": "2026-03-05T09:29:59Z"}, {"value": True}),
        ({"op": "between", "start": FRIDAY, "end": "2026-03-09T09:10:00+01:00"}, {"seconds": 2400}),
        ({"op": "between", "start": SATURDAY, "end": FRIDAY}, {"seconds": 0}),
        ({"op": "add", "start": FRIDAY, "seconds": 1800}, {"at": "2026-03-06T14:00:00Z"}),
        ({"op": "add", "start": SATURDAY, "seconds": 0}, {"at": "2026-03-09T08:00:00Z"}),
        ({"op": "subtract", "start": SATURDAY, "seconds": 0}, {"at": "2026-03-06T14:00:00Z"}),
        ({"op": "subtract", "start": SATURDAY, "seconds": 60}, {"at": "2026-03-06T13:59:00Z"}),
        ({"op": "next_open", "at": FRIDAY}, {"at": "2026-03-06T13:30:00Z"}),
        ({"op": "previous_open", "at": SATURDAY}, {"at": "2026-03-06T14:00:00Z"}),
        ({"op": "next_close", "at": FRIDAY}, {"at": "2026-03-06T14:00:00Z"}),
        ({"op": "previous_close", "at": FRIDAY}, {"at": "2026-03-05T18:00:00Z"}),
        (
            {"op": "periods", "start": "2026-03-05T00:00:00Z", "end": FRIDAY},
            {
                "periods": [
                    ["2026-03-05T08:00:00Z", "2026-03-05T09:00:00Z"],
                    ["2026-03-05T09:30:00Z", "2026-03-05T13:00:00Z"],
                    ["2026-03-05T15:00:00Z", "2026-03-05T18:00:00Z"],
                    ["2026-03-06T08:00:00Z", "2026-03-06T13:30:00Z"],
                ]
            },
        ),
        (
            {"op": "periods_after", "start": FRIDAY, "count": 2},
            {
                "periods": [
                    ["2026-03-06T13:30:00Z", "2026-03-06T14:00:00Z"],
                    ["2026-03-09T08:00:00Z", "2026-03-09T13:00:00Z"],
                ]
            },
        ),
        (
            {"op": "periods_before", "start": FRIDAY, "count": 2},
            {
                "periods": [
                    ["2026-03-06T08:00:00Z", "2026-03-06T13:30:00Z"],
                    ["2026-03-05T15:00:00Z", "2026-03-05T18:00:00Z"],
                ]
            },
        ),
    ],
)
def test_every_question_is_answered_under_its_id(
    question: dict[str, Any], expected: dict[str, Any]
) -> None:
    request = {"id": "q1", "schedule": OFFICE, **question}

    assert answer(request, {}) == {"id": "q1", **expected}


def test_a_schedule_may_be_named_by_its_id() -> None:
    known = {"oficina": Hours(read_schedule(OFFICE))}

    got = answer({"id": 1, "op": "next_open", "schedule": "oficina", "at": SATURDAY}, known)

    assert got == {"id": 1, "at": "2026-03-09T08:00:00Z"}


def test_a_named_schedule_is_asked_itself_and_not_as_a_plain_one() -> None:
    got = answer({"op": "add", "schedule": "x", "start": FRIDAY, "seconds": 10**9},
                 {"x": ALWAYS_OPEN})  # fmt: skip

    assert got == {"id": None, "at": "2057-11-12T15:16:40Z"}


def test_a_schedule_may_bring_the_calendars_it_refers_to() -> None:
    request = {
        "op": "is_open",
        "schedule": {**OFFICE, "calendars": ["festivos"]},
        "calendars": [{"id": "festivos", "dates": ["2026-03-06"]}],
        "at": FRIDAY,
    }

    assert answer(request, {})["value"] is False


def line(**question: Any) -> bytes:
    return json.dumps({"id": "q", "op": "is_open", "schedule": OFFICE, **question}).encode()


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (b"hola", None, "the line is not JSON"),
        (b"\xff\xfe\xfa", None, "the line is not"),
        (b'"\xe9"', None, "the line is not UTF-8"),
        (b"[" * 100_000, None, "the line is not JSON"),
        (b'["q"]', None, "the line is not an object"),
        (b'{"id": 7}', 7, "`op`: unknown question `None`"),
        (line(op="next_opne"), "q", "did you mean `next_open`?"),
        (line(op=["is_open"]), "q", "`op`: unknown question"),
        (line(), "q", "`at`: is missing; write an instant with its offset"),
        (line(at=3), "q", "`at`: is no text"),
        (line(at="mañana"), "q", "`at`: `mañana` is not an instant"),
        (line(at="2026-03-06T14:30:00"), "q", "has no offset"),
        (line(at="2026-03-06"), "q", "has no offset"),
        (line(at="0001-01-01T00:00:00+14:00"), "q", "hours are known for the years 1900 to 2199"),
        (line(at="9999-12-31T23:59:59-14:00"), "q", "hours are known for the years 1900 to 2199"),
        (line(op="on_holiday", at="0001-01-01T00:00:00Z"), "q", "hours are known for the years"),
        (line(op="add", start=FRIDAY), "q", "`seconds`: write a whole number"),
        (line(op="add", start=FRIDAY, seconds=1.5), "q", "`seconds`: write a whole number"),
        (line(op="add", start=FRIDAY, seconds=True), "q", "`seconds`: write a whole number"),
        (line(op="add", start=FRIDAY, seconds=-1), "q", "`seconds`: -1 is below 0"),
        (line(op="add", start=FRIDAY, seconds=10**30), "q", "no answer within the next 10 years"),
        (line(op="periods_before", start=FRIDAY, count=10**9), "q", "within the last 10 years"),
        (line(schedule=None, at=FRIDAY), "q", "`schedule`: write a schedule"),
        (line(schedule="oficina", at=FRIDAY), "q", "name the desk that has it with --desk"),
        (line(schedule={}, op="next_open", at=FRIDAY), "q", "no answer within the next 10 years"),
        (line(schedule={"hours": {"mon": [["9:00", "10:00"]]}}, at=FRIDAY), "q",
         "`schedule`: hours.mon[0][0]: `9:00` is not a time"),
        (line(schedule={"calendars": ["x"]}, at=FRIDAY), "q", "there is no calendar `x`"),
        (line(calendars={}, at=FRIDAY), "q", "`calendars`: write a list"),
        (line(calendars=[1], at=FRIDAY), "q", "`calendars[0]`: write {id: …, dates: […]}"),
        (line(calendars=[{"id": "x", "dates": ["2026-02-30"]}], at=FRIDAY), "q",
         "`calendars[0].dates`: [0]: there is no 2026-02-30 in the calendar"),
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_answered_with_what_is_wrong(
    text: bytes, name: Any, said: str
) -> None:
    got = answer_line(text, 4, {})

    assert (got["id"], got["line"]) == (name, 4)
    assert said in got["error"]
