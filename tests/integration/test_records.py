"""Recorded tickets over the API, and what the command line and the job make of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from functions.http_api import answers, records as routes
from functions.jobs import app as jobs
from guardia import wiring
from guardia.rehearsal.records import read
from infra.cli.main import app
from tests.integration.asking import ask
from tests.integration.caller import Caller
from tests.integration.stage import Context, Stage, written

DESK = """desk: {name: Acme, addresses: [soporte@acme.example]}
agents:
  - {email: eva@acme.example, role: admin, groups: [tecnicos]}
  - {email: luis@acme.example, groups: [tecnicos]}
groups: [{id: tecnicos}]
triggers:
  - {id: etiqueta, when: {all: [{field: update, is: create}]}, do: [{add_tags: [nuevo]}]}
"""
Run = Callable[..., Any]


@pytest.fixture
def run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Run:
    def request(method: str, url: str, *, json: Any, **_: Any) -> httpx.Response:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        answer = ask(stage, method, parts.path + query, json)
        return httpx.Response(answer.status, json=answer.body)

    monkeypatch.setattr("infra.cli.desk_api.httpx.request", request)
    monkeypatch.setenv("GUARDIA_URL", "https://desk.example")
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")
    runner = CliRunner()
    return lambda *words, **more: runner.invoke(app, [str(one) for one in words], **more)


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A folder whose desk is live."""
    (tmp_path / "desk.yaml").write_text(DESK)
    assert run("config", "apply", tmp_path, "--yes").exit_code == 0
    return tmp_path


def tickets(stage: Stage, number: int) -> None:
    for n in range(number):
        stage.mail(written(f"Mensaje {n}", id=f"m{n}", sender=f"ana{n}@globex.example"))


def other(folder: Path) -> Path:
    path = folder / "desk.yaml"
    path.write_text(path.read_text().replace("[nuevo]", "[otro]"))
    return folder


@pytest.mark.usefixtures("folder")
def test_records_come_in_pages_and_each_is_a_line_of_a_file(stage: Stage) -> None:
    tickets(stage, 5)
    opened = {one.id for one in stage.tickets()}

    first = ask(stage, "GET", "/v1/records?limit=2").body
    found = first["items"]
    while first["next"] is not None:
        first = ask(stage, "GET", f"/v1/records?limit=2&cursor={first['next']}").body
        found += first["items"]

    assert {read(json.dumps(one)).ticket for one in found} == opened
    assert len(found) == 5
    assert first["left_out"] == []


@pytest.mark.usefixtures("folder")
def test_an_answer_that_would_be_too_long_is_a_shorter_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets(stage, 4)
    one = len(json.dumps(json.dumps(ask(stage, "GET", "/v1/records?limit=1").body["items"][0])))
    monkeypatch.setattr(answers, "MOST", 2 * one + 200)

    page = ask(stage, "GET", "/v1/records?limit=4").body

    assert (len(page["items"]), page["left_out"]) == (2, [])
    assert page["next"] is not None


