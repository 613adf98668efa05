"""Idempotency-Key: what is asked once is done once, and answered alike however often it is sent."""

import json
import threading
from typing import Any

import pytest

from functions.http_api import app as http_api, once as module
from guardia import wiring
from guardia.domain import api_keys
from tests.integration.caller import Caller, event, paths, refused
from tests.integration.stage import Answer, Json, Stage

GOOD = {"subject": "VPN", "requester": "ana@globex.example", "comment": {"body": "Hola"}}
TICKETS, KEYS = "/v1/tickets", "/v1/keys"
NAME = "3f8a6c1e-9d2b-4b7f-8f60-2f1f0c8a5d11"


def twice(stage: Stage, path: str, body: Any) -> tuple[Answer, Answer]:
    """Send a POST with a key, and again."""
    first, second = (stage.api(event("POST", path, body, idempotency_key=NAME)) for _ in "12")
    return first, second


def test_a_ticket_is_opened_once_and_answered_alike(stage: Stage) -> None:
    first, second = twice(stage, TICKETS, GOOD)
    assert (first.status, second.status, len(stage.tickets())) == (201, 201, 1)
    assert second.body == first.body
    assert (second.headers["etag"], second.headers["location"]) == (
        first.headers["etag"],
        first.headers["location"],
    )
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


def test_the_answer_is_that_of_then_whatever_became_of_the_ticket(stage: Stage) -> None:
    first = stage.api(event("POST", TICKETS, GOOD, idempotency_key=NAME))
    Caller(stage)("PATCH", f"{TICKETS}/{first.body['id']}", {"status": "closed"})
    again = stage.api(event("POST", TICKETS, GOOD, idempotency_key=NAME))
    assert again.body == first.body


def test_a_comment_is_written_once_and_answered_with_its_own_entry(stage: Stage) -> None:
    ticket = stage.opened()
    path = f"{TICKETS}/{ticket}/comments"
    first = stage.api(event("POST", path, {"body": "uno"}, idempotency_key=NAME))
    Caller(stage)("POST", path, {"body": "dos"})
    again = stage.api(event("POST", path, {"body": "uno"}, idempotency_key=NAME))
    assert (again.status, again.body) == (201, first.body)
    assert len(Caller(stage)("GET", f"{TICKETS}/{ticket}/entries").body["items"]) == 3


def test_a_stale_etag_of_a_repeated_comment_is_no_matter_any_more(stage: Stage) -> None:
    path = f"{TICKETS}/{stage.opened()}/comments"
    call = event("POST", path, {"body": "uno"}, idempotency_key=NAME, if_match='"1"')
    assert [stage.api(call).status for _ in range(2)] == [201, 201]


@pytest.mark.parametrize(
    ("path", "body"),
    [(TICKETS, {**GOOD, "subject": "otro"}), (KEYS, {"name": "x", "scopes": ["all"]})],
)
def test_a_key_that_came_with_another_request_is_422(stage: Stage, path: str, body: Any) -> None:
    stage.api(event("POST", TICKETS, GOOD, idempotency_key=NAME))
    stage.api(event("POST", KEYS, {"name": "y", "scopes": ["all"]}, idempotency_key=NAME))
    problem = refused(stage, event("POST", path, body, idempotency_key=NAME), 422)
    assert paths(problem) == ["Idempotency-Key"]


def test_each_caller_has_keys_of_their_own(stage: Stage) -> None:
    for key in ("K7Q2M9XD", "K7Q2M9XE"):
        Caller(stage, key=key)("POST", TICKETS, GOOD, idempotency_key=NAME)
    assert len(stage.tickets()) == 2


def test_requests_without_a_key_are_each_done(stage: Stage) -> None:
    for _ in range(2):
        stage.api(event("POST", TICKETS, GOOD))
    assert len(stage.tickets()) == 2


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "ñ", "a\nb", "a\tb"])
@pytest.mark.parametrize("path", [TICKETS, KEYS])
def test_a_key_that_is_none_is_422(stage: Stage, path: str, name: str) -> None:
    bodies = {TICKETS: GOOD, KEYS: {"name": "x", "scopes": ["all"]}}
    problem = refused(stage, event("POST", path, bodies[path], idempotency_key=name), 422)
    assert paths(problem) == ["Idempotency-Key"]


def test_a_key_may_have_255_characters(stage: Stage) -> None:
    assert stage.api(event("POST", TICKETS, GOOD, idempotency_key="x" * 255)).status == 201


def test_what_was_refused_may_be_tried_again_with_the_same_key(stage: Stage) -> None:
    body = {"name": "x", "scopes": ["all"], "agent": "nueva@acme.example"}
    before = stage.api(event("POST", KEYS, body, idempotency_key=NAME)).status
    stage.publish({"desk": {"name": "Acme", "locale": "es"}, "agents": [
        {"email": "eva@acme.example", "name": "Eva", "role": "admin"},
        {"email": "nueva@acme.example", "name": "Nueva"}]})  # fmt: skip
    after = stage.api(event("POST", KEYS, body, idempotency_key=NAME)).status
    assert (before, after) == (422, 201)


