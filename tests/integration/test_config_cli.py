"""`guardia config plan|apply|rollback|log|pull` and `guardia suspended`, against the real API."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from guardia import wiring
from infra.cli.main import app
from tests.integration.asking import ask
from tests.integration.stage import Stage, written

URL = "https://desk.example"
DESK = """# who we are
desk: {name: Acme, addresses: [soporte@acme.example]}
agents: [{email: eva@acme.example, role: admin}]
groups: [{id: tecnicos}]
"""
Run = Callable[..., Any]


@pytest.fixture
def run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Run:
    def request(method: str, url: str, *, json: Any, **_: Any) -> httpx.Response:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        answer = ask(stage, method, parts.path + query, json)
        if answer.body == "":
            return httpx.Response(answer.status)
        return httpx.Response(answer.status, json=answer.body)

    monkeypatch.setattr("infra.cli.desk_api.httpx.request", request)
    monkeypatch.setenv("GUARDIA_URL", URL)
    monkeypatch.setenv("GUARDIA_API_KEY", "gd_0123456789abcdefghij")
    runner = CliRunner()
    return lambda *words, **more: runner.invoke(app, [str(one) for one in words], **more)


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Path:
    """A folder whose desk is live as version 2."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "desk.yaml").write_text(DESK)
    assert run("config", "apply", folder, "--yes").exit_code == 0
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "desk.yaml"
    path.write_text(path.read_text().replace(old, new))


def elsewhere(stage: Stage, name: str) -> None:
    """Somebody else publishes."""
    document = {"desk": {"name": name}, "agents": [{"email": "eva@acme.example", "role": "admin"}]}
    assert ask(stage, "PUT", "/v1/config", {"document": document}).status == 200


def test_a_desk_that_is_live_changes_nothing(run: Run, desk: Path) -> None:
    planned = run("config", "plan", desk)
    assert (planned.exit_code, planned.stdout) == (0, "Nothing changes.\n")


def test_a_plan_shows_old_and_new_values_and_changes_nothing(run: Run, desk: Path) -> None:
    edit(desk, "name: Acme", "name: Beta")
    planned = run("config", "plan", desk)
    assert planned.exit_code == 0
    assert "name: Acme -> Beta" in planned.stdout
    assert wiring.config().live() == 2


def test_a_plan_for_programs_names_section_object_and_key(run: Run, desk: Path) -> None:
    edit(desk, "tecnicos", "ventas")
    row = json.loads(run("config", "plan", desk, "--json").stdout)
    found = [(one["section"], one["id"], one["change"]) for one in row["changes"]]
    assert (row["ok"], row["live"], row["parent"], row["since"]) == (True, 2, 2, [])
    assert found == [("groups", "tecnicos", "removed"), ("groups", "ventas", "added")]


def test_applying_makes_it_live_with_the_reason_in_the_log(run: Run, desk: Path) -> None:
    edit(desk, "name: Acme", "name: Beta")
    applied = run("config", "apply", desk, "-m", "otro nombre", "--yes", "--json")
    log = json.loads(run("config", "log", "--json").stdout)["items"]
    assert (applied.exit_code, json.loads(applied.stdout)["number"]) == (0, 3)
    assert (log[0]["number"], log[0]["message"], log[0]["live"]) == (3, "otro nombre", True)
    assert run("config", "plan", desk).stdout == "Nothing changes.\n"


@pytest.mark.parametrize(("said", "status", "live"), [("y\n", 0, 3), ("n\n", 1, 2), ("", 1, 2)])
def test_it_asks_before_it_changes_anything(
    run: Run, desk: Path, said: str, status: int, live: int
) -> None:
    edit(desk, "name: Acme", "name: Beta")
    assert run("config", "apply", desk, input=said).exit_code == status
    assert wiring.config().live() == live


def test_applying_what_is_live_asks_nothing_and_makes_no_version(run: Run, desk: Path) -> None:
    assert run("config", "apply", desk).exit_code == 0
    assert wiring.config().live() == 2


def test_a_folder_that_others_went_past_is_refused_and_they_are_named(
    run: Run, desk: Path, stage: Stage
) -> None:
    elsewhere(stage, "Suya")
    edit(desk, "name: Acme", "name: Beta")
    refused = run("config", "apply", desk, "--yes")
    assert (refused.exit_code, wiring.config().live()) == (1, 3)
    assert "3 by eva@acme.example" in refused.stderr
    assert "--onto 3" in refused.stderr


def test_who_has_looked_at_their_version_may_replace_it(run: Run, desk: Path, stage: Stage) -> None:
    elsewhere(stage, "Suya")
    assert run("config", "apply", desk, "--yes", "--onto", "3").exit_code == 0
    assert wiring.config().live() == 4


def test_a_version_that_is_not_live_any_more_cannot_be_replaced(
    run: Run, desk: Path, stage: Stage
) -> None:
    elsewhere(stage, "Suya")
    elsewhere(stage, "Otra")
    refused = run("config", "apply", desk, "--yes", "--onto", "3")
    assert (refused.exit_code, wiring.config().live()) == (1, 4)
    assert "version 4 is live, not 3" in refused.stderr


def test_without_the_note_the_plan_shows_what_would_be_undone(
    run: Run, desk: Path, stage: Stage
) -> None:
    elsewhere(stage, "Suya")
    (desk / ".guardia-version").unlink()
    planned = json.loads(run("config", "plan", desk, "--json").stdout)
    assert planned["parent"] == 3
    assert {"key": "name", "old": "Suya", "new": "Acme"} in planned["changes"][0]["keys"]


