"""Whatever is sent to the API, it answers what is wrong and where, and changes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.http_api import answers, app as http_api
from tests.integration.caller import Caller, event, paths, refused
from tests.integration.stage import Context, Json, Stage, golden

GOOD = {"subject": "VPN", "requester": "ana@globex.example", "comment": {"body": "Hola"}}
TICKETS = "/v1/tickets"


def raw(**members: str) -> str:
    """A body whose members are written as they are given."""
    told = {"requester": '"ana@globex.example"', "comment": '{"body": "Hola"}'} | members
    return "{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
     "application/xml", "nonsense"],
)  # fmt: skip
def test_a_body_that_is_not_said_to_be_json_is_415(stage: Stage, kind: str) -> None:
    refused(stage, event("POST", TICKETS, GOOD, content_type=kind), 415)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json", ""])  # fmt: skip
def test_json_may_be_called_by_its_names(stage: Stage, kind: str) -> None:
    call = event("PATCH", f"{TICKETS}/{stage.opened()}", {"status": "open"}, content_type=kind)
    assert stage.api(call).status == 200


@pytest.mark.parametrize(
    "body", ["", "{", "[" * 100_000, '{"a": NaN}', '{"a": Infinity}', '{"a": 1,}', "nonsense"]
)
def test_what_is_no_json_is_400(stage: Stage, body: str) -> None:
    refused(stage, event("POST", TICKETS, body), 400)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (raw(subject="1" * 5_000), "subject"),
        (raw(fields='{"product_code": ' + "9" * 5_000 + "}"), "fields.product_code"),
        (raw(fields='{"product_code": 1e999}'), "fields.product_code"),
        (raw(fields='{"product_code": -1e999}'), "fields.product_code"),
        (raw(fields='{"product_code": [1e999]}'), "fields.product_code.0"),
        (raw(subject='"\\ud800"'), "subject"),
        (raw(fields='{"\\udfff": 1}'), "fields"),
        (raw(comment='{"body": "\\ud83d"}'), "comment.body"),
    ],
)
def test_a_number_or_a_text_that_nobody_can_keep_is_422_and_named(
    stage: Stage, body: str, path: str
) -> None:
    assert path in paths(refused(stage, event("POST", TICKETS, body), 422))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**GOOD, "comment": {"body": "x", "public": "yes"}}, "comment.public"),
        ({**GOOD, "comment": {"body": "x", "public": 1}}, "comment.public"),
        ({**GOOD, "comment": {"body": " \n\t"}}, "comment.body"),
        ({**GOOD, "comment": {"body": "\0\0"}}, "comment.body"),
        ({**GOOD, "comment": {"body": "\u200b"}}, "comment.body"),
        ({**GOOD, "comment": "Hola"}, "comment"),
        ({**GOOD, "requester": "nobody"}, "requester"),
        ({**GOOD, "requester": 5}, "requester"),
        ({**GOOD, "requester": {}}, "requester"),
        ({**GOOD, "requester": {"email": "nobody"}}, "requester.email"),
        ({**GOOD, "requester": {"phone": "12"}}, "requester.phone"),
        ({**GOOD, "requester": {"emial": "ana@globex.example"}}, "requester.emial"),
        ({"subject": "x", "comment": {"body": "x"}}, "requester"),
        ({**GOOD, "tags": ["x" * 101]}, "tags.0"),
        ({**GOOD, "tags": ["x" * 90 + str(n) for n in range(4_000)]}, "tags"),
        ({**GOOD, "fields": {str(n): 1 for n in range(4_000)}}, "fields"),
        ({**GOOD, "fields": {"product_code": {"a": 1}}}, "fields.product_code"),
        ({**GOOD, "fields": {"product_code": "x" * 16_001}}, "fields.product_code"),
        ([], "body"),
        ("text", "body"),
        (7, "body"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_as_the_caller_wrote_it(
    stage: Stage, body: Any, path: str
) -> None:
    problem = refused(stage, event("POST", TICKETS, json.dumps(body)), 422)
    assert paths(problem) == [path]


def test_a_body_of_four_megabytes_and_more_is_413(stage: Stage) -> None:
    body = {**GOOD, "comment": {"body": "x" * (4 * 2**20)}}
    refused(stage, event("POST", TICKETS, body), 413)


def test_a_ticket_takes_no_more_tags_than_it_can_keep(stage: Stage) -> None:
    path = f"{TICKETS}/{stage.opened()}"
    full = Caller(stage)("PATCH", path, {"tags": [f"t{n}" for n in range(200)]})
    assert full.status == 200
    assert paths(refused(stage, event("PATCH", path, {"add_tags": ["more"]}), 422)) == ["tags"]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"status": "open"}),
        ("POST", "/comments", {"body": "x"}),
        ("GET", "/entries", None),
        ("GET", "/explain", None),
    ],
)
def test_an_id_longer_than_any_is_404(stage: Stage, method: str, rest: str, body: Any) -> None:
    refused(stage, event(method, f"{TICKETS}/{'A' * 3_000}{rest}", body), 404)


def test_a_group_and_an_assignee_outside_it_are_not_both_to_be_had(stage: Stage) -> None:
    stage.publish(TWO_GROUPS)
    path = f"{TICKETS}/{stage.opened()}"
    both = {"group": "ventas", "assignee": "luis@acme.example"}
    assert paths(refused(stage, event("PATCH", path, both), 422)) == ["assignee"]


def test_an_assignee_alone_brings_their_group(stage: Stage) -> None:
    stage.publish(TWO_GROUPS)
    path = f"{TICKETS}/{stage.opened()}"
    Caller(stage)("PATCH", path, {"group": "ventas"})
    answer = Caller(stage)("PATCH", path, {"assignee": "luis@acme.example"})
    assert (answer.status, answer.body["group"]) == (200, "tecnicos")


TWO_GROUPS = {
    "desk": {"name": "Acme", "locale": "es"},
    "groups": [{"id": "tecnicos", "name": "Técnicos"}, {"id": "ventas", "name": "Ventas"}],
    "agents": [
        {"email": "eva@acme.example", "name": "Eva", "role": "admin", "groups": ["ventas"]},
        {"email": "luis@acme.example", "name": "Luis", "groups": ["tecnicos"]},
    ],
}


# -- lists -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "path", "said"),
    [
        ({"status": "asleep"}, "status", "solved"),
        ({"status": "none"}, "status", "never empty"),
        ({"status": ","}, "status", "needs a value"),
        ({"group": "unknown"}, "group", "tecnicos"),
        ({"channel": "fax"}, "channel", "email"),
        ({"assignee": "luis"}, "assignee", "email of an agent"),
        ({"tag": "x" * 400}, "tag", "320"),
        ({"requester": "x" * 3_000}, "requester", ""),
        ({"updated_since": "0001-01-01T00:00:00+14:00"}, "updated_since", "2026-03-06T17:30:00Z"),
        ({"updated_since": "0.5"}, "updated_since", "2026-03-06T17:30:00Z"),
        ({"limit": "1" * 5_000}, "limit", ""),
    ],
)
def test_a_filter_that_no_ticket_can_meet_is_422_and_says_what_there_is(
    stage: Stage, query: dict[str, str], path: str, said: str
) -> None:
    problem = refused(stage, event("GET", TICKETS, query=query), 422)
    assert paths(problem) == [path]
    assert said in problem["errors"][0]["message"]


@pytest.mark.parametrize("query", [{"colour": "red"}, {"limit": "5", "after": "1"}])
def test_a_history_refuses_parameters_it_does_not_have(stage: Stage, query: Any) -> None:
    path = f"{TICKETS}/{stage.opened()}/entries"
    assert paths(refused(stage, event("GET", path, query=query), 422)) == [list(query)[-1]]


def test_a_cursor_beyond_every_entry_is_422(stage: Stage) -> None:
    path = f"{TICKETS}/{stage.opened()}/entries"
    assert paths(refused(stage, event("GET", path, query={"cursor": "9" * 40}), 422)) == ["cursor"]


def test_an_assignee_is_found_however_they_are_spelt(stage: Stage) -> None:
    ticket = stage.opened(assignee="luis@acme.example")
    answer = Caller(stage)("GET", TICKETS, query={"assignee": "Luis@ACME.example"})
    assert [one["id"] for one in answer.body["items"]] == [ticket]


def test_tickets_without_tags_are_found_by_none(stage: Stage) -> None:
    stage.opened(tags=["vpn"])
    plain = stage.opened()
    answer = Caller(stage)("GET", TICKETS, query={"tag": "none"})
    assert [one["id"] for one in answer.body["items"]] == [plain]


def test_a_history_too_long_for_one_answer_goes_on_at_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, call = stage.opened(), Caller(stage)
    call("POST", f"{TICKETS}/{ticket}/comments", {"body": "x" * 3_000, "public": False})
    call("POST", f"{TICKETS}/{ticket}/comments", {"body": "y" * 3_000, "public": False})
    monkeypatch.setattr(answers, "MOST", 4_500)
    first = call("GET", f"{TICKETS}/{ticket}/entries").body
    rest = call("GET", f"{TICKETS}/{ticket}/entries", query={"cursor": first["next"]}).body
    assert [one["seq"] for one in (*first["items"], *rest["items"])] == [1, 2, 3]
    assert rest["next"] is None


def test_a_list_too_long_for_one_answer_goes_on_at_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [stage.opened(subject="x" * 400) for _ in range(3)]
    monkeypatch.setattr(answers, "MOST", 1_500)
    call = Caller(stage)
    first = call("GET", TICKETS, query={"limit": "3"}).body
    second = call("GET", TICKETS, query={"limit": "3", "cursor": first["next"]}).body
    third = call("GET", TICKETS, query={"limit": "3", "cursor": second["next"]}).body
    found = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert sorted(found) == sorted(ids)


# -- events and routes -----------------------------------------------------------------------------


def _without(*path: str) -> Callable[[Json], None]:
    def damage(told: Json) -> None:
        for one in path[:-1]:
            told = told[one]
        del told[path[-1]]

    return damage


def _with(value: Any, *path: str) -> Callable[[Json], None]:
    def damage(told: Json) -> None:
        for one in path[:-1]:
            told = told[one]
        told[path[-1]] = value

    return damage


DAMAGES: dict[str, Callable[[Json], None]] = {
    "no headers": _without("headers"),
    "headers null": _with(None, "headers"),
    "headers a list": _with(["x"], "headers"),
    "a header null": _with(None, "headers", "content-type"),
    "no context": _without("requestContext"),
    "context null": _with(None, "requestContext"),
    "context partial": _with({"http": {"method": "POST"}}, "requestContext"),
    "no http": _without("requestContext", "http"),
    "no method": _without("requestContext", "http", "method"),
    "no request id": _without("requestContext", "requestId"),
    "no stage": _without("requestContext", "stage"),
    "time a text": _with("now", "requestContext", "timeEpoch"),
    "time beyond time": _with(10**18, "requestContext", "timeEpoch"),
    "authorizer null": _with(None, "requestContext", "authorizer"),
    "authorizer a list": _with({"lambda": ["x"]}, "requestContext", "authorizer"),
    "no path": _without("rawPath"),
    "no route key": _without("routeKey"),
    "query null": _with(None, "queryStringParameters"),
    "a parameter null": _with({"limit": None}, "queryStringParameters"),
    "no body": _without("body"),
    "body null and encoded": lambda told: told.update(body=None, isBase64Encoded=True),
    "bad base64": lambda told: told.update(body="%%%", isBase64Encoded=True),
    "base64 of no text": lambda told: told.update(body="/////w==", isBase64Encoded=True),
    "body a number": _with(7, "body"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_event_is_answered(stage: Stage, damage: Callable[[Json], None]) -> None:
    told = golden("ticket_created")
    damage(told)
    answer = http_api.handler(told, stage.context)
    assert 200 <= answer["statusCode"] < 500, answer


@pytest.mark.parametrize("told", [None, [], {}, "text", 7])
def test_what_is_no_event_at_all_is_answered(told: Any) -> None:
    assert http_api.handler(told, Context())["statusCode"] == 404


@pytest.mark.parametrize("damage", [_without("requestContext", "authorizer"), _with({}, "requestContext", "authorizer")])  # fmt: skip
def test_nobody_whom_the_authorizer_does_not_name_is_let_in(
    stage: Stage, damage: Callable[[Json], None]
) -> None:
    told = golden("ticket_created")
    damage(told)
    refused(stage, told, 401)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/tickets/", "/v1/tickets/A/B"])
def test_a_path_that_does_not_exist_is_404(stage: Stage, path: str) -> None:
    refused(stage, event("GET", path), 404)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_a_path_does_not_take_is_405_and_says_which_it_takes(
    stage: Stage, method: str
) -> None:
    answer = stage.api(event(method, TICKETS))
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
