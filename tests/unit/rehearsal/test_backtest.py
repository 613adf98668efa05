"""Recorded tickets through two desks: what differs, and which rule made it so."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from guardia.rehearsal import backtest, files
from guardia.rehearsal.records import Record, RecordError, read, write
from guardia.rehearsal.replay import replay
from tests.unit.rehearsal.recording import BEGIN, DESK, document, lived, records_of, triggers

AUTOMATION = {
    "id": "solve",
    "when": {"all": [{"field": "status", "is": "pending"}, {"field": "hours_since.pending", "at_least": "3d"}]},
    "do": [{"set": {"status": "solved"}}],
}  # fmt: skip
PROMISE = {"id": "gold", "targets": [{"metric": "first_reply_time", "within": "30m"}]}
WAITING = (
    {"email": {"from": "ana@globex.example", "subject": "Hi", "text": "It broke"}},
    {"after": "5m", "reply": {"by": "eva@acme.example", "text": "Which?", "set": {"status": "pending"}}},
)  # fmt: skip


def tried(
    before: Mapping[str, Any], after: Mapping[str, Any], records: list[Record]
) -> dict[str, Any]:
    return backtest.compiled(before, after).tally(records).answer()


def rule(answer: Mapping[str, Any], id_: str) -> tuple[int, int]:
    return next((one["before"], one["after"]) for one in answer["rules"] if one["id"] == id_)


def because(answer: Mapping[str, Any]) -> list[tuple[str, str, bool, bool]]:
    return [
        (one["kind"], one["id"], one["before"], one["after"])
        for one in answer["differences"][0]["because"]
    ]


def test_a_record_is_written_and_read_back_as_it_was() -> None:
    for one in records_of(lived(document())):
        assert read(write(one)) == one


def test_a_record_keeps_no_markup_no_conditions_and_no_ledger() -> None:
    (one,) = records_of(lived(document(sla_policies=[PROMISE])))

    assert all(not rule.conditions for entry in one.entries for rule in entry.rules)
    assert all(not entry.ledger for entry in one.entries)
    assert all(entry.comment is None or entry.comment.html is None for entry in one.entries)


def test_the_same_desk_makes_no_difference() -> None:
    desk = document(automations=[AUTOMATION], sla_policies=[PROMISE])
    records = records_of(lived(desk, until=BEGIN + timedelta(days=40)))

    answer = tried(desk, desk, records)

    assert (answer["tickets"], answer["differing"], answer["differences"]) == (1, 0, [])
    assert rule(answer, "vip") == (1, 1)


def test_a_rule_that_moved_and_changes_nothing_makes_no_difference() -> None:
    desk = document()
    other = document(triggers=[*triggers()[1:], triggers()[0]])

    assert tried(desk, other, records_of(lived(desk)))["differing"] == 0


def test_a_trigger_that_sets_something_else_is_named_with_the_field_before_and_after() -> None:
    desk = document()
    other = document(triggers=triggers(vip={"do": [{"set": {"priority": "high"}}]}))

    answer = tried(desk, other, records_of(lived(desk)))

    (found,) = answer["differences"]
    assert [(one["field"], one["before"], one["after"]) for one in found["fields"]] == [
        ("priority", "urgent", "high")
    ]
    assert found["first"] == {"at": "2026-03-04T12:00:00Z", "event": "create", "seq": 1}
    assert because(answer) == [("trigger", "vip", True, True)]
    assert answer["because"] == [{"kind": "trigger", "id": "vip", "tickets": 1}]
    assert answer["aspects"] == {"fields": 1, "deadlines": 0, "messages": 0, "refused": 0}


def test_a_trigger_that_is_gone_fires_no_more_and_its_mail_is_missing() -> None:
    desk = document()

    answer = tried(desk, document(triggers=triggers(ack=None)), records_of(lived(desk)))

    assert rule(answer, "ack") == (1, 0)
    assert because(answer) == [("trigger", "ack", True, False)]
    (message,) = answer["differences"][0]["messages"]
    assert (message["only"], message["subject"], message["rule"]) == ("before", "We have it", "ack")


def test_what_a_changed_rule_sets_off_is_not_blamed() -> None:
    urgent = {
        "id": "page",
        "when": {"all": [{"field": "priority", "changed_to": "urgent"}]},
        "do": [{"add_tags": ["paged"]}],
    }
    desk = document(triggers=[*triggers(), urgent])
    other = document(triggers=[*triggers(vip=None), urgent])

    answer = tried(desk, other, records_of(lived(desk)))

    assert (rule(answer, "vip"), rule(answer, "page")) == ((1, 0), (1, 0))
    assert because(answer) == [("trigger", "vip", True, False)]


def test_another_text_of_a_template_is_a_difference_by_the_template() -> None:
    desk = document()
    other = document(templates=[{"id": "ack", "subject": "Got it", "body": "Thank you."}])

    answer = tried(desk, other, records_of(lived(desk)))

    assert because(answer) == [("template", "ack", True, True)]
    assert [one["subject"] for one in answer["differences"][0]["messages"]] == [
        "We have it", "Got it",
    ]  # fmt: skip


def test_another_group_of_a_department_is_a_difference_of_the_opening() -> None:
    mail = {"email": {"from": "bea@mail.example", "to": "sales@acme.example", "subject": "A", "text": "B"}}  # fmt: skip
    desk = document()
    other = document(departments=[{**DESK["departments"][0], "group": "tech"}])

    answer = tried(desk, other, records_of(lived(desk, [mail])))

    assert because(answer) == [("opening", "opening", True, True)]
    (field,) = answer["differences"][0]["fields"]
    assert (field["field"], field["before"], field["after"]) == ("group", "sellers", "tech")


def test_an_organisations_new_tags_reach_its_new_tickets() -> None:
    desk = document()
    other = document(organizations=[{**DESK["organizations"][0], "tags": ["gold"]}])

    answer = tried(desk, other, records_of(lived(desk)))

    (tags,) = (one for one in answer["differences"][0]["fields"] if one["field"] == "tags")
    assert (tags["before"], tags["after"]) == (["vip", "money"], ["gold", "money"])
    assert rule(answer, "vip") == (1, 0)


def test_an_automation_that_comes_sooner_moves_the_instant_and_is_named() -> None:
    desk = document(automations=[AUTOMATION])
    sooner = {**AUTOMATION, "when": {"all": [{"field": "status", "is": "pending"}, {"field": "hours_since.pending", "at_least": "2d"}]}}  # fmt: skip
    records = records_of(lived(desk, WAITING, BEGIN + timedelta(days=5)))

    answer = tried(desk, document(automations=[sooner]), records)

    (status,) = answer["differences"][0]["fields"]
    assert (status["before"], status["after"]) == ("solved", "solved")
    assert status["before_at"] == "2026-03-07T12:05:00Z"
    assert status["after_at"] == "2026-03-06T12:05:00Z"
    assert because(answer) == [("automation", "solve", False, True)]


def test_time_ends_with_the_last_recorded_instant_or_where_somebody_says() -> None:
    desk = document(automations=[AUTOMATION])
    records = records_of(lived(document(), WAITING))

    plain = backtest.compiled(document(), desk).tally(records).answer()
    longer = backtest.compiled(document(), desk, until=BEGIN + timedelta(days=9)).tally(records)

    assert plain["differing"] == 0
    assert rule(longer.answer(), "solve") == (0, 1)


def test_another_target_moves_the_deadline_and_the_policy_is_named() -> None:
    desk = document(sla_policies=[PROMISE])
    other = document(
        sla_policies=[{**PROMISE, "targets": [{**PROMISE["targets"][0], "within": "3m"}]}]  # type: ignore[dict-item]  # a plain desk section
    )

    answer = tried(desk, other, records_of(lived(desk, WAITING)))

    (deadline,) = answer["differences"][0]["deadlines"]
    assert deadline["before"]["state"] == "fulfilled"
    assert deadline["after"]["state"] == "breached"
    assert deadline["after"]["breached_at"] == "2026-03-04T12:03:00Z"
    assert because(answer) == [("sla_policy", "gold", True, True)]


def test_a_policy_that_promises_nothing_any_more_was_there_before() -> None:
    strict = PROMISE | {"when": {"all": [{"field": "tags", "includes": ["gold"]}]}}
    desks = (document(sla_policies=[PROMISE]), document(sla_policies=[strict]))

    lost = tried(*desks, records_of(lived(desks[0], WAITING)))
    gained = tried(*desks[::-1], records_of(lived(desks[1], WAITING)))

    assert because(lost) == [("sla_policy", "gold", True, False)]
    assert because(gained) == [("sla_policy", "gold", False, True)]


def test_a_target_that_matters_only_later_was_there_before() -> None:
    low = {"metric": "first_reply_time", "priority": ["low"], "within": "10m"}
    both = PROMISE | {"targets": [low, *PROMISE["targets"]]}
    steps = (WAITING[0], {"after": "1m", "update": {"by": "eva@acme.example", "set": {"priority": "low"}}}, WAITING[1])  # fmt: skip
    desks = (document(sla_policies=[PROMISE]), document(sla_policies=[both]))

    answer = tried(*desks, records_of(lived(desks[0], steps)))

    assert answer["differences"][0]["first"]["event"] == "change"
    assert because(answer) == [("sla_policy", "gold", True, True)]


def test_a_warning_of_one_life_alone_is_what_the_policy_fired_there() -> None:
    warned = PROMISE | {"warn": ["29m"]}
    desks = (document(sla_policies=[PROMISE]), document(sla_policies=[warned]))
    hold = ({"after": "2m", "note": {"by": "eva@acme.example", "text": "?"}}, WAITING[1])

    answer = tried(*desks, records_of(lived(desks[0], (WAITING[0], *hold))))

    assert rule(answer, "gold") == (0, 1)


def test_a_reply_that_would_find_the_ticket_closed_is_told_as_refused() -> None:
    desk = document()
    other = document(triggers=[*triggers(), {"id": "shut", "when": {"all": [{"field": "status", "changed_to": "pending"}]}, "do": [{"set": {"status": "closed"}}]}])  # fmt: skip

    answer = tried(desk, other, records_of(lived(desk)))

    (refused,) = answer["differences"][0]["refused"]
    assert (refused["only"], refused["reason"], refused["at"]) == ("after", "closed", "2026-03-04T12:10:00Z")  # fmt: skip
    assert because(answer) == [("trigger", "shut", False, True)]


def test_a_ticket_that_a_desk_would_not_open_is_told_as_refused() -> None:
    desk = document()
    (record,) = records_of(lived(desk))
    first = record.entries[0]
    asked = {**first.asked, "changes": {"group": "lost"}}
    record = replace(record, entries=(replace(first, asked=asked), *record.entries[1:]))

    life = replay(backtest.compiled(desk, desk).before, record)

    assert (life.ticket, life.entries) == (None, [])
    assert [one.reason for one in life.refused] == ["unknown_value"]


def test_a_question_that_no_record_answers_is_told() -> None:
    desk = document()
    asks = {"id": "busy", "when": {"all": [{"field": "tickets_open", "at_least": 1}]}, "do": [{"add_tags": ["busy"]}]}  # fmt: skip

    answer = tried(desk, document(triggers=[*triggers(), asks]), records_of(lived(desk)))

    assert (answer["differing"], answer["assumed"]) == (0, {"tickets_open": 1})


# -- files -----------------------------------------------------------------------------------------


def many(number: int) -> list[bytes]:
    (record,) = records_of(lived(document()))
    return [write(replace(record, ticket=f"T{n}")).encode() + b"\n" for n in range(number)]


def run(lines: list[bytes], **more: Any) -> backtest.Tally:
    other = document(triggers=triggers(vip=None))
    return files.backtest(lines, document(), other, **more)


def test_all_that_differ_are_counted_and_the_first_are_kept() -> None:
    told: list[int] = []

    found = run(many(120), keep=3, told=lambda tally: told.append(tally.tickets))

    assert (found.tickets, found.differing) == (120, 120)
    assert [one["ticket"] for one in found.differences] == ["T0", "T1", "T2"]
    assert told == [50, 100, 120]


def test_several_processes_find_what_one_finds() -> None:
    lines = many(130)

    assert run(lines, jobs=2).answer() == run(lines).answer()


def test_a_tally_goes_on_where_it_was_written_down() -> None:
    lines = many(60)
    first, rest, whole = run(lines[:20], keep=30), run(lines[20:], keep=30), run(lines, keep=30)

    again = backtest.Tally.of(json.loads(json.dumps(first.answer())), keep=30)
    again.add(rest)

    assert again == whole


def test_empty_lines_are_passed_over() -> None:
    assert run([b"\n", *many(2), b"   \n"]).tickets == 2


def broken(**changes: Any) -> bytes:
    data = json.loads(many(1)[0])
    return json.dumps({**data, **changes}).encode()


def entries(place: int, **changes: Any) -> bytes:
    data = json.loads(many(1)[0])
    data["entries"][place] = {**data["entries"][place], **changes}
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not UTF-8"),
        (b"[" * 100_000, "is not JSON"),
        (b"7", "it has no `ticket`"),
        (b"{}", "it has no `ticket`"),
        (broken(entries=[]), "has no `entries`"),
        (broken(entries=[7]), "cannot be read"),
        (broken(contact=7), "cannot be read"),
        (entries(1, seq=7), "entry 2: has the number 7"),
        (entries(1, event="create"), "entry 2: `create` is no event that stands in this place"),
        (entries(0, event="dance"), "entry 1: `dance` is no event"),
        (entries(1, at="yesterday"), "entry 2: has an instant without its offset"),
        (entries(1, at={"@": "2026-03-04T12:00:00"}), "entry 2: has an instant without"),
        (entries(1, at={"@": "never"}), "cannot be read"),
        (entries(1, actor=None), "entry 2: has no actor"),
        (entries(1, asked=7), "entry 2: does not say what was asked for"),
        (entries(0, asked={"verified": True}), "entry 1: does not say what the ticket began as"),
        (entries(0, asked={"ticket": {"status": 7}}), "entry 1 cannot be decided again"),
    ],
)
def test_a_broken_line_is_named_with_its_number_and_nothing_comes_of_the_file(
    line: bytes, reason: str
) -> None:
    with pytest.raises(RecordError) as caught:
        run([*many(2), line, *many(1)])

    assert caught.value.line == 3
    assert str(caught.value).startswith("line 3: ")
    assert reason in caught.value.reason
