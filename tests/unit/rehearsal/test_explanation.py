"""An explanation adds up: clocks by their pieces, what is to come, one rule, another instant."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from guardia.domain.model import InvalidError, OutboxRow
from guardia.rehearsal.explanation import explained, instant
from guardia.rehearsal.world import World
from tests.scenarios import documents
from tests.unit.rehearsal import told
from tests.unit.rehearsal.cases import all_of, ask, case_of
from tests.unit.rehearsal.weekend import DESK, NOW, PARTS, READS, STEPS, STORY, parts_of

TIMED = [one for one in documents.FILES if one.parent.name in ("sla", "automations")]
BROKEN = {"changes": "what nobody can decide"}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@cache
def weekend() -> World:
    """The story's world; explaining changes nothing in it."""
    return told.of_document(STORY)[0]


def asked(**about: Any) -> dict[str, Any]:
    return ask(weekend(), NOW, **about)


def rule(name: str, **about: Any) -> dict[str, Any]:
    (found,) = asked(rule=name, **about)["rules"]
    assert isinstance(found, dict)
    return found


# -- clocks ---------------------------------------------------------------------------------------


def test_a_weekend_a_pause_and_a_new_priority_are_named_and_sum_to_the_clock() -> None:
    (clock,) = asked()["clocks"]

    assert parts_of(clock) == PARTS
    assert sum(part[3] for part in parts_of(clock)) == clock["elapsed_seconds"] == READS
    assert [(one["target_seconds"], one["seq"]) for one in clock["targets"]] == [(36_000, 1), (21_600, 6)]  # fmt: skip
    assert (clock["state"], clock["breached_at"]) == ("breached", "2026-03-10T08:30:00Z")


@pytest.mark.parametrize("path", TIMED, ids=documents.name_of)
def test_an_explanation_of_a_scenario_adds_up(path: Path) -> None:
    world, end = told.of_file(path)
    for number in world.numbers.values():
        found = ask(world, end, number)
        ticket = world.ticket(number)
        assert ticket is not None
        for clock in found["clocks"]:
            segments = clock["segments"]
            assert sum(one["seconds"] for one in segments) == clock["elapsed_seconds"]
            for one in segments:
                parts = one["parts"] or []
                ends = [part["to"] for part in parts[:-1]]
                assert [part["from"] for part in parts[1:]] == ends
        first = found["coming"][0]["at"] if found["coming"] else None
        assert first == (ticket.due_at and f"{ticket.due_at:%Y-%m-%dT%H:%M:%SZ}")


def test_a_holiday_is_told_from_a_night() -> None:
    desk = DESK | {"schedules": [DESK["schedules"][0] | {"holidays": ["2026-03-09"]}]}
    world, _ = told.of_document(STORY | {"desk": desk})

    (clock,) = ask(world, NOW)["clocks"]

    reasons = [part[4] for part in parts_of(clock)]
    assert reasons == [None, "holiday", "pending", "holiday", "holiday", None]


def test_hours_that_a_later_version_changed_are_told_as_they_were() -> None:
    longer = DESK | {"schedules": [DESK["schedules"][0] | {"hours": {"tue": [["09:00", "12:00"]]}}]}
    steps = [*STEPS[:-1], {"at": "2026-03-09T14:00:00+01:00", "config": longer}, STEPS[-1]]
    world, _ = told.of_document(STORY | {"steps": steps})

    (clock,) = ask(world, NOW)["clocks"]

    assert [part[:2] for part in parts_of(clock) if part[4] is None][-2:] == [
        ("2026-03-09T11:00:00Z", "2026-03-09T13:00:00Z"),
        ("2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z"),
    ]
    assert sum(part[3] for part in parts_of(clock)) == clock["elapsed_seconds"]


# -- what is to come ------------------------------------------------------------------------------


