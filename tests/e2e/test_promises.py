"""Promises about time on the process that `make run` starts: a VIP at night, a reminder, the end.

A desk of its own, so that each rule's part is seen: its clock is moved, its sweep is the real one.
"""

import json
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.process import INSTALLED, Process, eventually, written

pytestmark = INSTALLED

SATURDAY_NIGHT = "2026-03-07T22:00:00+01:00"
ENGINEER, ANA = "luis@acme.example", "ana@globex.example"
DESK = """
desk: {name: Acme, locale: es, timezone: Europe/Madrid, schedule: oficina, addresses: [soporte@acme.example], close_after: 5d}
schedules:
  - {id: oficina, hours: {mon: [["09:00", "18:00"]], tue: [["09:00", "18:00"]], wed: [["09:00", "18:00"]], thu: [["09:00", "18:00"]], fri: [["09:00", "15:00"]]}}
agents: [{email: luis@acme.example, name: Luis, role: admin}]
organizations: [{id: globex, domains: [globex.example], tags: [vip]}]
automations:
  - id: vip-sin-respuesta
    when: {all: [{field: organization.tags, includes: [vip]}, {field: status, less_than: solved}, {field: hours_since.unanswered, at_least: 30m}]}
    do: [{notify: {agent: luis@acme.example, text: "Un VIP espera"}}, {set: {priority: urgent}}]
  - id: recordar
    when: {all: [{field: status, is: pending}, {field: hours_since.pending, at_least: 3d}]}
    do: [{email: {to: requester, subject: Seguimos esperando, body: "¿Pudo probarlo?"}}]
  - id: resolver
    when: {all: [{field: status, is: pending}, {field: hours_since.pending, at_least: 7d}]}
    do: [{set: {status: solved}}]
sla_policies:
  - id: vip
    when: {all: [{field: organization.tags, includes: [vip]}]}
    targets: [{metric: first_reply_time, within: 45m}]
    warn: [10m]
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    place: Path = tmp_path_factory.mktemp("promises")
    (place / "desk").mkdir()
    (place / "desk" / "desk.yaml").write_text(DESK, encoding="utf-8")
    process = Process(place / "state", {"DESK": str(place / "desk")})
    process.call("POST", "/_local/clock", {"to": SATURDAY_NIGHT})
    process.mail(written(ANA, "Todo caído", "No funciona nada.", "vip-1"), "soporte@acme.example")
    assert eventually(process.tickets)
    yield process
    process.end(signal.SIGINT)


def only_ticket(desk: Process) -> dict[str, Any]:
    (ticket,) = desk.tickets()
    return ticket


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def story(desk: Process) -> list[tuple[datetime, str]]:
    """What time did to the ticket, in order: the instant, and the rule that spoke."""
    id_ = only_ticket(desk)["id"]
    entries = desk.call("GET", f"/v1/tickets/{id_}/entries?limit=100")["items"]
    return [
        (instant(one["at"]), next((each["id"] for each in one["rules"]), "close"))
        for one in entries
        if one["event"] == "clock"
    ]


def test_a_vip_without_an_answer_reaches_the_engineer_at_the_very_minute_once(
    desk: Process,
) -> None:
    ticket = only_ticket(desk)
    created = instant(ticket["created_at"])
    assert instant(ticket["due_at"]) == created + timedelta(minutes=30)

    desk.call("POST", "/_local/clock", {"advance": "31m"})

    told = [row for row in desk.outbox() if row["to"] == ENGINEER]
    assert [(instant(row["at"]), row["rule"]) for row in told] == [
        (created + timedelta(minutes=30), "vip-sin-respuesta")
    ]
    assert only_ticket(desk)["priority"] == "urgent"

    desk.call("POST", "/_local/clock", {"advance": "20m"})

    assert len([row for row in desk.outbox() if row["to"] == ENGINEER]) == 1
    (clock,) = only_ticket(desk)["sla"]
    assert (clock["metric"], clock["state"]) == ("first_reply_time", "breached")
    assert instant(clock["breached_at"]) == created + timedelta(minutes=45)
    assert story(desk) == [
        (created + timedelta(minutes=30), "vip-sin-respuesta"),
        (created + timedelta(minutes=35), "vip"),
        (created + timedelta(minutes=45), "vip"),
    ]


def test_after_the_answer_a_reminder_the_end_and_the_closing_come_at_their_instants(
    desk: Process,
) -> None:
    id_ = only_ticket(desk)["id"]
    body = {"status": "pending", "comment": {"body": "Reinicie el equipo.", "public": True}}
    desk.call("PATCH", f"/v1/tickets/{id_}", body)
    pending = instant(only_ticket(desk)["updated_at"])
    before = len(story(desk))

    desk.call("POST", "/_local/clock", {"advance": "10d"})

    assert story(desk)[before:] == [
        (pending + timedelta(days=3), "recordar"),
        (pending + timedelta(days=7), "resolver"),
    ]
    reminders = [row for row in desk.outbox() if row["rule"] == "recordar"]
    assert [(row["to"], instant(row["at"])) for row in reminders] == [
        (ANA, pending + timedelta(days=3))
    ]
    ticket = only_ticket(desk)
    assert (ticket["status"], instant(ticket["solved_at"])) == (
        "solved",
        pending + timedelta(days=7),
    )
    assert instant(ticket["due_at"]) == pending + timedelta(days=12), "its own closing"

    desk.call("POST", "/_local/clock", {"advance": "3d"})

    assert only_ticket(desk)["status"] == "closed"
    assert only_ticket(desk)["due_at"] is None
    assert story(desk)[-1] == (pending + timedelta(days=12), "close")


def test_a_desk_that_was_down_for_a_week_catches_up_at_the_instants_that_had_passed(
    desk: Process,
) -> None:
    desk.mail(written(ANA, "Otra vez", "Se ha vuelto a caer.", "vip-2"), "soporte@acme.example")
    assert eventually(lambda: len(desk.tickets()) == 2)
    ticket = next(one for one in desk.tickets() if one["subject"] == "Otra vez")
    created = instant(ticket["created_at"])

    desk.end(signal.SIGINT)
    file = desk.state / "clock.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["offset_seconds"] += timedelta(days=7).total_seconds()
    file.write_text(json.dumps(kept), encoding="utf-8")
    desk.start()
    desk.call("POST", "/_local/clock", {"advance": "1s"})

    entries = desk.call("GET", f"/v1/tickets/{ticket['id']}/entries")["items"][1:]
    assert [(one["event"], instant(one["at"]) - created) for one in entries] == [
        ("clock", timedelta(minutes=30)),
        ("clock", timedelta(minutes=35)),
        ("clock", timedelta(minutes=45)),
    ]
    week = timedelta(days=7).total_seconds()
    assert all(week - 7_200 < one["rules"][0]["late_seconds"] < week for one in entries)
    told = [row for row in desk.outbox() if row["to"] == ENGINEER and row["ticket"] == ticket["id"]]
    assert len(told) == 1
