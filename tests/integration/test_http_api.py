"""The JSON API on moto: what it answers, and that a refusal changes nothing."""

import json
from typing import Any

import pytest

from guardia import wiring
from tests.integration.stage import Stage, golden


def test_the_golden_creation_opens_a_ticket(stage: Stage) -> None:
    answer = stage.api(golden("ticket_created"))
    ticket = answer.body
    assert answer.status == 201
    assert answer.headers["location"] == f"/v1/tickets/{ticket['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (ticket["subject"], ticket["priority"], ticket["tags"], ticket["requester"]["name"]) == (
        "Factura de febrero",
        "normal",
        ["facturas"],
        "Ana García",
    )
    assert ticket["created_at"] == "2026-03-05T16:35:20Z"


def test_a_new_ticket_for_a_known_contact_costs_three_round_trips(stage: Stage) -> None:
    stage.opened()
    stage.calls.clear()
    stage.opened()
    assert stage.calls.total() <= 3, stage.calls


def test_a_ticket_reads_as_it_was_opened(stage: Stage) -> None:
    opened = stage.api(golden("ticket_created"))
    read = stage.api(stage.about("ticket_read", opened.body["id"]))
    assert (read.status, read.body, read.headers["etag"]) == (200, opened.body, '"1"')


@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_a_ticket_id_may_be_read_aloud(stage: Stage, spelling: Any) -> None:
    ticket = stage.opened()
    assert stage.api(stage.about("ticket_read", spelling(ticket))).body["id"] == ticket


def test_the_golden_change_is_carried_out(stage: Stage) -> None:
    ticket = stage.opened()
    answer = stage.api(stage.about("ticket_changed", ticket))
    assert (answer.status, answer.headers["etag"]) == (200, '"2"')
    assert (answer.body["status"], answer.body["tags"]) == ("pending", ["vpn"])
    assert len(stage.rows()) == 1


def test_a_comment_is_answered_with_its_entry_and_goes_to_the_customer(stage: Stage) -> None:
    ticket = stage.opened()
    answer = stage.api(stage.about("ticket_comment", ticket))
    assert (answer.status, answer.body["seq"]) == (201, 2)
    assert answer.body["actor"] == {"kind": "agent", "email": "luis@acme.example"}
    assert answer.body["comment"]["public"] is True
    assert len(stage.rows()) == 1


def test_a_note_goes_to_nobody(stage: Stage) -> None:
    ticket = stage.opened()
    stage.api(stage.about("ticket_comment", ticket, {"body": "ojo", "public": False}))
    assert stage.rows() == []


def test_a_history_is_read_page_by_page(stage: Stage) -> None:
    ticket = stage.opened()
    for text in ("uno", "dos"):
        stage.api(stage.about("ticket_comment", ticket, {"body": text, "public": False}))
    event = stage.about("ticket_entries", ticket)
    first = stage.api({**event, "queryStringParameters": {"limit": "2"}}).body
    rest = stage.api(
        {**event, "queryStringParameters": {"limit": "2", "cursor": first["next"]}}
    ).body
    texts = [one["comment"]["text"] for one in (*first["items"], *rest["items"])]
    assert (texts, rest["next"]) == (["Hola", "uno", "dos"], None)


def test_a_list_shows_what_its_filters_ask_for_newest_change_first(stage: Stage) -> None:
    ids = [stage.opened(subject=str(n)) for n in range(3)]
    stage.api(stage.about("ticket_changed", ids[0], {"status": "solved"}))
    answer = stage.api(golden("tickets_listed"))
    assert answer.status == 200
    assert {one["id"] for one in answer.body["items"]} == set(ids[1:])
    assert answer.body["next"] is None


UNKNOWN = "ZZZZZZZZ"
CHANGE, COMMENT, READ = "ticket_changed", "ticket_comment", "ticket_read"


def refused(stage: Stage, event: dict[str, Any], status: int) -> dict[str, Any]:
    """Call, and see to it that a problem document came back and nothing was written."""
    before = stage.items()
    answer = stage.api(event)
    problem: dict[str, Any] = answer.body
    assert (answer.status, problem["status"]) == (status, status), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(problem)
    assert stage.items() == before
    return problem


@pytest.mark.parametrize("body", ["{", "{'a': 1}", '{"comment": ', "nonsense"])
@pytest.mark.parametrize("name", [CHANGE, COMMENT])
def test_a_body_that_is_no_json_is_400(stage: Stage, name: str, body: str) -> None:
    refused(stage, stage.about(name, stage.opened(), body), 400)


@pytest.mark.parametrize("name", [CHANGE, COMMENT])
def test_a_body_that_is_missing_is_400(stage: Stage, name: str) -> None:
    refused(stage, stage.about(name, stage.opened(), ""), 400)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (READ, None),
        (CHANGE, {"status": "open"}),
        (COMMENT, {"body": "x"}),
        ("ticket_entries", None),
    ],
)
def test_a_ticket_that_does_not_exist_is_404(stage: Stage, name: str, body: Any) -> None:
    problem = refused(stage, stage.about(name, UNKNOWN, body), 404)
    assert UNKNOWN in problem["detail"]