def test_each_coming_instant_names_its_rule_and_what_must_hold() -> None:
    world, now = told.of_document(STORY | {"steps": STEPS[:4]})

    found = [
        (one["at"], one["kind"], one["rule"], one["what"]) for one in ask(world, now)["coming"]
    ]

    assert found == [
        ("2026-03-09T13:30:00Z", "warn", "standard", "warning: 1h left of agent_work_time (standard)"),
        ("2026-03-10T08:30:00Z", "breach", "standard", "agent_work_time (standard) is missed"),
        ("2026-03-10T10:30:00Z", "escalate", "standard",
         "escalation 1 of agent_work_time (standard) 2h after it was missed"),
    ]  # fmt: skip
    assert ask(world, now)["coming"][1]["if"].startswith("if it is not solved before")


def test_what_should_have_come_already_is_overdue() -> None:
    world, now = told.of_document(STORY | {"steps": STEPS[:4]})

    first = ask(world, now + 3 * HOUR)["coming"][0]

    assert (first["overdue"], first["in_seconds"]) == (True, -1_800)


def test_a_ticket_that_a_newer_version_has_not_reached_is_explained_by_the_newer_one() -> None:
    world, now = told.of_document(STORY | {"steps": STEPS[:4]})
    later = DESK | {"sla_policies": [DESK["sla_policies"][1] | {"warn": ["2h"]}]}
    world.store.live += 1
    world.desks.add(world.store.live, told.compiled(later, world.store.live), now)

    first = ask(world, now)["coming"][0]

    assert (first["what"], first["at"]) == (
        "warning: 2h left of agent_work_time (standard)",
        "2026-03-09T12:30:00Z",
    )


# -- one rule -------------------------------------------------------------------------------------


def test_a_trigger_that_did_not_fire_says_why_condition_by_condition() -> None:
    found = rule("vip")

    assert (found["kind"], found["fired"]) == ("trigger", [])
    assert found["events"][1]["because"] == ["tags has vip: it was nothing", "update is create: it was change"]  # fmt: skip


def test_conditions_that_must_not_hold_are_blamed_only_where_they_do() -> None:
    steps = [*STEPS[:3], {"after": "1h", "reply": {"by": "eva@acme.example", "text": "No refund", "set": {"status": "solved"}}}]  # fmt: skip
    world, end = told.of_document(STORY | {"steps": steps})

    (found,) = ask(world, end, rule="hush")["rules"]

    assert found["events"][0]["because"] == ["comment has the words refund: it was VPN It is down"]
    assert found["events"][-1]["because"] == ["not (status is solved): it was solved"]


def test_an_automation_says_that_it_fired_and_still_holds() -> None:
    found = rule("nudge")

    assert found["fired"] == [4]
    assert [one["because"] for one in found["events"]][3:5] == [
        ["it fired: its conditions held"],
        ["it fired before, and its conditions have held ever since"],
    ]
    assert (found["now"]["fired"], found["now"]["holds"]) == (True, True)
    assert found["now"]["next_at"] is None
    assert found["now"]["says"].startswith("it has fired and its conditions still hold")


def test_an_automation_says_when_it_will_fire_and_what_it_waits_for() -> None:
    world, now = told.of_document(STORY | {"steps": STEPS[:3]})

    (found,) = ask(world, now, rule="nudge")["rules"]

    assert found["now"]["next_at"] == "2026-03-09T10:30:00Z"
    assert found["now"]["says"] == "it fires in 30m if nothing changes"
    (waits,) = found["now"]["waits_for"]
    assert (waits["field"], waits["actual"], waits["at"]) == ("hours_since.agent_update", 5_400, "2026-03-09T10:30:00Z")  # fmt: skip
    assert waits["says"] == "hours_since.agent_update is at least 2h of business hours: it is 1h 30m; time brings it"  # fmt: skip