def test_a_crash_between_commit_and_answer_opens_no_second_ticket(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("guardia.shapes.instant", _dies_after_the_commit(stage))
        lost = stage.api(event("POST", TICKETS, GOOD, idempotency_key=NAME))
    again = stage.api(event("POST", TICKETS, GOOD, idempotency_key=NAME))
    assert (lost.status, again.status, len(stage.tickets())) == (500, 201, 1)
    assert again.body["id"] == stage.tickets()[0].id


def _dies_after_the_commit(stage: Stage) -> Any:
    from guardia.shapes import instant  # noqa: PLC0415 - the one that is about to be replaced

    def crash(at: Any) -> Any:
        if stage.tickets():
            raise SystemError("the machine went away")
        return instant(at)

    return crash


def test_two_at_the_same_time_open_one_ticket(stage: Stage) -> None:
    handler = http_api.handler
    statuses: list[Answer] = []
    call = event("POST", TICKETS, GOOD, idempotency_key=NAME)
    original = wiring.store().commit
    inside = threading.Event()

    def commit(given: Any) -> None:
        if not inside.is_set():  # before the first commits, the second does all of its own
            inside.set()
            statuses.append(stage.api(call, handler))
        original(given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring.store(), "commit", commit)
        statuses.append(stage.api(call, handler))
    assert [one.status for one in statuses] == [201, 201]
    assert statuses[0].body == statuses[1].body
    assert len(stage.tickets()) == 1


# -- what is no transaction of a ticket ------------------------------------------------------------


def test_a_key_is_made_once_and_itself_is_not_shown_again(stage: Stage) -> None:
    first, second = twice(stage, KEYS, {"name": "shop", "scopes": ["all"]})
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body | {"key": None}
    assert len(Caller(stage)("GET", KEYS).body["items"]) == 1
    assert first.body["key"] not in str(stage.items())


def test_a_long_answer_is_kept_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 10)
    first, second = twice(stage, KEYS, {"name": "shop", "scopes": ["all"]})
    assert second.body == first.body | {"key": None}
    assert len(stage.objects("t/answers/")) == 1


def test_a_request_whose_first_is_still_at_work_is_409(stage: Stage) -> None:
    inner: list[Answer] = []
    call = event("POST", KEYS, {"name": "shop", "scopes": ["all"]}, idempotency_key=NAME)
    original = wiring.api_keys().add

    def add(key: Any) -> None:
        inner.append(stage.api(call, http_api.build(wiring.guardia)))
        original(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring.api_keys(), "add", add)
        outer = stage.api(call)
    assert (outer.status, inner[0].status) == (201, 409)
    assert len(Caller(stage)("GET", KEYS).body["items"]) == 1


def test_who_took_a_mark_and_went_away_holds_it_for_a_minute(stage: Stage) -> None:
    call = event("POST", KEYS, {"name": "shop", "scopes": ["all"]}, idempotency_key=NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring.marks(), "free", _nothing)
        patch.setattr(wiring.api_keys(), "add", _dies)
        lost = stage.api(call).status
    during = stage.api(call).status
    after = stage.api(_later(call, seconds=61)).status
    assert (lost, during, after) == (500, 409, 201)


def test_marks_go_after_two_days(stage: Stage) -> None:
    twice(stage, KEYS, {"name": "shop", "scopes": ["all"]})
    (mark,) = [one for one in stage.items() if one["sk"]["S"] == "MARK"]
    began = event("GET", "/")["requestContext"]["timeEpoch"] // 1000
    assert int(mark["expires_at"]["N"]) - began == 48 * 3600


def _nothing(_mark: str) -> None:
    """Whoever is gone frees nothing."""


def _dies(_key: Any) -> None:
    raise SystemError("the machine went away")


def _later(call: Json, *, seconds: int) -> Json:
    later: Json = json.loads(json.dumps(call))
    later["requestContext"]["timeEpoch"] += seconds * 1000
    return later


def test_a_key_whose_answer_was_lost_is_made_again_in_its_own_place(stage: Stage) -> None:
    call = event("POST", KEYS, {"name": "shop", "scopes": ["all"]}, idempotency_key=NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring.marks(), "keep", _dies)
        patch.setattr(wiring.marks(), "free", _nothing)
        lost = stage.api(call).status
    again = stage.api(_later(call, seconds=61))
    (listed,) = Caller(stage)("GET", KEYS).body["items"]
    assert (lost, again.status) == (500, 201)
    assert again.body["key"].startswith(f"gd_{listed['id']}_")


def test_a_name_that_is_used_again_after_its_time_takes_no_key_away(stage: Stage) -> None:
    call = event("POST", KEYS, {"name": "shop", "scopes": ["all"]}, idempotency_key=NAME)
    first = stage.api(call).body["key"]
    wiring.client("dynamodb").delete_item(
        TableName=wiring.table().name,
        Key=next(
            {"pk": one["pk"], "sk": one["sk"]} for one in stage.items() if one["sk"]["S"] == "MARK"
        ),
    )
    assert stage.api(_later(call, seconds=49 * 3600)).status == 409
    known = wiring.api_keys().get(first.split("_")[1])
    assert known is not None
    assert known.hash == api_keys.hash_of(first)
