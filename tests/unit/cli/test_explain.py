"""`guardia explain` tells a ticket's story so that a support lead can read it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from typer.testing import CliRunner, Result

from guardia.domain.model import InvalidError
from guardia.rehearsal.explanation import instant
from guardia.rehearsal.world import World
from infra.cli.main import app
from tests.unit.rehearsal import told
from tests.unit.rehearsal.cases import ask, case_of
from tests.unit.rehearsal.weekend import DESK, NOW, STEPS, STORY

ZONE = "Europe/Madrid"


@cache
def story(steps: int = len(STEPS)) -> tuple[World, datetime]:
    return told.of_document(STORY | {"steps": STEPS[:steps]})


class FakeDesk:
    """Answers as the API does, with a ticket of a world; `asked` are the queries it was sent."""

    def __init__(self, world: World, now: datetime) -> None:
        self.asked: list[Mapping[str, list[str]]] = []
        self._world, self._now = world, now

    def __call__(self, method: str, url: str, **_: Any) -> httpx.Response:
        place = urlsplit(url)
        status, body = 200, self._answer(place.path, parse_qs(place.query))
        if "status" in body and "title" in body:
            status = body["status"]
        return httpx.Response(status, json=body, request=httpx.Request(method, url))

    def _answer(self, path: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        case = case_of(self._world, self._now)
        if case.ticket.id not in path:
            return {"status": 404, "title": "Not found", "detail": "there is no such ticket"}
        if not path.endswith("/explain"):
            return case.shape(case.present)
        self.asked.append(query)
        told_of = {name: one[0] for name, one in query.items()}
        at = instant(told_of["at"], self._now, ZONE) if "at" in told_of else None
        page = {"after": int(told_of["cursor"]), "limit": min(5, int(told_of["limit"]))}
        try:
            return ask(self._world, self._now, rule=told_of.get("rule"), at=at, **page)
        except InvalidError as refused:
            errors = [{"path": refused.path, "message": refused.message}]
            return {"status": 422, "title": "No", "detail": refused.message, "errors": errors}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    return _use(monkeypatch, len(STEPS), NOW)


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    """The desk on Monday at noon: nothing was late yet."""
    return _use(monkeypatch, 4, story(4)[1])


def _use(monkeypatch: pytest.MonkeyPatch, steps: int, now: datetime) -> FakeDesk:
    found = FakeDesk(story(steps)[0], now)
    monkeypatch.setattr(httpx, "request", found)
    monkeypatch.setenv("GUARDIA_URL", "http://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")
    return found


def run(*words: str) -> Result:
    ticket = next(iter(story()[0].numbers))
    return CliRunner().invoke(app, ["explain", ticket, *words])


def lines(result: Result) -> list[str]:
    """What was said, each line without its blanks."""
    assert result.exit_code == 0, result.output
    return [" ".join(one.split()) for one in result.stdout.splitlines()]


@pytest.mark.usefixtures("desk")
def test_a_clock_is_told_as_a_table_of_stretches_that_sums_up() -> None:
    said = lines(run())

    start = next(place for place, one in enumerate(said) if one.startswith("agent_work_time"))
    assert said[start : start + 10] == [
        "agent_work_time, standard: 6h 30m of 6h business; missed, and runs on; was due Tue 10 Mar 09:30",
        "Fri 6 Mar 14:00 – Fri 6 Mar 15:00 new oficina 1h 00m of 10h",
        "Fri 6 Mar 15:00 – Mon 9 Mar 09:00 new oficina closed",
        "Mon 9 Mar 09:00 – Mon 9 Mar 09:30 new oficina 0h 30m of 10h",
        "Mon 9 Mar 09:30 – Mon 9 Mar 11:00 pending oficina pending",
        "Mon 9 Mar 11:00 – Mon 9 Mar 12:00 open oficina 1h 00m of 10h",
        "Mon 9 Mar 12:00 – Mon 9 Mar 15:00 open oficina 3h 00m of 6h",
        "Mon 9 Mar 15:00 – Tue 10 Mar 09:00 open oficina closed",
        "Tue 10 Mar 09:00 – Tue 10 Mar 10:00 open oficina 1h 00m of 6h",
        "sum 6h 30m",
    ]


@pytest.mark.usefixtures("desk")
def test_the_timeline_tells_what_changed_what_fired_and_why_the_rest_did_not() -> None:
    said = lines(run())

    assert "4 Mon 9 Mar 11:30 clock by system: automation nudge (config 1)" in said
    assert "fired automation nudge" in said
    assert "priority: none → high" in said
    assert "not trigger vip: tags has vip: it was nothing; update is create: it was change" in said
    assert "holds policy standard" in said


@pytest.mark.usefixtures("desk")
def test_the_timeline_calls_people_by_their_names() -> None:
    assert "requester: none → Ana <ana@mail.example>" in lines(run())


@pytest.mark.usefixtures("desk")
def test_the_timeline_tells_what_became_of_each_deadline() -> None:
    said = [one for one in lines(run()) if one.startswith("clock agent_work_time:")]

    assert said == [
        "clock agent_work_time: 10h business (standard), due Tue 10 Mar 12:00",
        "clock agent_work_time: stands still: pending",
        "clock agent_work_time: goes on, due Tue 10 Mar 13:30",
        "clock agent_work_time: 10h → 6h business (standard), due Tue 10 Mar 09:30",
    ]


@pytest.mark.usefixtures("desk")
def test_an_entry_of_a_new_version_tells_what_it_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [{"metric": "agent_work_time", "within": "5h", "hours": "business"}]
    stricter = DESK["sla_policies"][1] | {"targets": targets}
    steps = [
        *STEPS[:2],
        {"after": "30m", "config": DESK | {"sla_policies": [stricter]}},
        *STEPS[2:3],
        {"after": "30m", "config": DESK | {"sla_policies": []}},
        STEPS[-1],
    ]
    world, _ = told.of_document(STORY | {"steps": steps})
    monkeypatch.setattr(httpx, "request", FakeDesk(world, NOW))

    said = [one for one in lines(run()) if one.startswith("clock agent_work_time:")]

    assert said == [
        "clock agent_work_time: 10h business (standard), due Tue 10 Mar 12:00",
        "clock agent_work_time: stands still: pending",
        "clock agent_work_time: 10h → 5h business (standard)",
        "clock agent_work_time: goes on, due Mon 9 Mar 14:30",
        "clock agent_work_time: promised no more, it was 5h",
    ]


@pytest.mark.usefixtures("desk")
def test_a_clock_that_ends_and_goes_on_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = {"by": "eva@acme.example", "text": "Done", "set": {"status": "solved"}}
    again = {"from": "ana@mail.example", "ticket": 1, "text": "No"}
    steps = [
        *STEPS[:3],
        {"after": "1h", "reply": solved},
        {"after": "1h", "email": again},
        {"at": "2026-03-10T14:00:00+01:00", "reply": solved},
        {"after": "10m", "email": again},
    ]
    world, now = told.of_document(STORY | {"steps": steps})
    monkeypatch.setattr(httpx, "request", FakeDesk(world, now))

    said = [one for one in lines(run()) if one.startswith("clock agent_work_time:")]

    assert said[3:] == [
        "clock agent_work_time: kept",
        "clock agent_work_time: goes on, due Tue 10 Mar 14:30",
        "clock agent_work_time: kept",
        "clock agent_work_time: goes on, due Tue 10 Mar 14:40",
    ]


@pytest.mark.usefixtures("desk")
def test_a_clock_that_was_missed_ends_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = {"by": "eva@acme.example", "text": "Done", "set": {"status": "solved"}}
    again = {"from": "ana@mail.example", "ticket": 1, "text": "No"}
    steps = [*STEPS, {"after": "1h", "reply": solved}, {"after": "1h", "email": again}]
    world, now = told.of_document(STORY | {"steps": steps})
    monkeypatch.setattr(httpx, "request", FakeDesk(world, now))

    said = [one for one in lines(run()) if one.startswith("clock agent_work_time:")]

    assert said[4:] == [
        "clock agent_work_time: ends, too late",
        "clock agent_work_time: goes on, too late already",
    ]


@pytest.mark.parametrize("at", ["tomorrow", "", "2026-03-06T17:30:00", "25:00", "+"])
def test_an_instant_that_nobody_can_read_is_a_wrong_call_and_asks_no_desk(
    desk: FakeDesk, at: str
) -> None:
    result = run("--at", at)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("--at must be an instant with its offset")
    assert desk.asked == []


@pytest.mark.usefixtures("desk")
def test_an_instant_too_far_away_is_a_wrong_call() -> None:
    result = run("--at", "+9000d")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "must lie within ten years of now" in result.stderr


@pytest.mark.usefixtures("earlier")
def test_coming_instants_say_how_far_away_they_are_and_what_must_hold() -> None:
    said = lines(run())

    place = said.index("in 2h 30m, Mon 9 Mar 14:30: warning: 1h left of agent_work_time (standard)")
    assert said[place + 1].startswith("if it is not solved before")


@pytest.mark.usefixtures("earlier")
def test_one_rule_is_told_condition_by_condition_and_how_it_stands() -> None:
    said = lines(run("--rule", "nudge"))

    assert "automation nudge" in said
    assert "status is open: it was pending" in said
    assert "no status is open (it was pending)" in said
    assert "It fired once in these entries" in said
    assert any(one.startswith("Now: it has fired") for one in said)
    assert "Timeline" not in said


@pytest.mark.usefixtures("desk")
def test_a_policy_that_never_held_says_which_condition_kept_it_out() -> None:
    said = lines(run("--rule", "gold"))
    assert "tags has vip: it was nothing" in said
    assert "Now: none of the ticket's clocks is measured by it" in said


@pytest.mark.usefixtures("earlier")
def test_the_future_is_told_in_order_and_how_the_ticket_will_stand() -> None:
    said = lines(run("--at", "+1d"))

    happens = [one for one in said if one.startswith(("Mon 9 Mar 14:30", "Tue 10 Mar 09:30", "Tue 10 Mar 11:30")) and "–" not in one]  # fmt: skip
    assert happens == [
        "Mon 9 Mar 14:30 warning: 1h left of agent_work_time (standard)",
        "Tue 10 Mar 09:30 agent_work_time (standard) is missed",
        "Tue 10 Mar 11:30 escalation 1 of agent_work_time (standard) 2h after it was missed",
    ]
    assert "Until Tue 10 Mar 12:00 (in 1d), if nobody does anything" in said
    assert "status open, priority urgent, assignee eva@acme.example" in said


@pytest.mark.usefixtures("desk")
def test_the_past_is_told_as_it_stood_then() -> None:
    said = lines(run("--at", "-1d"))
    assert "The ticket at Mon 9 Mar 10:00 (1d ago)" in said
    assert "status pending, assignee eva@acme.example" in said
    assert "What was to come" in said


@pytest.mark.usefixtures("desk")
def test_before_it_was_opened_there_was_no_ticket() -> None:
    said = lines(run("--at", "-30d"))
    assert "At Sun 8 Feb 10:00 (30d ago) the ticket did not exist yet" in said


def test_a_long_history_is_read_page_by_page(desk: FakeDesk) -> None:
    found = json.loads(run("--json").stdout)

    assert [one["seq"] for one in found["entries"]] == list(range(1, 9))
    assert found["next"] is None
    assert [one["cursor"] for one in desk.asked] == [["0"], ["5"]]


def test_the_instant_asked_about_is_worked_out_once(desk: FakeDesk) -> None:
    found = json.loads(run("--json", "--at", "+1h", "--rule", "vip").stdout)

    assert ["at" in one for one in desk.asked] == [True, False]
    assert [one["seq"] for one in found["rules"][0]["events"]] == [1, 2, 3, 4, 6, 7, 8]
    assert found["then"]["when"] == "future"


def test_a_limit_leaves_the_oldest_out_and_says_so(desk: FakeDesk) -> None:
    result = run("--limit", "2")

    assert result.stderr == "the oldest 6 entries are left out; --limit tells more\n"
    assert [one["cursor"] for one in desk.asked] == [["6"]]


@pytest.mark.usefixtures("desk")
def test_an_unknown_rule_is_a_sentence_and_status_1() -> None:
    result = run("--rule", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the desk has no rule `nobody`" in result.stderr


@pytest.mark.usefixtures("desk")
def test_an_unknown_ticket_is_a_sentence_and_status_1() -> None:
    result = CliRunner().invoke(app, ["explain", "NOPE"])
    assert (result.exit_code, result.stderr) == (1, "there is no such ticket\n")


@pytest.mark.usefixtures("desk")
def test_of_many_rules_that_did_not_fire_the_first_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = {"all": [{"field": "tags", "includes": ["never"]}]}
    many = [{"id": f"t{n}", "when": never, "do": [{"add_tags": ["x"]}]} for n in range(1, 24)]
    world, _ = told.of_document(STORY | {"desk": DESK | {"triggers": many}, "steps": STEPS[:1]})
    monkeypatch.setattr(httpx, "request", FakeDesk(world, NOW))

    said = lines(run())

    assert "not trigger t20: tags has never: it was nothing" in said
    assert "not 3 more: --rule ID tells why, --json of all" in said
    assert not any("trigger t21" in one for one in said)


@pytest.mark.usefixtures("desk")
def test_what_people_wrote_commands_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**STEPS[1]["reply"], "text": "\x1b[31mred"}
    world, _ = told.of_document(STORY | {"steps": [STEPS[0], {**STEPS[1], "reply": said}]})
    monkeypatch.setattr(httpx, "request", FakeDesk(world, NOW))

    result = run()

    assert "[31mred" in result.stdout
    assert "\x1b" not in result.stdout