def test_an_automation_that_only_a_change_can_set_off_says_so() -> None:
    world, now = told.of_document(STORY | {"steps": STEPS[:2]})

    (found,) = ask(world, now, rule="nudge")["rules"]

    assert found["now"]["says"] == "it will not fire unless the ticket changes"
    changes = {one["field"]: one["says"] for one in found["now"]["waits_for"]}
    assert changes["status"] == "status is open: it is pending; only a change of the ticket brings it"  # fmt: skip


def test_a_policy_behind_the_one_that_holds_is_told_to_stand_behind_it() -> None:
    policies = [DESK["sla_policies"][1], DESK["sla_policies"][0]]
    world, end = told.of_document(STORY | {"desk": DESK | {"sla_policies": policies}})

    (found,) = ask(world, end, rule="gold")["rules"]

    assert found["events"][0]["because"] == ["standard comes before it and holds"]


def test_a_policy_says_what_it_did_and_which_clocks_it_measures() -> None:
    found = rule("standard")

    said = {one["seq"]: one["because"][0] for one in reversed(found["events"])}
    assert said[1] == "it holds: its targets apply"
    assert said[8] == "agent_work_time (standard) is missed"
    assert found["now"]["says"] == "it measures agent_work_time"


def test_a_policy_is_told_once_of_an_entry_in_which_something_came_of_it() -> None:
    found = rule("standard")

    assert [one["seq"] for one in found["events"]] == [1, 2, 3, 4, 6, 7, 8]
    assert found["fired"] == [1, 2, 3, 4, 6, 7, 8]


def test_what_a_policy_did_and_that_it_holds_are_two_reasons() -> None:
    entry = next(one for one in asked()["entries"] if one["seq"] == 7)

    assert [one["because"] for one in entry["rules"] if one["matched"]] == [
        ["warning: 1h left of agent_work_time (standard)"]
    ]
    assert [one["because"] for one in entry["policies"] if one["matched"]] == [
        ["it holds: its targets apply"]
    ]


def test_a_policy_that_a_breach_put_an_end_to_says_both() -> None:
    when = {"all": [{"field": "tags", "not_includes": ["late"]}]}
    late = {"id": "late", "when": {"all": [{"field": "update", "is": "sla_breach"}]}, "do": [{"add_tags": ["late"]}]}  # fmt: skip
    policies = [DESK["sla_policies"][0], DESK["sla_policies"][1] | {"when": when}]
    world, end = told.of_document(
        STORY | {"desk": DESK | {"triggers": [late], "sla_policies": policies}}
    )

    (found,) = ask(world, end, rule="standard")["rules"]

    breach = found["events"][-1]
    assert breach["because"] == [
        "agent_work_time (standard) is missed",
        "from here on it does not hold: tags has not late: it was late",
    ]
    assert [one["result"] for one in breach["conditions"] if one["field"]] == [False]


def test_people_of_the_history_are_called_by_their_names() -> None:
    found = asked()

    _, requester = found["entries"][0]["changes"]["requester"]
    assert found["names"] == {requester: "Ana <ana@mail.example>"}


def test_an_earlier_requester_and_an_organisation_have_their_names_too() -> None:
    globex = {"id": "globex", "name": "Globex", "domains": ["globex.example"]}
    mail = {"from": "Bea <bea@globex.example>", "subject": "Hi", "text": "Hi"}
    steps = [*STEPS[:2], {"after": "1h", "email": mail}]
    world, end = told.of_document(
        STORY | {"desk": DESK | {"organizations": [globex]}, "steps": steps}
    )
    people = {one.name: one.id for one in world.people()}
    first = next(iter(world.numbers))
    merged = {"requester": (people["Bea"], people["Ana"])}
    world.store.histories[first][-1] = replace(world.store.histories[first][-1], changes=merged)

    assert ask(world, end, number=1)["names"] == {
        people["Ana"]: "Ana <ana@mail.example>",
        people["Bea"]: "Bea <bea@globex.example>",
    }
    assert ask(world, end, number=2)["names"] == {
        people["Bea"]: "Bea <bea@globex.example>",
        "globex": "Globex",
    }


