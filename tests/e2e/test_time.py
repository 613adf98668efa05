"""The clock moves, and what time alone does happens: each at its own instant, once, in order."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.process import INSTALLED, Process, eventually, written

pytestmark = INSTALLED

DESK = """
desk: {name: Acme, locale: es, timezone: Europe/Madrid, addresses: [soporte@acme.example]}
groups: [{id: tecnicos, name: Técnicos}]
departments: [{id: soporte, name: Soporte, addresses: [soporte@acme.example], group: tecnicos}]
agents:
  - {email: eva@acme.example, name: Eva, role: admin, groups: [tecnicos]}
  - {email: luis@acme.example, name: Luis, groups: [tecnicos]}
organizations: [{id: globex, name: Globex, domains: [globex.example], tags: [vip]}]
triggers:
  - id: vip
    when: {all: [{field: update, is: create}, {field: organization.tags, includes: [vip]}]}
    do: [{add_tags: [vip]}]
automations:
  - id: vip-sin-respuesta
    when: {all: [{field: status, less_than: solved}, {field: tags, includes: [vip]}, {field: hours_since.unanswered, at_least: 30m}]}
    do: [{notify: {agent: eva@acme.example}}]
  - id: recordar
    when: {all: [{field: status, is: pending}, {field: hours_since.pending, at_least: 3d}]}
    do: [{email: {to: requester, subject: "¿Sigue ahí?", body: "Esperamos su respuesta."}}]
  - id: resolver
    when: {all: [{field: status, is: pending}, {field: hours_since.pending, at_least: 7d}]}
    do: [{set: {status: solved}}]
"""
LATER = """
  - id: apuntar
    when: {all: [{field: status, is: open}, {field: hours_since.created, at_least: 2h}]}
    do: [{add_tags: [dos_horas]}]
"""
NOON = "2026-03-02T12:00:00+01:00"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("time")
    (folder / "desk").mkdir()
    (folder / "desk" / "desk.yaml").write_text(DESK, encoding="utf-8")
    process = Process(folder / "state", {"DESK": str(folder / "desk")})
    yield process
    process.end(signal.SIGINT)


def _moved(desk: Process, **to: str) -> None:
    desk.call("POST", "/_local/clock", to)


def _entries(desk: Process, ticket: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.call("GET", f"/v1/tickets/{ticket}/entries")["items"]
    return found


def _fired(desk: Process, ticket: str) -> list[tuple[str, str]]:
    """The automations that fired, and when."""
    return [
        (rule["id"], entry["at"])
        for entry in _entries(desk, ticket)
        for rule in entry["rules"]
        if rule["kind"] == "automation" and rule["matched"]
    ]


def _told(desk: Process, rule: str) -> list[dict[str, Any]]:
    return [one for one in desk.outbox() if one["rule"] == rule]


def test_a_vip_without_an_answer_rings_once_and_what_is_pending_is_reminded_then_solved(
    desk: Process,
) -> None:
    _moved(desk, to=NOON)
    desk.mail(
        written("Ana <ana@globex.example>", "VPN", "No conecta.", "1"), "soporte@acme.example"
    )
    (ticket,) = eventually(desk.tickets)
    id_ = ticket["id"]
    assert ticket["tags"] == ["vip"]

    _moved(desk, advance="31m")
    (told,) = _told(desk, "vip-sin-respuesta")
    assert (told["to"], told["at"]) == ("eva@acme.example", _fired(desk, id_)[0][1])

    _moved(desk, advance="2h")
    assert len(_told(desk, "vip-sin-respuesta")) == 1

    answer = {"body": "Reinicie.", "public": True}
    desk.call(
        "PATCH",
        f"/v1/tickets/{id_}",
        {"status": "pending", "comment": answer, "by": "luis@acme.example"},
    )
    since = desk.call("GET", f"/v1/tickets/{id_}")["updated_at"]
    _moved(desk, advance="10d")

    _, (reminder, reminded_at), (solution, solved_at) = _fired(desk, id_)
    assert (reminder, solution) == ("recordar", "resolver")
    assert [one["at"] for one in _told(desk, "recordar")] == [reminded_at]
    assert since[:10] == "2026-03-02"
    assert (reminded_at[:10], solved_at[:10]) == ("2026-03-05", "2026-03-09")
    assert reminded_at[10:] == solved_at[10:]
    assert desk.call("GET", f"/v1/tickets/{id_}")["status"] == "solved"


def test_a_new_version_reaches_an_open_ticket_on_which_nothing_was_due(desk: Process) -> None:
    asked = {
        "subject": "Impresora",
        "requester": "bea@mail.example",
        "comment": {"body": "No imprime", "public": False},
        "status": "open",
    }
    id_ = desk.call("POST", "/v1/tickets", asked)["id"]
    assert desk.call("GET", f"/v1/tickets/{id_}")["due_at"] is None
    live = desk.call("GET", "/v1/config")["number"]
    files = {"desk.yaml": DESK + LATER}
    number = desk.call("PUT", "/v1/config", {"files": files, "parent": live})["number"]

    _moved(desk, advance="3h")

    job = desk.call("GET", f"/v1/jobs/recompute-{number}")
    assert (job["state"], job["counts"]["failed"]) == ("done", 0)
    ticket = desk.call("GET", f"/v1/tickets/{id_}")
    assert ticket["tags"] == ["dos_horas"]
    assert [rule for rule, _ in _fired(desk, id_)] == ["apuntar"]