def test_a_route_that_does_not_exist_is_404(stage: Stage) -> None:
    event = golden("tickets_listed", rawPath="/v1/nothing")
    event["requestContext"]["http"]["path"] = "/v1/nothing"
    refused(stage, event, 404)


@pytest.mark.parametrize(
    ("name", "body"), [(CHANGE, {"status": "open"}), (COMMENT, {"body": "una cosa más"})]
)
def test_a_closed_ticket_takes_nothing_409(stage: Stage, name: str, body: Any) -> None:
    ticket = stage.opened()
    closed = stage.api(stage.about(CHANGE, ticket, {"status": "closed"}))
    assert closed.status == 200, closed.body
    refused(stage, stage.about(name, ticket, body), 409)


@pytest.mark.parametrize("tag", ['"7"', 'W/"0"', "2"])
def test_a_change_of_another_version_than_the_present_one_is_412(stage: Stage, tag: str) -> None:
    ticket = stage.opened()
    refused(stage, stage.about(CHANGE, ticket, {"status": "open"}, **{"if-match": tag}), 412)


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', "*"])
def test_a_change_of_the_present_version_is_carried_out(stage: Stage, tag: str) -> None:
    ticket = stage.opened()
    event = stage.about(CHANGE, ticket, {"status": "open"}, **{"if-match": tag})
    assert stage.api(event).status == 200


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"status": 5}, "status"),
    ({"status": "asleep"}, "status"),
    ({"priority": "asap"}, "priority"),
    ({"assignee": "nobody@acme.example"}, "assignee"),
    ({"group": "unknown"}, "group"),
    ({"tags": "vip"}, "tags"),
    ({"tags": ["vip", 7]}, "tags.1"),
    ({"fields": {"unknown": 1}}, "fields.unknown"),
    ({"fields": []}, "fields"),
    ({"by": "nobody@acme.example"}, "by"),
    ({"colour": "red"}, "colour"),
    ({"comment": {"public": True}}, "comment.body"),
    ({"comment": {"body": ""}}, "comment.body"),
    ({"language": "Spanish"}, "language"),
]


@pytest.mark.parametrize(("body", "path"), WRONG, ids=json.dumps)
def test_a_value_that_makes_no_sense_is_422_and_named(
    stage: Stage, body: dict[str, Any], path: str
) -> None:
    problem = refused(stage, stage.about(CHANGE, stage.opened(), body), 422)
    assert path in [one["path"] for one in problem["errors"]], problem


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"colour": "red"}, "colour"),
        ({"cursor": "zzz"}, "cursor"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"updated_since": "2026-03-06T10:00:00"}, "updated_since"),
    ],
)
def test_a_list_that_makes_no_sense_is_422_and_named(
    stage: Stage, query: dict[str, str], path: str
) -> None:
    problem = refused(stage, golden("tickets_listed", queryStringParameters=query), 422)
    assert path in [one["path"] for one in problem["errors"]], problem


def test_a_comment_without_words_is_422_and_named(stage: Stage) -> None:
    problem = refused(stage, stage.about(COMMENT, stage.opened(), {"body": ""}), 422)
    assert [one["path"] for one in problem["errors"]] == ["body"]


def test_an_if_match_that_is_no_etag_is_422(stage: Stage) -> None:
    event = stage.about(CHANGE, stage.opened(), {"status": "open"}, **{"if-match": "monday"})
    assert refused(stage, event, 422)["errors"][0]["path"] == "If-Match"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (COMMENT, {"body": "Hola", "public": True, "by": "lia@acme.example"}),
        (CHANGE, {"assignee": "lia@acme.example"}),
    ],
)
def test_what_a_light_agent_may_not_do_is_403(stage: Stage, name: str, body: Any) -> None:
    refused(stage, stage.about(name, stage.opened(), body), 403)


def test_a_light_agent_may_write_a_note(stage: Stage) -> None:
    body = {"body": "ojo", "public": False, "by": "lia@acme.example"}
    assert stage.api(stage.about(COMMENT, stage.opened(), body)).status == 201


def test_a_fault_of_ours_is_500_and_tells_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = stage.opened()

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(wiring.store(), "find", broken)
    problem = stage.api(stage.about(READ, ticket))
    assert (problem.status, problem.body["status"]) == (500, 500)
    assert "secret" not in json.dumps(problem.body)


def test_a_desk_that_changes_is_seen_by_the_very_next_request(stage: Stage) -> None:
    ticket = stage.opened()
    noted = {"fields": {"product_code": "X-1"}}
    assert stage.api(stage.about(CHANGE, ticket, noted)).status == 200
    stage.publish({"desk": {"name": "Acme", "locale": "es"}, "agents": [
        {"email": "eva@acme.example", "name": "Eva", "role": "admin"}]})  # fmt: skip
    refused(stage, stage.about(CHANGE, ticket, noted), 422)