@pytest.mark.parametrize(
    "note", ["nonsense", "[]", json.dumps({URL: {"number": 2, "hash": "of another desk"}}), json.dumps({URL: {"number": 99, "hash": "x"}})]
)  # fmt: skip
def test_a_note_that_does_not_fit_this_desk_is_passed_over(
    run: Run, desk: Path, stage: Stage, note: str
) -> None:
    elsewhere(stage, "Suya")
    (desk / ".guardia-version").write_text(note)
    assert json.loads(run("config", "plan", desk, "--json").stdout)["parent"] == 3


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_a_wrong_desk_is_told_by_file_and_line_and_changes_nothing(
    run: Run, desk: Path, command: tuple[str, ...]
) -> None:
    edit(desk, "groups: [{id: tecnicos}]", "groups: [{id: Ñ}]")
    wrong = run("config", *command, desk)
    assert (wrong.exit_code, wiring.config().live()) == (1, 2)
    assert f"{desk / 'desk.yaml'}:4: " in wrong.stdout


def test_a_desk_that_is_not_there_is_status_2(run: Run, tmp_path: Path) -> None:
    assert run("config", "plan", tmp_path / "nowhere").exit_code == 2


def test_going_back_brings_the_old_document_as_a_new_version(run: Run, desk: Path) -> None:
    before = wiring.config().read(2)
    edit(desk, "name: Acme", "name: Beta")
    run("config", "apply", desk, "--yes")
    assert run("config", "rollback", "-m", "no era").exit_code == 0
    assert (wiring.config().live(), wiring.config().read(4)) == (4, before)


@pytest.mark.usefixtures("desk")
def test_a_version_that_does_not_exist_is_the_answer_no(run: Run) -> None:
    back = run("config", "rollback", "9")
    assert (back.exit_code, back.stderr) == (1, "there is no config version 9\n")


@pytest.mark.usefixtures("desk")
def test_pulling_gives_the_very_files_back(run: Run, tmp_path: Path) -> None:
    assert run("config", "pull", tmp_path / "there").exit_code == 0
    assert (tmp_path / "there" / "desk.yaml").read_text() == DESK
    assert run("config", "plan", tmp_path / "there").stdout == "Nothing changes.\n"


def test_pulling_overwrites_what_was_not_changed_here_alone(
    run: Run, desk: Path, stage: Stage
) -> None:
    files = {"desk.yaml": DESK.replace("Acme", "Suya"), "b/mas.yaml": "fields: [{id: uno}]\n"}
    ask(stage, "PUT", "/v1/config", {"files": files})
    assert run("config", "pull", desk).exit_code == 0
    assert {name: (desk / name).read_text() for name in files} == files
    ask(stage, "PUT", "/v1/config", {"files": {"desk.yaml": DESK}})
    assert run("config", "pull", desk).exit_code == 0
    assert not (desk / "b" / "mas.yaml").exists()


@pytest.mark.parametrize(("force", "status", "kept"), [((), 1, True), (("--force",), 0, False)])
def test_a_file_that_was_changed_here_is_overwritten_by_force_alone(
    run: Run, desk: Path, stage: Stage, force: tuple[str, ...], status: int, kept: bool
) -> None:
    ask(stage, "PUT", "/v1/config", {"files": {"desk.yaml": DESK.replace("Acme", "Suya")}})
    edit(desk, "# who we are", "# mine")
    pulled = run("config", "pull", desk, *force)
    assert pulled.exit_code == status
    assert ("# mine" in (desk / "desk.yaml").read_text()) is kept


@pytest.mark.usefixtures("desk")
def test_a_document_that_came_without_files_is_pulled_as_one(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    elsewhere(stage, "Suya")
    run("config", "pull", tmp_path / "there")
    written_file = json.loads((tmp_path / "there" / "desk.json").read_text())
    assert written_file["desk"] == {"name": "Suya"}
    assert run("config", "plan", tmp_path / "there").exit_code == 0


def test_a_desk_whose_files_lead_out_of_the_folder_is_not_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = {"number": 1, "hash": "x", "document": {}, "files": {"../../evil.yaml": "desk: {}"}}
    monkeypatch.setattr("infra.cli.desk_api.get", lambda _path: evil)
    assert run("config", "pull", tmp_path / "a" / "b").exit_code == 1
    assert list(tmp_path.rglob("*.yaml")) == []


# -- what was set aside ----------------------------------------------------------------------------


@pytest.fixture
def entry(stage: Stage) -> str:
    stage.mail(written("Compre \x1b[31mya.", subject="Oferta"), spamVerdict="FAIL")
    return str(ask(stage, "GET", "/v1/suspended").body["items"][0]["id"])


def test_what_was_set_aside_is_listed(run: Run, entry: str) -> None:
    told = run("suspended", "list").stdout
    row = json.loads(run("suspended", "list", "--json").stdout)["items"][0]
    assert all(word in told for word in (entry, "spam", "ana@globex.example", "Oferta"))
    assert row["id"] == entry


def test_a_strangers_text_cannot_speak_to_the_terminal(run: Run, entry: str) -> None:
    shown = run("suspended", "show", entry)
    assert "Compre" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_recovering_prints_the_ticket(run: Run, entry: str, stage: Stage) -> None:
    first, again = (run("suspended", "recover", entry).stdout for _ in range(2))
    assert first == again == f"{stage.tickets()[0].id}\n"


def test_what_was_deleted_is_gone(run: Run, entry: str) -> None:
    assert run("suspended", "delete", entry).exit_code == 0
    gone = run("suspended", "recover", entry)
    assert (gone.exit_code, gone.stderr) == (1, f"there is no suspended message {entry}\n")
