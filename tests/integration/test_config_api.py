"""The desk document over the API: published, refused, listed, taken back, tried."""

from typing import Any

import pytest

from guardia import wiring
from guardia.config.files import gather
from infra.local.cloud import ROOT
from tests.integration.asking import ask
from tests.integration.stage import Answer, Stage, written

EVA = {"email": "eva@acme.example", "role": "admin"}
DESK: dict[str, Any] = {
    "desk": {"name": "Acme", "locale": "es", "addresses": ["soporte@acme.example"]},
    "agents": [EVA, {"email": "luis@acme.example"}],
    "triggers": [{"id": "marca", "do": [{"add_tags": ["nuevo"]}]}],
}
OTHER: dict[str, Any] = {**DESK, "triggers": [{"id": "otra", "do": [{"add_tags": ["otra"]}]}]}


def publish(stage: Stage, document: Any, **more: Any) -> Answer:
    return ask(stage, "PUT", "/v1/config", {"document": document, **more})


def test_a_published_document_is_live_for_the_very_next_mail(stage: Stage) -> None:
    answer = publish(stage, DESK, message="marca lo nuevo")
    stage.mail(written())
    assert (answer.status, answer.body["number"], answer.body["parent"]) == (200, 2, 1)
    assert [one.tags for one in stage.tickets()] == [("nuevo",)]


def test_a_version_tells_who_published_it_when_and_why_and_what_was_sent(stage: Stage) -> None:
    publish(stage, DESK, message="marca lo nuevo")
    live = ask(stage, "GET", "/v1/config").body
    assert live["document"] == DESK
    assert (live["author"], live["message"], live["at"], live["files"]) == (
        "eva@acme.example",
        "marca lo nuevo",
        "2026-03-06T17:30:00Z",
        None,
    )
    assert ask(stage, "GET", "/v1/config/2").body == live


def test_files_come_back_as_they_were_sent_comments_and_calendars_included(stage: Stage) -> None:
    files = dict(gather(ROOT / "infra" / "desk").texts)
    answer = ask(stage, "PUT", "/v1/config", {"files": files})
    assert answer.status == 200, answer.body
    live = ask(stage, "GET", "/v1/config").body
    assert live["files"] == files
    assert any(name.endswith(".ics") for name in files)
    assert live["document"]["desk"]["name"]


def test_the_same_document_is_no_new_version(stage: Stage) -> None:
    first = publish(stage, DESK).body["number"]
    assert publish(stage, dict(reversed(DESK.items()))).body["number"] == first
    assert ask(stage, "GET", "/v1/config").body["number"] == first


def test_a_comment_that_changed_is_a_new_version_of_the_same_meaning(stage: Stage) -> None:
    ask(stage, "PUT", "/v1/config", {"files": {"desk.yaml": "desk: {name: Acme}\n"}})
    answer = ask(
        stage, "PUT", "/v1/config", {"files": {"desk.yaml": "# uno\ndesk: {name: Acme}\n"}}
    )
    hashes = [one["hash"] for one in ask(stage, "GET", "/v1/config/log").body["items"][:2]]
    assert answer.body["number"] == 3
    assert hashes[0] == hashes[1]


def test_a_wrong_document_changes_nothing_and_says_where_it_is_wrong(stage: Stage) -> None:
    text = "triggers:\n  - id: Mal\n    do: [{add_tags: [x]}]\n"
    answer = ask(stage, "PUT", "/v1/config", {"files": {"reglas/a.yaml": text}})
    (error,) = answer.body["errors"]
    assert answer.status == 422
    assert (error["file"], error["line"], error["path"]) == ("reglas/a.yaml", 2, "triggers[0].id")
    assert wiring.config().live() == 1


def test_a_key_given_twice_in_a_json_document_is_told(stage: Stage) -> None:
    answer = ask(
        stage, "PUT", "/v1/config", text='{"document": {"desk": {"name": "A",\n "name": "B"}}}'
    )
    assert (answer.status, answer.body["errors"][0]["line"]) == (422, 2)
    assert wiring.config().live() == 1


@pytest.mark.parametrize(
    "files",
    [
        {"../a.yaml": "desk: {}"},
        {"/etc/a.yaml": "desk: {}"},
        {"a//b.yaml": "desk: {}"},
        {"leeme.md": "hola"},
        {"scenarios/uno.yaml": "desk: {}"},
        {"desk.yaml": "calendars: [{id: f, ics: ../f.ics}]"},
        {"desk.yaml": "a: [\n"},
    ],
)
def test_files_that_make_no_desk_are_refused(stage: Stage, files: dict[str, str]) -> None:
    answer = ask(stage, "PUT", "/v1/config", {"files": files})
    assert (answer.status, wiring.config().live()) == (422, 1)
    assert answer.body["errors"][0]["message"]


@pytest.mark.parametrize("body", [{}, {"document": {}, "files": {}}, {"document": 7}])
def test_a_body_that_is_not_one_document_is_refused(stage: Stage, body: Any) -> None:
    assert ask(stage, "PUT", "/v1/config", body).status == 422


def test_whoever_decided_on_an_older_version_is_told_who_published_since(stage: Stage) -> None:
    publish(stage, DESK, message="eva")
    answer = publish(stage, OTHER, parent=1)
    assert answer.status == 409
    assert [(one["number"], one["author"]) for one in answer.body["since"]] == [
        (2, "eva@acme.example")
    ]
    assert wiring.config().live() == 2