@pytest.mark.usefixtures("folder")
def test_a_ticket_that_no_answer_can_hold_is_named(
    run: Run, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets(stage, 1)
    monkeypatch.setattr(answers, "MOST", 100)
    monkeypatch.setattr(routes, "MOST", 100)

    page = ask(stage, "GET", "/v1/records").body

    id_ = stage.tickets()[0].id
    assert page == {"items": [], "left_out": [id_], "next": None}
    assert run("export").stderr == (
        f"{id_} is left out: its history is too long for an answer\n0 tickets\n"
    )


@pytest.mark.usefixtures("folder")
def test_only_an_admin_with_the_scope_reads_records(stage: Stage) -> None:
    path = ("GET", "/v1/records")

    assert Caller(stage, scopes="tickets:read")(*path).status == 403
    assert Caller(stage, scopes="records", agent="luis@acme.example")(*path).status == 403
    assert Caller(stage, scopes="records", agent="eva@acme.example")(*path).status == 200


def test_exported_tickets_are_what_a_backtest_reads(
    run: Run, folder: Path, stage: Stage, tmp_path: Path
) -> None:
    tickets(stage, 3)
    exported = run("export")
    file = tmp_path / "export.ndjson"
    file.write_text(exported.stdout, encoding="utf-8")

    tried = json.loads(run("backtest", other(folder), "--file", file, "--json").stdout)

    assert (exported.exit_code, exported.stderr) == (0, "3 tickets\n")
    assert (tried["tickets"], tried["differing"]) == (3, 3)
    assert tried["because"] == [{"kind": "trigger", "id": "etiqueta", "tickets": 3}]


def test_the_last_tickets_are_tried_without_a_file(run: Run, folder: Path, stage: Stage) -> None:
    tickets(stage, 4)

    tried = json.loads(run("backtest", other(folder), "--last", "3", "--json").stdout)
    since = json.loads(run("backtest", folder, "--since", "9000d", "--json").stdout)

    assert (tried["tickets"], since["tickets"]) == (3, 4)


def test_a_plan_tells_what_the_last_tickets_would_have_been(
    run: Run, folder: Path, stage: Stage
) -> None:
    tickets(stage, 2)

    planned = run("config", "plan", other(folder))

    assert planned.exit_code == 0
    assert "2 tickets would differ: 2 in their fields\n  2 tickets by trigger etiqueta" in planned.stdout  # fmt: skip


def test_a_plan_of_a_desk_without_tickets_says_so(run: Run, folder: Path) -> None:
    planned = run("config", "plan", other(folder))

    assert (planned.exit_code, planned.stdout.splitlines()[-1]) == (
        0, "There are no recorded tickets to try the desk on.",
    )  # fmt: skip


def test_a_plan_can_leave_the_backtest_out(run: Run, folder: Path, stage: Stage) -> None:
    tickets(stage, 1)

    row = json.loads(run("config", "plan", other(folder), "--no-backtest", "--json").stdout)

    assert (row["ok"], row["backtest"], row["scenarios"]) == (True, None, [])


def test_a_plan_is_refused_where_a_scenario_fails(run: Run, folder: Path) -> None:
    (folder / "scenarios").mkdir()
    scenario = folder / "scenarios" / "nuevo.yaml"
    scenario.write_text(
        "start: 2026-03-04T12:00:00Z\n"
        "steps: [{email: {from: ana@globex.example, text: Hola}}]\n"
        "expect: [{ticket: 1, tags: [nuevo]}]\n"
    )
    good = run("config", "plan", folder)

    bad = run("config", "plan", other(folder))

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "1 scenario: 1 passed" in good.stdout
    assert f"{scenario}:3: ticket 1: tags" in bad.stdout


def test_a_plan_refuses_a_rule_that_sets_itself_off(run: Run, folder: Path, stage: Stage) -> None:
    tickets(stage, 1)
    with (folder / "desk.yaml").open("a") as file:
        file.write(
            "automations:\n"
            "  - id: eco\n"
            "    when: {all: [{field: hours_since.agent_update, at_least: 1h}]}\n"
            "    do: [{comment: {text: Sigue, public: true, by: eva@acme.example}}]\n"
        )

    planned = run("config", "plan", folder)

    assert planned.exit_code == 1
    assert f"{folder / 'desk.yaml'}:9: sets itself off again and again" in planned.stdout
    assert "tickets" not in planned.stdout


def test_the_desk_itself_does_a_backtest_as_a_job(folder: Path, stage: Stage) -> None:
    tickets(stage, 3)
    files = {"desk.yaml": (other(folder) / "desk.yaml").read_text()}
    before = stage.items()

    started = ask(stage, "POST", "/v1/backtest", {"files": files, "last": 2})
    message = {"messageId": "1", "body": json.dumps({"job": started.body["job"]})}
    jobs.handler({"Records": [message]}, Context())
    job = ask(stage, "GET", f"/v1/jobs/{started.body['job']}").body

    assert (started.status, job["state"]) == (202, "done")
    assert (job["answer"]["tickets"], job["answer"]["differing"]) == (2, 2)
    assert [one["id"] for one in job["answer"]["because"]] == ["etiqueta"]
    assert [one for one in stage.items() if not one["pk"]["S"].startswith("J#")] == before
    assert wiring.config().live() == 2


def test_a_remote_backtest_waits_for_its_job(
    run: Run, folder: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets(stage, 2)

    def work(_seconds: float) -> None:
        (job,) = {one["pk"]["S"][2:] for one in stage.items() if one["pk"]["S"].startswith("J#")}
        jobs.handler({"Records": [{"messageId": "1", "body": json.dumps({"job": job})}]}, Context())

    monkeypatch.setattr("infra.cli.backtest_job.time.sleep", work)

    done = run("backtest", other(folder), "--remote")

    assert done.exit_code == 0
    assert "2 tickets would differ" in done.stdout


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "body"),
        ({"document": {"desk": {"nmae": "x"}}}, "desk.nmae"),
        ({"document": {}, "last": 0}, "last"),
        ({"document": {}, "last": 1, "since": "2026-03-04T12:00:00Z"}, "body"),
        ({"document": {}, "since": "yesterday"}, "since"),
        ({"document": {}, "keep": 101}, "keep"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_backtest_of_nonsense_starts_nothing(stage: Stage, body: Any, path: str) -> None:
    before = stage.items()

    answer = ask(stage, "POST", "/v1/backtest", body)

    assert answer.status == 422
    assert path in json.dumps(answer.body)
    assert stage.items() == before