def test_whom_nobody_knows_any_more_has_no_name() -> None:
    world, end = told.of_document(STORY | {"steps": STEPS[:2]})
    (first,) = world.numbers
    merged = {"requester": ("GONE0000", world.store.heads[first].requester)}
    world.store.histories[first][-1] = replace(world.store.histories[first][-1], changes=merged)

    assert "GONE0000" not in ask(world, end)["names"]


def test_a_trigger_that_another_one_stopped_names_it() -> None:
    triggers = [
        {"id": "first", "when": {"all": [{"field": "update", "is": "create"}]}, "do": [{"stop": True}]},
        {"id": "second", "when": {"all": [{"field": "update", "is": "create"}]}, "do": [{"add_tags": ["x"]}]},
    ]  # fmt: skip
    world, end = told.of_document(STORY | {"desk": DESK | {"triggers": triggers}})

    (found,) = ask(world, end, rule="second")["rules"]

    assert found["events"][0]["because"] == ["its conditions hold, but first stopped the triggers before it"]  # fmt: skip


def test_a_rule_that_only_an_older_version_had_is_still_explained() -> None:
    steps = [*STEPS[:4], {"after": "1h", "config": DESK | {"triggers": []}}, STEPS[-1]]
    world, end = told.of_document(STORY | {"steps": steps})

    (found,) = ask(world, end, rule="vip")["rules"]

    assert found["exists"] is False
    assert {one["config"] for one in found["events"]} == {"1"}


def test_asked_about_one_rule_the_entries_tell_of_it_alone() -> None:
    found = asked(rule="vip")

    assert {one["id"] for entry in found["entries"] for one in entry["rules"]} == {"vip"}


def test_a_rule_that_nobody_knows_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidError) as refused:
        asked(rule="nobody")
    assert (refused.value.path, refused.value.message) == ("rule", "the desk has no rule `nobody`")


# -- another instant ------------------------------------------------------------------------------


def test_in_the_past_the_ticket_stands_as_it_stood_then() -> None:
    then = asked(at=NOW - DAY)["then"]

    assert (then["when"], then["ticket"]["status"], then["ticket"]["priority"]) == ("past", "pending", None)  # fmt: skip
    (clock,) = then["clocks"]
    assert (clock["state"], clock["target_seconds"], clock["elapsed_seconds"]) == ("paused", 36_000, 5_400)  # fmt: skip
    assert then["happens"] == []


def test_before_it_was_opened_there_was_no_ticket() -> None:
    then = asked(at=NOW - 30 * DAY)["then"]
    assert (then["ticket"], then["clocks"], then["coming"]) == (None, [], [])


def test_in_the_future_what_time_brings_has_happened_in_order() -> None:
    then = asked(at=NOW + DAY)["then"]

    assert [(one["at"], one["due"]["kind"]) for one in then["happens"]] == [("2026-03-10T10:30:00Z", "escalate")]  # fmt: skip
    assert (then["ticket"]["priority"], then["whole"]) == ("urgent", True)
    assert then["clocks"][0]["elapsed_seconds"] == READS + 6 * 3_600


@pytest.mark.parametrize("path", TIMED, ids=documents.name_of)
def test_what_is_foreseen_is_what_then_happens(path: Path) -> None:
    world, end = told.of_file(path)
    until = end + 40 * DAY
    foreseen = {one: ask(world, end, one, at=until)["then"] for one in world.numbers.values()}
    before = {one: len(world.store.histories[one]) for one in world.numbers}
    sent = len(_of_tickets(world))

    list(world.advance(until, through=True))

    for id_, number in world.numbers.items():
        come = world.store.histories[id_][before[id_] :]
        then = foreseen[number]
        assert [one["seq"] for one in then["happens"]] == [one.seq for one in come][:len(then["happens"])]  # fmt: skip
        if then["whole"]:
            assert len(then["happens"]) == len(come)
            assert then["ticket"] == ask(world, until, number, at=until)["then"]["ticket"]
    if all(then["whole"] for then in foreseen.values()):
        assert (
            sum(len(then["outbox"]) for then in foreseen.values()) == len(_of_tickets(world)) - sent
        )