def test_a_version_that_does_not_exist_yet_is_no_parent(stage: Stage) -> None:
    answer = publish(stage, DESK, parent=9)
    assert answer.status == 409
    assert "there is no version 9" in answer.body["detail"]


def test_only_an_admin_may_change_the_desk(stage: Stage) -> None:
    publish(stage, DESK)
    as_luis = ask(stage, "PUT", "/v1/config", {"document": OTHER}, agent="luis@acme.example")
    back = ask(stage, "POST", "/v1/config/rollback", {}, agent="luis@acme.example")
    assert (as_luis.status, back.status, wiring.config().live()) == (403, 403, 2)


def test_going_back_is_a_new_version_with_the_old_document(stage: Stage) -> None:
    publish(stage, DESK)
    publish(stage, OTHER)
    back = ask(stage, "POST", "/v1/config/rollback", {"message": "no era"}).body
    assert (back["number"], back["parent"], back["document"]) == (4, 3, DESK)
    stage.mail(written())
    assert [one.tags for one in stage.tickets()] == [("nuevo",)]


def test_one_can_go_back_to_any_version(stage: Stage) -> None:
    publish(stage, DESK)
    publish(stage, OTHER)
    back = ask(stage, "POST", "/v1/config/rollback", {"to": 1}).body
    assert (back["number"], back["message"]) == (4, "back to version 1")
    assert wiring.config().read(4) == wiring.config().read(1)


@pytest.mark.parametrize(("body", "status"), [({}, 409), ({"to": 9}, 404), ({"to": 0}, 422)])
def test_there_must_be_a_version_to_go_back_to(stage: Stage, body: Any, status: int) -> None:
    assert ask(stage, "POST", "/v1/config/rollback", body).status == status
    assert wiring.config().live() == 1


def test_the_log_is_paged_newest_first(stage: Stage) -> None:
    publish(stage, DESK)
    publish(stage, OTHER)
    first = ask(stage, "GET", "/v1/config/log?limit=2").body
    second = ask(stage, "GET", f"/v1/config/log?limit=2&cursor={first['next']}").body
    numbers = [[one["number"] for one in page["items"]] for page in (first, second)]
    assert (numbers, second["next"]) == ([[3, 2], [1]], None)
    assert [one["live"] for one in first["items"]] == [True, False]


@pytest.mark.parametrize("number", ["0", "7", "x", "9" * 40])
def test_a_version_that_is_not_there_is_404(stage: Stage, number: str) -> None:
    assert ask(stage, "GET", f"/v1/config/{number}").status == 404


def test_checking_tells_what_would_change_and_changes_nothing(stage: Stage) -> None:
    publish(stage, DESK)
    answer = ask(stage, "POST", "/v1/config/validate", {"document": OTHER})
    found = [(one["section"], one["id"], one["change"]) for one in answer.body["changes"]]
    assert (answer.status, answer.body["ok"], answer.body["live"]) == (200, True, 2)
    assert found == [("triggers", "marca", "removed"), ("triggers", "otra", "added")]
    assert wiring.config().live() == 2


def test_checking_a_wrong_document_answers_no_with_the_places(stage: Stage) -> None:
    answer = ask(stage, "POST", "/v1/config/validate", {"document": {"trigers": []}})
    assert (answer.status, answer.body["ok"]) == (200, False)
    assert answer.body["errors"][0]["path"] == "trigers"


SIMULATION: dict[str, Any] = {
    "start": "2026-03-06T18:30:00+01:00",
    "steps": [{"email": {"from": "ana@globex.example", "subject": "VPN", "text": "No conecta"}}],
    "expect": [{"tickets": 1}],
}


@pytest.mark.parametrize(("desk", "tags"), [(OTHER, ["otra"]), ("live", ["nuevo"]), (None, [])])
def test_a_simulation_runs_on_the_desk_it_names_and_leaves_nothing(
    stage: Stage, desk: Any, tags: list[str]
) -> None:
    publish(stage, DESK)
    before = stage.items()
    answer = ask(stage, "POST", "/v1/simulate", {**SIMULATION, "desk": desk})
    assert answer.status == 200, answer.body
    assert [one["tags"] for one in answer.body["tickets"]] == [tags]
    assert answer.body["expect"][0]["ok"]
    assert stage.items() == before


@pytest.mark.parametrize(
    ("replaced", "path"),
    [
        ({"desk": "/etc/passwd"}, ""),
        ({"desk": {"trigers": []}}, "trigers"),
        ({"steps": [{"wait": {}}] * 1001}, "steps"),
        ({"stps": []}, ""),
        ({"desk": {"calendars": [{"id": "f", "ics": "desk.yaml"}]}}, "calendars[0].ics"),
    ],
)
def test_a_simulation_that_makes_no_sense_is_refused(
    stage: Stage, replaced: Any, path: str
) -> None:
    answer = ask(stage, "POST", "/v1/simulate", {**SIMULATION, **replaced})
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, path)


def test_a_simulation_ends_when_its_time_is_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 10_000, 6))
    monkeypatch.setattr("guardia.environment.steady", lambda: float(next(seconds)))
    answer = ask(stage, "POST", "/v1/simulate", {**SIMULATION, "steps": SIMULATION["steps"] * 3})
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, "steps")