def _of_tickets(world: World) -> list[OutboxRow]:
    """What went out for tickets: a digest belongs to none."""
    return [one for one in world.outbox if one.ticket in world.numbers]


def test_to_foresee_changes_nothing() -> None:
    world = weekend()
    before = (dict(world.store.heads), len(world.outbox))
    asked(at=NOW + 30 * DAY)
    assert (dict(world.store.heads), len(world.outbox)) == before


def test_a_rule_that_comes_back_for_ever_is_foreseen_up_to_a_bound() -> None:
    daily = {"id": "daily", "every": {"at": "09:00"}, "do": [{"add_tags": ["x"]}]}
    world, end = told.of_document(STORY | {"desk": DESK | {"automations": [daily]}})

    then = ask(world, end, at=end + 1_000 * DAY)["then"]

    assert (then["whole"], len(then["happens"])) == (False, 200)
    assert then["until"] == then["happens"][-1]["at"]


def test_an_instant_beyond_ten_years_is_refused() -> None:
    with pytest.raises(InvalidError, match="ten years"):
        asked(at=NOW + 4_000 * DAY)


# -- pages ----------------------------------------------------------------------------------------


def test_a_history_is_explained_page_by_page() -> None:
    first = asked(limit=5)
    rest = asked(limit=5, after=int(first["next"]))

    seqs = [one["seq"] for one in (*first["entries"], *rest["entries"])]
    assert (seqs, rest["next"]) == (list(range(1, 9)), None)
    assert first["entries"] + rest["entries"] == asked()["entries"]


def test_entries_that_the_answer_cannot_hold_are_not_even_decided_again() -> None:
    taken: list[Any] = []

    def two(items: Iterable[Any]) -> list[Any]:
        taken.extend(islice(items, 2))
        return list(taken)

    case = case_of(weekend(), NOW)
    case.points[2:] = [replace(one, entry=replace(one.entry, asked=BROKEN)) for one in case.points[2:]]  # fmt: skip

    assert explained(case, two)["next"] == "2"
    with pytest.raises(AttributeError):
        explained(case, all_of)


def test_a_page_ends_where_an_answer_can_hold_no_more() -> None:
    found = explained(case_of(weekend(), NOW), lambda items: all_of(items)[:3], rule="vip")

    assert (found["next"], len(found["entries"])) == ("3", 3)
    assert [one["seq"] for one in found["rules"][0]["events"]] == [1, 2, 3]


# -- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-11T10:00:00+01:00", datetime(2026, 3, 11, 9, tzinfo=UTC)),
        ("12:30", datetime(2026, 3, 10, 11, 30, tzinfo=UTC)),
        ("09:00", datetime(2026, 3, 11, 8, tzinfo=UTC)),
        ("10:00", NOW),
        ("+2h", NOW + 2 * HOUR),
        ("-1d12h", NOW - 36 * HOUR),
        ("+90m", NOW + 1.5 * HOUR),
    ],
)
def test_an_instant_may_be_a_time_of_the_day_or_an_offset(text: str, at: datetime) -> None:
    assert instant(text, NOW, "Europe/Madrid") == at


def test_nine_o_clock_stays_nine_o_clock_over_a_change_of_the_clocks() -> None:
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)
    assert instant("09:00", evening, "Europe/Madrid") == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "+", "2026-03-11T10:00:00", "+999999999999d", "0001-01-01T00:00:00+14:00"])  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        instant(text, NOW, "Europe/Madrid")
    assert refused.value.path == "at"
